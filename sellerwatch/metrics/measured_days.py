"""The days a night measures, with what is known about each: whether its orders are in, and whether they may still change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Boolean, Column, Connection, Date, MetaData, Table, Text, insert

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day
from sellerwatch.settings.models import ReportPull
from sellerwatch.warehouse.documents import newest_data
from sellerwatch.warehouse.types import Instant
from sellerwatch.warehouse.windows import covered_days

WINDOW_DAYS: Final = 30
"""Days a rolling measure looks back, and that a night measures anew."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """What one night measures: a store on a business day."""

    store_id: str
    as_of: date
    now: datetime
    marketplaces: tuple[Marketplace, ...]

    @property
    def window(self) -> Days:
        """The last complete days."""
        return Days(self.as_of - timedelta(days=WINDOW_DAYS), self.as_of - timedelta(days=1))


def measured_day_table() -> Table:
    """Return the temporary table of the days; the SQL of every daily measure starts from it, so no day goes missing."""
    return Table(
        "measured_day",
        MetaData(),
        Column("marketplace", Text, primary_key=True),
        Column("day", Date, primary_key=True),
        Column("currency", Text, nullable=False),
        Column("is_covered", Boolean, nullable=False),
        Column("is_final", Boolean, nullable=False),
        Column("data_through", Instant),
        prefixes=["TEMPORARY"],
    )


def fill(connection: Connection, table: Table, measuring: Measuring, orders: ReportPull) -> None:
    """Create the temporary table and enter every measured day of every marketplace."""
    table.create(connection)
    connection.execute(insert(table), list(_rows(connection, measuring, orders)))


def _rows(connection: Connection, measuring: Measuring, orders: ReportPull) -> Iterator[dict[str, object]]:
    for place in measuring.marketplaces:
        covered = covered_days(connection, measuring.store_id, place.code, "all_orders")
        through = newest_data(connection, measuring.store_id, place.code, "all_orders", measuring.as_of)
        yield from _days(measuring, place, covered, through, orders.settled_after_days)


def _days(
    measuring: Measuring,
    place: Marketplace,
    covered: Iterable[date],
    through: datetime | None,
    settled_after_days: int,
) -> Iterator[dict[str, object]]:
    known = set(covered)
    for day in measuring.window:
        yield {
            "marketplace": place.code,
            "day": day,
            "currency": place.currency,
            "is_covered": day in known,
            "is_final": day in known and (measuring.as_of - day).days > settled_after_days,
            "data_through": min(through, end_of_day(day, place.zone)) if through else None,
        }
