"""Cells of text to typed columns, a whole column at a time; the records whose cells refuse are set aside one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.contract import ARROW_TYPES, LINE, Column, FactTable, Kind
from sellerwatch.reports.document import DocumentError, SkippedRecord, excerpt

_EXACT = pa.decimal256(76, 38)
_LONGEST_NUMBER = 30
"""Arrow multiplies without looking: a number of 39 digits comes out as another number. Thirty characters fit both types."""

LARGEST_NUMBER = Decimal(2**63 - 1).scaleb(-6)
"""The warehouse keeps numbers as millionths in 64 bits: some nine million millions, more than any seller turns over."""

NOT_AVAILABLE = "--"
"""What Amazon writes for a number, a date or a flag that it does not have: nothing, and never zero."""

_FIRST, _SAMPLE = 10, 1000
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_MICROSECONDS_PER_DAY = 86_400_000_000
_LAST_DAY = 84_370
"""Days from 1970 to the end of 2200: beyond it a date is a slip of the pen, and Python's own dates end in 9999."""

EXPECTED: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.INTEGER: "a whole number",
    Kind.DECIMAL: "a number such as 12.5",
    Kind.MONEY: "an amount such as 1234.56",
    Kind.INSTANT: "an instant with its offset, such as 2026-11-20T23:59:59+00:00",
    Kind.DAY: "a day such as 2026-11-20",
    Kind.FLAG: "Yes, No, true or false",
}
"""What a cell of each kind should look like, in words."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Typed columns of the records that could be read, with their lines, the records that could not, and remarks."""

    columns: pa.Table
    skipped: tuple[SkippedRecord, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plain:
    """A column in the one form that is typed.

    Attributes:
        text: the cells; one that is in no form known is left as it was, to be refused.
        refused: rows whose cells could mean two things, with the reason why their records are set aside.
        notes: remarks on how the column was read.
    """

    text: pa.Array
    refused: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


Spelling = Callable[[pa.Array, Column], Plain]
"""Turns a column as a document writes it into the one form that is typed."""


def as_written(text: pa.Array, _column: Column) -> Plain:
    """Take the cells as they are: the document writes them in the one form that is typed."""
    return Plain(text)


def cast_records(cells: Mapping[str, pa.Array], lines: pa.Array, table: FactTable, spelling: Spelling = as_written) -> Facts:
    """Turn columns of text into the table's types.

    Args:
        cells: column name to text, null where blank; a column the document lacks is simply not there and becomes all null.
        lines: the place of each record in the document.
        table: the table that says what each column is.
        spelling: how the document writes numbers and dates, where that is not plain.

    Raises:
        DocumentError: a column holds something else than it should, from its first cell to its thousandth.
    """
    arrays: dict[str, pa.Array] = {}
    faults: dict[int, SkippedRecord] = {}
    notes: list[str] = []
    for column in table.document_columns:
        text = cells[column.name] if column.name in cells else pa.nulls(len(lines), pa.string())
        plain = spelling(text, column)
        notes.extend(plain.notes)
        _refuse_changed(text, plain, column, table)
        arrays[column.name], bad = cast_column(plain.text, column.kind)
        expected = f"expected {EXPECTED[column.kind]}"
        for row, reason in {**dict.fromkeys(bad, expected), **plain.refused}.items():
            faults.setdefault(row, _fault(table, column, lines[row].as_py(), reason, text[row].as_py()))
        if column.name in table.key:
            for row in _null_rows(arrays[column.name]):
                faults.setdefault(row, _blank_key(table, column, lines[row].as_py()))
    columns = pa.table({**arrays, LINE: lines})
    return Facts(_without(columns, faults.keys()), tuple(faults[row] for row in sorted(faults)), tuple(notes))


def _refuse_changed(text: pa.Array, plain: Plain, column: Column, table: FactTable) -> None:
    """Refuse a column in which nothing fits: setting every record aside would say that the document holds none."""
    sample = plain.text[:_SAMPLE]
    refused_count = sum(row < _SAMPLE for row in plain.refused)
    if len(sample) == _SAMPLE and len(cast_column(sample, column.kind)[1]) + refused_count == _SAMPLE:
        raise DocumentError(
            f"The column {column.header!r} no longer holds {EXPECTED[column.kind]}: {excerpt(text[0].as_py())!r}",
            where=table.name,
            remedy="Amazon changed its form: teach the report's module the new one, then parse the stored document again",
        )


def cast_column(text: pa.Array, kind: Kind) -> tuple[pa.Array, list[int]]:
    """Return the typed column, null where a cell refuses, and the rows of those cells.

    Spaces around anything but text carry no meaning, and ``--`` means that there is nothing; both are looked at only when
    some cell refuses as it stands.
    """
    cast = _CASTS[kind]
    try:
        return cast(text), []
    except pa.ArrowInvalid:
        trimmed = _blank_to_null(pc.utf8_trim_whitespace(text))
        bad = _refusing(trimmed, cast)
        return cast(_with_nulls(trimmed, bad)), bad


def fits(text: pa.Array, kind: Kind) -> bool:
    """Tell whether every cell of the column is in the one form that is typed.

    The first cells are tried alone before: Arrow takes long to refuse a column whose every cell refuses.
    """
    try:
        _CASTS[kind](text[:_FIRST])
        _CASTS[kind](text)
    except pa.ArrowInvalid:
        return False
    return True


def _refusing(text: pa.Array, cast: Callable[[pa.Array], pa.Array], offset: int = 0) -> list[int]:
    """Return the rows whose cells do not cast, found by halving so that good cells are still cast in bulk."""
    try:
        cast(text)
    except pa.ArrowInvalid:
        if len(text) == 1:
            return [offset]
        middle = len(text) // 2
        return _refusing(text[:middle], cast, offset) + _refusing(text[middle:], cast, offset + middle)
    return []


def _blank_to_null(text: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_in(text, pa.array(["", NOT_AVAILABLE])), pa.scalar(None, pa.string()), text)


def _number(text: pa.Array) -> pa.Array:
    """Return decimals of six places; longer fractions are rounded half to even, as `core.money` does."""
    narrow = ARROW_TYPES[Kind.DECIMAL]
    _refuse_unplain(text)
    try:
        numbers = text.cast(narrow)
    except pa.ArrowInvalid:
        numbers = pc.round(text.cast(_EXACT), ndigits=6, round_mode="half_to_even").cast(narrow)
    bounds = pc.min_max(numbers).as_py()
    if bounds["min"] is not None and max(-bounds["min"], bounds["max"]) > LARGEST_NUMBER:
        message = "larger than the warehouse holds"
        raise pa.ArrowInvalid(message)
    return numbers


def _whole_number(text: pa.Array) -> pa.Array:
    """Return integers; ``12.0`` is one, ``12.5`` is not."""
    _refuse_unplain(text)
    try:
        return text.cast(pa.int64())
    except pa.ArrowInvalid:
        return text.cast(_EXACT).cast(pa.int64())


def _refuse_unplain(text: pa.Array) -> None:
    """Refuse numbers that are too long, or written with letters: Arrow takes ``0x1F`` and ``9e32`` for numbers."""
    ends = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    if len(text) == text.null_count:
        return
    characters = np.frombuffer(text.buffers()[2], np.uint8)[ends[0] : ends[-1]]
    if np.diff(ends).max() > _LONGEST_NUMBER or (characters > ord("9")).any():
        message = "no plain number"
        raise pa.ArrowInvalid(message)


def _instant(text: pa.Array) -> pa.Array:
    instants = text.cast(ARROW_TYPES[Kind.INSTANT])
    _refuse_outside(instants.cast(pa.int64()), _LAST_DAY * _MICROSECONDS_PER_DAY)
    return instants


def _day(text: pa.Array) -> pa.Array:
    days = text.cast(ARROW_TYPES[Kind.DAY])
    _refuse_outside(days.cast(pa.int32()), _LAST_DAY)
    return days


def _refuse_outside(numbers: pa.Array, last: int) -> None:
    bounds = pc.min_max(numbers).as_py()
    if bounds["min"] is not None and not 0 <= bounds["min"] <= bounds["max"] <= last:
        message = "a date before 1970 or after 2200"
        raise pa.ArrowInvalid(message)


def _flag(text: pa.Array) -> pa.Array:
    places = pc.index_in(pc.utf8_lower(text), pa.array(list(_FLAGS)))
    if places.null_count != text.null_count:
        message = "neither yes nor no"
        raise pa.ArrowInvalid(message)
    return pa.array(list(_FLAGS.values())).take(places)


def _text(text: pa.Array) -> pa.Array:
    return text


_CASTS: Mapping[Kind, Callable[[pa.Array], pa.Array]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _whole_number,
    Kind.DECIMAL: _number,
    Kind.MONEY: _number,
    Kind.INSTANT: _instant,
    Kind.DAY: _day,
    Kind.FLAG: _flag,
}


def _fault(table: FactTable, column: Column, line: int, reason: str, cell: str) -> SkippedRecord:
    return SkippedRecord(table.name, line, column.header, reason, excerpt(cell))


def _blank_key(table: FactTable, column: Column, line: int) -> SkippedRecord:
    return SkippedRecord(table.name, line, column.header, "blank, but part of the key", "")


def _null_rows(text: pa.Array) -> list[int]:
    return pc.indices_nonzero(text.is_null()).to_pylist() if text.null_count else []


def _with_nulls(text: pa.Array, rows: list[int]) -> pa.Array:
    cells = text.to_pylist()
    for row in rows:
        cells[row] = None
    return pa.array(cells, pa.string())


def _without(columns: pa.Table, rows: Collection[int]) -> pa.Table:
    if not rows:
        return columns
    return columns.filter(pa.array([row not in rows for row in range(columns.num_rows)]))
