"""Marking what is written, in the transaction that writes it, so that the end of a night seals no more than that."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final, Literal

from sqlalchemy import Connection, FromClause, exists, or_, select

from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.tables.measures import METRIC_NUMBER, METRIC_PERIOD
from sellerwatch.warehouse.tables.sealing import SEAL_DUE

Kind = Literal["fact", "metric", "standing", "user"]
FACT: Final = "fact"
METRIC: Final = "metric"
STANDING: Final = "standing"
"""What the values of a period have in common: how finally it is known, and by which definition."""
USER_TABLE: Final = "user"

NO_STORE: Final = "user-tables"
"""Under this name, which no store has, the tables that people fill in are sealed: their rows belong to several stores."""

Period = tuple[str, str, date]
"""A metric, the kind of its period and the period's last day."""


def mark_documents(
    connection: Connection, store_id: str, table: str, documents: Collection[str], *, were_altered: bool = False
) -> None:
    """Mark the rows of some documents in a fact table; those that somebody had altered before must not be sealed anew."""
    _mark(connection, store_id, FACT, ((table, document) for document in documents), was_altered=were_altered)


def mark_periods(connection: Connection, store_id: str, periods: Iterable[Period], *, kind: Kind) -> None:
    """Mark the values of some metrics and periods, or what these have in common."""
    _mark(connection, store_id, kind, ((metric, part_of(period, on)) for metric, period, on in periods))


def mark_user_tables(connection: Connection, tables: Iterable[str]) -> None:
    """Mark some tables that people fill in; each is sealed as a whole."""
    _mark(connection, NO_STORE, USER_TABLE, ((table, "") for table in tables))


def periods_written(connection: Connection, measured: FromClause, store_id: str, as_of: date) -> list[Period]:
    """Return the metrics and periods of which a night has written values.

    Args:
        connection: the transaction that wrote them.
        measured: what was measured, in the columns of `metrics.storing.MEASURED`.
        store_id: the store.
        as_of: the night, which every value that it has written bears.
    """
    names = ("metric", "period", "period_on")
    periods = select(*(measured.c[name] for name in names)).distinct().subquery("measured_period")
    same = [periods.c[name] == METRIC_PERIOD.c[name] for name in names]
    has_changed = exists().where(METRIC_NUMBER.c.metric_period_id == METRIC_PERIOD.c.id, METRIC_NUMBER.c.changed_for == as_of)
    is_written = exists().where(
        METRIC_PERIOD.c.store_id == store_id, *same, or_(METRIC_PERIOD.c.measured_for == as_of, has_changed)
    )
    written = connection.execute(select(*(periods.c[name] for name in names)).where(is_written))
    return [(metric, period, on) for metric, period, on in written]


def part_of(period: str, on: date) -> str:
    """Return how the values of a metric's period are called."""
    return f"{period} {on.isoformat()}"


def period_of(part: str) -> tuple[str, date]:
    """Return the period that a part of a metric is."""
    period, _, on = part.rpartition(" ")
    return period, date.fromisoformat(on)


def _mark(
    connection: Connection, store_id: str, kind: Kind, parts: Iterable[tuple[str, str]], *, was_altered: bool = False
) -> None:
    """Enter the marks in one order, for two processes that hold them in different orders would wait for each other.

    A mark that is there counts one more: so whoever reads the rows and then takes the mark sees that they were written meanwhile.
    """
    mark = {"store_id": store_id, "kind": kind, "times": 1, "was_altered": was_altered}
    rows = [mark | {"name": name, "part": part} for name, part in sorted(set(parts))]
    if rows:
        statement = insert_into(connection, SEAL_DUE)
        keys = [column.name for column in SEAL_DUE.primary_key]
        news = {"times": SEAL_DUE.c.times + 1, "was_altered": or_(SEAL_DUE.c.was_altered, statement.excluded.was_altered)}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=news), rows)
