"""What a file changes in a table that people fill in: decided before anything is written, so that it can be shown first.

A row of the file takes the place of the row with the same key. Where rows hold for a time, a row of the warehouse gives way for as
long as the file's row holds: it ends where that begins, and holds again where that ends, if it would have held until then.
A row of the file that takes one back leaves nothing in its place; the row that ended where it began holds until it would have ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, cast

from sellerwatch.reports.user.check import UserRow
from sellerwatch.reports.user.declare import VALID_FROM, VALID_TO, UserTable

COUNTS: Final = ("inserted", "replaced", "closed", "resumed", "removed", "unchanged")
"""What happens to rows, in the words people are told."""

Values = Mapping[str, Any]
Key = tuple[Any, ...]
Span = tuple[date, date]
"""The first day of a time, and the first day after it."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be done to one table.

    Attributes:
        table: the table.
        inserted: rows of the file under keys that are new.
        replaced: rows of the file under keys that are there with other content.
        closed: rows that are there and end earlier from now on.
        resumed: rows that are there and hold (again) from the day on which a row of the file ends.
        removed: rows that are there and lie within the time of a row of the file, or are taken back by one.
        given_way: the rows that are closed, resumed or removed, as they are there now.
        unchanged: how many rows of the file are there already.
        missed: rows of the file that take back what is not there.
    """

    table: UserTable
    inserted: tuple[UserRow, ...]
    replaced: tuple[UserRow, ...]
    closed: tuple[Values, ...]
    resumed: tuple[Values, ...]
    removed: tuple[Values, ...]
    given_way: tuple[Values, ...]
    unchanged: int
    missed: tuple[UserRow, ...] = ()

    @property
    def are_none(self) -> bool:
        """Tell whether the warehouse says all of it already."""
        return not (self.inserted or self.replaced or self.given_way)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each thing happens to."""
        found = {name: len(getattr(self, name)) for name in COUNTS if name != "unchanged"}
        return {**found, "unchanged": self.unchanged}


@dataclass(slots=True)
class _Found:
    inserted: list[UserRow] = field(default_factory=list)
    replaced: list[UserRow] = field(default_factory=list)
    closed: list[Values] = field(default_factory=list)
    resumed: list[Values] = field(default_factory=list)
    removed: list[Values] = field(default_factory=list)
    given_way: list[Values] = field(default_factory=list)
    unchanged: int = 0
    missed: list[UserRow] = field(default_factory=list)


def changes(table: UserTable, rows: Sequence[UserRow], stored: Iterable[Values]) -> Changes:
    """Compare the rows of a file, which have no findings, with those of the warehouse.

    Args:
        table: the table of both.
        rows: the file's.
        stored: the warehouse's; columns beside the table's own are not looked at.
    """
    groups = _by_subject(table, stored)
    found = _Found()
    for subject, new in _by_subject_of_file(table, rows).items():
        stored_rows = {_key(table, row): row for row in groups.get(subject, ())}
        old = _taken_back(table, [row for row in new if row.is_removed], stored_rows, found)
        kept = [row for row in new if not row.is_removed]
        _compare(table, _ended(kept, old.values()) if table.has_validity else kept, old, found)
        _resume(table, stored_rows, old, found)
    return Changes(
        table,
        tuple(found.inserted),
        tuple(found.replaced),
        tuple(found.closed),
        tuple(found.resumed),
        tuple(found.removed),
        tuple(found.given_way),
        found.unchanged,
        tuple(found.missed),
    )


def _taken_back(table: UserTable, marked: Sequence[UserRow], stored: Mapping[Key, Values], found: _Found) -> dict[Key, Values]:
    """Return the stored rows of a subject as they are without those that are taken back."""
    left = dict(stored)
    for row in sorted(marked, key=lambda row: _key(table, row.values)):
        gone = left.pop(_key(table, row.values), None)
        if gone is None:
            found.missed.append(row)
            continue
        found.removed.append(gone)
        found.given_way.append(gone)
        before = (key for key, values in left.items() if table.has_validity and values[VALID_TO] == gone[VALID_FROM])
        for key in list(before):
            left[key] = {**left[key], VALID_TO: gone[VALID_TO]}
    return left


def _resume(table: UserTable, stored: Mapping[Key, Values], left: Mapping[Key, Values], found: _Found) -> None:
    """Note the rows that hold again for longer, as far as no row of the file has changed them anyway."""
    settled = {_key(table, values) for values in (*found.given_way, *(row.values for row in found.replaced))}
    for key, values in left.items():
        if values != stored[key] and key not in settled:
            found.given_way.append(stored[key])
            found.resumed.append(values)


def _by_subject(table: UserTable, stored: Iterable[Values]) -> dict[Key, list[Values]]:
    groups: dict[Key, list[Values]] = {}
    for row in stored:
        groups.setdefault(tuple(row[name] for name in table.subject), []).append(row)
    return groups


def _by_subject_of_file(table: UserTable, rows: Iterable[UserRow]) -> dict[Key, list[UserRow]]:
    groups: dict[Key, list[UserRow]] = {}
    for row in rows:
        groups.setdefault(tuple(row.values[name] for name in table.subject), []).append(row)
    return groups


def _key(table: UserTable, values: Values) -> Key:
    return tuple(values[name] for name in table.key)


def _ended(rows: Sequence[UserRow], old: Iterable[Values]) -> list[UserRow]:
    """Give each row that names no end the beginning of the next row of its subject, in the file or in the warehouse."""
    starts = sorted({row.values[VALID_FROM] for row in rows} | {row[VALID_FROM] for row in old})  # type: ignore[type-var] # days, and none is null
    return [row if row.values[VALID_TO] is not None else _with_end(row, _next(starts, row.values[VALID_FROM])) for row in rows]


def _next(starts: Sequence[Any], start: Any) -> date | None:  # noqa: ANN401 - days, which mypy knows as objects here
    return next((day for day in starts if day > start), None)


def _with_end(row: UserRow, end: date | None) -> UserRow:
    return replace(row, values={**row.values, VALID_TO: end})


def _compare(table: UserTable, new: Sequence[UserRow], old: Mapping[Key, Values], found: _Found) -> None:
    taken = {_key(table, row.values) for row in new}
    for row in new:
        before = old.get(_key(table, row.values))
        if before is None:
            found.inserted.append(row)
        elif all(before[column.name] == row.values[column.name] for column in table.columns):
            found.unchanged += 1
        else:
            found.replaced.append(row)
    if table.has_validity:
        spans = [(row.values[VALID_FROM], row.values[VALID_TO] or date.max) for row in new]
        for key, values in old.items():
            if key not in taken:
                _give_way(values, sorted(cast("list[Span]", spans)), found)


def _give_way(values: Values, spans: Sequence[Span], found: _Found) -> None:
    """Take from a stored row the times that rows of the file hold, and note what is left of it."""
    whole = (values[VALID_FROM], values[VALID_TO] or date.max)
    pieces = list(_remaining(whole, spans))
    if pieces == [whole]:
        return
    found.given_way.append(values)
    for start, end in pieces:
        left = found.closed if start == whole[0] else found.resumed
        left.append({**values, VALID_FROM: start, VALID_TO: None if end == date.max else end})
    if not pieces:
        found.removed.append(values)


def _remaining(whole: Span, spans: Sequence[Span]) -> Iterator[Span]:
    """Yield what is left of a time without others, which are in order and do not overlap."""
    start, end = whole
    for first, last in spans:
        if start < min(first, end):
            yield start, min(first, end)
        start = max(start, last)
    if start < end:
        yield start, end
