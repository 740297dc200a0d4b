"""Sales and traffic by day and product from Data Kiosk: one query instead of one sales-and-traffic report per day.

The grain is that of the sales-and-traffic report by child ASIN, but a query names at most thirty products: its document
says nothing about the others, so it has a table of its own, in which rows are replaced product by product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report, Source
from sellerwatch.reports.document import DocumentContext, Parsed, read_bytes
from sellerwatch.reports.encoding import decode
from sellerwatch.reports.jsonfile import Placed, assemble, nothing, read_records
from sellerwatch.reports.kioskfile import load_daily, query_text
from sellerwatch.reports.sales_traffic import product_left_out, product_measures
from sellerwatch.reports.specification import misfiled


@dataclass(frozen=True, slots=True)
class SalesTrafficTrendsAsinDay:
    """One product's sales and traffic of one local day."""

    asin_day: str
    sold_on: date
    parent_asin: str
    child_asin: str
    currency: str | None
    ordered_product_sales_amount: Decimal | None
    ordered_product_sales_b2b_amount: Decimal | None
    units_ordered: int | None
    units_ordered_b2b: int | None
    order_items: int | None
    order_items_b2b: int | None
    browser_page_views: int | None
    mobile_app_page_views: int | None
    page_views: int | None
    page_views_b2b: int | None
    browser_sessions: int | None
    mobile_app_sessions: int | None
    sessions: int | None
    sessions_b2b: int | None
    featured_offer_pct: Decimal | None
    unit_session_pct: Decimal | None
    units_refunded: int | None
    shipped_product_sales_amount: Decimal | None
    units_shipped: int | None
    orders_shipped: int | None


_SALES, _TRAFFIC = "sales", "traffic"
COLUMNS = (
    Column("asin_day", "", Kind.TEXT, "The day and the product, such as 2026-11-20 B0EXAMPLE01; computed."),
    Column("sold_on", "startDate", Kind.DAY, "The marketplace's local day.", required=True),
    Column("parent_asin", "parentAsin", Kind.TEXT, "ASIN of the parent product.", required=True),
    Column("child_asin", "childAsin", Kind.TEXT, "ASIN of the product.", required=True),
    *product_measures(_SALES, _TRAFFIC),
    Column("units_refunded", f"{_SALES}.unitsRefunded", Kind.INTEGER, "Units refunded on the day, whenever they were sold."),
    Column("shipped_product_sales_amount", f"{_SALES}.shippedProductSales.amount", Kind.MONEY, "Sales shipped on the day."),
    Column("units_shipped", f"{_SALES}.unitsShipped", Kind.INTEGER, "Units shipped on the day."),
    Column("orders_shipped", f"{_SALES}.ordersShipped", Kind.INTEGER, "Orders shipped on the day."),
)

SALES_TRAFFIC_TRENDS_ASIN_DAY = FactTable(
    name="sales_traffic_trends_asin_day",
    columns=COLUMNS,
    # The computed day and product come first because rows are replaced by one column: a child that moved to another parent
    # leaves no row behind, and products the query did not name keep theirs.
    key=("asin_day", "sold_on", "parent_asin", "child_asin"),
    replace=Replace.BY_SCOPE,
    scope="asin_day",
    row=SalesTrafficTrendsAsinDay,
    title="One product's sales and traffic on one day, from Data Kiosk",
)

_DERIVED = "follows from the counts"
_SPLIT = "the split of business sales is not needed"
LEFT_OUT: Mapping[str, str] = {
    "marketplaceId": "always the marketplace asked for; a record of another one is set aside",
    "endDate": "always the day itself; a longer period is refused",
    "asinAggregation": "always CHILD; anything else is refused",
    "sku": "null for children",
    f"{_SALES}.refundRate": _DERIVED,
    f"{_SALES}.refundRateB2B": _DERIVED,
    f"{_SALES}.ordersShippedB2B": _SPLIT,
    f"{_SALES}.unitsRefundedB2B": _SPLIT,
    f"{_SALES}.unitsShippedB2B": _SPLIT,
    f"{_SALES}.shippedProductSales.currencyCode": "the currency of the ordered sales",
    f"{_SALES}.shippedProductSalesB2B.amount": _SPLIT,
    f"{_SALES}.shippedProductSalesB2B.currencyCode": _SPLIT,
    **product_left_out(_SALES, _TRAFFIC),
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a document of the query ``salesAndTrafficTrends``, by day and child ASIN."""
    table = SALES_TRAFFIC_TRENDS_ASIN_DAY
    decoded = decode(read_bytes(data), context)
    if not decoded.utf8.strip():
        return nothing(decoded, (table,))
    lines = load_daily(decoded, context, table)
    _refuse_parents(lines.ours, context)
    products = read_records(lines.ours, context, table=table)
    computed = products.with_columns({"asin_day": _asin_days(products.facts.columns)})
    return assemble(decoded, {table: computed.with_skipped(lines.foreign)}, left_out=LEFT_OUT)


def _refuse_parents(records: list[Placed], context: DocumentContext) -> None:
    for place, record in records:
        found = record.get("asinAggregation", "CHILD") if isinstance(record, dict) else "CHILD"
        if found != "CHILD":
            raise misfiled(f"Line {place} is a sum by {found}, not by CHILD", context)


def _asin_days(facts: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(facts.column("sold_on").cast(pa.string()), facts.column("child_asin"), " ")


_AMAZON_TYPE = "analytics_salesAndTraffic_2024_04_24.salesAndTrafficTrends"

REPORT = Report(
    name="sales_traffic_trends",
    amazon_type=_AMAZON_TYPE,
    title="Sales and traffic by day and product",
    content=Content.JSON,
    tables=(SALES_TRAFFIC_TRENDS_ASIN_DAY,),
    left_out=LEFT_OUT,
    parse=parse,
    source=Source.DATA_KIOSK,
    query=query_text(
        _AMAZON_TYPE,
        'asinAggregation: CHILD, dateAggregation: DAY, startDate: "$first", endDate: "$last", '
        'filters: [{marketplaceId: "$marketplace", asins: [$quoted_asins]}]',
        ("marketplaceId", "endDate", "asinAggregation", *(column.header for column in COLUMNS if column.header)),
    ),
    is_sparse=True,
)
