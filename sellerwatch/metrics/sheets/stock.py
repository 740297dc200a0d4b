"""Worksheets of stock: its age, what is stranded, in excess or on its way, and how fast it sells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from sellerwatch.metrics.sheets.availability import TRANSIT_TAKES
from sellerwatch.metrics.sheets.configured import entered_together, is_in, is_reached, quotient, ratio, share, tier
from sellerwatch.metrics.sheets.inputs import (
    Input,
    calendar_day,
    count,
    measured,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, unknown
from sellerwatch.metrics.sheets.snapshots import SNAPSHOTS, mean_of
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Tier
from sellerwatch.settings.tiers import depth

NEAR: Final = Fraction(1, 200)
"""Reports show two digits."""

# Age. The file has several partitions of the same units; only one is added up

AGES: Final = (
    "0_to_90", "91_to_180", "181_to_270", "271_to_365", "366_to_455", "456_plus",
    "365_plus", "0_to_30", "31_to_60", "61_to_90", "181_to_330", "331_to_365",
)  # fmt: skip

AGED_TAKES: Final = tuple(
    Input(f"aged_{bounds}", "units", count("units").read, (f"inv_age_{bounds}_days", f"aged_{bounds}_units"), is_beside=True)
    for bounds in AGES
)


def _oldest(aged_366_to_455: Quantity, aged_456_plus: Quantity, aged_365_plus: Quantity | None = None) -> Quantity:
    """Return the oldest units; files had one column for them once, and where its two heirs are blank it still counts."""
    is_old_file = aged_366_to_455.value is None and aged_365_plus is not None
    return aged_365_plus if is_old_file and aged_365_plus else aged_366_to_455 + aged_456_plus


def _old_stock(settings: Settings, share_90: Quantity, share_180: Quantity, share_365: Quantity) -> dict[Tier, bool | None]:
    """Return which tiers are reached of the rule that judges all three shares together."""
    values = {"aged_share_90": share_90, "aged_share_180": share_180, "aged_share_365": share_365}
    return entered_together(settings, "aged_share_90", values)


def _deepest(entered: Mapping[Tier, bool | None]) -> Tier | None:
    return max((name for name, is_there in entered.items() if is_there), key=depth, default=None)


AGED: Final = (
    quotient("share_90", "%", "aged_share_90", ("_over_90", "total")),
    quotient("share_180", "%", "aged_share_180", ("_over_180", "total")),
    quotient("share_365", "%", "aged_share_365", ("_over_365", "total")),
    cell("total", "units", lambda _up_to_90, _over_90: _up_to_90 + _over_90),
    cell("tier", "yellow, orange or red", _deepest, "_entered"),
    cell("yellow", "true or false", lambda _entered: _entered.get("yellow")),
    cell("orange", "true or false", lambda _entered: _entered.get("orange")),
    cell("red", "true or false", lambda _entered: _entered.get("red")),
    cell("_entered", "", _old_stock),
    cell("_up_to_90", "", lambda aged_0_to_90: aged_0_to_90),
    cell("_up_to_90", "", lambda aged_0_to_30, aged_31_to_60, aged_61_to_90: aged_0_to_30 + aged_31_to_60 + aged_61_to_90),
    cell("_over_90", "", lambda aged_91_to_180, _over_180: aged_91_to_180 + _over_180),
    cell("_over_180", "", lambda _181_to_365, _over_365: _181_to_365 + _over_365),
    cell("_181_to_365", "", lambda aged_181_to_270, aged_271_to_365: aged_181_to_270 + aged_271_to_365),
    cell("_181_to_365", "", lambda aged_181_to_330, aged_331_to_365: aged_181_to_330 + aged_331_to_365),
    cell("_over_365", "", _oldest),
    cell("_over_365", "", lambda aged_365_plus: aged_365_plus),
)

# On its way


def _transit_breach(settings: Settings, pct: Quantity, event: bool | None = None) -> bool | None:  # noqa: FBT001 - a cell of the worksheet
    """Tell whether too much is on its way; before a peak that is meant."""
    return False if event else is_in(settings, "in_transit_share", "yellow", pct)


def _transit_tier(settings: Settings, pct: Quantity, event: bool | None = None) -> str | None:  # noqa: FBT001 - a cell of the worksheet
    return None if event else tier(settings, "in_transit_share", pct)


TRANSIT: Final = (
    cell(
        "pct",
        "%",
        lambda settings, _moving, available, reserved: ratio(
            settings, "in_transit_share", _moving, available + reserved + _moving
        ),
    ),
    cell("breach", "true or false", _transit_breach),
    cell("tier", "yellow or orange", _transit_tier),
    cell(
        "with_working_wrong",
        "%",
        lambda _moving, inbound_working, available, reserved: (
            (_moving + inbound_working).over(available + reserved + _moving + inbound_working, "no_stock") * 100
        ),
    ),
    cell(
        "_moving",
        "",
        lambda inbound_shipped, inbound_received, own_freight=None: inbound_shipped + inbound_received + (own_freight or 0),
    ),
)


SUPPLY_DAYS: Final = 90


def _past_supply(units: Quantity, forecast_per_day: Quantity) -> Quantity:
    """Return the units past what the forecast takes up in 90 days."""
    over = units - forecast_per_day * SUPPLY_DAYS
    return over * 0 if over.compares("<", 0) else over


def _stranded(
    fulfillable_qty: Quantity, unfulfillable_qty: Quantity | None = None, reserved_quantity: Quantity | None = None
) -> Quantity:
    """Add up the columns of the stranded report that are given."""
    return fulfillable_qty + (unfulfillable_qty or 0) + (reserved_quantity or 0)


REMOVED_WITHIN: Final = timedelta(days=7)


def _is_removed_soon(auto_removal_date: date, today: date) -> bool:
    return auto_removal_date - today < REMOVED_WITHIN


def _stranded_tier(settings: Settings, pct: Quantity, red: bool | None = None) -> str | None:  # noqa: FBT001 - a cell of the worksheet
    return "red" if red else tier(settings, "stranded_inventory_pct", pct)


SHEETS: Final = (
    Sheet("in_transit_share", "Share of stock on its way", TRANSIT_TAKES, TRANSIT, adds_up=True),
    *(
        Sheet(kpi, "Share of old stock, by the columns of the planning report", AGED_TAKES, AGED, (answer,), adds_up=True)
        for kpi, answer in (("aged_share_90", "share_90"), ("aged_share_180", "share_180"), ("aged_share_365", "share_365"))
    ),
    Sheet(
        "excess_inventory_pct",
        "Share of stock in excess",
        (
            count("excess_units", "estimated_excess_quantity"),
            count("units", "available", "total_units"),
            measured("forecast_per_day", "units per day", "daily_forecast", "forecast_daily_units"),
        ),
        (
            quotient("pct", "%", "excess_inventory_pct", ("excess_units", "units"), "no_stock"),
            cell("excess_units", "units", _past_supply),
        ),
        adds_up=True,
    ),
    Sheet(
        "stranded_inventory_pct",
        "Share of stock without an offer",
        (
            count("stranded_units", "stranded"),
            count("fulfillable_qty", "fulfillable_quantity"),
            count("unfulfillable_qty", "unfulfillable_quantity"),
            count("reserved_quantity", "reserved_qty"),
            count("fba_units", "total_units", "all_units"),
            Input("auto_removal_date", "day", calendar_day, ("automatic_removal_date", "removal_date")),
            Input("today", "day", calendar_day, ("as_of", "now")),
        ),
        (
            share("pct", "stranded_inventory_pct", ("stranded_units", "fba_units"), "no_stock"),
            cell("stranded_units", "count", _stranded),
            cell("red", "true or false", _is_removed_soon),
            cell("tier", "yellow, orange or red", _stranded_tier),
        ),
        adds_up=True,
    ),
    Sheet(
        "sell_through_90d",
        "Units shipped for each that lay there",
        (
            count("units_shipped_t90", "units_shipped_90d", "units_shipped"),
            measured("average_units", "units", "average_on_hand", "average_units_on_hand"),
            SNAPSHOTS,
            measured("sell_through", "ratio", "reported_sell_through"),
            count("available", "units_today"),
        ),
        (
            quotient("ratio", "ratio", "sell_through_90d", ("units_shipped_t90", "_average"), "no_stock"),
            cell("_average", "", lambda average_units: average_units),
            cell("_average", "", lambda snapshots: mean_of(snapshots, "no_data")),
            cell("mismatch_flag", "true or false", lambda ratio, sell_through: abs(ratio - sell_through).compares(">", NEAR)),
            cell("today_wrong", "ratio", lambda units_shipped_t90, available: units_shipped_t90.over(available, "no_stock")),
        ),
        adds_up=True,
    ),
    Sheet(
        "stock_to_sales_ratio",
        "Stock at the start against the sales of the period, both valued alike",
        (
            measured(
                "stock_begin_value", "currency or units", "stock_begin", "begin_stock", "beginning_inventory", "opening_stock"
            ),
            measured("sales", "currency or units"),
            measured("stock_begin_units", "units", "begin_units", "opening_units"),
            measured("units_sold", "units", "units", "units_shipped"),
            measured("price", "currency per unit", "asp", "unit_price"),
        ),
        (
            quotient("ratio", "ratio", "stock_to_sales_ratio", ("_stock", "_sold"), "no_demand"),
            cell("ratio", "ratio", lambda stock_begin_units, sales: unknown("incomparable")),  # noqa: ARG005 - units over money
            cell("_stock", "", lambda stock_begin_value: stock_begin_value),
            cell("_stock", "", lambda stock_begin_units, price: stock_begin_units * price),
            cell("_stock", "", lambda stock_begin_units, units_sold: stock_begin_units),  # noqa: ARG005 - both in units
            cell("_sold", "", lambda sales: sales),
            cell("_sold", "", lambda units_sold: units_sold),
        ),
        adds_up=True,
    ),
    Sheet(
        "ipi_score",
        "Whether the inventory performance index is high enough",
        (measured("score", "points", "ipi", "ipi_score", "value"),),
        (
            cell("score", "points", lambda score: score),
            cell("ok", "true or false", lambda score: is_reached("ipi_score", score)),
        ),
    ),
)
