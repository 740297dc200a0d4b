"""Inventory ledger, detail: every event that moved stock, one row each.

Events have no id: two units shipped from one warehouse on one day are two equal rows, and both count. So rows are told apart
by their place among those of their day, and a newer document replaces whole days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sellerwatch.reports.computed import ORDINAL
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.day_spellings import from_month_first
from sellerwatch.reports.flatfile import FlatFile, Format


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One event that moved units of a product."""

    happened_on: date
    happened_at_utc: datetime | None
    fnsku: str | None
    asin: str | None
    sku: str | None
    event_type: str | None
    reference_id: str | None
    units: int | None
    fulfillment_center: str | None
    disposition: str | None
    reason: str | None
    country: str | None
    reconciled_units: int | None
    unreconciled_units: int | None
    store: str | None
    ordinal: int


COLUMNS = (
    Column("happened_on", "Date", Kind.DAY, "The marketplace's local day of the event.", required=True),
    Column("happened_at_utc", "Date and Time", Kind.INSTANT, "When it was booked; Amazon writes the day's first moment."),
    Column("fnsku", "FNSKU", Kind.TEXT, "Amazon's id of the seller's stock of the product.", required=True),
    Column("asin", "ASIN", Kind.TEXT, "Amazon's product id.", required=True),
    Column("sku", "MSKU", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column(
        "event_type",
        "Event Type",
        Kind.TEXT,
        "Shipments, CustomerReturns, WhseTransfers, Adjustments, Receipts, VendorReturns, or a word of Amazon's.",
        required=True,
    ),
    Column("reference_id", "Reference ID", Kind.TEXT, "The shipment, transfer or case behind the event; mostly blank."),
    Column("units", "Quantity", Kind.INTEGER, "Units moved; negative where they left.", required=True),
    Column("fulfillment_center", "Fulfillment Center", Kind.TEXT, "Amazon's code of the warehouse.", required=True),
    Column(
        "disposition", "Disposition", Kind.TEXT, "SELLABLE, DEFECTIVE, CUSTOMER_DAMAGED, or a word of Amazon's.", required=True
    ),
    Column("reason", "Reason", Kind.TEXT, "Amazon's letter for the reason of an adjustment."),
    Column("country", "Country", Kind.TEXT, "Country of the warehouse."),
    Column("reconciled_units", "Reconciled Quantity", Kind.INTEGER, "Units of an adjustment that were found or paid for."),
    Column("unreconciled_units", "Unreconciled Quantity", Kind.INTEGER, "Units of an adjustment that are still open."),
    Column("store", "Store", Kind.TEXT, "Amazon's name of the store; often blank."),
    Column(ORDINAL, "", Kind.INTEGER, "Place among the document's lines of the same day, from 1; computed."),
)

LEDGER_EVENT = FactTable(
    name="ledger_event",
    columns=COLUMNS,
    key=("happened_on", ORDINAL),
    replace=Replace.BY_DAY,
    scope="happened_on",
    row=LedgerEvent,
    title="One event that moved stock",
)

LEFT_OUT: Mapping[str, str] = {"Title": "the inventory reports name products"}

_FORM = Format(is_quoted=True, respell={"happened_on": from_month_first})

_FILE = FlatFile(LEDGER_EVENT, LEFT_OUT, form=_FORM)

REPORT = Report(
    name="ledger_detail",
    amazon_type="GET_LEDGER_DETAIL_VIEW_DATA",
    title="Inventory ledger, event by event",
    content=Content.TSV,
    tables=(LEDGER_EVENT,),
    left_out=LEFT_OUT,
    parse=_FILE.parse,
    stream=_FILE.stream,
)
