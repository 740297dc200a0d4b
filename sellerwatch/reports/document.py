"""What goes into a report's parser and what comes out of it: the context of a document, and the frames read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import pandas as pd

from sellerwatch.core.errors import PermanentError
from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days

EXCERPT_LENGTH = 80
EMPTY_DOCUMENT = "empty_document"
"""The note of a document that holds no record at all, not even a header."""


class DocumentError(PermanentError):
    """The document as a whole cannot be read as the report it should be; the caller puts it in quarantine."""


@dataclass(frozen=True, slots=True)
class DocumentContext:
    """What is known about a document besides its bytes.

    Attributes:
        marketplace: whose report it is; gives the local day, the currency and the fallback character set.
        content_type: the HTTP header the document was served with, or the empty string.
        days: the local days that were asked for; None for a snapshot.
        observed_at: when Amazon finished the report; the instant a snapshot without a date of its own shows.
    """

    marketplace: Marketplace
    content_type: str
    days: Days | None
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """One record that was set aside, with what a person needs to find and judge it.

    Attributes:
        table: the fact table it was meant for.
        line: its line in the decoded document (header = 1), or its position in a JSON list (first = 1).
        column: Amazon's name of the cell at fault; empty when the whole record is.
        reason: what was expected, in words.
        excerpt: the cell at fault, or the record's first cell, cut short.
    """

    table: str
    line: int
    column: str
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """Everything one document says.

    A table missing from ``frames`` means that the document says nothing about it; an empty frame means that it says there
    are no records. Only the second may empty a day in the warehouse.

    Attributes:
        frames: table name to frame: the table's columns in order, then ``line``; all of them Arrow types.
        encoding: the character set the bytes were read with.
        replacement_count: U+FFFD characters in the text; each stands for something that was lost before or while reading.
        unknown_columns: Amazon's columns that no table knows and no list leaves out, as the document spells them.
        row_count: records found for the tables in ``frames``, kept or set aside.
        skipped: the records set aside, in the document's order.
        notes: remarks such as ``header_repeated: line 12``; the part before the colon is a fixed code.
    """

    frames: Mapping[str, pd.DataFrame]
    encoding: str
    replacement_count: int
    unknown_columns: tuple[str, ...]
    row_count: int
    skipped: tuple[SkippedRecord, ...]
    notes: tuple[str, ...]


def read_bytes(data: BinaryIO | bytes) -> bytes:
    """Return the document's bytes, whether they come as bytes or as an open file."""
    return data if isinstance(data, bytes) else data.read()


def excerpt(text: str) -> str:
    """Return the text cut to the length that may be stored and shown beside a reason."""
    return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1] + "…"
