"""What advertising a listing cost on a day and what that bought, split into Sponsored Products, Brands and Display.

The three parts add up to the listing's advertising cost in the books. A day that ended less than half a day ago is not counted
in full yet, as in Amazon's own reports.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import end_of_day
from sellerwatch.simulator.documents.shapes import Books, Listing

AdProduct = Literal["SP", "SB", "SD"]

BRANDS_PERCENT = 12
DISPLAY_PERCENT = 8
"""Of a listing's advertising cost; the rest, with every cent that rounding leaves, is Sponsored Products."""

COUNTED_AFTER = timedelta(hours=12)
COUNTED_EARLY_PERCENT = 80

CLICK_PERCENT_OF_PRICE = 3
CLICK_CENTS = (20, 180)
IMPRESSIONS_PER_CLICK: dict[AdProduct, int] = {"SP": 180, "SB": 240, "SD": 600}
IMPRESSIONS_SPREAD = 97
CLICKED_PERCENT: dict[AdProduct, int] = {"SP": 50, "SB": 10, "SD": 10}
"""Of a day's sessions, how many may have come from an ad."""


@dataclass(frozen=True, slots=True)
class AdDay:
    """One listing in one advertising product on one local day."""

    listing: Listing
    day: date
    product: AdProduct
    cents: int
    clicks: int
    impressions: int


def ad_days(books: Books, marketplace: Marketplace, *, day: date, now: datetime) -> Iterator[AdDay]:
    """Yield what has been counted by now of the day's advertising; nothing before the day has ended."""
    share = counted_percent(now - end_of_day(day, marketplace.zone))
    for listing in books.listings(marketplace, day) if share else ():
        cents = books.ad_cents(listing, day) * share // 100
        for product, part in split_cents(cents).items():
            if part:
                yield _ad_day(books, listing, day=day, product=product, cents=part)


def counted_percent(age: timedelta) -> int:
    """Return the percent of a day's advertising that is counted when the day's end is this old."""
    if age < timedelta():
        return 0
    return COUNTED_EARLY_PERCENT if age < COUNTED_AFTER else 100


def split_cents(cents: int) -> dict[AdProduct, int]:
    """Return the cost of each advertising product; they add up to the whole."""
    brands, display = cents * BRANDS_PERCENT // 100, cents * DISPLAY_PERCENT // 100
    return {"SP": cents - brands - display, "SB": brands, "SD": display}


def _ad_day(books: Books, listing: Listing, *, day: date, product: AdProduct, cents: int) -> AdDay:
    seen = books.traffic(listing, day)
    most = max(1, (seen.browser_sessions + seen.app_sessions) * CLICKED_PERCENT[product] // 100)
    clicks = min(most, cents // _click_cents(listing) + 1)
    spread = int(fingerprint("impressions", product, listing.sku, day.isoformat())[:8], 16) % IMPRESSIONS_SPREAD
    return AdDay(listing, day, product, cents, clicks, clicks * IMPRESSIONS_PER_CLICK[product] + spread)


def _click_cents(listing: Listing) -> int:
    least, most = CLICK_CENTS
    return max(least, min(most, listing.price_cents * CLICK_PERCENT_OF_PRICE // 100))
