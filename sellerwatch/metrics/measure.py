"""Running the measures of a night and storing only what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    MetaData,
    Table,
    Text,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
)

from sellerwatch.core.periods import Days
from sellerwatch.metrics import sales, stock
from sellerwatch.metrics.feeds import feed_ages, problem_count
from sellerwatch.metrics.measured_days import Measuring, fill, measured_day_table
from sellerwatch.metrics.shape import COLUMNS, Measure, quotient
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.nights import deciding_moment
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.types import Instant
from sellerwatch.warehouse.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric for one kind of subject: how it is selected, and which days it speaks of."""

    metric: str
    subject_kind: Literal["marketplace", "sku"]
    build: Measure
    periods: Literal["window", "night"]


MEASURES: Final = (
    Measured("gmv", "marketplace", sales.gmv_by_marketplace, "window"),
    Measured("gmv", "sku", sales.gmv_by_sku, "window"),
    Measured("net_sales", "marketplace", sales.net_sales_by_marketplace, "window"),
    Measured("net_sales", "sku", sales.net_sales_by_sku, "window"),
    Measured("units", "marketplace", sales.units_by_marketplace, "window"),
    Measured("units", "sku", sales.units_by_sku, "window"),
    Measured("velocity", "sku", stock.velocity_by_sku, "night"),
    Measured("days_of_cover", "sku", stock.cover_by_sku, "night"),
    Measured("stockout_rate", "marketplace", stock.stockout_rate_by_marketplace, "night"),
)
"""Everything SQL measures. A test holds it against config/metrics.yaml."""

FEED_AGE: Final = "feed_age_hours"
PROBLEMS: Final = "night_problems"
_KEY: Final = ("store_id", "marketplace", "metric", "subject_kind", "subject", "period_on")
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


@dataclass(frozen=True, slots=True)
class MeasureReport:
    """What measuring did."""

    values: int
    unknown: int
    changed: int


def measure_night(workspace: Workspace, store_id: str, as_of: date) -> MeasureReport:
    """Measure a store's night in one transaction; a row that says the same as before is not written."""
    settings = workspace.settings
    with writing(workspace.engine) as connection:
        now = deciding_moment(connection, store_id, as_of, workspace.clock.now())
        measuring = Measuring(store_id, as_of, now, settings.marketplaces(store_id))
        day, scratch = measured_day_table(), _scratch_table()
        fill(connection, day, measuring, settings.reports["all_orders"])
        scratch.create(connection)
        reports = [_measure(connection, scratch, measuring, day, item, settings) for item in MEASURES]
        reports.append(_measure_feeds(connection, scratch, measuring, settings))
        reports.append(_measure_problems(connection, scratch, measuring, settings))
        scratch.drop(connection)
        day.drop(connection)
    return MeasureReport(
        values=sum(item.values for item in reports),
        unknown=sum(item.unknown for item in reports),
        changed=sum(item.changed for item in reports),
    )


def _measure(
    connection: Connection,
    scratch: Table,
    measuring: Measuring,
    day: Table,
    item: Measured,
    settings: Settings,
) -> MeasureReport:
    connection.execute(delete(scratch))
    connection.execute(insert(scratch).from_select(list(COLUMNS), item.build(measuring, day)))
    periods = measuring.window if item.periods == "window" else Days(measuring.as_of, measuring.as_of)
    return _store(connection, scratch, measuring, (item.metric, item.subject_kind), periods, settings)


def _measure_feeds(connection: Connection, scratch: Table, measuring: Measuring, settings: Settings) -> MeasureReport:
    connection.execute(delete(scratch))
    rows = list(feed_ages(connection, measuring, settings.reports_of(measuring.store_id)))
    connection.execute(insert(scratch), rows)
    return _store(connection, scratch, measuring, (FEED_AGE, "feed"), Days(measuring.as_of, measuring.as_of), settings)


def _measure_problems(connection: Connection, scratch: Table, measuring: Measuring, settings: Settings) -> MeasureReport:
    connection.execute(delete(scratch))
    connection.execute(insert(scratch), [problem_count(connection, measuring)])
    return _store(connection, scratch, measuring, (PROBLEMS, "store"), Days(measuring.as_of, measuring.as_of), settings)


def _scratch_table() -> Table:
    return Table(
        "measured",
        MetaData(),
        Column("marketplace", Text, primary_key=True),
        Column("subject", Text, primary_key=True),
        Column("period_on", Date, primary_key=True),
        Column("numerator", BigInteger),
        Column("denominator", BigInteger),
        Column("currency", Text),
        Column("status", Text, nullable=False),
        Column("reason", Text),
        Column("is_final", Boolean, nullable=False),
        Column("data_through", Instant),
        prefixes=["TEMPORARY"],
    )


def _store(
    connection: Connection,
    scratch: Table,
    measuring: Measuring,
    metric: tuple[str, str],
    periods: Days,
    settings: Settings,
) -> MeasureReport:
    metric_id, subject_kind = metric
    definition = settings.metrics[metric_id]
    _delete_vanished(connection, scratch, measuring, metric, periods)
    scale = 100 if definition.unit == "%" else 1
    selected = select(
        literal(measuring.store_id, Text()),
        scratch.c.marketplace,
        literal(metric_id, Text()),
        literal(subject_kind, Text()),
        scratch.c.subject,
        scratch.c.period_on,
        scratch.c.numerator,
        scratch.c.denominator,
        quotient(scratch.c.numerator, scratch.c.denominator, scale),
        scratch.c.currency,
        scratch.c.status,
        scratch.c.reason,
        scratch.c.is_final,
        scratch.c.data_through,
        literal(definition.version, BigInteger()),
        literal(measuring.as_of, Date()),
    ).where(scratch.c.status.is_not(None))  # SQLite needs a WHERE here to tell ON CONFLICT from a join's ON
    statement = insert_into(connection, METRIC_VALUE).from_select([*_KEY, *_CONTENT, "measured_for"], selected)
    new = {name: statement.excluded[name] for name in (*_CONTENT, "measured_for")}
    result = connection.execute(
        statement.on_conflict_do_update(index_elements=list(_KEY), set_=new, where=_differs(statement.excluded)),
    )
    values, unknown = connection.execute(
        select(func.count(), func.count().filter(scratch.c.status == "unknown")).select_from(scratch),
    ).one()
    return MeasureReport(values, unknown, result.rowcount)


def _differs(excluded: Any) -> ColumnElement[bool]:  # noqa: ANN401 - the EXCLUDED columns of either dialect
    return or_(
        *(type_coerce(METRIC_VALUE.c[name], METRIC_VALUE.c[name].type).is_distinct_from(excluded[name]) for name in _CONTENT),
    )


def _delete_vanished(
    connection: Connection,
    scratch: Table,
    measuring: Measuring,
    metric: Iterable[str],
    periods: Days,
) -> None:
    """Remove values of measured days whose subject the facts no longer name, such as an order moved to another day."""
    metric_id, subject_kind = metric
    still_there = exists().where(
        scratch.c.marketplace == METRIC_VALUE.c.marketplace,
        scratch.c.subject == METRIC_VALUE.c.subject,
        scratch.c.period_on == METRIC_VALUE.c.period_on,
    )
    connection.execute(
        delete(METRIC_VALUE).where(
            METRIC_VALUE.c.store_id == measuring.store_id,
            METRIC_VALUE.c.metric == metric_id,
            METRIC_VALUE.c.subject_kind == subject_kind,
            METRIC_VALUE.c.period_on.between(periods.first, periods.last),
            ~still_there,
        ),
    )
