"""Running the measures of a night and storing only what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
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
    Select,
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

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.metrics import sales, stock
from sellerwatch.metrics.checks import check_failures
from sellerwatch.metrics.feeds import feed_ages, problem_count
from sellerwatch.metrics.measured_days import MEASURED_DAY, Measuring, fill
from sellerwatch.metrics.shape import COLUMNS, Measure, quotient
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Metric
from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.nights import deciding_moment
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.types import Instant
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

COUNTED: Final = {"preserve_rowcount": True}
"""Without it SQLAlchemy does not say on PostgreSQL how many rows an INSERT wrote."""

FEED_AGE: Final = "feed_age_hours"
PROBLEMS: Final = "night_problems"
CHECK_FAILURE: Final = "check_failure"
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
_MEASURED: Final = Table(
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
"""The temporary table that holds one metric at a time, in the columns of `shape.COLUMNS`, before it is stored."""


@dataclass(frozen=True, slots=True)
class MeasureReport:
    """What measuring did."""

    values: int
    unknown: int
    changed: int


@dataclass(frozen=True, slots=True)
class _Run:
    """The measuring of one night, in its transaction."""

    connection: Connection
    measuring: Measuring
    settings: Settings

    @property
    def night(self) -> Days:
        """The business day alone."""
        return Days(self.measuring.as_of, self.measuring.as_of)


def measure_night(workspace: Workspace, store_id: str, as_of: date) -> MeasureReport:
    """Measure a store's night in one transaction; a row that says the same as before is not written."""
    with _running(workspace, store_id, as_of) as run:
        reports = [
            *(_measure(run, item) for item in MEASURES),
            _measure_feeds(run),
            _measure_problems(run),
            _measure_checks(run),
        ]
    return _summed(reports)


def measure_past(workspace: Workspace, store_id: str, as_of: date, periods: Collection[Periods]) -> MeasureReport:
    """Measure again what the facts say as of a past day: the days before it, what a night says of itself, or both.

    What the pipeline said of itself that night (the age of its feeds, its problems, its checks) is history and stays.
    """
    with _running(workspace, store_id, as_of) as run:
        reports = [_measure(run, item) for item in MEASURES if item.periods in periods]
    return _summed(reports)


@contextmanager
def _running(workspace: Workspace, store_id: str, as_of: date) -> Iterator[_Run]:
    """Open the transaction of a measuring, with its temporary tables."""
    settings = workspace.settings
    with writing(workspace.engine) as connection:
        now = deciding_moment(connection, store_id, as_of, workspace.clock.now())
        run = _Run(connection, Measuring(store_id, as_of, now, settings.marketplaces(store_id)), settings)
        fill(connection, run.measuring, settings.reports["all_orders"])
        _MEASURED.create(connection)
        yield run
        _MEASURED.drop(connection)
        MEASURED_DAY.drop(connection)


def _summed(reports: Collection[MeasureReport]) -> MeasureReport:
    return MeasureReport(
        values=sum(item.values for item in reports),
        unknown=sum(item.unknown for item in reports),
        changed=sum(item.changed for item in reports),
    )


def _measure(run: _Run, item: Measured) -> MeasureReport:
    run.connection.execute(delete(_MEASURED))
    run.connection.execute(insert(_MEASURED).from_select(list(COLUMNS), item.build(run.measuring, MEASURED_DAY)))
    periods = run.measuring.window if item.periods == "window" else run.night
    return _store(run, item.metric, item.subject_kind, periods)


def _measure_feeds(run: _Run) -> MeasureReport:
    rows = list(feed_ages(run.connection, run.measuring, run.settings.reports_of(run.measuring.store_id)))
    run.connection.execute(delete(_MEASURED))
    run.connection.execute(insert(_MEASURED), rows)
    return _store(run, FEED_AGE, "feed", run.night)


def _measure_problems(run: _Run) -> MeasureReport:
    run.connection.execute(delete(_MEASURED))
    run.connection.execute(insert(_MEASURED), [problem_count(run.connection, run.measuring)])
    return _store(run, PROBLEMS, "store", run.night)


def _measure_checks(run: _Run) -> MeasureReport:
    rows = list(check_failures(run.connection, run.measuring))
    run.connection.execute(delete(_MEASURED))
    if rows:
        run.connection.execute(insert(_MEASURED), rows)
    return _store(run, CHECK_FAILURE, "check", run.night)


def _store(run: _Run, metric: str, subject_kind: str, periods: Days) -> MeasureReport:
    """Make the stored values of these days say what was measured; count the measured ones and those that changed."""
    _delete_vanished(run, metric, subject_kind, periods)
    changed = _upsert(run, metric, subject_kind)
    values, unknown = run.connection.execute(
        select(func.count(), func.count().filter(_MEASURED.c.status == "unknown")).select_from(_MEASURED),
    ).one()
    return MeasureReport(values, unknown, changed)


def _upsert(run: _Run, metric: str, subject_kind: str) -> int:
    statement = insert_into(run.connection, METRIC_VALUE).from_select(
        [*_KEY, *_CONTENT, "measured_for"],
        _values(run, metric, subject_kind),
    )
    new = {name: statement.excluded[name] for name in (*_CONTENT, "measured_for")}
    result = run.connection.execute(
        statement.on_conflict_do_update(index_elements=list(_KEY), set_=new, where=_differs(statement.excluded)),
        execution_options=COUNTED,
    )
    return result.rowcount


def _definition(settings: Settings, metric: str) -> Metric:
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


def _values(run: _Run, metric: str, subject_kind: str) -> Select[Any]:
    definition = _definition(run.settings, metric)
    scale = 100 if definition.unit == "%" else 1
    return select(
        literal(run.measuring.store_id, Text()),
        _MEASURED.c.marketplace,
        literal(metric, Text()),
        literal(subject_kind, Text()),
        _MEASURED.c.subject,
        _MEASURED.c.period_on,
        _MEASURED.c.numerator,
        _MEASURED.c.denominator,
        quotient(_MEASURED.c.numerator, _MEASURED.c.denominator, scale),
        _MEASURED.c.currency,
        _MEASURED.c.status,
        _MEASURED.c.reason,
        _MEASURED.c.is_final,
        _MEASURED.c.data_through,
        literal(definition.version, BigInteger()),
        literal(run.measuring.as_of, Date()),
    ).where(_MEASURED.c.status.is_not(None))  # SQLite needs a WHERE here to tell ON CONFLICT from a join's ON


def _differs(excluded: Any) -> ColumnElement[bool]:  # noqa: ANN401 - the EXCLUDED columns of either dialect
    return or_(
        *(type_coerce(METRIC_VALUE.c[name], METRIC_VALUE.c[name].type).is_distinct_from(excluded[name]) for name in _CONTENT),
    )


def _delete_vanished(run: _Run, metric: str, subject_kind: str, periods: Days) -> None:
    """Remove values of measured days whose subject the facts no longer name, such as an order moved to another day."""
    still_there = exists().where(
        _MEASURED.c.marketplace == METRIC_VALUE.c.marketplace,
        _MEASURED.c.subject == METRIC_VALUE.c.subject,
        _MEASURED.c.period_on == METRIC_VALUE.c.period_on,
    )
    run.connection.execute(
        delete(METRIC_VALUE).where(
            METRIC_VALUE.c.store_id == run.measuring.store_id,
            METRIC_VALUE.c.metric == metric,
            METRIC_VALUE.c.subject_kind == subject_kind,
            METRIC_VALUE.c.period_on.between(periods.first, periods.last),
            ~still_there,
        ),
    )
