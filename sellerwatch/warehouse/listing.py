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
from sellerwatch.warehouse.windows import Window

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Listing:
    """What it takes to look through Amazon's list of a report type."""

    engine: Engine
    accounts: Accounts
    clock: Clock
    pulls: Mapping[str, ReportPull]

    def look_through(self, window: Window, as_of: date) -> set[Window]:
        """Enter every report of the list that the store does not have yet, and finish the look itself.

        All in one transaction: a look that is called done has missed nothing.

        Returns:
            The windows of the reports that are to be fetched.

        Raises:
            SellerwatchError: the list cannot be read; the look stays wanted.
        """
        pull, place = self.pulls[window.report], BY_CODE[window.marketplace]
        assert isinstance(pull, ListedPeriod)  # noqa: S101 - only such a feed has a window with the part `list`
        # A night's look is of its own day and reaches back from there; a backfill's is of all the days it looks for.
        since = min(self.clock.now() - timedelta(days=pull.history_days), start_of_day(window.days.first, place.zone))
        states = self.accounts.list_of(REPORTS[window.report].amazon_type, place, since)
        found = {state.report_id: _window(window, state) for state in states}
        with writing(self.engine) as connection:
            entered = [windows.enter_found(connection, one, report_id, as_of) for report_id, one in found.items()]
            new = {one for one in entered if one is not None}
            windows.mark_finished(connection, window, "done", self.clock.now(), f"{len(found)} listed, {len(new)} to fetch")
        return new


def _window(look: Window, state: ReportState) -> Window:
    zone = BY_CODE[look.marketplace].zone
    start, end = _span(state)
    days = Days(local_day(start, zone), local_day(max(start, end - _MOMENT), zone))
    return Window(look.store_id, look.marketplace, look.report, days, part=state.report_id)


def _span(state: ReportState) -> tuple[datetime, datetime]:
    """Return what the report covers; one that does not say covers the moment it was made."""
    start = state.data_start or state.created_at
    return start, max(start, state.data_end or start)
