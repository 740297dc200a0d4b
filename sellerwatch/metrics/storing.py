"""Storing what was measured: only rows that say something new are written, and values without facts any more go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
    and_,
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
from sellerwatch.warehouse.seal_marks import METRIC, STANDING, Period, mark_periods, periods_written
from sellerwatch.warehouse.tables.measures import APART, METRIC_NUMBER, METRIC_PERIOD
from sellerwatch.warehouse.types import Instant

_KEY: Final = ("metric", "period", "period_on", "marketplace", "subject_kind")
_STANDING: Final = ("currency", "is_final", "data_through", "definition_version")
"""What the values of a period have in common, and may change of it."""
_NUMBERS: Final = ("numerator", "denominator", "value", "status", "reason")
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

_BY_SUBJECT: Final = Index("ix_measured_subject", *(MEASURED.c[name] for name in (*_KEY, "subject")), unique=True)
MEASURED.indexes.clear()
"""Made once everything is measured, and refuses what was measured twice: to keep it up to date costs more than all the rest."""


@dataclass(frozen=True, slots=True)
class MeasureReport:
    """What measuring did.

    Attributes:
        values: how many were measured.
        changed: values that are other than before, and periods of which only how finally they are known is.
    """

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
        looked_at: the rows of `metric_period` that were measured anew, their store named in each condition, so that the key finds
            them however many there are; values of theirs that are no longer there are removed.
    """
    run.connection.execute(CreateIndex(_BY_SUBJECT))
    gone = _delete_vanished(run, looked_at)
    run.connection.execute(DropIndex(_BY_SUBJECT))
    known = _upsert_periods(run)
    changed = _upsert_numbers(run)
    mark_written(run, MEASURED if changed else None, besides=gone)
    mark_periods(run.connection, run.measuring.store_id, known, kind=STANDING)
    values = run.connection.execute(select(func.count()).select_from(MEASURED)).scalar_one()
    run.connection.execute(delete(MEASURED))
    return MeasureReport(values, changed)


def enter_periods(run: Run, rows: Select[Any]) -> None:
    """Enter periods that nothing is stored of yet, selected by the names of their columns; the store and night are added."""
    names = [*rows.selected_columns.keys(), "store_id", "measured_for"]
    entered = insert(METRIC_PERIOD).from_select(names, rows.add_columns(*_whose(run)))
    mark_periods(run.connection, run.measuring.store_id, _returned(run, entered), kind=STANDING)


def store_new(run: Run, rows: Select[Any]) -> int:
    """Store the numbers of periods that nothing was stored of; return how many they are.

    Args:
        run: the transaction.
        rows: period, subject and numbers, in the order of the table's columns without the last.
    """
    names = [column.name for column in METRIC_NUMBER.columns][:-1]
    return run.connection.execute(insert(METRIC_NUMBER).from_select(names, rows), execution_options=COUNTED).rowcount


def mark_written(run: Run, looked_at: FromClause | None, *, besides: Collection[Period] = ()) -> None:
    """Mark those periods, of some that have a row there, of which this night has written values, and others besides."""
    store_id, as_of = run.measuring.store_id, run.measuring.as_of
    written = periods_written(run.connection, looked_at, store_id, as_of) if looked_at is not None else ()
    mark_periods(run.connection, store_id, {*besides, *written}, kind=METRIC)


def value_of(
    status: ColumnElement[Any], numerator: ColumnElement[Any], denominator: ColumnElement[Any], scale: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Return the value that is stored beside its parts."""
    return case((status == "unknown", null()), else_=quotient(numerator, denominator, scale))


def _whose(run: Run) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return literal(run.measuring.store_id, Text()).label("store_id"), literal(run.measuring.as_of, Date()).label("measured_for")


def _returned(run: Run, statement: Any) -> list[Period]:  # noqa: ANN401 - an INSERT or DELETE of either dialect
    """Execute what writes periods, and return of each row which it is."""
    rows = run.connection.execute(statement.returning(*(METRIC_PERIOD.c[name] for name in ("metric", "period", "period_on"))))
    return [(metric, period, on) for metric, period, on in rows]


def _upsert_periods(run: Run) -> list[Period]:
    """Enter the periods of what was measured, and say of those that are there how they are known now; return which changed."""
    keys = [*(MEASURED.c[name] for name in _KEY), _APART]
    common = {
        "currency": func.min(MEASURED.c.currency),
        "is_final": func.count().filter(~MEASURED.c.is_final) == 0,
        "data_through": func.min(MEASURED.c.data_through),
        "definition_version": func.max(MEASURED.c.definition_version),
    }
    # SQLite needs a WHERE here to tell ON CONFLICT from a join's ON
    rows = select(*keys, *common.values(), *_whose(run)).where(MEASURED.c.status.is_not(None)).group_by(*keys)
    statement = insert_into(run.connection, METRIC_PERIOD).from_select(
        [*_KEY, "apart", *common, "store_id", "measured_for"], rows.order_by(*keys)
    )
    news = {name: statement.excluded[name] for name in _STANDING}
    differs = _differs(METRIC_PERIOD, news)
    return _returned(run, statement.on_conflict_do_update(index_elements=[*_PERIOD_KEY], set_=news, where=differs))


def _upsert_numbers(run: Run) -> int:
    own = {
        "value": value_of(MEASURED.c.status, MEASURED.c.numerator, MEASURED.c.denominator, MEASURED.c.scale),
        "metric_period_id": METRIC_PERIOD.c.id,
        "changed_for": func.nullif(literal(run.measuring.as_of, Date()), METRIC_PERIOD.c.measured_for),
    }
    names = [column.name for column in METRIC_NUMBER.columns]
    rows = (
        select(*(own[name] if name in own else MEASURED.c[name] for name in names))
        .select_from(MEASURED.join(METRIC_PERIOD, and_(*_same_period())))
        .where(METRIC_PERIOD.c.store_id == run.measuring.store_id)
        .order_by(METRIC_PERIOD.c.id, MEASURED.c.subject)
    )
    statement = insert_into(run.connection, METRIC_NUMBER).from_select(names, rows)
    news = {name: statement.excluded[name] for name in _NUMBERS}
    upsert = statement.on_conflict_do_update(
        index_elements=[column.name for column in METRIC_NUMBER.primary_key],
        set_={**news, "changed_for": statement.excluded.changed_for},
        where=_differs(METRIC_NUMBER, news),
    )
    return run.connection.execute(upsert, execution_options=COUNTED).rowcount


_PERIOD_KEY: Final = ("store_id", *_KEY, "apart")
_APART: Final = case((MEASURED.c.subject_kind.in_(APART), MEASURED.c.subject), else_="")


def _same_period() -> Iterable[ColumnElement[bool]]:
    """Yield what joins the rows that were measured with the periods they are of."""
    yield from (METRIC_PERIOD.c[name] == MEASURED.c[name] for name in _KEY)
    yield METRIC_PERIOD.c.apart == _APART


def _differs(table: Table, news: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    return or_(*(type_coerce(table.c[name], table.c[name].type).is_distinct_from(new) for name, new in news.items()))


def _delete_vanished(run: Run, looked_at: ColumnElement[bool]) -> set[Period]:
    """Remove values whose subject the facts no longer name, such as an order moved to another day; return their periods."""
    periods = {
        number: (metric, period, on)
        for number, metric, period, on in run.connection.execute(
            select(*(METRIC_PERIOD.c[name] for name in ("id", "metric", "period", "period_on"))).where(looked_at)
        )
    }
    still_there = exists().where(
        METRIC_PERIOD.c.id == METRIC_NUMBER.c.metric_period_id, *_same_period(), MEASURED.c.subject == METRIC_NUMBER.c.subject
    )
    wanted = select(METRIC_PERIOD.c.id).where(looked_at)
    vanished = delete(METRIC_NUMBER).where(METRIC_NUMBER.c.metric_period_id.in_(wanted), ~still_there)
    numbers = set(run.connection.execute(vanished.returning(METRIC_NUMBER.c.metric_period_id)).scalars())
    delete_empty(run, looked_at)
    return {periods[number] for number in numbers}


def delete_empty(run: Run, looked_at: ColumnElement[bool]) -> None:
    """Remove those of some periods that have no values."""
    is_empty = ~exists().where(METRIC_NUMBER.c.metric_period_id == METRIC_PERIOD.c.id)
    mark_periods(
        run.connection, run.measuring.store_id, _returned(run, delete(METRIC_PERIOD).where(looked_at, is_empty)), kind=STANDING
    )
