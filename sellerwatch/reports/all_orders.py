"""All orders by last update: one row per line of an order, with what it was sold for and what has become of it.

The report has no id for an order line, so equal lines are real and are told apart by their place in the document; and it
always holds a changed order whole, so a newer document replaces every row of the orders it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from sellerwatch.reports.belonging import other_marketplaces
from sellerwatch.reports.computed import ORDINAL, local_days
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.flatfile import FlatFile


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order, as the newest document tells it."""

    amazon_order_id: str
    merchant_order_id: str | None
    purchased_at_utc: datetime | None
    last_updated_at_utc: datetime | None
    purchased_on: date | None
    order_status: str | None
    item_status: str | None
    fulfillment_channel: str | None
    sales_channel: str | None
    sku: str
    asin: str | None
    quantity: int | None
    currency: str | None
    item_price_amount: Decimal | None
    item_tax_amount: Decimal | None
    shipping_price_amount: Decimal | None
    item_promotion_discount_amount: Decimal | None
    ship_promotion_discount_amount: Decimal | None
    ship_country: str | None
    is_business_order: bool | None
    promotion_ids: str | None
    ordinal: int


COLUMNS = (
    Column("amazon_order_id", "amazon-order-id", Kind.TEXT, "Amazon's id of the order.", required=True),
    Column("merchant_order_id", "merchant-order-id", Kind.TEXT, "The seller's own id; used by multi-channel orders."),
    Column("purchased_at_utc", "purchase-date", Kind.INSTANT, "When the order was placed.", required=True),
    Column("last_updated_at_utc", "last-updated-date", Kind.INSTANT, "When Amazon last changed the order.", required=True),
    Column("purchased_on", "", Kind.DAY, "The marketplace's local day of the purchase; computed."),
    Column(
        "order_status",
        "order-status",
        Kind.TEXT,
        "Pending, Shipping, Shipped, Cancelled, or a word of Amazon's.",
        required=True,
    ),
    Column("item_status", "item-status", Kind.TEXT, "The line's own status; Unshipped is seen here only.", required=True),
    Column("fulfillment_channel", "fulfillment-channel", Kind.TEXT, "Who ships: Amazon or Merchant.", required=True),
    Column(
        "sales_channel", "sales-channel", Kind.TEXT, "Where it was sold; Non-Amazon is a multi-channel order.", required=True
    ),
    Column("sku", "sku", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("quantity", "quantity", Kind.INTEGER, "Units on the line; 0 once cancelled.", required=True),
    Column("currency", "currency", Kind.TEXT, "Currency of all amounts; blank while the order is pending.", required=True),
    Column(
        "item_price_amount",
        "item-price",
        Kind.MONEY,
        "Price of the whole line, not of a unit; blank while pending.",
        required=True,
    ),
    Column("item_tax_amount", "item-tax", Kind.MONEY, "Tax on the line's price."),
    Column("shipping_price_amount", "shipping-price", Kind.MONEY, "Shipping the buyer paid for the line."),
    Column(
        "item_promotion_discount_amount",
        "item-promotion-discount",
        Kind.MONEY,
        "Discount on the line's price; not yet taken off item_price_amount.",
        required=True,
    ),
    Column("ship_promotion_discount_amount", "ship-promotion-discount", Kind.MONEY, "Discount on the line's shipping."),
    Column("ship_country", "ship-country", Kind.TEXT, "Two-letter country the line goes to."),
    Column("is_business_order", "is-business-order", Kind.FLAG, "Whether an Amazon Business customer bought it."),
    Column("promotion_ids", "promotion-ids", Kind.TEXT, "Names of the promotions applied, as Amazon lists them."),
    Column(ORDINAL, "", Kind.INTEGER, "Place among the document's lines of the same order and SKU, from 1; computed."),
)

ORDER_LINE = FactTable(
    name="order_line",
    columns=COLUMNS,
    key=("amazon_order_id", "sku", ORDINAL),
    replace=Replace.BY_ORDER,
    scope="amazon_order_id",
    row=OrderLine,
    title="One line of an order",
)

_UNUSED = "no metric needs it"
_PERSONAL = "tells where or who the buyer is"
LEFT_OUT: Mapping[str, str] = {
    "order-channel": _UNUSED,
    "url": _UNUSED,
    "ship-service-level": _UNUSED,
    "product-name": "the inventory reports name products",
    "shipping-tax": _UNUSED,
    "gift-wrap-price": _UNUSED,
    "gift-wrap-tax": _UNUSED,
    "ship-city": _PERSONAL,
    "ship-state": _PERSONAL,
    "ship-postal-code": _PERSONAL,
    "cpf": _PERSONAL,
    "purchase-order-number": _PERSONAL,
    "price-designation": _UNUSED,
    "signature-confirmation-recommended": _UNUSED,
}


def _compute(facts: pa.Table, context: DocumentContext) -> dict[str, pa.Array]:
    return {"purchased_on": local_days(facts.column("purchased_at_utc"), context.marketplace.zone)}


FILE = FlatFile(ORDER_LINE, LEFT_OUT, _compute, belongs_to=other_marketplaces("sales_channel"))
"""How its documents are read."""

REPORT = Report(
    name="all_orders",
    amazon_type="GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
    title="All orders by last update",
    content=Content.TSV,
    tables=(ORDER_LINE,),
    left_out=LEFT_OUT,
    parse=FILE.parse,
    stream=FILE.stream,
)
