"""One hash over the rows of a document in a fact table, or over the values of a metric and period: equal in both databases.

How finally a period is known has a hash of its own, so that a day that settles leaves its values under the seal they have.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Table,
    Text,
    and_,
    collate,
    false,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.sql.selectable import FromClause

from sellerwatch.reports.contract import Replace
from sellerwatch.reports.registry import TABLES
from sellerwatch.warehouse.seal_marks import FACT, METRIC, NO_STORE, STANDING, USER_TABLE, Kind, part_of, period_of
from sellerwatch.warehouse.tables.base import CIRCUMSTANCE
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from sellerwatch.warehouse.tables.measures import METRIC_NUMBER, METRIC_PERIOD
from sellerwatch.warehouse.tables.user import USER
from sellerwatch.warehouse.types import Micros

_ROWS_AT_ONCE: Final = 5_000
_SPELLED_AT_ONCE: Final = 100
_NAMED_AT_MOST: Final = 500
"""More documents than a statement should name are all read, and those that were not asked for left out."""

_USER_TABLES: Final[Mapping[str, Table]] = {table.name: table for table in USER.values()}

Key = tuple[Kind, str, str]
"""What a leaf is of: facts of a table and document, values of a metric and period or what they have in common, or a user table."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """How many rows there are, and the hash over them."""

    kind: Kind
    name: str
    part: str
    row_count: int
    digest: str

    @property
    def key(self) -> Key:
        """What it is of."""
        return self.kind, self.name, self.part

    @property
    def hash(self) -> bytes:
        """The leaf's own hash, from which the root is made."""
        said = json.dumps([self.kind, self.name, self.part, self.row_count, self.digest], separators=(",", ":"))
        return hashlib.sha256(b"\0" + said.encode()).digest()


@dataclass(slots=True)
class _Counting:
    """A hash that is being made, row by row."""

    row_count: int = 0
    sha256: Any = field(default_factory=hashlib.sha256)

    def take(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add some rows."""
        self.row_count += len(rows)
        self.sha256.update(canonical(rows))


def canonical(rows: Sequence[tuple[Any, ...]]) -> bytes:
    """Return each row as one line: a JSON array of whole millionths, ISO days and instants, and null; ASCII, no blanks.

    They are spelled together and then parted, which is faster; but not where a cell has in it what parts two rows.
    """
    together = _TO_JSON.encode(rows)[1:-1]
    if together.count(_BETWEEN) == len(rows) - 1:
        return (together.replace(_BETWEEN, "]\n[") + "\n").encode()
    return "".join(_TO_JSON.encode(row) + "\n" for row in rows).encode()


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    message = f"a cell of the type {type(value).__name__} has no canonical text"
    raise TypeError(message)


_BETWEEN: Final = "],["
_TO_JSON: Final = json.JSONEncoder(default=_iso, separators=(",", ":"))
"""Made once: a night writes hundreds of thousands of rows, and to make one for each would take as long as to use it."""


def all_leaves(connection: Connection, store_id: str) -> Iterator[Leaf]:
    """Read every fact and measured value of a store, and yield the leaves as they are now."""
    if store_id == NO_STORE:
        for name in _USER_TABLES:
            yield from user_table_of(connection, store_id, name)
        return
    for name in FACTS:
        yield from facts_of(connection, store_id, name)
    yield from values_of(connection, store_id)
    yield from standings_of(connection, store_id)


def facts_of(connection: Connection, store_id: str, name: str, documents: Collection[str] | None = None) -> Iterator[Leaf]:
    """Yield the leaves of a fact table: of some documents, or of every one that has rows in it."""
    table = FACTS[name]
    where = [table.c.store_id == store_id]
    where += [] if documents is None else _where_their_rows_are(connection, table, documents)
    for (document_id,), counting in _counted(connection, _rows_of(table), (table.c.document_id,), where).items():
        if documents is None or document_id in documents:
            yield Leaf(FACT, name, document_id, counting.row_count, counting.sha256.hexdigest())


_VALUES: Final = METRIC_PERIOD.join(METRIC_NUMBER, METRIC_NUMBER.c.metric_period_id == METRIC_PERIOD.c.id)
_OF_VALUE: Final = (
    *(METRIC_PERIOD.c[name] for name in ("marketplace", "subject_kind")),
    *(METRIC_NUMBER.c[name] for name in ("subject", "numerator", "denominator", "value", "status", "reason")),
    func.coalesce(METRIC_NUMBER.c.changed_for, METRIC_PERIOD.c.measured_for),
)
_OF_STANDING: Final = tuple(
    METRIC_PERIOD.c[name] for name in ("marketplace", "subject_kind", "apart", "currency", "is_final", "definition_version")
)
_OF_PERIOD: Final = tuple(METRIC_PERIOD.c[name] for name in ("metric", "period", "period_on"))
"""What names a leaf; it is no part of each of its rows."""
_IN_PERIOD: Final = tuple(METRIC_PERIOD.c[name] for name in ("marketplace", "subject_kind", "apart"))


def values_of(
    connection: Connection, store_id: str, metric: str | None = None, parts: Collection[str] | None = None
) -> Iterator[Leaf]:
    """Yield the leaves of a metric: of some periods, or of all; without a metric, those of every metric."""
    read = _Read(_VALUES, _OF_VALUE, (*_OF_PERIOD, *_IN_PERIOD, METRIC_NUMBER.c.subject))
    yield from _of_periods(connection, METRIC, read, store_id, metric, parts)


def standings_of(
    connection: Connection, store_id: str, metric: str | None = None, parts: Collection[str] | None = None
) -> Iterator[Leaf]:
    """Yield the leaves over what the values of a metric's periods have in common."""
    read = _Read(METRIC_PERIOD, _OF_STANDING, (*_OF_PERIOD, *_IN_PERIOD))
    yield from _of_periods(connection, STANDING, read, store_id, metric, parts)


def _of_periods(
    connection: Connection, kind: Kind, read: _Read, store_id: str, metric: str | None, parts: Collection[str] | None
) -> Iterator[Leaf]:
    where = [METRIC_PERIOD.c.store_id == store_id]
    if metric is not None:
        where.append(METRIC_PERIOD.c.metric == metric)
    if parts is not None:
        named = [period_of(part) for part in parts]
        where.append(METRIC_PERIOD.c.period.in_({period for period, _ in named}))
        where.append(METRIC_PERIOD.c.period_on.in_({on for _, on in named}))
    for (name, period, on), counting in _counted(connection, read, _OF_PERIOD, where).items():
        part = part_of(period, date.fromisoformat(str(on)))  # SQLite's days are texts here
        if parts is None or part in parts:
            yield Leaf(kind, name, part, counting.row_count, counting.sha256.hexdigest())


def user_table_of(connection: Connection, _: str, name: str, parts: Collection[str] = ("",)) -> Iterator[Leaf]:
    """Yield the leaf of a table that people fill in: it is one as a whole."""
    for part in parts:
        for counting in _counted(connection, _rows_of(_USER_TABLES[name]), (), ()).values():
            yield Leaf(USER_TABLE, name, part, counting.row_count, counting.sha256.hexdigest())


LEAVES_OF: Final[Mapping[Kind, Callable[[Connection, str, str, Collection[str]], Iterator[Leaf]]]] = {
    FACT: facts_of,
    METRIC: values_of,
    STANDING: standings_of,
    USER_TABLE: user_table_of,
}
"""How the leaves of each kind are read."""


def said_columns(table: Table) -> list[Column[Any]]:
    """Return the columns that a row says something in; how it came about is not sealed."""
    return [column for column in table.columns if not CIRCUMSTANCE.items() <= column.info.items()]


def in_order(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what sorts alike in both databases: by the characters' numbers."""
    is_sorted_by_language = connection.dialect.name == "postgresql" and isinstance(column.type, Text)
    return collate(column, "C") if is_sorted_by_language else column


@dataclass(frozen=True, slots=True)
class _Read:
    """Where rows are read, what each of them says, and in which order they come."""

    source: FromClause
    columns: Sequence[ColumnElement[Any]]
    order: Sequence[ColumnElement[Any]]


def _rows_of(table: Table) -> _Read:
    return _Read(table, said_columns(table), list(table.primary_key))


def _counted(
    connection: Connection, read: _Read, group: Sequence[ColumnElement[Any]], where: Sequence[ColumnElement[bool]]
) -> dict[tuple[Any, ...], _Counting]:
    """Read the rows and hash each group of them; what names a group comes first, and is hashed where rows say it."""
    statement = (
        select(*(_exact(connection, column) for column in (*group, *read.columns)))
        .select_from(read.source)
        .where(*where)
        .order_by(*(in_order(connection, column) for column in read.order))
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    found: dict[tuple[Any, ...], _Counting] = defaultdict(_Counting)
    width = len(group)
    rows = map(tuple, connection.execute(statement))
    for key, own in itertools.groupby(rows, key=lambda row: row[:width]):
        while some := [row[width:] for row in itertools.islice(own, _SPELLED_AT_ONCE)]:
            found[key].take(some)
    return found


def _exact(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the cell as it is kept, where that is what the canonical text says: SQLite keeps days as ISO texts."""
    if isinstance(column.type, Micros):
        return type_coerce(column, BigInteger)
    is_text = connection.dialect.name == "sqlite" and isinstance(column.type, Date)
    return type_coerce(column, Text) if is_text else column


def _where_their_rows_are(connection: Connection, table: Table, documents: Collection[str]) -> list[ColumnElement[bool]]:
    """Return what narrows a table to where the rows of some documents can be.

    Rows of daily reports lie on the days that their documents were asked for, and there the key finds them.
    """
    if len(documents) > _NAMED_AT_MOST:
        return []
    where: list[ColumnElement[bool]] = [table.c.document_id.in_(documents)]
    if TABLES[table.name].replace is Replace.BY_DAY:
        windows = select(WINDOW.c.marketplace, func.min(WINDOW.c.first_day), func.max(WINDOW.c.last_day))
        theirs = windows.join(DOCUMENT, DOCUMENT.c.window_id == WINDOW.c.id).where(DOCUMENT.c.id.in_(documents))
        day = table.c[TABLES[table.name].scope]
        reaches = connection.execute(theirs.group_by(WINDOW.c.marketplace)).all()
        spans = (and_(table.c.marketplace == place, day.between(first, last)) for place, first, last in reaches)
        where.append(or_(false(), *spans))
    return where
