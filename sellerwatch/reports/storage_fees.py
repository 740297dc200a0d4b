"""FBA storage fees of a month: what each product's stock cost in each warehouse.

The layout changed: newer accounts have a base rate and a surcharge for stock that lies long in place of one rate, and a SKU
in place of an ASIN. A product stands there once per warehouse, but nothing promises it: the place among its lines keeps
every line, since a line lost is money lost. A newer document replaces the months it speaks of, and no other: asked too soon,
Amazon sends an empty one, which says nothing about the month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.computed import ORDINAL, ordinals
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, Parsed
from sellerwatch.reports.localfile import absent_texts, read_local_file


@dataclass(frozen=True, slots=True)
class StorageFee:
    """What one product's stock in one warehouse cost in one month."""

    charged_month_on: date
    fnsku: str
    asin: str | None
    sku: str | None
    product_name: str | None
    fulfillment_center: str | None
    country_code: str | None
    longest_side: Decimal | None
    median_side: Decimal | None
    shortest_side: Decimal | None
    dimension_unit: str | None
    weight: Decimal | None
    weight_unit: str | None
    item_volume: Decimal | None
    volume_unit: str | None
    product_size_tier: str | None
    average_on_hand_units: Decimal | None
    average_pending_removal_units: Decimal | None
    average_customer_order_units: Decimal | None
    charged_volume: Decimal | None
    storage_rate_amount: Decimal | None
    utilization_ratio: str | None
    utilization_ratio_unit: str | None
    base_rate_amount: Decimal | None
    utilization_surcharge_rate_amount: Decimal | None
    average_surcharged_units: Decimal | None
    surcharged_volume: Decimal | None
    base_fee_amount: Decimal | None
    utilization_surcharge_amount: Decimal | None
    currency: str | None
    storage_fee_amount: Decimal | None
    dangerous_goods_storage_type: str | None
    discount_eligibility: str | None
    discount_qualification: str | None
    incentive_amount: Decimal | None
    incentive_breakdown: str | None
    ordinal: int


COLUMNS = (
    Column("charged_month_on", "month_of_charge", Kind.DAY, "First day of the month the fee is for.", required=True),
    Column("fnsku", "fnsku", Kind.TEXT, "Amazon's id of the seller's stock of the product.", required=True),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id; not in the newer layout."),
    Column("sku", "sku", Kind.TEXT, "The seller's SKU; in the newer layout only."),
    Column("product_name", "product_name", Kind.TEXT, "The listing's title."),
    Column("fulfillment_center", "fulfillment_center", Kind.TEXT, "Amazon's code of the warehouse."),
    Column("country_code", "country_code", Kind.TEXT, "Country of the warehouse, as Amazon writes it."),
    Column("longest_side", "longest_side", Kind.DECIMAL, "Longest side of a unit, in dimension_unit."),
    Column("median_side", "median_side", Kind.DECIMAL, "Middle side of a unit, in dimension_unit."),
    Column("shortest_side", "shortest_side", Kind.DECIMAL, "Shortest side of a unit, in dimension_unit."),
    Column("dimension_unit", "measurement_units", Kind.TEXT, "Unit of the sides."),
    Column("weight", "weight", Kind.DECIMAL, "Weight of a unit, in weight_unit."),
    Column("weight_unit", "weight_units", Kind.TEXT, "Unit of the weight."),
    Column("item_volume", "item_volume", Kind.DECIMAL, "Volume of a unit, in volume_unit."),
    Column("volume_unit", "volume_units", Kind.TEXT, "Unit of the volumes."),
    Column("product_size_tier", "product_size_tier", Kind.TEXT, "Size class that sets the rate."),
    Column("average_on_hand_units", "average_quantity_on_hand", Kind.DECIMAL, "Units stored, on the month's average."),
    Column(
        "average_pending_removal_units",
        "average_quantity_pending_removal",
        Kind.DECIMAL,
        "Units waiting to be removed, on average; not charged.",
    ),
    Column(
        "average_customer_order_units",
        "average_quantity_customer_orders",
        Kind.DECIMAL,
        "Units reserved for orders, on average.",
    ),
    Column("charged_volume", "estimated_total_item_volume", Kind.DECIMAL, "Volume the fee is charged for, in volume_unit."),
    Column("storage_rate_amount", "storage_rate", Kind.MONEY, "Fee per unit of volume and month; the older layout."),
    Column(
        "utilization_ratio",
        "storage_utilization_ratio",
        Kind.TEXT,
        "Weeks of sales in stock, as Amazon writes it; the newer layout.",
    ),
    Column("utilization_ratio_unit", "storage_utilization_ratio_units", Kind.TEXT, "Unit of the utilization ratio."),
    Column("base_rate_amount", "base_rate", Kind.MONEY, "Fee per unit of volume before the surcharge; the newer layout."),
    Column(
        "utilization_surcharge_rate_amount",
        "utilization_surcharge_rate",
        Kind.MONEY,
        "Surcharge per unit of volume for stock that lies long.",
    ),
    Column("average_surcharged_units", "avg_qty_for_sus", Kind.DECIMAL, "Units the surcharge is for, on average."),
    Column("surcharged_volume", "est_vol_for_sus", Kind.DECIMAL, "Volume the surcharge is for, in volume_unit."),
    Column("base_fee_amount", "est_base_msf", Kind.MONEY, "The part of the fee that is no surcharge."),
    Column(
        "utilization_surcharge_amount",
        "est_sus",
        Kind.MONEY,
        "The part of the fee that is a surcharge for stock that lies long.",
    ),
    Column("currency", "currency", Kind.TEXT, "Currency of all amounts.", required=True),
    Column(
        "storage_fee_amount",
        "estimated_monthly_storage_fee",
        Kind.MONEY,
        "Storage fee of the month; what is charged in the end stands in the settlement.",
        required=True,
    ),
    Column(
        "dangerous_goods_storage_type", "dangerous_goods_storage_type", Kind.TEXT, "Class of dangerous goods the rate follows."
    ),
    Column(
        "discount_eligibility",
        "eligible_for_inventory_discount",
        Kind.TEXT,
        "Whether a discount could apply, in Amazon's word.",
    ),
    Column(
        "discount_qualification",
        "qualifies_for_inventory_discount",
        Kind.TEXT,
        "Whether the discount applies, in Amazon's word.",
    ),
    Column("incentive_amount", "total_incentive_fee_amount", Kind.MONEY, "Discount granted."),
    Column("incentive_breakdown", "breakdown_incentive_fee_amount", Kind.TEXT, "Parts of the discount, as Amazon writes them."),
    Column(ORDINAL, "", Kind.INTEGER, "Place among the document's lines of the same month and FNSKU, from 1; computed."),
)

STORAGE_FEE = FactTable(
    name="storage_fee",
    columns=COLUMNS,
    key=("charged_month_on", "fnsku", ORDINAL),
    replace=Replace.BY_SCOPE,
    scope="charged_month_on",
    row=StorageFee,
    title="The storage fee of one product in one warehouse and month",
)

LEFT_OUT: Mapping[str, str] = {}


def _first_days(months: pa.Array, _context: DocumentContext) -> pa.Array:
    """Return ``2026-10-01`` for ``2026-10``."""
    bare = pc.utf8_trim_whitespace(months)
    is_month = pc.match_substring_regex(bare, r"^\d{4}-\d{2}$")
    return pc.if_else(is_month, pc.binary_join_element_wise(bare, "01", "-"), months)


_ABSENT = absent_texts(STORAGE_FEE)
_FORM = replace(_ABSENT, respell={**_ABSENT.respell, "charged_month_on": _first_days})


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a storage fee document."""
    return read_local_file(data, context, table=STORAGE_FEE, left_out=LEFT_OUT, compute=_compute, form=_FORM)


def _compute(facts: pa.Table, _context: DocumentContext) -> dict[str, pa.Array]:
    return {ORDINAL: ordinals(facts, ("charged_month_on", "fnsku"))}


REPORT = Report(
    name="storage_fees",
    amazon_type="GET_FBA_STORAGE_FEE_CHARGES_DATA",
    title="FBA storage fees by month",
    content=Content.TSV,
    tables=(STORAGE_FEE,),
    left_out=LEFT_OUT,
    parse=parse,
)
