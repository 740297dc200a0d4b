"""Data Kiosk as a source of documents: a query is a report, and all its pages are one document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sellerwatch.amazon.download import Download
from sellerwatch.amazon.errors import OutcomeUnknown, ReportStillRunning
from sellerwatch.amazon.kiosk_api import CREATE, DOCUMENT, GET, KioskApi, KioskQuery, is_same_query
from sellerwatch.amazon.kiosk_pages import join
from sellerwatch.amazon.lifecycle import fetch_report_document
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.amazon.source import Steps, Wish, document_id_of
from sellerwatch.core.errors import PermanentError, RetryableError

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


@dataclass(slots=True)
class _Result:
    """How far the pages of one result have been fetched; ``known`` are their queries."""

    pages: list[Download] = field(default_factory=list)
    newest: KioskQuery | None = None
    known: list[str] = field(default_factory=list)
    asks: int = 0
    asked_at: datetime | None = None

    def remove(self, but: Path | None = None) -> None:
        """Remove the files of the pages."""
        for path in {page.path for page in self.pages} - {but}:
            path.unlink(missing_ok=True)


class KioskSource:
    """The Data Kiosk queries of one seller in one region; the query's own text names the marketplaces."""

    steps: Final = Steps(ask=CREATE.name, look=GET.name, fetch=DOCUMENT.name)

    def __init__(self, api: KioskApi) -> None:
        self.api = api
        self._results: dict[str, _Result] = {}
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
        """Download the query's document into the folder, with its further pages, which Amazon makes one after another.

        It never waits for a page: called again later it goes on where it was.

        Raises:
            ReportStillRunning: a further page is not made yet.
            RetryableError: no download came through, or a further page came to nothing.
            PermanentError: a document is gone, refused or too large, or the disk is full.
        """
        result = self._results.setdefault(state.report_id, _Result(known=[state.report_id]))
        try:
            self._go_on(result, state, into)
            whole = join(result.pages, into, clock=self.api.clock) if len(result.pages) > 1 else result.pages[0]
        except RetryableError:
            raise
        except BaseException:
            self._results.pop(state.report_id).remove()
            raise
        self._results.pop(state.report_id).remove(but=whole.path)
        return whole

    def close(self) -> None:
        """Close every socket of the connection, which other sources may share, and remove pages without the rest of their result."""
        for result in self._results.values():
            result.remove()
        self._results.clear()
        self.api.close()

    def _go_on(self, result: _Result, state: ReportState, into: Path) -> None:
        """Fetch what is there of the result; return when that is all."""
        if not result.pages:
            result.pages.append(self._fetch_page(state, into))
        if state.status != "DONE":
            return
        if result.newest is None:
            result.newest = self.api.get_query(state.report_id)
        while result.newest.next_page:
            result.newest = self._next_page(result, result.newest, into)

    def _fetch_page(self, state: ReportState, into: Path) -> Download:
        return fetch_report_document(self.api, document_id_of(state), into)

    def _next_page(self, result: _Result, query: KioskQuery, into: Path) -> KioskQuery:
        """Return the query of the page that follows, with its document added; a page without one has no rows."""
        if len(result.known) >= MAX_PAGES:
            raise PermanentError(
                f"the result has more than {MAX_PAGES} pages", where=f"query {result.known[0]}", remedy="Ask for fewer days"
            )
        before = result.known[-1]
        query_id = self._following.get(before)
        if query_id is None:
            query_id = self._following[before] = self._ask_page(result, query)
        page = self.api.get_query(query_id)
        self._require_made(result, page)
        if page.state.document_id is not None:
            result.pages.append(self._fetch_page(page.state, into))
        result.known.append(query_id)
        result.asks, result.asked_at = 0, None
        return page

    def _require_made(self, result: _Result, page: KioskQuery) -> None:
        """Raise when Amazon has not made the page; one that came to nothing is asked for again."""
        state, number = page.state, len(result.known) + 1
        if not state.is_final:
            raise ReportStillRunning(
                f"page {number} of the result is still {state.status}",
                where=f"query {state.report_id} {state.report_type}",
                remedy="Fetch the result again later; the page is not asked for anew",
            )
        if state.status in _ENDED_BADLY:
            del self._following[result.known[-1]]
            raise RetryableError(
                f"page {number} of the result ended {state.status}",
                where=f"query {state.report_id} {state.report_type}",
                remedy="Fetched again, it is asked for again",
            )

    def _ask_page(self, result: _Result, query: KioskQuery) -> str:
        """Ask for the page that follows; where no answer told whether Amazon took the request, look for it before asking again."""
        assert query.next_page is not None  # noqa: S101 - the caller has looked
        if result.asked_at is not None and (found := self._find_page(query.text, result)):
            return found
        asked_at, result.asks = self.api.clock.now(), result.asks + 1
        try:
            return self.api.create_query(query.text, page=query.next_page)
        except OutcomeUnknown as unknown:
            if result.asks >= MAX_ASKS:
                result.asks, result.asked_at = 0, None
                raise
            result.asked_at = asked_at
            raise ReportStillRunning(unknown.what, where=f"query {result.known[0]}", remedy="Fetch it again later") from unknown

    def _find_page(self, text: str, result: _Result) -> str | None:
        """Return the only query of this text made since the page was asked for; of several none is certain.

        Raises:
            ReportStillRunning: it is too early; Amazon's list lags.
        """
        assert result.asked_at is not None  # noqa: S101 - the caller has looked
        if self.api.clock.now() < result.asked_at + LISTING_LAG:
            raise ReportStillRunning(
                "a page may have been asked for", where=f"query {result.known[0]}", remedy="Look for it later"
            )
        states = (
            query.state
            for query in self.api.list_queries(created_since=result.asked_at - CLOCK_MARGIN)
            if is_same_query(query.text, text)
        )
        made = [state for state in states if state.report_id not in result.known and state.status not in _ENDED_BADLY]
        return made[0].report_id if len(made) == 1 else None
