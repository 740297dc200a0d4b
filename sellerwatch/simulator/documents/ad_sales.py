"""Which sales Amazon credits to which click: the orders of up to two weeks after it, so that figures grow for as long."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, local_day
from sellerwatch.simulator.documents.ad_days import AdProduct
from sellerwatch.simulator.documents.daily_figures import is_business
from sellerwatch.simulator.documents.shapes import Books, Listing, OrderLine

ATTRIBUTED_PERCENT = 30
HALO_PERCENT = 12
"""Of the credited orders, those that bought a sibling of what was clicked."""

NEW_TO_BRAND_PERCENT = 40
VIEWED_PERCENT = 30
"""Of the orders credited to Display, those after a mere look at the ad."""

LAG_SHARES = ((55, 0), (67, 1), (75, 2), (81, 3), (86, 4), (89, 5), (92, 6), (94, 8), (97, 10), (100, 13))
"""Percent of orders placed at most so many days after the click."""

LONGEST_LAG = timedelta(days=13)
PRODUCT_SHARES: tuple[tuple[int, AdProduct], ...] = ((80, "SP"), (92, "SB"), (100, "SD"))

Spent = Collection[tuple[date, str, AdProduct]]
"""Where clicks were paid for, by day, SKU and advertising product: nothing else is credited with a sale."""


@dataclass(frozen=True, slots=True)
class AdSale:
    """One order line credited to a click; ``lag_days`` lie between the two."""

    product: AdProduct
    clicked: Listing
    clicked_on: date
    lag_days: int
    line: OrderLine
    is_new_to_brand: bool
    is_after_click: bool

    @property
    def is_same_sku(self) -> bool:
        """Whether what was bought is what the ad showed."""
        return self.clicked.sku == self.line.listing.sku


@dataclass(frozen=True, slots=True)
class _Luck:
    """Percents from 0 to 99 that depend on the order and SKU alone."""

    attributed: int
    lag: int
    product: int
    halo: int
    new: int
    viewed: int
    sibling: int


def ad_sales(books: Books, marketplace: Marketplace, days: Days, *, spent: Spent, now: datetime) -> Iterator[AdSale]:
    """Yield the sales known by now that are credited to clicks on these days, by the instant of purchase."""
    last = min(days.last + LONGEST_LAG, local_day(now, marketplace.zone))
    for offset in range((last - days.first).days + 1):
        day = days.first + timedelta(days=offset)
        families = _families(books.listings(marketplace, day))
        for line in books.lines(marketplace, day):
            if line.order.posted_at <= now and is_business(line):
                sale = _credited(line, day, families)
                if sale is not None and (sale.clicked_on, sale.clicked.sku, sale.product) in spent:
                    yield sale


def _families(listings: Sequence[Listing]) -> Mapping[str, list[Listing]]:
    families: dict[str, list[Listing]] = {}
    for listing in sorted(listings, key=lambda item: item.sku):
        families.setdefault(listing.parent_asin, []).append(listing)
    return families


def _credited(line: OrderLine, day: date, families: Mapping[str, list[Listing]]) -> AdSale | None:
    luck = _luck_of(line)
    if luck.attributed >= ATTRIBUTED_PERCENT:
        return None
    lag = next(days for share, days in LAG_SHARES if luck.lag < share)
    product = next(name for share, name in PRODUCT_SHARES if luck.product < share)
    others = [item for item in families[line.listing.parent_asin] if item.sku != line.listing.sku]
    is_halo = bool(others) and luck.halo < HALO_PERCENT
    return AdSale(
        product=product,
        clicked=others[luck.sibling % len(others)] if is_halo else line.listing,
        clicked_on=day - timedelta(days=lag),
        lag_days=lag,
        line=line,
        is_new_to_brand=luck.new < NEW_TO_BRAND_PERCENT,
        is_after_click=product != "SD" or luck.viewed >= VIEWED_PERCENT,
    )


def _luck_of(line: OrderLine) -> _Luck:
    digest = bytes.fromhex(fingerprint("ad", line.order.order_id, line.listing.sku))
    return _Luck(*(int.from_bytes(digest[2 * index : 2 * index + 2], "big") % 100 for index in range(7)))
