"""GET_COUPON_PERFORMANCE_REPORT: JSON with the coupons that began in a range: one per category and month, five percent off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zlib import crc32

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day, start_of_day, utc_text
from sellerwatch.simulator.documents.campaign_ranges import asked_starts
from sellerwatch.simulator.documents.json_file import Row, fatal_file, json_file, specification
from sellerwatch.simulator.documents.ranges import days_touched
from sellerwatch.simulator.documents.report_periods import PERIOD_AROUND
from sellerwatch.simulator.documents.shapes import Books, OrderLine
from sellerwatch.simulator.ports import Rendered, ReportRequest

PERCENT_OFF = 5
BUDGET_CENTS = 50_000
FEE_CENTS = 60
"""What Amazon takes from the budget per redemption, beside the discount."""

CLIPS_PER_REDEMPTION = 7
Figures = Counter[str]


def coupon_performance(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the coupons whose first instant lies in the range of the two report options, as used by now."""
    asked = asked_starts(request, "couponStartDateFrom", "couponStartDateTo")
    if isinstance(asked, str):
        return fatal_file(asked)
    rows = [
        row
        for marketplace in marketplaces
        for month in _months(marketplace, start=asked[0], end=asked[1])
        for row in _coupons(books, marketplace, month, request)
    ]
    return json_file({"reportSpecification": specification(request, marketplaces), "coupons": rows})


def is_coupon(books: Books, line: OrderLine, now: datetime) -> bool:
    """Tell whether the line was bought with a coupon: discounted on a day without a price cut."""
    is_made = line.order.purchased_at <= now and line.discount_cents > 0
    day = line.order.purchased_at.astimezone(line.listing.marketplace.zone).date()
    return is_made and not books.is_promoted(line.listing, day)


def _months(marketplace: Marketplace, *, start: datetime, end: datetime) -> list[Days]:
    days = days_touched(start, end + timedelta(seconds=1), marketplace)
    months = dict.fromkeys(PERIOD_AROUND["MONTH"](day) for day in days)
    return [month for month in months if start <= start_of_day(month.first, marketplace.zone) <= end]


def _coupons(books: Books, marketplace: Marketplace, month: Days, request: ReportRequest) -> Iterator[Row]:
    """Yield the month's coupon of each category, used or not."""
    used: dict[str, Figures] = {}
    for day in month:
        if start_of_day(day, marketplace.zone) <= request.now:
            for line in books.lines(marketplace, day):
                if is_coupon(books, line, request.now):
                    figures = used.setdefault(line.listing.category, Counter())
                    figures.update(redemptions=1, discount=line.discount_cents, sales=line.price_cents)
    asins: dict[str, list[str]] = {}
    for listing in books.listings(marketplace, month.last):
        asins.setdefault(listing.category, []).append(listing.asin)
    for category, members in sorted(asins.items()):
        coupon = _coupon(marketplace, month, category, used.get(category, Counter()))
        yield {**coupon, "merchantId": request.seller_id, "asins": [{"asin": asin} for asin in sorted(members)]}


def _coupon(marketplace: Marketplace, month: Days, category: str, figures: Figures) -> Row:
    spent = figures["discount"] + figures["redemptions"] * FEE_CENTS
    return {
        "couponId": f"SIM{marketplace.code}{month.first:%y%m}{crc32(category.encode()):08X}",
        "marketplaceId": marketplace.id,
        "currencyCode": marketplace.currency,
        "name": f"{PERCENT_OFF}% off {category} {month.first:%Y-%m}",
        "websiteMessage": f"Save {PERCENT_OFF}% on {category}",
        "startDateTime": utc_text(start_of_day(month.first, marketplace.zone)),
        "endDateTime": utc_text(end_of_day(month.last, marketplace.zone) - timedelta(seconds=1)),
        "customerSegment": "All (Default)",
        "discountType": "PERCENT_OFF_LIST_PRICE",
        "discountAmount": PERCENT_OFF,
        "totalDiscount": figures["discount"] / 100,
        "clips": figures["redemptions"] * CLIPS_PER_REDEMPTION,
        "redemptions": figures["redemptions"],
        "budget": BUDGET_CENTS / 100,
        "budgetSpent": spent / 100,
        "budgetRemaining": max(0, BUDGET_CENTS - spent) / 100,
        "budgetPercentageUsed": round(min(100.0, 100 * spent / BUDGET_CENTS), 2),
        "sales": figures["sales"] / 100,
    }
