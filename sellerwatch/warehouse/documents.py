"""The list of received documents in the warehouse, and how each one fared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, func, insert, select, update

from sellerwatch.core.periods import Days
from sellerwatch.rawstore.manifest import Entry, Received
from sellerwatch.reports.document import SkippedRecord
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.tables.ledger import DOCUMENT, SKIPPED_RECORD, WINDOW
from sellerwatch.warehouse.windows import Window


@dataclass(frozen=True, slots=True)
class Document:
    """A received document and the window it fills."""

    id: str
    window: Window
    sha256: str
    manifest_number: int
    observed_at: datetime


def enter(connection: Connection, window: Window, entry: Entry, *, error: str | None) -> None:
    """Note a document that the raw store now holds; one with an error goes to quarantine. The same one is noted once."""
    known = select(DOCUMENT.c.id).where(DOCUMENT.c.manifest_number == entry.number, DOCUMENT.c.window_id == window.id)
    if connection.execute(known).first() is not None:
        return
    newest = select(func.coalesce(func.max(DOCUMENT.c.version), 0)).where(DOCUMENT.c.window_id == window.id)
    version = connection.execute(newest).scalar_one() + 1
    received: Received = entry.received
    connection.execute(
        insert(DOCUMENT).values(
            id=f"{window.id}#{version}",
            window_id=window.id,
            version=version,
            sha256=entry.sha256,
            byte_count=entry.byte_count,
            state="quarantined" if error else "raw",
            row_count=0,
            skipped_count=0,
            notes=[],
            error=error,
            observed_at=received.observed,
            received_at=datetime.fromisoformat(received.received_at),
            manifest_number=entry.number,
        ),
    )


def waiting(connection: Connection, store_id: str) -> list[Document]:
    """Return the store's documents that nothing has parsed yet, oldest observation first."""
    rows = connection.execute(
        select(DOCUMENT, WINDOW)
        .join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
        .where(WINDOW.c.store_id == store_id, DOCUMENT.c.state == "raw")
        .order_by(DOCUMENT.c.observed_at, DOCUMENT.c.id),
    )
    return [_document(row) for row in rows]


def mark_loaded(  # noqa: PLR0913 - one column each, named at the call
    connection: Connection,
    document: Document,
    *,
    encoding: str,
    row_count: int,
    skipped: Sequence[SkippedRecord],
    notes: Sequence[str],
    data_through: datetime | None,
) -> None:
    """Note that the document's facts are in the warehouse, with the records that were set aside."""
    _set(
        connection,
        document,
        state="loaded",
        encoding=encoding,
        row_count=row_count,
        skipped_count=len(skipped),
        notes=list(notes),
        data_through=data_through,
    )
    if skipped:
        rows = {(item.table, item.line): item for item in skipped}
        connection.execute(insert(SKIPPED_RECORD), [_skipped_row(document, item) for item in rows.values()])


def _skipped_row(document: Document, item: SkippedRecord) -> dict[str, object]:
    return {
        "document_id": document.id,
        "table_name": item.table,
        "line": item.line,
        "column_name": item.column,
        "reason": item.reason,
        "excerpt": item.excerpt,
    }


def mark_quarantined(connection: Connection, document: Document, error: str) -> None:
    """Note that the document could not be read as its report; its bytes stay, and the old facts stay."""
    _set(connection, document, state="quarantined", error=error)


def quarantine_problems(connection: Connection, store_id: str, as_of: date) -> list[Problem]:
    """Return a problem for each window of the night whose newest document could not be read."""
    rows = connection.execute(
        select(DOCUMENT.c.id, DOCUMENT.c.error)
        .join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
        .where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.wanted_for == as_of,
            DOCUMENT.c.version == newest_version(),
            DOCUMENT.c.state == "quarantined",
        )
        .order_by(DOCUMENT.c.id),
    )
    return [
        Problem(
            f"document set aside: {row.error}",
            row.id,
            "Its bytes are kept; correct the cause and run `sellerwatch nightly` again",
        )
        for row in rows
    ]


def newest_version() -> ScalarSelect[int]:
    """Return the version of a window's newest document, for a SELECT that joins the window."""
    other = DOCUMENT.alias()
    return select(func.max(other.c.version)).where(other.c.window_id == WINDOW.c.id).correlate(WINDOW).scalar_subquery()


def newest_data(connection: Connection, store_id: str, marketplace: str, report: str, as_of: date) -> datetime | None:
    """Return the newest moment that the feed's loaded documents speak of, as the night of ``as_of`` knew it."""
    found: datetime | None = connection.execute(
        select(func.max(DOCUMENT.c.data_through))
        .join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
        .where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.marketplace == marketplace,
            WINDOW.c.report == report,
            WINDOW.c.last_day <= as_of,
            DOCUMENT.c.state == "loaded",
        ),
    ).scalar_one()
    return found


def _set(connection: Connection, document: Document, **values: object) -> None:
    connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == document.id).values(**values))


def _document(row: Row[Any]) -> Document:
    window = Window(row.store_id, row.marketplace, row.report, Days(row.first_day, row.last_day))
    return Document(row.id, window, row.sha256, row.manifest_number, row.observed_at)
