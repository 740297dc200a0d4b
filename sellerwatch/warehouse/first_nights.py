"""Since when each feed is wanted: the first night that entered a window of it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, func, select

from sellerwatch.warehouse.tables.ledger import WINDOW
from sellerwatch.warehouse.windows import NO_NIGHT, PULLED


def first_nights(connection: Connection, store_id: str) -> dict[tuple[str, str], date]:
    """Return by marketplace and report the first night that wanted a window of it; what only others wanted is left out."""
    rows = connection.execute(
        select(WINDOW.c.marketplace, WINDOW.c.report, func.min(WINDOW.c.entered_on).label("first"))
        .where(WINDOW.c.store_id == store_id, WINDOW.c.origin == PULLED, WINDOW.c.entered_on != NO_NIGHT)
        .group_by(WINDOW.c.marketplace, WINDOW.c.report),
    )
    return {(row.marketplace, row.report): row.first for row in rows}
