"""Storing what was measured: only rows that say something new are written, and values without facts any more go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.schema import CreateIndex, DropIndex

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.shape import quotient
from sellerwatch.settings.catalogue import Metric
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.dialect import COUNTED, insert_into
from sellerwatch.warehouse.seal_marks import Period, mark_periods, periods_written
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.types import Instant

_KEY: Final = tuple(column.name for column in METRIC_VALUE.primary_key)
_CONTENT: Final = (
    "numerator",
    "denominator",
    "value",
    "currency",
    "status",
    "reason",
    "is_final",
    "data_through",
    "definition_version",
)
MEASURED: Final = Table(
    "measured",
    MetaData(),
    Column("metric", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("period", Text, nullable=False, server_default="day"),
    Column("period_on", Date, nullable=False),
    Column("numerator", BigInteger),
    Column("denominator", BigInteger),
    Column("currency", Text),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("is_final", Boolean, nullable=False),
    Column("data_through", Instant),
    Column("scale", Integer, nullable=False),
    Column("definition_version", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The temporary table that holds what is measured before it is stored."""

_BY_SUBJECT: Final = Index("ix_measured_subject", *(MEASURED.c[name] for name in _KEY[1:]), unique=True)
MEASURED.indexes.clear()
"""Made once everything is measured, and refuses what was measured twice: to keep it up to date costs more than all the rest."""


@dataclass(frozen=True, slots=True)
class MeasureReport:
    """What measuring did."""

    values: int
    changed: int


@dataclass(frozen=True, slots=True)
class Run:
    """The measuring of one night, in its transaction."""

    connection: Connection
    measuring: Measuring
    settings: Settings

    @property
    def night(self) -> Days:
        """The business day alone."""
        return Days(self.measuring.as_of, self.measuring.as_of)


def summed(reports: Collection[MeasureReport]) -> MeasureReport:
    """Return the counts of several measurings together."""
    return MeasureReport(
        values=sum(item.values for item in reports),
        changed=sum(item.changed for item in reports),
    )


def definition_of(settings: Settings, metric: str) -> Metric:
    """Return the metric's definition.

    Raises:
        ConfigError: the catalogue lacks it; every metric that is measured has to be defined there.
    """
    if metric not in settings.metrics:
        raise ConfigError(
            f"the metric {metric!r} is measured and not defined",
            where=str(settings.config_folder / "metrics.yaml"),
            remedy="Copy its block from the default configuration, which `sellerwatch init` writes to an empty folder",
        )
    return settings.metrics[metric]


def store(run: Run, looked_at: ColumnElement[bool]) -> MeasureReport:
    """Make the stored values say what was measured, and empty the temporary table that holds it.

    Args:
        run: the transaction.
        looked_at: which stored values were measured anew, their store named in each condition, so that the key finds them however
            many there are; of these, those that are no longer there are removed.
    """
    run.connection.execute(CreateIndex(_BY_SUBJECT))
    gone = _delete_vanished(run, looked_at)
    run.connection.execute(DropIndex(_BY_SUBJECT))
    changed = _upsert(run)
    mark_written(run, MEASURED if changed else None, besides=gone)
    values = run.connection.execute(select(func.count()).select_from(MEASURED)).scalar_one()
    run.connection.execute(delete(MEASURED))
    return MeasureReport(values, changed)


def store_new(run: Run, rows: Select[Any]) -> int:
    """Store rows, in the columns of the temporary table, of periods that nothing is stored of; return how many they are."""
    statement = insert(METRIC_VALUE).from_select([*_KEY, *_CONTENT, "measured_for"], _values(run, rows.subquery("rows")))
    return run.connection.execute(statement, execution_options=COUNTED).rowcount


def mark_written(run: Run, looked_at: FromClause | None, *, besides: Collection[Period] = ()) -> None:
    """Mark those periods, of some that have a row there, of which this night has written values, and others besides."""
    store_id, as_of = run.measuring.store_id, run.measuring.as_of
    written = periods_written(run.connection, looked_at, store_id, as_of) if looked_at is not None else ()
    mark_periods(run.connection, store_id, {*besides, *written})


def _upsert(run: Run) -> int:
    statement = insert_into(run.connection, METRIC_VALUE).from_select(
        [*_KEY, *_CONTENT, "measured_for"],
        # SQLite needs a WHERE here to tell ON CONFLICT from a join's ON
        _values(run, MEASURED).where(MEASURED.c.status.is_not(None)),
    )
    new = {name: statement.excluded[name] for name in (*_CONTENT, "measured_for")}
    result = run.connection.execute(
        statement.on_conflict_do_update(index_elements=list(_KEY), set_=new, where=_differs(statement.excluded)),
        execution_options=COUNTED,
    )
    return result.rowcount


def _values(run: Run, rows: FromClause) -> Select[Any]:
    value = case((rows.c.status == "unknown", null()), else_=quotient(rows.c.numerator, rows.c.denominator, rows.c.scale))
    own: dict[str, ColumnElement[Any]] = {
        "store_id": literal(run.measuring.store_id, Text()),
        "value": value,
        "measured_for": literal(run.measuring.as_of, Date()),
    }
    return select(*(own[name] if name in own else rows.c[name] for name in (*_KEY, *_CONTENT, "measured_for")))


def _differs(excluded: Any) -> ColumnElement[bool]:  # noqa: ANN401 - the EXCLUDED columns of either dialect
    return or_(
        *(type_coerce(METRIC_VALUE.c[name], METRIC_VALUE.c[name].type).is_distinct_from(excluded[name]) for name in _CONTENT),
    )


def _delete_vanished(run: Run, looked_at: ColumnElement[bool]) -> set[Period]:
    """Remove values whose subject the facts no longer name, such as an order moved to another day; return their periods."""
    still_there = exists().where(*(MEASURED.c[name] == METRIC_VALUE.c[name] for name in _KEY[1:]))
    periods = (METRIC_VALUE.c.metric, METRIC_VALUE.c.period, METRIC_VALUE.c.period_on)
    vanished = run.connection.execute(delete(METRIC_VALUE).where(looked_at, ~still_there).returning(*periods))
    return {(metric, period, on) for metric, period, on in vanished}
