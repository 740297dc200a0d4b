"""The temporary tables that tell SQL which days are known, which periods to measure, and what each rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Date, MetaData, Table, Text, insert

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.metrics.known import Cover, KnownFeeds, cover_of
from sellerwatch.metrics.spans import Span
from sellerwatch.metrics.storing import Run
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


def enter_covers(run: Run, known: KnownFeeds, wanted: Iterable[tuple[str, Collection[str], Collection[Span]]]) -> None:
    """Create the table of covers and fill it.

    Args:
        run: the transaction.
        known: what is known of the feeds.
        wanted: each name that periods are listed under, with the feeds they rest on and the periods.
    """
    COVER.create(run.connection)
    rows = [
        _row(name, place, span, cover_of([known[feed, place.code] for feed in feeds], place, span.days))
        for name, feeds, spans in wanted
        for place in run.measuring.marketplaces
        for span in spans
    ]
    if rows:
        run.connection.execute(insert(COVER), rows)


def drop_covers(run: Run) -> None:
    """Drop both tables."""
    COVER.drop(run.connection)
    KNOWN_DAY.drop(run.connection)


def _row(name: str, place: Marketplace, span: Span, cover: Cover) -> dict[str, object]:
    return {
        "name": name,
        "marketplace": place.code,
        "period": span.period,
        "period_on": span.on,
        "first_on": span.days.first,
        "currency": place.currency,
        "marketplace_id": place.id,
        **{field: getattr(cover, field) for field in Cover.__dataclass_fields__},
    }

