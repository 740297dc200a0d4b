"""Worksheets of what stock turns over and earns, and of stocking for an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from sellerwatch.metrics.decomposition import shapley
from sellerwatch.metrics.quantity import Quantity, total, unknown
from sellerwatch.metrics.sheets.configured import is_in, is_reached, ratio, tier
from sellerwatch.metrics.sheets.inputs import Input, amount, count, listed, measured, not_negative, record, rows
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.settings.load import Settings

FEE_BELOW_DAYS: Final = 28
"""Amazon charges its low-inventory-level fee where both the 30- and the 90-day supply lie below this."""

WINDOW_DAYS: Final = 30

# Turnover

SUPPLY: Final = record(measured("average_units", "units"), measured("daily_units", "units per day"))
SUPPLY_UNIT: Final = "average_units, daily_units of the period"


def _turnover_effects(p0: Mapping[str, Quantity], p1: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Split the change of the turnover days into more or less stock, and more or less demand."""
    known = [{name: item.value for name, item in period.items() if item.value is not None} for period in (p0, p1)]
    if any(len(period) < len(p0) for period in known):
        return dict.fromkeys(("stock", "demand"), unknown("no_data"))
    if any(period["daily_units"] == 0 for period in known):
        return dict.fromkeys(("stock", "demand"), unknown("no_demand"))
    parts = shapley(lambda state: state["average_units"] / state["daily_units"], *known)
    return {"stock": Quantity(parts["average_units"]), "demand": Quantity(parts["daily_units"])}


TURNOVER: Final = (
    cell("days", "days", lambda _turnover: _turnover),
    cell("turns", "times", lambda cogs, average_inventory: cogs.over(average_inventory, "no_stock")),
    cell(
        "average_inventory",
        "currency",
        lambda begin_inventory, end_inventory: (begin_inventory + end_inventory) * Fraction(1, 2),
    ),
    cell(
        "yellow", "true or false", lambda settings, _turnover: is_in(settings, "inventory_turnover_days", "yellow", _turnover)
    ),
    cell("tier", "yellow, orange or red", lambda settings, _turnover: tier(settings, "inventory_turnover_days", _turnover)),
    cell(
        "_turnover",
        "",
        lambda settings, sku_snapshots_mean, days, units_shipped: ratio(
            settings, "inventory_turnover_days", sku_snapshots_mean * days, units_shipped
        ),
    ),
    cell(
        "_turnover",
        "",
        lambda settings, average_inventory, days, cogs: ratio(
            settings, "inventory_turnover_days", average_inventory * days, cogs
        ),
    ),
)

# Stocking for an event


def _deviation(settings: Settings, stocked: Quantity, forecast: Quantity) -> Quantity:
    return ratio(settings, "stocking_accuracy_dev", abs(stocked - forecast), forecast, without="no_forecast")


def _wape(settings: Settings, skus: Sequence[Mapping[str, Quantity]]) -> Quantity:
    """Add up distances and forecasts before dividing: a mean of percentages would let small SKUs speak loudest."""
    off = total(abs(sku["stocked"] - sku["forecast"]) for sku in skus)
    return ratio(settings, "stocking_accuracy_dev", off, total(sku["forecast"] for sku in skus), without="no_forecast")


# Returns on stock

GMROI_TAKES: Final = (
    amount("sales"),
    amount("cogs"),
    measured("sum_13_inventories", "currency"),
    Input("inventories", "list of currency", listed(not_negative)),
    measured("average_inventory", "currency"),
)
GMROI: Final = (
    cell("gross_margin", "currency", lambda sales, cogs: sales - cogs),
    cell("gross_margin_pct", "%", lambda sales, gross_margin: gross_margin.over(sales, "no_sales") * 100),
    cell("average_inventory", "currency", lambda _average: _average),
    cell("sales_to_inventory", "ratio", lambda sales, _average: sales.over(_average, "no_stock")),
    cell(
        "gmroi",
        "ratio",
        lambda settings, gross_margin, _average: ratio(settings, "gmroi", gross_margin, _average, without="no_stock"),
    ),
    cell("_average", "", lambda average_inventory: average_inventory),
    cell("_average", "", lambda sum_13_inventories: sum_13_inventories.over(13)),
    cell("_average", "", lambda inventories: total(inventories).over(len(inventories), "no_stock")),
)

SHEETS: Final = (
    Sheet(
        "inventory_turnover_days",
        "How long the stock takes to turn over, in units or at cost",
        (
            measured("sku_snapshots_mean", "units", "average_units", "mean_sellable"),
            count("units_shipped"),
            measured("cogs", "currency"),
            measured("average_inventory", "currency", "inventory"),
            measured("begin_inventory", "currency", "beginning_inventory"),
            measured("end_inventory", "currency", "ending_inventory"),
            count("days"),
        ),
        TURNOVER,
    ),
    Sheet(
        "inventory_turnover_days",
        "What moved the turnover",
        (Input("p0", SUPPLY_UNIT, SUPPLY), Input("p1", SUPPLY_UNIT, SUPPLY)),
        (
            cell("effects", "days by factor", _turnover_effects),
            cell("sum", "days", lambda effects: total(effects.values())),
        ),
    ),
    Sheet("gmroi", "Gross margin for what lies in stock", GMROI_TAKES, GMROI, ("gmroi",)),
    Sheet(
        "stocking_accuracy_dev",
        "How far the stock for an event is from its forecast",
        (count("stocked"), measured("forecast", "units")),
        (
            cell("dev", "%", _deviation),
            cell("ok", "true or false", lambda dev: is_reached("stocking_accuracy_dev", dev)),
        ),
    ),
    Sheet(
        "stocking_accuracy_dev",
        "The same over several SKUs",
        (Input("skus", "rows of stocked and forecast", rows(count("stocked"), measured("forecast", "units"))),),
        (
            cell("dev", "%", _wape),
            cell("ok", "true or false", lambda dev: is_reached("stocking_accuracy_dev", dev)),
        ),
    ),
)
