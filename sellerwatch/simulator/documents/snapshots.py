"""Stock as it stands at an instant: the day's opening less what was bought since local midnight."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import local_day
from sellerwatch.simulator.documents.shapes import Books, Listing, StockDay

LONGEST_ORDER = timedelta(days=2)
"""No order takes longer than this from purchase to shipping."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One FBA listing at one instant; ``history`` ends with the running day."""

    listing: Listing
    fulfillable: int
    reserved: int
    history: tuple[StockDay, ...]

    @property
    def today(self) -> StockDay:
        """The running local day."""
        return self.history[-1]

    def shipped_in_last(self, days: int) -> int:
        """Return the units of the last complete days, at most ``days`` of them."""
        return sum(item.sold for item in self.history[:-1][-days:])


def take_snapshots(books: Books, marketplace: Marketplace, now: datetime) -> list[Snapshot]:
    """Return every FBA listing of the marketplace as it stands at ``now``, by SKU."""
    today = local_day(now, marketplace.zone)
    taken, reserved = _open_units(books, marketplace, today=today, now=now)
    listings = [item for item in books.listings(marketplace, today) if item.is_fba]
    return [
        _snapshot(listing, tuple(books.history(listing, today)), taken=taken[listing.sku], reserved=reserved[listing.sku])
        for listing in sorted(listings, key=lambda item: item.sku)
    ]


def _snapshot(listing: Listing, history: tuple[StockDay, ...], *, taken: int, reserved: int) -> Snapshot:
    return Snapshot(listing, history[-1].opening - taken, reserved, history)


def _open_units(books: Books, marketplace: Marketplace, *, today: date, now: datetime) -> tuple[Counter[str], Counter[str]]:
    """Return by SKU the units taken from today's opening, and the units ordered but not shipped yet."""
    taken: Counter[str] = Counter()
    reserved: Counter[str] = Counter()
    for days_back in range(LONGEST_ORDER.days + 1):
        for line in books.lines(marketplace, today - timedelta(days=days_back)):
            if line.order.purchased_at > now:
                continue
            status = line.order.state(now)[1]
            if status in {"Pending", "Shipping"}:
                reserved[line.listing.sku] += line.quantity
            if status != "Cancelled" and days_back == 0:
                taken[line.listing.sku] += line.quantity
    return taken, reserved
