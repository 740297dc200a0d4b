"""Rows of the tables that people fill in, written straight into the warehouse and taken out again."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select

from sellerwatch.reports.user.declare import EVERY, UserTable
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.user import FILE_IMPORT, USER
from tests.spec.small_world import NOW


@dataclass
class People:
    """What people typed in."""

    engine: Engine

    def say(self, table: str, *rows: dict[str, Any]) -> None:
        """Import rows of a table; cells that are left out are blank, or mean all of them."""
        with writing(self.engine) as connection:
            number = self._imported(connection)
            for line, row in enumerate(rows, start=2):
                cells = {**_blank(USER_TABLES[table]), **{name: _typed(cell) for name, cell in row.items()}}
                connection.execute(
                    insert(USER[table]).values({**cells, "import_number": number, "line": line, "imported_at": NOW})
                )

    def _imported(self, connection: Any) -> int:
        number = (connection.execute(select(func.max(FILE_IMPORT.c.number))).scalar_one() or 0) + 1
        connection.execute(
            insert(FILE_IMPORT).values(
                number=number,
                kind="user_tables",
                file_name="people.csv",
                sha256="0" * 64,
                outcome={},
                manifest_number=number,
                imported_at=NOW,
                imported_by="anna",
            )
        )
        return number

    def forget(self) -> None:
        """Take out everything that was said, and that it was: tables of the whole company would speak to other tests."""
        with reading(self.engine) as connection:
            filled = [name for name, table in USER.items() if connection.execute(select(table).limit(1)).first()]
        with writing(self.engine) as connection:
            for name in filled:
                connection.execute(delete(USER[name]))
            connection.execute(delete(FILE_IMPORT).where(FILE_IMPORT.c.kind == "user_tables"))


def _blank(table: UserTable) -> dict[str, Any]:
    return {column.name: EVERY if column.or_every else None for column in table.columns}


def _typed(cell: Any) -> Any:
    return Decimal(str(cell)) if isinstance(cell, float) else cell
