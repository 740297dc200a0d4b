"""The counts an account's health is judged by, taken from its orders and what buyers said about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.simulator.documents.shapes import Books, ComplaintKind, Order, OrderLine

PROMISED_SHIPPING = timedelta(hours=30)
"""A merchant's order that ships later than this after its purchase is late."""

BUYERS_CANCEL_WITHIN = timedelta(hours=6)
"""A merchant's order cancelled later than this was cancelled by the merchant."""

UNTRACKED_PERCENT = 2
"""Parcels whose tracking number the carrier does not know, by the last two digits of the order number."""


@dataclass(frozen=True, slots=True)
class Shipments:
    """A merchant's orders of some days: how many there were, and what became of them."""

    orders: int
    cancelled_by_merchant: int
    shipped: int
    late: int
    tracked: int
    tracked_on_time: int
    units: int
    units_on_time: int


@dataclass(frozen=True, slots=True)
class Defects:
    """Orders of some days, and those with a defect by kind; one order may have several, and counts once as defective."""

    orders: int
    defective: int
    claims: int
    chargebacks: int
    negative_feedback: int


def merchant_shipments(books: Books, marketplace: Marketplace, days: Days) -> Shipments:
    """Count the orders the merchant had to ship, by the day of their purchase."""
    lines = [line for line in _lines(books, marketplace, days) if not line.listing.is_fba]
    orders = _orders(lines)
    shipped = [order for order in orders if not order.is_cancelled_in_the_end]
    tracked = [order for order in shipped if int(order.order_id[-2:]) >= UNTRACKED_PERCENT]
    sent = [line for line in lines if not line.order.is_cancelled_in_the_end]
    return Shipments(
        orders=len(orders),
        cancelled_by_merchant=sum(map(_is_cancelled_by_merchant, orders)),
        shipped=len(shipped),
        late=sum(map(is_late, shipped)),
        tracked=len(tracked),
        tracked_on_time=sum(not is_late(order) for order in tracked),
        units=sum(line.quantity for line in sent),
        units_on_time=sum(line.quantity for line in sent if not is_late(line.order)),
    )


def defects(books: Books, marketplace: Marketplace, days: Days, *, is_fba: bool, now: datetime) -> Defects:
    """Count the orders of one way of shipping, and those with a negative word said about them by now."""
    lines = [line for line in _lines(books, marketplace, days) if line.listing.is_fba == is_fba and line.order.kind == "sale"]
    said: dict[ComplaintKind, set[str]] = {"feedback": set(), "claim": set(), "chargeback": set()}
    for day in days:
        for complaint in books.complaints(marketplace, day):
            if complaint.line.listing.is_fba == is_fba and complaint.is_negative and complaint.made_at <= now:
                said[complaint.kind].add(complaint.line.order.order_id)
    return Defects(
        orders=len([order for order in _orders(lines) if not order.is_cancelled_in_the_end]),
        defective=len(set().union(*said.values())),
        claims=len(said["claim"]),
        chargebacks=len(said["chargeback"]),
        negative_feedback=len(said["feedback"]),
    )


def is_late(order: Order) -> bool:
    """Tell whether the order shipped later than promised."""
    return order.settled_at - order.purchased_at > PROMISED_SHIPPING


def _lines(books: Books, marketplace: Marketplace, days: Days) -> Iterator[OrderLine]:
    for day in days:
        yield from books.lines(marketplace, day)


def _orders(lines: list[OrderLine]) -> list[Order]:
    return list({line.order.order_id: line.order for line in lines}.values())


def _is_cancelled_by_merchant(order: Order) -> bool:
    return order.is_cancelled_in_the_end and order.settled_at - order.purchased_at > BUYERS_CANCEL_WITHIN
