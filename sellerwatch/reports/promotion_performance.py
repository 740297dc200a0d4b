"""Deals and price discounts, and the products in them: what was seen, sold and earned from the start to the day before.

The numbers are Amazon's running totals, so a promotion is one row that later documents replace. Times are UTC, although a
deal begins at the store's midnight.
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
class Promotion:
    """One promotion and what it has brought so far."""

    promotion_id: str
    promotion_name: str | None
    promotion_type: str | None
    status: str | None
    starts_at_utc: datetime | None
    ends_at_utc: datetime | None
    created_at_utc: datetime | None
    updated_at_utc: datetime | None
    glance_views: int | None
    units_sold: int | None
    currency: str | None
    revenue_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class PromotionProduct:
    """One product in a promotion and what it has brought so far."""

    promotion_id: str
    asin: str
    product_name: str | None
    glance_views: int | None
    units_sold: int | None
    currency: str | None
    revenue_amount: Decimal | None


_PRODUCTS = "includedProducts"
COLUMNS = (
    Column("promotion_id", "promotionId", Kind.TEXT, "Amazon's id of the promotion.", required=True),
    Column("promotion_name", "promotionName", Kind.TEXT, "The name buyers see."),
    Column("promotion_type", "type", Kind.TEXT, "BEST_DEAL, LIGHTNING_DEAL, PRICE_DISCOUNT, or a word of Amazon's."),
    Column("status", "status", Kind.TEXT, "APPROVED, PENDING_APPROVAL, NEEDS_YOUR_ATTENTION, CANCELED, or another word."),
    Column("starts_at_utc", "startDateTime", Kind.INSTANT, "When it begins.", required=True),
    Column("ends_at_utc", "endDateTime", Kind.INSTANT, "When it ends.", required=True),
    Column("created_at_utc", "createdDateTime", Kind.INSTANT, "When it was made."),
    Column("updated_at_utc", "lastUpdatedDateTime", Kind.INSTANT, "When it was last changed."),
    Column("glance_views", "glanceViews", Kind.INTEGER, "Views of the pages of its products so far."),
    Column("units_sold", "unitsSold", Kind.INTEGER, "Units sold so far.", required=True),
    Column("currency", "revenueCurrencyCode", Kind.TEXT, "Currency of the revenue.", required=True),
    Column("revenue_amount", "revenue", Kind.MONEY, "Revenue so far.", required=True),
)

PRODUCT_COLUMNS = (
    Column("promotion_id", "", Kind.TEXT, "The promotion the product stands in; computed."),
    Column("asin", f"{_PRODUCTS}[].asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("product_name", f"{_PRODUCTS}[].productName", Kind.TEXT, "The listing's title."),
    Column("glance_views", f"{_PRODUCTS}[].productGlanceViews", Kind.INTEGER, "Views of its page so far."),
    Column("units_sold", f"{_PRODUCTS}[].productUnitsSold", Kind.INTEGER, "Units sold so far.", required=True),
    Column("currency", f"{_PRODUCTS}[].productRevenueCurrencyCode", Kind.TEXT, "Currency of the revenue.", required=True),
    Column("revenue_amount", f"{_PRODUCTS}[].productRevenue", Kind.MONEY, "Revenue so far.", required=True),
)

PROMOTION = FactTable(
    name="promotion",
    columns=COLUMNS,
    key=("promotion_id",),
    replace=Replace.BY_SCOPE,
    scope="promotion_id",
    row=Promotion,
    title="One promotion and its results so far",
    records="promotions",
)

PROMOTION_PRODUCT = FactTable(
    name="promotion_product",
    columns=PRODUCT_COLUMNS,
    key=("promotion_id", "asin"),
    replace=Replace.BY_SCOPE,
    scope="promotion_id",
    row=PromotionProduct,
    title="One product in a promotion and its results so far",
    records="promotions[].includedProducts",
)

_VENDORS = "for vendors only"
LEFT_OUT: Mapping[str, str] = {
    "marketplaceId": "always the marketplace asked for; a promotion of another one is set aside",
    "merchantId": "the seller's own account",
    "creationChannel": "no metric needs it",
    "vendorCode": _VENDORS,
    "amountSpent": _VENDORS,
    "amountSpentCurrencyCode": _VENDORS,
    "fundingAgreementId": _VENDORS,
    f"{_PRODUCTS}[].productAmountSpent": _VENDORS,
    f"{_PRODUCTS}[].productAmountSpentCurrencyCode": _VENDORS,
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a promotion-performance document."""
    return read_offer_file(data, context, offers=PROMOTION, products=PROMOTION_PRODUCT, left_out=LEFT_OUT)


REPORT = Report(
    name="promotion_performance",
    amazon_type="GET_PROMOTION_PERFORMANCE_REPORT",
    title="Promotions and their products",
    content=Content.JSON,
    tables=(PROMOTION, PROMOTION_PRODUCT),
    left_out=LEFT_OUT,
    parse=parse,
    is_sparse=True,
)
