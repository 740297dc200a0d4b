"""FBA customer returns: every unit that came back to Amazon, with the buyer's reason and Amazon's finding.

Returns belong to orders of earlier days. Buyers' comments, the last column, are free text and never kept; they may hold TABs
and line ends, which must not cost the return its row nor let the text in by another way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.casting import NOT_AVAILABLE
from sellerwatch.reports.computed import ORDINAL, local_days, ordinals, set_aside_unkeyed
from sellerwatch.reports.contract import LINE, Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, Parsed, SkippedRecord
from sellerwatch.reports.flatfile import Format, read_flat_file


@dataclass(frozen=True, slots=True)
class FbaReturn:
    """One unit a customer sent back to Amazon."""

    return_id: str
    amazon_order_id: str
    sku: str
    fnsku: str | None
    asin: str | None
    returned_at_utc: datetime | None
    returned_on: date | None
    units: int | None
    fulfillment_center: str | None
    disposition: str | None
    reason: str | None
    return_status: str | None
    license_plate_number: str | None


COLUMNS = (
    Column(
        "return_id", "", Kind.TEXT, "The order and the unit that came back, whatever day it is said to have come; computed."
    ),
    Column("amazon_order_id", "order-id", Kind.TEXT, "Amazon's id of the order.", required=True),
    Column("sku", "sku", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column("fnsku", "fnsku", Kind.TEXT, "Amazon's id of the seller's stock of the product."),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column(
        "returned_at_utc",
        "return-date",
        Kind.INSTANT,
        "When the warehouse booked the return; a later document may move it.",
        required=True,
    ),
    Column("returned_on", "", Kind.DAY, "The marketplace's local day of the return; computed."),
    Column("units", "quantity", Kind.INTEGER, "Units that came back.", required=True),
    Column("fulfillment_center", "fulfillment-center-id", Kind.TEXT, "Amazon's code of the warehouse."),
    Column(
        "disposition",
        "detailed-disposition",
        Kind.TEXT,
        "What Amazon found: SELLABLE, DEFECTIVE, CUSTOMER_DAMAGED, or a word of its own.",
        required=True,
    ),
    Column("reason", "reason", Kind.TEXT, "The buyer's reason, as a code of Amazon's.", required=True),
    Column("return_status", "status", Kind.TEXT, "What has become of the unit; some marketplaces do not say."),
    Column("license_plate_number", "license-plate-number", Kind.TEXT, "Amazon's label on the unit.", required=True),
)

# A unit is known by its label. The same return may carry another day in a later document, so that neither the day nor the
# document may be part of what is replaced: the newest document's row takes the place of the unit's older one. The order is
# part of the name because a unit that is sold again can come back again.
FBA_RETURN = FactTable(
    name="fba_return",
    columns=COLUMNS,
    key=("return_id", "amazon_order_id", "sku"),
    replace=Replace.BY_SCOPE,
    scope="return_id",
    row=FbaReturn,
    title="One unit a customer sent back to Amazon",
)

LEFT_OUT: Mapping[str, str] = {
    "product-name": "the inventory reports name products",
    "customer-comments": "the buyer's own words",
}

_EVERY_ROW = replace(FBA_RETURN, key=("amazon_order_id", "sku", ORDINAL))
_FORM = Format(free_text="customer-comments")
_NO_COMMENT = re.compile(r"[0-9TZ:.+/ -]*")


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read an FBA customer returns document."""
    parsed = read_flat_file(data, context, table=_EVERY_ROW, left_out=LEFT_OUT, compute=_compute, form=_FORM)
    frame, again = _one_row_per_unit(parsed.frames[FBA_RETURN.name])
    skipped = sorted([*map(_without_comment, parsed.skipped), *again], key=lambda record: record.line)
    return replace(parsed, frames={FBA_RETURN.name: frame}, skipped=tuple(skipped))


def _compute(facts: pa.Table, context: DocumentContext) -> dict[str, pa.Array]:
    returned = facts.column("returned_at_utc")
    return {
        "return_id": pc.binary_join_element_wise(facts.column("amazon_order_id"), _units(facts), "/"),
        "returned_on": local_days(returned, context.marketplace.zone),
    }


def _units(facts: pa.Table) -> pa.ChunkedArray:
    """Return what names the unit within its order: its label, or without one its SKU, its moment and its place among equals."""
    moment = pc.fill_null(facts.column("returned_at_utc").cast(pa.string()), "")
    place = ordinals(facts.append_column("moment", moment), ("amazon_order_id", "sku", "moment")).cast(pa.string())
    unlabelled = pc.binary_join_element_wise(facts.column("sku"), moment, pa.chunked_array([place]), "/")
    labels = facts.column("license_plate_number")
    return pc.coalesce(pc.if_else(pc.equal(labels, NOT_AVAILABLE), pa.scalar(None, pa.string()), labels), unlabelled)


def _one_row_per_unit(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[SkippedRecord]]:
    """Return each unit once, with its latest day, and a record of each other row."""
    if not frame.duplicated(["return_id"]).any():
        return frame, []
    latest_first = frame.sort_values("returned_at_utc", ascending=False, kind="stable", na_position="last")
    latest, again = set_aside_unkeyed(latest_first, FBA_RETURN)
    return latest.sort_values(LINE, ignore_index=True), again


def _without_comment(record: SkippedRecord) -> SkippedRecord:
    """Return the record without its excerpt when that may be what a buyer wrote after a line end: it stands where days do."""
    may_be_comment = record.column == "return-date" and not _NO_COMMENT.fullmatch(record.excerpt)
    return replace(record, excerpt="") if may_be_comment else record


REPORT = Report(
    name="fba_returns",
    amazon_type="GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA",
    title="FBA customer returns",
    content=Content.TSV,
    tables=(FBA_RETURN,),
    left_out=LEFT_OUT,
    parse=parse,
    is_sparse=True,
)
