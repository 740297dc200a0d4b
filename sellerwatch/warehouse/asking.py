"""Asking Amazon for the report of a window once: the intent is stored first, and a report that may exist is looked for."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import Engine

from sellerwatch.amazon.errors import OutcomeUnknown
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.amazon.reports_api import AmazonReports
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import PermanentError, SellerwatchError
from sellerwatch.core.marketplaces import BY_CODE, Marketplace
from sellerwatch.core.periods import Days, end_of_day, local_day, start_of_day
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.models import RangePeriod, ReportPull
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.windows import LedgerRow, Window

ADOPTION_MARGIN = timedelta(minutes=5)
"""How much earlier than our note Amazon's clock may have stamped a report that we asked for."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asking:
    """What it takes to come by the report id of a window; ``zone`` tells the store's day."""

    engine: Engine
    api: AmazonReports
    clock: Clock
    pulls: Mapping[str, ReportPull]
    zone: tzinfo

    def report_id(self, row: LedgerRow) -> str:
        """Return the id of the window's report: the one being made, one that we may have asked for, or a new one.

        Raises:
            OutcomeUnknown: the report may have been asked for; call again later, with the row as it is then.
            SellerwatchError: Amazon takes no request, or the report cannot be had any more.
        """
        if row.state == "requested" and row.report_id:
            return row.report_id
        if row.state == "requesting" and row.asked_at:
            adopted = self._find(row, row.asked_at)
            if adopted:
                return self._keep_id(row.window, adopted)
        return self._ask(row.window)

    def cooled_down_at(self, row: LedgerRow) -> datetime | None:
        """Return when the window's report may be asked for again, or None where nothing has to be waited for.

        Amazon cancels a report that is asked for again too soon, whatever became of the one before.
        """
        if row.asked_at is None or row.state in {"requesting", "requested"}:
            return None
        return row.asked_at + timedelta(minutes=self.pulls[row.window.report].cooldown_minutes)

    def _ask(self, window: Window) -> str:
        pull, place = self.pulls[window.report], BY_CODE[window.marketplace]
        self._refuse_past_snapshot(window, pull)
        with writing(self.engine) as connection:
            windows.mark_requesting(connection, window, self.clock.now())
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
            raise
        except SellerwatchError as error:
            with writing(self.engine) as connection:
                windows.mark_unasked(connection, window, error.what)
            raise
        return self._keep_id(window, report_id)

    def _refuse_past_snapshot(self, window: Window, pull: ReportPull) -> None:
        """Refuse to fill the window of a past day with the present state."""
        if not isinstance(pull, RangePeriod) and local_day(self.clock.now(), self.zone) != window.days.last:
            raise PermanentError(
                f"the state of {window.days.last} can no longer be asked for",
                remedy="Nothing is left to do: the nights since then have asked for theirs",
            )

    def _keep_id(self, window: Window, report_id: str) -> str:
        with writing(self.engine) as connection:
            windows.mark_requested(connection, window, report_id)
        return report_id

    def _find(self, row: LedgerRow, asked_at: datetime) -> str | None:
        """Look for a report that we may have asked for just before a crash or a broken connection.

        Amazon lists the newest first; what is not newer than the window's last report is not the one.
        """
        place = BY_CODE[row.window.marketplace]
        start, end = asked_instants(row.window.days, self.pulls[row.window.report], place)
        for state in self.api.list_reports(
            [REPORTS[row.window.report].amazon_type],
            created_since=asked_at - ADOPTION_MARGIN,
            marketplace_ids=[place.id],
        ):
            if state.report_id == row.report_id:
                return None
            if state.marketplace_ids == (place.id,) and _covers(state, start, end):
                _log.info("adopted report %s for %s", state.report_id, row.window.id)
                return state.report_id
        return None


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
