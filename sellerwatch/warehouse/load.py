"""Turning raw documents into facts: parse, replace what the document supersedes, and set aside what cannot be used."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
from sqlalchemy import Connection, Table

from sellerwatch.core.errors import PermanentError
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import end_of_day
from sellerwatch.rawstore.manifest import Entry
from sellerwatch.reports.contract import Content, Replace, Report
from sellerwatch.reports.document import EMPTY_DOCUMENT, DocumentContext, Parsed
from sellerwatch.reports.registry import REPORTS, TABLES
from sellerwatch.warehouse import documents, windows
from sellerwatch.warehouse.dialect import refresh_statistics
from sellerwatch.warehouse.documents import Document
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_with
from sellerwatch.warehouse.problems import Problem, problems_of, record
from sellerwatch.warehouse.replacing import NewFacts, replace_facts
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.workspace import Workspace

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What loading did."""

    documents: int
    rows: int
    skipped: int
    quarantined: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Content:
    """What was read from a document, ready to be stored."""

    report: Report
    context: DocumentContext
    parsed: Parsed
    facts: list[NewFacts]


@dataclass(frozen=True, slots=True)
class _Loaded:
    rows: int
    skipped: int


def load_night(workspace: Workspace, store_id: str, as_of: date) -> LoadReport:
    """Load every document of the store that nothing has parsed yet; a bad one is quarantined and the rest goes on."""
    with alone_with(workspace.engine, store_id):
        with reading(workspace.engine) as connection:
            waiting = documents.waiting(connection, store_id)
        entries = _entries(workspace, {document.manifest_number for document in waiting})
        tried = [_load_or_quarantine(workspace, document, entries) for document in waiting]
        with writing(workspace.engine) as connection:
            refresh_statistics(connection, _tables_filled_by(waiting))
            problems = _problems(connection, store_id, as_of)
            record(connection, store_id, as_of, "load", problems)
    loaded = [item for item in tried if item is not None]
    return LoadReport(
        documents=len(loaded),
        rows=sum(item.rows for item in loaded),
        skipped=sum(item.skipped for item in loaded),
        quarantined=len(tried) - len(loaded),
        problems=tuple(problems),
    )


def _tables_filled_by(waiting: Iterable[Document]) -> list[Table]:
    names = {table.name for document in waiting for table in REPORTS[document.window.report].tables}
    return [FACTS[name] for name in sorted(names)]


def _problems(connection: Connection, store_id: str, as_of: date) -> list[Problem]:
    pulled = [problem for step, problem in problems_of(connection, store_id, as_of) if step == "pull"]
    told = {problem.place.partition(" / ")[0] for problem in pulled}
    return documents.problems_of_documents(connection, store_id, as_of, told=told)


def _entries(workspace: Workspace, numbers: Collection[int]) -> dict[int, Entry]:
    if not numbers:
        return {}
    return {entry.number: entry for entry in workspace.raw.manifest.entries() if entry.number in numbers}


def _load_or_quarantine(workspace: Workspace, document: Document, entries: Mapping[int, Entry]) -> _Loaded | None:
    """Load a document; one that is of no use is set aside, and its window is open again for another report.

    Raises:
        SellerwatchError: the warehouse cannot be written; that is no fault of the document, which waits.
    """
    try:
        content = _read(workspace, document, entries)
    except PermanentError as error:
        _set_aside(workspace, document, error)
        return None
    try:
        return _store(workspace, document, content)
    except OverflowError as error:
        _set_aside(workspace, document, PermanentError(str(error), where=document.id))
        return None


def _set_aside(workspace: Workspace, document: Document, error: PermanentError) -> None:
    _log.warning("%s is quarantined: %s", document.id, error)
    with writing(workspace.engine) as connection:
        documents.mark_quarantined(connection, document, str(error))
        if documents.is_newest(connection, document):
            windows.reopen(connection, document.window, f"its document {document.id} was set aside")


def _read(workspace: Workspace, document: Document, entries: Mapping[int, Entry]) -> _Content:
    """Return what the document says.

    Raises:
        PermanentError: it is lost, altered, or cannot be believed.
    """
    entry = entries.get(document.manifest_number)
    if entry is None or entry.sha256 != document.sha256:
        raise PermanentError(
            "the raw store does not list the document",
            where=document.id,
            remedy="Restore the raw store from a backup; `sellerwatch verify` shows what is missing",
        )
    report = REPORTS[document.window.report]
    context = _context(report, document, entry)
    parsed = _parse(report, workspace.raw.read(entry), context)
    _refuse_empty(report, document, parsed)
    return _Content(report, context, parsed, _new_facts(parsed, document))


def _store(workspace: Workspace, document: Document, content: _Content) -> _Loaded:
    parsed = content.parsed
    rows = sum(new.rows.num_rows for new in content.facts)
    with writing(workspace.engine) as connection:
        kept = sum(replace_facts(connection, document, new) for new in content.facts)
        documents.mark_loaded(
            connection,
            document,
            encoding=parsed.encoding,
            row_count=rows,
            skipped=parsed.skipped,
            notes=_notes(parsed, content.report, kept),
            data_through=_data_through(parsed, content.context),
        )
    return _Loaded(rows, len(parsed.skipped))


def _context(report: Report, document: Document, entry: Entry) -> DocumentContext:
    return DocumentContext(
        marketplace=BY_CODE[document.window.marketplace],
        content_type=entry.received.content_type,
        days=None if _is_snapshot(report) else document.window.days,
        observed_at=document.observed_at,
    )


def _parse(report: Report, data: bytes, context: DocumentContext) -> Parsed:
    """Parse; a document that brings the parser down is as bad as one it refuses, and must not stop the others."""
    try:
        return report.parse(data, context)
    except PermanentError:
        raise
    except Exception as error:
        _log.exception("the parser of %s failed", report.name)
        raise PermanentError(
            f"the parser failed on it: {type(error).__name__}",
            where=f"{report.name}, {context.marketplace.code}",
            remedy="Report it as a fault of sellerwatch, with the log",
        ) from error


def _refuse_empty(report: Report, document: Document, parsed: Parsed) -> None:
    """Refuse a document without a byte where Amazon always writes some: a table of the present state has a header, JSON has brackets.

    Believed, it would empty the stock; where nothing happened on a day, on the other hand, it is Amazon's way to say so.
    """
    always_says_something = report.content is Content.JSON or _is_snapshot(report)
    if EMPTY_DOCUMENT in parsed.notes and always_says_something:
        raise PermanentError(
            "the document is empty: it has no record and not even a header",
            where=document.id,
            remedy="Look in Seller Central whether the report is empty there too",
        )


def _is_snapshot(report: Report) -> bool:
    return any(table.replace is Replace.SNAPSHOT for table in report.tables)


def _new_facts(parsed: Parsed, document: Document) -> list[NewFacts]:
    """Return what the document says about each table.

    Raises:
        PermanentError: not one record of a table could be used; taken at its word, the document would empty the table.
    """
    gaps = {record.table for record in parsed.skipped}
    for name, frame in parsed.frames.items():
        if name in gaps and not len(frame):
            first = next(record for record in parsed.skipped if record.table == name)
            raise PermanentError(
                f"no record of {name} could be used; the first, line {first.line}: {first.column} {first.reason}",
                where=document.id,
                remedy="Compare the document with the report's columns; its bytes are kept",
            )
    return [
        NewFacts(TABLES[name], pa.Table.from_pandas(frame, preserve_index=False), name in gaps)
        for name, frame in parsed.frames.items()
    ]


def _notes(parsed: Parsed, report: Report, kept: int) -> list[str]:
    unknown = [f"unknown_column: {name}" for name in parsed.unknown_columns]
    lost = [f"replacement_characters: {parsed.replacement_count}"] if parsed.replacement_count else []
    silent = [documents.silence(table.name) for table in report.tables if table.name not in parsed.frames]
    older = [f"older_orders_kept: {kept}"] if kept else []
    return [*unknown, *lost, *silent, *older, *parsed.notes]


def _data_through(parsed: Parsed, context: DocumentContext) -> datetime | None:
    """Return the newest moment the document speaks of; one without rows is not fresh data."""
    if not any(len(frame) for frame in parsed.frames.values()):
        return None
    if context.days is None:
        return context.observed_at
    return min(context.observed_at, end_of_day(context.days.last, context.marketplace.zone))
