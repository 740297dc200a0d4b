"""Running the measures of a night and storing only what changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlalchemy import ColumnElement, Integer, Text, and_, insert, literal, or_

from sellerwatch.core.periods import Days
from sellerwatch.metrics import sales
from sellerwatch.metrics.catalogue import measurements
from sellerwatch.metrics.checks import check_failures, stories_failed
from sellerwatch.metrics.declared.measure import measure_declared
from sellerwatch.metrics.definitions import note_definitions
from sellerwatch.metrics.derived.inputs import derived_inputs
from sellerwatch.metrics.derived.registry import DERIVED
from sellerwatch.metrics.feeds import feed_ages, problem_count
from sellerwatch.metrics.limits import keep_limits
from sellerwatch.metrics.measured_days import MEASURED_DAY, Measuring, fill
from sellerwatch.metrics.shape import COLUMNS, Measure
from sellerwatch.metrics.sql.engine import measure_catalogue
from sellerwatch.metrics.stock import cover, outages
from sellerwatch.metrics.stock.lifecycle import store_stages
from sellerwatch.metrics.stock.ordering import days_to_order
from sellerwatch.metrics.storing import MEASURED, MeasureReport, Run, definition_of, remove_strays, store, summed
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.exclusive import alone_until_commit
from sellerwatch.warehouse.nights import deciding_moment
from sellerwatch.warehouse.problems import record
from sellerwatch.warehouse.tables.measures import METRIC_PERIOD
from sellerwatch.warehouse.workspace import Workspace

Periods = Literal["window", "night"]
Tell = Callable[[Run], ColumnElement[bool]]
"""Enters what is told beside the measures, and returns which stored values that is about."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric for one kind of subject: how it is selected, and which days it speaks of."""

    metric: str
    subject_kind: Literal["marketplace", "sku"]
    build: Measure
    periods: Periods

    @property
    def has_many_rows(self) -> bool:
        """Whether there is a row a day and SKU."""
        return (self.subject_kind, self.periods) == ("sku", "window")


MEASURES: Final = (
    Measured("gmv", "marketplace", sales.gmv_by_marketplace, "window"),
    Measured("gmv", "sku", sales.gmv_by_sku, "window"),
    Measured("net_sales", "marketplace", sales.net_sales_by_marketplace, "window"),
    Measured("net_sales", "sku", sales.net_sales_by_sku, "window"),
    Measured("units", "marketplace", sales.units_by_marketplace, "window"),
    Measured("units", "sku", sales.units_by_sku, "window"),
    Measured("velocity", "sku", cover.velocity_by_sku, "night"),
    Measured("days_of_cover", "sku", cover.cover_by_sku, "night"),
    Measured("stockout_rate", "marketplace", cover.stockout_rate_by_marketplace, "night"),
    Measured("in_stock_rate", "marketplace", outages.in_stock_rate_by_marketplace, "night"),
    Measured("stockout_loss", "sku", outages.stockout_loss_by_sku, "night"),
    Measured("stockout_loss", "marketplace", outages.stockout_loss_by_marketplace, "night"),
)
"""Everything SQL measures. A test holds it against config/metrics.yaml."""

FEED_AGE: Final = "feed_age_hours"
PROBLEMS: Final = "night_problems"
CHECK_FAILURE: Final = "check_failure"
STORIES_FAILED: Final = "integrity_stories_failed"
DAYS_TO_ORDER: Final = "days_to_order"


def measure_night(workspace: Workspace, store_id: str, as_of: date) -> MeasureReport:
    """Measure a store's night in one transaction; a row that says the same as before is not written."""
    with _running(workspace, store_id, as_of) as run:
        store_stages(run.connection, run.measuring, run.settings)
        record(run.connection, store_id, as_of, "measure", note_definitions(run))
        reports = [
            *_coded(run, MEASURES, (_measure_feeds, _measure_problems, _measure_checks, _measure_stories)),
            store(run, _measure_ordering(run)),
            *_catalogued(run),
            *measure_declared(run),
        ]
    return summed(reports)


def measure_past(workspace: Workspace, store_id: str, as_of: date, periods: Collection[Periods]) -> MeasureReport:
    """Measure again what the facts say as of a past day: the days before it, what a night says of itself, or both.

    What the pipeline said of itself that night (the age of its feeds, its problems, its checks) is history and stays.
    """
    with _running(workspace, store_id, as_of) as run:
        fed = measure_declared(run) if "night" in periods else []
        coded = _coded(run, [item for item in MEASURES if item.periods in periods])
        reports = [*coded, *_catalogued(run), *fed]
    return summed(reports)


@contextmanager
def _running(workspace: Workspace, store_id: str, as_of: date) -> Iterator[Run]:
    """Open the transaction of a measuring, with its temporary tables."""
    settings = workspace.settings
    with writing(workspace.engine) as connection:
        alone_until_commit(connection, store_id)
        now = deciding_moment(connection, store_id, as_of, workspace.clock.now())
        run = Run(connection, Measuring(store_id, as_of, now, settings.marketplaces(store_id)), settings)
        fill(connection, run.measuring, settings.reports["all_orders"])
        MEASURED.create(connection)
        remove_strays(connection)
        keep_limits(run)
        yield run
        MEASURED.drop(connection)
        MEASURED_DAY.drop(connection)


def _catalogued(run: Run) -> list[MeasureReport]:
    reads_derived = any(table in DERIVED for item in measurements(run.settings) for table in item.tables)
    with derived_inputs(run) if reads_derived else nullcontext():
        return measure_catalogue(run)


def _coded(run: Run, items: Collection[Measured], others: Collection[Tell] = ()) -> list[MeasureReport]:
    """Measure what has SQL of its own, and enter what else is told.

    Storing looks at everything that is stored, so what has few rows is stored at once; what has many is by itself, so that the
    temporary table stays small.
    """
    with _paced(run, items):
        reports = [store(run, _measure(run, item)) for item in items if item.has_many_rows]
        looked_at = [_measure(run, item) for item in items if not item.has_many_rows]
    looked_at += [tell(run) for tell in others]
    return [*reports, store(run, or_(*looked_at))] if looked_at else reports


@contextmanager
def _paced(run: Run, items: Collection[Measured]) -> Iterator[None]:
    """Hold the pace of every SKU while something reads it."""
    if not any(item.periods == "night" for item in items):
        yield
        return
    cover.fill_pace(run.connection, run.measuring)
    yield
    cover.PACE.drop(run.connection)


def _measure(run: Run, item: Measured) -> ColumnElement[bool]:
    """Measure, and return which stored values that is about."""
    names = (*COLUMNS, "metric", "subject_kind", "scale", "definition_version")
    definition = definition_of(run.settings, item.metric)
    always = (
        literal(item.metric, Text()),
        literal(item.subject_kind, Text()),
        literal(definition.scale, Integer()),
        literal(definition.version, Integer()),
    )
    selected = item.build(run.measuring, MEASURED_DAY).add_columns(*always)
    run.connection.execute(insert(MEASURED).from_select(list(names), selected))
    days = run.measuring.window if item.periods == "window" else run.night
    return _of_days(run, item.metric, item.subject_kind, days)


def _measure_feeds(run: Run) -> ColumnElement[bool]:
    return _enter(
        run, FEED_AGE, "feed", feed_ages(run.connection, run.measuring, run.settings.reports_of(run.measuring.store_id))
    )


def _measure_problems(run: Run) -> ColumnElement[bool]:
    return _enter(run, PROBLEMS, "store", [problem_count(run.connection, run.measuring)])


def _measure_checks(run: Run) -> ColumnElement[bool]:
    return _enter(run, CHECK_FAILURE, "check", check_failures(run.connection, run.measuring))


def _measure_stories(run: Run) -> ColumnElement[bool]:
    return _enter(run, STORIES_FAILED, "store", [stories_failed(run.connection, run.measuring)])


def _measure_ordering(run: Run) -> ColumnElement[bool]:
    """Measure the days left to order, which rest on the stored cover of the night."""
    return _enter(run, DAYS_TO_ORDER, "sku", days_to_order(run.connection, run.measuring, run.settings))


def _enter(run: Run, metric: str, subject_kind: str, rows: Iterable[Mapping[str, object]]) -> ColumnElement[bool]:
    definition = definition_of(run.settings, metric)
    always = {
        "metric": metric,
        "subject_kind": subject_kind,
        "scale": definition.scale,
        "definition_version": definition.version,
    }
    if complete := [{**row, **always} for row in rows]:
        run.connection.execute(insert(MEASURED), complete)
    return _of_days(run, metric, subject_kind, run.night)


def _of_days(run: Run, metric: str, subject_kind: str, days: Days) -> ColumnElement[bool]:
    """Return which stored values are of a metric's days; those of longer periods are measured elsewhere.

    The store is named although whoever stores names it too: each of several conditions is then found by the key alone.
    """
    return and_(
        METRIC_PERIOD.c.store_id == run.measuring.store_id,
        METRIC_PERIOD.c.metric == metric,
        METRIC_PERIOD.c.subject_kind == subject_kind,
        METRIC_PERIOD.c.period == "day",
        METRIC_PERIOD.c.period_on.between(days.first, days.last),
    )
