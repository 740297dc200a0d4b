"""The report's way from asked-for to bytes on disk: waiting for it, and fetching its document while the link is fresh."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import httpx

from sellerwatch.amazon.download import DEFAULT_LIMITS, Download, DownloadLimits, download
from sellerwatch.amazon.errors import LinkExpired, ReportStillRunning
from sellerwatch.amazon.report_state import DocumentLink, ReportState
from sellerwatch.amazon.retries import Retries
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import RetryableError

POLL_SECONDS: Final = (15.0, 15.0, 30.0, 60.0, 60.0, 120.0, 300.0)
"""Pause after each look at a report; the last one goes on. Most reports take one to five minutes, some hours."""

MAX_LINKS: Final = 3
TRIES_PER_LINK: Final = Retries(attempts=2)


class Reports(Protocol):
    """The part of the Reports API a report's life needs."""

    http: httpx.Client
    clock: Clock

    def get_report(self, report_id: str) -> ReportState:
        """Return the report's present state."""
        ...

    def get_document(self, document_id: str) -> DocumentLink:
        """Return a fresh link to a document."""
        ...


def next_poll_delay(attempt: int, schedule: tuple[float, ...] = POLL_SECONDS) -> float:
    """Return the seconds to wait after look number ``attempt``, counted from 1."""
    return schedule[min(max(attempt, 1), len(schedule)) - 1]


def poll(
    api: Reports, report_id: str, *, clock: Clock, deadline: datetime, schedule: tuple[float, ...] = POLL_SECONDS
) -> ReportState:
    """Look at one report, at once and then ever less often, until its status is final.

    Raises:
        ReportStillRunning: it is not final at the deadline. That is no failure of the report: some take a day.
    """
    started_at, attempt = clock.now(), 1
    while not (state := api.get_report(report_id)).is_final:
        remaining = (deadline - clock.now()).total_seconds()
        if remaining <= 0:
            raise _still_running(state, waited=clock.now() - started_at)
        clock.sleep(min(remaining, next_poll_delay(attempt, schedule)))
        attempt += 1
    return state


def fetch_report_document(api: Reports, document_id: str, into: Path, *, limits: DownloadLimits = DEFAULT_LIMITS) -> Download:
    """Ask for a document's link and download it at once; an expired link is asked for again, a few times.

    Links open for five minutes, so they are never kept. Each costs a token of a quota of one a minute, so a download that
    broke off is first tried again on the same link.

    Raises:
        RetryableError: no download came through.
        PermanentError: the document is gone, refused or too large, or the disk is full.
        ConfigError: the directory cannot be written to.
    """
    for _ in range(MAX_LINKS):
        link = api.get_document(document_id)
        try:
            return _download_patiently(api, link, into, limits)
        except LinkExpired:
            continue
    raise LinkExpired(
        f"{MAX_LINKS} links in a row had expired when they were used",
        where=f"document {document_id}",
        remedy="Check this machine's clock and its way to the document store",
    )


def _download_patiently(api: Reports, link: DocumentLink, into: Path, limits: DownloadLimits) -> Download:
    for attempt in range(1, TRIES_PER_LINK.attempts):
        try:
            return download(link, into, http=api.http, clock=api.clock, limits=limits)
        except LinkExpired:
            raise
        except RetryableError:
            api.clock.sleep(TRIES_PER_LINK.delay_seconds(attempt, link.document_id))
    return download(link, into, http=api.http, clock=api.clock, limits=limits)


def _still_running(state: ReportState, *, waited: timedelta) -> ReportStillRunning:
    return ReportStillRunning(
        f"still {state.status} after {waited.total_seconds() / 60:.0f} min",
        where=f"report {state.report_id} {state.report_type}",
        remedy="Poll the same id again later; do not ask for the report anew",
    )
