"""The Reports API as a source of documents, and the list of the reports that Amazon makes unasked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sellerwatch.amazon.download import Download
from sellerwatch.amazon.lifecycle import fetch_report_document
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.amazon.reports_api import CREATE, DOCUMENT, GET, AmazonReports
from sellerwatch.amazon.source import Steps, Wish, document_id_of
from sellerwatch.core.marketplaces import Marketplace

LIST_DEPTH: Final = timedelta(days=90) - timedelta(hours=1)
"""How far back Amazon lists: 90 days. It refuses to list further, and the request takes its time too."""

MARKETPLACES_A_LIST: Final = 10


class ReportsSource:
    """The reports of one seller in one region; each wish names its marketplace."""

    steps: Final = Steps(ask=CREATE.name, look=GET.name, fetch=DOCUMENT.name)

    def __init__(self, api: AmazonReports) -> None:
        self.api = api

    def log_in(self) -> None:
        """Fetch the access token now."""
        self.api.log_in()

    def ask(self, wish: Wish) -> str:
        """Ask for a report; return its id.

        Raises:
            OutcomeUnknown: it may or may not have been asked for.
        """
        return self.api.create_report(
            wish.report_type, [wish.marketplace.id], data_start=wish.start, data_end=wish.end, options=wish.options
        )

    def state(self, report_id: str) -> ReportState:
        """Return the report's present state."""
        return self.api.get_report(report_id)

    def find(self, wish: Wish, *, since: datetime) -> Iterator[ReportState]:
        """Yield the reports of this type, this marketplace alone and this period, newest first.

        Amazon does not list a report's options: of two wishes that differ in nothing else, the caller has to know whose a
        report is.
        """
        listed = self.api.list_reports([wish.report_type], created_since=since, marketplace_ids=[wish.marketplace.id])
        return (state for state in listed if _is_for(state, wish))

    def listed(self, report_type: str, marketplaces: Sequence[Marketplace], *, since: datetime) -> Iterator[ReportState]:
        """Yield the finished reports of a type that Amazon makes unasked, such as settlements; each once.

        Args:
            report_type: Amazon's name of it.
            marketplaces: reports that cover at least one of them.
            since: no report made before; one older than 90 days is no longer listed.
        """
        since, seen = max(since, self.api.clock.now() - LIST_DEPTH), set()
        for start in range(0, len(marketplaces), MARKETPLACES_A_LIST):
            ids = [place.id for place in marketplaces[start : start + MARKETPLACES_A_LIST]]
            for state in self.api.list_reports([report_type], created_since=since, marketplace_ids=ids, statuses=["DONE"]):
                if state.report_id not in seen:
                    seen.add(state.report_id)
                    yield state

    def fetch(self, state: ReportState, into: Path) -> Download:
        """Download the report's document into the folder.

        Raises:
            RetryableError: no download came through.
            PermanentError: the document is gone, refused or too large, or the disk is full.
        """
        return fetch_report_document(self.api, document_id_of(state), into)

    def close(self) -> None:
        """Close every socket of the connection; other sources that share it cannot be used afterwards."""
        self.api.close()


def _is_for(state: ReportState, wish: Wish) -> bool:
    """Tell whether the report is the one that was wished for; the dates of a report of the present say nothing."""
    return (
        state.report_type == wish.report_type
        and state.marketplace_ids == (wish.marketplace.id,)
        and (wish.start is None or state.data_start == wish.start)
        and (wish.end is None or state.data_end == wish.end)
    )
