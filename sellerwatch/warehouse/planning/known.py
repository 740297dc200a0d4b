"""What the warehouse knows of a store before a plan is made: what is finished, what is on its way, and its products."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, Text, func, or_, select, type_coerce

from sellerwatch.core.periods import Days
from sellerwatch.settings.models import CalendarPeriod, ListedPeriod, RangePeriod, ReportPull
from sellerwatch.warehouse.planning.day_sets import NOTHING, DaySets
from sellerwatch.warehouse.tables.ledger import WINDOW
from sellerwatch.warehouse.wanting import LISTING
from sellerwatch.warehouse.windows import FINISHED, PULLED, RECENT_REPORTS, LedgerRow, Window

Feed: TypeAlias = tuple[str, str]
"""A marketplace and a report."""


@dataclass(slots=True)
class Covered:
    """The days of a feed that finished windows cover.

    Attributes:
        whole: by windows of whatever length that are about all products.
        single: by those of a single day alone.
        by_products: by windows about some products, which the ledger's text names.
    """

    whole: int = NOTHING
    single: int = NOTHING
    by_products: dict[str, int] = field(default_factory=dict)


NONE_COVERED: Final = Covered()


@dataclass(frozen=True, slots=True)
class StoreKnown:
    """A store as a plan finds it.

    Attributes:
        store_id: the store.
        places: the codes of its marketplaces.
        today: its local day.
        days: the sets of the days that are planned for.
        pulls: how each of its reports is pulled.
        without_profile: the marketplaces in which it has no advertising account.
        products: the products ever known in each marketplace.
        covered: what is finished of each feed.
        unfinished: the windows of each feed that touch the days and are not finished.
    """

    store_id: str
    places: tuple[str, ...]
    today: date
    days: DaySets
    pulls: Mapping[str, ReportPull]
    without_profile: tuple[str, ...] = ()
    products: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    covered: Mapping[Feed, Covered] = field(default_factory=dict)
    unfinished: Mapping[Feed, tuple[LedgerRow, ...]] = field(default_factory=dict)


def products_per_report(pull: ReportPull) -> int:
    """Return how many products one report of the feed may name; 0 where it is about all of them."""
    return pull.asins_per_report if isinstance(pull, RangePeriod | CalendarPeriod) else 0


def read_covered(
    connection: Connection, store_id: str, pulls: Mapping[str, ReportPull], days: DaySets
) -> dict[Feed, Covered]:
    """Return what is finished of these feeds: one query for all marketplaces and nights, however many windows there are.

    An import never keeps Amazon's own document from being pulled.
    """
    one_for_all = [name for name, pull in pulls.items() if not products_per_report(pull)]
    by_products = [name for name in pulls if name not in one_for_all]
    covered: dict[Feed, Covered] = {}
    _read_one_for_all(connection, _finished(store_id, one_for_all, days.range), pulls, days, covered)
    _read_by_products(connection, _finished(store_id, by_products, days.range), days, covered)
    return covered


def _finished(store_id: str, reports: Collection[str], days: Days) -> list[ColumnElement[bool]]:
    """A look through a list counts for the days before it as well, so it may lie after those that are planned for."""
    return [
        WINDOW.c.store_id == store_id,
        WINDOW.c.report.in_(reports),
        WINDOW.c.last_day >= days.first,
        or_(WINDOW.c.first_day <= days.last, WINDOW.c.part == LISTING),
        WINDOW.c.state.in_(FINISHED),
        WINDOW.c.origin == PULLED,
    ]


def _read_one_for_all(
    connection: Connection,
    finished: list[ColumnElement[bool]],
    pulls: Mapping[str, ReportPull],
    days: DaySets,
    covered: dict[Feed, Covered],
) -> None:
    listed = {name: pull for name, pull in pulls.items() if isinstance(pull, ListedPeriod)}
    rows = connection.execute(
        select(WINDOW.c.marketplace, WINDOW.c.report, WINDOW.c.first_day, WINDOW.c.last_day, WINDOW.c.part).where(*finished)
    )
    sets: dict[tuple[date, date], int] = {}
    for place, report, first, last, part in rows:
        if report in listed:
            found = _looked_through(listed[report], days, first, last) if part == LISTING else NOTHING
        elif (found := sets.get((first, last), -1)) < 0:
            found = sets[first, last] = days.of(first, last)
        known = covered.get((place, report))
        if known is None:
            known = covered[place, report] = Covered()
        known.whole |= found
        if first == last:
            known.single |= found


def _looked_through(pull: ListedPeriod, days: DaySets, first: date, last: date) -> int:
    """A night's look is named by the night and reaches back from it; a backfill's is named by the days it looked for."""
    return days.of(min(first, last - timedelta(days=pull.history_days)), last)


def _read_by_products(
    connection: Connection, finished: list[ColumnElement[bool]], days: DaySets, covered: dict[Feed, Covered]
) -> None:
    # The products stay text: the same few lists are named night after night, and are read once each.
    products = type_coerce(WINDOW.c.asins, Text)
    rows = connection.execute(
        select(WINDOW.c.marketplace, WINDOW.c.report, WINDOW.c.first_day, WINDOW.c.last_day, products).where(*finished)
    )
    for place, report, first, last, asins in rows:
        known = covered.setdefault((place, report), Covered()).by_products
        known[asins] = known.get(asins, NOTHING) | days.of(first, last)


def read_unfinished(
    connection: Connection, store_id: str, reports: Collection[str], days: Days
) -> dict[Feed, tuple[LedgerRow, ...]]:
    """Return the windows of these feeds that touch the days and are not finished, in a steady order."""
    rows = connection.execute(
        select(WINDOW)
        .where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.report.in_(reports),
            WINDOW.c.last_day >= days.first,
            WINDOW.c.first_day <= days.last,
            WINDOW.c.state.not_in(FINISHED),
            WINDOW.c.origin == PULLED,
        )
        .order_by(WINDOW.c.id)
    )
    found: dict[Feed, list[LedgerRow]] = {}
    for row in rows:
        found.setdefault((row.marketplace, row.report), []).append(_ledger_row(row))
    return {feed: tuple(of_feed) for feed, of_feed in found.items()}


def _ledger_row(row: Row[Any]) -> LedgerRow:
    window = Window(row.store_id, row.marketplace, row.report, Days(row.first_day, row.last_day), row.part, row.origin)
    return LedgerRow(window, row.state, row.report_id, row.asked_at, row.detail, tuple(row.asins), row.asked_by)


def read_last_asked(connection: Connection, stores: Iterable[str], reports: Collection[str]) -> dict[tuple[str, Feed], datetime]:
    """Return when each of these feeds was last asked for, by store."""
    rows = connection.execute(
        select(WINDOW.c.store_id, WINDOW.c.marketplace, WINDOW.c.report, func.max(WINDOW.c.asked_at))
        .where(WINDOW.c.store_id.in_(list(stores)), WINDOW.c.report.in_(reports), WINDOW.c.asked_at.is_not(None))
        .group_by(WINDOW.c.store_id, WINDOW.c.marketplace, WINDOW.c.report)
    )
    return {(store_id, (place, report)): asked_at for store_id, place, report, asked_at in rows}


def read_usual_seconds(connection: Connection, reports: Collection[str]) -> dict[str, int]:
    """Return how long Amazon usually takes to make each report: what `windows.usual_seconds` says, of all of them at once."""
    newest = func.row_number().over(partition_by=WINDOW.c.report, order_by=WINDOW.c.finished_at.desc())
    numbered = (
        select(WINDOW.c.report, WINDOW.c.making_seconds, newest.label("number"))
        .where(WINDOW.c.report.in_(reports), WINDOW.c.making_seconds.is_not(None))
        .subquery()
    )
    rows = connection.execute(
        select(numbered.c.report, numbered.c.making_seconds)
        .where(numbered.c.number <= RECENT_REPORTS)
        .order_by(numbered.c.report, numbered.c.making_seconds)
    )
    known: dict[str, list[int]] = {}
    for report, seconds in rows:
        known.setdefault(report, []).append(seconds)
    return {report: seconds[len(seconds) // 2] for report, seconds in known.items()}
