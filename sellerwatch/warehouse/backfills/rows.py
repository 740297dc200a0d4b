"""How many rows the warehouse holds of a time, table by table, so that a backfill can say what it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select

from sellerwatch.core.periods import Days
from sellerwatch.reports.contract import FactTable, Kind
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW

DAYS_THAT_COUNT: Final[Mapping[str, str]] = {"merchant_return": "requested_on"}
"""Where the first day of a table's rows is not the one that its report is asked for by."""


def row_key(store_id: str, marketplace: str, table: str) -> str:
    """Return the name under which the rows are counted."""
    return f"{store_id}/{marketplace}/{table}"


def count_rows(
    connection: Connection, settings: Settings, stores: Iterable[str], reports: Iterable[str], days: Days
) -> dict[str, int]:
    """Return the rows of these days by store, marketplace and table; 0 where there are none."""
    chosen = tuple(stores)
    counts: dict[str, int] = {}
    for table in dict.fromkeys(table for report in reports for table in REPORTS[report].tables):
        found = {(row.store_id, row.marketplace): row.rows for row in connection.execute(_counted(table, chosen, days))}
        counts |= {
            row_key(store_id, code, table.name): found.get((store_id, code), 0)
            for store_id in chosen
            for code in settings.store(store_id).marketplaces
        }
    return counts


def _counted(fact: FactTable, stores: tuple[str, ...], days: Days) -> Select[Any]:
    table = FACTS[fact.name]
    day = DAYS_THAT_COUNT.get(fact.name) or next((column.name for column in fact.columns if column.kind is Kind.DAY), None)
    within = table.c[day].between(days.first, days.last) if day else _of_document(table.c.document_id, days)
    grouped = (table.c.store_id, table.c.marketplace)
    return select(*grouped, func.count().label("rows")).where(table.c.store_id.in_(stores), within).group_by(*grouped)


def _of_document(document_id: ColumnElement[Any], days: Days) -> ColumnElement[bool]:
    """A row without a day of its own (a settlement, a coupon) counts where its document speaks of the days."""
    return exists().where(
        and_(
            DOCUMENT.c.id == document_id,
            WINDOW.c.id == DOCUMENT.c.window_id,
            WINDOW.c.first_day <= days.last,
            WINDOW.c.last_day >= days.first,
        ),
    )
