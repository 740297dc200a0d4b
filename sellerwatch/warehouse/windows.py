"""The window ledger: every report that was wanted, and each step it takes on its way to being finished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, start_of_day
from sellerwatch.warehouse.dialect import Upsert, insert_into
from sellerwatch.warehouse.tables.ledger import WINDOW

FINISHED = ("done", "empty")
"""States a window does not leave again."""

AT_AMAZON: Final = ("requesting", "requested")
"""States in which a report has been asked for, or may have been."""

PULLED: Final = "pulled"
IMPORTED: Final = "imported"
NO_NIGHT: Final = date.min
"""The night that wants an imported window, or one that only a backfill wants: none."""

BY_NIGHT: Final = "night"
BY_IMPORT: Final = "import"
BY_BACKFILL: Final = "backfill "
"""How a backfill is named as the one who asked; its id follows."""

_ROWS_AT_ONCE: Final = 500
RECENT_REPORTS: Final = 20
"""From so many reports of a type it is told how long Amazon usually takes."""


@dataclass(frozen=True, slots=True)
class Window:
    """One report type x store x marketplace x period.

    ``part`` tells windows of one period apart: some of the products, one of several settlements, or the look through
    Amazon's list. It is empty where one report says it all. What a person imported has a window of its own beside the
    pulled one, told apart by its ``origin``.
    """

    store_id: str
    marketplace: str
    report: str
    days: Days
    part: str = ""
    origin: str = PULLED

    @property
    def id(self) -> str:
        """The window's name in the ledger and in messages."""
        origin = "" if self.origin == PULLED else self.origin
        parts = (self.store_id, self.marketplace, self.report, str(self.days), self.part, origin)
        return "/".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A window as the ledger knows it; ``asins`` are the products it is about, none where it is about all."""

    window: Window
    state: str
    report_id: str | None
    asked_at: datetime | None
    detail: str | None
    asins: tuple[str, ...] = ()
    asked_by: str = BY_NIGHT
    wanted_for: date = NO_NIGHT

    @property
    def is_finished(self) -> bool:
        """True when nothing more is to be done for the window."""
        return self.state in FINISHED


@dataclass(frozen=True, slots=True)
class Finished:
    """The finished windows of a feed, or of one part of it: each period with the newest night that wanted it."""

    nights: Mapping[Days, date]

    @property
    def covered(self) -> set[date]:
        """Every day that one of them covers."""
        return {day for days in self.nights for day in days}

    @property
    def last_night(self) -> date | None:
        """The newest night that wanted one of them."""
        return max(self.nights.values(), default=None)


def finished_windows(connection: Connection, store_id: str, marketplace: str, report: str, part: str) -> Finished:
    """Return what is finished of a feed, or of one part of it; an import never keeps Amazon's own document from being pulled."""
    rows = connection.execute(
        select(WINDOW.c.first_day, WINDOW.c.last_day, WINDOW.c.wanted_for).where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.marketplace == marketplace,
            WINDOW.c.report == report,
            WINDOW.c.part == part,
            WINDOW.c.state.in_(FINISHED),
            WINDOW.c.origin == PULLED,
        ),
    )
    return Finished({Days(first, last): night for first, last, night in rows})


def enter(connection: Connection, window: Window, as_of: date, *, asins: Sequence[str] = (), asked_by: str = BY_NIGHT) -> None:
    """Want a window for a night; one that a later night wants already is left alone.

    A report that was asked for on the night's own day, for a backfill perhaps, and is still on its way, is adopted: another
    one would say the same.

    Args:
        connection: an open transaction.
        window: what is wanted.
        as_of: the store-local day of the night.
        asins: the products it is about; none where it is about all.
        asked_by: what wants it.
    """
    values = _fresh(as_of) | {"asins": list(asins), "asked_by": asked_by}
    entered = _new_row(connection, window, entered_on=as_of, **values)
    is_older, began_at = WINDOW.c.wanted_for < as_of, start_of_day(as_of, BY_CODE[window.marketplace].zone)
    is_too_old = or_(WINDOW.c.state.not_in(AT_AMAZON), WINDOW.c.asked_at.is_(None), WINDOW.c.asked_at < began_at)
    connection.execute(entered.on_conflict_do_update(index_elements=["id"], set_=values, where=and_(is_older, is_too_old)))
    connection.execute(update(WINDOW).where(WINDOW.c.id == window.id, is_older).values(wanted_for=as_of))


def enter_past(connection: Connection, window: Window, asked_by: str, *, asins: Sequence[str] = ()) -> None:
    """Want a window that no night wants; see `enter_all_past`."""
    enter_all_past(connection, [(window, asins)], asked_by)


def enter_all_past(
    connection: Connection, wanted: Iterable[tuple[Window, Sequence[str]]], asked_by: str, *, renews: bool = True
) -> None:
    """Want windows for a backfill, which no night wants; what stands in the ledger decides what is done about each.

    One that is not finished is taken over as it is: its report may be on its way, and what was paid for is not paid for
    again. One that is finished is wanted anew where that is asked for, unless this same backfill has finished it.

    Args:
        connection: an open transaction.
        wanted: the windows, each with the products it is about; none where it is about all.
        asked_by: the name of the backfill.
        renews: whether those that are finished are wanted anew.
    """
    rows = [_past_row(window, asins, asked_by) for window, asins in wanted]
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        run = rows[start : start + _ROWS_AT_ONCE]
        connection.execute(insert_into(connection, WINDOW).on_conflict_do_nothing(index_elements=["id"]), run)
        others = (WINDOW.c.id.in_([row["id"] for row in run]), WINDOW.c.asked_by != asked_by)
        again = {name: value for name, value in _fresh(NO_NIGHT).items() if name != "wanted_for"}
        if renews:
            connection.execute(update(WINDOW).where(*others, WINDOW.c.state.in_(FINISHED)).values(**again, asked_by=asked_by))
        connection.execute(update(WINDOW).where(*others).values(asked_by=asked_by))


def _past_row(window: Window, asins: Sequence[str], asked_by: str) -> dict[str, object]:
    return named(window) | _fresh(NO_NIGHT) | {"entered_on": NO_NIGHT, "asked_by": asked_by, "asins": list(asins)}


def _fresh(as_of: date) -> dict[str, object]:
    """Return what a window is when it is wanted anew.

    When it was asked for last stays, for its type may have a cool-down, and so does the id of its last report: that is not it.
    """
    return {
        "wanted_for": as_of,
        "state": "wanted",
        "finished_at": None,
        "detail": None,
        "cancellations": 0,
    }


def _new_row(connection: Connection, window: Window, **values: object) -> Upsert:
    return insert_into(connection, WINDOW).values(**named(window), **values)


def named(window: Window) -> dict[str, object]:
    """Return the columns that name a window."""
    return {
        "id": window.id,
        "store_id": window.store_id,
        "marketplace": window.marketplace,
        "report": window.report,
        "first_day": window.days.first,
        "last_day": window.days.last,
        "part": window.part,
    }


def enter_found(
    connection: Connection, window: Window, report_id: str, as_of: date, *, asked_by: str = BY_NIGHT
) -> Window | None:
    """Enter a report that Amazon made by itself, to be fetched.

    One that an earlier night entered and did not finish, because its document could not be had or not be used, is wanted
    again, and a backfill takes over any that is not finished.

    Returns:
        The window to be filled, which may be one that another marketplace's list brought; None for a report that the store
        has, or that this night wants already.
    """
    known = select(WINDOW).where(WINDOW.c.store_id == window.store_id, WINDOW.c.report_id == report_id)
    row = connection.execute(known).first()
    values = _fresh(as_of) | {"state": "requested", "report_id": report_id, "asins": [], "asked_by": asked_by}
    if row is None:
        entered = _new_row(connection, window, entered_on=as_of, **values)
        connection.execute(entered.on_conflict_do_nothing(index_elements=["id"]))
        return window
    if row.state in FINISHED or (as_of != NO_NIGHT and row.wanted_for >= as_of):
        return None
    values["wanted_for"] = max(as_of, row.wanted_for)
    connection.execute(update(WINDOW).where(WINDOW.c.id == row.id).values(**values))
    return _row(row).window


def enter_imported(connection: Connection, window: Window, now: datetime) -> None:
    """Enter the window of a file that a person imported: it is done, and no night wants it."""
    entered = _new_row(
        connection,
        window,
        entered_on=NO_NIGHT,
        wanted_for=NO_NIGHT,
        origin=IMPORTED,
        state="done",
        cancellations=0,
        finished_at=now,
        asins=[],
        asked_by=BY_IMPORT,
    )
    connection.execute(entered.on_conflict_do_nothing())


def windows_of_night(connection: Connection, store_id: str, as_of: date) -> list[LedgerRow]:
    """Return the windows that the night wants, in a steady order."""
    rows = connection.execute(
        select(WINDOW).where(WINDOW.c.store_id == store_id, WINDOW.c.wanted_for == as_of).order_by(WINDOW.c.id),
    )
    return [_row(row) for row in rows]


def windows_asked_by(connection: Connection, store_id: str, asked_by: str) -> list[LedgerRow]:
    """Return the store's windows that a backfill wants, in a steady order."""
    rows = connection.execute(
        select(WINDOW).where(WINDOW.c.store_id == store_id, WINDOW.c.asked_by == asked_by).order_by(WINDOW.c.id),
    )
    return [_row(row) for row in rows]


def last_asked_at(connection: Connection, window: Window) -> datetime | None:
    """Return when a report of the window's type was last asked for in its store and marketplace, whatever its period."""
    newest: datetime | None = connection.execute(
        select(func.max(WINDOW.c.asked_at)).where(
            WINDOW.c.store_id == window.store_id,
            WINDOW.c.marketplace == window.marketplace,
            WINDOW.c.report == window.report,
        ),
    ).scalar_one()
    return newest


def usual_seconds(connection: Connection, report: str) -> int | None:
    """Return how long Amazon usually takes to make a report of the type: the median of the newest; None before the first."""
    rows = connection.execute(
        select(WINDOW.c.making_seconds)
        .where(WINDOW.c.report == report, WINDOW.c.making_seconds.is_not(None))
        .order_by(WINDOW.c.finished_at.desc())
        .limit(RECENT_REPORTS),
    )
    known = sorted(rows.scalars())
    return known[len(known) // 2] if known else None


def read_window(connection: Connection, window: Window) -> LedgerRow:
    """Return the window as the ledger knows it now."""
    return _row(connection.execute(select(WINDOW).where(WINDOW.c.id == window.id)).one())


def other_parts(connection: Connection, window: Window) -> list[LedgerRow]:
    """Return the windows of the same feed and period that are about other products."""
    days = window.days
    rows = connection.execute(
        select(WINDOW).where(
            WINDOW.c.store_id == window.store_id,
            WINDOW.c.marketplace == window.marketplace,
            WINDOW.c.report == window.report,
            WINDOW.c.first_day == days.first,
            WINDOW.c.last_day == days.last,
            WINDOW.c.part != window.part,
            WINDOW.c.origin == PULLED,
        ),
    )
    return [_row(row) for row in rows]


def _row(row: Row[Any]) -> LedgerRow:
    days = Days(row.first_day, row.last_day)
    window = Window(row.store_id, row.marketplace, row.report, days, row.part, row.origin)
    return LedgerRow(window, row.state, row.report_id, row.asked_at, row.detail, tuple(row.asins), row.asked_by, row.wanted_for)


def mark_requesting(connection: Connection, window: Window, now: datetime) -> None:
    """Note that a report is about to be asked for: after a crash it is looked for before it is asked for again.

    The id of the window's last report stays, so that what is looked for is never that one.
    """
    _set(connection, window, state="requesting", asked_at=now, detail=None, attempts=WINDOW.c.attempts + 1)


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


def note_making(connection: Connection, window: Window, seconds: int) -> None:
    """Note how long Amazon took to make the window's report."""
    _set(connection, window, making_seconds=seconds)


def _set(connection: Connection, window: Window, **values: object) -> None:
    connection.execute(update(WINDOW).where(WINDOW.c.id == window.id).values(**values))
