"""Rows of the tables that people fill in, written straight into them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select

from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.user import FILE_IMPORT, USER
from tests.spec.small_world import NOW, World


def entered(world: World, table: str, *rows: dict[str, Any]) -> None:
    """Enter rows as one import; the store is the world's unless said otherwise."""
    target = USER[table]
    has_store = "store" in target.c
    with writing(world.engine) as connection:
        number = connection.execute(select(func.coalesce(func.max(FILE_IMPORT.c.number), 0))).scalar_one() + 1
        connection.execute(
            insert(FILE_IMPORT).values(
                number=number,
                kind="user_tables",
                file_name="test.csv",
                sha256="0" * 64,
                outcome={},
                manifest_number=number,
                imported_at=NOW,
                imported_by="tester",
            )
        )
        for line, row in enumerate(rows, start=1):
            base = {"import_number": number, "line": line, "imported_at": NOW} | (
                {"store": world.store_id} if has_store else {}
            )
            connection.execute(insert(target).values(base | row))
