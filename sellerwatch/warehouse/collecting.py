"""Taking in a report that Amazon has finished with: its bytes are kept, and its window moves on."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from sellerwatch.amazon.download import Download
from sellerwatch.amazon.errors import NotGrantedYet
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import PermanentError, RetryableError, SellerwatchError
from sellerwatch.rawstore.manifest import Received
from sellerwatch.rawstore.store import RawStore
from sellerwatch.warehouse import documents, windows
from sellerwatch.warehouse.accounts import Accounts
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.windows import Window

MAX_CANCELLED = 2
"""A report that is cancelled this often in a row, the cool-down in between, has no data."""

FATAL_TEXT_LENGTH = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collecting:
    """What it takes to store a finished report; downloads of a store go into an inbox of its own."""

    engine: Engine
    raw: RawStore
    accounts: Accounts
    clock: Clock
    inbox: Path

    def collect(self, window: Window, state: ReportState) -> str | Download:
        """Bring the window to the state that the report's end means.

        Returns:
            The window's state; or the download, where it is damaged: its bytes are kept, and the window is as it was.

        Raises:
            SellerwatchError: the report brought no document; the window may be filled by a later run.
        """
        if state.status == "CANCELLED":
            return self._collect_cancelled(window, state)
        if state.status == "FATAL":
            return self._collect_fatal(window, state)
        return self._collect_done(window, state)

    def _collect_done(self, window: Window, state: ReportState) -> str | Download:
        if state.document_id is None:
            return self._finish(window, "empty", "Amazon made no document: there is no data")
        download = self._fetch(window, state)
        return "done" if download.is_complete else download

    def _fetch(self, window: Window, state: ReportState) -> Download:
        """Store the bytes, then note the document and the window's end in one transaction; damaged bytes are no end."""
        download = self.accounts.source_of(window.report).fetch(state, self.inbox)
        outcome = "document" if download.is_complete else "damaged"
        entry = self.raw.put(download.path, self._received(window, state, download, outcome))
        with writing(self.engine) as connection:
            documents.enter(connection, window, entry, error=download.problem or None)
            if download.is_complete:
                windows.mark_finished(connection, window, "done", self.clock.now())
                windows.note_making(connection, window, making_seconds(state))
        return download

    def damaged(self, window: Window, report_id: str, *downloads: Download) -> RetryableError:
        """Return the error of a document that came damaged twice; equal damage is Amazon's own, and only another report can mend it."""
        first, second = downloads
        remedy = "Its bytes are kept; the next run fetches it again"
        if first.sha256 == second.sha256:
            remedy = "Its bytes are kept; the next run asks for another report"
            with writing(self.engine) as connection:
                windows.mark_wanted_again(connection, window, f"the document of report {report_id} is damaged")
        return RetryableError(f"the document is damaged: {second.problem}", where=f"report {report_id}", remedy=remedy)

    def _collect_cancelled(self, window: Window, state: ReportState) -> str:
        """CANCELLED means no data, asked too soon, or too old: only a second one, after the cool-down, means no data."""
        with writing(self.engine) as connection:
            count = windows.mark_cancelled(connection, window, self.clock.now())
            if count < MAX_CANCELLED:
                return "cancelled_unknown"
            text = f"Amazon cancelled {count} reports in a row, the last one {state.report_id}: there is no data"
            windows.mark_finished(connection, window, "empty", self.clock.now(), text)
        return "empty"

    def _collect_fatal(self, window: Window, state: ReportState) -> str:
        text = state.reason or self._fatal_text(window, state) or "no reason given"
        with writing(self.engine) as connection:
            windows.mark_fatal(connection, window, self.clock.now(), text)
        raise PermanentError(
            f"Amazon could not make the report: {text}",
            where=f"report {state.report_id}",
            remedy="Follow Amazon's text; the next run asks again",
        )

    def _fatal_text(self, window: Window, state: ReportState) -> str:
        """Return what Amazon wrote in place of the report; that it cannot be had must not keep the window from ending."""
        if state.document_id is None:
            return ""
        try:
            download = self.accounts.source_of(window.report).fetch(state, self.inbox)
            entry = self.raw.put(download.path, self._received(window, state, download, "fatal"))
            return self.raw.read(entry).decode("utf-8", errors="replace").strip()[:FATAL_TEXT_LENGTH]
        except NotGrantedYet:
            raise
        except SellerwatchError as error:
            _log.warning("%s: Amazon's reason could not be read: %s", window.id, error)
            return ""

    def _received(self, window: Window, state: ReportState, download: Download, outcome: str) -> Received:
        """Return what the manifest is to say: all that the ledger knows of the window goes with the bytes."""
        with reading(self.engine) as connection:
            row = windows.read_window(connection, window)
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
            observed_at=(state.processing_end_at or state.created_at).isoformat(),
            outcome=outcome,
            part=window.part,
            asins=row.asins,
            wanted_for=row.wanted_for.isoformat(),
            asked_by=row.asked_by,
            problem=download.problem or "",
        )

    def _finish(self, window: Window, state: str, detail: str) -> str:
        with writing(self.engine) as connection:
            windows.mark_finished(connection, window, state, self.clock.now(), detail)
        return state


def making_seconds(state: ReportState) -> int:
    """Return how long Amazon took to make the report, rounded up; 0 where it does not say."""
    ended = state.processing_end_at or state.created_at
    return max(0, math.ceil((ended - state.created_at).total_seconds()))
