"""The window ledger for people: a calendar with a row for each feed and a column for each day, and what is not finished."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from sellerwatch.briefs.expected_days import Nights, expected_days, is_gap
from sellerwatch.briefs.standings import MISSING, NOT_EXPECTED, STANDINGS, Paper, Standing, Told, best, worst
from sellerwatch.core.marketplaces import BY_CODE, Marketplace
from sellerwatch.core.periods import Days, local_day
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import ReportPull
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.first_nights import first_nights
from sellerwatch.warehouse.intraday import HOUR
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT, WINDOW
from sellerwatch.warehouse.windows import FINISHED, Window
from sellerwatch.warehouse.workspace import Workspace

DAYS_SHOWN: Final = 28
LOOK_BACK: Final = timedelta(days=31)
HOURLY: Final = "hourly"
"""Stands behind a feed's name in the row of its looks between the nights."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of one feed."""

    day: date
    standing: Standing
    restated: int = 0
    """How often the day's documents came with other bytes than the ones before."""


@dataclass(frozen=True, slots=True)
class Row:
    """One feed of one marketplace."""

    marketplace: str
    feed: str
    cells: tuple[Cell, ...]

    @property
    def is_blank(self) -> bool:
        """True when nothing is there and nothing is expected."""
        return all(cell.standing is NOT_EXPECTED for cell in self.cells)

    @property
    def trouble(self) -> tuple[Cell, ...]:
        """The days that somebody should look at."""
        return tuple(cell for cell in self.cells if cell.standing.is_trouble)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The last days of all feeds of a store."""

    store_id: str
    days: Days
    rows: tuple[Row, ...]
    """Without the feeds of which nothing is there and nothing expected."""
    blank: tuple[str, ...]
    """Those feeds, as ``US ads_sp_campaigns``."""
    unfinished: tuple[Told, ...]
    """Windows that have not come to their end, oldest first; see `read_calendar` for those that are left out."""
    covered: int
    """Unfinished windows that are not listed: other reports brought all their days."""
    given_up: int
    """Unfinished windows that are not listed: they failed before the calendar's first day, or in an hour that is over."""

    @property
    def standings(self) -> tuple[Standing, ...]:
        """The standings that occur, in the order of the table: the calendar's legend."""
        found = {cell.standing for row in self.rows for cell in row.cells}
        return tuple(standing for standing in STANDINGS if standing in found)

    def to_dict(self) -> dict[str, Any]:
        """Return the calendar as JSON values."""
        return {
            "first": self.days.first.isoformat(),
            "last": self.days.last.isoformat(),
            "legend": {standing.symbol: {"standing": standing.name, "words": standing.words} for standing in STANDINGS},
            "rows": [_row_to_dict(row) for row in self.rows],
            "nothing_expected": list(self.blank),
        }


def _row_to_dict(row: Row) -> dict[str, Any]:
    return {
        "marketplace": row.marketplace,
        "feed": row.feed,
        "symbols": "".join(cell.standing.symbol for cell in row.cells),
        "days": [
            {"day": cell.day.isoformat(), "standing": cell.standing.name, "restated": cell.restated} for cell in row.cells
        ],
    }


def unfinished_to_dict(told: Told) -> dict[str, Any]:
    """Return an unfinished window as JSON values."""
    return {
        "window": told.window.id,
        "state": told.state,
        "asked_by": told.asked_by,
        "asked_at": told.asked_at and told.asked_at.isoformat(),
        "attempts": told.attempts,
        "calls": told.calls,
        "detail": told.detail,
    }


def read_calendar(workspace: Workspace, store_id: str, *, days: int = DAYS_SHOWN) -> Calendar:
    """Read the calendar of a store's last days, today included.

    Not listed as unfinished, but counted, are windows whose days other reports of the same part brought, and those that
    failed before the calendar's first day or in an hour that is over.
    """
    settings = workspace.settings
    places = settings.marketplaces(store_id)
    today = local_day(workspace.clock.now(), places[0].zone)
    span = Days(today - timedelta(days=days - 1), today)
    with reading(workspace.engine) as connection:
        known = _Known(
            span=span,
            told=_told(connection, store_id, span),
            firsts=first_nights(connection, store_id),
            newest=_newest_night(connection, store_id, today),
        )
        left = _unfinished(connection, store_id)
        covering = _covering(connection, store_id, left)
    rows = [row for place in places for row in _rows(settings, store_id, place, known)]
    late = [one for one in left if not _is_covered(one.window, covering)]
    listed = [one for one in late if one.state != "fatal" or _may_come(one.window, span)]
    return Calendar(
        store_id=store_id,
        days=span,
        rows=tuple(row for row in rows if not row.is_blank),
        blank=tuple(f"{row.marketplace} {row.feed}" for row in rows if row.is_blank),
        unfinished=tuple(listed),
        covered=len(left) - len(late),
        given_up=len(late) - len(listed),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rows are made from."""

    span: Days
    told: Mapping[tuple[str, str], Sequence[Told]]
    """By marketplace and report the windows that cover one of the days."""
    firsts: Mapping[tuple[str, str], date]
    """By marketplace and report the first night that wanted a window of it."""
    newest: date | None


def _newest_night(connection: Connection, store_id: str, today: date) -> date | None:
    """Return the newest night that has begun or should have: that of yesterday, or today's once it has begun."""
    newest: date | None = connection.execute(
        select(func.max(NIGHT.c.as_of)).where(NIGHT.c.store_id == store_id, NIGHT.c.as_of <= today),
    ).scalar_one()
    return newest and max(newest, today - timedelta(days=1))


def _told(connection: Connection, store_id: str, span: Days) -> dict[tuple[str, str], list[Told]]:
    """Return the windows of the days and of the month before: what is asked for every few days may have been asked for there."""
    reached = (
        WINDOW.c.store_id == store_id,
        WINDOW.c.last_day >= span.first - LOOK_BACK,
        WINDOW.c.first_day <= span.last,
    )
    found: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for one in _windows(connection, *reached):
        found[(one.window.marketplace, one.window.report)].append(one)
    return found


def _unfinished(connection: Connection, store_id: str) -> list[Told]:
    return list(_windows(connection, WINDOW.c.store_id == store_id, WINDOW.c.state.not_in(FINISHED)))


def _windows(connection: Connection, *where: Any) -> Iterator[Told]:  # noqa: ANN401 - column comparisons are typed too narrowly
    papers: dict[str, list[Paper]] = defaultdict(list)
    documents = (
        select(DOCUMENT.c.window_id, DOCUMENT.c.sha256, DOCUMENT.c.state, DOCUMENT.c.observed_at)
        .join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
        .where(*where)
        .order_by(DOCUMENT.c.window_id, DOCUMENT.c.version)
    )
    for row in connection.execute(documents):
        papers[row.window_id].append(Paper(row.sha256, row.state, row.observed_at))
    for row in connection.execute(select(WINDOW).where(*where).order_by(WINDOW.c.first_day, WINDOW.c.id)):
        yield Told(
            window=Window(row.store_id, row.marketplace, row.report, Days(row.first_day, row.last_day), row.part, row.origin),
            state=row.state,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            finished_at=row.finished_at,
            attempts=row.attempts,
            calls=row.calls,
            detail=row.detail or "",
            wanted_for=row.wanted_for,
            papers=tuple(papers[row.id]),
        )


Covering = Mapping[tuple[str, str, str], set[date]]


def _covering(connection: Connection, store_id: str, left: Iterable[Told]) -> Covering:
    """Return by marketplace, report and part the days that finished windows cover, for the feeds that have unfinished ones."""
    reports = sorted({one.window.report for one in left})
    rows = connection.execute(
        select(WINDOW.c.marketplace, WINDOW.c.report, WINDOW.c.part, WINDOW.c.first_day, WINDOW.c.last_day).where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.report.in_(reports),
            WINDOW.c.state.in_(FINISHED),
        ),
    )
    covered: dict[tuple[str, str, str], set[date]] = defaultdict(set)
    for row in rows:
        covered[(row.marketplace, row.report, row.part)].update(Days(row.first_day, row.last_day))
    return covered


def _is_covered(window: Window, covering: Covering) -> bool:
    return set(window.days) <= covering.get((window.marketplace, window.report, window.part), set())


def _may_come(window: Window, span: Days) -> bool:
    """Tell whether a window that failed is still of interest."""
    return window.days.last >= span.first and not window.part.startswith(HOUR)


def _rows(settings: Settings, store_id: str, place: Marketplace, known: _Known) -> Iterator[Row]:
    """Yield the rows of a marketplace in the order of reports.yaml; reports that are configured no more come last."""
    configured = settings.reports_of(store_id)
    others = sorted({report for code, report in known.told if code == place.code} - {*configured})
    for report in (*configured, *others):
        pull = settings.reports.get(report) if report in configured else None
        windows, first = known.told.get((place.code, report), ()), known.firsts.get((place.code, report))
        nightly = [one for one in windows if not one.window.part.startswith(HOUR)]
        hourly = [one for one in windows if one.window.part.startswith(HOUR)]
        expected = expected_days(pull, Nights(first, known.newest)) if pull and first and known.newest else None
        yield Row(place.code, report, tuple(_cells(known.span, nightly, pull, expected)))
        if hourly:
            yield Row(place.code, f"{report} {HOURLY}", tuple(_cells(known.span, hourly, pull, None)))


def _cells(span: Days, windows: Sequence[Told], pull: ReportPull | None, expected: Days | None) -> Iterator[Cell]:
    of_day: dict[date, list[Told]] = defaultdict(list)
    for one in windows:
        for day in one.window.days:
            of_day[day].append(one)
    covered = {*of_day}
    for day in span:
        if day in covered:
            yield _cell(day, of_day[day], pull)
        elif pull is not None and expected is not None and day in expected and is_gap(pull, day, covered):
            yield Cell(day, MISSING)
        else:
            yield Cell(day, NOT_EXPECTED)


def _cell(day: date, windows: Sequence[Told], pull: ReportPull | None) -> Cell:
    """Bring together what covers a day: the best of the windows of each part, and the worst of the parts."""
    zone = BY_CODE[windows[0].window.marketplace].zone
    parts: dict[str, list[Told]] = defaultdict(list)
    for one in windows:
        parts[one.window.part].append(one)
    standings = [best(one.standing(day, pull, zone) for one in found) for found in parts.values()]
    return Cell(day, worst(standings), max(one.restated for one in windows))
