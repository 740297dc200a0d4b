"""What the two databases do not share: how insert-unless-there and a join in order are spelled, and how PostgreSQL keeps its statistics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, Join, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles

from sellerwatch.core.ids import fingerprint

Upsert = postgresql.Insert | sqlite.Insert
COUNTED: Final = {"preserve_rowcount": True}
"""Without it SQLAlchemy does not say on PostgreSQL how many rows an INSERT wrote."""


def insert_into(connection: Connection, table: Table) -> Upsert:
    """Return the dialect's INSERT, which knows ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_if_absent(connection: Connection, table: Table) -> Upsert:
    """Return an INSERT that leaves an existing row as it is."""
    return insert_into(connection, table).on_conflict_do_nothing()


class InOrder(Join):
    """A join whose left side is gone through first, and the right one looked up for each of its rows by an index.

    SQLite keeps no statistics and takes every table to be of one size. Where a few days are joined with the facts of years it may
    go through all the facts and look the days up. PostgreSQL knows how large its tables are, and is left to choose.
    """

    inherit_cache = True

    def __init__(self, left: FromClause, right: FromClause, onclause: ColumnElement[bool]) -> None:
        """Join both on a condition."""
        super().__init__(left, right, onclause)


@compiles(InOrder, "sqlite")
def _in_order(join: InOrder, compiler: Any, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's, untyped
    sides = (join.left, join.right, join.onclause)
    left, right, condition = (compiler.process(side, **options | {"from_linter": None}) for side in sides)
    return f"{left} CROSS JOIN {right} ON {condition}"


def take_turn(connection: Connection, purpose: str) -> None:
    """Let no other transaction decide about the same until this one ends, so that each sees what the one before wrote.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        name = int(fingerprint("turn", purpose)[:15], 16)
        connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": name})


def refresh_statistics(connection: Connection, tables: Iterable[Table]) -> None:
    """Tell PostgreSQL's planner how large the tables have become; its own housekeeping comes too late for the next step."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            connection.execute(text(f"ANALYZE {connection.dialect.identifier_preparer.format_table(table)}"))
