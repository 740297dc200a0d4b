"""Putting single values into the warehouse: of what is tried out, not of what a night measures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Table, select, tuple_

from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.tables.measures import APART, METRIC_NUMBER, METRIC_PERIOD

_Key = tuple[Any, ...]
_KEY: Final = ("store_id", "metric", "period", "period_on", "marketplace", "subject_kind", "apart")
_COMMON: Final = [column.name for column in METRIC_PERIOD.columns if column.name != "id"]
_NUMBERS: Final = ("subject", "numerator", "denominator", "value", "status", "reason")


def put_values(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put values in the place of those that have the same key; of several for one key the last counts.

    Args:
        connection: a transaction.
        rows: by the columns of `metric_value`; what is not said is null. What values of a period have in common is as the last says.
    """
    periods: dict[_Key, dict[str, Any]] = {}
    numbers: dict[tuple[_Key, str], dict[str, Any]] = {}
    for row in rows:
        period = {name: row.get(name) for name in _COMMON} | {"apart": row["subject"] if row["subject_kind"] in APART else ""}
        key = tuple(period[name] for name in _KEY)
        periods[key] = period
        numbers[key, row["subject"]] = {name: row.get(name) for name in _NUMBERS} | {"changed_for": row["measured_for"]}
    if numbers:
        _enter(connection, METRIC_PERIOD, _KEY, periods.values())
        known = _numbered(connection, periods)
        entered = ({"metric_period_id": known[key]} | own for (key, _), own in numbers.items())
        _enter(connection, METRIC_NUMBER, ("metric_period_id", "subject"), entered)


def _enter(connection: Connection, table: Table, key: Collection[str], rows: Iterable[dict[str, Any]]) -> None:
    """Enter rows, or let what is there say the same."""
    listed = list(rows)
    statement = insert_into(connection, table)
    news = {name: statement.excluded[name] for name in listed[0] if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=news), listed)


def _numbered(connection: Connection, periods: Collection[_Key]) -> dict[_Key, int]:
    """Return the numbers of periods."""
    key = [METRIC_PERIOD.c[name] for name in _KEY]
    found = select(METRIC_PERIOD.c.id, *key).where(tuple_(*key).in_(periods))
    return {tuple(key): number for number, *key in connection.execute(found)}
