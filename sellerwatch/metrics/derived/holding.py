"""Which row of a table that people fill in holds: on a day, for a store and a marketplace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select

from sellerwatch.metrics.storing import Run
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.warehouse.tables.user import USER

Row = Mapping[str, Any]


def rows_of_store(run: Run, name: str) -> list[Row]:
    """Return the rows of a table that are about the store, or about every store; those of the whole company are about each."""
    table = USER[name]
    statement = select(table)
    if "store" in table.c:
        statement = statement.where(or_(table.c.store == run.measuring.store_id, table.c.store == EVERY))
    return [dict(row) for row in run.connection.execute(statement).mappings()]


def every_row(run: Run, name: str) -> list[Row]:
    """Return the rows of a table whatever store they are about."""
    return [dict(row) for row in run.connection.execute(select(USER[name])).mappings()]


def speaks_of(row: Row, place: str) -> bool:
    """Tell whether a row is about the marketplace, or about every one."""
    return row.get("marketplace", EVERY) in {place, EVERY}


def holding(rows: Iterable[Row], day: date) -> Row | None:
    """Return the row that holds on the day: the one that names most, and of those the newest."""
    valid = (row for row in rows if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"]))
    return min(valid, key=_rank, default=None)


def _rank(row: Row) -> tuple[bool, bool, int]:
    return (row.get("store") == EVERY, row.get("marketplace") == EVERY, -row["valid_from"].toordinal())


def rate(rates: Iterable[Row], currency: str, quote: str, day: date) -> Decimal | None:
    """Return what one unit of a currency is worth in another on the day; None where nobody said."""
    if currency == quote:
        return Decimal(1)
    found = rate_row(rates, currency, quote, day)
    return found["rate"] if found else None


def rate_row(rates: Iterable[Row], currency: str, quote: str, day: date) -> Row | None:
    """Return the row that says what one unit of a currency is worth in another on the day; None where nobody said, or need."""
    return holding([row for row in rates if (row["currency"], row["quote_currency"]) == (currency, quote)], day)
