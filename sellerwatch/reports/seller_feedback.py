"""Seller feedback of one to three stars: which order it is about, how many stars, and when.

Better feedback is not listed, so neither a score nor a share follows from this report. What buyers wrote, what was answered,
and their addresses are personal and never kept. Feedback can be withdrawn: a newer document replaces the days it covers.

The header comes in the account's language, but the columns always stand in the same order, so that an unknown language is
read by position, if the order ids prove that the columns stand where they should. The form of the date is the
marketplace's; nothing tells in ``05/11/26`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.computed import ORDINAL, ordinals
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, DocumentError, Parsed, SkippedRecord, excerpt, read_bytes
from sellerwatch.reports.encoding import decode
from sellerwatch.reports.header import fold
from sellerwatch.reports.localfile import read_local_file


@dataclass(frozen=True, slots=True)
class SellerFeedback:
    """One piece of neutral or negative feedback."""

    rated_on: date
    rating: int | None
    amazon_order_id: str
    ordinal: int


COLUMNS = (
    Column("rated_on", "Date", Kind.DAY, "The day of the feedback, as Amazon dates it.", required=True),
    Column(
        "rating",
        "Rating",
        Kind.INTEGER,
        "Stars the buyer gave the seller: 1, 2 or 3; the report lists no better ones, so no score follows.",
        required=True,
    ),
    Column("amazon_order_id", "Order ID", Kind.TEXT, "Amazon's id of the order it is about.", required=True),
    Column(ORDINAL, "", Kind.INTEGER, "Place among the document's lines of the same day and order, from 1; computed."),
)

SELLER_FEEDBACK = FactTable(
    name="seller_feedback",
    columns=COLUMNS,
    key=("rated_on", "amazon_order_id", ORDINAL),
    replace=Replace.BY_DAY,
    scope="rated_on",
    row=SellerFeedback,
    title="One piece of seller feedback of one to three stars",
)

_PERSONAL = "what a buyer wrote, or what was written to one"
LEFT_OUT: Mapping[str, str] = {
    "Comments": _PERSONAL,
    "Your Response": _PERSONAL,
    "Rater Email": "a buyer's address",
}

_ENGLISH = ("Date", "Rating", "Comments", "Your Response", "Order ID", "Rater Email")
"""The header in the order that holds in every language."""

_REQUIRED = {fold(column.header) for column in COLUMNS if column.required}
_ORDER_ID = r"^\d{3}-\d{7}-\d{7}$"
_UTF8 = "text/plain; charset=UTF-8"
_SAFE = {"Rating", "Order ID"}
_WORDLESS = re.compile(r"[0-9 ./-]*")


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a seller feedback document."""
    decoded = decode(read_bytes(data), context)
    header = next((line for line in decoded.utf8.split(b"\n") if line.strip()), b"")
    by_position = _is_foreign(header)
    parsed = read_local_file(
        _translated(decoded.utf8, header) if by_position else decoded.utf8,
        replace(context, content_type=_UTF8),
        table=SELLER_FEEDBACK,
        left_out=LEFT_OUT,
        compute=_compute,
    )
    if by_position:
        _refuse_other_order(parsed, header, context)
    return replace(
        parsed,
        encoding=decoded.encoding,
        replacement_count=decoded.replacement_count,
        skipped=tuple(_without_words(record) for record in parsed.skipped),
        notes=(*decoded.notes, *parsed.notes, *([f"header_by_position: {header.decode()!r}"] if by_position else [])),
    )


def _is_foreign(header: bytes) -> bool:
    """Tell whether the header has as many cells as the English one, and is not it."""
    cells = header.decode().split("\t")
    return len(cells) == len(_ENGLISH) and not {fold(cell) for cell in cells} >= _REQUIRED


def _translated(text: bytes, header: bytes) -> bytes:
    """Return the text with the English header in place of its own, wherever that stands."""
    english = "\t".join(_ENGLISH).encode()
    return (b"\n" + text + b"\n").replace(b"\n" + header + b"\n", b"\n" + english + b"\n")[1:-1]


def _without_words(record: SkippedRecord) -> SkippedRecord:
    """Return the record without words in its excerpt: a line that a comment was broken into begins with what a buyer wrote."""
    is_safe = record.column in _SAFE or _WORDLESS.fullmatch(record.excerpt)
    return record if is_safe else replace(record, excerpt="")


def _refuse_other_order(parsed: Parsed, header: bytes, context: DocumentContext) -> None:
    """Refuse a document read by position in which no order id stands where order ids should."""
    ids = pa.Array.from_pandas(parsed.frames[SELLER_FEEDBACK.name]["amazon_order_id"])
    if parsed.row_count and not pc.any(pc.match_substring_regex(ids, _ORDER_ID)).as_py():
        raise DocumentError(
            "The header is in a language not known, and no order id stands where the report has them",
            where=f"{SELLER_FEEDBACK.name}, {context.marketplace.code}",
            remedy=f"Check the report type; the header found is {excerpt(header.decode())!r}",
        )


def _compute(facts: pa.Table, _context: DocumentContext) -> dict[str, pa.Array]:
    return {ORDINAL: ordinals(facts, ("rated_on", "amazon_order_id"))}


REPORT = Report(
    name="seller_feedback",
    amazon_type="GET_SELLER_FEEDBACK_DATA",
    title="Seller feedback of one to three stars",
    content=Content.TSV,
    tables=(SELLER_FEEDBACK,),
    left_out=LEFT_OUT,
    parse=parse,
    is_sparse=True,
)
