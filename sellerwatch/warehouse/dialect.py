"""The two statements SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart: insert unless there, insert or update."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Upsert = postgresql.Insert | sqlite.Insert


def insert_into(connection: Connection, table: Table) -> Upsert:
    """Return the dialect's INSERT, which knows ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_if_absent(connection: Connection, table: Table) -> Upsert:
    """Return an INSERT that leaves an existing row as it is."""
    return insert_into(connection, table).on_conflict_do_nothing()
