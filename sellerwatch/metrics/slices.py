"""Cutting the days of periods that overlap into slices, so that every fact is read once for all of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

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
    Column("sign", Integer, nullable=False),
    Column("is_first", Boolean, nullable=False),
    Column("is_last", Boolean, nullable=False),
    Column("seen_days", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The slices that each period is made of, those taken away with the sign -1; ``seen_days`` is how many of its days are known."""

_ONE_DAY: Final = timedelta(days=1)
CORE: Final = 0
"""The number of the slice that is kept from earlier nights; it is not cut from days."""
KEPT: Final = "kept"
"""What stands for the grain of a period that is to be kept."""

Cut = Mapping[date, int]
"""Known days to the numbers of their slices."""
Cores: TypeAlias = Mapping[tuple[str, str], Days]
"""By source and marketplace, the days whose sums are kept."""


@dataclass(frozen=True, slots=True)
class Sliced:
    """The periods of one source, by grain; where its first or last day is asked for, that day is a slice of its own."""

    name: str
    spans: Mapping[Grain, Collection[Span]]
    has_one_day: bool


@dataclass(frozen=True, slots=True)
class Made:
    """What a period is made of: days to add, days to take away, and whether what is kept is among it."""

    added: Sequence[date]
    taken: Sequence[date]
    has_core: bool


def made_of(days: Days, known: frozenset[date], core: Days | None) -> Made:
    """Return the shorter way to a run of days: all of its known days, or what is kept with the days between the two."""
    held = [day for day in days if day in known]
    if core is not None:
        added = [day for day in held if day not in core]
        taken = [day for day in core if day not in days]
        if len(added) + len(taken) < len(held):
            return Made(added, taken, has_core=True)
    return Made(held, (), has_core=False)


def cut(runs: Collection[Days], known: frozenset[date], core: Days | None = None, *, has_one_day: bool) -> Cut:
    """Return the slice of every day that is to be read: two days have the same one if no run tells them apart."""
    edges: set[date] = set() if core is None else {core.first, core.last + _ONE_DAY}
    days: set[date] = set()
    for run in runs:
        made = made_of(run, known, core)
        days.update(made.added, made.taken)
        edges |= {run.first, run.last + _ONE_DAY}
        if has_one_day and made.added:
            first, last = made.added[0], made.added[-1]
            edges |= {first, first + _ONE_DAY, last, last + _ONE_DAY}
    ordered = sorted(edges)
    return {day: bisect_right(ordered, day) for day in sorted(days)}


def enter_slices(
    run: Run, wanted: Collection[Sliced], known: Mapping[tuple[str, str], frozenset[date]], cores: Cores, to_keep: Cores
) -> None:
    """Create both tables and fill them.

    Args:
        run: the transaction.
        wanted: the periods of every source.
        known: by source and marketplace, the days whose facts are in.
        cores: what is kept from earlier nights.
        to_keep: what is to be kept from now on.
    """
    days: list[dict[str, object]] = []
    spans: list[dict[str, object]] = []
    for item in wanted:
        for place in run.measuring.marketplaces:
            slicing = _slicing(item, place, known[item.name, place.code], cores, to_keep)
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
    core: Days | None
    to_keep: Days | None
    cut: Cut


def _slicing(item: Sliced, place: Marketplace, known: frozenset[date], cores: Cores, to_keep: Cores) -> _Slicing:
    core, new = (own.get((item.name, place.code)) for own in (cores, to_keep))
    runs = {span.days: None for own in item.spans.values() for span in own} | ({new: None} if new else {})
    return _Slicing(item, place, known, core, new, cut(list(runs), known, core, has_one_day=item.has_one_day))


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
            yield from _span_rows(slicing, grain, span.period, span.days)
    if slicing.to_keep:
        yield from _span_rows(slicing, KEPT, KEPT, slicing.to_keep)


def _span_rows(slicing: _Slicing, grain: str, period: str, days: Days) -> Iterator[dict[str, object]]:
    made = made_of(days, slicing.known, slicing.core)
    held = [slicing.cut[day] for day in made.added]
    signs = dict.fromkeys(held, 1) | dict.fromkeys((slicing.cut[day] for day in made.taken), -1)
    for number, sign in (signs | ({CORE: 1} if made.has_core else {})).items():
        yield {
            "source": slicing.item.name,
            "grain": grain,
            "marketplace": slicing.place.code,
            "period": period,
            "period_on": days.last,
            "slice": number,
            "sign": sign,
            "is_first": slicing.item.has_one_day and number == held[0],
            "is_last": slicing.item.has_one_day and number == held[-1],
            "seen_days": sum(day in slicing.known for day in days),
        }
