"""Search query performance of a brand: what a product gets of the impressions, clicks, cart adds and purchases of a search.

The totals of a query are repeated in the row of each of our products that it shows: take each query once before summing.
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
class SearchQueryPerformance:
    """One product's part in one search query of one period."""

    asin_period: str
    period_kind: str | None
    first_on: date
    last_on: date | None
    asin: str
    search_query: str
    query_rank: int | None
    query_volume: int | None
    total_impressions: int | None
    asin_impressions: int | None
    asin_impression_share_fraction: Decimal | None
    total_clicks: int | None
    asin_clicks: int | None
    asin_click_share_fraction: Decimal | None
    total_cart_adds: int | None
    asin_cart_adds: int | None
    asin_cart_add_share_fraction: Decimal | None
    total_purchases: int | None
    asin_purchases: int | None
    asin_purchase_share_fraction: Decimal | None
    currency: str | None
    total_median_click_price_amount: Decimal | None
    asin_median_click_price_amount: Decimal | None
    total_median_cart_add_price_amount: Decimal | None
    asin_median_cart_add_price_amount: Decimal | None
    total_median_purchase_price_amount: Decimal | None
    asin_median_purchase_price_amount: Decimal | None


_QUERY, _SHOWN, _CLICK, _CART, _BOUGHT = "searchQueryData", "impressionData", "clickData", "cartAddData", "purchaseData"
_CURRENCIES = (
    f"{_CLICK}.totalMedianClickPrice.currencyCode",
    f"{_CLICK}.asinMedianClickPrice.currencyCode",
    f"{_CART}.totalMedianCartAddPrice.currencyCode",
    f"{_CART}.asinMedianCartAddPrice.currencyCode",
    f"{_BOUGHT}.totalMedianPurchasePrice.currencyCode",
    f"{_BOUGHT}.asinMedianPurchasePrice.currencyCode",
)
"""Each price names its currency, and each may be missing: without a purchase there is no price of one."""

COLUMNS = (
    Column("asin_period", "", Kind.TEXT, "Kind and first day of the period, and the ASIN; computed."),
    Column("period_kind", "", Kind.TEXT, "WEEK (Sunday to Saturday), MONTH or QUARTER; computed."),
    Column("first_on", "startDate", Kind.DAY, "First day of the period.", required=True),
    Column("last_on", "endDate", Kind.DAY, "Last day of the period.", required=True),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("search_query", f"{_QUERY}.searchQuery", Kind.TEXT, "What buyers typed.", required=True),
    Column("query_rank", f"{_QUERY}.searchQueryScore", Kind.INTEGER, "Rank among the product's queries; 1 is the best."),
    Column("query_volume", f"{_QUERY}.searchQueryVolume", Kind.INTEGER, "Times the query was searched.", required=True),
    Column(
        "total_impressions",
        f"{_SHOWN}.totalQueryImpressionCount",
        Kind.INTEGER,
        "Times any product was shown for the query.",
        required=True,
    ),
    Column("asin_impressions", f"{_SHOWN}.asinImpressionCount", Kind.INTEGER, "Times this one was shown.", required=True),
    Column("asin_impression_share_fraction", f"{_SHOWN}.asinImpressionShare", Kind.DECIMAL, "Its share, 0 to 1."),
    Column("total_clicks", f"{_CLICK}.totalClickCount", Kind.INTEGER, "Clicks on any product.", required=True),
    Column("asin_clicks", f"{_CLICK}.asinClickCount", Kind.INTEGER, "Clicks on this one.", required=True),
    Column("asin_click_share_fraction", f"{_CLICK}.asinClickShare", Kind.DECIMAL, "Its share, 0 to 1."),
    Column("total_cart_adds", f"{_CART}.totalCartAddCount", Kind.INTEGER, "Times any product went to a cart.", required=True),
    Column("asin_cart_adds", f"{_CART}.asinCartAddCount", Kind.INTEGER, "Times this one did.", required=True),
    Column("asin_cart_add_share_fraction", f"{_CART}.asinCartAddShare", Kind.DECIMAL, "Its share, 0 to 1."),
    Column("total_purchases", f"{_BOUGHT}.totalPurchaseCount", Kind.INTEGER, "Purchases of any product.", required=True),
    Column("asin_purchases", f"{_BOUGHT}.asinPurchaseCount", Kind.INTEGER, "Purchases of this one.", required=True),
    Column("asin_purchase_share_fraction", f"{_BOUGHT}.asinPurchaseShare", Kind.DECIMAL, "Its share, 0 to 1."),
    Column("currency", _CURRENCIES[0], Kind.TEXT, "Currency of all prices; null without one.", also=_CURRENCIES[1:]),
    Column(
        "total_median_click_price_amount",
        f"{_CLICK}.totalMedianClickPrice.amount",
        Kind.MONEY,
        "Median price of the products clicked.",
    ),
    Column("asin_median_click_price_amount", f"{_CLICK}.asinMedianClickPrice.amount", Kind.MONEY, "That of this one."),
    Column(
        "total_median_cart_add_price_amount",
        f"{_CART}.totalMedianCartAddPrice.amount",
        Kind.MONEY,
        "Median price of the products that went to a cart.",
    ),
    Column("asin_median_cart_add_price_amount", f"{_CART}.asinMedianCartAddPrice.amount", Kind.MONEY, "That of this one."),
    Column(
        "total_median_purchase_price_amount",
        f"{_BOUGHT}.totalMedianPurchasePrice.amount",
        Kind.MONEY,
        "Median price of the products bought.",
    ),
    Column("asin_median_purchase_price_amount", f"{_BOUGHT}.asinMedianPurchasePrice.amount", Kind.MONEY, "That of this one."),
)

SEARCH_QUERY_PERFORMANCE = FactTable(
    name="search_query_performance",
    columns=COLUMNS,
    key=("asin_period", "first_on", "asin", "search_query"),
    # A document covers the few ASINs that fit into 200 characters: it says nothing about the period's other products.
    replace=Replace.BY_SCOPE,
    scope="asin_period",
    row=SearchQueryPerformance,
    title="One product's part in one search query in one week, month or quarter",
    records="dataByAsin",
)

_DERIVED = "follows from the counts"
_DELIVERY = "the split by promised delivery is not needed"
LEFT_OUT: Mapping[str, str] = {
    f"{_CLICK}.totalClickRate": _DERIVED,
    f"{_CART}.totalCartAddRate": _DERIVED,
    f"{_BOUGHT}.totalPurchaseRate": _DERIVED,
    **{
        f"{block}.total{speed}DayShipping{what}Count": _DELIVERY
        for block, what in ((_CLICK, "Click"), (_CART, "CartAdd"), (_BOUGHT, "Purchase"))
        for speed in ("Same", "One", "Two")
    },
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a search-query-performance document."""
    return read_brand_file(data, context, table=SEARCH_QUERY_PERFORMANCE, left_out=LEFT_OUT, within=("asin",))


REPORT = Report(
    name="search_query_performance",
    amazon_type="GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT",
    title="Performance of products by search query",
    content=Content.JSON,
    tables=(SEARCH_QUERY_PERFORMANCE,),
    left_out=LEFT_OUT,
    parse=parse,
    is_sparse=True,
)
