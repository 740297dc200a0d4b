"""Which column of a document is which: Amazon's header cells matched to a table's columns, spelling aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sellerwatch.reports.contract import FactTable
from sellerwatch.reports.document import DocumentContext, DocumentError

_SHOWN_HEADERS = 40
_SHOWN_LENGTH = 60
_IGNORED = str.maketrans("", "", " _-")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table's columns stand in one document.

    Attributes:
        width: the number of header cells.
        positions: our column name to the place of its header cell.
        unknown: header cells nobody knows, as the document spells them.
        repeated: header cells that name a column which an earlier cell names already.
    """

    width: int
    positions: Mapping[str, int]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]


def fold(header: str) -> str:
    """Return the header without what Amazon varies: case, spaces, ``_`` and ``-``."""
    return header.casefold().translate(_IGNORED)


def match_header(headers: list[str], table: FactTable, left_out: Iterable[str], context: DocumentContext) -> Layout:
    """Find the table's columns among the header cells.

    Raises:
        DocumentError: a required column is missing; the message names it and the header found.
    """
    places: dict[str, int] = {}
    for place, header in enumerate(headers):
        places.setdefault(fold(header), place)
    spellings = {column.name: [fold(text) for text in (column.header, *column.also)] for column in table.document_columns}
    positions = {
        name: next(places[text] for text in texts if text in places)
        for name, texts in spellings.items()
        if any(text in places for text in texts)
    }
    refuse_missing(table, positions, headers, context)
    known = {text for texts in spellings.values() for text in texts} | {fold(header) for header in left_out}
    return Layout(
        width=len(headers),
        positions=positions,
        unknown=tuple(header for header in headers if header.strip() and fold(header) not in known),
        repeated=tuple(header for place, header in enumerate(headers) if header and places[fold(header)] != place),
    )


def refuse_missing(table: FactTable, found: Iterable[str], headers: Iterable[str], context: DocumentContext) -> None:
    """Raise `DocumentError` when a required column is not among the column names found."""
    names = set(found)
    missing = [column.header for column in table.document_columns if column.required and column.name not in names]
    if missing:
        raise DocumentError(
            f"The document lacks required columns: {', '.join(map(repr, missing))}",
            where=f"{table.name}, {context.marketplace.code}",
            remedy=f"Check the report type and the account's language; the columns found are: {_shown(list(headers))}",
        )


def _shown(headers: list[str]) -> str:
    """Return the headers as one line of bearable length."""
    more = f" and {len(headers) - _SHOWN_HEADERS} more" if len(headers) > _SHOWN_HEADERS else ""
    return ", ".join(repr(header[:_SHOWN_LENGTH]) for header in headers[:_SHOWN_HEADERS]) + more
