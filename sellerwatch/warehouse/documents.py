"""The list of received documents in the warehouse, and how each one fared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, and_, delete, exists, func, insert, or_, select, update

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, end_of_day
from sellerwatch.rawstore.manifest import Entry, Received
from sellerwatch.reports.document import SkippedRecord
from sellerwatch.reports.registry import REPORTS
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.tables.ledger import DOCUMENT, SKIPPED_RECORD, WINDOW
from sellerwatch.warehouse.windows import BY_BACKFILL, IMPORTED, NO_NIGHT, PULLED, Window

_RECENTLY: Final = timedelta(days=120)
"""The windows of the slowest feed, which is of quarters, are no further apart."""

_SPARSE: Final = sorted(name for name, report in REPORTS.items() if report.is_sparse)


@dataclass(frozen=True, slots=True)
class Document:
    """A received document and the window it fills."""

    id: str
    window: Window
    sha256: str
    manifest_number: int
    observed_at: datetime


def silence(table: str) -> str:
    """Return the note of a document that says nothing about one of its report's tables, not even that it has no records."""
    return f"says_nothing_of: {table}"


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


def waiting(connection: Connection, store_id: str, *, limit: int | None = None) -> list[Document]:
    """Return the store's documents that nothing has parsed yet, oldest observation first, and no more than ``limit``."""
    rows = connection.execute(
        select(DOCUMENT, WINDOW)
        .join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
        .where(WINDOW.c.store_id == store_id, DOCUMENT.c.state == "raw")
        .order_by(DOCUMENT.c.observed_at, DOCUMENT.c.id)
        .limit(limit),
    )
    return [_document(row) for row in rows]


def wait_again(connection: Connection, store_id: str, reports: Collection[str], days: Days) -> None:
    """Let the documents of these reports that speak of these days wait to be parsed once more, those set aside too.

    Their facts stay until then, and so does the newest moment they speak of: no feed looks late meanwhile.
    """
    chosen = (
        select(DOCUMENT.c.id)
        .join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
        .where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.report.in_(reports),
            WINDOW.c.first_day <= days.last,
            WINDOW.c.last_day >= days.first,
        )
    )
    connection.execute(delete(SKIPPED_RECORD).where(SKIPPED_RECORD.c.document_id.in_(chosen)))
    connection.execute(update(DOCUMENT).where(DOCUMENT.c.id.in_(chosen)).values(state="raw", error=None))


def set_aside_detail(document_id: ColumnElement[str] | str) -> Any:  # noqa: ANN401 - text, or an expression that gives it
    """Return what a window says that is wanted again because its document could not be used."""
    return "its document " + document_id + " was set aside"


def finish_windows_made_good(connection: Connection, store_id: str, now: datetime) -> None:
    """Finish the windows that are wanted again only because of a document that could be read after all."""
    made_good = exists().where(
        DOCUMENT.c.window_id == WINDOW.c.id,
        DOCUMENT.c.state == "loaded",
        WINDOW.c.detail == set_aside_detail(DOCUMENT.c.id),
    )
    connection.execute(
        update(WINDOW)
        .where(WINDOW.c.store_id == store_id, WINDOW.c.state == "wanted", made_good)
        .values(state="done", detail=None, finished_at=now),
    )


def loaded_later(connection: Connection, document: Document, reports: Collection[str]) -> list[Document]:
    """Return the loaded documents of these reports that are newer than this one, of the same marketplace, oldest first."""
    window = document.window
    rows = connection.execute(
        select(DOCUMENT, WINDOW)
        .join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
        .where(
            WINDOW.c.store_id == window.store_id,
            WINDOW.c.marketplace == window.marketplace,
            WINDOW.c.report.in_(reports),
            DOCUMENT.c.state == "loaded",
            is_newer(DOCUMENT.c.observed_at, DOCUMENT.c.id, document),
        )
        .order_by(DOCUMENT.c.observed_at, DOCUMENT.c.id),
    )
    return [_document(row) for row in rows]


def is_newer(observed_at: ColumnElement[datetime], document_id: ColumnElement[str], document: Document) -> ColumnElement[bool]:
    """Compare by the moment Amazon made a document; of two made at once, the one with the later name is the newer."""
    return or_(
        observed_at > document.observed_at,
        and_(observed_at == document.observed_at, document_id > document.id),
    )


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


def is_newest(connection: Connection, document: Document) -> bool:
    """Tell whether no later document has been received for the window."""
    newest = select(DOCUMENT.c.id).where(DOCUMENT.c.window_id == document.window.id).order_by(DOCUMENT.c.version.desc())
    return bool(connection.execute(newest.limit(1)).scalar_one() == document.id)


def problems_of_documents(connection: Connection, store_id: str, as_of: date, *, told: Collection[str]) -> list[Problem]:
    """Return a problem for each window of the night whose newest document is set aside, or has records that are.

    Args:
        connection: an open transaction.
        store_id: the store.
        as_of: the night.
        told: windows whose trouble was recorded when they were pulled; it is not told twice.
    """
    rows = connection.execute(
        select(DOCUMENT)
        .join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
        .where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.wanted_for == as_of,
            DOCUMENT.c.version == newest_version(),
            or_(DOCUMENT.c.state == "quarantined", and_(DOCUMENT.c.state == "loaded", DOCUMENT.c.skipped_count > 0)),
        )
        .order_by(DOCUMENT.c.id),
    ).all()
    return [
        _set_aside(row) if row.state == "quarantined" else _records_set_aside(connection, row)
        for row in rows
        if row.state == "loaded" or row.window_id not in told
    ]


def _set_aside(row: Row[Any]) -> Problem:
    return Problem(
        f"document set aside: {row.error}",
        row.id,
        "Its bytes are kept; correct the cause and run `sellerwatch nightly` again: the report is asked for anew",
    )


def _records_set_aside(connection: Connection, row: Row[Any]) -> Problem:
    first = connection.execute(
        select(SKIPPED_RECORD)
        .where(SKIPPED_RECORD.c.document_id == row.id)
        .order_by(SKIPPED_RECORD.c.line, SKIPPED_RECORD.c.table_name)
        .limit(1),
    ).one()
    cell = f", column {first.column_name!r}" if first.column_name else ""
    records = "1 record" if row.skipped_count == 1 else f"{row.skipped_count} records"
    return Problem(
        f"{records} of {row.row_count + row.skipped_count} set aside; the first, line {first.line}{cell}: {first.reason}",
        row.id,
        "The rest is loaded, and older facts that these records may have replaced are kept; see the table skipped_record",
    )


def newest_version() -> ScalarSelect[int]:
    """Return the version of a window's newest document, for a SELECT that joins the window."""
    other = DOCUMENT.alias()
    return select(func.max(other.c.version)).where(other.c.window_id == WINDOW.c.id).correlate(WINDOW).scalar_subquery()


def newest_data(
    connection: Connection,
    store_id: str,
    marketplace: str,
    report: str,
    as_of: date,
    *,
    known_by: datetime | None = None,
) -> datetime | None:
    """Return the newest moment that the feed's loaded documents speak of, as the night of ``as_of`` knew it.

    Later nights fetch its days again; ``known_by`` leaves out what was received after that instant. A file that a person
    imported never counts, nor does what only a backfill wanted: they would make a feed look fresh that delivers nothing.
    """
    return newest_of_feeds(connection, store_id, [marketplace], [report], as_of, known_by=known_by).get((marketplace, report))


def newest_of_feeds(
    connection: Connection,
    store_id: str,
    places: Collection[str],
    reports: Collection[str],
    as_of: date,
    *,
    known_by: datetime | None = None,
) -> dict[tuple[str, str], datetime]:
    """Return the same of all these reports in all these marketplaces, by both; a feed that delivered nothing is left out.

    No document speaks of a moment after its window, so the windows of the last months tell it. Where they tell nothing, all do.
    """
    recent = Days(as_of - _RECENTLY, as_of)
    found = _newest_within(connection, _delivered_in(store_id, places, reports, recent), known_by)
    silent: dict[tuple[str, ...], list[str]] = {}
    for place in places:
        silent.setdefault(tuple(report for report in reports if (place, report) not in found), []).append(place)
    for missing, where in silent.items():
        if missing:
            ever = _delivered_in(store_id, where, missing, Days(date.min, as_of))
            found |= _newest_within(connection, ever, known_by)
    return found


def _newest_within(
    connection: Connection, are_theirs: tuple[ColumnElement[bool], ...], known_by: datetime | None
) -> dict[tuple[str, str], datetime]:
    newest = (
        select(WINDOW.c.marketplace, WINDOW.c.report, func.max(DOCUMENT.c.data_through))
        .select_from(InOrder(WINDOW, DOCUMENT, DOCUMENT.c.window_id == WINDOW.c.id))
        .where(*are_theirs, DOCUMENT.c.state != "quarantined")  # one that waits to be read again has said this much already
        .group_by(WINDOW.c.marketplace, WINDOW.c.report)
    )
    if known_by is not None:
        newest = newest.where(DOCUMENT.c.received_at <= known_by)
    found = {(place, report): through for place, report, through in connection.execute(newest) if through}
    for key, nothing in _nothing_until(connection, are_theirs, known_by):
        found[key] = max(nothing, found.get(key, nothing))
    return found


def _delivered_in(
    store_id: str, places: Collection[str], reports: Collection[str], days: Days
) -> tuple[ColumnElement[bool], ...]:
    """Return which windows that end on these days Amazon filled; what a backfill alone has wanted clears no alert of a late feed."""
    return (
        WINDOW.c.store_id == store_id,
        WINDOW.c.marketplace.in_(sorted(places)),
        WINDOW.c.report.in_(sorted(reports)),
        WINDOW.c.last_day.between(days.first, days.last),
        WINDOW.c.origin == PULLED,
        or_(WINDOW.c.wanted_for != NO_NIGHT, WINDOW.c.asked_by.not_like(f"{BY_BACKFILL}%")),
    )


def _nothing_until(
    connection: Connection, are_theirs: tuple[ColumnElement[bool], ...], known_by: datetime | None
) -> Iterator[tuple[tuple[str, str], datetime]]:
    """Yield the moments until which Amazon has said that there is nothing; of a sparse feed that is fresh data too."""
    columns = (WINDOW.c.marketplace, WINDOW.c.report, WINDOW.c.last_day, WINDOW.c.finished_at)
    empty = select(*columns).where(*are_theirs, WINDOW.c.report.in_(_SPARSE), WINDOW.c.state == "empty")
    if known_by is not None:
        empty = empty.where(WINDOW.c.finished_at <= known_by)
    for place, report, last, told_at in connection.execute(empty):
        yield (place, report), min(end_of_day(last, BY_CODE[place].zone), told_at)


def known_by_import_alone(connection: Connection, store_id: str, as_of: date) -> set[tuple[str, str]]:
    """Return marketplace and report of each feed whose newest days only a file tells that a person imported.

    Amazon has made nothing newer since, so what depends on the feed may not page anybody: it waits for the next pull.
    """
    pulled, made = WINDOW.alias(), DOCUMENT.alias()
    newer_pulled = exists().where(
        made.c.window_id == pulled.c.id,
        made.c.state == "loaded",
        made.c.observed_at >= DOCUMENT.c.observed_at,
        pulled.c.origin == PULLED,
        pulled.c.store_id == WINDOW.c.store_id,
        pulled.c.marketplace == WINDOW.c.marketplace,
        pulled.c.report == WINDOW.c.report,
    )
    rows = connection.execute(
        select(WINDOW.c.marketplace, WINDOW.c.report)
        .select_from(InOrder(WINDOW, DOCUMENT, DOCUMENT.c.window_id == WINDOW.c.id))
        .where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.marketplace.in_(sorted(BY_CODE)),  # all there are: the index leads to the last days of a feed alone
            WINDOW.c.report.in_(sorted(REPORTS)),
            WINDOW.c.origin == IMPORTED,
            WINDOW.c.last_day >= as_of - timedelta(days=1),
            DOCUMENT.c.state == "loaded",
            ~newer_pulled,
        ),
    )
    return {(row.marketplace, row.report) for row in rows}


def _set(connection: Connection, document: Document, **values: object) -> None:
    connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == document.id).values(**values))


def _document(row: Row[Any]) -> Document:
    days = Days(row.first_day, row.last_day)
    window = Window(row.store_id, row.marketplace, row.report, days, row.part, row.origin)
    return Document(row.id, window, row.sha256, row.manifest_number, row.observed_at)
