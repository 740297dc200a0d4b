"""Coupons and the products they are for: clips, redemptions, budget and sales from the start to the day before.

The numbers are Amazon's running totals, returned and cancelled orders included, so a coupon is one row that later
documents replace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO

from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, Parsed
from sellerwatch.reports.offerfile import read_offer_file


@dataclass(frozen=True, slots=True)
class Coupon:
    """One coupon and what it has cost and brought so far."""

    coupon_id: str
    coupon_name: str | None
    website_message: str | None
    customer_segment: str | None
    starts_at_utc: datetime | None
    ends_at_utc: datetime | None
    discount_type: str | None
    discount_pct_or_amount: Decimal | None
    clips: int | None
    redemptions: int | None
    currency: str | None
    total_discount_amount: Decimal | None
    budget_amount: Decimal | None
    budget_spent_amount: Decimal | None
    budget_remaining_amount: Decimal | None
    budget_used_pct: Decimal | None
    sales_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class CouponProduct:
    """One product a coupon is for."""

    coupon_id: str
    asin: str


_PRODUCTS = "asins"
COLUMNS = (
    Column("coupon_id", "couponId", Kind.TEXT, "Amazon's id of the coupon.", required=True),
    Column("coupon_name", "name", Kind.TEXT, "The name the seller gave it."),
    Column("website_message", "websiteMessage", Kind.TEXT, "What buyers read on the page."),
    Column("customer_segment", "customerSegment", Kind.TEXT, "Whom it is offered to: all, Prime members, or another group."),
    Column("starts_at_utc", "startDateTime", Kind.INSTANT, "When it begins.", required=True),
    Column("ends_at_utc", "endDateTime", Kind.INSTANT, "When it ends.", required=True),
    Column("discount_type", "discountType", Kind.TEXT, "PERCENT_OFF_LIST_PRICE, AMOUNT_OFF_LIST_PRICE, or another word."),
    Column(
        "discount_pct_or_amount",
        "discountAmount",
        Kind.DECIMAL,
        "What it takes off: per cent (10 is 10 %) or money, as discount_type says.",
    ),
    Column("clips", "clips", Kind.INTEGER, "Buyers who clipped it so far.", required=True),
    Column("redemptions", "redemptions", Kind.INTEGER, "Purchases it was used for so far.", required=True),
    Column("currency", "currencyCode", Kind.TEXT, "Currency of all amounts.", required=True),
    Column("total_discount_amount", "totalDiscount", Kind.MONEY, "What buyers saved so far.", required=True),
    Column("budget_amount", "budget", Kind.MONEY, "What the coupon may cost, fees included."),
    Column("budget_spent_amount", "budgetSpent", Kind.MONEY, "What it has cost so far, fees included.", required=True),
    Column("budget_remaining_amount", "budgetRemaining", Kind.MONEY, "What is left of the budget."),
    Column("budget_used_pct", "budgetPercentageUsed", Kind.DECIMAL, "Part of the budget that is spent, 0 to 100."),
    Column("sales_amount", "sales", Kind.MONEY, "Revenue of its redemptions so far, after the discount."),
)

PRODUCT_COLUMNS = (
    Column("coupon_id", "", Kind.TEXT, "The coupon; computed."),
    Column("asin", f"{_PRODUCTS}[].asin", Kind.TEXT, "Amazon's product id.", required=True),
)

COUPON = FactTable(
    name="coupon",
    columns=COLUMNS,
    key=("coupon_id",),
    replace=Replace.BY_SCOPE,
    scope="coupon_id",
    row=Coupon,
    title="One coupon and its results so far",
    records="coupons",
)

COUPON_PRODUCT = FactTable(
    name="coupon_product",
    columns=PRODUCT_COLUMNS,
    key=("coupon_id", "asin"),
    replace=Replace.BY_SCOPE,
    scope="coupon_id",
    row=CouponProduct,
    title="One product a coupon is for",
    records="coupons[].asins",
)

LEFT_OUT: Mapping[str, str] = {
    "marketplaceId": "always the marketplace asked for; a coupon of another one is set aside",
    "merchantId": "the seller's own account",
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a coupon-performance document."""
    return read_offer_file(data, context, offers=COUPON, products=COUPON_PRODUCT, left_out=LEFT_OUT)


REPORT = Report(
    name="coupon_performance",
    amazon_type="GET_COUPON_PERFORMANCE_REPORT",
    title="Coupons and their products",
    content=Content.JSON,
    tables=(COUPON, COUPON_PRODUCT),
    left_out=LEFT_OUT,
    parse=parse,
    is_sparse=True,
)
