"""Importing a report that a person downloaded in Seller Central: from there on it goes the way of every pulled document.

It gets a window of its own, so that it never stands for one that Amazon was asked for; and nobody is paged for what only it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from sellerwatch.core.errors import ConfigError, PermanentError, unknown_value
from sellerwatch.core.marketplaces import BY_CODE, BY_ID, Marketplace
from sellerwatch.core.periods import Days, local_day
from sellerwatch.rawstore.manifest import Entry, Received
from sellerwatch.rawstore.store import GZIP, RawStore
from sellerwatch.reports.contract import Content, FactTable, Replace, Report
from sellerwatch.reports.document import DocumentContext, SkippedRecord
from sellerwatch.reports.recognition import GZIP_SIGNATURE, Recognised, unpacked
from sellerwatch.reports.registry import REPORTS, TABLES
from sellerwatch.warehouse import documents, file_imports, windows
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_with
from sellerwatch.warehouse.file_imports import LOCK, ImportedFile, parameter
from sellerwatch.warehouse.load import load_night
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT
from sellerwatch.warehouse.windows import IMPORTED, Window
from sellerwatch.warehouse.workspace import Workspace

_CLOCKS_APART = timedelta(minutes=5)
"""How far the clock that dated a file may be ahead of ours."""

_CONTENT_TYPES: Mapping[Content, str] = {Content.TSV: "text/plain", Content.JSON: "application/json"}
"""Without a character set: a file on disk does not say one."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the person says of the file; None for what is left to the file or to the configuration.

    Attributes:
        store: the store's name.
        marketplace: Amazon's country code.
        first: the first day that the report was asked for.
        last: the last one.
        made_at: when Amazon made it.
    """

    store: str | None
    marketplace: str | None
    first: date | None
    last: date | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ReportImport:
    """What importing a report did, or would do.

    Attributes:
        report: the report.
        window: the window it fills.
        document_id: the document it became; None where nothing was written.
        is_known: the warehouse has had this very file for this window before.
        records: how many were or would be loaded, by table.
        skipped: records that are set aside.
        notes: what a person should know of how it was read.
    """

    report: Report
    window: Window
    document_id: str | None
    is_known: bool
    records: Mapping[str, int]
    skipped: tuple[SkippedRecord, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Examined:
    """What a document says, counted: its records and days by table, and the records that cannot be used."""

    records: Mapping[str, int]
    days: Mapping[str, frozenset[date]]
    skipped: tuple[SkippedRecord, ...]
    notes: tuple[str, ...]


def import_report_file(
    workspace: Workspace, file: ImportedFile, found: Recognised, stated: Stated, *, is_dry_run: bool
) -> ReportImport:
    """Import a report, unless the warehouse has had this very file before.

    Raises:
        ConfigError: the file and the person do not say together what it is of, or it would empty days it says nothing about.
        PermanentError: it cannot be read as the report.
    """
    window = _window(workspace, found, stated, file.name)
    examined = _examine(found.report, unpacked(file.data, where=file.name), _context(found.report, window, stated))
    _refuse_nothing(examined, file.name)
    with reading(workspace.engine) as connection:
        known = _known_document(connection, window, file)
        if found.days is None:
            _refuse_emptying(connection, found.report, window, examined)
    notes = (*examined.notes, *_also(found))
    document_id = known
    if not is_dry_run:
        document_id = known or _store(workspace, file, found.report, window, stated, examined)
        _load(workspace, window, document_id)
    return ReportImport(found.report, window, document_id, known is not None, examined.records, examined.skipped, notes)


def _also(found: Recognised) -> Iterator[str]:
    if found.also:
        yield f"may_also_be: {', '.join(found.also)}, which fills the same tables"


# Whose it is


def _window(workspace: Workspace, found: Recognised, stated: Stated, where: str) -> Window:
    """Return the window that the file fills.

    Raises:
        ConfigError: the options that would say it are missing, all of them named, or they contradict the file.
    """
    store = stated.store or _only(tuple(workspace.settings.stores))
    places = workspace.settings.store(store).marketplaces if store else ()
    code = stated.marketplace or _own_marketplace(found, places) or _only(places)
    days = _stated_days(found, stated, where)
    missing = [*_missing_place(workspace, store, code, found), *_missing_days(found, stated, days)]
    if missing or store is None or code is None:
        raise ConfigError(
            f"the {found.report.name} file does not say whose it is or for which days",
            where=where,
            remedy=f"Add {', '.join(missing)}",
        )
    if code not in places:
        raise unknown_value(code, places, what=f"marketplace of store {store}", where="--marketplace")
    place = BY_CODE[code]
    if days is None:
        today = local_day(stated.made_at, place.zone)
        days = Days(today, today)
    _refuse_future(days, stated, place, where)
    return Window(store, code, found.report.name, days, origin=IMPORTED)


def _only(values: tuple[str, ...]) -> str | None:
    return values[0] if len(values) == 1 else None


def _own_marketplace(found: Recognised, places: tuple[str, ...]) -> str | None:
    codes = tuple(BY_ID[item].code for item in found.marketplace_ids if item in BY_ID)
    return _only(tuple(code for code in codes if not places or code in places))


def _missing_place(workspace: Workspace, store: str | None, code: str | None, found: Recognised) -> Iterator[str]:
    if store is None:
        yield f"--store ({', '.join(workspace.settings.stores)})"
    if code is None and (store is not None or not found.marketplace_ids):
        places = workspace.settings.store(store).marketplaces if store else ()
        yield f"--marketplace ({', '.join(places)})" if places else "--marketplace"


def _missing_days(found: Recognised, stated: Stated, days: Days | None) -> Iterator[str]:
    if days is None and not found.report.is_snapshot:
        if stated.first is None:
            yield "--from (the first day that it was asked for)"
        if stated.last is None:
            yield "--to (the last one)"


def _stated_days(found: Recognised, stated: Stated, where: str) -> Days | None:
    if found.report.is_snapshot:
        if stated.first or stated.last:
            raise ConfigError(
                f"{found.report.name} shows one moment and has no --from and --to",
                where=where,
                remedy="Leave them out; --observed-at says when it was made",
            )
        return None
    if found.days is not None:
        return found.days
    if stated.first is None or stated.last is None:
        return None
    if stated.last < stated.first:
        raise ConfigError(f"--to {stated.last} comes before --from {stated.first}", where=where, remedy="Exchange them")
    return Days(stated.first, stated.last)


def _refuse_future(days: Days, stated: Stated, place: Marketplace, where: str) -> None:
    made_on = local_day(stated.made_at, place.zone)
    if days.last > made_on:
        raise ConfigError(
            f"the file was made on {made_on} and cannot tell of {days.last}",
            where=where,
            remedy="Correct --to, or say with --observed-at when it was made",
        )


def refuse_unborn(made_at: datetime, now: datetime, *, where: str) -> None:
    """Refuse a file that would have been made in the future: it would outrank what Amazon makes until then.

    Raises:
        ConfigError: it would.
    """
    if made_at > now + _CLOCKS_APART:
        raise ConfigError(f"--observed-at {made_at.isoformat()} lies in the future", where=where, remedy="Correct it")


# What it says


def _context(report: Report, window: Window, stated: Stated) -> DocumentContext:
    return DocumentContext(
        marketplace=BY_CODE[window.marketplace],
        content_type=_CONTENT_TYPES[report.content],
        days=None if report.is_snapshot else window.days,
        observed_at=stated.made_at,
    )


def _examine(report: Report, data: bytes, context: DocumentContext) -> _Examined:
    """Read the document once before anything is kept: a wrong file is the person's to exchange, not ours to quarantine."""
    parsed = report.parse(data, context)
    by_day = {name: TABLES[name] for name in parsed.frames if TABLES[name].replace is Replace.BY_DAY}
    return _Examined(
        records={name: len(frame) for name, frame in parsed.frames.items()},
        days={name: frozenset(parsed.frames[name][table.scope].dropna().unique()) for name, table in by_day.items()},
        skipped=parsed.skipped,
        notes=(*(f"unknown_column: {name}" for name in parsed.unknown_columns), *parsed.notes),
    )


def _refuse_nothing(examined: _Examined, where: str) -> None:
    if any(examined.records.values()):
        return
    if examined.skipped:
        first = examined.skipped[0]
        raise PermanentError(
            f"no record could be used; the first, line {first.line}: {first.column} {first.reason}",
            where=where,
            remedy="Compare the file with the report's columns, or name another report with --report",
        )
    raise ConfigError("the file holds no record", where=where, remedy="Download it again for days on which something happened")


def _refuse_emptying(connection: Connection, report: Report, window: Window, examined: _Examined) -> None:
    """Refuse days of which the warehouse has facts and the file has none: the person most likely named too many.

    Raises:
        ConfigError: there are such days.
    """
    for table in report.tables:
        silent = set(window.days) - examined.days.get(table.name, frozenset(window.days))
        lost = sorted(silent & _days_with_facts(connection, table, window)) if silent else []
        if lost:
            raise ConfigError(
                f"the file has no record of {len(lost)} of the days named, of which the warehouse has some; "
                f"they would be emptied, the first is {lost[0]}",
                where=f"{report.name}, {window.days}",
                remedy="Narrow --from and --to to the days that the file was asked for",
            )


def _days_with_facts(connection: Connection, table: FactTable, window: Window) -> set[date]:
    facts = FACTS[table.name]
    day = facts.c[table.scope]
    rows = connection.execute(
        select(day)
        .where(
            facts.c.store_id == window.store_id,
            facts.c.marketplace == window.marketplace,
            day.between(window.days.first, window.days.last),
        )
        .distinct(),
    )
    return set(rows.scalars())


# Keeping it


def _known_document(connection: Connection, window: Window, file: ImportedFile) -> str | None:
    """Return the document that this very file has become before."""
    found = connection.execute(
        select(DOCUMENT.c.id).where(DOCUMENT.c.window_id == window.id, DOCUMENT.c.sha256 == file.sha256),
    )
    document_id: str | None = found.scalar_one_or_none()
    return document_id


def _store(
    workspace: Workspace, file: ImportedFile, report: Report, window: Window, stated: Stated, examined: _Examined
) -> str:
    """Keep the bytes, then note window, document and import in one transaction; return the document's id."""
    entry = workspace.raw.put_bytes(file.data, _received(file, report, window, stated))
    with alone_with(workspace.engine, LOCK), writing(workspace.engine) as connection:
        return _note(connection, file, window, entry, examined)


def _note(connection: Connection, file: ImportedFile, window: Window, entry: Entry, examined: _Examined) -> str:
    """Note window, document and import; return the document's id."""
    windows.enter_imported(connection, window, file.at)
    documents.enter(connection, window, entry, error=None)
    document_id = _document_of(connection, window, entry)
    file_imports.note(
        connection,
        file,
        number=file_imports.next_number(connection),
        entry=entry,
        outcome={"records": dict(examined.records), "set_aside": len(examined.skipped)},
        document_id=document_id,
    )
    return document_id


def import_entry(raw: RawStore, connection: Connection, window: Window, entry: Entry) -> None:
    """Note a report of the raw store as it was imported; loading it is left to whoever calls.

    One whose bytes are lost or altered is noted without a record: loading says what is wrong with it.
    """
    name, by = (parameter(entry.received.content_type, part) for part in ("name", "by"))
    report, made_at = REPORTS[window.report], entry.received.observed
    try:
        data = raw.read(entry)
        examined = _examine(report, data, _context(report, window, Stated(None, None, None, None, made_at)))
    except PermanentError:
        data, examined = b"", _Examined({}, {}, (), ())
    file = ImportedFile(name, data, by, datetime.fromisoformat(entry.received.received_at))
    _note(connection, file, window, entry, examined)


def _document_of(connection: Connection, window: Window, entry: Entry) -> str:
    same = (DOCUMENT.c.window_id == window.id, DOCUMENT.c.manifest_number == entry.number)
    return str(connection.execute(select(DOCUMENT.c.id).where(*same)).scalar_one())


def _received(file: ImportedFile, report: Report, window: Window, stated: Stated) -> Received:
    return Received(
        store=window.store_id,
        marketplace=window.marketplace,
        report=report.name,
        first_day=window.days.first.isoformat(),
        last_day=window.days.last.isoformat(),
        report_id=f"imported {window.id}",
        content_type=file.content_type(_CONTENT_TYPES[report.content]),
        compression=GZIP if file.data.startswith(GZIP_SIGNATURE) else "",
        received_at=file.at.isoformat(),
        observed_at=stated.made_at.isoformat(),
        outcome=IMPORTED,
    )


def _load(workspace: Workspace, window: Window, document_id: str) -> None:
    """Load the document the way every document goes, unless that was done before.

    Raises:
        PermanentError: it was set aside.
    """
    state, _ = _fate(workspace, document_id)
    if state == "raw":
        zone = workspace.settings.marketplaces(window.store_id)[0].zone
        load_night(workspace, window.store_id, local_day(workspace.clock.now(), zone))
    state, error = _fate(workspace, document_id)
    if state != "loaded":
        raise PermanentError(
            f"the document could not be loaded: {error or state}",
            where=document_id,
            remedy="Its bytes are kept; correct the cause and import it again",
        )


def _fate(workspace: Workspace, document_id: str) -> tuple[str, str | None]:
    with reading(workspace.engine) as connection:
        row = connection.execute(select(DOCUMENT.c.state, DOCUMENT.c.error).where(DOCUMENT.c.id == document_id)).one()
    return row.state, row.error
