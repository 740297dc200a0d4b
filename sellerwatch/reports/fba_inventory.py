"""FBA stock of every SKU at one moment: sellable, reserved, unsellable and on its way.

Unlike the planning report it lists SKUs that are out of stock, so it is the source of stock-out alerts. It carries no date
and no currency: both come from the document's context.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa

from sellerwatch.core.periods import local_day
from sellerwatch.reports.computed import constant
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.flatfile import FlatFile


@dataclass(frozen=True, slots=True)
class FbaInventoryItem:
    """One SKU's stock on one day."""

    snapshot_on: date
    sku: str
    fnsku: str | None
    asin: str | None
    product_name: str | None
    condition: str | None
    currency: str | None
    your_price_amount: Decimal | None
    has_mfn_listing: bool | None
    mfn_sellable_units: int | None
    has_afn_listing: bool | None
    warehouse_units: int | None
    sellable_units: int | None
    unsellable_units: int | None
    reserved_units: int | None
    total_units: int | None
    per_unit_volume: Decimal | None
    inbound_working_units: int | None
    inbound_shipped_units: int | None
    inbound_receiving_units: int | None
    researching_units: int | None
    reserved_future_supply_units: int | None
    future_supply_buyable_units: int | None
    store: str | None
    fc_transfer_units: int | None
    onhand_buyable_units: int | None
    sellable_local_units: int | None
    sellable_remote_units: int | None


COLUMNS = (
    Column("snapshot_on", "", Kind.DAY, "The marketplace's local day on which Amazon made the report; computed."),
    Column("sku", "sku", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column("fnsku", "fnsku", Kind.TEXT, "Amazon's id of the seller's stock of the product."),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("product_name", "product-name", Kind.TEXT, "The listing's title."),
    Column("condition", "condition", Kind.TEXT, "New, or a used or refurbished grade."),
    Column("currency", "", Kind.TEXT, "The marketplace's currency; computed, the report names none."),
    Column("your_price_amount", "your-price", Kind.MONEY, "The seller's current price of one unit."),
    Column("has_mfn_listing", "mfn-listing-exists", Kind.FLAG, "Whether a seller-fulfilled offer exists."),
    Column("mfn_sellable_units", "mfn-fulfillable-quantity", Kind.INTEGER, "Units the seller can ship."),
    Column("has_afn_listing", "afn-listing-exists", Kind.FLAG, "Whether an Amazon-fulfilled offer exists."),
    Column("warehouse_units", "afn-warehouse-quantity", Kind.INTEGER, "Units in Amazon's warehouses, of any state."),
    Column("sellable_units", "afn-fulfillable-quantity", Kind.INTEGER, "Units Amazon can pick and ship now.", required=True),
    Column(
        "unsellable_units",
        "afn-unsellable-quantity",
        Kind.INTEGER,
        "Units that are damaged, expired or defective.",
        required=True,
    ),
    Column(
        "reserved_units",
        "afn-reserved-quantity",
        Kind.INTEGER,
        "Units held for orders, transfers or processing.",
        required=True,
    ),
    Column("total_units", "afn-total-quantity", Kind.INTEGER, "Units at Amazon or on the way, of any state.", required=True),
    Column("per_unit_volume", "per-unit-volume", Kind.DECIMAL, "Volume of one unit, in the marketplace's unit."),
    Column(
        "inbound_working_units",
        "afn-inbound-working-quantity",
        Kind.INTEGER,
        "Units of shipments that are announced but not sent: a plan, not stock.",
        required=True,
    ),
    Column("inbound_shipped_units", "afn-inbound-shipped-quantity", Kind.INTEGER, "Units handed to a carrier.", required=True),
    Column(
        "inbound_receiving_units",
        "afn-inbound-receiving-quantity",
        Kind.INTEGER,
        "Units arriving at a warehouse.",
        required=True,
    ),
    Column("researching_units", "afn-researching-quantity", Kind.INTEGER, "Units Amazon is looking for."),
    Column("reserved_future_supply_units", "afn-reserved-future-supply", Kind.INTEGER, "Inbound units already sold."),
    Column("future_supply_buyable_units", "afn-future-supply-buyable", Kind.INTEGER, "Inbound units on sale now."),
    Column("store", "store", Kind.TEXT, "Amazon's name of the store; often blank."),
    Column("fc_transfer_units", "afn-fc-transfer-quantity", Kind.INTEGER, "Units between warehouses; since August 2026."),
    Column("onhand_buyable_units", "afn-onhand-buyable-quantity", Kind.INTEGER, "Units on sale; since August 2026."),
    Column("sellable_local_units", "afn-fulfillable-quantity-local", Kind.INTEGER, "Sellable units in the country."),
    Column("sellable_remote_units", "afn-fulfillable-quantity-remote", Kind.INTEGER, "Sellable units abroad."),
)

FBA_INVENTORY = FactTable(
    name="fba_inventory",
    columns=COLUMNS,
    key=("snapshot_on", "sku"),
    replace=Replace.SNAPSHOT,
    scope="snapshot_on",
    row=FbaInventoryItem,
    title="One SKU's FBA stock on one day",
)

LEFT_OUT: Mapping[str, str] = {}


def _compute(facts: pa.Table, context: DocumentContext) -> dict[str, pa.Array]:
    snapshot_on = local_day(context.observed_at, context.marketplace.zone)
    return {
        "snapshot_on": constant(facts, snapshot_on, pa.date32()),
        "currency": constant(facts, context.marketplace.currency, pa.string()),
    }


_FILE = FlatFile(FBA_INVENTORY, LEFT_OUT, _compute)

REPORT = Report(
    name="fba_inventory",
    amazon_type="GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA",
    title="FBA stock of every unsuppressed SKU",
    content=Content.TSV,
    tables=(FBA_INVENTORY,),
    left_out=LEFT_OUT,
    parse=_FILE.parse,
    stream=_FILE.stream,
)
