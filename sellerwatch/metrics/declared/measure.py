"""Measuring what people feed: one row at least of every such metric that the configuration has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import and_, insert

from sellerwatch.metrics.declared.figure import Asked, as_row
from sellerwatch.metrics.declared.money import MONEY
from sellerwatch.metrics.declared.products import PRODUCTS
from sellerwatch.metrics.declared.typed import TYPED, Measure, of_store
from sellerwatch.metrics.storing import MEASURED, MeasureReport, Run, store
from sellerwatch.warehouse.tables.measures import METRIC_PERIOD

DECLARED: Final[Mapping[str, Measure]] = {**TYPED, **MONEY, **PRODUCTS}
"""Every metric that people feed, with what reads it. One of their own is what they typed in for the store."""

FED: Final = frozenset({"user_table", "not_observable"})


def measure_declared(run: Run) -> list[MeasureReport]:
    """Measure what people's tables say by the night."""
    wanted = [name for name, metric in run.settings.metrics.items() if metric.status in FED]
    if not wanted:
        return []
    asked = Asked(run)
    rows = [as_row(asked, name, figure) for name in wanted for figure in DECLARED.get(name, of_store)(asked, name)]
    run.connection.execute(insert(MEASURED), rows)
    looked_at = and_(
        METRIC_PERIOD.c.store_id == run.measuring.store_id,
        METRIC_PERIOD.c.metric.in_(wanted),
        METRIC_PERIOD.c.period == "day",
        METRIC_PERIOD.c.period_on == run.measuring.as_of,
    )
    return [store(run, looked_at)]
