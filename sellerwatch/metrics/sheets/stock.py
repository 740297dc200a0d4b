"""Worksheets of stock: cover and its tiers, stock-outs, age, what is stranded or on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from sellerwatch.metrics.quantity import Quantity, both, quantity, total, unknown
from sellerwatch.metrics.sheets.configured import entered_together, is_in, is_reached, quotient, ratio, share, tier, within
from sellerwatch.metrics.sheets.inputs import (
    Input,
    beside,
    calendar_day,
    count,
    flag,
    measured,
    optional,
    part_of_one,
    rows,
    text,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.snapshots import SNAPSHOTS, mean_of
from sellerwatch.metrics.stock import MIN_IN_STOCK_DAYS
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Tier
from sellerwatch.settings.tiers import depth

NEAR: Final = Fraction(1, 200)
"""Reports show two digits."""

FEE_BELOW_DAYS: Final = 28
"""Amazon charges its low-inventory-level fee where both the 30- and the 90-day supply lie below this."""

WINDOW_DAYS: Final = 30

# Cover


def velocity_of(units_sold_30d: Quantity, in_stock_days: Quantity) -> Quantity:
    """Return units per in-stock day; too few such days say nothing."""
    if in_stock_days.compares("<", MIN_IN_STOCK_DAYS):
        return unknown("insufficient")
    return units_sold_30d.over(in_stock_days, "insufficient")


def _cover(
    available: Quantity,
    units_sold_30d: Quantity,
    in_stock_days: Quantity,
    offer_active: bool | None = None,  # noqa: FBT001 - a cell of the worksheet
) -> Quantity:
    """Return how long the stock lasts; nothing left of what sells, or was never there to be sold, is 0 days."""
    if offer_active is False:
        return unknown("not_listed")
    if available.value == 0 and (units_sold_30d.compares(">", 0) or in_stock_days.value == 0):
        return Quantity(Fraction(0), "out_of_stock")
    velocity = velocity_of(units_sold_30d, in_stock_days)
    return velocity if velocity.value is None and available.value is not None else available.over(velocity, "no_demand")


def _cover_of_window(
    available: Quantity,
    units_sold_in_window: Quantity,
    in_stock_days: Quantity,
    offer_active: bool | None = None,  # noqa: FBT001 - a cell of the worksheet
) -> Quantity:
    """Return the same over another window: what sold in it, and the days of it with stock."""
    return _cover(available, units_sold_in_window, in_stock_days, offer_active)


def _days_left(out_of_stock_days: Quantity, days: Quantity | None = None) -> Quantity:
    """Return the days with stock, of the window or of 30 where nobody says."""
    window = days or quantity(WINDOW_DAYS)
    return window - within(out_of_stock_days, window, "more days out of stock than there are")


def _cover_at(available: Quantity, velocity: Quantity) -> Quantity:
    """Return how long the stock lasts at a velocity; nothing left of what sells is 0 days."""
    is_out = available.value == 0 and velocity.compares(">", 0)
    return Quantity(Fraction(0), "out_of_stock") if is_out else available.over(velocity, "no_demand")


def _cover_tier(settings: Settings, days_of_cover: Quantity, place_order: bool | None = None) -> int | None:  # noqa: FBT001 - a cell of the worksheet
    """Return 1, 2 or 3 for the tiers of the rule that watches the cover, deepest last; 0 where it is time to order, else None."""
    return depth(tier(settings, "days_of_cover", days_of_cover)) or (0 if place_order else None)


def _is_order_due(
    days_of_cover: Quantity, lead_time_days: Quantity, buffer_days: Quantity | None = None, inbound_days: Quantity | None = None
) -> bool | None:
    """Tell whether cover and what lands in time fall short of lead time and buffer."""
    nothing = Quantity(Fraction(0))
    return (days_of_cover + (inbound_days or nothing)).compares("<", lead_time_days + (buffer_days or nothing))


def _days_with_stock(daily: Sequence[Mapping[str, Quantity]]) -> Quantity:
    return quantity(sum(row["available"].value not in {None, 0} for row in daily))


COVER: Final = (
    cell("days_of_cover", "days", _cover),
    cell("velocity", "units per day", velocity_of),
    cell("days_of_cover", "days", _cover_of_window),
    cell("velocity", "units per day", velocity_of, "units_sold_in_window", "in_stock_days"),
    cell("velocity", "units per day", lambda velocity: velocity),
    cell("days_of_cover", "days", _cover_at),
    cell("tier", "0, 1, 2, 3 or none", _cover_tier),
    cell(
        "calendar_days_wrong",
        "days",
        lambda available, units_sold_30d, days=None: (available * (days or WINDOW_DAYS)).over(units_sold_30d, "no_demand"),
    ),
    cell("with_reserved", "days", lambda available, velocity, _reserved: (available + _reserved).over(velocity, "no_demand")),
    cell("with_inbound", "days", lambda available, velocity, inbound_in_time: _cover_at(available + inbound_in_time, velocity)),
    cell("_reserved", "", lambda reserved_fc_transfer, reserved_fc_processing: reserved_fc_transfer + reserved_fc_processing),
    cell("available", "count", lambda daily: daily[-1]["available"]),
    cell("units_sold_in_window", "count", lambda daily: total(row["units"] for row in daily if row["available"].value != 0)),
    cell("in_stock_days", "count", _days_with_stock),
    cell("place_order", "true or false", _is_order_due),
    cell("in_stock_days", "count", _days_left),
)

# Days in and out of stock


def _stockout(
    settings: Settings, _active: Quantity, oos_sku_days: Quantity, missing_snapshot_sku_days: Quantity | None = None
) -> Quantity:
    """Return the share of SKU-days whose stock is known; a missing snapshot is neither in stock nor out."""
    known = _active - (missing_snapshot_sku_days or 0)
    out = within(oos_sku_days, known, "more SKU-days out of stock than are known")
    return ratio(settings, "stockout_rate", out, known, without="no_data")


def _stockout_of_skus(settings: Settings, skus: Sequence[Mapping[str, Any]]) -> Quantity:
    """Add up the days of the SKUs that are to be bought and bought in again; what is sold off may run out."""
    watched = [sku for sku in skus if sku["lifecycle"] != "clearance" and False not in {sku["replenishable"], sku["active"]}]
    missing = total(sku["missing_days"] if sku["missing_days"].value is not None else 0 for sku in watched)
    return _stockout(settings, total(sku["active_days"] for sku in watched), total(sku["oos_days"] for sku in watched), missing)


def _snapshots(value: object, where: str) -> list[Quantity]:
    """Read the stock of days, of one SKU or of several by name."""
    lists = list(value.values()) if isinstance(value, Mapping) else [value]
    return [item for days in lists for item in SNAPSHOTS.read(days, where)]


def _stockout_of_snapshots(settings: Settings, snapshots: Sequence[Quantity]) -> Quantity:
    """Return the share of SKU-days with nothing left, of those that are known."""
    known = [item for item in snapshots if item.value is not None]
    out = quantity(sum(item.value == 0 for item in known))
    return ratio(settings, "stockout_rate", out, quantity(len(known)), without="no_data")


def _in_stock(settings: Settings, skus: Sequence[Mapping[str, Any]], days: Quantity | None = None) -> Quantity:
    """Weigh each SKU's share of days in stock by its units of 60 days; one whose days are not known has no part in it."""
    window = days or quantity(WINDOW_DAYS)
    told = [(sku["units60"], _in_stock_part(sku, window)) for sku in skus if sku["replenishable"] is not False]
    known = [(units, part) for units, part in told if part.value is not None]
    weights, shares = total(units for units, _ in known), total(units * part for units, part in known)
    return ratio(settings, "in_stock_rate", shares, weights, without="no_demand")


def _in_stock_part(sku: Mapping[str, Any], days: Quantity) -> Quantity:
    share: Quantity = sku["in_stock_share"]
    if share.value is not None:
        return share
    return within(sku["in_stock_days"], days, "more days in stock than there are").over(days, "no_data")


UNITS_60D: Final = ("units_shipped_60d", "units_sold_60d", "units_sold_last_60_days", "weight")


STOCKOUT_ROWS: Final = Input(
    "rows",
    "rows of active_days and oos_days; missing_days, lifecycle, replenishable and active may be left out",
    rows(
        count("active_days", "days", "active_sku_days"),
        count("oos_days", "out_of_stock_days", "oos_sku_days", "days_out_of_stock"),
        optional(count("missing_days", "missing_snapshot_days", "missing_snapshot_sku_days")),
        optional(text("lifecycle", "stage", "lifecycle_stage")),
        optional(flag("replenishable", "is_replenishable", "buyable")),
        optional(flag("active", "offer_active", "active_offer")),
    ),
    ("skus", "sku_days"),
)

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

TRANSIT_TAKES: Final = (
    count("available", "sellable"),
    count("reserved", "total_reserved_quantity", "reserved_quantity"),
    count("inbound_shipped", "afn_inbound_shipped_quantity", "inbound_shipped_quantity"),
    count("inbound_received", "inbound_receiving", "afn_inbound_receiving_quantity", "inbound_receiving_quantity"),
    count("inbound_working", "afn_inbound_working_quantity", "inbound_working_quantity"),
    count("own_freight", "own_sea_freight", "sea_freight", "own_in_transit"),
    flag("event", "event_override", "before_peak", "peak"),
)


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


def _is_charged(short_term_historical_days_of_supply: Quantity, long_term_historical_days_of_supply: Quantity) -> bool | None:
    return both(
        short_term_historical_days_of_supply.compares("<", FEE_BELOW_DAYS),
        long_term_historical_days_of_supply.compares("<", FEE_BELOW_DAYS),
    )


SHEETS: Final = (
    Sheet(
        "days_of_cover",
        "How long the stock lasts, and its tier",
        (
            count("available", "sellable", "on_hand", "available_units", "fulfillable_quantity", "afn_fulfillable_quantity"),
            count("units_sold_30d", "units_sold", "units_30d"),
            count("units_sold_in_window", "units_sold_7d", "units_sold_14d", "units_sold_60d", "units_sold_90d"),
            count("in_stock_days", "days_in_stock"),
            count("days", "calendar_days", "window_days"),
            count("out_of_stock_days", "oos_days", "days_out_of_stock"),
            measured("velocity", "units per day", "daily_velocity", "daily_units"),
            measured("days_of_cover", "days", "cover", "cover_days"),
            flag("offer_active"),
            measured("lead_time_days", "days", "lead_time"),
            measured("buffer_days", "days", "buffer"),
            measured("inbound_days", "days of cover that land in time", "inbound_cover", "inbound_cover_days"),
            count("inbound_in_time", "inbound_arriving_within_horizon", "inbound_within_horizon", "inbound_arriving"),
            count("reserved_fc_transfer", "fc_transfer"),
            count("reserved_fc_processing", "fc_processing"),
            Input(
                "daily",
                "rows of units sold and available units, by day",
                rows(count("units", "units_sold", "units_ordered"), count("available", "units_available", "stock")),
                ("days_list", "history"),
            ),
            *(beside(item) for item in TRANSIT_TAKES if item.name not in {"available", "own_freight", "event"}),
        ),
        COVER,
        ("tier",),
    ),
    Sheet(
        "days_of_cover",
        "Whether Amazon charges its low-inventory-level fee",
        (
            measured("short_term_historical_days_of_supply", "days", "short_term", "days_of_supply_30d"),
            measured("long_term_historical_days_of_supply", "days", "long_term", "days_of_supply_90d"),
        ),
        (cell("fee", "true or false", _is_charged),),
    ),
    Sheet(
        "velocity",
        "Units a day, over the days in stock",
        (count("units_sold_30d", "units_sold", "units"), count("in_stock_days")),
        (cell("velocity", "units per day", velocity_of),),
    ),
    Sheet(
        "stockout_rate",
        "Share of SKU-days without stock",
        (
            count("active_skus", "skus"),
            count("days"),
            count("active_sku_days", "sku_days"),
            count("oos_sku_days", "out_of_stock_sku_days"),
            count("missing_snapshot_sku_days", "missing_sku_days"),
            Input("snapshots", "list of units, or one by SKU; null for a day without one", _snapshots, ("available",)),
        ),
        (
            cell("pct", "%", _stockout),
            cell("breach", "true or false", lambda settings, pct: is_in(settings, "stockout_rate", "yellow", pct)),
            cell("tier", "yellow, orange or red", lambda settings, pct: tier(settings, "stockout_rate", pct)),
            cell("pct", "%", _stockout_of_snapshots),
            cell("_active", "", lambda active_sku_days: active_sku_days),
            cell("_active", "", lambda active_skus, days: active_skus * days),
        ),
    ),
    Sheet(
        "stockout_rate",
        "The same over several SKUs, without those that are sold off or not bought in again",
        (STOCKOUT_ROWS,),
        (
            cell("pct", "%", _stockout_of_skus, "settings", "rows"),
            cell("tier", "yellow, orange or red", lambda settings, pct: tier(settings, "stockout_rate", pct)),
        ),
    ),
    Sheet(
        "in_stock_rate",
        "Share of days in stock, as Amazon weighs it",
        (
            Input(
                "skus",
                "rows of units60 and in_stock_days or in_stock_share; replenishable may be left out",
                rows(
                    count("units60", "units_60", *UNITS_60D),
                    optional(count("in_stock_days", "days_in_stock")),
                    optional(Input("in_stock_share", "part of one", part_of_one, ("in_stock_rate", "share_in_stock"))),
                    optional(flag("replenishable", "is_replenishable")),
                ),
                ("rows",),
            ),
            count("days"),
        ),
        (cell("pct", "%", _in_stock),),
    ),
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
