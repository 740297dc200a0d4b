"""Sales and traffic per SKU and local day as Amazon has published them so far: sales trickle in, traffic comes late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
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
    for line in shipped_lines(books, marketplace, day=day, now=now):
        if is_business(line):
            figures.update(shipped_units=line.quantity, shipped_cents=line.price_cents)
            orders.add(line.order.order_id)
    figures["shipped_orders"] = len(orders)
    return figures


def shipped_by_sku(books: Books, marketplace: Marketplace, *, day: date, now: datetime) -> dict[str, Figures]:
    """Return the same by SKU; an order of several SKUs counts once for each."""
    cells: dict[str, Figures] = {}
    orders: set[tuple[str, str]] = set()
    for line in shipped_lines(books, marketplace, day=day, now=now):
        sku, order_id = line.listing.sku, line.order.order_id
        if is_business(line):
            own = cells.setdefault(sku, Counter())
            own.update(shipped_units=line.quantity, shipped_cents=line.price_cents)
            own["shipped_orders"] += (sku, order_id) not in orders
            orders.add((sku, order_id))
    return cells


def shipped_lines(books: Books, marketplace: Marketplace, *, day: date, now: datetime) -> Iterator[OrderLine]:
    """Yield the lines that left on the local day, of whatever kind, whenever they were bought."""
    for days_back in range(LONGEST_ORDER.days + 1):
        for line in books.lines(marketplace, day - timedelta(days=days_back)):
            left_at = line.order.settled_at
            if left_at <= now and not line.order.is_cancelled_in_the_end and local_day(left_at, marketplace.zone) == day:
                yield line


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
