"""How buyers find a listing by searching: its impressions, clicks, cart additions and purchases, in all and per search query.

Clicks are a share of the listing's sessions, purchases a share of its order lines, so that neither exceeds what the sales and
traffic report shows for the same days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.simulator.documents.daily_figures import is_business
from sellerwatch.simulator.documents.shapes import Books, Listing, OrderLine

SEARCH_PERCENT = 60
SEARCHED_FROM = 40
"""Of a hundred order numbers, those from here on belong to orders that began with a search."""

IMPRESSIONS_PER_CLICK = 14
CLICKS_PER_IDLE_CART = 8
SPEEDS = (("sameDay", 50), ("oneDay", 30), ("twoDay", 20))
"""Delivery promises with their share in percent."""

QUERY_SHARES = ((45, 9), (30, 4), (10, 2))
"""Per query of a listing: its percent of the listing's search traffic, and how often anything else is shown beside it."""

INCHES = '"'


@dataclass(frozen=True, slots=True)
class Funnel:
    """What searching buyers did with one listing, or with one query."""

    impressions: int = 0
    clicks: int = 0
    carts: int = 0
    purchases: int = 0

    def share(self, percent: int) -> Funnel:
        """Return this percent of every count, rounded down."""
        return Funnel(*(count * percent // 100 for count in self.counts))

    def times(self, factor: int) -> Funnel:
        """Return every count times the factor."""
        return Funnel(*(count * factor for count in self.counts))

    def plus(self, other: Funnel) -> Funnel:
        """Return the sum of both, count by count."""
        return Funnel(*(one + two for one, two in zip(self.counts, other.counts, strict=True)))

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """The four counts from impressions to purchases."""
        return self.impressions, self.clicks, self.carts, self.purchases


def funnels(books: Books, marketplace: Marketplace, days: Days) -> dict[str, tuple[Listing, Funnel, int]]:
    """Return each listing's funnel and its sales to searching buyers in cents, by ASIN."""
    clicks: Counter[str] = Counter()
    purchases: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for day in days:
        for listing in books.listings(marketplace, day):
            seen = books.traffic(listing, day)
            clicks[listing.asin] += (seen.browser_sessions + seen.app_sessions) * SEARCH_PERCENT // 100
        for line in filter(_is_searched, books.lines(marketplace, day)):
            purchases[line.listing.asin] += 1
            cents[line.listing.asin] += line.price_cents
    return {
        listing.asin: (listing, _funnel(clicks[listing.asin], purchases[listing.asin]), cents[listing.asin])
        for listing in books.listings(marketplace, days.last)
    }


def queries_of(listing: Listing) -> Sequence[str]:
    """Return what buyers type to find the listing, most usual first: its kind, its kind and variant, and its brand.

    A product without variants is looked for to buy it; no two of the three are the same.
    """
    name, _, variant = listing.title.lower().partition(", ")
    brand, _, kind = name.partition(" ")
    kind = kind or name  # a title of one word is all there is to look for
    return kind, f"{kind} {variant.replace(INCHES, ' inch')}" if variant else f"buy {kind}", f"{brand} {kind}"


def query_totals(found: dict[str, tuple[Listing, Funnel, int]]) -> dict[str, Funnel]:
    """Return per query what buyers did with all products it shows: the same for every listing it leads to."""
    totals: dict[str, Funnel] = {}
    for listing, funnel, _ in found.values():
        for query, (percent, others) in zip(queries_of(listing), QUERY_SHARES, strict=True):
            totals[query] = totals.get(query, Funnel()).plus(funnel.share(percent).times(others))
    return totals


def _is_searched(line: OrderLine) -> bool:
    return is_business(line) and int(line.order.order_id[-4:-2]) >= SEARCHED_FROM


def _funnel(clicks: int, purchases: int) -> Funnel:
    clicks = max(clicks, purchases)
    carts = purchases + (clicks - purchases) // CLICKS_PER_IDLE_CART
    return Funnel(clicks * IMPRESSIONS_PER_CLICK, clicks, carts, purchases)
