"""Sums of settled days, kept from night to night: a long window is what is kept, and the days that it has more or less."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, delete, func, insert, literal, select

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.metrics.aggregates import Source, signed, spans_with_slices
from sellerwatch.metrics.basis import presence
from sellerwatch.metrics.known import KnownFeeds
from sellerwatch.metrics.marks import Marks
from sellerwatch.metrics.shape import whole
from sellerwatch.metrics.slices import CORE, KEPT, SPAN_SLICE, Cores, Sliced
from sellerwatch.metrics.spans import is_rolling
from sellerwatch.metrics.storing import Run
from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.tables.measures import KEPT_SLICE, KEPT_SPAN, NUMBERS, SUBJECTS

SHORTEST: Final = 14
"""Fewer days are read through as fast as they are kept."""
DRIFT: Final = 3
"""A window that has so many days less than what is kept has it kept anew."""


def cores_of(run: Run, sources: Collection[Source], known: KnownFeeds, marks: Marks) -> Cores:
    """Return what is kept of these sources and still holds: not one of its days has other facts than when it was added up."""
    by_name = {item.name: item for item in sources if _can_be_kept(item)}
    places = {place.code: place for place in run.measuring.marketplaces}
    rows = run.connection.execute(
        select(KEPT_SPAN.c.source, KEPT_SPAN.c.marketplace, KEPT_SPAN.c.first_on, KEPT_SPAN.c.last_on, KEPT_SPAN.c.basis).where(
            KEPT_SPAN.c.store_id == run.measuring.store_id, KEPT_SPAN.c.source.in_(by_name), KEPT_SPAN.c.marketplace.in_(places)
        ),
    )
    return {
        (name, place): Days(first, last)
        for name, place, first, last, basis in rows
        if basis == _basis(by_name[name], places[place], Days(first, last), known, marks)
    }


def to_keep(run: Run, sources: Mapping[str, Source], wanted: Collection[Sliced], known: KnownFeeds, cores: Cores) -> Cores:
    """Return what is to be kept from now on: the settled days of the newest long window, unless what is kept is near enough."""
    found: dict[tuple[str, str], Days] = {}
    for item in wanted:
        longest = max(_windows(item), key=lambda days: (days.last, len(days)), default=None)
        if longest is None or not _can_be_kept(sources[item.name]):
            continue
        for place in run.measuring.marketplaces:
            feed = known[sources[item.name].reading.feed, place.code]
            last = min(longest.last, feed.settled_before - timedelta(days=1))
            core = cores.get((item.name, place.code))
            is_near = core is not None and 0 <= (longest.first - core.first).days < DRIFT
            if (last - longest.first).days >= SHORTEST - 1 and not is_near:
                days = Days(longest.first, last)
                if all(day in feed.days for day in days):
                    found[item.name, place.code] = days
    return found


def _windows(item: Sliced) -> Iterator[Days]:
    for own in item.spans.values():
        yield from (span.days for span in own if is_rolling(span.period) and len(span.days) >= SHORTEST)


def bring(run: Run, item: Source, cores: Cores) -> None:
    """Put what is kept among the slices."""
    places = [place for name, place in cores if name == item.name]
    if not places:
        return
    subjects = [func.nullif(KEPT_SLICE.c[name], "") for name, _ in zip(SUBJECTS, item.finest, strict=False)]
    numbers = [KEPT_SLICE.c[name] for name, _ in zip(NUMBERS, item.numbers, strict=False)]
    kept = select(KEPT_SLICE.c.marketplace, literal(CORE), *subjects, *numbers).where(
        KEPT_SLICE.c.store_id == run.measuring.store_id,
        KEPT_SLICE.c.source == item.name,
        KEPT_SLICE.c.marketplace.in_(places),
    )
    run.connection.execute(insert(item.sliced).from_select([column.name for column in item.sliced.columns], kept))


def keep(run: Run, item: Source, new: Cores, known: KnownFeeds, marks: Marks) -> None:
    """Keep the sums of these days in the place of what was kept before."""
    places = [place for place in run.measuring.marketplaces if (item.name, place.code) in new]
    if not places:
        return
    where = {"store_id": run.measuring.store_id, "source": item.name}
    for place in places:
        run.connection.execute(delete(KEPT_SLICE).where(*_same(KEPT_SLICE.c, {**where, "marketplace": place.code})))
    run.connection.execute(insert(KEPT_SLICE).from_select(_columns(item), _sums(run, item)))
    statement = insert_into(run.connection, KEPT_SPAN)
    keys = [column.name for column in KEPT_SPAN.primary_key]
    news = {name: statement.excluded[name] for name in ("first_on", "last_on", "basis")}
    rows = [
        {
            **where,
            "marketplace": place.code,
            "first_on": new[item.name, place.code].first,
            "last_on": new[item.name, place.code].last,
            "basis": _basis(item, place, new[item.name, place.code], known, marks),
        }
        for place in places
    ]
    run.connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=news), rows)


def _same(columns: Any, cells: Mapping[str, str]) -> list[ColumnElement[bool]]:  # noqa: ANN401 - a table's columns
    return [columns[name] == cell for name, cell in cells.items()]


def _columns(item: Source) -> list[str]:
    return ["store_id", "source", "marketplace", *SUBJECTS, *NUMBERS[: len(item.numbers)]]


def _sums(run: Run, item: Source) -> Any:  # noqa: ANN401 - a SELECT of any columns
    subjects = [item.sliced.c[name] for name in item.finest]
    numbers = [item.sliced.c[name] for name in item.numbers]
    nobody = [literal("", Text()) for _ in SUBJECTS[len(subjects) :]]
    return (
        select(
            literal(run.measuring.store_id, Text()),
            literal(item.name, Text()),
            SPAN_SLICE.c.marketplace,
            *(func.coalesce(subject, "") for subject in subjects),
            *nobody,
            *(whole(func.sum(signed(number))) for number in numbers),
        )
        .select_from(spans_with_slices(item))
        .where(SPAN_SLICE.c.source == item.name, SPAN_SLICE.c.grain == KEPT)
        .group_by(SPAN_SLICE.c.marketplace, *subjects)
        .having(func.sum(signed(item.sliced.c.rows)) > 0)
    )


def _can_be_kept(item: Source) -> bool:
    return (
        "marketplace" not in item.held
        and item.is_additive
        and len(item.finest) <= len(SUBJECTS)
        and len(item.numbers) <= len(NUMBERS)
    )


def _basis(item: Source, place: Marketplace, days: Days, known: KnownFeeds, marks: Marks) -> str:
    """Return a digest of what is added up, and of all the facts of the days."""
    feed = known[item.reading.feed, place.code]
    said = [repr((item.aggregates, list(item.held), item.reading, place))]
    said += [f"{presence(feed, day)}:{marks.get((item.table, place.code, day), '')}" for day in days]
    return hashlib.blake2b(";".join(said).encode(), digest_size=16).hexdigest()
