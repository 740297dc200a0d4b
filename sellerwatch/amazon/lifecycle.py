"""The report's way from asked-for to bytes on disk: when to look at it, and fetching its document while the link is fresh."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import httpx

from sellerwatch.amazon.download import DEFAULT_LIMITS, Download, DownloadLimits, download
from sellerwatch.amazon.errors import LinkExpired
from sellerwatch.amazon.report_state import DocumentLink, ReportState
from sellerwatch.amazon.retries import Retries
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import RetryableError

POLL_SECONDS: Final = (15.0, 15.0, 30.0, 60.0, 60.0, 120.0, 300.0)
"""Pause after each look at a report; the last one goes on. Most reports take one to five minutes, some hours."""

LOOK_MARGIN_SECONDS: Final = 1.0
LATE_SHARE: Final = 0.25
"""How much of the usual time a report that is late gets before it is looked at again; doubled with each look."""

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


def look_after(looks: int, usual_seconds: float | None) -> float:
    """Return the seconds to wait after ``looks`` looks at a report, before the first one as well.

    Once it is known how long Amazon usually takes, the first look comes just then, and the next ones ever later: a report
    costs one look on most nights.

    Args:
        looks: how often it has been looked at.
        usual_seconds: how long reports of the type have taken; None where that is not known.
    """
    if usual_seconds is None:
        return next_poll_delay(looks + 1)
    if looks == 0:
        return usual_seconds + LOOK_MARGIN_SECONDS
    return min(max(usual_seconds * LATE_SHARE * 2.0 ** min(looks - 1, 16), POLL_SECONDS[0]), POLL_SECONDS[-1])


def fetch_report_document(api: Reports, document_id: str, into: Path, *, limits: DownloadLimits = DEFAULT_LIMITS) -> Download:
    """Ask for a document's link and download it at once.

    Links open for five minutes, so they are never kept. Each costs a token of a quota of one a minute, so a download that
    broke off is first tried again on the same link.

    Raises:
        LinkExpired: the link had expired when it was used; call again for a fresh one.
        RetryableError: no download came through.
        PermanentError: the document is gone, refused or too large, or the disk is full.
        ConfigError: the directory cannot be written to.
    """
    return _download_patiently(api, api.get_document(document_id), into, limits)


def _download_patiently(api: Reports, link: DocumentLink, into: Path, limits: DownloadLimits) -> Download:
    for attempt in range(1, TRIES_PER_LINK.attempts):
        try:
            return download(link, into, http=api.http, clock=api.clock, limits=limits)
        except LinkExpired:
            raise
        except RetryableError:
            api.clock.sleep(TRIES_PER_LINK.delay_seconds(attempt, link.document_id))
    return download(link, into, http=api.http, clock=api.clock, limits=limits)
