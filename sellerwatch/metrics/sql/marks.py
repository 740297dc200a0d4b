"""Marks of the facts of every day, kept so that a night looks only at days that something new has come for."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, func, select

from sellerwatch.core.periods import Days
from sellerwatch.metrics.derived.registry import DERIVED, selectable, standing_mark
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.contract import Replace
from sellerwatch.reports.registry import REPORTS, TABLES
from sellerwatch.warehouse.dialect import InOrder, insert_into
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from sellerwatch.warehouse.tables.measures import FACT_DAY

_PlaceDay = tuple[str, date]
Marks = Mapping[tuple[str, str, date], str]
"""By table, marketplace and day: text that changes when the facts of the day do."""

_AROUND: Final[Mapping[Replace, timedelta]] = {Replace.BY_DAY: timedelta(0), Replace.SNAPSHOT: timedelta(days=7)}
"""How far from the days it was asked for a document may speak of others; Amazon dates a snapshot itself.

Documents of the other kinds speak of any day: an order is told again whenever something happens to it.
"""

_AHEAD: Final = timedelta(days=31)
"""How far beyond the days it was asked for such a document may speak: nobody reports what has not happened, but calendars differ."""

_FILLED_BY: Final[Mapping[str, frozenset[str]]] = {
    table: frozenset(report.name for report in REPORTS.values() if any(own.name == table for own in report.tables))
    for table in TABLES
}
_NOTHING: Final = ""
_WINDOWS_WITH_DOCUMENTS: Final = InOrder(WINDOW, DOCUMENT, DOCUMENT.c.window_id == WINDOW.c.id)


def marks_of(run: Run, reach: Mapping[str, Days]) -> Marks:
    """Return a mark of the facts of every day.

    Facts are replaced by newer documents, never altered in place; so rows, documents and lines tell of any change. To ask all
    rows of it takes long. They are asked only of days that have other documents, or another count of rows, than when their
    mark was made. Derived facts change with what people filled in, too, and are asked every time.

    Args:
        run: the transaction.
        reach: by fact table, the days that matter.
    """
    found: dict[tuple[str, str, date], str] = {}
    for name, days in reach.items():
        if name in DERIVED:
            found |= _marks_of_derived(run, name, days)
            continue
        now, kept = _seen(run, name, days), _kept(run, name, days)
        for place in run.measuring.places:
            own = _marks_of_place(run, name, place, days, now.get(place, {}), kept.get(place, {}))
            found.update({(name, place, day): mark for day, mark in own.items()})
    return found


def _marks_of_derived(run: Run, name: str, days: Days) -> dict[tuple[str, str, date], str]:
    standing = standing_mark(run, name)
    return {(name, place, day): f"{mark} {standing}" for place, day, mark in _made(run, name, days)}


def _marks_of_place(
    run: Run, name: str, place: str, days: Days, now: Mapping[date, str], kept: Mapping[date, tuple[str, str]]
) -> dict[date, str]:
    others = [day for day in days if kept.get(day, (_NOTHING, _NOTHING))[0] != now.get(day, _NOTHING)]
    found = {day: mark for day, (_, mark) in kept.items()}
    if others:
        made = {day: mark for _, day, mark in _made(run, name, Days(others[0], others[-1]), place=place, only=others)}
        _keep(run, name, place, {day: (now.get(day, _NOTHING), made.get(day, _NOTHING)) for day in others})
        found |= {day: made.get(day, _NOTHING) for day in others}
    return found


def _seen(run: Run, name: str, days: Days) -> dict[str, dict[date, str]]:
    """Return for each marketplace and day, as one short text, the count of its rows and the documents that may speak of it."""
    around = _AROUND.get(TABLES[name].replace)
    told = _documents(run, name, days, around) if around is not None else _all_documents(run, name, days)
    found: dict[str, dict[date, str]] = {}
    counts = _counts(run, name, days)
    for place, day in sorted(counts.keys() | told.keys()):
        digest = hashlib.blake2b(told.get((place, day), _NOTHING).encode(), digest_size=12).hexdigest()
        found.setdefault(place, {})[day] = f"{counts.get((place, day), 0)} {digest}"
    return found


def _counts(run: Run, name: str, days: Days) -> dict[_PlaceDay, int]:
    table = FACTS[name]
    day = table.c[run.settings.facts[name].day]
    counted = (
        select(table.c.marketplace, day, func.count())
        .where(*run.measuring.owns(table), day.between(days.first, days.last))
        .group_by(table.c.marketplace, day)
    )
    return {(place, on): count for place, on, count in run.connection.execute(counted)}


def _is_loaded(run: Run, name: str) -> ColumnElement[bool]:
    reports = WINDOW.c.report.in_(sorted(_FILLED_BY[name]))
    return and_(*run.measuring.owns(WINDOW), reports, DOCUMENT.c.state == "loaded")


def _documents(run: Run, name: str, days: Days, around: timedelta) -> dict[_PlaceDay, str]:
    """Return the documents that may speak of each day, one after the other."""
    document = (DOCUMENT.c.id, DOCUMENT.c.row_count, DOCUMENT.c.skipped_count)
    rows = run.connection.execute(
        select(*document, WINDOW.c.first_day, WINDOW.c.last_day, WINDOW.c.marketplace)
        .select_from(_WINDOWS_WITH_DOCUMENTS)
        .where(_is_loaded(run, name), WINDOW.c.last_day >= days.first - around, WINDOW.c.first_day <= days.last + around)
    )
    found: dict[_PlaceDay, list[str]] = {}
    for *said, first, last, place in sorted(map(tuple, rows)):
        for day in _within(Days(first, last), around, days):
            found.setdefault((place, day), []).append(" ".join(map(str, said)))
    return {placed: " ".join(own) for placed, own in found.items()}


def _all_documents(run: Run, name: str, days: Days) -> dict[_PlaceDay, str]:
    """Return the same text for every day of a marketplace, which changes with each document that may speak of one of them."""
    sums = (func.sum(DOCUMENT.c[column]) for column in ("manifest_number", "row_count", "skipped_count"))
    counted = (
        select(WINDOW.c.marketplace, func.count(), *sums)
        .select_from(_WINDOWS_WITH_DOCUMENTS)
        .where(_is_loaded(run, name), WINDOW.c.last_day >= days.first - _AHEAD)
        .group_by(WINDOW.c.marketplace)
    )
    told = {place: " ".join(map(str, said)) for place, *said in run.connection.execute(counted)}
    return {(place, day): text for place, text in told.items() for day in days}


def _within(days: Days, around: timedelta, reach: Days) -> Iterator[date]:
    """Yield the days of the reach that lie within so many days of a run."""
    ahead, behind = (days.first - reach.first) - around, (reach.last - days.last) - around
    first, last = max(ahead.days, 0), len(reach) - 1 - max(behind.days, 0)
    for offset in range(first, last + 1):
        yield reach.first + timedelta(days=offset)


def _made(
    run: Run, name: str, days: Days, *, place: str | None = None, only: Collection[date] = ()
) -> Iterator[tuple[str, date, str]]:
    """Yield marketplace, day and mark of the days that have facts, from all their rows: of every marketplace, or some days of one."""
    table = selectable(run, name)
    day = table.c[run.settings.facts[name].day]
    places = [each.code for each in run.measuring.marketplaces] if place is None else [place]
    where = [table.c.store_id == run.measuring.store_id, table.c.marketplace.in_(places), day.between(days.first, days.last)]
    where += [] if place is None else [day.in_(list(only))]
    statement = (
        select(
            table.c.marketplace,
            day,
            func.count(),
            func.sum(table.c.line),
            func.max(table.c.observed_at),
            func.min(table.c.document_id),
            func.max(table.c.document_id),
        )
        .where(*where)
        .group_by(table.c.marketplace, day)
    )
    for found, on, *rest in run.connection.execute(statement):
        yield found, on, " ".join(map(str, rest))


def _kept(run: Run, name: str, days: Days) -> dict[str, dict[date, tuple[str, str]]]:
    """Return what each day looked like when its mark was made, and the mark, by marketplace."""
    within = FACT_DAY.c.day.between(days.first, days.last)
    rows = run.connection.execute(
        select(FACT_DAY.c.marketplace, FACT_DAY.c.day, FACT_DAY.c.seen, FACT_DAY.c.mark).where(
            *run.measuring.owns(FACT_DAY), FACT_DAY.c.fact_table == name, within
        ),
    )
    found: dict[str, dict[date, tuple[str, str]]] = {}
    for place, day, seen, mark in rows:
        found.setdefault(place, {})[day] = (seen, mark)
    return found


def _keep(run: Run, name: str, place: str, days: Mapping[date, tuple[str, str]]) -> None:
    """Keep what the days looked like and their marks; those that nothing is there of any more go."""
    always = {"store_id": run.measuring.store_id, "marketplace": place, "fact_table": name}
    gone = [day for day, (seen, _) in days.items() if not seen]
    if gone:
        same = [FACT_DAY.c[column] == value for column, value in always.items()]
        run.connection.execute(delete(FACT_DAY).where(*same, FACT_DAY.c.day.in_(gone)))
    rows = [{**always, "day": day, "seen": seen, "mark": mark} for day, (seen, mark) in days.items() if seen]
    if rows:
        statement = insert_into(run.connection, FACT_DAY)
        news = {name: statement.excluded[name] for name in ("seen", "mark")}
        keys = [column.name for column in FACT_DAY.primary_key]
        run.connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=news), rows)
