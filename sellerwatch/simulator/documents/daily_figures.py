"""Sales and traffic per SKU and local day as Amazon has published them so far: sales trickle in, traffic comes late."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import end_of_day, local_day
from sellerwatch.simulator.documents.shapes import Books, Listing, OrderLine
from sellerwatch.simulator.documents.snapshots import LONGEST_ORDER

TRAFFIC_SHARES = ((timedelta(hours=6), 0), (timedelta(hours=24), 70), (timedelta(hours=72), 98))
"""Percent of a day's traffic published while the day's end is younger than the age; all of it afterwards."""

Figures = Counter[str]
"""Additive counts under short names: units, items, cents, sessions and so on."""


def figures_by_sku(books: Books, marketplace: Marketplace, *, day: date, now: datetime) -> dict[str, Figures]:
    """Return the published figures of each SKU listed on the day."""
    cells: dict[str, Figures] = {}
    share = traffic_share(now - end_of_day(day, marketplace.zone))
    for listing in books.listings(marketplace, day):
        cells[listing.sku] = _visits(books, listing, day=day, share=share)
        cells[listing.sku]["refunded"] = books.history(listing, day)[-1].returned
    for line in books.lines(marketplace, day):
        if line.order.posted_at <= now and is_business(line):
            cells[line.listing.sku].update(units=line.quantity, items=1, cents=line.price_cents)
    return cells


def shipped_figures(books: Books, marketplace: Marketplace, *, day: date, now: datetime) -> Figures:
    """Return units, money and orders that left on the local day, whenever they were bought."""
    figures: Figures = Counter()
    orders = set()
    for days_back in range(LONGEST_ORDER.days + 1):
        for line in books.lines(marketplace, day - timedelta(days=days_back)):
            shipped_at = line.order.settled_at
            if is_business(line) and shipped_at <= now and local_day(shipped_at, marketplace.zone) == day:
                figures.update(shipped_units=line.quantity, shipped_cents=line.price_cents)
                orders.add(line.order.order_id)
    figures["shipped_orders"] = len(orders)
    return figures


def traffic_share(age: timedelta) -> int:
    """Return the percent of a day's traffic that is published when the day's end is this old."""
    return next((share for limit, share in TRAFFIC_SHARES if age < limit), 100)


def is_business(line: OrderLine) -> bool:
    """Tell whether the line counts as a sale: not cancelled, not a replacement, not an order from outside Amazon."""
    return line.order.kind == "sale" and not line.order.is_cancelled_in_the_end


def _visits(books: Books, listing: Listing, *, day: date, share: int) -> Figures:
    seen = books.traffic(listing, day)
    counts: Figures = Counter(
        browser_sessions=seen.browser_sessions * share // 100,
        app_sessions=seen.app_sessions * share // 100,
        browser_views=seen.browser_views * share // 100,
        app_views=seen.app_views * share // 100,
    )
    counts["featured"] = (counts["browser_views"] + counts["app_views"]) * seen.featured_pct
    return counts
