"""The window ledger: which reports a night wants, and each step a window takes on its way to being finished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.settings.models import RangePeriod, ReportPull
from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.tables.ledger import WINDOW

FINISHED = ("done", "empty")
"""States a window does not leave again."""


PULLED: Final = "pulled"
IMPORTED: Final = "imported"
NO_NIGHT: Final = date.min
"""The night that wants an imported window: none."""


@dataclass(frozen=True, slots=True)
class Window:
    """One report type x store x marketplace x period; what a person imported has a window of its own beside the pulled one."""

    store_id: str
    marketplace: str
    report: str
    days: Days
    origin: str = PULLED

    @property
    def id(self) -> str:
        """The window's name in the ledger and in messages."""
        pulled = f"{self.store_id}/{self.marketplace}/{self.report}/{self.days}"
        return pulled if self.origin == PULLED else f"{pulled}/{self.origin}"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A window as the ledger knows it."""

    window: Window
    state: str
    report_id: str | None
    asked_at: datetime | None
    detail: str | None

    @property
    def is_finished(self) -> bool:
        """True when nothing more is to be done for the window."""
        return self.state in FINISHED


def wanted_days(pull: ReportPull, as_of: date, covered: AbstractSet[date]) -> tuple[Days, ...]:
    """Return the periods a night wants from one feed.

    A snapshot is of the night itself. Other reports end with the day before, the last one that is over; they start
    ``repull_days`` back, or at the first day of the last ``history_days`` that no finished window covers.

    Args:
        pull: how the report is pulled.
        as_of: the store-local day of the night.
        covered: days that finished windows of the feed cover.
    """
    if not isinstance(pull, RangePeriod):
        return (Days(as_of, as_of),)
    history = Days(as_of - timedelta(days=pull.history_days), as_of - timedelta(days=1))
    rolling = max(history.first, as_of - timedelta(days=pull.repull_days))
    first = next((day for day in history if day >= rolling or day not in covered), rolling)
    return tuple(Days(first, history.last).chunks(pull.max_days))


def want(
    connection: Connection,
    store_id: str,
    marketplaces: Iterable[Marketplace],
    reports: Mapping[str, ReportPull],
    as_of: date,
) -> None:
    """Enter the windows of a night into the ledger: once, so that a second run of the night wants nothing more.

    A window that an earlier night finished is wanted again where Amazon may have restated it since.
    """
    planned = {(row.window.marketplace, row.window.report) for row in windows_of_night(connection, store_id, as_of)}
    for place in marketplaces:
        for report, pull in reports.items():
            if (place.code, report) in planned:
                continue
            covered = covered_days(connection, store_id, place.code, report)
            for days in wanted_days(pull, as_of, covered):
                _enter(connection, Window(store_id, place.code, report, days), as_of)


def covered_days(connection: Connection, store_id: str, marketplace: str, report: str) -> set[date]:
    """Return every day that a finished window of the feed covers; an import never keeps Amazon's own document from being pulled."""
    rows = connection.execute(
        select(WINDOW.c.first_day, WINDOW.c.last_day).where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.marketplace == marketplace,
            WINDOW.c.report == report,
            WINDOW.c.state.in_(FINISHED),
            WINDOW.c.origin == PULLED,
        ),
    )
    return {day for first, last in rows for day in Days(first, last)}


def _enter(connection: Connection, window: Window, as_of: date) -> None:
    values = {
        "wanted_for": as_of,
        "state": "wanted",
        "report_id": None,
        "asked_at": None,
        "finished_at": None,
        "detail": None,
        "cancellations": 0,
    }
    entered = insert_into(connection, WINDOW).values(
        id=window.id,
        store_id=window.store_id,
        marketplace=window.marketplace,
        report=window.report,
        first_day=window.days.first,
        last_day=window.days.last,
        **values,
    )
    connection.execute(
        entered.on_conflict_do_update(index_elements=["id"], set_=values, where=WINDOW.c.wanted_for < as_of),
    )


def enter_imported(connection: Connection, window: Window, now: datetime) -> None:
    """Enter the window of a file that a person imported: it is done, and no night wants it."""
    entered = insert_into(connection, WINDOW).values(
        id=window.id,
        store_id=window.store_id,
        marketplace=window.marketplace,
        report=window.report,
        first_day=window.days.first,
        last_day=window.days.last,
        wanted_for=NO_NIGHT,
        origin=IMPORTED,
        state="done",
        cancellations=0,
        finished_at=now,
    )
    connection.execute(entered.on_conflict_do_nothing())


def windows_of_night(connection: Connection, store_id: str, as_of: date) -> list[LedgerRow]:
    """Return the windows that the night wants, in a steady order."""
    rows = connection.execute(
        select(WINDOW).where(WINDOW.c.store_id == store_id, WINDOW.c.wanted_for == as_of).order_by(WINDOW.c.id),
    )
    return [_row(row) for row in rows]


def read_window(connection: Connection, window: Window) -> LedgerRow:
    """Return the window as the ledger knows it now."""
    return _row(connection.execute(select(WINDOW).where(WINDOW.c.id == window.id)).one())


def _row(row: Row[Any]) -> LedgerRow:
    window = Window(row.store_id, row.marketplace, row.report, Days(row.first_day, row.last_day), row.origin)
    return LedgerRow(window, row.state, row.report_id, row.asked_at, row.detail)


def mark_requesting(connection: Connection, window: Window, now: datetime) -> None:
    """Note that a report is about to be asked for: after a crash it is looked for before it is asked for again.

    The id of the window's last report stays, so that what is looked for is never that one.
    """
    _set(connection, window, state="requesting", asked_at=now, detail=None)


def mark_requested(connection: Connection, window: Window, report_id: str) -> None:
    """Note the report id; from here on the report is resumed, never asked for again."""
    _set(connection, window, state="requested", report_id=report_id)


def mark_unasked(connection: Connection, window: Window, detail: str) -> None:
    """Note that Amazon certainly took no request, so that it may be made again, and at once."""
    _set(connection, window, state="wanted", detail=detail, asked_at=None)


def mark_wanted_again(connection: Connection, window: Window, detail: str) -> None:
    """Note that the window's report was of no use, so that another is asked for once its type's cool-down is over."""
    _set(connection, window, state="wanted", detail=detail, finished_at=None)


def reopen(connection: Connection, window: Window, detail: str) -> None:
    """Want another report for a window that is done, because its document turned out to be of no use.

    One that a later night wants already, and may have asked for, is left alone; an imported one is nobody's to ask for.
    """
    connection.execute(
        update(WINDOW)
        .where(WINDOW.c.id == window.id, WINDOW.c.state == "done", WINDOW.c.origin == PULLED)
        .values(state="wanted", detail=detail, finished_at=None),
    )


def mark_cancelled(connection: Connection, window: Window, now: datetime) -> int:
    """Note that Amazon cancelled the window's report; return how many it has cancelled in a row."""
    _set(connection, window, state="cancelled_unknown", finished_at=now, cancellations=WINDOW.c.cancellations + 1)
    return int(connection.execute(select(WINDOW.c.cancellations).where(WINDOW.c.id == window.id)).scalar_one())


def mark_fatal(connection: Connection, window: Window, now: datetime, detail: str) -> None:
    """Note that Amazon could not make the report; cancellations before it no longer count."""
    _set(connection, window, state="fatal", detail=detail, finished_at=now, cancellations=0)


def mark_finished(connection: Connection, window: Window, state: str, now: datetime, detail: str | None = None) -> None:
    """Note the end: done or empty."""
    _set(connection, window, state=state, detail=detail, finished_at=now)


def _set(connection: Connection, window: Window, **values: object) -> None:
    connection.execute(update(WINDOW).where(WINDOW.c.id == window.id).values(**values))
