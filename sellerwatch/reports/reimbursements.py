"""FBA reimbursements: what Amazon paid or gave back for stock it lost, damaged or did not return, and what it took back.

Amazon leaves the marketplace out of account: every marketplace of a region is given the same rows. Their currency tells them
apart where it can; whoever adds up a store's marketplaces counts each reimbursement once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa

from sellerwatch.reports.computed import ORDINAL, local_days, ordinals
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, Parsed
from sellerwatch.reports.localfile import read_local_file


@dataclass(frozen=True, slots=True)
class Reimbursement:
    """One line of a reimbursement, or of one taken back."""

    reimbursement_id: str
    approved_at_utc: datetime | None
    approved_on: date | None
    case_id: str | None
    amazon_order_id: str | None
    reason: str | None
    sku: str | None
    fnsku: str | None
    asin: str | None
    condition: str | None
    currency: str | None
    per_unit_amount: Decimal | None
    total_amount: Decimal | None
    cash_units: int | None
    inventory_units: int | None
    total_units: int | None
    original_reimbursement_id: str | None
    original_reimbursement_type: str | None
    ordinal: int


COLUMNS = (
    Column("reimbursement_id", "reimbursement-id", Kind.TEXT, "Amazon's id of the reimbursement.", required=True),
    Column("approved_at_utc", "approval-date", Kind.INSTANT, "When Amazon approved it.", required=True),
    Column("approved_on", "", Kind.DAY, "The marketplace's local day of the approval; computed."),
    Column("case_id", "case-id", Kind.TEXT, "The seller's case that led to it; blank when Amazon acted unasked."),
    Column("amazon_order_id", "amazon-order-id", Kind.TEXT, "The order it is about, if it is about one."),
    Column(
        "reason",
        "reason",
        Kind.TEXT,
        "Lost_Warehouse, Damaged_Warehouse, CustomerReturn, Reimbursement_Reversal, or a word of Amazon's.",
        required=True,
    ),
    Column("sku", "sku", Kind.TEXT, "The seller's SKU, exactly as written."),
    Column("fnsku", "fnsku", Kind.TEXT, "Amazon's id of the seller's stock of the product."),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("condition", "condition", Kind.TEXT, "Condition of the units, as Amazon writes it."),
    Column("currency", "currency-unit", Kind.TEXT, "Currency of the amounts.", required=True),
    Column("per_unit_amount", "amount-per-unit", Kind.MONEY, "Paid for one unit; negative when a payment is taken back."),
    Column("total_amount", "amount-total", Kind.MONEY, "Paid in all; negative when a payment is taken back.", required=True),
    Column(
        "cash_units",
        "quantity-reimbursed-cash",
        Kind.INTEGER,
        "Units paid for; negative when a payment is taken back.",
        required=True,
    ),
    Column("inventory_units", "quantity-reimbursed-inventory", Kind.INTEGER, "Units given back as stock.", required=True),
    Column("total_units", "quantity-reimbursed-total", Kind.INTEGER, "Units made good in all."),
    Column(
        "original_reimbursement_id",
        "original-reimbursement-id",
        Kind.TEXT,
        "Of a payment taken back: the reimbursement it was made with.",
    ),
    Column(
        "original_reimbursement_type",
        "original-reimbursement-type",
        Kind.TEXT,
        "Of a payment taken back: the reason it was made for.",
    ),
    Column(ORDINAL, "", Kind.INTEGER, "Place among the document's lines of the same reimbursement, from 1; computed."),
)

# One reimbursement may cover several products, and equal lines of one are not known to be repeats: a document's lines of a
# reimbursement replace the older ones as a whole.
REIMBURSEMENT = FactTable(
    name="reimbursement",
    columns=COLUMNS,
    key=("reimbursement_id", ORDINAL),
    replace=Replace.BY_SCOPE,
    scope="reimbursement_id",
    row=Reimbursement,
    title="One line of a reimbursement, or of one taken back",
)

LEFT_OUT: Mapping[str, str] = {"product-name": "the inventory reports name products"}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a reimbursements document."""
    return read_local_file(data, context, table=REIMBURSEMENT, left_out=LEFT_OUT, compute=_compute)


def _compute(facts: pa.Table, context: DocumentContext) -> dict[str, pa.Array]:
    return {
        "approved_on": local_days(facts.column("approved_at_utc"), context.marketplace.zone),
        ORDINAL: ordinals(facts, ("reimbursement_id",)),
    }


REPORT = Report(
    name="reimbursements",
    amazon_type="GET_FBA_REIMBURSEMENTS_DATA",
    title="FBA reimbursements",
    content=Content.TSV,
    tables=(REIMBURSEMENT,),
    left_out=LEFT_OUT,
    parse=parse,
    is_sparse=True,
)
