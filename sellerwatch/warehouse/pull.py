"""Filling the window ledger from Amazon: ask, wait, fetch, keep the bytes; resume what an earlier run began."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import Engine

from sellerwatch.amazon.buckets import Lane
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import ConfigError, SellerwatchError
from sellerwatch.core.periods import local_day
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import ReportPull, SnapshotPeriod
from sellerwatch.warehouse import nights, wanting, windows
from sellerwatch.warehouse.accounts import Accounts, login_of, open_accounts
from sellerwatch.warehouse.asking import Asking
from sellerwatch.warehouse.collecting import Collecting
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_with, is_awaited
from sellerwatch.warehouse.feeds import pulls_of
from sellerwatch.warehouse.journeys import Journey, Steps
from sellerwatch.warehouse.lanes import Lanes
from sellerwatch.warehouse.listing import Listing
from sellerwatch.warehouse.problems import Problem, record
from sellerwatch.warehouse.products import known_asins
from sellerwatch.warehouse.wanting import LISTING
from sellerwatch.warehouse.windows import LedgerRow, Window
from sellerwatch.warehouse.workspace import Workspace

ASK_WHO_WAITS_EVERY: Final = timedelta(seconds=10)
"""How often a backfill looks whether a night of the store waits."""

_log = logging.getLogger(__name__)


class Progress(Protocol):
    """Hears how far the pull has come."""

    def __call__(self, done: int, total: int, text: str) -> None:
        """Take note: so many of so many windows are finished."""
        ...


class Meanwhile(Protocol):
    """Does a piece of other work while the pull has nothing to do but wait."""

    def __call__(self, until: datetime) -> bool:
        """Do a piece, and begin nothing more of it after this moment; tell whether there was any."""
        ...


def _nothing(until: datetime) -> bool:  # noqa: ARG001  # as every such piece
    return False


def _silent(done: int, total: int, text: str) -> None:
    """Hear and do nothing."""


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull did."""

    documents: int
    windows: int
    problems: tuple[Problem, ...]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be pulled, and for whom; a look through Amazon's lists is of a night.

    Attributes:
        rows: reads the windows from the ledger.
        run: what the calls are counted for.
        progress: hears how far it has come.
        meanwhile: other work for idle moments.
        listing_for: the night for which lists are looked through; the newest possible for a backfill.
        is_past: whether it is a backfill, which waits out cool-downs and gives way to nights.
    """

    rows: Callable[[], list[LedgerRow]]
    run: str
    progress: Progress
    meanwhile: Meanwhile
    listing_for: date = windows.NO_NIGHT
    is_past: bool = False

    @property
    def asked_by(self) -> str:
        """Who wants the windows, as the ledger names it."""
        return self.run if self.is_past else windows.BY_NIGHT


def pull_night(
    workspace: Workspace, store_id: str, as_of: date, *, progress: Progress = _silent, meanwhile: Meanwhile = _nothing
) -> PullReport:
    """Pull everything the night wants of a store; trouble is recorded and returned, and never stops the rest.

    Args:
        workspace: what the steps share.
        store_id: the store.
        as_of: the store-local day of the night.
        progress: hears how far it has come.
        meanwhile: is called when there is nothing to do but wait, with the store held.

    Raises:
        ConfigError: the store is not configured, or one of its reports is unknown.
    """
    settings, now = workspace.settings, workspace.clock.now()
    pulls = pulls_of(settings, store_id)
    askable = _askable(pulls, settings, store_id, as_of, now)
    with alone_with(workspace.engine, store_id):
        with writing(workspace.engine) as connection:
            nights.begin(connection, store_id, as_of, now)
            places = settings.marketplaces(store_id)
            asins = known_asins(connection, store_id, places, before=as_of)
            wanting.want(connection, store_id, places, askable, as_of, asins=asins)

        def rows() -> list[LedgerRow]:
            with reading(workspace.engine) as connection:
                return windows.windows_of_night(connection, store_id, as_of)

        order = _Order(rows, nights.run_of(as_of), progress, meanwhile, listing_for=as_of)
        report = _pull(workspace, store_id, pulls, order)
        with writing(workspace.engine) as connection:
            record(connection, store_id, as_of, "pull", report.problems)
    return report


def pull_past(
    workspace: Workspace, store_id: str, asked_by: str, *, progress: Progress = _silent, meanwhile: Meanwhile = _nothing
) -> PullReport:
    """Pull every window that a backfill wants of a store; a night of the store that begins meanwhile goes first.

    It may be run again after any failure: what was asked for is fetched, and what is finished is left alone.

    Args:
        workspace: what the steps share.
        store_id: the store.
        asked_by: the backfill, as the ledger names it.
        progress: hears how far it has come.
        meanwhile: is called when there is nothing to do but wait, with the store held.

    Raises:
        ConfigError: the store is not configured, or one of its reports is unknown.
    """
    pulls, total = pulls_of(workspace.settings, store_id), PullReport(0, 0, ())

    def rows() -> list[LedgerRow]:
        with reading(workspace.engine) as connection:
            return windows.windows_asked_by(connection, store_id, asked_by)

    order = _Order(rows, asked_by, progress, meanwhile, is_past=True)
    while True:
        with alone_with(workspace.engine, store_id, gives_way=True):
            report = _pull(workspace, store_id, pulls, order)
        total = PullReport(total.documents + report.documents, report.windows, report.problems, is_whole=report.is_whole)
        if report.is_whole:
            return total
        _log.info("%s of store %s lets a night go first", asked_by, store_id)
        workspace.clock.sleep(1)


def _pull(workspace: Workspace, store_id: str, pulls: Mapping[str, ReportPull], order: _Order) -> PullReport:
    """Connect and pull; what keeps the store as a whole from being pulled is a problem of the run."""
    engine, clock = workspace.engine, workspace.clock
    zone = workspace.settings.marketplaces(store_id)[0].zone
    try:
        inbox = workspace.raw.open_inbox(store_id)
        lane: Lane = "backfill" if order.is_past else "nightly"
        with open_accounts(workspace, store_id, run=order.run, lane=lane, waits=False) as accounts:
            asking = Asking(engine, accounts, clock, pulls, zone)
            collecting = Collecting(engine, workspace.raw, accounts, clock, inbox)
            steps = Steps(engine, accounts, clock, asking, collecting, waits_out_cool_downs=order.is_past)
            listing = Listing(engine, accounts, clock, pulls)
            return Pull(engine, accounts, clock, steps, listing, order).run(store_id)
    except SellerwatchError as error:
        return PullReport(0, 0, (Problem.of(error, place=f"store {store_id}"),))


def local_today(workspace: Workspace, store_id: str) -> date:
    """Return the present local day of the store, by its first marketplace."""
    return local_day(workspace.clock.now(), workspace.settings.marketplaces(store_id)[0].zone)


def _askable(
    pulls: Mapping[str, ReportPull],
    settings: Settings,
    store_id: str,
    as_of: date,
    now: datetime,
) -> dict[str, ReportPull]:
    """Return the reports that can still be had for the night: a snapshot of a past day cannot.

    Raises:
        ConfigError: the night lies in the future.
    """
    today = local_day(now, settings.marketplaces(store_id)[0].zone)
    if as_of > today:
        raise ConfigError(
            f"the night of {as_of} lies in the future", where=f"store {store_id}", remedy=f"Use {today} or earlier"
        )
    return {name: pull for name, pull in pulls.items() if as_of == today or not isinstance(pull, SnapshotPeriod)}


@dataclass(slots=True)
class Pull:
    """One pull of a store. It may be run again after any failure: it continues."""

    engine: Engine
    accounts: Accounts
    clock: Clock
    steps: Steps
    listing: Listing
    order: _Order
    _problems: list[Problem] = field(default_factory=list)
    _documents: int = 0
    _asked_who_waits_at: datetime | None = None
    _only_waits: bool = False

    def run(self, store_id: str) -> PullReport:
        """Bring every window to its end, or say why it is not there."""
        rows = self._rows()
        reachable = self._log_in(store_id, [row for row in rows if not row.is_finished])
        found = self._look_through_lists(reachable)
        if found:
            rows = self._rows()
            reachable = [*reachable, *(row for row in rows if row.window in found and not row.is_finished)]
        travelling = [row for row in reachable if row.window.part != LISTING]
        journeys = [self.steps.begin(row, number) for number, row in enumerate(travelling)]
        is_whole = self._carry_on(store_id, journeys, total=len(rows))
        return PullReport(self._documents, len(rows), tuple(self._problems), is_whole)

    def _rows(self) -> list[LedgerRow]:
        """Return the windows, in the order of reports.yaml, and of one report the newest first: it is asked for in this order."""
        order = {name: place for place, name in enumerate(self.steps.asking.pulls)}
        configured = [row for row in self.order.rows() if row.window.report in order]
        newest_first = sorted(configured, key=lambda row: row.window.days.last, reverse=self.order.is_past)
        return sorted(newest_first, key=lambda row: order[row.window.report])

    def _log_in(self, store_id: str, rows: list[LedgerRow]) -> list[LedgerRow]:
        """Return the windows whose account lets us in; an account that does not is one problem, whatever hangs on it.

        Raises:
            SellerwatchError: the only account that is needed does not let us in.
        """
        logins = {login_of(row.window.report) for row in rows}
        refused = set()
        for login in sorted(logins):
            try:
                self.accounts.log_in(login)
            except SellerwatchError as error:
                if logins == {login}:
                    raise
                _log.warning("%s of store %s: %s", login, store_id, error)
                self._problems.append(Problem.of(error, place=f"store {store_id}, {login}"))
                refused.add(login)
        return [row for row in rows if login_of(row.window.report) not in refused]

    def _look_through_lists(self, rows: list[LedgerRow]) -> set[Window]:
        """Look for the reports that Amazon made by itself, and return the windows of those that are new."""
        found: set[Window] = set()
        for row in rows:
            if row.window.part == LISTING:
                with self._noting_problems(row.window):
                    found |= self.listing.look_through(row.window, self.order.listing_for, asked_by=self.order.asked_by)
        return found

    def _carry_on(self, store_id: str, journeys: Iterable[Journey], *, total: int) -> bool:
        """Take each window a step further when it is due and its call is granted, until all are finished or given up.

        Returns:
            False when it was left for a night that waits.
        """
        lanes: Lanes[Journey] = Lanes(self.accounts.purse, self.clock, self.steps.bill_to)
        for journey in journeys:
            lanes.put(journey, self.steps.next_call(journey), due_at=self.clock.now(), number=journey.number)
        while len(lanes):
            ready = lanes.next()
            if ready is None:
                if self._is_awaited(store_id):
                    return False
                self._wait(lanes.opens_at())
                continue
            due_at = self._step(ready)
            if due_at is not None:
                lanes.put(ready, self.steps.next_call(ready), due_at=due_at, number=ready.number)
                continue
            self._documents += ready.documents
            self.order.progress(total - len(lanes), total, ready.window.id)
        return True

    def _wait(self, until: datetime) -> None:
        """Do other work if there is any; sleep otherwise, and a backfill never for long."""
        if self._did_other_work(until):
            return
        seconds = (until - self.clock.now()).total_seconds()
        self.clock.sleep(min(seconds, ASK_WHO_WAITS_EVERY.total_seconds()) if self.order.is_past else seconds)

    def _did_other_work(self, until: datetime) -> bool:
        """Do a piece of other work; where that fails it is left to whoever does it afterwards, for the bytes come first."""
        if self._only_waits:
            return False
        try:
            return self.order.meanwhile(until)
        except SellerwatchError as error:
            _log.warning("what could be done meanwhile is left for later: %s", error)
            self._only_waits = True
            return False

    def _step(self, journey: Journey) -> datetime | None:
        """Take one step; None at the journey's end, which trouble is too."""
        with self._noting_problems(journey.window):
            return self.steps.take(journey)
        return None

    def _is_awaited(self, store_id: str) -> bool:
        """Tell a backfill whether a night of the store waits."""
        now, asked_at = self.clock.now(), self._asked_who_waits_at
        if not self.order.is_past or (asked_at is not None and now - asked_at < ASK_WHO_WAITS_EVERY):
            return False
        self._asked_who_waits_at = now
        return is_awaited(self.engine, store_id)

    @contextmanager
    def _noting_problems(self, window: Window) -> Iterator[None]:
        """One window's trouble is noted and does not stop the others."""
        try:
            yield
        except SellerwatchError as error:
            _log.warning("%s: %s", window.id, error)
            self._problems.append(Problem.of(error, place=window.id))
