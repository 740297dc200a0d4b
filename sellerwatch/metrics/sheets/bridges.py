"""Worksheets of two periods: where the points of a margin went, whether clicks rose while orders fell, and what a rate of cost hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sellerwatch.metrics.sheets.configured import ratio
from sellerwatch.metrics.sheets.inputs import Input, amount, count, measured, optional, record
from sellerwatch.metrics.sheets.kinds import Cell, Sheet, cell
from sellerwatch.metrics.sheets.money import ALSO, COSTS, REVENUE
from sellerwatch.metrics.sheets.quantity import Quantity, both, total
from sellerwatch.settings.load import Settings

Period = Mapping[str, Quantity]


def _two(unit: str, *fields: Input) -> tuple[Input, Input]:
    read = record(*fields)
    return (
        Input("p0", f"{unit} of the period", read, ("before", "previous")),
        Input("p1", f"{unit} of the period", read, ("after", "current")),
    )


# The points of the margin


def _told(p0: Period, p1: Period) -> list[str]:
    """Return the costs that a period tells; one that neither does has no part in either margin."""
    return [name for name in COSTS if any(period[name].value is not None for period in (p0, p1))]


def _rate(settings: Settings, cost: Quantity, period: Period) -> Quantity:
    return ratio(settings, "net_margin_pct", cost, period["revenue"], without="no_sales")


def _points(settings: Settings, p0: Period, p1: Period) -> dict[str, Quantity]:
    """Return by how many points each cost moved the margin: they add up to its change."""
    return {name: _rate(settings, p0[name], p0) - _rate(settings, p1[name], p1) for name in _told(p0, p1)}


def _margin(settings: Settings, period: Period, told: list[str]) -> Quantity:
    return _rate(settings, period["revenue"] - total(period[name] for name in told), period)


BRIDGE: Final = (
    cell("effects", "percentage points by cost", _points),
    cell("sum", "percentage points", lambda effects: total(effects.values())),
    cell("margin0", "%", lambda settings, p0, p1: _margin(settings, p0, _told(p0, p1))),
    cell("margin1", "%", lambda settings, p0, p1: _margin(settings, p1, _told(p0, p1))),
    cell("delta", "percentage points", lambda margin0, margin1: margin1 - margin0),
)

# Clicks without orders


def _of(metric: str, period: str, top: str, bottom: str) -> Cell:
    def work(settings: Settings, **given: Any) -> Quantity:  # noqa: ANN401 - the period
        return ratio(settings, metric, given[period][top], given[period][bottom])

    return Cell(f"{metric.removeprefix('ad_')}{period[1]}", "%", work, ("settings", period))


def _change(before: Quantity, after: Quantity) -> Quantity:
    return (after - before).over(before, "no_baseline") * 100


def _guarded(limit: int) -> Any:  # noqa: ANN401 - the work of a cell
    """Return the work that tells whether more people click and so many percent fewer of them buy."""
    return lambda ctr_change_rel, cvr_change_rel: both(ctr_change_rel.compares(">", 0), cvr_change_rel.compares("<=", limit))


GUARD: Final = (
    cell("cvr_change_rel", "%", _change, "cvr0", "cvr1"),
    cell("ctr_change_rel", "%", _change, "ctr0", "ctr1"),
    *(_of("ad_ctr", period, "clicks", "impressions") for period in ("p0", "p1")),
    *(_of("ad_cvr", period, "purchases", "clicks") for period in ("p0", "p1")),
    cell("yellow", "true or false", _guarded(-15)),
    cell("orange", "true or false", _guarded(-23)),
    cell("tier", "yellow or orange", lambda yellow, orange: "orange" if orange else "yellow" if yellow else None),
)

# A rate that falls by itself when prices rise


def _over(metric: str, name: str, period: str, bottom: str) -> Cell:
    def work(settings: Settings, **given: Any) -> Quantity:  # noqa: ANN401 - the period
        return ratio(settings, metric, given[period]["logistics_cost"], given[period][bottom], without="no_data")

    return Cell(f"{name}{period[1]}", "as the KPI", work, ("settings", period))


LOGISTICS: Final = tuple(
    _over(metric, name, period, bottom)
    for metric, name, bottom in (
        ("logistics_cost_ratio", "ratio", "net_sales"),
        ("unit_logistics_cost", "unit_cost", "units"),
    )
    for period in ("p0", "p1")
)

SHEETS: Final = (
    Sheet(
        "net_margin_pct",
        "Where the points of the margin went",
        _two("revenue and costs", REVENUE, *(optional(amount(name, *ALSO[name])) for name in COSTS)),
        BRIDGE,
        is_kpi=False,
    ),
    *(
        Sheet(
            kpi,
            "Whether more people click and fewer of them buy",
            _two(
                "impressions, clicks, purchases",
                count("impressions"),
                count("clicks"),
                count("purchases", "purchases_7d", "purchases7d", "ad_orders", "orders"),
            ),
            GUARD,
            is_kpi=False,
        )
        for kpi in ("ad_ctr", "ad_cvr")
    ),
    *(
        Sheet(
            kpi,
            "Cost of logistics by sales and by unit: the first falls by itself when prices rise",
            _two(
                "logistics_cost, net_sales, units",
                amount("logistics_cost", "logistics"),
                measured("net_sales", "currency", "revenue", "sales"),
                optional(count("units", "units_shipped")),
            ),
            LOGISTICS,
            is_kpi=False,
        )
        for kpi in ("logistics_cost_ratio", "unit_logistics_cost")
    ),
)
