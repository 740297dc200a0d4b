"""Importing a file that a person filled in: bytes first, then all of its rows or none, and a list of what was done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select

from sellerwatch.core.errors import PermanentError
from sellerwatch.rawstore.manifest import Entry, Received
from sellerwatch.reports.user.declare import UserTable
from sellerwatch.reports.user.file import UserFile, read_user_file
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.reports.user.words_typed import Known
from sellerwatch.warehouse import file_imports
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_with
from sellerwatch.warehouse.file_imports import LOCK, ImportedFile, parameter
from sellerwatch.warehouse.seal_marks import mark_user_tables
from sellerwatch.warehouse.tables.user import FILE_IMPORT, USER
from sellerwatch.warehouse.user_changes import Changes, Values, changes
from sellerwatch.warehouse.user_remarks import remarks
from sellerwatch.warehouse.workspace import Workspace

REPORT: Final = "user_tables"
"""What the manifest calls these files in place of a report's name."""

_CONTENT: Final = "application/octet-stream"
_ID: Final = "import "
"""What the manifest has before the number of an import in place of a report's id."""


@dataclass(frozen=True, slots=True)
class UserImport:
    """What importing a file did, or would do.

    Attributes:
        file: what the file says; where it has findings nothing was done.
        changes: by table, in the order of the file.
        number: the import's number; None where nothing was written.
        remarks: what a person should know of rows that will say nothing.
    """

    file: UserFile
    changes: tuple[Changes, ...]
    number: int | None
    remarks: tuple[str, ...] = ()


def import_user_file(workspace: Workspace, file: ImportedFile, *, table: UserTable | None, is_dry_run: bool) -> UserImport:
    """Import a file, unless it has findings or the warehouse says all of it already.

    Args:
        workspace: the open warehouse and raw store.
        file: the file.
        table: the table it holds; recognised by its header when left out.
        is_dry_run: only tell what would be done.

    Raises:
        ConfigError: the file cannot be read, or what it holds cannot be told.
    """
    content = read_user_file(file.data, Known(tuple(workspace.settings.stores)), table=table, where=file.name)
    if content.findings:
        return UserImport(content, (), None)
    with alone_with(workspace.engine, LOCK):
        with reading(workspace.engine) as connection:
            planned = _planned(connection, content)
            number = file_imports.next_number(connection)
            told = remarks(connection, workspace.settings, planned)
        if is_dry_run or all(one.are_none for one in planned):
            return UserImport(content, planned, None, told)
        entry = workspace.raw.put_bytes(file.data, _received(file, table, number))
        with writing(workspace.engine) as connection:
            _apply(connection, file, planned, number, entry)
    return UserImport(content, planned, number, told)


def _planned(connection: Connection, content: UserFile) -> tuple[Changes, ...]:
    return tuple(changes(one.table, one.rows, _stored(connection, one.table)) for one in content.tables)


def _stored(connection: Connection, table: UserTable) -> list[Values]:
    return [dict(row) for row in connection.execute(select(USER[table.name])).mappings()]


def _received(file: ImportedFile, table: UserTable | None, number: int) -> Received:
    return Received(
        store="",
        marketplace="",
        report=REPORT,
        first_day="",
        last_day="",
        report_id=f"{_ID}{number}",
        content_type=file.content_type(_CONTENT, table=table.name if table else ""),
        compression="",
        received_at=file.at.isoformat(),
        observed_at=file.at.isoformat(),
        outcome="imported",
    )


def _apply(connection: Connection, file: ImportedFile, planned: tuple[Changes, ...], number: int, entry: Entry) -> None:
    """Write the changes of all tables, and the list's line, in one transaction."""
    file_imports.note(connection, file, number=number, entry=entry, outcome={one.table.name: one.counts for one in planned})
    for one in planned:
        _write(connection, one, number, file.at)


def _write(connection: Connection, change: Changes, number: int, at: datetime) -> None:
    table = USER[change.table.name]
    gone = [*change.given_way, *(row.values for row in change.replaced)]
    if gone:
        same_key = (table.c[name] == bindparam(f"old_{name}") for name in change.table.key)
        connection.execute(
            delete(table).where(*same_key), [{f"old_{name}": row[name] for name in change.table.key} for row in gone]
        )
    rows = [
        {**row.values, "import_number": number, "line": row.line, "imported_at": at}
        for row in (*change.inserted, *change.replaced)
    ]
    for batch in (rows, [dict(values) for values in (*change.closed, *change.resumed)]):
        if batch:
            connection.execute(insert(table), batch)
    mark_user_tables(connection, [table.name])


def import_again(workspace: Workspace) -> int:
    """Make the tables that people fill in anew from the raw store, import by import; return how many there were.

    Raises:
        PermanentError: a file that was fine no longer is; nothing is changed then.
    """
    files = files_imported(workspace.raw.manifest.entries())
    with alone_with(workspace.engine, LOCK), writing(workspace.engine) as connection:
        for name in USER_TABLES:
            connection.execute(delete(USER[name]))
        mark_user_tables(connection, (table.name for table in USER.values()))
        connection.execute(delete(FILE_IMPORT).where(FILE_IMPORT.c.kind == "user_tables"))
        for entry in files:
            import_entry(workspace, connection, entry)
    return len(files)


def files_imported(entries: Iterable[Entry]) -> list[Entry]:
    """Return the files among these lines, each number once: what a crash left without its rows gave its number to the next."""
    return [*{entry.received.report_id: entry for entry in entries if entry.received.report == REPORT}.values()]


def number_of(entry: Entry) -> int:
    """Return the number that a file of the raw store was imported under."""
    return int(entry.received.report_id.removeprefix(_ID))


def import_entry(workspace: Workspace, connection: Connection, entry: Entry) -> None:
    """Import a file of the raw store as it was imported; its number tells what it holds against.

    Raises:
        PermanentError: it is lost or altered, or it was fine and no longer is.
    """
    name, by, table = (parameter(entry.received.content_type, part) for part in ("name", "by", "table"))
    file = ImportedFile(name, workspace.raw.read(entry), by, entry.received.observed)
    content = read_user_file(file.data, Known(tuple(workspace.settings.stores)), table=USER_TABLES.get(table), where=name)
    if content.findings:
        first = content.findings[0]
        raise PermanentError(
            f"an imported file is no longer fine: expected {first.expected}, found {first.value!r}",
            where=f"{name}, line {first.line}, column {first.column}",
            remedy="Correct stores.yaml if it names a store that is gone; else report it as a fault of sellerwatch",
        )
    _apply(connection, file, _planned(connection, content), number_of(entry), entry)
