"""Windows that no run will move any more: each is wanted again where that helps, or ends with the reason why it cannot be had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, local_day, start_of_day
from sellerwatch.reports.contract import Source
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.models import ListedPeriod, ReportPull, SnapshotPeriod
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.ledger import WINDOW
from sellerwatch.warehouse.wanting import LISTING
from sellerwatch.warehouse.windows import FINISHED, NO_NIGHT, PULLED, Window
from sellerwatch.warehouse.workspace import Workspace

KEPT_DAYS: Final[Mapping[Source, int]] = {
    Source.REPORTS: 90,
    Source.DATA_KIOSK: 30,
    Source.INVENTORY: 1,
    Source.ADS: 90,
}
"""For how long a report that was made can still be fetched; the stock of the moment not at all."""

COVERED: Final = "later reports brought its days: nothing is missing"
PAST: Final = "the state of a past day can no longer be asked for"
TOO_OLD: Final = "Amazon no longer gives days that are so long ago"
LOOKED_LATER: Final = "later looks go through the same list"
NOT_PULLED: Final = "the report is no longer pulled for the store"
LOST: Final = "Amazon no longer keeps the report that was asked for"


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done about a store's stuck windows."""

    wanted_again: int
    explained: int


@dataclass(frozen=True, slots=True)
class _Stuck:
    window: Window
    state: str
    detail: str | None
    since: datetime | None
    """When it was last asked for or wanted; None for one that waits for its backfill."""


def explain_stuck(workspace: Workspace, store_id: str) -> Settled:
    """Settle the store's stuck windows; whoever calls holds the store.

    A window is stuck when its report was asked for longer ago than Amazon keeps reports, or when it wants the state or the
    list of a day that is over and no report of it is on its way.
    """
    now = workspace.clock.now()
    wanted_again = explained = 0
    with writing(workspace.engine) as connection:
        for stuck in list(_unfinished(connection, store_id)):
            pull = _pull(workspace, store_id, stuck.window)
            if not _is_stuck(stuck, pull, now):
                continue
            reason = _why_never(connection, stuck, pull, now)
            if reason:
                windows.mark_fatal(connection, stuck.window, now, "; ".join(filter(None, (stuck.detail, reason))))
                explained += 1
            elif stuck.state != "wanted":
                windows.mark_wanted_again(connection, stuck.window, LOST)
                wanted_again += 1
    return Settled(wanted_again, explained)


def _unfinished(connection: Connection, store_id: str) -> Iterator[_Stuck]:
    rows = connection.execute(
        select(WINDOW)
        .where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.origin == PULLED,
            WINDOW.c.state.not_in((*FINISHED, "fatal")),
        )
        .order_by(WINDOW.c.id),
    )
    for row in rows:
        window = Window(row.store_id, row.marketplace, row.report, Days(row.first_day, row.last_day), row.part)
        zone = BY_CODE[row.marketplace].zone
        wanted_at = None if row.wanted_for == NO_NIGHT else start_of_day(row.wanted_for, zone)
        yield _Stuck(window, row.state, row.detail, row.asked_at or wanted_at)


def _pull(workspace: Workspace, store_id: str, window: Window) -> ReportPull | None:
    is_pulled = window.report in workspace.settings.reports_of(store_id)
    return workspace.settings.reports[window.report] if is_pulled else None


def _is_stuck(stuck: _Stuck, pull: ReportPull | None, now: datetime) -> bool:
    is_of_its_day = isinstance(pull, SnapshotPeriod) or stuck.window.part == LISTING
    if is_of_its_day and stuck.state != "requested":
        return _is_over(stuck.window.days.last, stuck.window, now)
    return stuck.since is not None and now - stuck.since > timedelta(days=KEPT_DAYS[REPORTS[stuck.window.report].source])


def _is_over(day: date, window: Window, now: datetime) -> bool:
    """Tell whether the day is over for good: by a whole day, since the store's day is that of another marketplace of the region."""
    return day + timedelta(days=1) < local_day(now, BY_CODE[window.marketplace].zone)


def _why_never(connection: Connection, stuck: _Stuck, pull: ReportPull | None, now: datetime) -> str:
    """Return why nothing will come of the window any more; empty where its report may be asked for again."""
    window = stuck.window
    finished = windows.finished_windows(connection, window.store_id, window.marketplace, window.report, window.part)
    if {*window.days} <= finished.covered:
        return COVERED
    if pull is None:
        return NOT_PULLED
    if isinstance(pull, SnapshotPeriod):
        return PAST
    if isinstance(pull, ListedPeriod):
        return LOOKED_LATER if window.part == LISTING else LOST
    keeps = pull.keeps_days
    today = local_day(now, BY_CODE[window.marketplace].zone)
    return TOO_OLD if keeps is not None and window.days.last < today - timedelta(days=keeps) else ""
