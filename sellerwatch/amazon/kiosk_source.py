"""Data Kiosk as a source of documents: a query is a report, and all its pages are one document."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sellerwatch.amazon.download import Download
from sellerwatch.amazon.errors import OutcomeUnknown
from sellerwatch.amazon.kiosk_api import CREATE, DOCUMENT, GET, KioskApi, KioskQuery, is_same_query
from sellerwatch.amazon.kiosk_pages import join
from sellerwatch.amazon.lifecycle import fetch_report_document, poll
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.amazon.source import Steps, Wish, document_id_of
from sellerwatch.core.errors import PermanentError, RetryableError

PAGE_PATIENCE: Final = timedelta(hours=2)
"""How long one further page may take."""

MAX_PAGES: Final = 200
MAX_ASKS: Final = 3
LISTING_LAG: Final = timedelta(minutes=1)
"""How long a query that Amazon may have taken gets to appear in its list."""

CLOCK_MARGIN: Final = timedelta(minutes=1)
"""How much earlier than our clock Amazon's may have stamped a page that we asked for.

Short, because the pages of a fetch that was killed a moment ago look the same.
"""

PAGES_COME_WITHIN: Final = timedelta(days=1)
"""How long after the first page of a result its last one may be asked for."""

_ENDED_BADLY: Final = frozenset({"CANCELLED", "FATAL"})


class KioskSource:
    """The Data Kiosk queries of one seller in one region; the query's own text names the marketplaces."""

    steps: Final = Steps(ask=CREATE.name, look=GET.name, fetch=DOCUMENT.name)

    def __init__(self, api: KioskApi, *, page_patience: timedelta = PAGE_PATIENCE) -> None:
        self.api = api
        self._page_patience = page_patience
        self._following: dict[str, str] = {}

    def log_in(self) -> None:
        """Fetch the access token now."""
        self.api.log_in()

    def ask(self, wish: Wish) -> str:
        """Ask for the wish's query to be run; return its id.

        Raises:
            OutcomeUnknown: it may or may not have been asked for.
        """
        if not wish.query:
            message = f"a wish of Data Kiosk needs the text of its query: {wish.report_type}"
            raise ValueError(message)
        return self.api.create_query(wish.query)

    def state(self, report_id: str) -> ReportState:
        """Return the query's present state."""
        return self.api.get_report(report_id)

    def find(self, wish: Wish, *, since: datetime) -> list[ReportState]:
        """Return the queries of the same text that were asked for since then, newest first.

        A further page is a query of the same text too, and Amazon does not tell it from a first one. It can only be made
        after a query that has a further page, so from there on nothing is taken for a first page: asking once more costs
        a call, taking a part for the whole would cost the data.
        """
        made = [
            query
            for query in self.api.list_queries(created_since=since - PAGES_COME_WITHIN)
            if is_same_query(query.text, wish.query)
        ]
        firsts: list[ReportState] = []
        for query in sorted(made, key=lambda query: query.state.created_at):
            firsts.append(query.state)
            if query.next_page:
                break
        return [state for state in reversed(firsts) if state.created_at >= since]

    def fetch(self, state: ReportState, into: Path) -> Download:
        """Download the query's document into the folder; further pages are asked for, waited for and joined to it.

        Raises:
            ReportStillRunning: a further page takes longer than it may. Fetch again later: the page is not lost.
            RetryableError: no download came through, or a further page came to nothing.
            PermanentError: a document is gone, refused or too large, or the disk is full.
        """
        pages = [self._fetch_page(state, into)]
        whole = pages[0]
        try:
            if state.status == "DONE" and (query := self.api.get_query(state.report_id)).next_page:
                self._fetch_further(query, into, pages)
                whole = join(pages, into, clock=self.api.clock)
        except BaseException:
            _remove({page.path for page in pages})
            raise
        _remove({page.path for page in pages} - {whole.path})
        return whole

    def close(self) -> None:
        """Close every socket of the connection; other sources that share it cannot be used afterwards."""
        self.api.close()

    def _fetch_page(self, state: ReportState, into: Path) -> Download:
        return fetch_report_document(self.api, document_id_of(state), into)

    def _fetch_further(self, query: KioskQuery, into: Path, pages: list[Download]) -> None:
        """Add the document of each further page; a page without one has no rows."""
        known = [query.state.report_id]
        while query.next_page:
            if len(known) >= MAX_PAGES:
                raise PermanentError(
                    f"the result has more than {MAX_PAGES} pages", where=f"query {known[0]}", remedy="Ask for fewer days"
                )
            query = self._following_page(query, query.next_page, known)
            known.append(query.state.report_id)
            if query.state.document_id is not None:
                pages.append(self._fetch_page(query.state, into))

    def _following_page(self, query: KioskQuery, token: str, known: Collection[str]) -> KioskQuery:
        """Return the query of the next page when Amazon has finished it; one asked for before is waited for, not asked anew."""
        before = query.state.report_id
        query_id = self._following.get(before)
        if query_id is None:
            query_id = self._following[before] = self._ask_page(query.text, token, known)
        deadline = self.api.clock.now() + self._page_patience
        state = poll(self.api, query_id, clock=self.api.clock, deadline=deadline)
        if state.status in _ENDED_BADLY:
            del self._following[before]
            raise RetryableError(
                f"page {len(known) + 1} of the result ended {state.status}",
                where=f"query {query_id} {state.report_type}",
                remedy="The next run asks for it again",
            )
        return self.api.get_query(query_id)

    def _ask_page(self, text: str, token: str, known: Collection[str]) -> str:
        """Ask for a page; when no answer tells whether Amazon took the request, look for it before asking again."""
        for _ in range(MAX_ASKS - 1):
            asked_at = self.api.clock.now()
            try:
                return self.api.create_query(text, page=token)
            except OutcomeUnknown:
                self.api.clock.sleep(LISTING_LAG.total_seconds())
            if found := self._find_page(text, asked_at, known):
                return found
        return self.api.create_query(text, page=token)

    def _find_page(self, text: str, asked_at: datetime, known: Collection[str]) -> str | None:
        """Return the only query of this text made since then that is none of the pages before it; of several none is certain."""
        states = (
            query.state
            for query in self.api.list_queries(created_since=asked_at - CLOCK_MARGIN)
            if is_same_query(query.text, text)
        )
        made = [state for state in states if state.report_id not in known and state.status not in _ENDED_BADLY]
        return made[0].report_id if len(made) == 1 else None


def _remove(paths: Collection[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
