"""Cutting the days of periods that overlap into slices, so that every fact is read once for all of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, MetaData, Table, Text, insert

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.metrics.spans import Span
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.catalogue import Grain

SLICE_DAY: Final = Table(
    "slice_day",
    MetaData(),
    Column("source", Text, primary_key=True),
    Column("marketplace", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("slice", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("marketplace_id", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The days whose facts are in, each with the number of its slice, by what is read."""

SPAN_SLICE: Final = Table(
    "span_slice",
    MetaData(),
    Column("source", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("marketplace", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("period_on", Date, primary_key=True),
    Column("slice", Integer, primary_key=True),
    Column("is_first", Boolean, nullable=False),
    Column("is_last", Boolean, nullable=False),
    Column("seen_days", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The slices that each period is made of; ``seen_days`` is how many of its days are known."""

_ONE_DAY: Final = timedelta(days=1)

Cut = Mapping[date, int]
"""Known days to the numbers of their slices."""


@dataclass(frozen=True, slots=True)
class Sliced:
    """The periods of one source, by grain; where its first or last day is asked for, that day is a slice of its own."""

    name: str
    spans: Mapping[Grain, Collection[Span]]
    has_one_day: bool


def cut(runs: Collection[Days], known: frozenset[date], *, has_one_day: bool) -> Cut:
    """Return the slice of every day that is to be read: two days have the same one if no run tells them apart."""
    edges: set[date] = set()
    days: set[date] = set()
    for run in runs:
        held = _held(run, known)
        days.update(held)
        edges |= {run.first, run.last + _ONE_DAY}
        if has_one_day and held:
            first, last = held[0], held[-1]
            edges |= {first, first + _ONE_DAY, last, last + _ONE_DAY}
    ordered = sorted(edges)
    return {day: bisect_right(ordered, day) for day in sorted(days)}


def _held(days: Days, known: frozenset[date]) -> list[date]:
    return [day for day in days if day in known]


def enter_slices(run: Run, wanted: Collection[Sliced], known: Mapping[tuple[str, str], frozenset[date]]) -> None:
    """Create both tables and fill them.

    Args:
        run: the transaction.
        wanted: the periods of every source.
        known: by source and marketplace, the days whose facts are in.
    """
    days: list[dict[str, object]] = []
    spans: list[dict[str, object]] = []
    for item in wanted:
        for place in run.measuring.marketplaces:
            slicing = _slicing(item, place, known[item.name, place.code])
            days.extend(_day_row(item.name, place, day, number) for day, number in slicing.cut.items())
            spans.extend(_all_span_rows(slicing))
    for table, rows in ((SLICE_DAY, days), (SPAN_SLICE, spans)):
        table.create(run.connection)
        if rows:
            run.connection.execute(insert(table), rows)


@dataclass(frozen=True, slots=True)
class _Slicing:
    """The periods of one source in one marketplace, and how their days are cut."""

    item: Sliced
    place: Marketplace
    known: frozenset[date]
    cut: Cut


def _slicing(item: Sliced, place: Marketplace, known: frozenset[date]) -> _Slicing:
    runs = {span.days: None for own in item.spans.values() for span in own}
    return _Slicing(item, place, known, cut(list(runs), known, has_one_day=item.has_one_day))


def drop_slices(run: Run) -> None:
    """Drop both tables."""
    SPAN_SLICE.drop(run.connection)
    SLICE_DAY.drop(run.connection)


def _day_row(source: str, place: Marketplace, day: date, number: int) -> dict[str, object]:
    return {
        "source": source,
        "marketplace": place.code,
        "day": day,
        "slice": number,
        "currency": place.currency,
        "marketplace_id": place.id,
    }


def _all_span_rows(slicing: _Slicing) -> Iterator[dict[str, object]]:
    for grain, own in slicing.item.spans.items():
        for span in own:
            yield from _span_rows(slicing, grain, span)


def _span_rows(slicing: _Slicing, grain: Grain, span: Span) -> Iterator[dict[str, object]]:
    held = _held(span.days, slicing.known)
    for number in dict.fromkeys(slicing.cut[day] for day in held):
        yield {
            "source": slicing.item.name,
            "grain": grain,
            "marketplace": slicing.place.code,
            "period": span.period,
            "period_on": span.on,
            "slice": number,
            "is_first": slicing.item.has_one_day and number == slicing.cut[held[0]],
            "is_last": slicing.item.has_one_day and number == slicing.cut[held[-1]],
            "seen_days": len(held),
        }
