"""What people brought into the warehouse: the list of imports, and the tables that they fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Text

from sellerwatch.reports.user.declare import VALID_FROM, VALID_TO, UserTable
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.warehouse.tables.base import CIRCUMSTANCE, METADATA
from sellerwatch.warehouse.tables.facts import SQL_TYPES
from sellerwatch.warehouse.types import CanonicalJson, Instant

FILE_IMPORT: Final = Table(
    "file_import",
    METADATA,
    Column(
        "number",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="1 for the first import; later ones hold against earlier ones",
    ),
    Column("kind", Text, nullable=False, comment="user_tables or report"),
    Column("file_name", Text, nullable=False, comment="the file's name, without its folder"),
    Column("sha256", Text, nullable=False, comment="of the file's bytes; their name in the raw store"),
    Column(
        "outcome", CanonicalJson, nullable=False, comment="for each table: rows inserted, replaced, closed, removed, unchanged"
    ),
    Column("document_id", Text, ForeignKey("document.id"), comment="the document that an imported report became"),
    Column("manifest_number", Integer, nullable=False, info=CIRCUMSTANCE, comment="its line in the raw store's manifest"),
    Column("imported_at", Instant, nullable=False, info=CIRCUMSTANCE),
    Column("imported_by", Text, nullable=False, info=CIRCUMSTANCE, comment="the account that ran the command"),
    CheckConstraint("kind IN ('user_tables','report')", name="kind"),
    CheckConstraint("(kind = 'report') = (document_id IS NOT NULL)", name="report_has_document"),
    comment="Every file that people imported: what, when and by whom",
)


def _table(declared: UserTable) -> Table:
    columns = [
        Column(
            column.name,
            SQL_TYPES[column.means.kind],
            primary_key=column.name in declared.key,
            autoincrement=False,
            nullable=not (column.required or column.or_every),
            comment=column.note,
        )
        for column in declared.columns
    ]
    checks = [CheckConstraint(f"{VALID_TO} > {VALID_FROM}", name="validity")] if declared.has_validity else []
    return Table(
        declared.table_name,
        METADATA,
        *sorted(columns, key=lambda column: declared.key.index(column.name) if column.primary_key else len(declared.key)),
        Column("import_number", Integer, ForeignKey("file_import.number"), nullable=False, comment="the import it came with"),
        Column("line", Integer, nullable=False, comment="its line in that file"),
        Column("imported_at", Instant, nullable=False, info=CIRCUMSTANCE),
        *checks,
        comment=declared.title,
    )


USER: Final[Mapping[str, Table]] = {name: _table(table) for name, table in USER_TABLES.items()}
"""Every table that people fill in, by its name without ``user_``."""
