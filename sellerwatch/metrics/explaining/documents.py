"""The documents behind facts, and the lines of their kept bytes, read back after their hash was checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from sellerwatch.core.errors import PermanentError
from sellerwatch.metrics.explaining.parts import Fact
from sellerwatch.rawstore.manifest import Entry
from sellerwatch.rawstore.store import RawStore
from sellerwatch.reports.contract import Content, Report, Source
from sellerwatch.reports.registry import REPORTS, TABLES
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW

HIDDEN: Final = "…"
"""Stands for a cell that sellerwatch does not read: it may be about a person."""

_IDS_AT_ONCE: Final = 500
_MARK: Final = "\ufeff"
"""What may stand at the beginning of a text, and of each page that was joined to it."""


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line of the kept bytes, or a record by its place in a list: as text, without what is not read."""

    table: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document behind some facts.

    Attributes:
        id: its name.
        report: its report.
        amazon_type: Amazon's name of the report.
        days: the days it was asked for.
        origin: pulled, or imported by a person.
        made_at: when Amazon made it.
        received_at: when it was pulled or imported.
        sha256: of its bytes.
        manifest_number: its line in the raw store's manifest.
        trouble: why its bytes are not what was received; empty when they are.
        lines: the lines of the facts that are shown.
    """

    id: str
    report: str
    amazon_type: str
    days: tuple[date, date]
    origin: str
    made_at: datetime
    received_at: datetime
    sha256: str
    manifest_number: int
    trouble: str
    lines: tuple[KeptLine, ...]


def documents_behind(connection: Connection, raw: RawStore, facts: Iterable[Fact]) -> list[KeptDocument]:
    """Return the documents of some facts, in the order of their names, each with the facts' lines; some came with none."""
    wanted: dict[str, set[tuple[str, int]]] = {}
    for fact in facts:
        if fact.document_id:
            wanted.setdefault(fact.document_id, set()).add((fact.table, fact.line))
    rows = _rows(connection, sorted(wanted))
    entries = entries_of(raw, {row.manifest_number for row in rows})
    return [_document(raw, row, entries.get(row.manifest_number), wanted[row.id]) for row in rows]


def _rows(connection: Connection, ids: list[str]) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    for start in range(0, len(ids), _IDS_AT_ONCE):
        some = DOCUMENT.c.id.in_(ids[start : start + _IDS_AT_ONCE])
        joined = select(DOCUMENT, WINDOW).join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id).where(some)
        found += connection.execute(joined.order_by(DOCUMENT.c.id)).all()
    return found


def entries_of(raw: RawStore, numbers: Collection[int]) -> dict[int, Entry]:
    """Return these lines of the manifest, by their number."""
    return {entry.number: entry for entry in raw.manifest.entries() if entry.number in numbers} if numbers else {}


def _document(raw: RawStore, row: Row[Any], entry: Entry | None, wanted: Collection[tuple[str, int]]) -> KeptDocument:
    trouble = "the raw store does not list it"
    lines: tuple[KeptLine, ...] = ()
    if entry is not None and entry.sha256 == row.sha256:
        try:
            trouble, lines = "", _lines(raw.read(entry), row, wanted)
        except PermanentError as error:
            trouble = error.what
    return KeptDocument(
        id=row.id,
        report=row.report,
        amazon_type=REPORTS[row.report].amazon_type if row.report in REPORTS else "no longer known",
        days=(row.first_day, row.last_day),
        origin=row.origin,
        made_at=row.observed_at,
        received_at=row.received_at,
        sha256=row.sha256,
        manifest_number=row.manifest_number,
        trouble=trouble,
        lines=lines,
    )


def _lines(data: bytes, row: Row[Any], wanted: Collection[tuple[str, int]]) -> tuple[KeptLine, ...]:
    text = data.decode(row.encoding or "utf-8", errors="replace").removeprefix(_MARK)
    report = REPORTS[row.report]
    records = {table: records_of(report, table, text) for table in sorted({table for table, _ in wanted})}
    return tuple(
        KeptLine(table, line, records[table][line - 1]) for table, line in sorted(wanted) if 0 < line <= len(records[table])
    )


def records_of(report: Report, table: str, text: str) -> list[str]:
    """Return the records of a document as text, each at the place that facts give as their line.

    Raises:
        PermanentError: they are in another form than the report's.
    """
    if report.content is Content.TSV:
        return _flat_lines(report, text)
    try:
        return [_shown(record, report) for record in _LISTS[report.source](text, TABLES[table].records)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PermanentError("its records are not where the report has them", where=report.name) from error


def _flat_lines(report: Report, text: str) -> list[str]:
    """Return the lines of a flat file; cells under headers that no column reads are hidden."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    headers = next((line for line in lines if line.strip()), "").split("\t")
    read = {_plain(name) for table in report.tables for column in table.columns for name in (column.header, *column.also)}
    is_read = [_plain(header) in read for header in headers]
    return [_hidden(line, is_read) for line in lines]


def _plain(header: str) -> str:
    return "".join(character for character in header.casefold() if character.isalnum())


def _hidden(line: str, is_read: list[bool]) -> str:
    cells = line.split("\t")
    shown = [*is_read, *[False] * (len(cells) - len(is_read))]
    return "\t".join(cell if is_shown or not cell else HIDDEN for cell, is_shown in zip(cells, shown, strict=False))


def _of_object(text: str, records: str) -> list[Any]:
    found: list[Any] = json.loads(text)[records.partition("[]")[0]]
    return found


def _of_array(text: str, _: str) -> list[Any]:
    found: list[Any] = json.loads(text)
    return found


def _of_lines(text: str, _: str) -> list[Any]:
    return [json.loads(line.lstrip(_MARK)) if line.strip() else None for line in text.split("\n")]


def _of_pages(text: str, _: str) -> list[Any]:
    pages = [json.loads(line.lstrip(_MARK)) for line in text.split("\n") if line.strip()]
    return [item for page in pages for item in page["payload"]["inventorySummaries"]]


_LISTS: Final[Mapping[Source, Callable[[str, str], list[Any]]]] = {
    Source.REPORTS: _of_object,
    Source.DATA_KIOSK: _of_lines,
    Source.INVENTORY: _of_pages,
    Source.ADS: _of_array,
}
"""Where each API has its records, in the order in which they are counted."""


def _shown(record: object, report: Report) -> str:
    """Return a record as JSON; what is known and deliberately not read is hidden."""
    return json.dumps(_without(record, report.left_out, ""), ensure_ascii=False, separators=(",", ":"))


def _without(value: object, left_out: Collection[str], path: str) -> object:
    if path in left_out:
        return HIDDEN
    if isinstance(value, dict):
        return {name: _without(cell, left_out, f"{path}.{name}" if path else name) for name, cell in value.items()}
    if isinstance(value, list):
        return [_without(item, left_out, f"{path}[]") for item in value]
    return value
