"""What the two databases do not share: how SQLAlchemy spells insert-unless-there, and how PostgreSQL keeps its statistics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite

Upsert = postgresql.Insert | sqlite.Insert
COUNTED: Final = {"preserve_rowcount": True}
"""Without it SQLAlchemy does not say on PostgreSQL how many rows an INSERT wrote."""


def insert_into(connection: Connection, table: Table) -> Upsert:
    """Return the dialect's INSERT, which knows ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_if_absent(connection: Connection, table: Table) -> Upsert:
    """Return an INSERT that leaves an existing row as it is."""
    return insert_into(connection, table).on_conflict_do_nothing()


def refresh_statistics(connection: Connection, tables: Iterable[Table]) -> None:
    """Tell PostgreSQL's planner how large the tables have become; its own housekeeping comes too late for the next step."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            connection.execute(text(f"ANALYZE {connection.dialect.identifier_preparer.format_table(table)}"))
