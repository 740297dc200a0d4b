"""The temporary tables that tell SQL which days are known, which periods to measure, and what each rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Date, MetaData, Table, Text, insert

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.metrics.known import Cover, KnownFeeds, cover_of
from sellerwatch.metrics.spans import Span
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.catalogue import Grain
from sellerwatch.warehouse.types import Instant

KNOWN_DAY: Final = Table(
    "known_day",
    MetaData(),
    Column("feed", Text, primary_key=True),
    Column("marketplace", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    prefixes=["TEMPORARY"],
)
"""The days of each feed whose facts are in."""

COVER: Final = Table(
    "cover",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("marketplace", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("period_on", Date, primary_key=True),
    Column("first_on", Date, nullable=False),
    Column("currency", Text, nullable=False),
    Column("marketplace_id", Text, nullable=False),
    Column("days", BigInteger, nullable=False),
    Column("known_days", BigInteger, nullable=False),
    Column("is_comparable", Boolean, nullable=False),
    Column("is_observable", Boolean, nullable=False),
    Column("is_final", Boolean, nullable=False),
    Column("data_through", Instant),
    Column("seen_days", BigInteger, nullable=False),
    Column("first_known_on", Date),
    Column("last_known_on", Date),
    prefixes=["TEMPORARY"],
)
"""How much of each period is known, for each metric and for each table it reads."""


def enter_known_days(run: Run, known: KnownFeeds, days: Days) -> None:
    """Create the table of known days and fill it for these days."""
    KNOWN_DAY.create(run.connection)
    rows = [
        {"feed": feed, "marketplace": place, "day": day}
        for (feed, place), item in known.items()
        for day in item.days
        if day in days
    ]
    if rows:
        run.connection.execute(insert(KNOWN_DAY), rows)


@dataclass(frozen=True, slots=True)
class Covered:
    """The periods of one metric, or of one table, for one grain, and how much is known of each in each marketplace."""

    name: str
    grain: Grain
    covers: Mapping[tuple[Marketplace, Span], Cover]

    @property
    def is_void(self) -> bool:
        """Tell whether nothing at all is known of them."""
        return not any(cover.known_days and cover.is_comparable and cover.is_observable for cover in self.covers.values())


def covered(run: Run, known: KnownFeeds, name: str, grain: Grain, feeds: Sequence[str], spans: Collection[Span]) -> Covered:
    """Return how much is known of some periods."""
    found = {
        (place, span): cover_of([known[feed, place.code] for feed in feeds], place, span.days)
        for place in run.measuring.marketplaces
        for span in spans
    }
    return Covered(name, grain, found)


def enter_covers(run: Run, wanted: Iterable[Covered]) -> None:
    """Create the table of covers and fill it."""
    COVER.create(run.connection)
    rows = [_row(item, place, span, cover) for item in wanted for (place, span), cover in item.covers.items()]
    if rows:
        run.connection.execute(insert(COVER), rows)


def drop_covers(run: Run) -> None:
    """Drop both tables."""
    COVER.drop(run.connection)
    KNOWN_DAY.drop(run.connection)


def _row(item: Covered, place: Marketplace, span: Span, cover: Cover) -> dict[str, object]:
    return {
        "name": item.name,
        "grain": item.grain,
        "marketplace": place.code,
        "period": span.period,
        "period_on": span.on,
        "first_on": span.days.first,
        "currency": place.currency,
        "marketplace_id": place.id,
        **{field: getattr(cover, field) for field in Cover.__dataclass_fields__},
    }
