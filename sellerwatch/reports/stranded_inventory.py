"""Stranded inventory: stock at Amazon that nobody can buy because its listing is gone, blocked or broken.

An empty document is good news: nothing is stranded. It carries no date and no currency; both come from its context.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa

from sellerwatch.core.periods import local_day
from sellerwatch.reports.computed import constant
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.day_spellings import from_instant
from sellerwatch.reports.document import DocumentContext, Parsed
from sellerwatch.reports.flatfile import Format
from sellerwatch.reports.localfile import read_local_file


@dataclass(frozen=True, slots=True)
class StrandedStock:
    """One SKU's stock that cannot be sold, on one day."""

    snapshot_on: date
    sku: str
    fnsku: str
    asin: str | None
    product_name: str | None
    condition: str | None
    fulfilled_by: str | None
    stranded_since_on: date | None
    auto_removal_on: date | None
    stranded_reason: str | None
    primary_action: str | None
    primary_status: str | None
    secondary_status: str | None
    error_message: str | None
    currency: str | None
    your_price_amount: Decimal | None
    sellable_units: int | None
    unsellable_units: int | None
    reserved_units: int | None
    inbound_shipped_units: int | None


COLUMNS = (
    Column("snapshot_on", "", Kind.DAY, "The marketplace's local day on which Amazon made the report; computed."),
    Column("sku", "sku", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column("fnsku", "fnsku", Kind.TEXT, "Amazon's id of the seller's stock of the product.", required=True),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("product_name", "product-name", Kind.TEXT, "The listing's title."),
    Column("condition", "condition", Kind.TEXT, "New, or a used or refurbished grade."),
    Column("fulfilled_by", "fulfilled-by", Kind.TEXT, "Who ships, as Amazon writes it."),
    Column("stranded_since_on", "date-stranded", Kind.DAY, "Day since which the stock cannot be sold."),
    Column("auto_removal_on", "Date-to-take-auto-removal", Kind.DAY, "Day on which Amazon removes the stock unasked."),
    Column(
        "stranded_reason",
        "stranded-reason",
        Kind.TEXT,
        "Why the stock cannot be sold, as a code or words of Amazon's.",
        required=True,
    ),
    Column("primary_action", "primary-action", Kind.TEXT, "What Amazon proposes, such as Relist."),
    Column("primary_status", "status-primary", Kind.TEXT, "State of the listing."),
    Column("secondary_status", "status-secondary", Kind.TEXT, "State of the listing in more detail."),
    Column("error_message", "error-message", Kind.TEXT, "Amazon's message about the listing."),
    Column("currency", "", Kind.TEXT, "The marketplace's currency; computed, the report names none."),
    Column("your_price_amount", "your-price", Kind.MONEY, "The seller's price of one unit."),
    Column("sellable_units", "fulfillable-qty", Kind.INTEGER, "Units fit to be sold if they had a listing.", required=True),
    Column(
        "unsellable_units", "unfulfillable-qty", Kind.INTEGER, "Units that are damaged, expired or defective.", required=True
    ),
    Column(
        "reserved_units", "reserved-quantity", Kind.INTEGER, "Units held for orders, transfers or processing.", required=True
    ),
    Column("inbound_shipped_units", "inbound-shipped-qty", Kind.INTEGER, "Units on the way to Amazon."),
)

STRANDED_INVENTORY = FactTable(
    name="stranded_inventory",
    columns=COLUMNS,
    key=("snapshot_on", "sku", "fnsku"),
    replace=Replace.SNAPSHOT,
    scope="snapshot_on",
    row=StrandedStock,
    title="One SKU's stranded stock on one day",
)

LEFT_OUT: Mapping[str, str] = {"program": "no metric needs it"}

_FORM = Format(respell=dict.fromkeys(("stranded_since_on", "auto_removal_on"), from_instant))


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a stranded inventory document."""
    return read_local_file(data, context, table=STRANDED_INVENTORY, left_out=LEFT_OUT, compute=_compute, form=_FORM)


def _compute(facts: pa.Table, context: DocumentContext) -> dict[str, pa.Array]:
    snapshot_on = local_day(context.observed_at, context.marketplace.zone)
    return {
        "snapshot_on": constant(facts, snapshot_on, pa.date32()),
        "currency": constant(facts, context.marketplace.currency, pa.string()),
    }


REPORT = Report(
    name="stranded_inventory",
    amazon_type="GET_STRANDED_INVENTORY_UI_DATA",
    title="Stranded FBA inventory",
    content=Content.TSV,
    tables=(STRANDED_INVENTORY,),
    left_out=LEFT_OUT,
    parse=parse,
    is_sparse=True,
)
