"""The days a night measures, with what is known about each: whether its orders are in, and whether they may still change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    FromClause,
    MetaData,
    Table,
    Text,
    exists,
    func,
    insert,
    or_,
    select,
)

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day
from sellerwatch.settings.models import ReportPull
from sellerwatch.warehouse.documents import newest_of_feeds
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT, WINDOW
from sellerwatch.warehouse.types import Instant

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
    def places(self) -> list[str]:
        """The codes of the marketplaces; a table's index leads to a run of days only where they are named too."""
        return [place.code for place in self.marketplaces]

    def owns(self, table: FromClause) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """Return which rows of a table are the store's, in the marketplaces that it has."""
        return table.c.store_id == self.store_id, table.c.marketplace.in_(self.places)

    @property
    def window(self) -> Days:
        """The last complete days."""
        return Days(self.as_of - timedelta(days=WINDOW_DAYS), self.as_of - timedelta(days=1))


MEASURED_DAY: Final = Table(
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
"""The temporary table of the days; the SQL of every daily measure starts from it, so no day goes missing."""


def fill(connection: Connection, measuring: Measuring, orders: ReportPull) -> None:
    """Create the temporary table and enter every measured day of every marketplace."""
    MEASURED_DAY.create(connection)
    connection.execute(insert(MEASURED_DAY), list(_rows(connection, measuring, orders)))


def _rows(connection: Connection, measuring: Measuring, orders: ReportPull) -> Iterator[dict[str, object]]:
    newest = newest_night(connection, measuring)
    settled_before = newest - timedelta(days=orders.settled_after_days)
    known = days_of_feeds(connection, measuring.store_id, measuring.places, ["all_orders"], measuring.window)
    through = newest_of_feeds(connection, measuring.store_id, measuring.places, ["all_orders"], newest)
    for place in measuring.marketplaces:
        feed = (place.code, "all_orders")
        for day in measuring.window:
            is_known = day in known.get(feed, ())
            yield _row(place, day, through.get(feed), is_known=is_known, is_settled=day < settled_before)


def _row(
    place: Marketplace,
    day: date,
    through: datetime | None,
    *,
    is_known: bool,
    is_settled: bool,
) -> dict[str, object]:
    return {
        "marketplace": place.code,
        "day": day,
        "currency": place.currency,
        "is_covered": is_known,
        "is_final": is_known and is_settled,
        "data_through": min(through, end_of_day(day, place.zone)) if through else None,
    }


def newest_night(connection: Connection, measuring: Measuring) -> date:
    """Return the store's newest night: running an old one again must not make a settled day unsettled."""
    newest: date | None = connection.execute(
        select(func.max(NIGHT.c.as_of)).where(NIGHT.c.store_id == measuring.store_id),
    ).scalar_one()
    return max(newest or measuring.as_of, measuring.as_of)


def known_days(connection: Connection, store_id: str, marketplace: str, report: str, within: Days) -> set[date]:
    """Return the days of which the warehouse holds what the report tells: a loaded document speaks of them, or Amazon has none.

    A window whose only document is set aside is finished, but nothing is known of its days.
    """
    return days_of_feeds(connection, store_id, [marketplace], [report], within).get((marketplace, report), set())


_IS_KNOWN: Final = or_(
    WINDOW.c.state == "empty",
    exists().where(DOCUMENT.c.window_id == WINDOW.c.id, DOCUMENT.c.state == "loaded"),
)


def days_of_feeds(
    connection: Connection, store_id: str, places: Collection[str], reports: Collection[str], within: Days
) -> dict[tuple[str, str], set[date]]:
    """Return the same of all these reports in all these marketplaces, by both; a feed of which nothing is known is left out."""
    rows = connection.execute(
        select(WINDOW.c.marketplace, WINDOW.c.report, WINDOW.c.first_day, WINDOW.c.last_day).where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.marketplace.in_(sorted(places)),
            WINDOW.c.report.in_(sorted(reports)),
            WINDOW.c.last_day >= within.first,
            WINDOW.c.first_day <= within.last,
            _IS_KNOWN,
        ),
    )
    found: dict[tuple[str, str], set[date]] = {}
    for place, report, first, last in rows:
        days = Days(max(first, within.first), min(last, within.last))
        found.setdefault((place, report), set()).update(days)
    return found


_LONGEST_WINDOW: Final = timedelta(days=92)


def oldest_known_day(connection: Connection, store_id: str, marketplace: str, report: str) -> date | None:
    """Return the oldest day of which the warehouse holds what the report tells.

    The index leads to the window that ends first. One that ends later may begin before it; none is of more than a quarter.
    """
    ours = (WINDOW.c.store_id == store_id, WINDOW.c.marketplace == marketplace, WINDOW.c.report == report, _IS_KNOWN)
    ends_first = select(WINDOW.c.last_day).where(*ours).order_by(WINDOW.c.last_day).limit(1)
    ended_on: date | None = connection.execute(ends_first).scalar_one_or_none()
    if ended_on is None:
        return None
    near = WINDOW.c.last_day <= ended_on + _LONGEST_WINDOW
    oldest: date | None = connection.execute(select(func.min(WINDOW.c.first_day)).where(*ours, near)).scalar_one()
    return oldest
