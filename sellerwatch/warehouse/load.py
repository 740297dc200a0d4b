"""Turning raw documents into facts: parse, replace what the document supersedes, and set aside what cannot be used."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa
from sqlalchemy import Connection, Table

from sellerwatch.core.errors import PermanentError
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, end_of_day
from sellerwatch.rawstore.manifest import Entry
from sellerwatch.reports.contract import Content, Replace, Report
from sellerwatch.reports.document import EMPTY_DOCUMENT, DocumentContext, Reading, Told
from sellerwatch.reports.registry import REPORTS, TABLES
from sellerwatch.reports.sorting import reading_of
from sellerwatch.warehouse import documents, windows
from sellerwatch.warehouse.dialect import refresh_statistics
from sellerwatch.warehouse.documents import Document
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_with
from sellerwatch.warehouse.problems import Problem, problems_of, record
from sellerwatch.warehouse.replacing import MANY_ROWS, NewFacts, Replaced, lay_beside, replace_facts
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.windows import Window
from sellerwatch.warehouse.workspace import Workspace

A_FEW: Final = 8
"""Documents that are loaded in one go while a pull has nothing else to do: few, so that it is soon back."""

_log = logging.getLogger(__name__)

_TOGETHER: Mapping[str, frozenset[str]] = {
    name: frozenset(other.name for other in REPORTS.values() if {*other.tables} & {*report.tables})
    for name, report in REPORTS.items()
}
"""Each report's name to the names of all that fill a table of its."""


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

    document: Document
    report: Report
    context: DocumentContext
    told: Told
    facts: tuple[NewFacts, ...]


@dataclass(frozen=True, slots=True)
class _Loaded:
    rows: int
    skipped: int


@dataclass(frozen=True, slots=True)
class _Loading:
    """What loading the documents of one store works with: the workspace, the lines of what waits, and a folder of its own."""

    workspace: Workspace
    entries: Mapping[int, Entry]
    workbench: Path


def load_night(workspace: Workspace, store_id: str, as_of: date) -> LoadReport:
    """Load every document of the store that nothing has parsed yet; a bad one is quarantined and the rest goes on."""
    with alone_with(workspace.engine, store_id):
        tried = _load_waiting(workspace, store_id)
        with writing(workspace.engine) as connection:
            problems = _problems(connection, store_id, as_of)
            record(connection, store_id, as_of, "load", problems)
    return _report(tried, problems)


def load_waiting(workspace: Workspace, store_id: str) -> LoadReport:
    """Load every document of the store that nothing has parsed yet, outside any night: whoever asked looks how each one fared."""
    with alone_with(workspace.engine, store_id):
        return _report(_load_waiting(workspace, store_id), ())


def load_again(workspace: Workspace, store_id: str, reports: Collection[str], days: Days) -> LoadReport:
    """Load the documents of these reports that speak of these days once more, from the raw store, as if they had just come.

    They wait first, all together: so none is applied again behind each of the others, and what a crash leaves is loaded by
    the next run.
    """
    with alone_with(workspace.engine, store_id):
        with writing(workspace.engine) as connection:
            documents.wait_again(connection, store_id, reports, days)
        tried = _load_waiting(workspace, store_id)
        with writing(workspace.engine) as connection:
            documents.finish_windows_made_good(connection, store_id, workspace.clock.now())
        return _report(tried, ())


def _report(tried: Sequence[_Loaded | None], problems: Sequence[Problem]) -> LoadReport:
    loaded = [item for item in tried if item is not None]
    return LoadReport(
        documents=len(loaded),
        rows=sum(item.rows for item in loaded),
        skipped=sum(item.skipped for item in loaded),
        quarantined=len(tried) - len(loaded),
        problems=tuple(problems),
    )


def load_some(workspace: Workspace, store_id: str, until: datetime) -> bool:
    """Load a few documents that nothing has parsed yet, for a caller that holds the store and has time until then.

    Returns:
        Whether there were any; none is begun after the moment.
    """
    return bool(_load_waiting(workspace, store_id, limit=A_FEW, until=until))


def load_held(workspace: Workspace, store_id: str, chosen: Callable[[Window], bool]) -> int:
    """Load those of the store's waiting documents whose windows are chosen; whoever calls holds the store.

    Returns:
        How many were loaded; one that was set aside is none.
    """
    with reading(workspace.engine) as connection:
        waiting = [document for document in documents.waiting(connection, store_id) if chosen(document.window)]
    return sum(loaded is not None for loaded in _load_all(workspace, store_id, waiting))


def _load_waiting(
    workspace: Workspace, store_id: str, *, limit: int | None = None, until: datetime | None = None
) -> list[_Loaded | None]:
    with reading(workspace.engine) as connection:
        waiting = documents.waiting(connection, store_id, limit=limit)
    tried = _load_all(workspace, store_id, waiting, until=until)
    if not tried:
        return []
    with writing(workspace.engine) as connection:
        refresh_statistics(connection, _tables_filled_by(waiting))
    return tried


def _tables_filled_by(waiting: Iterable[Document]) -> list[Table]:
    names = {table.name for document in waiting for table in REPORTS[document.window.report].tables}
    return [FACTS[name] for name in sorted(names)]


def _problems(connection: Connection, store_id: str, as_of: date) -> list[Problem]:
    pulled = [problem for step, problem in problems_of(connection, store_id, as_of) if step == "pull"]
    told = {problem.place.partition(" / ")[0] for problem in pulled}
    return documents.problems_of_documents(connection, store_id, as_of, told=told)


def _load_all(
    workspace: Workspace, store_id: str, waiting: Sequence[Document], *, until: datetime | None = None
) -> list[_Loaded | None]:
    if not waiting:
        return []
    # Arrow's own allocator keeps what was freed for itself: a third more at the peak, for no time gained.
    pa.set_memory_pool(pa.system_memory_pool())
    loading = _Loading(workspace, _entries(workspace, waiting), workspace.raw.open_workbench(store_id))
    in_time = takewhile(lambda _: until is None or workspace.clock.now() < until, waiting)
    return [_load_or_quarantine(loading, document) for document in in_time]


def _entries(workspace: Workspace, wanted: Iterable[Document]) -> dict[int, Entry]:
    """Return the raw store's lines of these documents by their number; all lines of some years would be much to hold."""
    numbers = {document.manifest_number for document in wanted}
    if not numbers:
        return {}
    return {entry.number: entry for entry in workspace.raw.manifest.entries(numbers)}


def _load_or_quarantine(loading: _Loading, document: Document) -> _Loaded | None:
    """Load a document; one that is of no use is set aside, and its window is open again for another report.

    Raises:
        SellerwatchError: the warehouse or the workbench cannot be written; that is no fault of the document, which waits.
    """
    with _emptied_afterwards(loading.workbench):
        try:
            again = _to_apply_again(loading, document)
            entries = {**loading.entries, **_entries(loading.workspace, again)}
            contents = [_read(loading, each, entries.get(each.manifest_number)) for each in (document, *again)]
        except PermanentError as error:
            _set_aside(loading.workspace, document, error)
            return None
        try:
            return _store(loading, contents)
        except OverflowError as error:
            _set_aside(loading.workspace, document, PermanentError(str(error), where=document.id))
            return None


@contextmanager
def _emptied_afterwards(workbench: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PermanentError(
            f"there is no room to work: {error.strerror or error}",
            where=str(workbench),
            remedy="Free disk space and run again; what was committed is kept",
        ) from error
    finally:
        for file in workbench.iterdir():
            file.unlink()


def _to_apply_again(loading: _Loading, document: Document) -> list[Document]:
    """Return the newer documents that are loaded already and may speak of the same: their word counts, so it comes last."""
    report = REPORTS[document.window.report]
    with reading(loading.workspace.engine) as connection:
        later = documents.loaded_later(connection, document, _TOGETHER[report.name])
    days = document.window.days
    is_by_day = all(table.replace is Replace.BY_DAY for table in report.tables)
    return [other for other in later if not is_by_day or (other.window.days.first in days or days.first in other.window.days)]


def _set_aside(workspace: Workspace, document: Document, error: PermanentError) -> None:
    _log.warning("%s is quarantined: %s", document.id, error)
    with writing(workspace.engine) as connection:
        documents.mark_quarantined(connection, document, str(error))
        if documents.is_newest(connection, document):
            windows.reopen(connection, document.window, documents.set_aside_detail(document.id))


def _read(loading: _Loading, document: Document, entry: Entry | None) -> _Content:
    """Return what the document says.

    Raises:
        PermanentError: it is lost, altered, or cannot be believed.
    """
    if entry is None or entry.sha256 != document.sha256:
        raise PermanentError(
            "the raw store does not list the document",
            where=document.id,
            remedy="Restore the raw store from a backup; `sellerwatch verify` shows what is missing",
        )
    report = REPORTS[document.window.report]
    context = _context(report, document, entry)
    with loading.workspace.raw.open(entry) as file:
        found = _parse(report, file, context, loading.workbench)
    _refuse_empty(report, document, found.told)
    return _Content(document, report, context, found.told, _new_facts(found, document))


def _store(loading: _Loading, contents: Sequence[_Content]) -> _Loaded:
    """Apply a document, and after it those newer ones that are loaded already; only the first is new to the warehouse."""
    engine = loading.workspace.engine
    file = loading.workbench / "rows.sqlite"
    if engine.dialect.name == "sqlite":
        contents = [_with_many_rows_beside(content, file, number) for number, content in enumerate(contents)]
    with writing(engine, beside=file if file.exists() else None) as connection:
        replaced, *_ = [[replace_facts(connection, content.document, new) for new in content.facts] for content in contents]
        _mark_loaded(connection, contents[0], replaced)
    return _Loaded(sum(item.row_count for item in replaced), len(contents[0].told.skipped))


def _with_many_rows_beside(content: _Content, file: Path, number: int) -> _Content:
    facts = tuple(
        lay_beside(file, new, f"{new.fact.name}_{number}") if new.rows.row_count >= MANY_ROWS else new for new in content.facts
    )
    return replace(content, facts=facts)


def _mark_loaded(connection: Connection, content: _Content, replaced: Sequence[Replaced]) -> None:
    documents.mark_loaded(
        connection,
        content.document,
        encoding=content.told.encoding,
        row_count=sum(item.row_count for item in replaced),
        skipped=content.told.skipped,
        notes=_notes(content, replaced),
        data_through=_data_through(content),
    )


def _context(report: Report, document: Document, entry: Entry) -> DocumentContext:
    return DocumentContext(
        marketplace=BY_CODE[document.window.marketplace],
        content_type=entry.received.content_type,
        days=None if report.is_snapshot else document.window.days,
        observed_at=document.observed_at,
    )


def _parse(report: Report, file: BinaryIO, context: DocumentContext, workbench: Path) -> Reading:
    """Parse; a document that brings the parser down is as bad as one it refuses, and must not stop the others."""
    try:
        if report.stream is not None:
            return report.stream(file, context, workbench)
        return reading_of(report.parse(file, context), TABLES)
    except OSError:
        raise  # the disk's fault and not the document's
    except PermanentError:
        raise
    except Exception as error:
        _log.exception("the parser of %s failed", report.name)
        raise PermanentError(
            f"the parser failed on it: {type(error).__name__}",
            where=f"{report.name}, {context.marketplace.code}",
            remedy="Report it as a fault of sellerwatch, with the log",
        ) from error


def _refuse_empty(report: Report, document: Document, told: Told) -> None:
    """Refuse a document without a byte where Amazon always writes some: a table of the present state has a header, JSON has brackets.

    Believed, it would empty the stock; where nothing happened on a day, on the other hand, it is Amazon's way to say so.
    """
    always_says_something = report.content is Content.JSON or report.is_snapshot
    if EMPTY_DOCUMENT in told.notes and always_says_something:
        raise PermanentError(
            "the document is empty: it has no record and not even a header",
            where=document.id,
            remedy="Look in Seller Central whether the report is empty there too",
        )


def _new_facts(found: Reading, document: Document) -> tuple[NewFacts, ...]:
    """Return what the document says about each table.

    Raises:
        PermanentError: not one record of a table could be used; taken at its word, the document would empty the table.
    """
    gaps = {record.table for record in found.told.skipped}
    for name, facts in found.tables.items():
        if name in gaps and not facts.row_count:
            first = next(record for record in found.told.skipped if record.table == name)
            raise PermanentError(
                f"no record of {name} could be used; the first, line {first.line}: {first.column} {first.reason}",
                where=document.id,
                remedy="Compare the document with the report's columns; its bytes are kept",
            )
    return tuple(NewFacts(TABLES[name], facts, name in gaps) for name, facts in found.tables.items())


def _notes(content: _Content, replaced: Sequence[Replaced]) -> list[str]:
    told, spoken_of = content.told, {new.fact.name for new in content.facts}
    counts = {
        "replacement_characters": told.replacement_count,
        "older_orders_kept": sum(item.kept_count for item in replaced),
        "outside_asked_days": sum(item.outside_count for item in replaced),
    }
    unknown = [f"unknown_column: {name}" for name in told.unknown_columns]
    silent = [documents.silence(table.name) for table in content.report.tables if table.name not in spoken_of]
    return [*unknown, *silent, *(f"{name}: {count}" for name, count in counts.items() if count), *told.notes]


def _data_through(content: _Content) -> datetime | None:
    """Return the newest moment the document speaks of; one without rows is not fresh data, unless there often is nothing."""
    context = content.context
    if not content.report.is_sparse and not any(new.rows.row_count for new in content.facts):
        return None
    if context.days is None:
        return context.observed_at
    return min(context.observed_at, end_of_day(context.days.last, context.marketplace.zone))
