"""What goes into a report's parser and what comes out of it: the context of a document, and the facts read from it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa

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
class Told:
    """What reading a document showed besides its facts.

    Attributes:
        encoding: the character set the bytes were read with.
        replacement_count: U+FFFD characters in the text; each stands for something that was lost before or while reading.
        unknown_columns: Amazon's columns that no table knows and no list leaves out, as the document spells them.
        row_count: records found for the tables that the document speaks of, kept or set aside.
        skipped: the records set aside, in the document's order.
        notes: remarks such as ``header_repeated: line 12``; the part before the colon is a fixed code.
    """

    encoding: str
    replacement_count: int
    unknown_columns: tuple[str, ...]
    row_count: int
    skipped: tuple[SkippedRecord, ...]
    notes: tuple[str, ...]

    def with_frames(self, frames: Mapping[str, pd.DataFrame]) -> Parsed:
        """Return the same together with the facts."""
        return Parsed(frames=frames, **{each.name: getattr(self, each.name) for each in fields(self)})


@dataclass(frozen=True, slots=True)
class Parsed:
    """Everything one document says, all of it in memory.

    A table missing from ``frames`` means that the document says nothing about it; an empty frame means that it says there
    are no records. Only the second may empty a day in the warehouse.

    Attributes:
        frames: table name to frame: the table's columns in order, then ``line``; all of them Arrow types.

    The others are those of `Told`.
    """

    frames: Mapping[str, pd.DataFrame]
    encoding: str
    replacement_count: int
    unknown_columns: tuple[str, ...]
    row_count: int
    skipped: tuple[SkippedRecord, ...]
    notes: tuple[str, ...]

    @property
    def told(self) -> Told:
        """Everything but the frames."""
        return Told(**{each.name: getattr(self, each.name) for each in fields(Told)})


@dataclass(frozen=True, slots=True)
class SortedFacts:
    """One table's facts, sorted by their key: in memory, or in a file when there are many.

    Attributes:
        row_count: how many there are.
        place: the facts, or the Arrow file that holds them.
    """

    row_count: int
    place: pa.Table | Path

    def batches(self) -> Iterator[pa.Table]:
        """Yield the facts in the order of their key, with the columns and types of the table's schema."""
        if isinstance(self.place, pa.Table):
            if self.row_count:
                yield self.place
            return
        with pa.OSFile(str(self.place)) as file, pa.ipc.open_stream(file) as reader:
            for batch in reader:
                yield pa.Table.from_batches([batch])


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one document says, however long it is.

    A table missing from ``tables`` means that the document says nothing about it; one without rows means that it says there
    are no records. Only the second may empty a day in the warehouse.

    Attributes:
        told: what reading it showed besides its facts.
        tables: table name to its facts.
    """

    told: Told
    tables: Mapping[str, SortedFacts]


def read_bytes(data: BinaryIO | bytes) -> bytes:
    """Return the document's bytes, whether they come as bytes or as an open file."""
    return data if isinstance(data, bytes) else data.read()


def as_file(data: BinaryIO | bytes) -> BinaryIO:
    """Return the document as an open file, whether it comes as bytes or as one."""
    return io.BytesIO(data) if isinstance(data, bytes) else data


def excerpt(text: str) -> str:
    """Return the text cut to the length that may be stored and shown beside a reason."""
    return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1] + "…"
