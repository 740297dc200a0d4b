"""What a metric's period was made from, as a digest: a night measures anew only what now has another one.

A digest has two halves: what the numbers are made of, and how far and how finally their last day is known. Where only the
second is another, the numbers are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeAlias

from sqlalchemy import select

from sellerwatch.core.periods import Days
from sellerwatch.metrics.catalogue import Measurement
from sellerwatch.metrics.known import KnownFeed, KnownFeeds
from sellerwatch.metrics.spans import Span, is_rolling
from sellerwatch.metrics.sql.marks import Marks, marks_of
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.catalogue import Period
from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.tables.measures import MEASURED_BASIS

_MARK_SIZE: Final = 16
_HALVES: Final = "-"
Source: TypeAlias = tuple[str, str]
"""A fact table with the feed that fills it."""


@dataclass(frozen=True, slots=True)
class Due:
    """The spans of one metric, each with the digest of what it is made from.

    Attributes:
        digests: the digests.
        is_new: the spans to measure, for something else is known than when they were measured, or they never were.
        is_settling: those of them whose numbers are what they were.
    """

    digests: Mapping[Span, str]
    is_new: frozenset[Span]
    is_settling: frozenset[Span]

    def without(self, spans: Collection[Span]) -> Due:
        """Return it without spans that need not be measured any more."""
        return replace(self, is_new=self.is_new.difference(spans))


def due_spans(
    run: Run, measurements: Collection[Measurement], spans: Mapping[str, Collection[Span]], known: KnownFeeds
) -> dict[str, Due]:
    """Return for each metric the spans whose digest is not the stored one."""
    stored = _stored(run, since=min(span.on for own in spans.values() for span in own))
    newest = {metric: max(span.on for span in own) for metric, own in spans.items()}
    reach = _reach(measurements, spans)
    every = Days(min(days.first for days in reach.values()), max(days.last for days in reach.values()))
    marking = _Marking(run, every, known, marks_of(run, reach), {}, {}, {})
    found = {}
    for metric, own in _by_metric(measurements).items():
        begun = _definition_mark(run, own)
        sources = {period: _sources(run, own, period) for period in {period for item in own for period in item.periods}}
        digests = {
            span: marking.digest(begun, sources[span.period], span.days)
            for span in spans[metric]
            if _is_wanted(span, newest[metric], stored.get((metric, span.period, span.on)))
        }
        found[metric] = _due(digests, {span: stored.get((metric, span.period, span.on), "") for span in digests})
    return found


def _due(digests: Mapping[Span, str], before: Mapping[Span, str]) -> Due:
    new = frozenset(span for span, digest in digests.items() if before[span] != digest)
    return Due(digests, new, frozenset(span for span in new if _of_numbers(before[span]) == _of_numbers(digests[span])))


def _of_numbers(digest: str) -> str:
    """Return the half that says what the numbers are made of."""
    return digest.partition(_HALVES)[0]


def _reach(measurements: Collection[Measurement], spans: Mapping[str, Collection[Span]]) -> dict[str, Days]:
    """Return for each table the days that the periods lie in which are measured from it."""
    found: dict[str, Days] = {}
    for item in measurements:
        own = [span.days for span in spans[item.metric] if span.period in item.periods]
        days = Days(min(one.first for one in own), max(one.last for one in own))
        for table in item.tables:
            other = found.setdefault(table, days)
            found[table] = Days(min(days.first, other.first), max(days.last, other.last))
    return found


def remember(run: Run, due: Mapping[str, Due]) -> None:
    """Store the digests of what has been measured."""
    rows = [
        {
            "store_id": run.measuring.store_id,
            "metric": metric,
            "period": span.period,
            "period_on": span.on,
            "digest": item.digests[span],
        }
        for metric, item in due.items()
        for span in sorted(item.is_new)
    ]
    if not rows:
        return
    statement = insert_into(run.connection, MEASURED_BASIS)
    keys = [column.name for column in MEASURED_BASIS.primary_key]
    run.connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_={"digest": statement.excluded.digest}), rows
    )


def _stored(run: Run, since: date) -> dict[tuple[str, str, date], str]:
    rows = run.connection.execute(
        select(MEASURED_BASIS.c.metric, MEASURED_BASIS.c.period, MEASURED_BASIS.c.period_on, MEASURED_BASIS.c.digest).where(
            MEASURED_BASIS.c.store_id == run.measuring.store_id,
            MEASURED_BASIS.c.period_on >= since,
        ),
    )
    return {(metric, period, on): digest for metric, period, on, digest in rows}


def _by_metric(measurements: Collection[Measurement]) -> dict[str, list[Measurement]]:
    found: dict[str, list[Measurement]] = {}
    for item in measurements:
        found.setdefault(item.metric, []).append(item)
    return found


def _sources(run: Run, own: Collection[Measurement], period: Period) -> tuple[Source, ...]:
    """Return the tables that a metric's periods of one kind are made from, each with the feed that fills it."""
    tables = {table for item in own if period in item.periods for table in item.tables}
    return tuple((table, run.settings.facts[table].feed) for table in sorted(tables))


def _is_wanted(span: Span, newest: date, stored: str | None) -> bool:
    """Tell whether a night speaks of the span.

    A window is looked at from the night that it ends before; an older one is measured again where a night has measured it.
    """
    return not is_rolling(span.period) or span.on == newest or stored is not None


@dataclass(frozen=True, slots=True)
class _Marking:
    """The marks of all days, sixteen bytes each, of sources taken together; each is made once."""

    run: Run
    reach: Days
    known: KnownFeeds
    marks: Marks
    of_source: dict[Source, list[bytes]]
    joined: dict[tuple[Source, ...], bytes]
    ends: dict[tuple[tuple[Source, ...], date], bytes]

    def digest(self, begun: bytes, sources: tuple[Source, ...], days: Days) -> str:
        """Return the digest of a run of days: what it means and what is known of each day, and how far and how finally."""
        start = (days.first - self.reach.first).days * _MARK_SIZE
        marks = self._of(sources)[start : start + len(days) * _MARK_SIZE]
        return f"{_hashed(begun + marks).hex()}{_HALVES}{self._end(sources, days.last).hex()}"

    def _of(self, sources: tuple[Source, ...]) -> bytes:
        """Return one mark for each day, one after the other, that changes when one of the sources does."""
        if sources not in self.joined:
            columns = zip(*(self._of_source(source) for source in sources), strict=True)
            self.joined[sources] = b"".join(_hashed(b"".join(day)) for day in columns)
        return self.joined[sources]

    def _of_source(self, source: Source) -> list[bytes]:
        if source not in self.of_source:
            self.of_source[source] = [self._text(*source, day).encode() for day in self.reach]
        return self.of_source[source]

    def _text(self, table: str, feed: str, day: date) -> str:
        return "".join(
            f"{place.code}:{presence(self.known[feed, place.code], day)}:{self.marks.get((table, place.code, day), '')};"
            for place in self.run.measuring.marketplaces
        )

    def _end(self, sources: tuple[Source, ...], day: date) -> bytes:
        """Return how far the data reaches of a period that ends on the day, and whether it may still change.

        Days settle in their order, so that the last one tells of all.
        """
        if (sources, day) not in self.ends:
            told = [
                f"{known.is_final(day)} {known.through_of(day, place)}"
                for _, feed in sources
                for place in self.run.measuring.marketplaces
                for known in (self.known[feed, place.code],)
            ]
            self.ends[sources, day] = _hashed(";".join(told).encode())
        return self.ends[sources, day]


def presence(known: KnownFeed, day: date) -> str:
    """Return whether the day is known, and whether it can be."""
    if day in known.days:
        return "known"
    return "pulled" if known.is_pulled else "absent"


def _definition_mark(run: Run, own: Collection[Measurement]) -> bytes:
    """Return what a metric means: everything its rows are computed by, and the marketplaces they are computed for."""
    places = [(place.code, place.currency, place.time_zone) for place in run.measuring.marketplaces]
    return _hashed(repr((places, [(item.definition, item) for item in own])).encode())


def _hashed(said: bytes) -> bytes:
    return hashlib.blake2b(said, digest_size=_MARK_SIZE).digest()
