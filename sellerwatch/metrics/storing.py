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
    unknown: int
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
        unknown=sum(item.unknown for item in reports),
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
    store_id, as_of = run.measuring.store_id, run.measuring.as_of
    written = periods_written(run.connection, MEASURED, store_id, as_of) if changed else ()
    mark_periods(run.connection, store_id, {*gone, *written})
    values, unknown = run.connection.execute(
        select(func.count(), func.count().filter(MEASURED.c.status == "unknown")).select_from(MEASURED),
    ).one()
    run.connection.execute(delete(MEASURED))
    return MeasureReport(values, unknown, changed)


def _upsert(run: Run) -> int:
    statement = insert_into(run.connection, METRIC_VALUE).from_select(
        [*_KEY, *_CONTENT, "measured_for"],
        _values(run),
    )
    new = {name: statement.excluded[name] for name in (*_CONTENT, "measured_for")}
    result = run.connection.execute(
        statement.on_conflict_do_update(index_elements=list(_KEY), set_=new, where=_differs(statement.excluded)),
        execution_options=COUNTED,
    )
    return result.rowcount


def _values(run: Run) -> Select[Any]:
    value = case(
        (MEASURED.c.status == "unknown", null()),
        else_=quotient(MEASURED.c.numerator, MEASURED.c.denominator, MEASURED.c.scale),
    )
    return select(
        literal(run.measuring.store_id, Text()),
        *(MEASURED.c[name] for name in _KEY[1:]),
        MEASURED.c.numerator,
        MEASURED.c.denominator,
        value,
        MEASURED.c.currency,
        MEASURED.c.status,
        MEASURED.c.reason,
        MEASURED.c.is_final,
        MEASURED.c.data_through,
        MEASURED.c.definition_version,
        literal(run.measuring.as_of, Date()),
    ).where(MEASURED.c.status.is_not(None))  # SQLite needs a WHERE here to tell ON CONFLICT from a join's ON


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
