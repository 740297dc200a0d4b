"""Asking Amazon for the report of a window once: the intent is stored first, and a report that may exist is looked for."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Connection, Engine

from sellerwatch.amazon.errors import OutcomeUnknown
from sellerwatch.amazon.source import Wish
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import PermanentError, SellerwatchError
from sellerwatch.core.periods import local_day
from sellerwatch.settings.models import ListedPeriod, ReportPull, SnapshotPeriod
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.accounts import Accounts
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.windows import LedgerRow, Window
from sellerwatch.warehouse.wishes import reaching_back, wish_for

ADOPTION_MARGIN = timedelta(minutes=5)
"""How much earlier than our note Amazon's clock may have stamped a report that we asked for."""

_log = logging.getLogger(__name__)


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
        return self._ask(row.window, wish)

    def cooled_down_at(self, connection: Connection, row: LedgerRow) -> datetime | None:
        """Return when the window's report may be asked for again, or None where nothing has to be waited for.

        Amazon cancels a report that is asked for again too soon, whatever became of the one before and whatever its period
        was; a type without a cool-down waits for nothing.
        """
        cool_down = timedelta(minutes=self.pulls[row.window.report].cooldown_minutes)
        if not cool_down or row.state in {"requesting", "requested"}:
            return None
        asked_at = windows.last_asked_at(connection, row.window)
        return None if asked_at is None else asked_at + cool_down

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
