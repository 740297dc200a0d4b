"""Reports that Amazon makes by itself, such as settlements: they are found in its list and fetched, never asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from sellerwatch.amazon.report_state import ReportState
from sellerwatch.core.clock import Clock
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, local_day, start_of_day
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.models import ListedPeriod, ReportPull
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.accounts import Accounts
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.windows import BY_NIGHT, NO_NIGHT, Window

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Listing:
    """What it takes to look through Amazon's list of a report type."""

    engine: Engine
    accounts: Accounts
    clock: Clock
    pulls: Mapping[str, ReportPull]

    def look_through(self, window: Window, as_of: date, *, asked_by: str = BY_NIGHT) -> set[Window]:
        """Enter every report of the list that the store does not have yet, and finish the look itself.

        All in one transaction: a look that is called done has missed nothing.

        Args:
            window: the look.
            as_of: the night it is for; `NO_NIGHT` for a backfill's, which looks as far back as its first day.
            asked_by: what wants the reports.

        Returns:
            The windows of the reports that are to be fetched.

        Raises:
            SellerwatchError: the list cannot be read; the look stays wanted.
        """
        states = self.accounts.list_of(
            REPORTS[window.report].amazon_type, BY_CODE[window.marketplace], self._since(window, as_of)
        )
        found = {state.report_id: _window(window, state) for state in states}
        if as_of == NO_NIGHT:
            found = {report_id: one for report_id, one in found.items() if one.days.last >= window.days.first}
        with writing(self.engine) as connection:
            entered = [
                windows.enter_found(connection, one, report_id, as_of, asked_by=asked_by) for report_id, one in found.items()
            ]
            new = {one for one in entered if one is not None}
            windows.mark_finished(connection, window, "done", self.clock.now(), f"{len(found)} listed, {len(new)} to fetch")
        return new

    def _since(self, window: Window, as_of: date) -> datetime:
        pull = self.pulls[window.report]
        assert isinstance(pull, ListedPeriod)  # noqa: S101 - only such a feed has a window with the part `list`
        if as_of == NO_NIGHT:
            return start_of_day(window.days.first, BY_CODE[window.marketplace].zone)
        return self.clock.now() - timedelta(days=pull.history_days)


def _window(look: Window, state: ReportState) -> Window:
    zone = BY_CODE[look.marketplace].zone
    start, end = _span(state)
    days = Days(local_day(start, zone), local_day(max(start, end - _MOMENT), zone))
    return Window(look.store_id, look.marketplace, look.report, days, part=state.report_id)


def _span(state: ReportState) -> tuple[datetime, datetime]:
    """Return what the report covers; one that does not say covers the moment it was made."""
    start = state.data_start or state.created_at
    return start, max(start, state.data_end or start)
