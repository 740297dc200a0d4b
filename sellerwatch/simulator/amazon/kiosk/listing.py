"""getQueries: filters, pages, and the token that must come back with the parameters it was given for."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sellerwatch.core.ids import fingerprint
from sellerwatch.simulator.amazon.answers import parse_instant, refuse_input
from sellerwatch.simulator.amazon.listing import DEFAULT_PAGE_SIZE, page_size, words
from sellerwatch.simulator.amazon.shelf import Place, Span
from sellerwatch.simulator.amazon.state import RETENTION, STATUSES, Query

UNBOUND = frozenset({"pageSize", "paginationToken"})
"""Parameters that may change from page to page."""

Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class QueryListing:
    """One question to getQueries; ``after`` is the last query of the page before."""

    statuses: tuple[str, ...]
    size: int
    since: datetime
    until: datetime
    asked: str
    after: Place | None

    @property
    def span(self) -> Span:
        """The instants between which its queries were made."""
        return Span(self.since, self.until, before=self.after)

    def accepts(self, status: str) -> bool:
        """Say whether queries of this status belong to the listing."""
        return not self.statuses or status in self.statuses


def parse_query_listing(parameters: Parameters, *, now: datetime, seller_id: str) -> QueryListing:
    """Read the parameters of getQueries.

    Raises:
        RefusedError: one is unknown to Amazon or out of its range, or the token was given for others.
    """
    asked = _fingerprint(parameters, seller_id)
    return QueryListing(
        statuses=words(parameters, "processingStatuses", STATUSES),
        size=page_size(parameters.get("pageSize", [str(DEFAULT_PAGE_SIZE)])[0]),
        since=_instant(parameters, "createdSince", now - RETENTION),
        until=_instant(parameters, "createdUntil", now),
        asked=asked,
        after=_after(parameters["paginationToken"][0], asked) if "paginationToken" in parameters else None,
    )


def _instant(parameters: Parameters, name: str, default: datetime) -> datetime:
    return parse_instant(parameters[name][0], name) if name in parameters else default


def _fingerprint(parameters: Parameters, seller_id: str) -> str:
    bound = sorted((name, ",".join(values)) for name, values in parameters.items() if name not in UNBOUND)
    return fingerprint("queries", seller_id, *(part for pair in bound for part in pair))


def next_page_token(listing: QueryListing, last: Query) -> str:
    """Return the token that continues the listing after the last query of its page."""
    content = {"asked": listing.asked, "after": [last.created_at.isoformat(), last.report_id]}
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _after(token: str, asked: str) -> tuple[datetime, str]:
    try:
        content = json.loads(base64.urlsafe_b64decode(token.encode()))
        created_at, query_id = content["after"]
        place = datetime.fromisoformat(created_at), str(query_id)
        is_same = content["asked"] == asked
    except (ValueError, KeyError, TypeError) as error:
        raise refuse_input("Invalid input", "paginationToken is not valid.") from error
    if not is_same:
        raise refuse_input("Invalid input", "paginationToken was given for other parameters.")
    return place
