"""Inventory ledger, summary: how the stock of each product and disposition changed from one day to the next.

Asked for by month it writes ``05/2026``, and a row adds up the whole month: ``period`` keeps the two apart, and what speaks of
days reads DAY only. Amazon books every outflow as a negative number, and so it stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.day_spellings import are_months, from_month_first
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.flatfile import WRITTEN, FlatFile, Format


@dataclass(frozen=True, slots=True)
class LedgerBalance:
    """One product's stock of one disposition over one day, or one month."""

    balance_on: date
    period: str
    fnsku: str
    asin: str
    sku: str
    disposition: str
    location: str
    starting_units: int | None
    in_transit_units: int | None
    received_units: int | None
    customer_shipped_units: int | None
    customer_returned_units: int | None
    vendor_returned_units: int | None
    transferred_units: int | None
    found_units: int | None
    lost_units: int | None
    damaged_units: int | None
    disposed_units: int | None
    other_event_units: int | None
    unknown_event_units: int | None
    ending_units: int | None
    store: str | None


COLUMNS = (
    Column("balance_on", "Date", Kind.DAY, "The marketplace's local day; of a month, its first day.", required=True),
    Column("period", "", Kind.TEXT, "DAY, or MONTH when the document adds up whole months; computed from how Date is written."),
    Column("fnsku", "FNSKU", Kind.TEXT, "Amazon's id of the seller's stock of the product.", required=True),
    Column("asin", "ASIN", Kind.TEXT, "Amazon's product id.", required=True),
    Column("sku", "MSKU", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column(
        "disposition", "Disposition", Kind.TEXT, "SELLABLE, DEFECTIVE, CUSTOMER_DAMAGED, or a word of Amazon's.", required=True
    ),
    Column(
        "location", "Location", Kind.TEXT, "Country, or warehouse when the report was asked for by warehouse.", required=True
    ),
    Column(
        "starting_units",
        "Starting Warehouse Balance",
        Kind.INTEGER,
        "Units in the warehouses when the period began.",
        required=True,
    ),
    Column(
        "in_transit_units", "In Transit Between Warehouses", Kind.INTEGER, "Units between warehouses when the period ended."
    ),
    Column("received_units", "Receipts", Kind.INTEGER, "Units received; negative when a receipt was corrected.", required=True),
    Column(
        "customer_shipped_units",
        "Customer Shipments",
        Kind.INTEGER,
        "Units sent to customers; negative, as every outflow.",
        required=True,
    ),
    Column("customer_returned_units", "Customer Returns", Kind.INTEGER, "Units customers sent back.", required=True),
    Column("vendor_returned_units", "Vendor Returns", Kind.INTEGER, "Units sent back to the seller; negative."),
    Column(
        "transferred_units",
        "Warehouse Transfer In/Out",
        Kind.INTEGER,
        "Units moved in from other warehouses, less those moved out.",
    ),
    Column("found_units", "Found", Kind.INTEGER, "Units found again."),
    Column("lost_units", "Lost", Kind.INTEGER, "Units lost; negative."),
    Column("damaged_units", "Damaged", Kind.INTEGER, "Units that changed disposition by damage; negative where they left it."),
    Column("disposed_units", "Disposed", Kind.INTEGER, "Units destroyed; negative."),
    Column("other_event_units", "Other Events", Kind.INTEGER, "Units of events that have no column of their own."),
    Column("unknown_event_units", "Unknown Events", Kind.INTEGER, "Units of events Amazon cannot explain."),
    Column(
        "ending_units",
        "Ending Warehouse Balance",
        Kind.INTEGER,
        "Units in the warehouses when the period ended; 0 of SELLABLE is a day out of stock.",
        required=True,
    ),
    Column("store", "Store", Kind.TEXT, "Amazon's name of the store; often blank."),
)

LEDGER_SUMMARY = FactTable(
    name="ledger_summary",
    columns=COLUMNS,
    key=("balance_on", "period", "fnsku", "asin", "sku", "disposition", "location"),
    replace=Replace.BY_DAY,
    scope="balance_on",
    row=LedgerBalance,
    title="How one product's stock of one disposition changed in one country or warehouse on one day",
)

LEFT_OUT: Mapping[str, str] = {"Title": "the inventory reports name products"}

_FORM = Format(is_quoted=True, respell={"balance_on": from_month_first}, written=("balance_on",))


def _compute(facts: pa.Table, _context: DocumentContext) -> dict[str, pa.Array]:
    return {"period": pc.if_else(are_months(facts.column("balance_on" + WRITTEN)), "MONTH", "DAY")}


_FILE = FlatFile(LEDGER_SUMMARY, LEFT_OUT, _compute, form=_FORM)

REPORT = Report(
    name="ledger_summary",
    amazon_type="GET_LEDGER_SUMMARY_VIEW_DATA",
    title="Inventory ledger, balances and movements by day",
    content=Content.TSV,
    tables=(LEDGER_SUMMARY,),
    left_out=LEFT_OUT,
    parse=_FILE.parse,
    stream=_FILE.stream,
)
