"""Marking what is written, in the transaction that writes it, so that the end of a night seals no more than that."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final, Literal

from sqlalchemy import Connection, FromClause, select

from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.tables.sealing import SEAL_DUE

Kind = Literal["fact", "metric", "user"]
FACT: Final = "fact"
METRIC: Final = "metric"
USER_TABLE: Final = "user"

NO_STORE: Final = "user-tables"
"""Under this name, which no store has, the tables that people fill in are sealed: their rows belong to several stores."""

Period = tuple[str, str, date]
"""A metric, the kind of its period and the period's last day."""


def mark_documents(connection: Connection, store_id: str, table: str, documents: Collection[str]) -> None:
    """Mark the rows of some documents in a fact table."""
    _mark(connection, store_id, FACT, ((table, document) for document in documents))


def mark_periods(connection: Connection, store_id: str, periods: Iterable[Period]) -> None:
    """Mark the values of some metrics and periods."""
    _mark(connection, store_id, METRIC, ((metric, part_of(period, on)) for metric, period, on in periods))


def mark_user_tables(connection: Connection, tables: Iterable[str]) -> None:
    """Mark some tables that people fill in; each is sealed as a whole."""
    _mark(connection, NO_STORE, USER_TABLE, ((table, "") for table in tables))


def periods_in(connection: Connection, measured: FromClause) -> list[Period]:
    """Return every metric and period among measured values; the columns are those of `metrics.storing.MEASURED`."""
    columns = (measured.c.metric, measured.c.period, measured.c.period_on)
    return [(metric, period, on) for metric, period, on in connection.execute(select(*columns).distinct())]


def part_of(period: str, on: date) -> str:
    """Return how the values of a metric's period are called."""
    return f"{period} {on.isoformat()}"


def period_of(part: str) -> tuple[str, date]:
    """Return the period that a part of a metric is."""
    period, _, on = part.rpartition(" ")
    return period, date.fromisoformat(on)


def _mark(connection: Connection, store_id: str, kind: Kind, parts: Iterable[tuple[str, str]]) -> None:
    """Enter the marks in one order, for two processes that hold them in different orders would wait for each other.

    A mark that is there is written again: so whoever takes it waits until this transaction has come to its end.
    """
    rows = [{"store_id": store_id, "kind": kind, "name": name, "part": part} for name, part in sorted(set(parts))]
    if rows:
        statement = insert_into(connection, SEAL_DUE)
        keys = [column.name for column in SEAL_DUE.primary_key]
        again = statement.on_conflict_do_update(index_elements=keys, set_={"part": statement.excluded.part})
        connection.execute(again, rows)
