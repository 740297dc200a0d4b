"""Numbers as people type them, made exact: what a column proves about its decimal mark holds for the column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import pyarrow as pa

from sellerwatch.reports.casting import EXPECTED
from sellerwatch.reports.number_forms import Mark, plain_numbers, proven_marks
from sellerwatch.reports.user.currencies import without_sign
from sellerwatch.reports.user.declare import Means, UserColumn
from sellerwatch.reports.user.sheet import Cell, Unusable, Wrong

_PLAIN: Final = re.compile(r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$")
_IN_BRACKETS: Final = re.compile(r"^\((?P<amount>.+)\)$")
_DECIMALS: Final = 6
_LARGEST: Final = Decimal(9_000_000_000_000)
"""Amounts are kept in millionths, in 64 bits."""

_EXPECTED: Final[Mapping[Means, str]] = {
    Means.INTEGER: "a whole number",
    Means.DECIMAL: EXPECTED[Means.DECIMAL.kind],
    Means.MONEY: EXPECTED[Means.MONEY.kind],
    Means.PERCENT: "a percentage such as 8 or 8%",
}


def mark_of(columns: Iterable[Sequence[Cell]]) -> Mark | None:
    """Return the decimal mark that the columns prove together, if they prove one and not the other."""
    marks: set[Mark] = set()
    for cells in columns:
        marks |= proven_marks(_texts(cells))
    return next(iter(marks)) if len(marks) == 1 else None


def typed_numbers(cells: Sequence[Cell], column: UserColumn, habit: Mark | None) -> list[Decimal | int | Wrong | None]:
    """Return the cells of one column as numbers.

    Args:
        cells: the column.
        column: what they should be.
        habit: the decimal mark of the sheet's other columns, for a column that proves none.
    """
    texts = _texts(cells)
    proven = proven_marks(texts)
    plain = plain_numbers(texts, column.means.kind, next(iter(proven)) if len(proven) == 1 else None if proven else habit)
    words: list[str | None] = plain.text.to_pylist()
    return [
        Wrong(f"{plain.refused[place].removeprefix('expected ')}; write 1234 or 1.2340")
        if place in plain.refused
        else _typed(cell, word, column)
        for place, (cell, word) in enumerate(zip(cells, words, strict=True))
    ]


def _texts(cells: Sequence[Cell]) -> pa.Array:
    return pa.array([_bare(cell) if isinstance(cell, str) else None for cell in cells], pa.string())


def _bare(text: str) -> str:
    """Return a number without what people and spreadsheets put around it: signs, full width, brackets for a minus."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").removesuffix("%").strip()
    bracketed = _IN_BRACKETS.match(plain)
    plain = without_sign(f"-{bracketed['amount']}" if bracketed else plain)
    return plain.replace("- ", "-")


def _typed(cell: Cell, word: str | None, column: UserColumn) -> Decimal | int | Wrong | None:
    if isinstance(cell, Unusable):
        return Wrong(cell.expected)
    if cell is None:
        return None
    number = cell if isinstance(cell, Decimal) else _read(cell, word, column)
    return Wrong(expected_of(column)) if number is None else _within(number, column)


def _read(cell: Cell, word: str | None, column: UserColumn) -> Decimal | None:
    is_percentage = isinstance(cell, str) and cell.rstrip().endswith(("%", "％"))
    if word is None or not _PLAIN.match(word) or (is_percentage and column.means is not Means.PERCENT):
        return None
    return Decimal(word)


def _within(number: Decimal, column: UserColumn) -> Decimal | int | Wrong:
    is_whole = number == number.to_integral_value()
    is_too_small = column.least is not None and number < column.least
    is_too_large = abs(number) > _LARGEST or (column.most is not None and number > column.most)
    if is_too_small or is_too_large or (column.means is Means.INTEGER and not is_whole):
        return Wrong(expected_of(column))
    if number != round(number, _DECIMALS):
        return Wrong(f"{expected_of(column)} with at most {_DECIMALS} digits after the point")
    return int(number) if column.means is Means.INTEGER else number


def expected_of(column: UserColumn) -> str:
    """Return what a number of the column must be, in words."""
    bounds = [f"{word} {bound:f}" for word, bound in (("from", column.least), ("up to", column.most)) if bound is not None]
    return " ".join([_EXPECTED[column.means], *bounds])
