"""Worksheets of days with and without stock: how long it lasts, its tiers, and how often it was out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from sellerwatch.metrics.sheets.configured import is_in, ratio, tier, within
from sellerwatch.metrics.sheets.inputs import (
    Input,
    beside,
    count,
    flag,
    measured,
    optional,
    part_of_one,
    rows,
    text,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, both, quantity, total, unknown
from sellerwatch.metrics.sheets.snapshots import SNAPSHOTS
from sellerwatch.metrics.stock.cover import MIN_IN_STOCK_DAYS
from sellerwatch.settings.load import Settings
from sellerwatch.settings.tiers import depth

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


def _is_charged(short_term_historical_days_of_supply: Quantity, long_term_historical_days_of_supply: Quantity) -> bool | None:
    return both(
        short_term_historical_days_of_supply.compares("<", FEE_BELOW_DAYS),
        long_term_historical_days_of_supply.compares("<", FEE_BELOW_DAYS),
    )


TRANSIT_TAKES: Final = (
    count("available", "sellable"),
    count("reserved", "total_reserved_quantity", "reserved_quantity"),
    count("inbound_shipped", "afn_inbound_shipped_quantity", "inbound_shipped_quantity"),
    count("inbound_received", "inbound_receiving", "afn_inbound_receiving_quantity", "inbound_receiving_quantity"),
    count("inbound_working", "afn_inbound_working_quantity", "inbound_working_quantity"),
    count("own_freight", "own_sea_freight", "sea_freight", "own_in_transit"),
    flag("event", "event_override", "before_peak", "peak"),
)


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
)
