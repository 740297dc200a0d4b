"""The closed language of the metric catalogue: sums over the rows of a fact table, and sums of named parts.

    sum(order_line.item_price_amount where valid and promotion_ids is not blank)
    sp_cost + sb_cost - 2 * refunds

Nothing in it is ever executed as code: both engines walk the parsed form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal, TypeAlias, cast, get_args

Function = Literal["sum", "count", "distinct", "first", "last", "mean", "min", "max"]
FUNCTIONS: Final[tuple[str, ...]] = get_args(Function)
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "is blank", "is not blank", "names other than"]
Literal_: TypeAlias = str | Decimal | bool

COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
NAMES: Final[Operator] = "names other than"
"""Compares a cell that lists names, with commas between them: does one of them begin with none of these texts?"""

HERE: Final = "@marketplace_id"
"""Stands for Amazon's id of the marketplace that is being measured."""

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>"[^"]*")|(?P<number>\d+(?:\.\d+)?)|(?P<name>@?[a-z][a-z0-9_]*)|(?P<sign><=|>=|!=|[=<>+\-*(),.]))"""
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a column with values; with no operator, the name of a condition of the table."""

    column: str
    operator: Operator | None = None
    literals: tuple[Literal_, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A number made of the rows of one fact table: those that meet every condition.

    ``columns`` are multiplied with each other row by row; a count has none. ``first`` and ``last`` add up
    the oldest and the newest known day of a period, ``mean`` all known days, divided by how many there are.
    """

    function: Function
    table: str
    columns: tuple[str, ...]
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Combination:
    """Named parts, each times a whole number, added up."""

    terms: tuple[tuple[str, int], ...]


Expression: TypeAlias = Aggregate | Combination


def parse_expression(text: str) -> Expression:
    """Read an aggregate or a combination of parts.

    Raises:
        ValueError: the text is neither; the message says where it stops making sense.
    """
    reader = _Reader(text)
    if reader.peek() in FUNCTIONS and reader.peek(1) == "(":
        found: Expression = _aggregate(reader)
    else:
        found = _combination(reader)
    reader.end()
    return found


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """Read comparisons joined by ``and``.

    Raises:
        ValueError: the text is something else.
    """
    reader = _Reader(text)
    found = tuple(_conditions(reader))
    reader.end()
    return found


def expanded(aggregate: Aggregate, named: Mapping[str, tuple[Condition, ...]]) -> Aggregate:
    """Return the aggregate with the names of conditions replaced by what they stand for.

    Raises:
        ValueError: a name stands for nothing, or for itself.
    """
    return replace(aggregate, where=tuple(_spelled_out(aggregate.where, named, ())))


def _spelled_out(
    conditions: tuple[Condition, ...], named: Mapping[str, tuple[Condition, ...]], within: tuple[str, ...]
) -> Iterator[Condition]:
    for condition in conditions:
        name = condition.column
        if condition.operator:
            yield condition
        elif name in within:
            message = f"the condition {name!r} is defined by itself"
            raise ValueError(message)
        elif name not in named:
            message = f"unknown condition {name!r}; the table has: {', '.join(named) or 'none'}"
            raise ValueError(message)
        else:
            yield from _spelled_out(named[name], named, (*within, name))


class _Reader:
    """The words of a text, one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = list(self._split())
        self._at = 0

    def _split(self) -> Iterator[str]:
        at = 0
        while at < len(self._text.rstrip()):
            found = _TOKEN.match(self._text, at)
            if not found:
                message = f"{self._text[at:].strip()[:20]!r} is not understood in {self._text!r}"
                raise ValueError(message)
            yield found.group().strip()
            at = found.end()

    def peek(self, ahead: int = 0) -> str:
        """Return a word without taking it; empty past the end."""
        return self._words[self._at + ahead] if self._at + ahead < len(self._words) else ""

    def take(self) -> str:
        """Return the next word and go past it."""
        word = self.peek()
        self._at += 1
        return word

    def takes(self, *words: str) -> bool:
        """Go past these words where they come next, and say whether they did."""
        if tuple(self.peek(ahead) for ahead in range(len(words))) != words:
            return False
        self._at += len(words)
        return True

    def name(self) -> str:
        """Return the next word, which has to be a name."""
        word = self.take()
        if not re.fullmatch(r"[a-z][a-z0-9_]*", word):
            raise self.wrong("a name", word)
        return word

    def sign(self, expected: str) -> None:
        """Go past a sign that has to come now."""
        word = self.take()
        if word != expected:
            raise self.wrong(repr(expected), word)

    def end(self) -> None:
        """Refuse anything that is left over."""
        if self.peek():
            raise self.wrong("the end", self.peek())

    def wrong(self, expected: str, found: str) -> ValueError:
        """Build the error for a word that does not belong where it stands."""
        return ValueError(
            f"{expected} is expected in {self._text!r}, found {found!r}" if found else f"{self._text!r} ends early"
        )


def _aggregate(reader: _Reader) -> Aggregate:
    function = cast("Function", reader.take())
    reader.sign("(")
    table = reader.name()
    columns = []
    if reader.takes("."):
        columns.append(reader.name())
        while reader.takes("*"):
            columns.append(reader.name())
    if not columns and function != "count":
        message = f"{function} needs a column, such as {function}({table}.units)"
        raise ValueError(message)
    where = tuple(_conditions(reader)) if reader.takes("where") else ()
    reader.sign(")")
    return Aggregate(function, table, tuple(columns), where)


def _conditions(reader: _Reader) -> Iterator[Condition]:
    yield _condition(reader)
    while reader.takes("and"):
        yield _condition(reader)


def _condition(reader: _Reader) -> Condition:
    column = reader.name()
    if reader.takes("is", "not", "blank"):
        return Condition(column, "is not blank")
    if reader.takes("is", "blank"):
        return Condition(column, "is blank")
    for words, operator, read in _OF_LISTS:
        if reader.takes(*words):
            return Condition(column, operator, read(reader))
    if reader.peek() in COMPARISONS:
        sign = cast("Operator", reader.take())
        return Condition(column, sign, (_literal(reader),))
    return Condition(column)


def _list(reader: _Reader) -> tuple[Literal_, ...]:
    reader.sign("(")
    found = [_literal(reader)]
    while reader.takes(","):
        found.append(_literal(reader))
    reader.sign(")")
    return tuple(found)


def _beginnings(reader: _Reader) -> tuple[Literal_, ...]:
    """Read the texts that names begin with."""
    found = _list(reader)
    for one in found:
        if not isinstance(one, str) or one == HERE or not one.strip() or "," in one:
            message = f"{one!r} is nothing that a name begins with"
            raise ValueError(message)
    return found


_OF_LISTS: Final[tuple[tuple[tuple[str, ...], Operator, Callable[[_Reader], tuple[Literal_, ...]]], ...]] = (
    (("not", "in"), "not in", _list),
    (("in",), "in", _list),
    (("names", "other", "than"), NAMES, _beginnings),
)
"""The comparisons with a list: their words, the operator, and what reads the list."""


def names_other_than(cell: str | None, beginnings: Iterable[str]) -> bool:
    """Tell whether one of the names that a cell lists begins with none of these texts; a blank cell lists none, and blanks differ not."""
    known = tuple(map(without_blanks, beginnings))
    names = without_blanks(cell or "").split(",")
    return any(name and not name.startswith(known) for name in names)


def without_blanks(text: str) -> str:
    """Return a text without its blanks."""
    return text.replace(" ", "")


def _literal(reader: _Reader) -> Literal_:
    word = reader.take()
    if word.startswith('"'):
        return word[1:-1]
    if word in {"true", "false"}:
        return word == "true"
    if word == HERE:
        return HERE
    if word[:1].isdigit():
        return Decimal(word)
    raise reader.wrong("a value", word)


def _combination(reader: _Reader) -> Combination:
    terms = [_term(reader, -1 if reader.takes("-") else 1)]
    while reader.peek() in {"+", "-"}:
        terms.append(_term(reader, -1 if reader.take() == "-" else 1))
    return Combination(tuple(terms))


def _term(reader: _Reader, sign: int) -> tuple[str, int]:
    if reader.peek().isdigit():
        times = int(reader.take())
        reader.sign("*")
        return reader.name(), sign * times
    name = reader.name()
    if not reader.takes("*"):
        return name, sign
    word = reader.take()
    if not word.isdigit():
        raise reader.wrong("a whole number", word)
    return name, sign * int(word)
