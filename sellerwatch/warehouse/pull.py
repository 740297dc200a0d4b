"""Filling the window ledger from Amazon: ask, wait, fetch, keep the bytes; resume what an earlier run began."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine

from sellerwatch.amazon.connection import connect
from sellerwatch.amazon.credentials import Credentials
from sellerwatch.amazon.download import Download
from sellerwatch.amazon.errors import OutcomeUnknown
from sellerwatch.amazon.lifecycle import fetch_report_document, next_poll_delay
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.amazon.reports_api import AmazonReports
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError, SellerwatchError, unknown_value
from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import BY_CODE, Marketplace
from sellerwatch.core.periods import Days, end_of_day, local_day, start_of_day
from sellerwatch.rawstore.manifest import Received
from sellerwatch.rawstore.store import RawStore
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import RangePeriod, ReportPull
from sellerwatch.warehouse import documents, nights, windows
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.problems import Problem, record
from sellerwatch.warehouse.rate_budget import SharedBudget
from sellerwatch.warehouse.windows import LedgerRow, Window
from sellerwatch.warehouse.workspace import Workspace

ADOPTION_MARGIN = timedelta(minutes=5)
"""How much earlier than our note Amazon's clock may have stamped a report that we asked for."""

MAX_ATTEMPTS = 2
"""A report that is cancelled this often has no data."""

FATAL_TEXT_LENGTH = 500

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
    settings = workspace.settings
    pulls = {name: settings.reports[name] for name in settings.reports_of(store_id)}
    for name in pulls:
        if name not in REPORTS:
            raise unknown_value(name, REPORTS, what="report", where=str(settings.config_folder / "reports.yaml"))
    now = workspace.clock.now()
    with writing(workspace.engine) as connection:
        nights.begin(connection, store_id, as_of, now)
        windows.want(
            connection, store_id, settings.marketplaces(store_id), _askable(pulls, settings, store_id, as_of, now), as_of
        )
    try:
        with connect_store(workspace, store_id) as api:
            report = Pull(workspace.engine, workspace.raw, api, workspace.clock, pulls, store_id, as_of, progress).run()
    except SellerwatchError as error:
        report = PullReport(0, 0, (Problem.of(error, place=f"store {store_id}"),))
    with writing(workspace.engine) as connection:
        record(connection, store_id, as_of, "pull", report.problems)
    return report


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
    return {name: pull for name, pull in pulls.items() if as_of == today or isinstance(pull, RangePeriod)}


def connect_store(workspace: Workspace, store_id: str) -> AmazonReports:
    """Open the connection to a store's account, with the credentials and the address that are configured.

    Raises:
        ConfigError: a credential is not set.
    """
    settings, names = workspace.settings, workspace.settings.store(store_id).credentials
    credentials = Credentials(
        **{
            part: settings.environment.require(name, purpose=f"{part} of store {store_id}")
            for part, name in names.model_dump().items()
        },
    )
    # Sellers of one application share nothing; two stores of one account share its buckets.
    account = fingerprint(credentials.lwa_app_id, credentials.refresh_token)[:16]
    return connect(
        credentials,
        settings.marketplaces(store_id)[0],
        base_url=settings.environment.get("SELLERWATCH_SP_API_URL"),
        budget=SharedBudget(workspace.engine, account, settings.limits),
        clock=workspace.clock,
    )


@dataclass(slots=True)
class _Waiting:
    """A report that Amazon is making."""

    row: LedgerRow
    report_id: str
    give_up_at: datetime
    look_at: datetime
    looks: int = 1


@dataclass(slots=True)
class Pull:
    """One store's pull for one night. ``run`` may be called again after any failure: it continues."""

    engine: Engine
    raw: RawStore
    api: AmazonReports
    clock: Clock
    pulls: dict[str, ReportPull]
    store_id: str
    as_of: date
    progress: Progress = _silent
    _problems: list[Problem] = field(default_factory=list)
    _documents: int = 0

    def run(self) -> PullReport:
        """Bring every window of the night to its end, or say why it is not there."""
        with reading(self.engine) as connection:
            rows = windows.windows_of_night(connection, self.store_id, self.as_of)
        open_rows = [row for row in rows if self._is_due(row)]
        if open_rows:
            self.api.log_in()
        waiting = [item for row in open_rows if (item := self._begin(row)) is not None]
        self._wait_for(waiting, total=len(rows))
        return PullReport(self._documents, len(rows), tuple(self._problems))

    def _is_due(self, row: LedgerRow) -> bool:
        """A cancelled or failed report is asked for again once its type's cool-down is over, not sooner."""
        if row.is_finished:
            return False
        if row.state not in {"cancelled_unknown", "fatal"} or row.asked_at is None:
            return True
        cooldown = timedelta(minutes=self.pulls[row.window.report].cooldown_minutes)
        return self.clock.now() >= row.asked_at + cooldown

    def _begin(self, row: LedgerRow) -> _Waiting | None:
        with self._noting_problems(row.window):
            report_id = self._report_id(row)
            now = self.clock.now()
            deadline = now + timedelta(minutes=self.pulls[row.window.report].deadline_minutes)
            return _Waiting(row, report_id, deadline, now + timedelta(seconds=next_poll_delay(1)))
        return None

    def _report_id(self, row: LedgerRow) -> str:
        if row.state == "requested" and row.report_id:
            return row.report_id
        if row.state == "requesting" and row.asked_at:
            adopted = self._find_asked(row.window, row.asked_at)
            if adopted:
                return self._keep_id(row.window, adopted)
        return self._ask(row.window)

    def _ask(self, window: Window) -> str:
        """Ask for the report; the intent is stored first, so that a crash in between cannot pay twice."""
        asked_at = self.clock.now()
        with writing(self.engine) as connection:
            windows.mark_requesting(connection, window, asked_at)
        place = BY_CODE[window.marketplace]
        pull = self.pulls[window.report]
        start, end = asked_instants(window.days, pull, place)
        try:
            report_id = self.api.create_report(
                REPORTS[window.report].amazon_type,
                [place.id],
                data_start=start,
                data_end=end,
                options=pull.options,
            )
        except OutcomeUnknown:
            found = self._find_asked(window, asked_at)
            if found is None:
                raise
            report_id = found
        except SellerwatchError as error:
            with writing(self.engine) as connection:
                windows.mark_unasked(connection, window, error.what)
            raise
        return self._keep_id(window, report_id)

    def _keep_id(self, window: Window, report_id: str) -> str:
        with writing(self.engine) as connection:
            windows.mark_requested(connection, window, report_id)
        return report_id

    def _find_asked(self, window: Window, asked_at: datetime) -> str | None:
        """Look for a report that we may have asked for just before a crash or a broken connection."""
        report, place = REPORTS[window.report], BY_CODE[window.marketplace]
        start, end = asked_instants(window.days, self.pulls[window.report], place)
        for state in self.api.list_reports(
            [report.amazon_type],
            created_since=asked_at - ADOPTION_MARGIN,
            marketplace_ids=[place.id],
        ):
            if _covers(state, start, end):
                _log.info("adopted report %s for %s", state.report_id, window.id)
                return state.report_id
        return None

    def _wait_for(self, waiting: list[_Waiting], *, total: int) -> None:
        """Look at each report when it is due, soonest first, until all are finished or given up."""
        while waiting:
            item = min(waiting, key=lambda one: one.look_at)
            self.clock.sleep((item.look_at - self.clock.now()).total_seconds())
            if self._look(item):
                waiting.remove(item)
                self.progress(total - len(waiting), total, item.row.window.id)

    def _look(self, item: _Waiting) -> bool:
        """Look once at a report; True when nothing more is to be done for it tonight."""
        with self._noting_problems(item.row.window):
            state = self.api.get_report(item.report_id)
            if state.is_final:
                self._collect(item.row, state)
                return True
            now = self.clock.now()
            if now >= item.give_up_at:
                raise RetryableError(
                    f"Amazon has not finished the report: {state.status}",
                    where=f"report {item.report_id}",
                    remedy="It will be resumed by the next run; nothing has to be asked for again",
                )
            item.looks += 1
            item.look_at = now + timedelta(seconds=next_poll_delay(item.looks))
            return False
        return True

    def _collect(self, row: LedgerRow, state: ReportState) -> None:
        collect: Callable[[LedgerRow, ReportState], None] = {
            "DONE": self._collect_done,
            "CANCELLED": self._collect_cancelled,
            "FATAL": self._collect_fatal,
        }[state.status]
        collect(row, state)

    def _collect_done(self, row: LedgerRow, state: ReportState) -> None:
        if state.document_id is None:
            self._finish(row.window, "empty", "Amazon made no document: there is no data")
            return
        download = fetch_report_document(self.api, state.document_id, self.raw.inbox)
        if not download.is_complete:
            self._keep(row.window, state, download, outcome="damaged", finished=None)
            download = fetch_report_document(self.api, state.document_id, self.raw.inbox)
        if not download.is_complete:
            self._keep(row.window, state, download, outcome="damaged", finished=None)
            raise RetryableError(
                f"the document is damaged: {download.problem}",
                where=f"report {state.report_id}",
                remedy="Its bytes are kept; the next run fetches it again",
            )
        self._keep(row.window, state, download, outcome="document", finished="done")
        self._documents += 1

    def _collect_cancelled(self, row: LedgerRow, state: ReportState) -> None:
        """CANCELLED means no data, asked too soon, or too old: only a second one, after the cool-down, means no data."""
        with reading(self.engine) as connection:
            attempts = windows.attempts(connection, row.window)
        if attempts >= MAX_ATTEMPTS:
            self._finish(row.window, "empty", f"Amazon cancelled {attempts} reports: there is no data")
        else:
            self._finish(
                row.window, "cancelled_unknown", f"Amazon cancelled report {state.report_id}; asked again after the cool-down"
            )

    def _collect_fatal(self, row: LedgerRow, state: ReportState) -> None:
        text = ""
        if state.document_id is not None:
            download = fetch_report_document(self.api, state.document_id, self.raw.inbox)
            entry = self.raw.put(download.path, _received(row.window, state, download, "fatal"))
            if download.is_complete:
                text = self.raw.read(entry).decode("utf-8", errors="replace").strip()[:FATAL_TEXT_LENGTH]
        self._finish(row.window, "fatal", text or "Amazon gave no reason")
        raise PermanentError(
            f"Amazon could not make the report: {text or 'no reason given'}",
            where=f"report {state.report_id}",
            remedy="Follow Amazon's text; the next run asks again",
        )

    def _keep(self, window: Window, state: ReportState, download: Download, *, outcome: str, finished: str | None) -> None:
        """Store the bytes, then note the document and the window's end in one transaction."""
        received = _received(window, state, download, outcome)
        entry = self.raw.put(download.path, received)
        with writing(self.engine) as connection:
            documents.enter(connection, window, entry, error=download.problem or None)
            if finished:
                windows.mark_finished(connection, window, finished, self.clock.now())

    def _finish(self, window: Window, state: str, detail: str) -> None:
        with writing(self.engine) as connection:
            windows.mark_finished(connection, window, state, self.clock.now(), detail)

    @contextmanager
    def _noting_problems(self, window: Window) -> Iterator[None]:
        """One window's trouble is noted and does not stop the others."""
        try:
            yield
        except SellerwatchError as error:
            _log.warning("%s: %s", window.id, error)
            self._problems.append(Problem.of(error, place=window.id))


def asked_instants(days: Days, pull: ReportPull, place: Marketplace) -> tuple[datetime | None, datetime | None]:
    """Return the start and end sent to Amazon: local day bounds, plain dates, or nothing for a snapshot."""
    if not isinstance(pull, RangePeriod):
        return None, None
    if pull.sent_as == "days":
        return start_of_day(days.first, UTC), start_of_day(days.last, UTC)
    end = None if pull.sent_as == "until_now" else end_of_day(days.last, place.zone)
    return start_of_day(days.first, place.zone), end


def _covers(state: ReportState, start: datetime | None, end: datetime | None) -> bool:
    """Tell whether the report is the one we wanted; a snapshot's own dates say nothing."""
    return start is None or (state.data_start == start and end in {None, state.data_end})


def _received(window: Window, state: ReportState, download: Download, outcome: str) -> Received:
    observed = state.processing_end_at or state.created_at
    return Received(
        store=window.store_id,
        marketplace=window.marketplace,
        report=window.report,
        first_day=window.days.first.isoformat(),
        last_day=window.days.last.isoformat(),
        report_id=state.report_id,
        content_type=download.content_type,
        compression=download.compression or "",
        received_at=download.fetched_at.isoformat(),
        observed_at=observed.isoformat(),
        outcome=outcome,
    )
