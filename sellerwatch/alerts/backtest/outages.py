"""What came true: the days on which a SKU that could be sold could not be any more, told by the stock reports alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, or_, select

from sellerwatch.core.periods import Days
from sellerwatch.warehouse.tables.facts import FACTS

STOCK: Final = FACTS["fba_inventory"]


class Place(NamedTuple):
    """A SKU of a marketplace of a store."""

    store_id: str
    marketplace: str
    subject: str


@dataclass(frozen=True, slots=True)
class Outage:
    """A run of mornings on which nothing of a SKU could be sold.

    Attributes:
        began_on: its first morning.
        over_on: the first morning with stock again; None while there is none.
        is_seen_to_begin: whether stock was seen on a morning before, so that its first day is known.
    """

    began_on: date
    over_on: date | None
    is_seen_to_begin: bool

    def covers(self, day: date) -> bool:
        """Tell whether nothing could be sold on the day's morning."""
        return self.began_on <= day and (self.over_on is None or day < self.over_on)


Outages = Mapping[Place, tuple[Outage, ...]]


def read_outages(connection: Connection, stores: Collection[str], days: Days) -> Outages:
    """Return the outages of every SKU within the days.

    A SKU that is absent from a report, whose cell is blank, or whose offer Amazon does not ship that day is unknown that day:
    unknown days begin and end nothing.
    """
    rows = connection.execute(
        select(STOCK.c.store_id, STOCK.c.marketplace, STOCK.c.sku, STOCK.c.snapshot_on, STOCK.c.sellable_units)
        .where(
            STOCK.c.store_id.in_(sorted(stores)),
            STOCK.c.snapshot_on.between(days.first, days.last),
            STOCK.c.sellable_units.is_not(None),
            or_(STOCK.c.has_afn_listing.is_(None), STOCK.c.has_afn_listing),
        )
        .order_by(STOCK.c.store_id, STOCK.c.marketplace, STOCK.c.sku, STOCK.c.snapshot_on),
    )
    return {
        place: tuple(outages_of((row.snapshot_on, row.sellable_units) for row in group))
        for place, group in groupby(rows, key=lambda row: Place(*row[:3]))
    }


def last_morning(connection: Connection, stores: Collection[str], days: Days) -> date | None:
    """Return the last day within the days of which the stock is known of every store."""
    newest = (
        select(func.max(STOCK.c.snapshot_on))
        .where(STOCK.c.store_id.in_(sorted(stores)), STOCK.c.snapshot_on.between(days.first, days.last))
        .group_by(STOCK.c.store_id)
    )
    found = connection.execute(newest).scalars().all()
    return min(found) if len(found) == len(set(stores)) else None


def outages_of(mornings: Iterable[tuple[date, int]]) -> Iterator[Outage]:
    """Yield the outages of one SKU from its known mornings, in order, as (day, units that can be sold)."""
    began_on: date | None = None
    is_first, is_seen = True, False
    for day, units in mornings:
        if units <= 0 and began_on is None:
            began_on, is_seen = day, not is_first
        if units > 0 and began_on is not None:
            yield Outage(began_on, day, is_seen)
            began_on = None
        is_first = False
    if began_on is not None:
        yield Outage(began_on, None, is_seen)
