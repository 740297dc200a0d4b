"""Filling the window ledger from Amazon: ask, wait, fetch, keep the bytes; resume what an earlier run began."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine

from sellerwatch.amazon.errors import OutcomeUnknown
from sellerwatch.amazon.lifecycle import next_poll_delay
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import ConfigError, RetryableError, SellerwatchError, unknown_value
from sellerwatch.core.periods import local_day, utc_text
from sellerwatch.reports.contract import Source
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import ReportPull, SnapshotPeriod
from sellerwatch.warehouse import nights, wanting, windows
from sellerwatch.warehouse.accounts import Accounts, login_of, open_accounts
from sellerwatch.warehouse.asking import Asking
from sellerwatch.warehouse.collecting import Collecting
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_with
from sellerwatch.warehouse.listing import Listing
from sellerwatch.warehouse.problems import Problem, record
from sellerwatch.warehouse.products import known_asins
from sellerwatch.warehouse.wanting import LISTING
from sellerwatch.warehouse.windows import LedgerRow, Window
from sellerwatch.warehouse.workspace import Workspace

MAX_ASKS = 3
"""So often is a report asked for in one run when no answer tells whether Amazon took the request."""

LOOK_AGAIN_AFTER = timedelta(minutes=1)
"""How long a report that Amazon may have accepted gets to appear in its list before it is looked for."""

_log = logging.getLogger(__name__)


class Progress(Protocol):
    """Hears how far the pull has come."""

    def __call__(self, done: int, total: int, text: str) -> None:
        """Take note: so many of so many windows are finished."""
        ...


def _silent(done: int, total: int, text: str) -> None:
    """Hear and do nothing."""


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull did."""

    documents: int
    windows: int
    problems: tuple[Problem, ...]


def pull_night(workspace: Workspace, store_id: str, as_of: date, *, progress: Progress = _silent) -> PullReport:
    """Pull everything the night wants of a store; trouble is recorded and returned, and never stops the rest.

    Raises:
        ConfigError: the store is not configured, or one of its reports is unknown.
    """
    settings, now = workspace.settings, workspace.clock.now()
    pulls = _pulls(settings, store_id)
    askable = _askable(pulls, settings, store_id, as_of, now)
    with alone_with(workspace.engine, store_id):
        with writing(workspace.engine) as connection:
            nights.begin(connection, store_id, as_of, now)
            places = settings.marketplaces(store_id)
            asins = known_asins(connection, store_id, places, before=as_of)
            wanting.want(connection, store_id, places, askable, as_of, asins=asins)
        report = _pull(workspace, store_id, as_of, pulls, progress)
        with writing(workspace.engine) as connection:
            record(connection, store_id, as_of, "pull", report.problems)
    return report


def _pulls(settings: Settings, store_id: str) -> dict[str, ReportPull]:
    """Return how each report of the store is pulled; those of advertising only where it has a profile for the marketplace.

    Raises:
        ConfigError: a report is configured that nothing can read.
    """
    ads = settings.store(store_id).ads
    without_profile = tuple(code for code in settings.store(store_id).marketplaces if not ads or code not in ads.profiles)
    pulls: dict[str, ReportPull] = {}
    for name in settings.reports_of(store_id):
        if name not in REPORTS:
            raise unknown_value(name, REPORTS, what="report", where=str(settings.config_folder / "reports.yaml"))
        pull = settings.reports[name]
        is_ads = REPORTS[name].source is Source.ADS
        pulls[name] = pull.model_copy(update={"not_in": (*pull.not_in, *without_profile)}) if is_ads else pull
    return pulls


def _pull(
    workspace: Workspace,
    store_id: str,
    as_of: date,
    pulls: Mapping[str, ReportPull],
    progress: Progress,
) -> PullReport:
    """Connect and pull; what keeps the store as a whole from being pulled is a problem of the night."""
    engine, clock = workspace.engine, workspace.clock
    zone = workspace.settings.marketplaces(store_id)[0].zone
    try:
        inbox = workspace.raw.open_inbox(store_id)
        with open_accounts(workspace, store_id) as accounts:
            asking = Asking(engine, accounts, clock, pulls, zone)
            collecting = Collecting(engine, workspace.raw, accounts, clock, inbox)
            listing = Listing(engine, accounts, clock, pulls)
            return Pull(engine, accounts, clock, asking, collecting, listing, progress).run(store_id, as_of)
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
class _Item:
    """A window on its way: first its report is asked for, then it is looked at until Amazon has finished with it."""

    window: Window
    give_up_at: datetime
    due_at: datetime
    report_id: str | None = None
    asks: int = 0
    looks: int = 0


@dataclass(slots=True)
class Pull:
    """One pull of a store. It may be run again after any failure: it continues."""

    engine: Engine
    accounts: Accounts
    clock: Clock
    asking: Asking
    collecting: Collecting
    listing: Listing
    progress: Progress = _silent
    _problems: list[Problem] = field(default_factory=list)
    _documents: int = 0

    def run(self, store_id: str, as_of: date) -> PullReport:
        """Bring every window of the night to its end, or say why it is not there."""
        rows = self._rows(store_id, as_of)
        reachable = self._log_in(store_id, [row for row in rows if not row.is_finished])
        found = self._look_through_lists(reachable, as_of)
        if found:
            rows = self._rows(store_id, as_of)
            reachable = [*reachable, *(row for row in rows if row.window in found and not row.is_finished)]
        now = self.clock.now()
        items = [_Item(row.window, self._deadline(row.window), now) for row in reachable if row.window.part != LISTING]
        self._carry_on(items, total=len(rows))
        return PullReport(self._documents, len(rows), tuple(self._problems))

    def _rows(self, store_id: str, as_of: date) -> list[LedgerRow]:
        """Return the windows of the night, in the order of reports.yaml: what comes first there is asked for first."""
        with reading(self.engine) as connection:
            rows = windows.windows_of_night(connection, store_id, as_of)
        order = {name: place for place, name in enumerate(self.asking.pulls)}
        configured = [row for row in rows if row.window.report in order]
        return sorted(configured, key=lambda row: order[row.window.report])

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

    def _look_through_lists(self, rows: list[LedgerRow], as_of: date) -> set[Window]:
        """Look for the reports that Amazon made by itself, and return the windows of those that are new."""
        found: set[Window] = set()
        for row in rows:
            if row.window.part == LISTING:
                with self._noting_problems(row.window):
                    found |= self.listing.look_through(row.window, as_of)
        return found

    def _deadline(self, window: Window) -> datetime:
        return self.clock.now() + timedelta(minutes=self.asking.pulls[window.report].deadline_minutes)

    def _carry_on(self, waiting: list[_Item], *, total: int) -> None:
        """Take each window one step further when it is due, soonest first, until all are finished or given up."""
        while waiting:
            item = min(waiting, key=lambda one: one.due_at)
            self.clock.sleep((item.due_at - self.clock.now()).total_seconds())
            if self._is_over(item):
                waiting.remove(item)
                self.progress(total - len(waiting), total, item.window.id)

    def _is_over(self, item: _Item) -> bool:
        """Take one step; tell whether nothing more is to be done for the window in this run."""
        with self._noting_problems(item.window):
            return self._look(item, item.report_id) if item.report_id else self._ask(item)
        return True

    def _ask(self, item: _Item) -> bool:
        """Come by the window's report id, or put that off until Amazon will take the request."""
        with reading(self.engine) as connection:
            row = windows.read_window(connection, item.window)
        allowed_at = self.asking.cooled_down_at(row)
        if allowed_at is not None and self.clock.now() < allowed_at:
            return self._put_off(item, row, allowed_at)
        item.asks += 1
        try:
            item.report_id = self.asking.report_id(row)
        except OutcomeUnknown:
            if item.asks >= MAX_ASKS:
                raise
            item.due_at = self.clock.now() + LOOK_AGAIN_AFTER
            return False
        item.give_up_at = self._deadline(item.window)
        self._look_later(item)
        return False

    def _put_off(self, item: _Item, row: LedgerRow, until: datetime) -> bool:
        if until > item.give_up_at:
            raise RetryableError(
                f"the report is not there: {row.detail or 'Amazon cancelled it'}",
                remedy=f"Run the night again after {utc_text(until)}; Amazon cancels what is asked for again sooner",
            )
        item.due_at = until
        return False

    def _look(self, item: _Item, report_id: str) -> bool:
        """Look once at a report that Amazon is making, and take it in when it is finished."""
        state = self.accounts.source_of(item.window.report).state(report_id)
        if state.is_final:
            return self._collect(item, state)
        if self.clock.now() >= item.give_up_at:
            raise RetryableError(
                f"Amazon has not finished the report: {state.status}",
                where=f"report {report_id}",
                remedy="It will be resumed by the next run; nothing has to be asked for again",
            )
        self._look_later(item)
        return False

    def _collect(self, item: _Item, state: ReportState) -> bool:
        outcome = self.collecting.collect(item.window, state)
        self._documents += outcome == "done"
        if outcome != "cancelled_unknown":
            return True
        item.report_id, item.asks, item.looks, item.due_at = None, 0, 0, self.clock.now()
        return False

    def _look_later(self, item: _Item) -> None:
        item.looks += 1
        item.due_at = self.clock.now() + timedelta(seconds=next_poll_delay(item.looks))

    @contextmanager
    def _noting_problems(self, window: Window) -> Iterator[None]:
        """One window's trouble is noted and does not stop the others."""
        try:
            yield
        except SellerwatchError as error:
            _log.warning("%s: %s", window.id, error)
            self._problems.append(Problem.of(error, place=window.id))
