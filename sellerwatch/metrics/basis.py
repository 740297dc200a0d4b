"""What a metric's period was made from, as a digest: a night measures anew only what now has another one."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, insert, select

from sellerwatch.core.periods import Days
from sellerwatch.metrics.catalogue import Measurement
from sellerwatch.metrics.known import KnownFeeds
from sellerwatch.metrics.spans import Span
from sellerwatch.metrics.storing import Run
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import MEASURED_BASIS

Marks = Mapping[tuple[str, str, date], str]
"""By table, marketplace and day: text that changes when the facts of the day do."""


@dataclass(frozen=True, slots=True)
class Due:
    """The spans of one metric to measure, each with the digest of what it is made from."""

    digests: Mapping[Span, str]
    is_new: frozenset[Span]


def marks_of(run: Run, tables: Iterable[str], days: Days) -> Marks:
    """Return a mark of the facts of every day.

    Facts are replaced by newer documents, never altered in place; so rows, documents and lines tell of any change.
    """
    found: dict[tuple[str, str, date], str] = {}
    for name in tables:
        table, reading = FACTS[name], run.settings.facts[name]
        day = table.c[reading.day]
        rows = run.connection.execute(
            select(
                table.c.marketplace,
                day,
                func.count(),
                func.sum(table.c.line),
                func.max(table.c.observed_at),
                func.min(table.c.document_id),
                func.max(table.c.document_id),
            )
            .where(table.c.store_id == run.measuring.store_id, day.between(days.first, days.last))
            .group_by(table.c.marketplace, day),
        )
        for place, on, *rest in rows:
            found[name, place, on] = " ".join(map(str, rest))
    return found


def due_spans(
    run: Run, measurements: Collection[Measurement], spans: Mapping[str, Collection[Span]], known: KnownFeeds, marks: Marks
) -> dict[str, Due]:
    """Return for each metric the spans whose digest is not the stored one."""
    stored = _stored(run, since=min(span.on for own in spans.values() for span in own))
    day_marks = _DayMarks(run, known, marks, {})
    found = {}
    for metric, own in _by_metric(measurements).items():
        begun = _definition_mark(run, own)
        sources = sorted({source for item in own for source in _sources(run, item)})
        digests = {span: _digest(begun, sources, span, day_marks) for span in spans[metric]}
        new = frozenset(span for span, digest in digests.items() if stored.get((metric, span.period, span.on)) != digest)
        found[metric] = Due(digests, new)
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
    for metric, item in due.items():
        for period in {span.period for span in item.is_new}:
            ends = [span.on for span in item.is_new if span.period == period]
            run.connection.execute(
                delete(MEASURED_BASIS).where(
                    MEASURED_BASIS.c.store_id == run.measuring.store_id,
                    MEASURED_BASIS.c.metric == metric,
                    MEASURED_BASIS.c.period == period,
                    MEASURED_BASIS.c.period_on.in_(ends),
                ),
            )
    if rows:
        run.connection.execute(insert(MEASURED_BASIS), rows)


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


def _sources(run: Run, item: Measurement) -> Iterator[tuple[str, str]]:
    """Yield each table with the feed that fills it, and the metric's further feeds without one."""
    for table in item.tables:
        yield table, run.settings.facts[table].feed
    for feed in item.feeds:
        yield "", feed


@dataclass(frozen=True, slots=True)
class _DayMarks:
    """The marks of each source and day in every marketplace, each made once."""

    run: Run
    known: KnownFeeds
    marks: Marks
    made: dict[tuple[str, str, date], bytes]

    def of(self, source: tuple[str, str], day: date) -> bytes:
        """Return what is known of a source on a day."""
        key = (*source, day)
        if key not in self.made:
            table, feed = source
            text = "".join(
                f"{place.code}:{self.known[feed, place.code].mark_of(day, place)}:{self.marks.get((table, place.code, day), '')};"
                for place in self.run.measuring.marketplaces
            )
            self.made[key] = hashlib.blake2b(text.encode(), digest_size=16).digest()
        return self.made[key]


def _definition_mark(run: Run, own: Collection[Measurement]) -> bytes:
    """Return what a metric means: everything its rows are computed by, and the marketplaces they are computed for."""
    places = [(place.code, place.currency, place.time_zone) for place in run.measuring.marketplaces]
    return repr((places, [(item.definition, item) for item in own])).encode()


def _digest(begun: bytes, sources: Collection[tuple[str, str]], span: Span, day_marks: _DayMarks) -> str:
    digest = hashlib.blake2b(begun, digest_size=16)
    for source in sources:
        for day in span.days:
            digest.update(day_marks.of(source, day))
    return digest.hexdigest()
