"""Merchant returns: buyers' requests to return what the seller shipped, and what has become of them.

FBA returns are in another report. Amazon writes the days as ``20-Aug-2026``; numbers and other days come as the country writes
them. No names, addresses or tracking numbers are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.computed import ORDINAL, ordinals
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.day_spellings import from_named_month
from sellerwatch.reports.document import DocumentContext, Parsed
from sellerwatch.reports.flatfile import Format
from sellerwatch.reports.localfile import read_local_file


@dataclass(frozen=True, slots=True)
class MerchantReturn:
    """One line of a return request, as the newest document tells it."""

    return_id: str
    amazon_order_id: str
    amazon_rma_id: str | None
    order_item_id: str | None
    sku: str | None
    asin: str | None
    ordered_on: date | None
    requested_on: date | None
    delivered_on: date | None
    request_status: str | None
    return_type: str | None
    resolution: str | None
    reason: str | None
    in_policy: str | None
    has_a_to_z_claim: str | None
    is_prime: str | None
    units: int | None
    ordered_units: int | None
    currency: str | None
    order_amount: Decimal | None
    refunded_amount: Decimal | None
    label_type: str | None
    label_payer: str | None
    label_cost_amount: Decimal | None
    safet_claim_id: str | None
    safet_claim_state: str | None
    safet_reimbursed_amount: Decimal | None
    ordinal: int


COLUMNS = (
    Column("return_id", "", Kind.TEXT, "The order, its return request and the SKU; computed."),
    Column("amazon_order_id", "Order ID", Kind.TEXT, "Amazon's id of the order.", required=True),
    Column("amazon_rma_id", "Amazon RMA ID", Kind.TEXT, "Amazon's id of the return request.", required=True),
    Column("order_item_id", "Order Item ID", Kind.TEXT, "Amazon's id of the order's line; not in older layouts."),
    Column("sku", "Merchant SKU", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column("asin", "ASIN", Kind.TEXT, "Amazon's product id.", required=True),
    Column("ordered_on", "Order date", Kind.DAY, "Day of the order."),
    Column("requested_on", "Return request date", Kind.DAY, "Day on which the buyer asked to return.", required=True),
    Column("delivered_on", "Return delivery date", Kind.DAY, "Day on which the return reached the seller; blank until then."),
    Column("request_status", "Return request status", Kind.TEXT, "Approved, Completed, or a word of Amazon's.", required=True),
    Column("return_type", "Return type", Kind.TEXT, "Amazon's kind of return."),
    Column("resolution", "Resolution", Kind.TEXT, "What the buyer gets, and on whose decision."),
    Column(
        "reason",
        "Return Reason",
        Kind.TEXT,
        "The buyer's reason, as a code of Amazon's; the FBA code may have CR- before it.",
        required=True,
    ),
    Column("in_policy", "In policy", Kind.TEXT, "Whether the request is within the return policy, in Amazon's word."),
    Column("has_a_to_z_claim", "A-to-Z Claim", Kind.TEXT, "Whether the buyer made an A-to-z claim, in Amazon's word."),
    Column("is_prime", "Is prime", Kind.TEXT, "Whether the order was a Prime order, in Amazon's word."),
    Column("units", "Return quantity", Kind.INTEGER, "Units to come back.", required=True),
    Column("ordered_units", "Order quantity", Kind.INTEGER, "Units of the order."),
    Column("currency", "Currency code", Kind.TEXT, "Currency of all amounts.", required=True),
    Column("order_amount", "Order Amount", Kind.MONEY, "Amount of the order."),
    Column("refunded_amount", "Refunded Amount", Kind.MONEY, "Refunded to the buyer so far.", required=True),
    Column("label_type", "Label type", Kind.TEXT, "Kind of return label."),
    Column("label_payer", "Label to be paid by", Kind.TEXT, "Who pays for the return label."),
    Column("label_cost_amount", "Label cost", Kind.MONEY, "Cost of the return label."),
    Column("safet_claim_id", "SafeT claim id", Kind.TEXT, "Id of the seller's SAFE-T claim for the return."),
    Column("safet_claim_state", "SafeT claim state", Kind.TEXT, "State of the claim."),
    Column("safet_reimbursed_amount", "SafeT claim reimbursement amount", Kind.MONEY, "Paid to the seller on the claim."),
    Column(ORDINAL, "", Kind.INTEGER, "Place among the document's lines of the same return_id, from 1; computed."),
)

# A request changes for weeks: approved, delivered, refunded. Which day a document selects by is not documented, so that a day
# it names may be there in part only: what a newer document replaces is the request, not the day.
MERCHANT_RETURN = FactTable(
    name="merchant_return",
    columns=COLUMNS,
    key=("return_id", "amazon_order_id", ORDINAL),
    replace=Replace.BY_SCOPE,
    scope="return_id",
    row=MerchantReturn,
    title="One line of a return request for an order the seller shipped",
)

_UNUSED = "no metric needs it"
LEFT_OUT: Mapping[str, str] = {
    "Merchant RMA ID": _UNUSED,
    "Return carrier": _UNUSED,
    "Tracking ID": "leads to the buyer's address",
    "Item Name": "the inventory reports name products",
    "Invoice number": _UNUSED,
    "SafeT Action reason": "may hold free text",
    "SafeT claim creation time": _UNUSED,
    "Category": _UNUSED,
}

_FORM = Format(respell=dict.fromkeys(("ordered_on", "requested_on", "delivered_on"), from_named_month))


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a merchant returns document."""
    return read_local_file(data, context, table=MERCHANT_RETURN, left_out=LEFT_OUT, compute=_compute, form=_FORM)


def _compute(facts: pa.Table, _context: DocumentContext) -> dict[str, pa.Array]:
    request = pc.coalesce(facts.column("amazon_rma_id"), facts.column("requested_on").cast(pa.string()), "")
    sku = pc.fill_null(facts.column("sku"), "")
    return_id = pc.binary_join_element_wise(facts.column("amazon_order_id"), request, sku, "/")
    return {"return_id": return_id, ORDINAL: ordinals(facts.append_column("return_id", return_id), ("return_id",))}


REPORT = Report(
    name="merchant_returns",
    amazon_type="GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE",
    title="Returns of orders the seller shipped",
    content=Content.TSV,
    tables=(MERCHANT_RETURN,),
    left_out=LEFT_OUT,
    parse=parse,
    is_sparse=True,
)
