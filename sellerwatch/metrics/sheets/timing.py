"""Worksheets of what happened when: orders shipped in time or late, contacts answered, each by its instants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.sheets.configured import is_in, ratio, share, tier
from sellerwatch.metrics.sheets.inputs import Input, count, flag, moment, optional, rows, text
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, quantity, unknown
from sellerwatch.metrics.sheets.service import middle, percentile
from sellerwatch.settings.load import Settings

Row = Mapping[str, Any]

BY_AMAZON: Final = frozenset({"AFN", "FBA", "AMAZON"})
"""Who ships an order that says nothing about the seller's warehouse."""

IN_TIME: Final = timedelta(hours=48)


def _if_any(value: object, where: str) -> datetime | None:
    """Read an instant, or null for what has not happened."""
    return None if value is None else moment(value, where)


def _instant(name: str, *also: str) -> Input:
    return Input(name, "instant", _if_any, also)


SHIPPED_AT: Final = _instant("ship_time", "shipped_at", "ship_date", "shipped", "shipped_time")

# Within 48 hours

ORDERS: Final = Input(
    "orders",
    "rows of created_time and ship_time, null where not shipped; pre_sale may be left out",
    rows(
        Input("created_time", "instant", moment, ("created", "ordered_at", "order_time", "purchase_date")),
        SHIPPED_AT,
        optional(flag("pre_sale", "presale", "is_pre_sale", "pre_order")),
        optional(text("fulfillment", "fulfilment", "channel", "fulfillment_channel", "fulfilled_by")),
    ),
    ("rows",),
)


def _counted(orders: Sequence[Row]) -> list[timedelta]:
    """Return how long each shipped order took; what is sold before it is there, or shipped by Amazon, has no part in it."""
    own = [row for row in orders if row["pre_sale"] is not True and (row["fulfillment"] or "").upper() not in BY_AMAZON]
    times = [row["ship_time"] - row["created_time"] for row in own if row["ship_time"]]
    if any(time < timedelta(0) for time in times):
        raise ConfigError("an order was shipped before it was made", remedy="Check both instants")
    return times


def _within(orders: Sequence[Row]) -> Quantity:
    return quantity(sum(time <= IN_TIME for time in _counted(orders)))


# After the latest ship date

DUE: Final = Input(
    "orders",
    "rows of latest_ship_date and ship_time, null where not shipped",
    rows(
        optional(text("order", "order_id", "amazon_order_id")),
        Input("latest_ship_date", "instant", moment, ("ship_by", "ship_by_window_end", "latest_ship_time", "latest_ship_at")),
        SHIPPED_AT,
    ),
    ("rows",),
)


def _is_late(row: Row, now: datetime | None) -> bool | None:
    """Tell whether an order went out too late, or is still here past its date; None where it is here and nobody says what time it is."""
    by = row["latest_ship_date"]
    if row["ship_time"]:
        return bool(row["ship_time"] > by)
    return None if now is None else now > by


def _due(orders: Sequence[Row], now: datetime | None) -> list[Row]:
    """Return the orders that were shipped or should have been."""
    return [row for row in orders if row["ship_time"] or now is None or now > row["latest_ship_date"]]


def _late(orders: Sequence[Row], now: datetime | None = None) -> Quantity:
    answers = [_is_late(row, now) for row in _due(orders, now)]
    return unknown("no_data") if None in answers else quantity(sum(map(bool, answers)))


def _overdue(settings: Settings, shipped_late: Quantity, due: Quantity) -> Quantity:
    return ratio(settings, "fulfilment_overdue_rate", shipped_late, due, without="no_orders")


# Who cancelled

BY_SELLER: Final = frozenset({"MERCHANT", "SELLER"})
CANCELS: Final = Input(
    "orders",
    "rows of cancelled_by, null where an order was not cancelled",
    rows(text("cancelled_by", "canceled_by"), optional(text("order", "order_id", "amazon_order_id"))),
    ("rows",),
)


def _cancelled(orders: Sequence[Row]) -> Quantity:
    """Count what the seller cancelled; what buyers asked for themselves does not count."""
    return quantity(sum((row["cancelled_by"] or "").upper() in BY_SELLER for row in orders))


# Answers


CONTACTS: Final = Input(
    "contacts",
    "rows of first_message and first_reply, null where there is none yet",
    rows(
        Input("first_message", "instant", moment, ("first_message_at", "asked_at", "message_at", "contacted_at")),
        _instant("first_reply", "first_reply_at", "answered_at", "reply_at", "replied_at"),
    ),
    ("rows", "messages", "conversations"),
)


def _minutes(contacts: Sequence[Row]) -> list[Quantity]:
    taken = [row["first_reply"] - row["first_message"] for row in contacts if row["first_reply"]]
    if any(time < timedelta(0) for time in taken):
        raise ConfigError("a reply came before the message", remedy="Check both instants")
    return [Quantity(Fraction(time // timedelta(microseconds=1), 60_000_000)) for time in taken]


SHEETS: Final = (
    Sheet(
        "ship_48h_rate",
        "Orders shipped within 48 hours",
        (
            count("shipped", "shipped_orders", "orders_shipped", "orders"),
            count("within_48h", "shipped_within_48h", "within_48_hours"),
        ),
        (share("pct", "ship_48h_rate", ("within_48h", "shipped"), "no_orders"),),
        adds_up=True,
    ),
    Sheet(
        "fulfilment_overdue_rate",
        "Orders shipped after their latest ship date",
        (count("due", "orders_due", "orders"), count("shipped_late", "overdue", "late", "overdue_orders", "late_orders")),
        (
            share("pct", "fulfilment_overdue_rate", ("shipped_late", "due"), "no_orders"),
            cell("penalty", "true or false", lambda settings, pct: is_in(settings, "fulfilment_overdue_rate", "orange", pct)),
            cell("tier", "yellow or orange", lambda settings, pct: tier(settings, "fulfilment_overdue_rate", pct)),
        ),
        adds_up=True,
    ),
    Sheet(
        "ship_48h_rate",
        "Orders shipped within 48 hours, by when they were made and shipped",
        (ORDERS,),
        (
            cell(
                "pct",
                "%",
                lambda settings, within_48h, shipped: ratio(
                    settings, "ship_48h_rate", within_48h, shipped, without="no_orders"
                ),
            ),
            cell("within_48h", "count", _within),
            cell("shipped", "count", lambda orders: quantity(len(_counted(orders)))),
        ),
    ),
    Sheet(
        "fulfilment_overdue_rate",
        "Orders shipped after their latest ship date, by when they were due and shipped",
        (DUE, Input("now", "instant", moment, ("as_of",))),
        (
            cell("pct", "%", _overdue),
            cell("shipped_late", "count", _late),
            cell("due", "count", lambda orders, now=None: quantity(len(_due(orders, now)))),
            cell("penalty", "true or false", lambda settings, pct: is_in(settings, "fulfilment_overdue_rate", "orange", pct)),
            cell("tier", "yellow or orange", lambda settings, pct: tier(settings, "fulfilment_overdue_rate", pct)),
        ),
    ),
    Sheet(
        "late_shipment_rate",
        "Orders shipped after their latest ship date, by when they were due and shipped: an early warning of Amazon's own count",
        (DUE, Input("now", "instant", moment, ("as_of",))),
        (
            cell(
                "pct",
                "%",
                lambda settings, shipped_late, due: ratio(
                    settings, "late_shipment_rate", shipped_late, due, without="no_orders"
                ),
            ),
            cell("shipped_late", "count", _late),
            cell("due", "count", lambda orders, now=None: quantity(len(_due(orders, now)))),
            cell("tier", "yellow, orange or red", lambda settings, pct: tier(settings, "late_shipment_rate", pct)),
        ),
    ),
    Sheet(
        "cancel_rate",
        "Orders that the seller cancelled, by who did: an early warning of Amazon's own count",
        (CANCELS,),
        (
            cell(
                "pct",
                "%",
                lambda settings, cancelled, orders: ratio(
                    settings, "cancel_rate", cancelled, quantity(len(orders)), without="no_orders"
                ),
            ),
            cell("cancelled", "count", _cancelled),
            cell("tier", "yellow, orange or red", lambda settings, pct: tier(settings, "cancel_rate", pct)),
        ),
    ),
    Sheet(
        "first_response_minutes",
        "Time to the first reply, by when people wrote and were answered",
        (CONTACTS,),
        (
            cell("median", "minutes", middle, "_minutes"),
            cell("p90", "minutes", lambda _minutes: percentile(_minutes, Fraction(9, 10))),
            cell("unanswered", "count", lambda contacts: quantity(sum(row["first_reply"] is None for row in contacts))),
            cell("_minutes", "", _minutes),
        ),
    ),
)
