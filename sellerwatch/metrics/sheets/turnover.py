"""Worksheets of what stock turns over and earns, and of stocking for an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from sellerwatch.metrics.decomposition import shapley
from sellerwatch.metrics.sheets.configured import is_in, is_reached, ratio, tier
from sellerwatch.metrics.sheets.inputs import Input, amount, count, listed, measured, not_negative, optional, record, rows
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, quantity, total, unknown
from sellerwatch.metrics.sheets.snapshots import SNAPSHOTS, mean_of
from sellerwatch.settings.load import Settings

DAYS_OF_A_YEAR: Final = 365
WINDOW_DAYS: Final = 30
MONTHS_OF_A_YEAR: Final = 12

# Turnover

SUPPLY: Final = record(measured("average_units", "units"), measured("daily_units", "units per day", "units_per_day"))
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


def _turned(settings: Settings, period: Mapping[str, Quantity]) -> Quantity:
    return ratio(settings, "inventory_turnover_days", period["average_units"], period["daily_units"])


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
    cell("_turnover", "", lambda settings, _units, days, units_shipped: _days_of(settings, _units, units_shipped, days)),
    cell(
        "_turnover",
        "",
        lambda settings, _units, units_shipped_30d, days=None: _days_of(
            settings, _units, units_shipped_30d, days or quantity(WINDOW_DAYS)
        ),
    ),
    cell(
        "_turnover", "", lambda settings, _units, daily_units: ratio(settings, "inventory_turnover_days", _units, daily_units)
    ),
    cell("average_units", "units", lambda begin_units, end_units: (begin_units + end_units) * Fraction(1, 2)),
    cell("average_units", "units", lambda snapshots: mean_of(snapshots, "no_data")),
    cell("_units", "", lambda sku_snapshots_mean: sku_snapshots_mean),
    cell("_units", "", lambda average_units: average_units),
    cell("turns", "times", lambda annual_cogs, average_inventory: annual_cogs.over(average_inventory, "no_stock")),
    cell(
        "_turnover",
        "",
        lambda settings, average_inventory, annual_cogs, days=None: ratio(
            settings, "inventory_turnover_days", average_inventory * (days or quantity(DAYS_OF_A_YEAR)), annual_cogs
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


def _days_of(settings: Settings, average_units: Quantity, units_shipped: Quantity, days: Quantity) -> Quantity:
    return ratio(settings, "inventory_turnover_days", average_units * days, units_shipped)


def _daily(sku: Mapping[str, Quantity], days: Quantity | None) -> Quantity:
    """Return what a SKU ships a day: as it is told, or the units of some days."""
    if sku["daily_units"].value is not None or days is None:
        return sku["daily_units"]
    return sku["units_shipped"].over(days, "no_data")


def _added_days(settings: Settings, skus: Sequence[Mapping[str, Quantity]], days: Quantity | None = None) -> Quantity:
    stock, daily = total(sku["average_units"] for sku in skus), total(_daily(sku, days) for sku in skus)
    return ratio(settings, "inventory_turnover_days", stock, daily)


def _mean_of_days(settings: Settings, skus: Sequence[Mapping[str, Quantity]], days: Quantity | None = None) -> Quantity:
    """Return the mean of the days of the SKUs that ship at all, which is not how long the whole stock takes."""
    told = [
        item
        for item in (ratio(settings, "inventory_turnover_days", sku["average_units"], _daily(sku, days)) for sku in skus)
        if item.value is not None
    ]
    return total(told).over(len(told), "no_demand")


OVER_SKUS: Final = (
    cell("days", "days", lambda _turnover: _turnover),
    cell("plain_mean_wrong", "days", _mean_of_days),
    cell("tier", "yellow, orange or red", lambda settings, _turnover: tier(settings, "inventory_turnover_days", _turnover)),
    cell("_turnover", "", _added_days),
)

# Stocking for an event


def _deviation(settings: Settings, stocked: Quantity, forecast: Quantity) -> Quantity:
    return ratio(settings, "stocking_accuracy_dev", abs(stocked - forecast), forecast, without="no_forecast")


STOCKED: Final = ("units_received", "received", "stocked_units", "actual")


def _mean_deviation(settings: Settings, skus: Sequence[Mapping[str, Quantity]]) -> Quantity:
    every = [_deviation(settings, sku["stocked"], sku["forecast"]) for sku in skus]
    known = [item for item in every if item.value is not None]
    return total(known).over(len(known), "no_forecast")


def _wape(settings: Settings, skus: Sequence[Mapping[str, Quantity]]) -> Quantity:
    """Add up distances and forecasts before dividing: a mean of percentages would let small SKUs speak loudest."""
    off = total(abs(sku["stocked"] - sku["forecast"]) for sku in skus)
    return ratio(settings, "stocking_accuracy_dev", off, total(sku["forecast"] for sku in skus), without="no_forecast")


# Returns on stock


def _of_a_year(
    settings: Settings,
    gross_margin: Quantity,
    _average: Quantity,
    days: Quantity | None = None,
    months: Quantity | None = None,
) -> Quantity:
    """Return the margin for what lies in stock; that of a part of the year as of a whole one."""
    return ratio(settings, "gmroi", _annual(gross_margin, days, months), _average, without="no_stock")


def _annual(gross_margin: Quantity, days: Quantity | None = None, months: Quantity | None = None) -> Quantity:
    margin = gross_margin if days is None else (gross_margin * DAYS_OF_A_YEAR).over(days, "no_data")
    return margin if months is None else (margin * MONTHS_OF_A_YEAR).over(months, "no_data")


GMROI_TAKES: Final = (
    amount("sales", "net_sales"),
    amount("cogs"),
    amount("gross_margin", "gross_profit"),
    count("days"),
    measured("months", "months"),
    measured("sum_13_inventories", "currency"),
    Input(
        "inventories",
        "list of currency",
        listed(not_negative),
        ("month_end_stock", "month_end_stocks", "month_end_inventories", "month_end_inventory", "stock_at_cost"),
    ),
    measured("average_inventory", "currency", "average_stock", "average_inventory_at_cost"),
)
GMROI: Final = (
    cell("gross_margin", "currency", lambda sales, cogs: sales - cogs),
    cell("gross_margin_pct", "%", lambda sales, gross_margin: gross_margin.over(sales, "no_sales") * 100),
    cell("annualised_gross_profit", "currency", _annual),
    cell("average_inventory", "currency", lambda _average: _average),
    cell("sales_to_inventory", "ratio", lambda sales, _average: sales.over(_average, "no_stock")),
    cell(
        "gmroi",
        "ratio",
        _of_a_year,
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
            measured(
                "sku_snapshots_mean", "units", "average_units", "mean_sellable", "average_on_hand", "average_on_hand_units"
            ),
            count("units_shipped"),
            count("units_shipped_30d", "units_sold_30d"),
            measured("daily_units", "units per day", "units_shipped_per_day", "daily_shipped_units", "average_daily_units"),
            SNAPSHOTS,
            measured(
                "begin_units", "units", "starting_units", "starting_warehouse_balance", "starting_balance", "starting", "begin"
            ),
            measured("end_units", "units", "ending_units", "ending_warehouse_balance", "ending_balance", "ending", "end"),
            measured("cogs", "currency"),
            measured("annual_cogs", "currency"),
            measured("average_inventory", "currency", "inventory", "average_stock", "average_stock_at_cost"),
            measured("begin_inventory", "currency", "beginning_inventory", "opening_inventory", "opening_stock"),
            measured("end_inventory", "currency", "ending_inventory", "closing_inventory", "closing_stock"),
            count("days"),
        ),
        TURNOVER,
    ),
    Sheet(
        "inventory_turnover_days",
        "The same over several SKUs: their stock and their demand are added up, and no days averaged",
        (
            Input(
                "skus",
                "rows of average_units and units_shipped or daily_units",
                rows(
                    measured("average_units", "units", "sku_snapshots_mean"),
                    optional(count("units_shipped", "units_shipped_30d")),
                    optional(measured("daily_units", "units per day", "units_per_day", "daily_shipped_units")),
                ),
                ("rows",),
            ),
            count("days"),
        ),
        OVER_SKUS,
    ),
    Sheet(
        "inventory_turnover_days",
        "What moved the turnover",
        (Input("p0", SUPPLY_UNIT, SUPPLY), Input("p1", SUPPLY_UNIT, SUPPLY)),
        (
            cell("effects", "days by factor", _turnover_effects),
            cell("sum", "days", lambda effects: total(effects.values())),
            cell("days0", "days", _turned, "settings", "p0"),
            cell("days1", "days", _turned, "settings", "p1"),
        ),
        is_kpi=False,
    ),
    Sheet("gmroi", "Gross margin for what lies in stock", GMROI_TAKES, GMROI, ("gmroi",)),
    Sheet(
        "stocking_accuracy_dev",
        "How far the stock for an event is from its forecast",
        (count("stocked", *STOCKED), measured("forecast", "units", "forecast_units")),
        (
            cell("dev", "%", _deviation),
            cell("accuracy", "%", lambda dev: 100 - dev),
            cell("ok", "true or false", lambda dev: is_reached("stocking_accuracy_dev", dev)),
        ),
    ),
    Sheet(
        "stocking_accuracy_dev",
        "The same over several SKUs",
        (
            Input(
                "skus",
                "rows of stocked and forecast",
                rows(count("stocked", *STOCKED), measured("forecast", "units", "forecast_units")),
                ("rows", "events"),
            ),
        ),
        (
            cell("dev", "%", _wape),
            cell("plain_mean_wrong", "%", _mean_deviation),
            cell("accuracy", "%", lambda dev: 100 - dev),
            cell("wape", "%", lambda dev: dev),
            cell("ok", "true or false", lambda dev: is_reached("stocking_accuracy_dev", dev)),
        ),
    ),
)
