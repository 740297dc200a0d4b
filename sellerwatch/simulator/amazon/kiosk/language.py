"""Reads the subset of GraphQL that Data Kiosk queries are written in: fields with arguments and selections, nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

TOKEN = re.compile(
    r"""(?P<space>[\s,\ufeff]+|\#[^\n\r]*)
    |(?P<mark>[{}()\[\]:])
    |(?P<name>[A-Za-z_]\w*)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<text>"(?:[^"\\\n\r]|\\.)*")""",
    re.VERBOSE | re.ASCII,
)
WORDS = frozenset({"name", "number"})
CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "null": None}


class QuerySyntaxError(ValueError):
    """The text is no query of this subset."""


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word where a value stands: a value of an enumeration."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """One selected field with its arguments and what is selected of it."""

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    selections: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            message = f"Invalid syntax with offending token '{text[place]}' at character {place + 1}"
            raise QuerySyntaxError(message)
        place = found.end()
        if found.lastgroup and found.lastgroup != "space":
            yield _Token(found.lastgroup, found.group())


def length_without_space(text: str) -> int:
    """Return how long a query is once unnecessary whitespace is removed: only between two words is one character needed.

    Raises:
        QuerySyntaxError: the text has a character that no query has.
    """
    tokens = list(_tokens(text))
    needed = sum(one.kind in WORDS and two.kind in WORDS for one, two in pairwise(tokens))
    return sum(len(token.text) for token in tokens) + needed


def read_query(text: str) -> tuple[Field, ...]:
    """Return the fields selected at the top of a query, which may be named and may leave out the word ``query``.

    Raises:
        QuerySyntaxError: the text is not a query, or uses more of GraphQL than fields, arguments and plain values.
    """
    reader = _Reader(list(_tokens(text)))
    if reader.next_is("query"):
        reader.take()
        if not reader.next_is("{"):
            reader.take_kind("name")
    selections = reader.selections()
    if not reader.is_at_end:
        raise reader.refusal()
    return selections


END = _Token("end", "end of the query")


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = [*tokens, END]
        self._place = 0

    @property
    def is_at_end(self) -> bool:
        return self._next is END

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def next_is(self, text: str) -> bool:
        return self._next.text == text

    def refusal(self) -> QuerySyntaxError:
        return QuerySyntaxError(f"Invalid syntax with offending token '{self._next.text}'")

    def take(self) -> _Token:
        token = self._next
        if token is END:
            raise self.refusal()
        self._place += 1
        return token

    def take_kind(self, kind: str) -> str:
        if self._next.kind != kind:
            raise self.refusal()
        return self.take().text

    def expect(self, mark: str) -> None:
        if not self.next_is(mark):
            raise self.refusal()
        self.take()

    def selections(self) -> tuple[Field, ...]:
        """Read ``{ field field ... }``, at least one."""
        self.expect("{")
        found = [self._field()]
        while not self.next_is("}"):
            found.append(self._field())
        self.take()
        return tuple(found)

    def _field(self) -> Field:
        name = self.take_kind("name")
        arguments = self._named_values("(", ")") if self.next_is("(") else {}
        return Field(name, arguments, self.selections() if self.next_is("{") else ())

    def _named_values(self, start: str, end: str) -> dict[str, object]:
        self.expect(start)
        found: dict[str, object] = {}
        while not self.next_is(end):
            name = self.take_kind("name")
            self.expect(":")
            found[name] = self._value()
        self.take()
        return found

    def _value(self) -> object:
        readers: Mapping[str, Callable[[], object]] = {
            "mark": self._collection,
            "name": self._word,
            "number": lambda: json.loads(self.take().text),
            "text": self._text,
        }
        if self._next.kind not in readers:
            raise self.refusal()
        return readers[self._next.kind]()

    def _collection(self) -> object:
        if self.next_is("{"):
            return self._named_values("{", "}")
        self.expect("[")
        found = []
        while not self.next_is("]"):
            found.append(self._value())
        self.take()
        return found

    def _word(self) -> object:
        name = self.take().text
        return CONSTANTS[name] if name in CONSTANTS else Word(name)

    def _text(self) -> str:
        written = self.take().text
        try:
            return str(json.loads(written))
        except ValueError as error:
            message = f"Invalid string {written}"
            raise QuerySyntaxError(message) from error
