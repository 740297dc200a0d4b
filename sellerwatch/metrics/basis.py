"""What a metric's period was made from, as a digest: a night measures anew only what now has another one."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select

from sellerwatch.core.periods import Days
from sellerwatch.metrics.catalogue import Measurement
from sellerwatch.metrics.derived.registry import selectable, standing_mark
from sellerwatch.metrics.known import KnownFeeds
from sellerwatch.metrics.spans import Span, is_rolling
from sellerwatch.metrics.storing import Run
from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.tables.measures import MEASURED_BASIS

_MARK_SIZE: Final = 16
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
        table, reading = selectable(run, name), run.settings.facts[name]
        standing = standing_mark(run, name)
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
            found[name, place, on] = " ".join(map(str, (*rest, standing)))
    return found


def due_spans(
    run: Run, measurements: Collection[Measurement], spans: Mapping[str, Collection[Span]], known: KnownFeeds, marks: Marks
) -> dict[str, Due]:
    """Return for each metric the spans whose digest is not the stored one."""
    every = [span.days for own in spans.values() for span in own]
    reach = Days(min(days.first for days in every), max(days.last for days in every))
    stored = _stored(run, since=min(days.last for days in every))
    newest = {metric: max(span.on for span in own) for metric, own in spans.items()}
    day_marks = _DayMarks(run, reach, known, marks, {}, {})
    found = {}
    for metric, own in _by_metric(measurements).items():
        begun = _definition_mark(run, own)
        marks_of_days = day_marks.of(tuple(sorted({source for item in own for source in _sources(run, item)})))
        digests = {
            span: _digest(begun, marks_of_days, day_marks.reach, span.days)
            for span in spans[metric]
            if _is_wanted(span, newest[metric], stored.get((metric, span.period, span.on)))
        }
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


def _sources(run: Run, item: Measurement) -> Iterator[tuple[str, str]]:
    """Yield each table with the feed that fills it."""
    for table in item.tables:
        yield table, run.settings.facts[table].feed


def _is_wanted(span: Span, newest: date, stored: str | None) -> bool:
    """Tell whether a night speaks of the span.

    A window is looked at from the night that it ends before; an older one is measured again where a night has measured it.
    """
    return not is_rolling(span.period) or span.on == newest or stored is not None


@dataclass(frozen=True, slots=True)
class _DayMarks:
    """The marks of all days, sixteen bytes each, of sources taken together; each is made once."""

    run: Run
    reach: Days
    known: KnownFeeds
    marks: Marks
    of_source: dict[tuple[str, str], list[bytes]]
    joined: dict[tuple[tuple[str, str], ...], bytes]

    def of(self, sources: tuple[tuple[str, str], ...]) -> bytes:
        """Return one mark for each day, one after the other, that changes when one of the sources does."""
        if sources not in self.joined:
            columns = zip(*(self._of_source(source) for source in sources), strict=True)
            self.joined[sources] = b"".join(hashlib.blake2b(b"".join(day), digest_size=_MARK_SIZE).digest() for day in columns)
        return self.joined[sources]

    def _of_source(self, source: tuple[str, str]) -> list[bytes]:
        if source not in self.of_source:
            self.of_source[source] = [self._text(*source, day).encode() for day in self.reach]
        return self.of_source[source]

    def _text(self, table: str, feed: str, day: date) -> str:
        return "".join(
            f"{place.code}:{self.known[feed, place.code].mark_of(day, place)}:{self.marks.get((table, place.code, day), '')};"
            for place in self.run.measuring.marketplaces
        )


def _definition_mark(run: Run, own: Collection[Measurement]) -> bytes:
    """Return what a metric means: everything its rows are computed by, and the marketplaces they are computed for."""
    places = [(place.code, place.currency, place.time_zone) for place in run.measuring.marketplaces]
    return repr((places, [(item.definition, item) for item in own])).encode()


def _digest(begun: bytes, marks: bytes, reach: Days, days: Days) -> str:
    start = (days.first - reach.first).days * _MARK_SIZE
    return hashlib.blake2b(begun + marks[start : start + len(days) * _MARK_SIZE], digest_size=_MARK_SIZE).hexdigest()
