"""One table per fact table of the reports, built from the same column list the parser reads by, with provenance added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.types import TypeEngine

from sellerwatch.reports.contract import FactTable, Kind
from sellerwatch.reports.registry import TABLES
from sellerwatch.warehouse.tables import ledger
from sellerwatch.warehouse.tables.base import CIRCUMSTANCE, METADATA
from sellerwatch.warehouse.types import Instant, Micros

SQL_TYPES: Final[Mapping[Kind, type[TypeEngine[Any]]]] = {
    Kind.TEXT: Text,
    Kind.INTEGER: BigInteger,
    Kind.DECIMAL: Micros,
    Kind.MONEY: Micros,
    Kind.INSTANT: Instant,
    Kind.DAY: Date,
    Kind.FLAG: Boolean,
}
"""The column type of each kind of cell."""

EXTRA_INDEXES: Final[Mapping[str, tuple[str, ...]]] = {
    "order_line": ("purchased_on",),
    "fba_return": ("returned_on",),
    "merchant_return": ("requested_on",),
    "repeat_purchase": ("last_on",),
    "search_catalog_performance": ("last_on",),
    "search_query_performance": ("last_on",),
    "settlement_line": ("posted_on",),
}
"""Columns that measures read by and that do not begin the key."""


def _table(fact: FactTable) -> Table:
    columns = [
        Column(
            column.name,
            SQL_TYPES[column.kind],
            primary_key=column.name in fact.key,
            comment=column.note,
        )
        for column in sorted(fact.columns, key=lambda column: _place_in_key(fact, column.name))
    ]
    indexes = [Index(f"ix_{fact.name}_{name}", "store_id", "marketplace", name) for name in EXTRA_INDEXES.get(fact.name, ())]
    return Table(
        fact.name,
        METADATA,
        Column("store_id", Text, primary_key=True),
        Column("marketplace", Text, primary_key=True),
        *columns,
        Column("document_id", Text, ForeignKey(ledger.DOCUMENT.c.id), nullable=False, comment="the document it came from"),
        Column("line", Integer, nullable=False, comment="its line in that document"),
        Column("observed_at", Instant, nullable=False, info=CIRCUMSTANCE, comment="when Amazon made that document"),
        *indexes,
        comment=fact.title,
    )


def _place_in_key(fact: FactTable, name: str) -> int:
    """Put the key first and in its own order, so that the primary key serves look-ups by the scope of a replacement."""
    return fact.key.index(name) if name in fact.key else len(fact.key)


FACTS: Final[Mapping[str, Table]] = {name: _table(fact) for name, fact in TABLES.items()}
"""Every fact table by name."""
