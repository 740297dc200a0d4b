"""What the warehouse knows of a store before a plan is made: what is finished, what is on its way, and its products."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, Text, cast, func, select, type_coerce

from sellerwatch.core.periods import Days
from sellerwatch.settings.models import CalendarPeriod, ListedPeriod, RangePeriod, ReportPull
from sellerwatch.warehouse.planning.day_sets import NOTHING, DaySets
from sellerwatch.warehouse.tables.ledger import WINDOW
from sellerwatch.warehouse.wanting import LISTING
from sellerwatch.warehouse.windows import FINISHED, PULLED, RECENT_REPORTS, LedgerRow, Window

Feed: TypeAlias = tuple[str, str]
"""A marketplace and a report."""

Place: TypeAlias = tuple[str, str]
"""A store and one of its marketplaces."""

RECENT: Final = timedelta(days=45)
_TO, _AND = "/", ","


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


def read_covered(connection: Connection, store_id: str, pulls: Mapping[str, ReportPull], days: DaySets) -> dict[Feed, Covered]:
    """Return what is finished of these feeds, in three queries, however many marketplaces and nights there are.

    An import never keeps Amazon's own document from being pulled.
    """
    by_products = [name for name, pull in pulls.items() if products_per_report(pull)]
    listed = {name: pull for name, pull in pulls.items() if isinstance(pull, ListedPeriod)}
    others = [name for name in pulls if name not in by_products and name not in listed]
    covered: dict[Feed, Covered] = {}
    _add_spans(connection, [*_finished(store_id, others, days), WINDOW.c.first_day <= days.range.last], days, covered)
    _add_products(connection, [*_finished(store_id, by_products, days), WINDOW.c.first_day <= days.range.last], days, covered)
    _add_looks(connection, [*_finished(store_id, listed, days), WINDOW.c.part == LISTING], (listed, days), covered)
    return covered


def _finished(store_id: str, reports: Collection[str], days: DaySets) -> list[ColumnElement[bool]]:
    return [
        WINDOW.c.store_id == store_id,
        WINDOW.c.report.in_(reports),
        WINDOW.c.last_day >= days.range.first,
        WINDOW.c.state.in_(FINISHED),
        WINDOW.c.origin == PULLED,
    ]


def _spans() -> ColumnElement[str]:
    """Return the days of many windows as one text: a row each would take ten times as long to read."""
    return func.aggregate_strings(cast(WINDOW.c.first_day, Text) + _TO + cast(WINDOW.c.last_day, Text), _AND)


@dataclass(slots=True)
class _Spans:
    """Reads such texts; most feeds have the same spans, and each is read once."""

    days: DaySets
    known: dict[str, tuple[int, int]] = field(default_factory=dict)

    def joined(self, text: str) -> tuple[int, int]:
        """Return the days that the spans cover, and those that spans of a single day do."""
        whole = single = NOTHING
        for span in set(text.split(_AND)):
            of_span = self.known.get(span)
            if of_span is None:
                of_span = self.known[span] = self._read(span)
            whole |= of_span[0]
            single |= of_span[1]
        return whole, single

    def _read(self, span: str) -> tuple[int, int]:
        first, last = (date.fromisoformat(day) for day in span.split(_TO))
        days = self.days.of(first, last)
        return days, days if first == last else NOTHING


def _add_spans(
    connection: Connection, finished: list[ColumnElement[bool]], days: DaySets, covered: dict[Feed, Covered]
) -> None:
    feed = (WINDOW.c.marketplace, WINDOW.c.report)
    read = _Spans(days)
    for place, report, spans in connection.execute(select(*feed, _spans()).where(*finished).group_by(*feed)):
        covered[place, report] = Covered(*read.joined(spans))


def _add_products(
    connection: Connection, finished: list[ColumnElement[bool]], days: DaySets, covered: dict[Feed, Covered]
) -> None:
    # The products stay text: the same few lists are named night after night, and are read once each.
    products = type_coerce(WINDOW.c.asins, Text)
    feed = (WINDOW.c.marketplace, WINDOW.c.report, products)
    read = _Spans(days)
    for place, report, asins, spans in connection.execute(select(*feed, _spans()).where(*finished).group_by(*feed)):
        covered.setdefault((place, report), Covered()).by_products[asins], _ = read.joined(spans)


def _add_looks(
    connection: Connection,
    finished: list[ColumnElement[bool]],
    wanted: tuple[Mapping[str, ListedPeriod], DaySets],
    covered: dict[Feed, Covered],
) -> None:
    """A night's look is named by the night and reaches back from it; a backfill's is named by the days it looked for."""
    listed, days = wanted
    feed = (WINDOW.c.marketplace, WINDOW.c.report)
    for place, report, first, last in connection.execute(select(*feed, WINDOW.c.first_day, WINDOW.c.last_day).where(*finished)):
        reached = min(first, last - timedelta(days=listed[report].history_days))
        covered.setdefault((place, report), Covered()).whole |= days.of(reached, last)


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


def read_last_asked(
    connection: Connection, places: Collection[Place], reports: Collection[str]
) -> dict[tuple[str, Feed], datetime]:
    """Return when each of these feeds was last asked for, by store."""
    rows = connection.execute(
        select(WINDOW.c.store_id, WINDOW.c.marketplace, WINDOW.c.report, func.max(WINDOW.c.asked_at))
        .where(*_feeds(places, reports), WINDOW.c.asked_at.is_not(None))
        .group_by(WINDOW.c.store_id, WINDOW.c.marketplace, WINDOW.c.report)
    )
    return {(store_id, (place, report)): asked_at for store_id, place, report, asked_at in rows}


def read_usual_seconds(
    connection: Connection, places: Collection[Place], reports: Collection[str], today: date
) -> dict[str, int]:
    """Return how long Amazon usually takes to make each report, as `windows.usual_seconds` does, of all of them at once.

    The windows of the last weeks tell it; older ones are looked at where there are none, for a long ledger takes its time.
    """
    recent = _making(connection, places, reports, today - RECENT)
    older = [report for report in reports if report not in recent]
    return recent | (_making(connection, places, older, date.min) if older else {})


def _making(connection: Connection, places: Collection[Place], reports: Collection[str], since: date) -> dict[str, int]:
    newest = func.row_number().over(partition_by=WINDOW.c.report, order_by=WINDOW.c.finished_at.desc())
    numbered = (
        select(WINDOW.c.report, WINDOW.c.making_seconds, newest.label("number"))
        .where(*_feeds(places, reports), WINDOW.c.last_day >= since, WINDOW.c.making_seconds.is_not(None))
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


def _feeds(places: Collection[Place], reports: Collection[str]) -> list[ColumnElement[bool]]:
    """Name everything that the ledger's index of feeds begins with, so that it is used to the full."""
    return [
        WINDOW.c.store_id.in_({store_id for store_id, _ in places}),
        WINDOW.c.marketplace.in_({place for _, place in places}),
        WINDOW.c.report.in_(reports),
    ]
