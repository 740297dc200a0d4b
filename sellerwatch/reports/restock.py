"""Restock recommendations: how long each SKU's stock lasts by Amazon's forecast, and what Amazon advises to send and when.

The document carries no date: its day is the one on which Amazon made it. New SKUs have no days of supply: blank, not zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.core.periods import local_day
from sellerwatch.reports.computed import constant
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, Parsed
from sellerwatch.reports.flatfile import Format
from sellerwatch.reports.localfile import read_local_file


@dataclass(frozen=True, slots=True)
class RestockAdvice:
    """Amazon's restock advice for one SKU in one country on one day."""

    snapshot_on: date
    country: str
    sku: str
    fnsku: str | None
    asin: str | None
    product_name: str | None
    condition: str | None
    fulfilled_by: str | None
    currency: str | None
    price_amount: Decimal | None
    sold_30d_amount: Decimal | None
    sold_30d_units: int | None
    total_units: int | None
    inbound_units: int | None
    available_units: int | None
    fc_transfer_units: int | None
    fc_processing_units: int | None
    customer_order_units: int | None
    unsellable_units: int | None
    inbound_working_units: int | None
    inbound_shipped_units: int | None
    inbound_receiving_units: int | None
    total_supply_days: Decimal | None
    supply_days: Decimal | None
    alert: str | None
    recommended_units: int | None
    recommended_ship_text: str | None
    recommended_action: str | None


COLUMNS = (
    Column("snapshot_on", "", Kind.DAY, "The marketplace's local day on which Amazon made the report; computed."),
    Column(
        "country",
        "Country",
        Kind.TEXT,
        "Country the row is about, as Amazon writes it; a European document names several.",
        required=True,
    ),
    Column("sku", "Merchant SKU", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column("fnsku", "FNSKU", Kind.TEXT, "Amazon's id of the seller's stock of the product."),
    Column("asin", "ASIN", Kind.TEXT, "Amazon's product id.", required=True),
    Column("product_name", "Product Name", Kind.TEXT, "The listing's title."),
    Column("condition", "Condition", Kind.TEXT, "New, or a used or refurbished grade."),
    Column("fulfilled_by", "Fulfilled by", Kind.TEXT, "Who ships: Amazon or the seller."),
    Column("currency", "Currency code", Kind.TEXT, "Currency of all amounts.", required=True),
    Column("price_amount", "Price", Kind.MONEY, "The seller's price of one unit."),
    Column("sold_30d_amount", "Sales last 30 days", Kind.MONEY, "Sales of the last 30 days."),
    Column("sold_30d_units", "Units Sold Last 30 Days", Kind.INTEGER, "Units sold in the last 30 days.", required=True),
    Column("total_units", "Total Units", Kind.INTEGER, "Units at Amazon or on the way.", required=True),
    Column("inbound_units", "Inbound", Kind.INTEGER, "Units on the way: working, shipped and receiving."),
    Column("available_units", "Available", Kind.INTEGER, "Units Amazon can sell now.", required=True),
    Column("fc_transfer_units", "FC transfer", Kind.INTEGER, "Units between warehouses."),
    Column("fc_processing_units", "FC Processing", Kind.INTEGER, "Units being processed in a warehouse."),
    Column("customer_order_units", "Customer Order", Kind.INTEGER, "Units reserved for orders."),
    Column("unsellable_units", "Unfulfillable", Kind.INTEGER, "Units that are damaged, expired or defective."),
    Column(
        "inbound_working_units",
        "Working",
        Kind.INTEGER,
        "Units of shipments that are announced but not sent: a plan, not stock.",
    ),
    Column("inbound_shipped_units", "Shipped", Kind.INTEGER, "Units handed to a carrier."),
    Column("inbound_receiving_units", "Receiving", Kind.INTEGER, "Units arriving at a warehouse."),
    Column(
        "total_supply_days",
        "Total Days of Supply (including units from open shipments)",
        Kind.DECIMAL,
        "Days the stock lasts with what is on the way; 365 stands for 365 or more.",
        also=("Total Days of Supply",),
    ),
    Column(
        "supply_days",
        "Days of Supply at Amazon Fulfillment Network",
        Kind.DECIMAL,
        "Days the stock at Amazon lasts; 365 stands for 365 or more.",
        required=True,
    ),
    Column("alert", "Alert", Kind.TEXT, "Amazon's alert, such as out_of_stock; blank when there is none.", required=True),
    Column("recommended_units", "Recommended replenishment qty", Kind.INTEGER, "Units Amazon advises to send.", required=True),
    Column(
        "recommended_ship_text",
        "Recommended ship date",
        Kind.TEXT,
        "When Amazon advises to send them, or none; its form differs by country.",
    ),
    Column("recommended_action", "Recommended action", Kind.TEXT, "What Amazon advises, in words."),
)

RESTOCK = FactTable(
    name="restock",
    columns=COLUMNS,
    key=("snapshot_on", "country", "sku"),
    replace=Replace.SNAPSHOT,
    scope="snapshot_on",
    row=RestockAdvice,
    title="Amazon's restock advice for one SKU in one country on one day",
)

_UNUSED = "no metric needs it"
LEFT_OUT: Mapping[str, str] = {
    "Supplier": "typed in by the seller; suppliers are configured here",
    "Supplier part no.": "typed in by the seller; suppliers are configured here",
    "Unit storage size": _UNUSED,
}


def _without_plus(words: pa.Array, _context: DocumentContext) -> pa.Array:
    """Return ``365`` for ``365+``, where Amazon stops counting."""
    return pc.replace_substring_regex(words, r"^\s*(\d+)\+\s*$", r"\1")


_FORM = Format(respell={"total_supply_days": _without_plus, "supply_days": _without_plus})


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a restock recommendations document."""
    return read_local_file(data, context, table=RESTOCK, left_out=LEFT_OUT, compute=_compute, form=_FORM)


def _compute(facts: pa.Table, context: DocumentContext) -> dict[str, pa.Array]:
    snapshot_on = local_day(context.observed_at, context.marketplace.zone)
    return {"snapshot_on": constant(facts, snapshot_on, pa.date32())}


REPORT = Report(
    name="restock",
    amazon_type="GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT",
    title="Restock recommendations",
    content=Content.TSV,
    tables=(RESTOCK,),
    left_out=LEFT_OUT,
    parse=parse,
)
