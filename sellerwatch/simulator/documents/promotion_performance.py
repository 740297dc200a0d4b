"""GET_PROMOTION_PERFORMANCE_REPORT: JSON with the deals that began in a range, and what was sold and seen during them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day, start_of_day, utc_text
from sellerwatch.simulator.documents.campaign_ranges import asked_starts
from sellerwatch.simulator.documents.daily_figures import is_business
from sellerwatch.simulator.documents.json_file import Row, fatal_file, json_file, specification
from sellerwatch.simulator.documents.ranges import days_touched
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.ports import Rendered, ReportRequest

CREATED_BEFORE = timedelta(days=21)
TYPES = ("BEST_DEAL", "PRICE_DISCOUNT")
"""Types of deals, by the day they begin on."""

Figures = Counter[str]


@dataclass(frozen=True, slots=True)
class _Deal:
    """One deal: its days, and the listings whose price is cut on all of them."""

    marketplace: Marketplace
    days: Days
    listings: Sequence[Listing]


def promotion_performance(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the deals whose first instant lies in the range of the two report options; figures end with yesterday."""
    asked = asked_starts(request, "promotionStartDateFrom", "promotionStartDateTo")
    if isinstance(asked, str):
        return fatal_file(asked)
    deals = [deal for item in marketplaces for deal in _deals(books, item, start=asked[0], end=asked[1])]
    rows = [_row(books, deal, request) for deal in deals]
    return json_file({"reportSpecification": specification(request, marketplaces), "promotions": rows})


def _deals(books: Books, marketplace: Marketplace, *, start: datetime, end: datetime) -> Iterator[_Deal]:
    """Yield a deal for every day on which price cuts begin."""
    for day in days_touched(start, end + timedelta(seconds=1), marketplace):
        if start <= start_of_day(day, marketplace.zone) <= end:
            begun = [item for item in books.listings(marketplace, day) if _begins(books, item, day)]
            if begun:
                yield _Deal(marketplace, _run(books, begun[0], day), begun)


def _run(books: Books, listing: Listing, first: date) -> Days:
    """Return the days without a gap on which the price stays cut; listings that begin together end together."""
    last = first
    while books.is_promoted(listing, last + timedelta(days=1)):
        last += timedelta(days=1)
    return Days(first, last)


def _begins(books: Books, listing: Listing, day: date) -> bool:
    return books.is_promoted(listing, day) and not books.is_promoted(listing, day - timedelta(days=1))


def _row(books: Books, deal: _Deal, request: ReportRequest) -> Row:
    figures = {listing.asin: _figures(books, listing, deal, request.now) for listing in deal.listings}
    total = sum(figures.values(), Figures())
    zone, currency = deal.marketplace.zone, deal.marketplace.currency
    start = start_of_day(deal.days.first, zone)
    number = deal.days.first.toordinal()
    return {
        "promotionId": f"1{number}{deal.marketplace.id[-3:].encode().hex()}",
        "promotionName": f"Price drop {deal.days.first:%Y-%m-%d}",
        "merchantId": request.seller_id,
        "marketplaceId": deal.marketplace.id,
        "type": TYPES[number % len(TYPES)],
        "status": "APPROVED",
        "glanceViews": total["views"],
        "unitsSold": total["units"],
        "revenue": total["cents"] / 100,
        "revenueCurrencyCode": currency,
        "startDateTime": utc_text(start),
        "endDateTime": utc_text(end_of_day(deal.days.last, zone) - timedelta(seconds=1)),
        "createdDateTime": utc_text(start - CREATED_BEFORE),
        "lastUpdatedDateTime": utc_text(start - CREATED_BEFORE),
        "includedProducts": [_product(listing, figures[listing.asin]) for listing in deal.listings],
    }


def _product(listing: Listing, figures: Figures) -> Row:
    return {
        "asin": listing.asin,
        "productName": listing.title,
        "productGlanceViews": figures["views"],
        "productUnitsSold": figures["units"],
        "productRevenue": figures["cents"] / 100,
        "productRevenueCurrencyCode": listing.marketplace.currency,
    }


def _figures(books: Books, listing: Listing, deal: _Deal, now: datetime) -> Figures:
    """Return units, money and page views of the deal's days that have ended."""
    figures: Figures = Counter()
    for day in deal.days:
        if end_of_day(day, deal.marketplace.zone) <= now:
            seen = books.traffic(listing, day)
            figures["views"] += seen.browser_views + seen.app_views
            own = (line for line in books.lines(deal.marketplace, day) if line.listing.sku == listing.sku)
            for line in filter(is_business, own):
                figures.update(units=line.quantity, cents=line.price_cents)
    return figures
