"""The FBA Inventory API as a source of documents: it answers at once, page by page, and the pages are one document.

The document is JSON Lines: each page's answer as Amazon sent it, one a line. Amazon writes an answer on one line. Should it
ever break one, each line break becomes a space: inside a JSON string none can stand, so nothing that is said changes, and
numbers and escapes keep their spelling, which reading and writing the JSON anew would not promise.
"""

from __future__ import annotations

import codecs
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sellerwatch.amazon.calls import Calls, Operation, next_page_token, where_of
from sellerwatch.amazon.download import Download, checked
from sellerwatch.amazon.errors import AccessTokenExpired
from sellerwatch.amazon.inbox import Sink, disk_faults, keep
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.amazon.source import Steps, Wish, document_id_of
from sellerwatch.core.errors import PermanentError, RetryableError
from sellerwatch.core.marketplaces import BY_CODE, Marketplace

if TYPE_CHECKING:
    from sellerwatch.amazon.sp_client import InventoryClient

SUMMARIES = Operation("getInventorySummaries", key="inventorySummaries", kind=list)
REPORT_TYPE: Final = "getInventorySummaries"
CONTENT_TYPE: Final = "application/json"

MAX_WALKS: Final = 3
"""How often the pages are walked through from the first one: the token of the next page lives 30 seconds."""

STALE_AFTER: Final = timedelta(hours=2)
"""So long after it was asked for, the stock of the moment is another one than was wished for."""

_ID_TIME: Final = "%Y%m%dT%H%M%S.%fZ"
_LINE_BREAKS: Final = bytes.maketrans(b"\r\n", b"  ")
_log = logging.getLogger(__name__)


class _TokenDied(Exception):  # noqa: N818  # never leaves this module: it says to start over
    """Amazon refuses a page after the first one."""

    def __init__(self, error: PermanentError) -> None:
        super().__init__(error.what)
        self.error = error


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an id of ours stands for: whose stock, and when it was asked for."""

    marketplace: Marketplace
    asked_at: datetime


class InventorySource:
    """The stock of one seller in one region, as it is at the moment of the download."""

    steps: Final = Steps(ask="", look="", fetch=SUMMARIES.name)

    def __init__(self, client: InventoryClient, calls: Calls) -> None:
        self._client = client
        self._calls = calls

    def log_in(self) -> None:
        """Fetch the access token now."""
        self._calls.log_in()

    def ask(self, wish: Wish) -> str:
        """Return an id made of the marketplace and the time; nothing is sent."""
        return f"{wish.marketplace.code}-{self._calls.clock.now().astimezone(UTC).strftime(_ID_TIME)}"

    def state(self, report_id: str) -> ReportState:
        """Return that it is done; one that was left lying for hours has failed, since it would show another stock.

        Raises:
            PermanentError: the id is none that `ask` made.
        """
        wanted, now = _read_id(report_id), self._calls.clock.now()
        is_stale = now - wanted.asked_at > STALE_AFTER
        return ReportState(
            report_id=report_id,
            report_type=REPORT_TYPE,
            status="FATAL" if is_stale else "DONE",
            created_at=wanted.asked_at,
            marketplace_ids=(wanted.marketplace.id,),
            document_id=None if is_stale else report_id,
            processing_end_at=now,
            reason="the stock of the moment it was asked for can no longer be had" if is_stale else "",
        )

    def find(self, wish: Wish, *, since: datetime) -> tuple[ReportState, ...]:
        """Return nothing: Amazon keeps no list, and asking again costs nothing."""
        del wish, since
        return ()

    def fetch(self, state: ReportState, into: Path) -> Download:
        """Download the stock, all pages at once, into one file of the folder.

        Raises:
            RetryableError: Amazon did not answer, or the pages did not come in time.
            PermanentError: Amazon refuses the request, or the disk is full.
        """
        place = _read_id(document_id_of(state)).marketplace
        with disk_faults(into):
            stored, _ = keep(into, lambda sink: self._walk_patiently(place, sink))
            whole = checked(stored, None, clock=self._calls.clock)
        return replace(whole, content_type=CONTENT_TYPE)

    def close(self) -> None:
        """Close every socket of the connection; other sources that share it cannot be used afterwards."""
        self._client.close()

    def _walk_patiently(self, place: Marketplace, sink: Sink) -> None:
        """Write all pages; from the first one again when the token of a page has died."""
        for _ in range(MAX_WALKS):
            sink.start_over()
            try:
                return self._walk(place, sink)
            except _TokenDied as death:
                refusal = death.error
                _log.info("a page came too late, starting over: %s", refusal)
        raise RetryableError(
            f"a page was refused in each of {MAX_WALKS} walks: {refusal.what}",
            where=refusal.where,
            remedy="Run it again; the token of the next page lives 30 seconds",
        )

    def _walk(self, place: Marketplace, sink: Sink) -> None:
        for body in self._pages(place):
            sink.write(body.removeprefix(codecs.BOM_UTF8).translate(_LINE_BREAKS) + b"\n")

    def _pages(self, place: Marketplace) -> Iterator[bytes]:
        where = where_of(SUMMARIES, place.code)
        token: str | None = None
        seen: set[str] = set()
        while True:
            response = self._page(place, token)
            yield _body_of(response)
            token = next_page_token(response.pagination, where=where)
            if token is None:
                return
            if token in seen:
                raise RetryableError("Amazon sent the same nextToken twice", where=where, remedy="Run it again")
            seen.add(token)

    def _page(self, place: Marketplace, token: str | None) -> Any:  # noqa: ANN401  # the client's answer has no type
        # Everything is named on every page: what is left out, the client fills with its own marketplace.
        wish: Mapping[str, object] = {
            "granularityType": "Marketplace",
            "granularityId": place.id,
            "marketplaceIds": place.id,
            "details": "true",
        } | ({"nextToken": token} if token else {})
        try:
            return self._calls.call(
                SUMMARIES, lambda: self._client.get_inventory_summary_marketplace(**wish), subject=place.code
            )
        except AccessTokenExpired:
            raise
        except PermanentError as error:
            if token is None:
                raise
            refusal = _TokenDied(error)
        raise refusal


def _read_id(report_id: str) -> _Wanted:
    code, _, text = report_id.partition("-")
    try:
        return _Wanted(BY_CODE[code], datetime.strptime(text, _ID_TIME).replace(tzinfo=UTC))
    except (KeyError, ValueError):
        raise PermanentError(
            "not an id of an inventory that was asked for here", where=report_id[:80], remedy="Ask for it anew"
        ) from None


def _body_of(response: Any) -> bytes:  # noqa: ANN401  # the client's answer has no type
    """Return the bytes of the answer.

    Raises:
        RetryableError: they are not UTF-8, so that a line break is not known by its byte.
    """
    body: bytes = response.body
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return body
    raise RetryableError(
        "Amazon's answer is not UTF-8", where=where_of(SUMMARIES), remedy="Check the host if it keeps happening"
    )
