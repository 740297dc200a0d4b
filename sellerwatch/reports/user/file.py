"""A file that a person filled in, whole: its sheets read, recognised and checked."""

from __future__ import annotations

from dataclasses import dataclass

from sellerwatch.core.errors import ConfigError
from sellerwatch.reports.user.check import Checked, all_findings, check
from sellerwatch.reports.user.csvfile import read_csv
from sellerwatch.reports.user.declare import UserTable
from sellerwatch.reports.user.recognise import NoTableError, header_counter, recognise, table_called
from sellerwatch.reports.user.sheet import Finding, Sheet
from sellerwatch.reports.user.words_typed import Known
from sellerwatch.reports.user.workbook import SIGNATURE, read_workbook


@dataclass(frozen=True, slots=True)
class UserFile:
    """What a file says.

    Attributes:
        tables: each table that it fills, once.
        findings: everything that is wrong with it; with one of them nothing may be taken.
        notes: what a person should know of how it was read.
    """

    tables: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def is_workbook(data: bytes) -> bool:
    """Tell whether the bytes are those of a workbook."""
    return data.startswith(SIGNATURE)


def read_user_file(data: bytes, known: Known, *, table: UserTable | None, where: str) -> UserFile:
    """Read a CSV file or a workbook.

    Args:
        data: the file's bytes.
        known: what the configuration knows that cells may name.
        table: the table it holds; recognised by its header when left out.
        where: the file, for error messages.

    Raises:
        ConfigError: it cannot be read, or what it holds cannot be told.
    """
    sheets = read_workbook(data, where=where) if is_workbook(data) else [read_csv(data, header_counter(), where=where)]
    notes = [note for sheet in sheets if not sheet.rows for note in sheet.notes]
    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        raise ConfigError("the file is empty", where=where, remedy="Fill in a template of `sellerwatch init`")
    tables, left_out = _tables(_meant(filled, table), known, table, where)
    used = [one for one in tables if not _is_untouched(one)] or tables
    notes += left_out
    notes += [f"left_out: the sheet {one.sheet!r} has no row yet" for one in tables if one not in used]
    return UserFile(
        tables=tuple(used),
        findings=(*all_findings(used), *_filled_twice(used)),
        notes=(*notes, *(note for one in used for note in one.notes)),
    )


def _meant(sheets: list[Sheet], table: UserTable | None) -> list[Sheet]:
    """Return the sheets called after the table that is asked for, or all of them where none is."""
    return [sheet for sheet in sheets if table is not None and table_called(sheet.name) is table] or sheets


def _tables(sheets: list[Sheet], known: Known, table: UserTable | None, where: str) -> tuple[list[Checked], list[str]]:
    """Return the tables found, and a note for each sheet that holds none: people keep other things in a workbook too."""
    found: list[Checked] = []
    without: dict[str, NoTableError] = {}
    for sheet in sheets:
        place = f"{where}, sheet {sheet.name!r}" if sheet.name else where
        try:
            found.append(check(sheet, recognise(sheet, table, where=place), known))
        except NoTableError as error:
            without[sheet.name] = error
    if not found:
        raise next(iter(without.values()))
    return found, [f"left_out: the sheet {name!r} holds no table" for name in without]


def _is_untouched(one: Checked) -> bool:
    """Tell whether a sheet is as the template was: example rows, or nothing, below its header."""
    return one.has_only_examples or not one.rows


def _filled_twice(tables: list[Checked]) -> list[Finding]:
    """Return a finding for each sheet that fills a table which an earlier sheet fills: of two rows neither is the later."""
    seen: dict[str, str] = {}
    found = []
    for one in tables:
        first = seen.setdefault(one.table.name, one.sheet)
        if first != one.sheet:
            found.append(Finding(one.sheet, 1, "", one.table.name, f"each table in one sheet; {first!r} fills it already"))
    return found
