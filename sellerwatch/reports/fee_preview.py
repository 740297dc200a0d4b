"""FBA fee preview: what Amazon expects to charge for one unit of each SKU, from the size it has measured.

In Europe a SKU stands there once per store, and some layouts do not name the store: the place among the SKU's lines tells
them apart. ``--`` stands for what Amazon has not worked out, and is null, never zero. The report carries no date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa

from sellerwatch.core.periods import local_day
from sellerwatch.reports.computed import ORDINAL, constant, ordinals
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, Parsed
from sellerwatch.reports.localfile import absent_texts, read_local_file


@dataclass(frozen=True, slots=True)
class FeePreviewItem:
    """The fees expected for one unit of a SKU, on one day."""

    snapshot_on: date
    amazon_store: str | None
    sku: str
    fnsku: str | None
    asin: str | None
    product_name: str | None
    product_group: str | None
    brand: str | None
    fulfilled_by: str | None
    local_inventory: str | None
    your_price_amount: Decimal | None
    sales_price_amount: Decimal | None
    longest_side: Decimal | None
    median_side: Decimal | None
    shortest_side: Decimal | None
    length_and_girth: Decimal | None
    dimension_unit: str | None
    package_weight: Decimal | None
    weight_unit: str | None
    product_size_tier: str | None
    product_size_weight_band: str | None
    currency: str | None
    fee_total_amount: Decimal | None
    referral_fee_amount: Decimal | None
    variable_closing_fee_amount: Decimal | None
    order_handling_fee_amount: Decimal | None
    pick_pack_fee_amount: Decimal | None
    weight_handling_fee_amount: Decimal | None
    fulfillment_fee_amount: Decimal | None
    domestic_fulfillment_fee_amount: Decimal | None
    efn_fulfillment_fee_uk_amount: Decimal | None
    efn_fulfillment_fee_de_amount: Decimal | None
    efn_fulfillment_fee_fr_amount: Decimal | None
    efn_fulfillment_fee_it_amount: Decimal | None
    efn_fulfillment_fee_es_amount: Decimal | None
    efn_fulfillment_fee_se_amount: Decimal | None
    future_fee_amount: Decimal | None
    future_order_handling_fee_amount: Decimal | None
    future_pick_pack_fee_amount: Decimal | None
    future_weight_handling_fee_amount: Decimal | None
    future_fulfillment_fee_amount: Decimal | None
    ordinal: int


COLUMNS = (
    Column("snapshot_on", "", Kind.DAY, "The marketplace's local day on which Amazon made the report; computed."),
    Column("amazon_store", "amazon-store", Kind.TEXT, "The Amazon store the fees are for; not in every layout."),
    Column("sku", "sku", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column("fnsku", "fnsku", Kind.TEXT, "Amazon's id of the seller's stock of the product."),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("product_name", "product-name", Kind.TEXT, "The listing's title."),
    Column("product_group", "product-group", Kind.TEXT, "Amazon's product group, which sets the referral fee."),
    Column("brand", "brand", Kind.TEXT, "The brand of the listing."),
    Column("fulfilled_by", "fulfilled-by", Kind.TEXT, "Who ships."),
    Column(
        "local_inventory",
        "has-local-inventory",
        Kind.TEXT,
        "Whether stock lies in the store's country, in Amazon's word; Europe.",
    ),
    Column("your_price_amount", "your-price", Kind.MONEY, "The seller's price of one unit."),
    Column(
        "sales_price_amount",
        "sales-price",
        Kind.MONEY,
        "The price after a sale's discount; the fees are estimated on it where it is set.",
    ),
    Column("longest_side", "longest-side", Kind.DECIMAL, "Longest side of the packed unit, in dimension_unit."),
    Column("median_side", "median-side", Kind.DECIMAL, "Middle side of the packed unit, in dimension_unit."),
    Column("shortest_side", "shortest-side", Kind.DECIMAL, "Shortest side of the packed unit, in dimension_unit."),
    Column("length_and_girth", "length-and-girth", Kind.DECIMAL, "Length and girth of the packed unit, in dimension_unit."),
    Column("dimension_unit", "unit-of-dimension", Kind.TEXT, "Unit of the sides."),
    Column("package_weight", "item-package-weight", Kind.DECIMAL, "Weight of the packed unit, in weight_unit."),
    Column("weight_unit", "unit-of-weight", Kind.TEXT, "Unit of the weight."),
    Column(
        "product_size_tier", "product-size-tier", Kind.TEXT, "Size class that sets the fulfilment fee; North America and Japan."
    ),
    Column(
        "product_size_weight_band",
        "product-size-weight-band",
        Kind.TEXT,
        "Size and weight class that sets the fulfilment fee; Europe.",
    ),
    Column("currency", "currency", Kind.TEXT, "Currency of all amounts.", required=True),
    Column("fee_total_amount", "estimated-fee-total", Kind.MONEY, "All fees Amazon expects to charge for one unit."),
    Column("referral_fee_amount", "estimated-referral-fee-per-unit", Kind.MONEY, "Referral fee of one unit."),
    Column("variable_closing_fee_amount", "estimated-variable-closing-fee", Kind.MONEY, "Variable closing fee of one unit."),
    Column("order_handling_fee_amount", "estimated-order-handling-fee-per-order", Kind.MONEY, "Handling fee of one order."),
    Column("pick_pack_fee_amount", "estimated-pick-pack-fee-per-unit", Kind.MONEY, "Pick and pack fee of one unit."),
    Column(
        "weight_handling_fee_amount", "estimated-weight-handling-fee-per-unit", Kind.MONEY, "Weight handling fee of one unit."
    ),
    Column(
        "fulfillment_fee_amount",
        "expected-fulfillment-fee-per-unit",
        Kind.MONEY,
        "Fulfilment fee of one unit, with all its parts.",
    ),
    Column(
        "domestic_fulfillment_fee_amount",
        "expected-domestic-fulfilment-fee-per-unit",
        Kind.MONEY,
        "Fulfilment fee of one unit within the country; Europe.",
    ),
    Column(
        "efn_fulfillment_fee_uk_amount",
        "expected-efn-fulfilment-fee-per-unit-uk",
        Kind.MONEY,
        "Fulfilment fee of one unit sent across the border to the United Kingdom.",
    ),
    Column(
        "efn_fulfillment_fee_de_amount",
        "expected-efn-fulfilment-fee-per-unit-de",
        Kind.MONEY,
        "Fulfilment fee of one unit sent across the border to Germany.",
    ),
    Column(
        "efn_fulfillment_fee_fr_amount",
        "expected-efn-fulfilment-fee-per-unit-fr",
        Kind.MONEY,
        "Fulfilment fee of one unit sent across the border to France.",
    ),
    Column(
        "efn_fulfillment_fee_it_amount",
        "expected-efn-fulfilment-fee-per-unit-it",
        Kind.MONEY,
        "Fulfilment fee of one unit sent across the border to Italy.",
    ),
    Column(
        "efn_fulfillment_fee_es_amount",
        "expected-efn-fulfilment-fee-per-unit-es",
        Kind.MONEY,
        "Fulfilment fee of one unit sent across the border to Spain.",
    ),
    Column(
        "efn_fulfillment_fee_se_amount",
        "expected-efn-fulfilment-fee-per-unit-se",
        Kind.MONEY,
        "Fulfilment fee of one unit sent across the border to Sweden.",
    ),
    Column(
        "future_fee_amount",
        "estimated-future-fee (Current Selling on Amazon + Future Fulfillment fees)",
        Kind.MONEY,
        "All fees expected once announced changes apply.",
        also=("estimated-future-fee",),
    ),
    Column(
        "future_order_handling_fee_amount",
        "estimated-future-order-handling-fee-per-order",
        Kind.MONEY,
        "Announced handling fee of one order.",
    ),
    Column(
        "future_pick_pack_fee_amount",
        "estimated-future-pick-pack-fee-per-unit",
        Kind.MONEY,
        "Announced pick and pack fee of one unit.",
    ),
    Column(
        "future_weight_handling_fee_amount",
        "estimated-future-weight-handling-fee-per-unit",
        Kind.MONEY,
        "Announced weight handling fee of one unit.",
    ),
    Column(
        "future_fulfillment_fee_amount",
        "expected-future-fulfillment-fee-per-unit",
        Kind.MONEY,
        "Announced fulfilment fee of one unit.",
    ),
    Column(ORDINAL, "", Kind.INTEGER, "Place among the document's lines of the same SKU, from 1; computed."),
)

FEE_PREVIEW = FactTable(
    name="fee_preview",
    columns=COLUMNS,
    key=("snapshot_on", "sku", ORDINAL),
    replace=Replace.SNAPSHOT,
    scope="snapshot_on",
    row=FeePreviewItem,
    title="The fees expected for one unit of a SKU, on one day",
)

LEFT_OUT: Mapping[str, str] = {}

_FORM = absent_texts(FEE_PREVIEW)


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a fee preview document."""
    return read_local_file(data, context, table=FEE_PREVIEW, left_out=LEFT_OUT, compute=_compute, form=_FORM)


def _compute(facts: pa.Table, context: DocumentContext) -> dict[str, pa.Array]:
    snapshot_on = local_day(context.observed_at, context.marketplace.zone)
    return {"snapshot_on": constant(facts, snapshot_on, pa.date32()), ORDINAL: ordinals(facts, ("sku",))}


REPORT = Report(
    name="fee_preview",
    amazon_type="GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA",
    title="FBA fee preview",
    content=Content.TSV,
    tables=(FEE_PREVIEW,),
    left_out=LEFT_OUT,
    parse=parse,
)
