"""The temporary table that tells SQL which periods to measure, and what each rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    exists,
    insert,
    literal,
    select,
    update,
)

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.metrics.catalogue import Measurement
from sellerwatch.metrics.known import Cover, KnownFeeds, cover_of
from sellerwatch.metrics.shape import NO_TEXT
from sellerwatch.metrics.spans import Span
from sellerwatch.metrics.storing import Run, enter_periods
from sellerwatch.settings.catalogue import Grain
from sellerwatch.warehouse.tables.measures import METRIC_PERIOD
from sellerwatch.warehouse.types import Instant

COVER: Final = Table(
    "cover",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("marketplace", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("period_on", Date, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("days", BigInteger, nullable=False),
    Column("known_days", BigInteger, nullable=False),
    Column("is_comparable", Boolean, nullable=False),
    Column("is_observable", Boolean, nullable=False),
    Column("is_final", Boolean, nullable=False),
    Column("data_through", Instant),
    Column("seen_days", BigInteger, nullable=False),
    Column("is_new", Boolean, nullable=False),
    Column("metric_period_id", BigInteger),
    prefixes=["TEMPORARY"],
)
"""How much of each period is known, for each metric; ``is_new`` is set where its rows are stored at once, and then the period's id."""

_MARKETPLACES: Final = "marketplace"


_OF_COVER: Final = [column.name for column in COVER.columns if column.name in Cover.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Covered:
    """The periods of one metric for one grain, and how much is known of each in each marketplace."""

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


def covers_of_store(
    store_id: str, measurement: Measurement, covers: Covered
) -> Iterator[tuple[str, str | None, Span, list[Cover]]]:
    """Yield subject, currency, period and covers of what a store's values are sums of: its marketplaces.

    Where there is money, each currency is a subject of its own.
    """
    found: dict[tuple[str | None, Span], list[Cover]] = {}
    for (place, span), cover in covers.covers.items():
        if span.period in measurement.definition.grains.get("store", ()):
            found.setdefault((place.currency if measurement.has_money else None, span), []).append(cover)
    for (currency, span), own in found.items():
        yield store_id if currency is None else f"{store_id}/{currency}", currency, span, own


def reaches(covers: Collection[Cover]) -> datetime | None:
    """Return how far the data reaches of a sum over marketplaces: as far as that of the one known least far."""
    return min((cover.data_through for cover in covers if cover.data_through), default=None)


def enter_covers(run: Run, wanted: Iterable[Covered]) -> None:
    """Create the table of covers and fill it, and tell which periods of subjects in marketplaces are new: nothing is stored of them."""
    COVER.create(run.connection)
    rows = [_row(item, place, span, cover) for item in wanted for (place, span), cover in item.covers.items()]
    if rows:
        run.connection.execute(insert(COVER), rows)
    is_stored = exists().where(
        METRIC_PERIOD.c.store_id == run.measuring.store_id,
        METRIC_PERIOD.c.metric == COVER.c.name,
        METRIC_PERIOD.c.period == COVER.c.period,
        METRIC_PERIOD.c.period_on == COVER.c.period_on,
    )
    run.connection.execute(update(COVER).where(COVER.c.grain != _MARKETPLACES, ~is_stored).values(is_new=True))


def enter_new_periods(run: Run, items: Iterable[Measurement]) -> None:
    """Enter what the values of new periods will have in common, and note the ids beside their covers."""
    for item in items:
        named: dict[str, ColumnElement[Any]] = {
            "metric": literal(item.metric, Text()),
            **{name: COVER.c[name] for name in ("period", "period_on", "marketplace")},
            "subject_kind": literal(item.grain, Text()),
            "apart": literal("", Text()),
            "currency": COVER.c.currency if item.is_amount else NO_TEXT,
            **{name: COVER.c[name] for name in ("is_final", "data_through")},
            "definition_version": literal(item.definition.version, Integer()),
        }
        rows = select(*(column.label(name) for name, column in named.items())).where(
            COVER.c.name == item.metric, COVER.c.grain == item.grain, COVER.c.is_new, is_said()
        )
        enter_periods(run, rows.order_by(*(COVER.c[name] for name in ("period", "period_on", "marketplace"))))
    own = (METRIC_PERIOD.c[name] == COVER.c[name] for name in ("period", "period_on", "marketplace"))
    ids = select(METRIC_PERIOD.c.id).where(
        METRIC_PERIOD.c.store_id == run.measuring.store_id,
        METRIC_PERIOD.c.metric == COVER.c.name,
        *own,
        METRIC_PERIOD.c.subject_kind == COVER.c.grain,
    )
    run.connection.execute(update(COVER).where(COVER.c.is_new).values(metric_period_id=ids.scalar_subquery()))


def is_said() -> ColumnElement[bool]:
    """Tell whether anything is said of products in a period; where nothing is known, their marketplace says why."""
    return and_(COVER.c.is_observable, COVER.c.is_comparable, COVER.c.known_days > 0)


def entered(run: Run, *, are_new: bool) -> set[tuple[str, str]]:
    """Return the metrics and grains that have periods which are new, or others."""
    rows = run.connection.execute(select(COVER.c.name, COVER.c.grain).where(COVER.c.is_new == are_new).distinct())
    return {(name, grain) for name, grain in rows}


def drop_covers(run: Run) -> None:
    """Drop the table."""
    COVER.drop(run.connection)


def _row(item: Covered, place: Marketplace, span: Span, cover: Cover) -> dict[str, object]:
    return {
        "name": item.name,
        "grain": item.grain,
        "marketplace": place.code,
        "period": span.period,
        "period_on": span.on,
        "currency": place.currency,
        "is_new": False,
        **{name: getattr(cover, name) for name in _OF_COVER},
    }
