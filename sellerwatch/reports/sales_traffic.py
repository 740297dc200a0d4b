"""Sales and traffic: what was ordered and how many came to look, by day for the store and by product for a single day.

Amazon adds the by-product list up over the whole range and gives it no date, so it is kept only when the document covers
one day. Numbers may be restated for days; percentages that follow from the counts are not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.core.periods import Days
from sellerwatch.reports.computed import constant
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, DocumentError, Parsed, read_bytes
from sellerwatch.reports.encoding import decode
from sellerwatch.reports.jsonfile import Records, assemble, list_of, load_object, nothing, read_records


@dataclass(frozen=True, slots=True)
class SalesTrafficDay:
    """The store's sales and traffic of one local day."""

    sold_on: date
    currency: str | None
    ordered_product_sales_amount: Decimal | None
    ordered_product_sales_b2b_amount: Decimal | None
    units_ordered: int | None
    units_ordered_b2b: int | None
    order_items: int | None
    order_items_b2b: int | None
    units_refunded: int | None
    claims_granted: int | None
    claims_amount: Decimal | None
    shipped_product_sales_amount: Decimal | None
    units_shipped: int | None
    orders_shipped: int | None
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
    average_offer_count: int | None
    average_parent_items: int | None
    feedback_received: int | None
    negative_feedback_received: int | None


@dataclass(frozen=True, slots=True)
class SalesTrafficAsinDay:
    """One product's sales and traffic of one local day."""

    sold_on: date
    asin_granularity: str
    parent_asin: str
    item: str
    child_asin: str | None
    sku: str | None
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


_SALES, _TRAFFIC = "salesByDate", "trafficByDate"
DAY_COLUMNS = (
    Column("sold_on", "date", Kind.DAY, "The marketplace's local day.", required=True),
    Column("currency", f"{_SALES}.orderedProductSales.currencyCode", Kind.TEXT, "Currency of all amounts.", required=True),
    Column(
        "ordered_product_sales_amount",
        f"{_SALES}.orderedProductSales.amount",
        Kind.MONEY,
        "Price times units ordered, before discounts and cancellations.",
        required=True,
    ),
    Column("ordered_product_sales_b2b_amount", f"{_SALES}.orderedProductSalesB2B.amount", Kind.MONEY, "Of it, to businesses."),
    Column("units_ordered", f"{_SALES}.unitsOrdered", Kind.INTEGER, "Units ordered.", required=True),
    Column("units_ordered_b2b", f"{_SALES}.unitsOrderedB2B", Kind.INTEGER, "Of them, by businesses."),
    Column("order_items", f"{_SALES}.totalOrderItems", Kind.INTEGER, "Order lines."),
    Column("order_items_b2b", f"{_SALES}.totalOrderItemsB2B", Kind.INTEGER, "Of them, by businesses."),
    Column("units_refunded", f"{_SALES}.unitsRefunded", Kind.INTEGER, "Units refunded on the day, whenever they were sold."),
    Column("claims_granted", f"{_SALES}.claimsGranted", Kind.INTEGER, "A-to-z guarantee claims granted."),
    Column("claims_amount", f"{_SALES}.claimsAmount.amount", Kind.MONEY, "What the granted claims cost."),
    Column("shipped_product_sales_amount", f"{_SALES}.shippedProductSales.amount", Kind.MONEY, "Sales shipped on the day."),
    Column("units_shipped", f"{_SALES}.unitsShipped", Kind.INTEGER, "Units shipped on the day."),
    Column("orders_shipped", f"{_SALES}.ordersShipped", Kind.INTEGER, "Orders shipped on the day."),
    Column("browser_page_views", f"{_TRAFFIC}.browserPageViews", Kind.INTEGER, "Page views in a browser."),
    Column("mobile_app_page_views", f"{_TRAFFIC}.mobileAppPageViews", Kind.INTEGER, "Page views in the app."),
    Column("page_views", f"{_TRAFFIC}.pageViews", Kind.INTEGER, "Page views; may come as 0 first.", required=True),
    Column("page_views_b2b", f"{_TRAFFIC}.pageViewsB2B", Kind.INTEGER, "Of them, by businesses."),
    Column("browser_sessions", f"{_TRAFFIC}.browserSessions", Kind.INTEGER, "Sessions in a browser."),
    Column("mobile_app_sessions", f"{_TRAFFIC}.mobileAppSessions", Kind.INTEGER, "Sessions in the app."),
    Column("sessions", f"{_TRAFFIC}.sessions", Kind.INTEGER, "Visits within 24 hours; may come as 0 first.", required=True),
    Column("sessions_b2b", f"{_TRAFFIC}.sessionsB2B", Kind.INTEGER, "Of them, by businesses."),
    Column(
        "featured_offer_pct",
        f"{_TRAFFIC}.buyBoxPercentage",
        Kind.DECIMAL,
        "Share of page views that showed the featured offer as ours, 0 to 100.",
    ),
    Column("unit_session_pct", f"{_TRAFFIC}.unitSessionPercentage", Kind.DECIMAL, "Units over sessions; may exceed 100."),
    Column("average_offer_count", f"{_TRAFFIC}.averageOfferCount", Kind.INTEGER, "Offers on sale, mean of the day."),
    Column("average_parent_items", f"{_TRAFFIC}.averageParentItems", Kind.INTEGER, "Parent products on sale, mean of the day."),
    Column("feedback_received", f"{_TRAFFIC}.feedbackReceived", Kind.INTEGER, "Seller feedback received."),
    Column("negative_feedback_received", f"{_TRAFFIC}.negativeFeedbackReceived", Kind.INTEGER, "Of it, negative."),
)


def product_measures(sales: str, traffic: str) -> tuple[Column, ...]:
    """Return the columns of a product's sales and traffic, whose paths begin with these names of the two blocks."""
    return (
        Column("currency", f"{sales}.orderedProductSales.currencyCode", Kind.TEXT, "Currency of all amounts.", required=True),
        Column(
            "ordered_product_sales_amount",
            f"{sales}.orderedProductSales.amount",
            Kind.MONEY,
            "Price times units ordered, before discounts and cancellations.",
            required=True,
        ),
        Column(
            "ordered_product_sales_b2b_amount",
            f"{sales}.orderedProductSalesB2B.amount",
            Kind.MONEY,
            "Of it, to businesses.",
        ),
        Column("units_ordered", f"{sales}.unitsOrdered", Kind.INTEGER, "Units ordered.", required=True),
        Column("units_ordered_b2b", f"{sales}.unitsOrderedB2B", Kind.INTEGER, "Of them, by businesses."),
        Column("order_items", f"{sales}.totalOrderItems", Kind.INTEGER, "Order lines."),
        Column("order_items_b2b", f"{sales}.totalOrderItemsB2B", Kind.INTEGER, "Of them, by businesses."),
        Column("browser_page_views", f"{traffic}.browserPageViews", Kind.INTEGER, "Page views in a browser."),
        Column("mobile_app_page_views", f"{traffic}.mobileAppPageViews", Kind.INTEGER, "Page views in the app."),
        Column("page_views", f"{traffic}.pageViews", Kind.INTEGER, "Page views.", required=True),
        Column("page_views_b2b", f"{traffic}.pageViewsB2B", Kind.INTEGER, "Of them, by businesses."),
        Column("browser_sessions", f"{traffic}.browserSessions", Kind.INTEGER, "Sessions in a browser."),
        Column("mobile_app_sessions", f"{traffic}.mobileAppSessions", Kind.INTEGER, "Sessions in the app."),
        Column("sessions", f"{traffic}.sessions", Kind.INTEGER, "Visits within 24 hours.", required=True),
        Column("sessions_b2b", f"{traffic}.sessionsB2B", Kind.INTEGER, "Of them, by businesses."),
        Column(
            "featured_offer_pct",
            f"{traffic}.buyBoxPercentage",
            Kind.DECIMAL,
            "Share of page views that showed the featured offer as ours, 0 to 100.",
        ),
        Column("unit_session_pct", f"{traffic}.unitSessionPercentage", Kind.DECIMAL, "Units over sessions; may exceed 100."),
    )


_ASIN_SALES, _ASIN_TRAFFIC = "salesByAsin", "trafficByAsin"
ASIN_COLUMNS = (
    Column("sold_on", "", Kind.DAY, "The one local day the document covers; computed."),
    Column("asin_granularity", "", Kind.TEXT, "PARENT, CHILD or SKU; sums differ between them and are never mixed; computed."),
    Column("parent_asin", "parentAsin", Kind.TEXT, "ASIN of the parent product.", required=True),
    Column("item", "", Kind.TEXT, "The parent ASIN, child ASIN or SKU, whichever the granularity is; computed."),
    Column("child_asin", "childAsin", Kind.TEXT, "ASIN of the product; null when granularity is PARENT."),
    Column("sku", "sku", Kind.TEXT, "The seller's SKU; null unless granularity is SKU."),
    *product_measures(_ASIN_SALES, _ASIN_TRAFFIC),
)

SALES_TRAFFIC_DAY = FactTable(
    name="sales_traffic_day",
    columns=DAY_COLUMNS,
    key=("sold_on",),
    replace=Replace.BY_DAY,
    scope="sold_on",
    row=SalesTrafficDay,
    title="The store's sales and traffic on one day",
    records="salesAndTrafficByDate",
)

SALES_TRAFFIC_ASIN_DAY = FactTable(
    name="sales_traffic_asin_day",
    columns=ASIN_COLUMNS,
    key=("sold_on", "asin_granularity", "parent_asin", "item"),
    replace=Replace.BY_DAY,
    scope="sold_on",
    row=SalesTrafficAsinDay,
    title="One product's sales and traffic on one day",
    records="salesAndTrafficByAsin",
)

_ITEM_COLUMNS = {"PARENT": "parent_asin", "CHILD": "child_asin", "SKU": "sku"}
"""Which column names the record's item, by the granularity that was asked for."""

_DERIVED = "follows from the counts"
_SAME_CURRENCY = "the currency of the ordered sales"
_SPLIT = "the split of business traffic is not needed"


def product_left_out(sales: str, traffic: str) -> dict[str, str]:
    """Return the paths of a product's sales and traffic that are known and not kept, each with the reason."""
    shares = ("browserSession", "mobileAppSession", "session", "browserPageViews", "mobileAppPageViews", "pageViews")
    return {
        f"{sales}.orderedProductSalesB2B.currencyCode": _SAME_CURRENCY,
        f"{traffic}.browserPageViewsB2B": _SPLIT,
        f"{traffic}.mobileAppPageViewsB2B": _SPLIT,
        f"{traffic}.browserSessionsB2B": _SPLIT,
        f"{traffic}.mobileAppSessionsB2B": _SPLIT,
        f"{traffic}.buyBoxPercentageB2B": _SPLIT,
        f"{traffic}.unitSessionPercentageB2B": _DERIVED,
        **{f"{traffic}.{name}Percentage{business}": _DERIVED for name in shares for business in ("", "B2B")},
    }


LEFT_OUT: Mapping[str, str] = {
    f"{_SALES}.orderedProductSalesB2B.currencyCode": _SAME_CURRENCY,
    f"{_SALES}.claimsAmount.currencyCode": _SAME_CURRENCY,
    f"{_SALES}.shippedProductSales.currencyCode": _SAME_CURRENCY,
    f"{_SALES}.averageSalesPerOrderItem.amount": _DERIVED,
    f"{_SALES}.averageSalesPerOrderItem.currencyCode": _DERIVED,
    f"{_SALES}.averageSalesPerOrderItemB2B.amount": _DERIVED,
    f"{_SALES}.averageSalesPerOrderItemB2B.currencyCode": _DERIVED,
    f"{_SALES}.averageUnitsPerOrderItem": _DERIVED,
    f"{_SALES}.averageUnitsPerOrderItemB2B": _DERIVED,
    f"{_SALES}.averageSellingPrice.amount": _DERIVED,
    f"{_SALES}.averageSellingPrice.currencyCode": _DERIVED,
    f"{_SALES}.averageSellingPriceB2B.amount": _DERIVED,
    f"{_SALES}.averageSellingPriceB2B.currencyCode": _DERIVED,
    f"{_SALES}.refundRate": _DERIVED,
    f"{_TRAFFIC}.browserPageViewsB2B": _SPLIT,
    f"{_TRAFFIC}.mobileAppPageViewsB2B": _SPLIT,
    f"{_TRAFFIC}.browserSessionsB2B": _SPLIT,
    f"{_TRAFFIC}.mobileAppSessionsB2B": _SPLIT,
    f"{_TRAFFIC}.buyBoxPercentageB2B": _SPLIT,
    f"{_TRAFFIC}.orderItemSessionPercentage": _DERIVED,
    f"{_TRAFFIC}.orderItemSessionPercentageB2B": _DERIVED,
    f"{_TRAFFIC}.unitSessionPercentageB2B": _DERIVED,
    f"{_TRAFFIC}.receivedNegativeFeedbackRate": _DERIVED,
    **product_left_out(_ASIN_SALES, _ASIN_TRAFFIC),
}


@dataclass(frozen=True, slots=True)
class _Specification:
    """What was asked for, as the document repeats it."""

    days: Days
    asin_granularity: str


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a sales-and-traffic document of day granularity."""
    decoded = decode(read_bytes(data), context)
    if not decoded.utf8.strip():
        return nothing(decoded, (SALES_TRAFFIC_DAY, SALES_TRAFFIC_ASIN_DAY))
    document = load_object(decoded, context)
    specification = _specification(document, context)
    days = _read(document, SALES_TRAFFIC_DAY, context)
    products = list_of(document, SALES_TRAFFIC_ASIN_DAY, context)
    note = _why_without_products(specification.days, days.facts.columns, len(products))
    if note:
        return assemble(decoded, {SALES_TRAFFIC_DAY: days}, left_out=LEFT_OUT, notes=(note,))
    dated = _dated(_read(document, SALES_TRAFFIC_ASIN_DAY, context), specification)
    return assemble(decoded, {SALES_TRAFFIC_DAY: days, SALES_TRAFFIC_ASIN_DAY: dated}, left_out=LEFT_OUT)


def _read(document: Mapping[str, Any], table: FactTable, context: DocumentContext) -> Records:
    return read_records(list_of(document, table, context), context, table=table)


def _why_without_products(days: Days, facts: pa.Table, count: int) -> str:
    """Return why the by-product list cannot be kept, or the empty string when it can.

    An empty list beside a day with sales or visits is a list Amazon has not filled yet; it must not empty the warehouse.
    """
    if len(days) > 1:
        return f"by_asin_left_out: {count} records added up over {days} have no day"
    activity = (pc.sum(facts.column(name)).as_py() or 0 for name in ("units_ordered", "page_views", "sessions"))
    if count == 0 and any(activity):
        return f"by_asin_late: the list is empty although {days} had sales or visits"
    return ""


def _dated(products: Records, specification: _Specification) -> Records:
    """Give each product the day, the granularity and the name of what it is a number of."""
    facts = products.facts.columns
    return products.with_columns(
        {
            "sold_on": constant(facts, specification.days.first, pa.date32()),
            "asin_granularity": constant(facts, specification.asin_granularity, pa.string()),
            "item": facts.column(_ITEM_COLUMNS[specification.asin_granularity]),
        }
    )


def _specification(document: Mapping[str, Any], context: DocumentContext) -> _Specification:
    """Return the days and granularity the document was made for.

    Raises:
        DocumentError: it says neither, or is of another marketplace, or its periods are not days.
    """
    try:
        specification = document["reportSpecification"]
        options = specification["reportOptions"]
        first, last = (date.fromisoformat(specification[name][:10]) for name in ("dataStartTime", "dataEndTime"))
        found = _Specification(Days(first, last), str(options.get("asinGranularity", "PARENT")))
        marketplaces = list(specification["marketplaceIds"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refused(f"The document does not say what was asked for: {error!r}", context) from error
    if options.get("dateGranularity", "DAY") != "DAY" or found.asin_granularity not in _ITEM_COLUMNS:
        raise _refused(f"The document's granularity is {options}, not DAY by {', '.join(_ITEM_COLUMNS)}", context)
    if context.marketplace.id not in marketplaces:
        raise _refused(f"The document is of the marketplaces {marketplaces}", context)
    return found


def _refused(what: str, context: DocumentContext) -> DocumentError:
    return DocumentError(
        what,
        where=f"sales_traffic, {context.marketplace.code} ({context.marketplace.id})",
        remedy="Check that the document is filed under the request it was made for, and ask for the report again",
    )


REPORT = Report(
    name="sales_traffic",
    amazon_type="GET_SALES_AND_TRAFFIC_REPORT",
    title="Sales and traffic by day and by product",
    content=Content.JSON,
    tables=(SALES_TRAFFIC_DAY, SALES_TRAFFIC_ASIN_DAY),
    left_out=LEFT_OUT,
    parse=parse,
)
