"""The products a store is known to sell, for reports that are asked for product by product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from sqlalchemy import Connection, Table, func, select

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.warehouse.tables.facts import FACTS

CATALOGUES: Final = ("fba_inventory", "merchant_listing")
"""The tables that name every product: what Amazon stores, and what is offered."""

TOLD_OF: Final[Mapping[str, str]] = {
    "fba_inventory": "asin",
    "inventory_summary": "asin",
    "merchant_listing": "asin",
    "ledger_summary": "asin",
    "order_line": "asin",
    "sales_traffic_asin_day": "child_asin",
    "sales_traffic_trends_asin_day": "child_asin",
}
"""The tables that between them name every child product a store ever had, sold or showed, and the column of each that does."""


def known_asins(
    connection: Connection, store_id: str, places: Iterable[Marketplace], *, before: date
) -> dict[str, tuple[str, ...]]:
    """Return the products of each marketplace, by its newest snapshots of stock and offers before that day.

    Those of the night itself do not count: a second run of the night would want more than the first.
    """
    return {
        place.code: tuple(
            sorted({asin for name in CATALOGUES for asin in _asins(connection, store_id, place, FACTS[name], before)})
        )
        for place in places
    }


def ever_known_asins(connection: Connection, store_id: str) -> dict[str, tuple[str, ...]]:
    """Return all products that the warehouse has heard of in each marketplace, for asking about the past.

    What is sold out for good, or no longer offered, is in no snapshot of today, and was sold all the same.
    """
    found: dict[str, set[str]] = {}
    for name, column in TOLD_OF.items():
        table = FACTS[name]
        told = select(table.c.marketplace, table.c[column]).where(table.c.store_id == store_id, table.c[column].is_not(None))
        for marketplace, asin in connection.execute(told.distinct()):
            found.setdefault(marketplace, set()).add(asin)
    return {marketplace: tuple(sorted(asins)) for marketplace, asins in found.items()}


def _asins(connection: Connection, store_id: str, place: Marketplace, table: Table, before: date) -> Iterable[str]:
    ours = (table.c.store_id == store_id, table.c.marketplace == place.code, table.c.snapshot_on < before)
    newest = select(func.max(table.c.snapshot_on)).where(*ours).scalar_subquery()
    found = select(table.c.asin).where(*ours, table.c.snapshot_on == newest, table.c.asin.is_not(None)).distinct()
    return connection.execute(found).scalars()
