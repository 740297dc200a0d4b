"""Days as people type them, made certain: what a column proves about the order of day and month holds for the column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import pyarrow as pa

from sellerwatch.reports.contract import Column, Kind
from sellerwatch.reports.date_forms import Order, plain_dates, possible_orders
from sellerwatch.reports.user.declare import UserColumn
from sellerwatch.reports.user.sheet import Cell, Unusable, Wrong

EXPECTED: Final = "a day such as 2026-11-20"
_AS_NUMBER: Final = f"{EXPECTED}; this is a number: format the cells as dates"
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)
_CHINESE: Final = re.compile(r"^(\d{4})年(\d{1,2})月(?:(\d{1,2})[日号]?)?$")
_DIGITS: Final = re.compile(r"^(20\d{2})(\d{2})(\d{2})$")
_MIDNIGHT: Final = re.compile(r"[T ]0{1,2}:00(?::00(?:\.0+)?)?$")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_MONTH: Final = re.compile(r"^(?P<day>\d{1,2})[ -](?P<month>[A-Za-z]{3,9})\.?,?[ -](?P<year>\d{4})$")
_MONTH_DAY: Final = re.compile(r"^(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})$")


def order_of(columns: Iterable[Sequence[Cell]]) -> Order | None:
    """Return the order of day and month that the columns prove together, if it is one."""
    found = [orders for cells in columns if (orders := possible_orders(_texts(cells))) is not None]
    orders = set.intersection(*found) if found else set()
    return next(iter(orders)) if len(orders) == 1 else None


def typed_days(cells: Sequence[Cell], column: UserColumn, habit: Order | None) -> list[date | Wrong | None]:
    """Return the cells of one column as days.

    Args:
        cells: the column.
        column: what they should be.
        habit: the order that the sheet's columns prove together, for a column that leaves it open.
    """
    texts = _texts(cells)
    possible = possible_orders(texts)
    order = next(iter(possible)) if possible is not None and len(possible) == 1 else None
    if order is None and possible and habit in possible:
        order = habit
    plain = plain_dates(texts, Column(column.name, column.name, Kind.DAY, ""), order, "")
    words: list[str | None] = plain.text.to_pylist()
    return [
        Wrong(plain.refused[place].removeprefix("expected ")) if place in plain.refused else _typed(cell, word)
        for place, (cell, word) in enumerate(zip(cells, words, strict=True))
    ]


def _texts(cells: Sequence[Cell]) -> pa.Array:
    return pa.array([_bare(cell) if isinstance(cell, str) else None for cell in cells], pa.string())


def _bare(text: str) -> str:
    """Return a day in digits: ``2026-11-20`` for ``2026年11月20日``, ``20261120``, ``20-Nov-2026`` or midnight of it."""
    plain = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip())
    chinese = _CHINESE.match(plain)
    if chinese:
        return "-".join((chinese[1], chinese[2].zfill(2), (chinese[3] or "1").zfill(2)))
    digits = _DIGITS.match(plain)
    if digits:
        return "-".join(digits.groups())
    named = _DAY_MONTH.match(plain) or _MONTH_DAY.match(plain)
    month = named["month"][:3].casefold() if named else ""
    if named and month in _MONTHS:
        return f"{named['year']}-{_MONTHS.index(month) + 1:02}-{named['day'].zfill(2)}"
    return plain


def _typed(cell: Cell, word: str | None) -> date | Wrong | None:
    if isinstance(cell, Unusable):
        return Wrong(cell.expected)
    if cell is None:
        return None
    if isinstance(cell, Decimal):
        return Wrong(_AS_NUMBER)
    if isinstance(cell, str) and ":" in _bare(cell):
        return Wrong(f"{EXPECTED}, without a time")
    found = cell if isinstance(cell, date) else _day(word)
    return found if found is not None and _FIRST <= found <= _LAST else Wrong(EXPECTED)


def _day(word: str | None) -> date | None:
    try:
        return date.fromisoformat(word) if word is not None else None
    except ValueError:
        return None
