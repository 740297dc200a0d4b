"""What a file holds before anything is believed of it: rows of cells with their lines, and what is found wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sellerwatch.reports.document import excerpt


@dataclass(frozen=True, slots=True)
class Unusable:
    """A cell whose value cannot be had, such as a formula that was never calculated."""

    text: str
    expected: str


Cell = str | bool | Decimal | date | Unusable | None
"""A cell: text as typed, or the typed value that a workbook holds; None where blank."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row, blank cells at its end left out."""

    line: int
    cells: tuple[Cell, ...]

    def cell(self, place: int) -> Cell:
        """Return the cell at a place; a row may be shorter than the header."""
        return self.cells[place] if place < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a CSV file or of one sheet of a workbook, those without a cell left out.

    Attributes:
        name: the sheet's name; empty for a CSV file.
        rows: in the order of the file.
        notes: what a person should know of how it was read.
    """

    name: str
    rows: tuple[SheetRow, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a file.

    Attributes:
        sheet: the sheet it stands in; empty for a CSV file.
        line: the line as a text editor or Excel counts it.
        column: the header of the cell at fault; empty when the whole row is.
        value: what stands there.
        expected: what should stand there, in words.
    """

    sheet: str
    line: int
    column: str
    value: str
    expected: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is expected in place of a cell's value."""

    expected: str


def shown(cell: object) -> str:
    """Return a cell as a person would recognise it, cut to a bearable length."""
    if cell is None:
        return ""
    if isinstance(cell, Unusable):
        return excerpt(cell.text)
    return excerpt(cell.isoformat() if isinstance(cell, date) else str(cell))


def row_of(line: int, cells: list[Cell]) -> SheetRow | None:
    """Return the row without the blank cells at its end, or None when it has no other."""
    while cells and cells[-1] is None:
        cells.pop()
    return SheetRow(line, tuple(cells)) if cells else None
