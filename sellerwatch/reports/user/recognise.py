"""Which table a sheet holds, told by its header, and where in it each column stands."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.reports.header import fold
from sellerwatch.reports.user.csvfile import HEADER_WITHIN
from sellerwatch.reports.user.declare import EXAMPLE, REMOVE, UserTable
from sellerwatch.reports.user.sheet import Cell, Finding, Sheet, SheetRow
from sellerwatch.reports.user.tables import USER_TABLES

_REMOVE_HEADERS: Final = frozenset({REMOVE, "撤销", "删除"})
_EXAMPLE_HEADERS: Final = frozenset({EXAMPLE, "示例"})
_CLOSE: Final = 0.8
"""How alike an unknown header must be to a missing one, from 0 to 1, to be taken for a slip of the pen."""

_LEAST_HEADERS: Final = 2
"""Headers that a row must hold to be taken for one when nobody says which table it is."""


class NoTableError(ConfigError):
    """Nothing in the sheet looks like the header of a table of ours."""


@dataclass(frozen=True, slots=True)
class Match:
    """A table found in a sheet.

    Attributes:
        table: the table.
        header: the row that holds the header.
        places: column name to the place of its cell.
        example: the place of the column that marks example rows.
        remove: the place of the column that marks rows to take back.
        unknown: header cells that name no column.
        repeated: header cells that name a column once more.
    """

    table: UserTable
    header: SheetRow
    places: Mapping[str, int]
    example: int | None
    remove: int | None
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """Required columns that the header lacks."""
        return [column.name for column in self.table.columns if column.required and column.name not in self.places]

    @property
    def quality(self) -> tuple[bool, int]:
        """How well the header fits: whether nothing required is missing, then headers known less headers unknown."""
        return not self.missing, len(self.places) - len(self.unknown)


def spelt(text: str) -> str:
    """Return a header without what people vary: case, width, spaces, hyphens and what stands in brackets after it."""
    plain = unicodedata.normalize("NFKC", text).strip().rstrip("*")
    return fold(plain)


def known_headers(tables: Iterable[UserTable]) -> frozenset[str]:
    """Return every header of these tables, as `spelt` writes it."""
    return frozenset(spelt(header) for table in tables for column in table.columns for header in column.headers)


def header_counter() -> Callable[[tuple[Cell, ...]], int]:
    """Return what counts the headers of ours in a row of cells."""
    known = known_headers(USER_TABLES.values())
    return lambda cells: sum(isinstance(cell, str) and spelt(cell) in known for cell in cells)


def named_table(name: str) -> UserTable:
    """Return the table of this name, English or Chinese.

    Raises:
        ConfigError: there is none; the message lists all.
    """
    found = table_called(name)
    if found is None:
        raise unknown_value(name, USER_TABLES, what="table", where="--table")
    return found


def table_called(name: str) -> UserTable | None:
    """Return the table of this name, English or Chinese, if there is one."""
    wanted = spelt(name).removeprefix("user")
    return next((table for table in USER_TABLES.values() if wanted in {spelt(table.name), spelt(table.zh)}), None)


def recognise(sheet: Sheet, table: UserTable | None, *, where: str) -> Match:
    """Return the table that the sheet holds: the named one, the one the sheet is called after, or the one its header fits best.

    Raises:
        NoTableError: no row is a header of ours.
        ConfigError: a table lacks required columns, or several fit equally well; the message names them.
    """
    table = table or table_called(sheet.name)
    tables = (table,) if table else tuple(USER_TABLES.values())
    matches = sorted(_matches(sheet, tables), key=lambda match: match.quality, reverse=True)
    least = 1 if table else _LEAST_HEADERS
    if not matches or len(matches[0].places) < least:
        raise _nothing_found(sheet, table, where)
    best = matches[0]
    if best.missing:
        raise _columns_missing(best, where)
    rivals = [match for match in matches if match.quality == best.quality and match.table is not best.table]
    if rivals:
        names = ", ".join(sorted({match.table.name for match in (best, *rivals)}))
        raise ConfigError(f"the header fits several tables: {names}", where=where, remedy="Name the one with --table")
    return best


def _matches(sheet: Sheet, tables: Iterable[UserTable]) -> Iterator[Match]:
    for row in sheet.rows[:HEADER_WITHIN]:
        for table in tables:
            yield _match(row, table)


def _match(row: SheetRow, table: UserTable) -> Match:
    spellings = {spelt(header): column.name for column in reversed(table.columns) for header in column.headers}
    places: dict[str, int] = {}
    unknown: list[str] = []
    repeated: list[str] = []
    example = remove = None
    for place, cell in enumerate(row.cells):
        header = cell if isinstance(cell, str) else ""
        name = spellings.get(spelt(header))
        if spelt(header) in _EXAMPLE_HEADERS:
            example = place
        elif spelt(header) in _REMOVE_HEADERS:
            remove = place
        elif name is None and cell is not None:
            unknown.append(header or str(cell))
        elif name in places:
            repeated.append(header)
        elif name is not None:
            places[name] = place
    return Match(table, row, places, example, remove, tuple(unknown), tuple(repeated))


def _nothing_found(sheet: Sheet, table: UserTable | None, where: str) -> NoTableError:
    found = ", ".join(repr(str(cell)) for row in sheet.rows[:1] for cell in row.cells[:12] if cell is not None)
    wanted = f"the table {table.name}" if table else "any table"
    return NoTableError(
        f"the header is not that of {wanted}; the first row is: {found or 'empty'}",
        where=where,
        remedy="Start from a template of `sellerwatch init`, name the table with --table, or name the report with --report",
    )


def _columns_missing(match: Match, where: str) -> ConfigError:
    columns = ", ".join(f"{name} ({match.table.column(name).zh})" for name in match.missing)
    return ConfigError(
        f"the table {match.table.name} lacks required columns: {columns}",
        where=f"{where}, line {match.header.line}",
        remedy="Add them, or name another table with --table; docs/user-tables.md lists every column",
    )


def header_findings(sheet: Sheet, match: Match) -> Iterator[Finding]:
    """Yield what is wrong with the header: a column twice, or one that is probably misspelt and would be lost."""
    for header in match.repeated:
        yield Finding(sheet.name, match.header.line, header, header, "each column once")
    missing = [spelt(text) for column in match.table.columns if column.name not in match.places for text in column.headers]
    missing += _REMOVE_HEADERS if match.remove is None else ()
    for header in match.unknown:
        close = difflib.get_close_matches(spelt(header), missing, n=1, cutoff=_CLOSE)
        if close:
            yield Finding(sheet.name, match.header.line, header, header, f"{_name_of(close[0], match)}, or another header")


def _name_of(spelling: str, match: Match) -> str:
    named = (column.name for column in match.table.columns if spelling in {spelt(text) for text in column.headers})
    return next(named, REMOVE)
