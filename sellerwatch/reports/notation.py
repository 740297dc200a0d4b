"""How a document writes numbers and dates: what its cells prove together, completed by what its origin is known for.

A cell such as ``12,5`` can be read in one way only, ``1.234`` in two. What one cell proves holds for the whole document.
Where nothing is proven, the currency or the marketplace decides, if only one habit of it is known; if not, the record is set
aside with the reason rather than guessed at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from sellerwatch.reports.casting import Plain
from sellerwatch.reports.contract import Column, Kind
from sellerwatch.reports.date_forms import Order, plain_dates, possible_orders
from sellerwatch.reports.number_forms import Mark, plain_numbers, proven_marks

_NUMBERS: Final = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.MONEY})
_DATES: Final = frozenset({Kind.DAY, Kind.INSTANT})

MARKS: Final[Mapping[str, Mark]] = {"USD": Mark.POINT, "JPY": Mark.POINT}
"""Currencies whose documents were seen with one decimal mark only. Euro documents were seen with both."""

ORDERS: Final[Mapping[str, Order]] = {
    "US": Order.MONTH_FIRST,
    "JP": Order.YEAR_FIRST,
    "SE": Order.YEAR_FIRST,
    **dict.fromkeys(("AE", "AU", "BE", "BR", "CA", "DE", "EG", "ES", "FR", "IE", "IN"), Order.DAY_FIRST),
    **dict.fromkeys(("IT", "MX", "NL", "PL", "SA", "SG", "TR", "UK"), Order.DAY_FIRST),
}
"""The order of short dates such as ``05/11/26`` by marketplace."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What is known of a document's notation before it is looked at.

    Attributes:
        mark: the decimal mark.
        order: the order of dates whose form leaves it open.
        bare_offset: the offset of times that name no zone; empty where that is not known.
    """

    mark: Mark | None = None
    order: Order | None = None
    bare_offset: str = ""


@dataclass(frozen=True, slots=True)
class Notation:
    """How a document writes numbers and dates; None for what stayed open."""

    mark: Mark | None
    order: Order | None
    bare_offset: str

    def plain(self, text: pa.Array, column: Column) -> Plain:
        """Return a column's cells in the one form that is typed, with the rows in which they cannot be told."""
        if column.kind in _NUMBERS:
            return plain_numbers(text, column.kind, self.mark)
        if column.kind in _DATES:
            return plain_dates(text, column, self.order, self.bare_offset)
        return Plain(text)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about it."""
        return ("decimal_comma: numbers are written like 1.234,56",) if self.mark is Mark.COMMA else ()


def decide(cells: Mapping[str, pa.Array], columns: Iterable[Column], habits: Habits) -> Notation:
    """Return the notation that the cells of these columns prove, completed by the habits.

    Where cells contradict each other the habit holds and the others are refused; without a habit, only the cells that can
    be read in one way are taken.
    """
    marks: set[Mark] = set()
    orders: list[set[Order]] = []
    for column in columns:
        text = cells.get(column.name)
        if text is not None and column.kind in _NUMBERS:
            marks |= proven_marks(text)
        if text is not None and column.kind in _DATES:
            orders.extend(found for found in [possible_orders(text)] if found is not None)
    return Notation(
        mark=next(iter(marks)) if len(marks) == 1 else habits.mark,
        order=_order(set.intersection(*orders), habits.order) if orders else habits.order,
        bare_offset=habits.bare_offset,
    )


def _order(possible: set[Order], habit: Order | None) -> Order | None:
    """Return the one order that fits all dates; of several, or where none fits all, the habit if nothing speaks against it."""
    if len(possible) == 1:
        return next(iter(possible))
    return habit if not possible or habit in possible else None
