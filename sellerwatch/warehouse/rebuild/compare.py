"""Comparing two warehouses row by row, table by table: what each row says, and not how it came about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Engine, Row, Table, Text, collate, select, type_coerce

from sellerwatch.core.money import from_micros
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.base import CIRCUMSTANCE
from sellerwatch.warehouse.tables.checks import DATA_CHECK
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, SKIPPED_RECORD
from sellerwatch.warehouse.tables.lifecycle import SKU_STAGE
from sellerwatch.warehouse.tables.limits import METRIC_LIMIT
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.user import FILE_IMPORT, USER
from sellerwatch.warehouse.types import Micros

COMPARED: Final[tuple[Table, ...]] = (
    DOCUMENT,
    SKIPPED_RECORD,
    *FACTS.values(),
    FILE_IMPORT,
    *USER.values(),
    DATA_CHECK,
    SKU_STAGE,
    METRIC_VALUE,
    METRIC_LIMIT,
)
"""Every table that is made from bytes alone, left to right as the data flows."""

READ_AS: Final[Mapping[str, Table]] = {"metric_period": METRIC_VALUE, "metric_number": METRIC_VALUE}
"""Tables that are compared by the view which shows what they say; their own numbers are given as they are filled."""

NOT_REBUILT: Final[Mapping[str, str]] = {
    "report_window": "taken over from the present ledger, for what Amazon had nothing of is in no document",
    "night": "taken over from the present ledger",
    "problem": "taken over from the present ledger",
    "backfill": "who asked for history, and why, is in no document",
    "call_count": "what was called is in no document",
    "rate_bucket": "what may be called is learned anew",
    "fact_day": "only says what need not be read through again",
    "alert": "what people were told, acknowledged and put off is in no document",
    "alert_event": "as alert",
    "alert_telling": "as alert",
    "digest": "as alert",
    "digest_row": "as alert",
    "mass_change": "as alert",
    "message_of_night": "as alert",
    "response": "as alert",
    "response_event": "as alert",
    "slack_action": "as alert",
    "evaluation": "as alert",
    "outbox": "what was sent is in no document, and nothing may be sent twice",
    "mirror": "who hears what beside Slack, and since when, is in no document",
    "mirrored_message": "as outbox",
    "sweep": "what was looked through in Slack is in no document",
    "measured_basis": "it names the facts that values were measured from, and both are compared",
    "metric_definition": "what a metric meant at the time is in no document; nights are done again by its present meaning",
    "seal_leaf": "counted from the rows themselves, which are compared",
    "seal_due": "as seal_leaf",
}
"""The other tables, and why they are not made from bytes."""

LISTED: Final = 100
"""So many differences of a table are listed; all are counted."""

_ROWS_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not the same; of a row that only one side has, the column is empty."""

    table: str
    key: Mapping[str, object]
    column: str
    old: object
    new: object

    def __str__(self) -> str:
        """Return the one line a person reads."""
        place = f"{self.table} {'/'.join(map(str, self.key.values()))}"
        if not self.column:
            return f"{place}: only in the {'present' if self.old else 'rebuilt'} warehouse"
        return f"{place}: {self.column} is {_words(self.old)}, rebuilt {_words(self.new)}"

    def to_dict(self) -> dict[str, object]:
        """Return the difference as JSON values."""
        key = {name: _plain(value) for name, value in self.key.items()}
        return {"table": self.table, "key": key, "column": self.column, "old": _plain(self.old), "new": _plain(self.new)}


@dataclass(frozen=True, slots=True)
class TableCompared:
    """What comparing a table came to.

    Attributes:
        table: its name.
        rows: rows that both sides have.
        count: differences.
        listed: the first of them.
    """

    table: str
    rows: int
    count: int
    listed: tuple[Difference, ...]


def compare(old: Engine, new: Engine, *, heard: Callable[[int, int, str], None]) -> list[TableCompared]:
    """Compare every table that is made from bytes, in two readings that see one moment each; memory does not grow with them."""
    with reading(old) as there, reading(new) as here:
        found = []
        for number, table in enumerate(COMPARED):
            heard(number, len(COMPARED), table.name)
            found.append(_compare_table(there, here, table))
        return found


def _compare_table(there: Connection, here: Connection, table: Table) -> TableCompared:
    key, said = _columns(table)
    listed: list[Difference] = []
    rows = count = 0
    for old, new in _side_by_side(_rows(there, table), _rows(here, table), len(key)):
        rows += old is not None and new is not None
        if old == new:
            continue
        for difference in _differences(table, key, said, old, new):
            count += 1
            if len(listed) < LISTED:
                listed.append(difference)
    return TableCompared(table.name, rows, count, tuple(listed))


def _columns(table: Table) -> tuple[list[Column[Any]], list[Column[Any]]]:
    """Return the key's columns, and those of the others that say something."""
    key = list(table.primary_key.columns)
    said = [column for column in table.columns if not column.primary_key and not CIRCUMSTANCE.items() <= column.info.items()]
    return key, said


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    """Read the rows in the order of their keys, which is the same in both databases: that of the characters' numbers."""
    key, said = _columns(table)
    statement = select(*(_exact(column) for column in (*key, *said))).order_by(
        *(_in_order(connection, column) for column in key)
    )
    result = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(statement)
    yield from result


def _exact(column: Column[Any]) -> ColumnElement[Any]:
    # Whole millionths say the same as decimals, and cost a third of the time.
    return type_coerce(column, BigInteger) if isinstance(column.type, Micros) else column


def _in_order(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    is_sorted_by_language = connection.dialect.name == "postgresql" and isinstance(column.type, Text)
    return collate(column, "C") if is_sorted_by_language else column


def _side_by_side(
    old: Iterator[Row[Any]], new: Iterator[Row[Any]], width: int
) -> Iterator[tuple[Row[Any] | None, Row[Any] | None]]:
    """Yield the rows of the same key together, and those without a counterpart alone."""
    left, right = next(old, None), next(new, None)
    while left is not None or right is not None:
        if right is None or (left is not None and tuple(left[:width]) < tuple(right[:width])):
            yield left, None
            left = next(old, None)
        elif left is None or tuple(right[:width]) < tuple(left[:width]):
            yield None, right
            right = next(new, None)
        else:
            yield left, right
            left, right = next(old, None), next(new, None)


def _differences(
    table: Table, key: Sequence[Column[Any]], said: Sequence[Column[Any]], old: Row[Any] | None, new: Row[Any] | None
) -> Iterator[Difference]:
    some = old if old is not None else new
    assert some is not None  # noqa: S101 - one of the two is a row
    name = {column.name: _shown(column, value) for column, value in zip(key, some, strict=False)}
    if old is None or new is None:
        yield Difference(table.name, name, "", old is not None, new is not None)
        return
    for column, before, after in zip(said, old[len(key) :], new[len(key) :], strict=True):
        if before != after:
            yield Difference(table.name, name, column.name, _shown(column, before), _shown(column, after))


def _shown(column: Column[Any], value: Any) -> object:  # noqa: ANN401 - a cell holds anything
    return from_micros(int(value)) if isinstance(column.type, Micros) and value is not None else value


def _words(value: object) -> str:
    return "unknown" if value is None else str(_plain(value))


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date | datetime) else value
