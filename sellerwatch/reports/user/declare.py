"""What a table that people fill in is made of: its columns, what may stand in them, its key and its validity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Final

from sellerwatch.reports.contract import Kind

VALID_FROM: Final = "valid_from"
VALID_TO: Final = "valid_to"
EVERY: Final = "*"
"""Stands in a key where a person left the cell blank: every store, every marketplace, every SKU."""

EXAMPLE: Final = "example"
"""The column of the templates whose filled cells mark example rows."""

REMOVE: Final = "remove"
"""A column that any file may have: a row in which it says yes takes back the row of its key."""

Row = Mapping[str, object]
"""One row as typed values by column name."""


class Means(Enum):
    """What a cell means, and with it how it is checked."""

    TEXT = "text"
    NAME = "name"
    STORE = "store"
    MARKETPLACE = "marketplace"
    CURRENCY = "currency"
    CHOICE = "choice"
    INTEGER = "whole number"
    DECIMAL = "number"
    MONEY = "amount"
    PERCENT = "percentage"
    DAY = "day"
    FLAG = "yes or no"

    @property
    def kind(self) -> Kind:
        """The kind under which the warehouse stores it."""
        return _KINDS.get(self, Kind.TEXT)


_KINDS: Final[Mapping[Means, Kind]] = {
    Means.INTEGER: Kind.INTEGER,
    Means.DECIMAL: Kind.DECIMAL,
    Means.MONEY: Kind.MONEY,
    Means.PERCENT: Kind.DECIMAL,
    Means.DAY: Kind.DAY,
    Means.FLAG: Kind.FLAG,
}

NUMBERS: Final = frozenset({Means.INTEGER, Means.DECIMAL, Means.MONEY, Means.PERCENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class UserColumn:
    """One column of a table that people fill in.

    Attributes:
        name: our name, with its unit; the header of the templates.
        zh: its Chinese header.
        means: what its cells mean.
        note: one line for the person who fills it in.
        also: other headers that mean the same.
        required: a row without it is refused.
        or_every: a blank cell means all of them; stored as ``*``.
        choices: the words allowed, each with others that mean the same.
        least: the smallest number allowed.
        most: the largest number allowed.
        unit: what its numbers count.
        example: a cell for the template.
    """

    name: str
    zh: str
    means: Means
    note: str
    also: tuple[str, ...] = ()
    required: bool = False
    or_every: bool = False
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least: Decimal | None = None
    most: Decimal | None = None
    unit: str = ""
    example: str = ""

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that names the column."""
        return (self.name, self.zh, *self.also)


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold between the cells of one row.

    Attributes:
        column: the column that the finding names.
        expected: what must hold, in words.
        holds: tells whether it does; a blank cell is None.
    """

    column: str
    expected: str
    holds: Callable[[Row], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTable:
    """One table that people fill in.

    Attributes:
        name: its name in files, in ``--table`` and, with ``user_`` before it, in the warehouse.
        title: what one row is, in words.
        zh: its Chinese title.
        note: what it is for: the numbers that cannot be had without it.
        columns: in the order of the template.
        key: the columns that name a row; of two files that speak of the same key the later one holds.
        rules: what must hold within a row.
    """

    name: str
    title: str
    zh: str
    note: str
    columns: tuple[UserColumn, ...]
    key: tuple[str, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def table_name(self) -> str:
        """Its name in the warehouse."""
        return f"user_{self.name}"

    @property
    def has_validity(self) -> bool:
        """Tell whether a row holds for a time: from one day up to, and not including, another."""
        return VALID_FROM in self.key

    @property
    def subject(self) -> tuple[str, ...]:
        """The key without the day from which a row holds."""
        return tuple(name for name in self.key if name != VALID_FROM)

    @property
    def scope(self) -> str:
        """What its rows are about, in a word or two."""
        levels = (("sku", "SKU"), ("marketplace", "marketplace"), ("store", "store"))
        found = [word for name, word in levels if name in self.key]
        return f"per {', '.join(reversed(found))}" if found else "of the whole company"

    def column(self, name: str) -> UserColumn:
        """Return the column of this name."""
        return next(column for column in self.columns if column.name == name)
