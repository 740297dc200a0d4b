"""Seller economics from Data Kiosk: sales, every fee and every advertising charge of each SKU, day by day.

It is the nearest Amazon comes to net margin by product. Charges are positive amounts that proceeds are reduced by; what a
seller typed in as cost is repeated by Amazon and is only as good as that. Days are the marketplace's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from sellerwatch.reports.computed import ORDINAL, ordinals
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report, Source
from sellerwatch.reports.document import DocumentContext, Parsed, read_bytes
from sellerwatch.reports.encoding import decode
from sellerwatch.reports.jsonfile import (
    Placed,
    Records,
    Row,
    assemble,
    flat,
    nothing,
    of_their_record,
    read_records,
    read_rows,
)
from sellerwatch.reports.kioskfile import load_daily, query_text


@dataclass(frozen=True, slots=True)
class EconomicsDay:
    """One SKU's sales and proceeds of one local day."""

    sold_on: date
    msku: str
    parent_asin: str
    child_asin: str | None
    fnsku: str | None
    currency: str | None
    units_ordered: int | None
    units_refunded: int | None
    net_units_sold: int | None
    ordered_product_sales_amount: Decimal | None
    refunded_product_sales_amount: Decimal | None
    net_product_sales_amount: Decimal | None
    net_proceeds_amount: Decimal | None
    unit_cost_of_goods_amount: Decimal | None
    unit_miscellaneous_cost_amount: Decimal | None
    unit_shipping_to_amazon_cost_amount: Decimal | None
    unit_mfn_fulfillment_cost_amount: Decimal | None
    unit_mfn_storage_cost_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class EconomicsCharge:
    """One fee or advertising charge on one SKU and local day."""

    sold_on: date
    msku: str
    parent_asin: str
    charge_kind: str
    charge_type: str
    fee_identifier: str | None
    first_on: date | None
    last_on: date | None
    currency: str | None
    charge_amount: Decimal | None
    promotion_amount: Decimal | None
    tax_amount: Decimal | None
    total_amount: Decimal | None
    per_unit_amount: Decimal | None
    quantity: Decimal | None
    ordinal: int


_SALES, _COST = "sales", "cost"
COLUMNS = (
    Column("sold_on", "startDate", Kind.DAY, "The marketplace's local day.", required=True),
    Column("msku", "msku", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column("parent_asin", "parentAsin", Kind.TEXT, "ASIN of the parent product.", required=True),
    Column("child_asin", "childAsin", Kind.TEXT, "ASIN of the product."),
    Column("fnsku", "fnsku", Kind.TEXT, "Amazon's id of the seller's stock; null when the SKU has several."),
    Column("currency", f"{_SALES}.orderedProductSales.currencyCode", Kind.TEXT, "Currency of all amounts.", required=True),
    Column("units_ordered", f"{_SALES}.unitsOrdered", Kind.INTEGER, "Units ordered.", required=True),
    Column("units_refunded", f"{_SALES}.unitsRefunded", Kind.INTEGER, "Units whose refund was asked for on the day."),
    Column("net_units_sold", f"{_SALES}.netUnitsSold", Kind.INTEGER, "Units ordered less units refunded."),
    Column(
        "ordered_product_sales_amount",
        f"{_SALES}.orderedProductSales.amount",
        Kind.MONEY,
        "Price times units ordered.",
        required=True,
    ),
    Column(
        "refunded_product_sales_amount",
        f"{_SALES}.refundedProductSales.amount",
        Kind.MONEY,
        "Sales whose refund was asked for on the day, whenever they were made.",
    ),
    Column("net_product_sales_amount", f"{_SALES}.netProductSales.amount", Kind.MONEY, "Ordered less refunded sales."),
    Column(
        "net_proceeds_amount",
        "netProceeds.total.amount",
        Kind.MONEY,
        "Net sales less fees, advertising and the costs the seller typed in, whether or not those were asked for.",
        required=True,
    ),
    Column("unit_cost_of_goods_amount", f"{_COST}.costOfGoodsSold.amount", Kind.MONEY, "Typed in by the seller."),
    Column("unit_miscellaneous_cost_amount", f"{_COST}.miscellaneousCost.amount", Kind.MONEY, "Typed in by the seller."),
    Column(
        "unit_shipping_to_amazon_cost_amount",
        f"{_COST}.fbaCost.shippingToAmazonCost.amount",
        Kind.MONEY,
        "Freight to Amazon; typed in by the seller.",
    ),
    Column(
        "unit_mfn_fulfillment_cost_amount",
        f"{_COST}.mfnCost.fulfillmentCost.amount",
        Kind.MONEY,
        "Shipping by the seller; typed in by the seller.",
    ),
    Column(
        "unit_mfn_storage_cost_amount",
        f"{_COST}.mfnCost.storageCost.amount",
        Kind.MONEY,
        "Storage by the seller, a month; typed in by the seller.",
    ),
)

_FEES, _ADS = "fees", "ads"
_TYPE = f"{_FEES}[].feeTypeName"
_FEE = f"{_FEES}[].charges[]."
_DETAIL = "aggregatedDetail."
"""Charges have the paths of fees; what advertising costs is laid out like a fee's detail and is read by the same paths."""

CHARGE_COLUMNS = (
    Column("sold_on", "", Kind.DAY, "The local day of the SKU's record; computed."),
    Column("msku", "", Kind.TEXT, "The SKU of the record; computed."),
    Column("parent_asin", "", Kind.TEXT, "The parent ASIN of the record; computed."),
    Column("charge_kind", "", Kind.TEXT, "FEE or AD; computed."),
    Column(
        "charge_type",
        _TYPE,
        Kind.TEXT,
        "Amazon's name of the fee or advertising type, an open vocabulary.",
        required=True,
    ),
    Column("fee_identifier", f"{_FEE}identifier", Kind.TEXT, "Amazon's id of the fee; null for advertising."),
    Column("first_on", f"{_FEE}startDate", Kind.DAY, "First day of the fee; null for advertising."),
    Column("last_on", f"{_FEE}endDate", Kind.DAY, "Last day of the fee; null for advertising."),
    Column("currency", f"{_FEE}{_DETAIL}totalAmount.currencyCode", Kind.TEXT, "Currency of all amounts.", required=True),
    Column("charge_amount", f"{_FEE}{_DETAIL}amount.amount", Kind.MONEY, "By the rate card."),
    Column("promotion_amount", f"{_FEE}{_DETAIL}promotionAmount.amount", Kind.MONEY, "Taken off it."),
    Column("tax_amount", f"{_FEE}{_DETAIL}taxAmount.amount", Kind.MONEY, "Added to it."),
    Column(
        "total_amount",
        f"{_FEE}{_DETAIL}totalAmount.amount",
        Kind.MONEY,
        "What is charged: amount less promotion plus tax; positive reduces the proceeds.",
        required=True,
    ),
    Column("per_unit_amount", f"{_FEE}{_DETAIL}amountPerUnit.amount", Kind.MONEY, "Total over quantity, where there is one."),
    Column("quantity", f"{_FEE}{_DETAIL}quantity", Kind.DECIMAL, "What was charged for; not always whole, not always known."),
    Column(ORDINAL, "", Kind.INTEGER, "Place among the charges of the same type on the SKU and day, from 1; computed."),
)

ECONOMICS_DAY = FactTable(
    name="economics_day",
    columns=COLUMNS,
    key=("sold_on", "msku", "parent_asin"),
    replace=Replace.BY_DAY,
    scope="sold_on",
    row=EconomicsDay,
    title="One SKU's sales and net proceeds on one day",
)

ECONOMICS_CHARGE = FactTable(
    name="economics_charge",
    columns=CHARGE_COLUMNS,
    # A fee may come twice on a day, before and after a change of rates; nothing but its place tells the two apart for sure.
    key=("sold_on", "msku", "parent_asin", "charge_kind", "charge_type", ORDINAL),
    replace=Replace.BY_DAY,
    scope="sold_on",
    row=EconomicsCharge,
    title="One fee or advertising charge on one SKU and day",
    records=f"[].{_FEES}[].charges",
)

_SAME_CURRENCY = "the currency of the ordered sales"
_SAME_TOTAL = "the currency of the total"
_DERIVED = "follows from the totals"
_NOT_ASKED = "explains a fee; it is not asked for and would be counted twice"
LEFT_OUT: Mapping[str, str] = {
    "marketplaceId": "always the marketplace asked for; a record of another one is set aside",
    "endDate": "always the day itself; a longer period is refused",
    f"{_SALES}.averageSellingPrice.amount": _DERIVED,
    f"{_SALES}.averageSellingPrice.currencyCode": _DERIVED,
    f"{_SALES}.refundedProductSales.currencyCode": _SAME_CURRENCY,
    f"{_SALES}.netProductSales.currencyCode": _SAME_CURRENCY,
    "netProceeds.total.currencyCode": _SAME_CURRENCY,
    "netProceeds.perUnit.amount": _DERIVED,
    "netProceeds.perUnit.currencyCode": _DERIVED,
    f"{_COST}.costOfGoodsSold.currencyCode": _SAME_CURRENCY,
    f"{_COST}.miscellaneousCost.currencyCode": _SAME_CURRENCY,
    f"{_COST}.fbaCost.shippingToAmazonCost.currencyCode": _SAME_CURRENCY,
    f"{_COST}.mfnCost.fulfillmentCost.currencyCode": _SAME_CURRENCY,
    f"{_COST}.mfnCost.storageCost.currencyCode": _SAME_CURRENCY,
    f"{_FEE}components": _NOT_ASKED,
    f"{_FEE}properties": _NOT_ASKED,
    f"{_FEE}{_DETAIL}amountPerUnitDelta.amount": _NOT_ASKED,
    f"{_FEE}{_DETAIL}amountPerUnitDelta.currencyCode": _NOT_ASKED,
    f"{_FEE}{_DETAIL}amount.currencyCode": _SAME_TOTAL,
    f"{_FEE}{_DETAIL}promotionAmount.currencyCode": _SAME_TOTAL,
    f"{_FEE}{_DETAIL}taxAmount.currencyCode": _SAME_TOTAL,
    f"{_FEE}{_DETAIL}amountPerUnit.currencyCode": _SAME_TOTAL,
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a document of the query ``economics``, by day and SKU."""
    decoded = decode(read_bytes(data), context)
    if not decoded.utf8.strip():
        return nothing(decoded, (ECONOMICS_DAY, ECONOMICS_CHARGE))
    lines = load_daily(decoded, context, ECONOMICS_DAY)
    days = read_records(lines.ours, context, table=ECONOMICS_DAY)
    read = {ECONOMICS_DAY: days.with_skipped(lines.foreign)}
    notes = tuple(f"charges_left_out: no record has {name!r}" for name in (_FEES, _ADS) if name not in days.paths)
    if not notes:
        charges = read_rows(list(_charges(lines.ours)), context, table=ECONOMICS_CHARGE, given=["charge_kind"])
        named = of_their_record(charges, days, ["sold_on", "msku", "parent_asin"], table=ECONOMICS_CHARGE)
        read[ECONOMICS_CHARGE] = _numbered(named)
    # The list of advertising is no stranger: its charges were read with the fees.
    return assemble(decoded, read, left_out=(*LEFT_OUT, _ADS), notes=notes)


def _charges(records: Iterable[Placed]) -> Iterator[Row]:
    """Yield a row for each charge of each record, by the paths of fees."""
    for place, record in records:
        if isinstance(record, dict):
            yield from (Row(place, leaves, {"charge_kind": "FEE"}) for leaves in _fees(record.get(_FEES)))
            yield from (Row(place, leaves, {"charge_kind": "AD"}) for leaves in _ads(record.get(_ADS)))


def _fees(fees: object) -> Iterator[dict[str, Any] | None]:
    """Yield each fee's charges; the single charge is the older place of the same thing and counts only without the list."""
    for fee in _listed(fees):
        if not isinstance(fee, dict):
            yield None
            continue
        about = flat({name: value for name, value in fee.items() if name not in ("charge", "charges")}, f"{_FEES}[].")
        for charge in _listed(fee.get("charges")) or _listed(fee.get("charge")):
            yield about | flat(charge, _FEE) if isinstance(charge, dict) else None


def _ads(ads: object) -> Iterator[dict[str, Any] | None]:
    """Yield what each advertising type costs, laid out like the detail of a fee."""
    for ad in _listed(ads):
        if not isinstance(ad, dict):
            yield None
            continue
        for charge in _listed(ad.get("charge")):
            named = {_TYPE: ad.get("adTypeName")}
            yield named | flat(charge, f"{_FEE}{_DETAIL}") if isinstance(charge, dict) else None


def _listed(value: object) -> list[Any]:
    """Return a list as it is, nothing as none, and anything else as the one thing it is."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _numbered(charges: Records) -> Records:
    """Add each charge's place among its like."""
    return charges.with_columns({ORDINAL: ordinals(charges.facts.columns, ECONOMICS_CHARGE.key[:-1])})


_AMAZON_TYPE = "analytics_economics_2024_03_15.economics"
_CHARGES = tuple(column.header for column in CHARGE_COLUMNS if column.header)
_AD_CHARGES = tuple(
    path.replace(f"{_FEE}{_DETAIL}", f"{_ADS}[].charge.") for path in _CHARGES if path.startswith(f"{_FEE}{_DETAIL}")
)

REPORT = Report(
    name="economics",
    amazon_type=_AMAZON_TYPE,
    title="Sales, fees and proceeds by day and SKU",
    content=Content.JSON,
    tables=(ECONOMICS_DAY, ECONOMICS_CHARGE),
    left_out=LEFT_OUT,
    parse=parse,
    source=Source.DATA_KIOSK,
    query=query_text(
        _AMAZON_TYPE,
        'aggregateBy: {date: DAY, productId: MSKU}, startDate: "$first", endDate: "$last", marketplaceIds: ["$marketplace"]',
        ("marketplaceId", "endDate", *(column.header for column in COLUMNS), *_CHARGES, f"{_ADS}[].adTypeName", *_AD_CHARGES),
    ),
)
