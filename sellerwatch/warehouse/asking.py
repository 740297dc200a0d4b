"""Asking Amazon for the report of a window once: the intent is stored first, and a report that may exist is looked for."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Engine

from sellerwatch.amazon.errors import OutcomeUnknown
from sellerwatch.amazon.source import Wish
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import PermanentError, RetryableError, SellerwatchError
from sellerwatch.core.periods import local_day, utc_text
from sellerwatch.settings.models import ListedPeriod, ReportPull, SnapshotPeriod
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.accounts import Accounts
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.windows import LedgerRow, Window
from sellerwatch.warehouse.wishes import reaching_back, wish_for

ADOPTION_MARGIN = timedelta(minutes=5)
"""How much earlier than our note Amazon's clock may have stamped a report that we asked for."""

NOT_TAKEN = "Amazon has no report of the request"

_log = logging.getLogger(__name__)


class CoolingDown(RetryableError):  # noqa: N818  # names the state of the report type
    """A report of the type was asked for too short a time ago; this one may be asked for from ``until`` on."""

    until: datetime

    @classmethod
    def till(cls, until: datetime) -> CoolingDown:
        """Return the error for a report that may be asked for then."""
        error = cls(
            "the report is not there: another one of its type was asked for too short a time ago",
            remedy=f"Run the night again after {utc_text(until)}; Amazon cancels what is asked for again sooner",
        )
        error.until = until
        return error


@dataclass(frozen=True, slots=True)
class Asking:
    """What it takes to come by the report id of a window; ``zone`` tells the store's day."""

    engine: Engine
    accounts: Accounts
    clock: Clock
    pulls: Mapping[str, ReportPull]
    zone: tzinfo

    def report_id(self, row: LedgerRow) -> str:
        """Return the id of the window's report: the one being made, one that we may have asked for, or a new one.

        What Amazon made by itself cannot be asked for again: its one report is looked at and fetched once more.

        Raises:
            OutcomeUnknown: the report may have been asked for; call again later, with the row as it is then.
            CoolingDown: it may not be asked for yet.
            SellerwatchError: Amazon takes no request, or the report cannot be had any more.
        """
        if row.state == "requested" and row.report_id:
            return row.report_id
        pull = self.pulls[row.window.report]
        if isinstance(pull, ListedPeriod) and row.report_id:
            return self._keep_id(row.window, row.report_id)
        wish = wish_for(row, pull)
        if row.state == "requesting" and row.asked_at:
            adopted = self._find(row, wish, row.asked_at)
            if adopted:
                return self._keep_id(row.window, adopted)
            with writing(self.engine) as connection:
                windows.mark_unasked(connection, row.window, NOT_TAKEN)
        self._require_cooled_down(row.window)
        return self._ask(row.window, wish)

    def _require_cooled_down(self, window: Window) -> None:
        """Refuse to ask too soon: Amazon would cancel it, whatever became of the one before and whatever its period was."""
        cool_down = timedelta(minutes=self.pulls[window.report].cooldown_minutes)
        if not cool_down:
            return
        with reading(self.engine) as connection:
            asked_at = windows.last_asked_at(connection, window)
        if asked_at is not None and self.clock.now() < asked_at + cool_down:
            raise CoolingDown.till(asked_at + cool_down)

    def _ask(self, window: Window, wish: Wish) -> str:
        pull, source = self.pulls[window.report], self.accounts.source_of(window.report)
        self._refuse_past_snapshot(window, pull)
        with writing(self.engine) as connection:
            windows.mark_requesting(connection, window, self.clock.now())
        try:
            report_id = source.ask(reaching_back(wish, pull, self.clock.now()))
        except OutcomeUnknown:
            raise
        except SellerwatchError as error:
            with writing(self.engine) as connection:
                windows.mark_unasked(connection, window, error.what)
            raise
        return self._keep_id(window, report_id)

    def _refuse_past_snapshot(self, window: Window, pull: ReportPull) -> None:
        """Refuse to fill the window of a past day with the present state."""
        if isinstance(pull, SnapshotPeriod) and local_day(self.clock.now(), self.zone) != window.days.last:
            raise PermanentError(
                f"the state of {window.days.last} can no longer be asked for",
                remedy="Nothing is left to do: the nights since then have asked for theirs",
            )

    def _keep_id(self, window: Window, report_id: str) -> str:
        with writing(self.engine) as connection:
            windows.mark_requested(connection, window, report_id)
        return report_id

    def _find(self, row: LedgerRow, wish: Wish, asked_at: datetime) -> str | None:
        """Look for a report that we may have asked for just before a crash or a broken connection.

        Amazon lists the newest first; what is not newer than the window's last report is not the one. It does not list
        what products a report is about: where another part of the period is in the same uncertainty, none is taken.
        """
        with reading(self.engine) as connection:
            others = windows.other_parts(connection, row.window)
        if any(other.state == "requesting" for other in others):
            return None
        taken = {other.report_id for other in others}
        for state in self.accounts.source_of(row.window.report).find(wish, since=asked_at - ADOPTION_MARGIN):
            if state.report_id == row.report_id:
                return None
            if state.report_id not in taken:
                _log.info("adopted report %s for %s", state.report_id, row.window.id)
                return state.report_id
        return None
