"""Running the measures of a night and storing only what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlalchemy import ColumnElement, and_, delete, insert

from sellerwatch.core.periods import Days
from sellerwatch.metrics import sales, stock
from sellerwatch.metrics.checks import check_failures
from sellerwatch.metrics.feeds import feed_ages, problem_count
from sellerwatch.metrics.measured_days import MEASURED_DAY, Measuring, fill
from sellerwatch.metrics.shape import COLUMNS, Measure
from sellerwatch.metrics.sql_engine import measure_catalogue
from sellerwatch.metrics.storing import MEASURED, MeasureReport, Run, store, summed
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.nights import deciding_moment
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.workspace import Workspace

Periods = Literal["window", "night"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric for one kind of subject: how it is selected, and which days it speaks of."""

    metric: str
    subject_kind: Literal["marketplace", "sku"]
    build: Measure
    periods: Periods


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
CHECK_FAILURE: Final = "check_failure"


def measure_night(workspace: Workspace, store_id: str, as_of: date) -> MeasureReport:
    """Measure a store's night in one transaction; a row that says the same as before is not written."""
    with _running(workspace, store_id, as_of) as run:
        reports = [
            *(_measure(run, item) for item in MEASURES),
            _measure_feeds(run),
            _measure_problems(run),
            _measure_checks(run),
            *measure_catalogue(run),
        ]
    return summed(reports)


def measure_past(workspace: Workspace, store_id: str, as_of: date, periods: Collection[Periods]) -> MeasureReport:
    """Measure again what the facts say as of a past day: the days before it, what a night says of itself, or both.

    What the pipeline said of itself that night (the age of its feeds, its problems, its checks) is history and stays.
    """
    with _running(workspace, store_id, as_of) as run:
        reports = [*(_measure(run, item) for item in MEASURES if item.periods in periods), *measure_catalogue(run)]
    return summed(reports)


@contextmanager
def _running(workspace: Workspace, store_id: str, as_of: date) -> Iterator[Run]:
    """Open the transaction of a measuring, with its temporary tables."""
    settings = workspace.settings
    with writing(workspace.engine) as connection:
        now = deciding_moment(connection, store_id, as_of, workspace.clock.now())
        run = Run(connection, Measuring(store_id, as_of, now, settings.marketplaces(store_id)), settings)
        fill(connection, run.measuring, settings.reports["all_orders"])
        MEASURED.create(connection)
        yield run
        MEASURED.drop(connection)
        MEASURED_DAY.drop(connection)


def _measure(run: Run, item: Measured) -> MeasureReport:
    run.connection.execute(delete(MEASURED))
    run.connection.execute(insert(MEASURED).from_select(list(COLUMNS), item.build(run.measuring, MEASURED_DAY)))
    looked_at = _days(run.measuring.window) if item.periods == "window" else _night(run)
    return store(run, item.metric, item.subject_kind, looked_at)


def _measure_feeds(run: Run) -> MeasureReport:
    rows = list(feed_ages(run.connection, run.measuring, run.settings.reports_of(run.measuring.store_id)))
    run.connection.execute(delete(MEASURED))
    run.connection.execute(insert(MEASURED), rows)
    return store(run, FEED_AGE, "feed", _night(run))


def _measure_problems(run: Run) -> MeasureReport:
    run.connection.execute(delete(MEASURED))
    run.connection.execute(insert(MEASURED), [problem_count(run.connection, run.measuring)])
    return store(run, PROBLEMS, "store", _night(run))


def _measure_checks(run: Run) -> MeasureReport:
    rows = list(check_failures(run.connection, run.measuring))
    run.connection.execute(delete(MEASURED))
    if rows:
        run.connection.execute(insert(MEASURED), rows)
    return store(run, CHECK_FAILURE, "check", _night(run))


def _night(run: Run) -> ColumnElement[bool]:
    return _days(Days(run.measuring.as_of, run.measuring.as_of))


def _days(days: Days) -> ColumnElement[bool]:
    """Return which stored values are of these days; those of longer periods are measured elsewhere."""
    return and_(METRIC_VALUE.c.period == "day", METRIC_VALUE.c.period_on.between(days.first, days.last))
