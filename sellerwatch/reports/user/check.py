"""A sheet to the typed rows of its table, with everything that is wrong with it collected; one finding and nothing is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, pairwise
from typing import Any, cast

from sellerwatch.reports.user.currencies import SIGNS, sign_in
from sellerwatch.reports.user.days_typed import order_of, typed_days
from sellerwatch.reports.user.declare import NUMBERS, REMOVE, VALID_FROM, VALID_TO, Means, Row, UserColumn, UserTable
from sellerwatch.reports.user.numbers_typed import mark_of, typed_numbers
from sellerwatch.reports.user.recognise import Match, header_findings
from sellerwatch.reports.user.sheet import Cell, Finding, Sheet, SheetRow, Wrong, shown
from sellerwatch.reports.user.words_typed import Known, typed_mark, typed_word

_EXAMPLE_STARTS = ("example", "示例")


@dataclass(frozen=True, slots=True)
class UserRow:
    """One row of a table that people fill in.

    Attributes:
        line: where it stands in the file.
        values: every column of the table; None where blank.
        is_removed: it takes back the row of its key; its other cells do not matter.
    """

    line: int
    values: Row
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A table read from a sheet.

    Attributes:
        table: the table.
        sheet: the sheet's name; empty for a CSV file.
        rows: in the order of the file; of use only without findings.
        findings: everything that is wrong, by line.
        notes: what a person should know of how it was read.
        has_only_examples: there is no row but the template's own.
    """

    table: UserTable
    sheet: str
    rows: tuple[UserRow, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    has_only_examples: bool = False


def check(sheet: Sheet, match: Match, known: Known) -> Checked:
    """Read the rows below the header."""
    below = [row for row in sheet.rows if row.line > match.header.line]
    examples = [row for row in below if _is_example(row, match)]
    lines = {row.line for row in examples}
    rows = [row for row in below if row.line not in lines]
    cells = {column.name: _column(rows, match.places.get(column.name)) for column in match.table.columns}
    values = _typed(match.table, cells, known)
    marks = [typed_mark(row.cell(match.remove)) if match.remove is not None else False for row in rows]
    findings = [
        *header_findings(sheet, match),
        *(_example(sheet, row) for row in examples),
        *_cell_findings(sheet, rows, match, cells, values, marks),
    ]
    typed = [
        UserRow(row.line, {name: column[place] for name, column in values.items()}, marks[place] is True)
        for place, row in enumerate(rows)
    ]
    if not findings:
        findings = [*_rule_findings(sheet.name, match.table, typed, cells), *_key_findings(sheet.name, match.table, typed)]
    if not below:
        findings.append(Finding(sheet.name, match.header.line, "", "", "at least one row below the header"))
    return Checked(
        match.table,
        sheet.name,
        tuple(typed),
        tuple(sorted(findings, key=lambda finding: finding.line)),
        (*sheet.notes, *_notes(match)),
        has_only_examples=bool(examples) and not rows,
    )


def _is_example(row: SheetRow, match: Match) -> bool:
    """Tell whether a row is one of the template's: its mark is filled in, or a cell begins as theirs do."""
    if match.example is not None and row.cell(match.example) is not None:
        return True
    cells = [row.cell(place) for name, place in match.places.items() if match.table.column(name).means is Means.TEXT]
    return any(
        isinstance(cell, str) and cell.casefold().startswith(tuple(f"{word}-" for word in _EXAMPLE_STARTS)) for cell in cells
    )


def _example(sheet: Sheet, row: SheetRow) -> Finding:
    first = next((cell for cell in row.cells if cell is not None), None)
    return Finding(sheet.name, row.line, "", shown(first), "a row of yours; this is an example row: delete it")


def _column(rows: Sequence[SheetRow], place: int | None) -> list[Cell]:
    return [None] * len(rows) if place is None else [row.cell(place) for row in rows]


def _typed(table: UserTable, cells: Mapping[str, list[Cell]], known: Known) -> dict[str, list[Any]]:
    """Return each column's cells as typed values, `Wrong` where they are not what they should be."""
    mark = mark_of(cells[column.name] for column in table.columns if column.means in NUMBERS)
    order = order_of(cells[column.name] for column in table.columns if column.means is Means.DAY)
    values: dict[str, list[Any]] = {}
    for column in table.columns:
        if column.means in NUMBERS:
            values[column.name] = list(typed_numbers(cells[column.name], column, mark))
        elif column.means is Means.DAY:
            values[column.name] = list(typed_days(cells[column.name], column, order))
        else:
            values[column.name] = [typed_word(cell, column, known) for cell in cells[column.name]]
    return values


def _cell_findings(
    sheet: Sheet,
    rows: Sequence[SheetRow],
    match: Match,
    cells: Mapping[str, list[Cell]],
    values: Mapping[str, list[Any]],
    marks: Sequence[bool | Wrong],
) -> Iterator[Finding]:
    width = len(match.header.cells)
    for place, row in enumerate(rows):
        if len(row.cells) > width:
            yield Finding(sheet.name, row.line, "", shown(row.cells[-1]), f"no cell beyond the {width} of the header")
        for column in match.table.columns:
            may_be_blank = marks[place] is True and column.name not in match.table.key
            expected = _expected(values[column.name][place], column, may_be_blank=may_be_blank)
            if expected:
                yield Finding(sheet.name, row.line, column.name, shown(cells[column.name][place]), expected)
        mark = marks[place]
        if isinstance(mark, Wrong) and match.remove is not None:
            yield Finding(sheet.name, row.line, REMOVE, shown(row.cell(match.remove)), mark.expected)


def _expected(value: object, column: UserColumn, *, may_be_blank: bool) -> str:
    """Return what is expected in place of a cell's value; nothing where it is fine."""
    if isinstance(value, Wrong):
        return value.expected
    is_missing = value is None and column.required and not may_be_blank
    return f"a value; {column.name} ({column.zh}) is required" if is_missing else ""


def _rule_findings(sheet: str, table: UserTable, rows: Sequence[UserRow], cells: Mapping[str, list[Cell]]) -> Iterator[Finding]:
    for place, row in enumerate(rows):
        if row.is_removed:
            continue
        for rule in table.rules:
            if not rule.holds(row.values):
                yield Finding(sheet, row.line, rule.column, shown(row.values[rule.column]), rule.expected)
        for column in table.columns:
            currencies = _signed_currencies(cells[column.name][place], column)
            if currencies and row.values.get("currency") not in currencies:
                value = shown(cells[column.name][place])
                yield Finding(
                    sheet,
                    row.line,
                    column.name,
                    value,
                    f"an amount in {row.values.get('currency')}, as the row's currency says",
                )


def _signed_currencies(cell: Cell, column: UserColumn) -> frozenset[str]:
    """Return the currencies that the sign at an amount can mean; none where there is no sign."""
    sign = sign_in(cell.replace("￥", "¥")) if isinstance(cell, str) and column.means is Means.MONEY else ""
    return SIGNS.get(sign, frozenset())


def _key_findings(sheet: str, table: UserTable, rows: Sequence[UserRow]) -> Iterator[Finding]:
    """Yield the rows that have another one's key, or that hold at the same time as another one of the same subject."""
    subjects: dict[tuple[object, ...], list[UserRow]] = {}
    for row in rows:
        subjects.setdefault(tuple(row.values[name] for name in table.subject), []).append(row)
    if not table.has_validity:
        repeated = ((first, later) for group in subjects.values() for first, later in pairwise(group))
        for first, later in repeated:
            yield _repeated(sheet, table, first, later)
        return
    for group in subjects.values():
        in_order = sorted(group, key=lambda row: (_day(row, VALID_FROM), row.line))
        for first, later in pairwise(in_order):
            if _day(first, VALID_FROM) == _day(later, VALID_FROM):
                yield _repeated(sheet, table, first, later)
        yield from _validity_findings(sheet, table, [row for row in in_order if not row.is_removed])


def _validity_findings(sheet: str, table: UserTable, group: Sequence[UserRow]) -> Iterator[Finding]:
    for row in group:
        ends = row.values[VALID_TO]
        if ends is not None and _day(row, VALID_TO) <= _day(row, VALID_FROM):
            yield Finding(
                sheet, row.line, VALID_TO, shown(ends), f"a day after {VALID_FROM}: the row ends before this day begins"
            )
    for first, later in pairwise(group):
        starts, ends = _day(later, VALID_FROM), first.values[VALID_TO]
        if ends is not None and _day(first, VALID_FROM) < starts < _day(first, VALID_TO):
            expected = (
                f"{VALID_FROM} not before {_day(first, VALID_TO)}: line {first.line} holds the same "
                f"{_named(table, first)} until then"
            )
            yield Finding(sheet, later.line, VALID_FROM, shown(later.values[VALID_FROM]), expected)


def _repeated(sheet: str, table: UserTable, first: UserRow, later: UserRow) -> Finding:
    line, repeats = max(first.line, later.line), min(first.line, later.line)
    return Finding(sheet, line, table.key[-1], _named(table, later), f"one row for each key; line {repeats} has the same")


def _named(table: UserTable, row: UserRow) -> str:
    return " / ".join(shown(row.values[name]) for name in table.key if name != VALID_FROM)


def _day(row: UserRow, name: str) -> date:
    """Return a day that is there: whoever asks has made sure that there are no findings."""
    return cast("date", row.values[name])


def _notes(match: Match) -> Iterator[str]:
    yield from (f"unknown_column: {header!r} is no column of {match.table.name} and was left out" for header in match.unknown)


def all_findings(tables: Sequence[Checked]) -> list[Finding]:
    """Return the findings of all sheets of a file."""
    return list(chain.from_iterable(table.findings for table in tables))
