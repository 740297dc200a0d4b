"""Search catalogue performance of a brand: each product's way from search result to purchase, over all queries.

Impressions include sponsored results, and only what began at a search result is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from sellerwatch.reports.brandfile import read_brand_file
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, Parsed


@dataclass(frozen=True, slots=True)
class SearchCatalogPerformance:
    """One product in the search results of one period."""

    asin_period: str
    period_kind: str | None
    first_on: date
    last_on: date | None
    asin: str
    impressions: int | None
    clicks: int | None
    cart_adds: int | None
    purchases: int | None
    currency: str | None
    search_sales_amount: Decimal | None
    median_impression_price_amount: Decimal | None
    median_click_price_amount: Decimal | None
    median_cart_add_price_amount: Decimal | None
    median_purchase_price_amount: Decimal | None


_SHOWN, _CLICK, _CART, _BOUGHT = "impressionData", "clickData", "cartAddData", "purchaseData"
_CURRENCIES = (
    f"{_BOUGHT}.searchTrafficSales.currencyCode",
    f"{_SHOWN}.impressionMedianPrice.currencyCode",
    f"{_CLICK}.clickedMedianPrice.currencyCode",
    f"{_CART}.cartAddedMedianPrice.currencyCode",
    f"{_BOUGHT}.purchaseMedianPrice.currencyCode",
)
"""Each amount names its currency, and each may be missing: without a purchase there is no price of one."""

COLUMNS = (
    Column("asin_period", "", Kind.TEXT, "Kind and first day of the period, and the ASIN; computed."),
    Column("period_kind", "", Kind.TEXT, "WEEK (Sunday to Saturday), MONTH or QUARTER; computed."),
    Column("first_on", "startDate", Kind.DAY, "First day of the period.", required=True),
    Column("last_on", "endDate", Kind.DAY, "Last day of the period.", required=True),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("impressions", f"{_SHOWN}.impressionCount", Kind.INTEGER, "Times a search showed it.", required=True),
    Column("clicks", f"{_CLICK}.clickCount", Kind.INTEGER, "Clicks on it in search results.", required=True),
    Column("cart_adds", f"{_CART}.cartAddCount", Kind.INTEGER, "Times it went to a cart after a search.", required=True),
    Column("purchases", f"{_BOUGHT}.purchaseCount", Kind.INTEGER, "Purchases after a search.", required=True),
    Column("currency", _CURRENCIES[0], Kind.TEXT, "Currency of all amounts; null without one.", also=_CURRENCIES[1:]),
    Column("search_sales_amount", f"{_BOUGHT}.searchTrafficSales.amount", Kind.MONEY, "Sales after a search.", required=True),
    Column("median_impression_price_amount", f"{_SHOWN}.impressionMedianPrice.amount", Kind.MONEY, "Median price when shown."),
    Column("median_click_price_amount", f"{_CLICK}.clickedMedianPrice.amount", Kind.MONEY, "Median price when clicked."),
    Column(
        "median_cart_add_price_amount",
        f"{_CART}.cartAddedMedianPrice.amount",
        Kind.MONEY,
        "Median price when it went to a cart.",
    ),
    Column("median_purchase_price_amount", f"{_BOUGHT}.purchaseMedianPrice.amount", Kind.MONEY, "Median price when bought."),
)

SEARCH_CATALOG_PERFORMANCE = FactTable(
    name="search_catalog_performance",
    columns=COLUMNS,
    key=("asin_period", "first_on", "asin"),
    # A document may be limited to a few ASINs; then it says nothing about the period's other products.
    replace=Replace.BY_SCOPE,
    scope="asin_period",
    row=SearchCatalogPerformance,
    title="One product's way from search to purchase in one week, month or quarter",
    records="dataByAsin",
)

_DERIVED = "follows from the counts"
_DELIVERY = "the split by promised delivery is not needed"
LEFT_OUT: Mapping[str, str] = {
    f"{_CLICK}.clickRate": _DERIVED,
    f"{_BOUGHT}.conversionRate": _DERIVED,
    **{
        f"{block}.{speed}DayShipping{what}Count": _DELIVERY
        for block, what in ((_SHOWN, "Impression"), (_CLICK, "Click"), (_CART, "CartAdd"), (_BOUGHT, "Purchase"))
        for speed in ("same", "one", "two")
    },
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a search-catalogue-performance document."""
    return read_brand_file(data, context, table=SEARCH_CATALOG_PERFORMANCE, left_out=LEFT_OUT, within=("asin",))


REPORT = Report(
    name="search_catalog_performance",
    amazon_type="GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT",
    title="Performance of products in search",
    content=Content.JSON,
    tables=(SEARCH_CATALOG_PERFORMANCE,),
    left_out=LEFT_OUT,
    parse=parse,
    is_sparse=True,
)
