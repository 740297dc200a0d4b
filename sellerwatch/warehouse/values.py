"""Putting single values into the warehouse: of what is tried out, not of what a night measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, delete, select

from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.tables.measures import APART, METRIC_NUMBER, METRIC_PERIOD

_KEY: Final = ("store_id", "metric", "period", "period_on", "marketplace", "subject_kind", "apart")
_COMMON: Final = [column.name for column in METRIC_PERIOD.columns if column.name != "id"]
_NUMBERS: Final = ("subject", "numerator", "denominator", "value", "status", "reason")


def put_values(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put values in the place of those that have the same key; of several for one key the last counts.

    Args:
        connection: a transaction.
        rows: by the columns of `metric_value`; what is not said is null. What values of a period have in common is as the last says.
    """
    numbers: dict[tuple[int, str], dict[str, Any]] = {}
    periods: dict[tuple[Any, ...], int] = {}
    for row in rows:
        period = {name: row.get(name) for name in _COMMON} | {"apart": row["subject"] if row["subject_kind"] in APART else ""}
        said = tuple(period.values())
        if said not in periods:
            periods[said] = _enter(connection, period)
        own = {name: row.get(name) for name in _NUMBERS}
        numbers[periods[said], row["subject"]] = own | {"metric_period_id": periods[said], "changed_for": row["measured_for"]}
    for number, subject in numbers:
        same = (METRIC_NUMBER.c.metric_period_id == number, METRIC_NUMBER.c.subject == subject)
        connection.execute(delete(METRIC_NUMBER).where(*same))
    if numbers:
        connection.execute(METRIC_NUMBER.insert(), list(numbers.values()))


def _enter(connection: Connection, period: Mapping[str, Any]) -> int:
    """Enter what values have in common, or let what is there say so; return its number."""
    statement = insert_into(connection, METRIC_PERIOD).values(**period)
    news = {name: statement.excluded[name] for name in _COMMON if name not in _KEY}
    connection.execute(statement.on_conflict_do_update(index_elements=list(_KEY), set_=news))
    same = (METRIC_PERIOD.c[name] == period[name] for name in _KEY)
    return int(connection.execute(select(METRIC_PERIOD.c.id).where(*same)).scalar_one())
