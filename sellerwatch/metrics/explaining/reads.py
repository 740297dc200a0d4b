"""What explaining a coded metric reads, and what that comes to: the words that its parts are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.money import to_micros
from sellerwatch.core.periods import Days
from sellerwatch.metrics.explaining.parts import Role
from sellerwatch.metrics.measured_days import WINDOW_DAYS
from sellerwatch.metrics.stock.cover import (
    MIN_KNOWN_DAYS,
)

Row = Mapping[str, Any]
Rows = Sequence[Row]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose value it is, and of which day."""

    store_id: str
    place: Marketplace
    kind: str
    id: str
    on: date

    @property
    def window(self) -> Days:
        """The last complete days before it."""
        return Days(self.on - timedelta(days=WINDOW_DAYS), self.on - timedelta(days=1))

    def rows_of(self, table: Table) -> list[ColumnElement[bool]]:
        """Return what chooses the subject's rows of a table, of whatever day."""
        ours = [table.c.store_id == self.store_id, table.c.marketplace == self.place.code]
        return [*ours, table.c.sku == self.id] if self.kind == "sku" else ours


@dataclass(frozen=True, slots=True)
class Read:
    """The rows that a metric reads from one fact table.

    Attributes:
        table: the fact table.
        words: which rows, in words.
        cells: the cells that matter, besides the key.
        where: what chooses them.
    """

    table: Table
    words: str
    cells: tuple[str, ...]
    where: Callable[[Subject], list[ColumnElement[bool]]]


@dataclass(frozen=True, slots=True)
class Counted:
    """What the rows that were read come to, on the way to a part."""

    role: Role
    name: str
    read: str
    micros: int
    rows: Rows
    times: int = 1


@dataclass(frozen=True, slots=True)
class Known:
    """The rows that were read, and the days on which the marketplace has a stock snapshot of any SKU."""

    rows: Mapping[str, Rows]
    snapshot_days: frozenset[date]

    @property
    def is_known(self) -> bool:
        """Tell whether there are enough snapshots to count in-stock days alone."""
        return len(self.snapshot_days) >= MIN_KNOWN_DAYS


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded metric: its formula in the names of its parts, what it reads, and how that is worked out."""

    formula: str
    reads: Mapping[str, Read]
    work: Callable[[Known], tuple[list[Counted], int | None, int | None]]


def amount(rows: Rows, name: str) -> int:
    """Add up a money column, in millionths."""
    return sum(to_micros(row[name]) for row in rows if row[name] is not None)


def quantity(rows: Rows) -> int:
    """Add up the units of order lines."""
    return sum(row["quantity"] or 0 for row in rows)


def by_sku(rows: Rows) -> dict[str, list[Row]]:
    """Sort rows by their SKU."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["sku"], []).append(row)
    return found
