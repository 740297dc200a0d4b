"""What people and Amazon brought since the night that wrote a value: it may rest on what was there before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from sellerwatch.core.periods import end_of_day
from sellerwatch.metrics.explaining.parts import Fact
from sellerwatch.metrics.storing import Run
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT
from sellerwatch.warehouse.tables.user import FILE_IMPORT

Row = Mapping[str, Any]


def imports_since(run: Run, value: Row, tables: Collection[str]) -> Iterator[str]:
    """Name the imports that changed any of these tables since the value was written."""
    since = _written_at(run, value)
    imports = select(FILE_IMPORT).where(FILE_IMPORT.c.kind == "user_tables", FILE_IMPORT.c.imported_at > since)
    for row in run.connection.execute(imports.order_by(FILE_IMPORT.c.number)).mappings():
        changed = {
            name for name, counts in row["outcome"].items() if any(counts[what] for what in counts if what != "unchanged")
        }
        if changed & set(tables):
            yield f"import {row['number']} ({row['file_name']})"


def documents_since(run: Run, value: Row, facts: Collection[Fact]) -> Iterator[str]:
    """Name the documents of these facts that came since the value was written."""
    behind = sorted({fact.document_id for fact in facts} - {""})
    documents = select(DOCUMENT.c.id).where(DOCUMENT.c.id.in_(behind), DOCUMENT.c.received_at > _written_at(run, value))
    yield from run.connection.execute(documents.order_by(DOCUMENT.c.id)).scalars()


def _written_at(run: Run, value: Row) -> datetime:
    """Return when the night began that wrote the value, or where it is not listed, when its day was over."""
    night = select(NIGHT.c.started_at).where(NIGHT.c.store_id == value["store_id"], NIGHT.c.as_of == value["measured_for"])
    began: datetime | None = run.connection.execute(night).scalar_one_or_none()
    return began or end_of_day(value["measured_for"], run.measuring.marketplaces[0].zone)
