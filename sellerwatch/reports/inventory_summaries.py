"""FBA stock as the Inventory API answers it, at any hour: the intraday look at what can still be sold.

The document is what the API sent, one page per line. It has the newest stock of every SKU but no price and no listing, so
it stands beside the inventory report of the night and does not replace it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

import pyarrow as pa

from sellerwatch.core.periods import local_day
from sellerwatch.reports.computed import constant
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report, Source
from sellerwatch.reports.document import DocumentContext, Parsed, read_bytes
from sellerwatch.reports.encoding import decode
from sellerwatch.reports.jsonfile import Placed, assemble, load_lines, not_this_report, nothing, placed, read_records
from sellerwatch.reports.specification import misfiled


@dataclass(frozen=True, slots=True)
class InventorySummary:
    """One SKU's stock at the newest look of a day."""

    snapshot_on: date
    sku: str
    asin: str | None
    fnsku: str | None
    condition: str | None
    product_name: str | None
    sellable_units: int | None
    inbound_working_units: int | None
    inbound_shipped_units: int | None
    inbound_receiving_units: int | None
    reserved_units: int | None
    reserved_for_orders_units: int | None
    reserved_in_transfer_units: int | None
    reserved_in_processing_units: int | None
    researching_units: int | None
    unsellable_units: int | None
    total_units: int | None
    last_updated_at_utc: datetime | None


_DETAILS = "inventoryDetails."
_RESERVED = f"{_DETAILS}reservedQuantity."
COLUMNS = (
    Column("snapshot_on", "", Kind.DAY, "The marketplace's local day of the look; computed."),
    Column("sku", "sellerSku", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("fnsku", "fnSku", Kind.TEXT, "Amazon's id of the seller's stock."),
    Column("condition", "condition", Kind.TEXT, "Condition of the offer, such as NewItem."),
    Column("product_name", "productName", Kind.TEXT, "Amazon's name of the product."),
    Column("sellable_units", f"{_DETAILS}fulfillableQuantity", Kind.INTEGER, "Units that can be sold now.", required=True),
    Column("inbound_working_units", f"{_DETAILS}inboundWorkingQuantity", Kind.INTEGER, "Units announced and not yet shipped."),
    Column("inbound_shipped_units", f"{_DETAILS}inboundShippedQuantity", Kind.INTEGER, "Units on their way."),
    Column("inbound_receiving_units", f"{_DETAILS}inboundReceivingQuantity", Kind.INTEGER, "Units arriving at a warehouse."),
    Column("reserved_units", f"{_RESERVED}totalReservedQuantity", Kind.INTEGER, "Units that are there and cannot be sold now."),
    Column(
        "reserved_for_orders_units",
        f"{_RESERVED}pendingCustomerOrderQuantity",
        Kind.INTEGER,
        "Of the reserved units, those sold and not yet shipped.",
    ),
    Column(
        "reserved_in_transfer_units",
        f"{_RESERVED}pendingTransshipmentQuantity",
        Kind.INTEGER,
        "Of the reserved units, those between warehouses.",
    ),
    Column(
        "reserved_in_processing_units",
        f"{_RESERVED}fcProcessingQuantity",
        Kind.INTEGER,
        "Of the reserved units, those being handled in a warehouse.",
    ),
    Column(
        "researching_units",
        f"{_DETAILS}researchingQuantity.totalResearchingQuantity",
        Kind.INTEGER,
        "Units Amazon is looking for.",
    ),
    Column(
        "unsellable_units",
        f"{_DETAILS}unfulfillableQuantity.totalUnfulfillableQuantity",
        Kind.INTEGER,
        "Units that cannot be sold: damaged, defective or expired.",
    ),
    Column("total_units", "totalQuantity", Kind.INTEGER, "Units in warehouses and on their way."),
    Column("last_updated_at_utc", "lastUpdatedTime", Kind.INSTANT, "When Amazon last counted; blank for a SKU without stock."),
)

INVENTORY_SUMMARY = FactTable(
    name="inventory_summary",
    columns=COLUMNS,
    key=("snapshot_on", "sku"),
    replace=Replace.SNAPSHOT,
    scope="snapshot_on",
    row=InventorySummary,
    title="One SKU's FBA stock at the newest look of a day",
    records="payload.inventorySummaries",
)

_PART_OF_TOTAL = "a part of the total that is kept"
LEFT_OUT: Mapping[str, str] = {
    f"{_DETAILS}researchingQuantity.researchingQuantityBreakdown": _PART_OF_TOTAL,
    **{
        f"{_DETAILS}unfulfillableQuantity.{name}Quantity": _PART_OF_TOTAL
        for name in ("customerDamaged", "warehouseDamaged", "distributorDamaged", "carrierDamaged", "defective", "expired")
    },
    "stores": "no metric needs it",
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read the pages of an answer of the Inventory API."""
    decoded = decode(read_bytes(data), context)
    if not decoded.utf8.strip():
        return nothing(decoded, (INVENTORY_SUMMARY,))
    summaries = [item for page in load_lines(decoded, context) for item in _summaries(page, context)]
    records = read_records(placed(summaries), context, table=INVENTORY_SUMMARY)
    facts = records.facts.columns
    computed = records.with_columns(
        {
            "snapshot_on": constant(facts, local_day(context.observed_at, context.marketplace.zone), pa.date32()),
        },
    )
    return assemble(decoded, {INVENTORY_SUMMARY: computed}, left_out=LEFT_OUT)


def _summaries(page: Placed, context: DocumentContext) -> Iterator[Any]:
    """Yield the records of one page.

    Raises:
        DocumentError: the line is no page, or one of another marketplace.
    """
    number, content = page
    payload = content.get("payload") if isinstance(content, dict) else None
    records = payload.get("inventorySummaries") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not isinstance(records, list):
        raise not_this_report(f"Line {number} has no list 'payload.inventorySummaries'", context)
    granularity = payload.get("granularity")
    found = granularity.get("granularityId") if isinstance(granularity, dict) else None
    if found not in {None, context.marketplace.id}:
        raise misfiled(f"Line {number} is of marketplace {found}, not of {context.marketplace.id}", context)
    yield from records


REPORT = Report(
    name="inventory_summaries",
    amazon_type="getInventorySummaries",
    title="FBA stock by the Inventory API",
    content=Content.JSON,
    tables=(INVENTORY_SUMMARY,),
    left_out=LEFT_OUT,
    parse=parse,
    source=Source.INVENTORY,
)
