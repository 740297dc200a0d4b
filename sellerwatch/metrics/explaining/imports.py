"""The files that people imported behind rows of their tables, and the lines of their kept bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select

from sellerwatch.core.errors import ConfigError, PermanentError
from sellerwatch.metrics.explaining.documents import HIDDEN, KeptLine, entries_of
from sellerwatch.metrics.explaining.parts import Fact
from sellerwatch.rawstore.manifest import Entry
from sellerwatch.rawstore.store import RawStore
from sellerwatch.reports.user.csvfile import read_csv
from sellerwatch.reports.user.file import is_workbook, read_user_file
from sellerwatch.reports.user.recognise import Match, header_counter, recognise
from sellerwatch.reports.user.sheet import Sheet, SheetRow, shown
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.reports.user.words_typed import Known
from sellerwatch.reports.user.workbook import read_workbook
from sellerwatch.warehouse.file_imports import parameter
from sellerwatch.warehouse.tables.user import FILE_IMPORT

Wanted = Collection[tuple[str, int]]
"""Tables, each with a line that a row of it came from."""


@dataclass(frozen=True, slots=True)
class KeptImport:
    """A file that a person imported.

    Attributes:
        number: of the import.
        file_name: the file's name, without its folder.
        imported_by: the account that ran the command.
        imported_at: when.
        sha256: of its bytes.
        manifest_number: its line in the raw store's manifest.
        trouble: why its bytes are not what was imported; empty when they are.
        lines: the lines of the rows that are shown.
    """

    number: int
    file_name: str
    imported_by: str
    imported_at: datetime
    sha256: str
    manifest_number: int
    trouble: str
    lines: tuple[KeptLine, ...]


def imports_behind(connection: Connection, raw: RawStore, stores: Iterable[str], facts: Iterable[Fact]) -> list[KeptImport]:
    """Return the imports that some rows came with, in their order, each with the rows' lines.

    Args:
        connection: the warehouse.
        raw: the kept bytes.
        stores: the names that a file may have under ``store``.
        facts: the rows; those that came with no import are left out.
    """
    wanted: dict[int, set[tuple[str, int]]] = {}
    for fact in facts:
        if fact.import_number:
            wanted.setdefault(fact.import_number, set()).add((fact.table, fact.line))
    rows = connection.execute(select(FILE_IMPORT).order_by(FILE_IMPORT.c.number)).all() if wanted else []
    rows = [row for row in rows if row.number in wanted]
    entries = entries_of(raw, {row.manifest_number for row in rows})
    known = Known(tuple(stores))
    return [_import(raw, row, entries.get(row.manifest_number), wanted[row.number], known) for row in rows]


def _import(raw: RawStore, row: Row[tuple[object, ...]], entry: Entry | None, wanted: Wanted, known: Known) -> KeptImport:
    trouble = "the raw store does not list it"
    lines: tuple[KeptLine, ...] = ()
    if entry is not None and entry.sha256 == row.sha256:
        try:
            trouble, lines = "", _lines(raw.read(entry), entry, wanted, known)
        except (PermanentError, ConfigError) as error:
            trouble = error.what
    return KeptImport(
        number=row.number,
        file_name=row.file_name,
        imported_by=row.imported_by,
        imported_at=row.imported_at,
        sha256=row.sha256,
        manifest_number=row.manifest_number,
        trouble=trouble,
        lines=lines,
    )


def _lines(data: bytes, entry: Entry, wanted: Wanted, known: Known) -> tuple[KeptLine, ...]:
    """Read the file as it was imported, and return its lines as they stand there."""
    name, table = (parameter(entry.received.content_type, part) for part in ("name", "table"))
    content = read_user_file(data, known, table=USER_TABLES.get(table), where=name)
    sheets = {sheet.name: sheet for sheet in _sheets(data, name)}
    lines: dict[tuple[str, int], str] = {}
    for one in content.tables:
        sheet = sheets[one.sheet]
        lines |= _by_line(one.table.table_name, sheet, recognise(sheet, one.table, where=name))
    return tuple(KeptLine(table, line, lines[table, line]) for table, line in sorted(wanted) if (table, line) in lines)


def _sheets(data: bytes, name: str) -> list[Sheet]:
    return read_workbook(data, where=name) if is_workbook(data) else [read_csv(data, header_counter(), where=name)]


def _by_line(table: str, sheet: Sheet, match: Match) -> Mapping[tuple[str, int], str]:
    return {(table, row.line): _text(row, frozenset(match.places.values())) for row in sheet.rows}


def _text(row: SheetRow, read: Collection[int]) -> str:
    """Return a line's cells; those under headers that no column reads are hidden."""
    return "\t".join(shown(cell) if cell is None or place in read else HIDDEN for place, cell in enumerate(row.cells))
