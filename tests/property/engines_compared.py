"""What the SQL engine stored of a drawn world, and what it should have stored: the reference engine's numbers, and plain dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import select

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.metrics.catalogue import Measurement, is_snapshot, measurements
from sellerwatch.metrics.known import known_feeds
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.reference.engine import Facts, Number, measure, rows_by_day
from sellerwatch.metrics.spans import Span, is_rolling, spans
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from tests.property.catalogue_worlds import Pulled
from tests.spec.small_world import NIGHT, NOW, World, day

Key = tuple[str, str, str, str, str, date]
Said = dict[str, Any]


def stored(world: World, keys_in: Iterable[tuple[str, str, date]]) -> dict[Key, Said]:
    """Return what the SQL engine wrote of these metrics, periods and days."""
    wanted = set(keys_in)
    with reading(world.engine) as connection:
        rows = connection.execute(select(METRIC_VALUE).where(METRIC_VALUE.c.store_id == world.store_id)).all()
    return {
        (row.metric, row.subject_kind, row.marketplace, row.subject, row.period, row.period_on): {
            "numerator": row.numerator,
            "denominator": row.denominator,
            "value": row.value,
            "currency": row.currency,
            "status": row.status,
            "reason": row.reason,
            "is_final": row.is_final,
            "data_through": row.data_through if row.status == "ok" else None,
            "version": row.definition_version,
        }
        for row in rows
        if (row.metric, row.period, row.period_on) in wanted
    }


def expected(world: World, pulled: Iterable[Pulled], *, nights: int) -> tuple[dict[Key, Said], set[tuple[str, str, date]]]:
    """Return what should be stored, and the metrics, periods and days that it is of.

    Args:
        world: the store, as it is now.
        pulled: every window there is.
        nights: how many nights, this one included, have measured it; each began windows of its own.
    """
    facts, wanted = _facts(world), measurements(world.settings)
    through = _Through(tuple(pulled))
    said: dict[Key, Said] = {}
    looked_at: set[tuple[str, str, date]] = set()
    for item in wanted:
        own = spans_of(item, nights)
        looked_at |= {(item.metric, span.period, span.on) for span in own}
        numbers = list(measure(item, facts, own))
        for number in numbers:
            # Of what is not known a new moment that data reaches is no reason to measure again.
            reached = through.of(number, item, facts) if number.status == "ok" else None
            said[key_of(number)] = _said(number, item, world.settings) | {"data_through": reached}
    return said, looked_at


def _facts(world: World) -> Facts:
    """Read everything that the catalogue reads back from the warehouse."""
    settings = world.settings
    places, wanted = settings.marketplaces(world.store_id), measurements(settings)
    measuring = Measuring(world.store_id, NIGHT, world.clock.now(), places)
    with reading(world.engine) as connection:
        known = known_feeds(Run(connection, measuring, settings), {feed for item in wanted for feed in item.feeds})
        rows: dict[Any, Any] = {}
        for name in {table for item in wanted for table in item.tables}:
            found = connection.execute(select(FACTS[name]).where(FACTS[name].c.store_id == world.store_id))
            frame = pd.DataFrame(found.mappings().all(), columns=list(FACTS[name].c.keys()), dtype=object)
            rows |= rows_by_day(name, frame, settings.facts[name])
    return Facts(world.store_id, places, rows, settings.facts, known)


def spans_of(item: Measurement, nights: int) -> list[Span]:
    """Return the periods that a night looks at: of windows the one that ends before it, and those that nights before it began."""
    last = NIGHT if all(is_snapshot(table) for table in item.tables) else day(-1)
    ends = {last - timedelta(days=back) for back in range(nights)}
    return [span for period in item.periods for span in spans(period, last) if not is_rolling(period) or span.on in ends]


def key_of(number: Number) -> Key:
    """Return what a number is of, as a stored row is named."""
    return (number.metric, number.grain, number.marketplace, number.subject, number.span.period, number.span.on)


def _said(number: Number, item: Measurement, settings: Settings) -> Said:
    definition = settings.metrics[number.metric]
    is_store = number.grain == "store"
    currency = number.subject.rpartition("/")[2] if is_store else marketplace(number.marketplace).currency
    return {
        "numerator": decimal_of(number.numerator),
        "denominator": decimal_of(number.denominator),
        "value": number.value(definition.scale),
        "currency": currency if item.is_amount else None,
        "status": number.status,
        "reason": number.reason,
        "is_final": number.is_final,
        "version": definition.version,
    }


def decimal_of(number: Any) -> Decimal | None:
    """Return a whole or fractional number as a stored row has it."""
    return None if number is None else Decimal(number.numerator) / Decimal(number.denominator)


class _Through:
    """How far the data behind a number reaches, from the windows alone."""

    def __init__(self, pulled: tuple[Pulled, ...]) -> None:
        self._pulled = pulled

    def of(self, number: Number, item: Measurement, facts: Facts) -> datetime | None:
        if number.grain != "store":
            return self._of_place(item, number.marketplace, number.span.on)
        currency = number.subject.rpartition("/")[2] if item.has_money else None
        places = [place.code for place in facts.places if currency in {None, place.currency}]
        return min(filter(None, (self._of_place(item, code, number.span.on) for code in places)), default=None)

    def _of_place(self, item: Measurement, code: str, last: date) -> datetime | None:
        """Return the end of the day in the marketplace's zone, or an earlier moment that a feed reaches; None without one."""
        reached = [self._of_feed(feed, code) for feed in item.feeds]
        if not all(reached):
            return None
        return min(*(moment for moment in reached if moment), _midnight_after(last, code))

    def _of_feed(self, feed: str, code: str) -> datetime | None:
        own = [window for window in self._pulled if (window.feed, window.place) == (feed, code)]
        loaded = [window.through for window in own if window.document == "loaded"]
        is_often_empty = REPORTS[feed].is_sparse
        nothing = [min(NOW, _midnight_after(day(window.last), code)) for window in own if window.state == "empty"]
        return max(filter(None, [*loaded, *(nothing if is_often_empty else [])]), default=None)


def _midnight_after(last: date, code: str) -> datetime:
    return datetime.combine(last + timedelta(days=1), time(0), marketplace(code).zone).astimezone(UTC)
