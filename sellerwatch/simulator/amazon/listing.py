"""getReports: filters, pages, and the token that leads to the next page."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sellerwatch.simulator.amazon.answers import instant_text, parse_instant, refuse_input
from sellerwatch.simulator.amazon.report_types import REPORT_TYPES
from sellerwatch.simulator.amazon.shelf import Place, Span
from sellerwatch.simulator.amazon.state import RETENTION, STATUSES, Report

PAGE_SIZES = range(1, 101)
DEFAULT_PAGE_SIZE = 10
MOST_TYPES = 10
MOST_MARKETPLACES = 10
ADDED_BY_CLIENTS = frozenset({"MarketplaceId", "MarketplaceIds", "marketplace_ids"})
"""Parameters Amazon has never heard of, which the Python client sends all the same."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One question to getReports; ``after`` is the last report of the page before."""

    report_types: tuple[str, ...]
    statuses: tuple[str, ...]
    marketplace_ids: tuple[str, ...]
    page_size: int
    since: datetime
    until: datetime
    after: Place | None = None

    @property
    def span(self) -> Span:
        """The instants between which its reports were made."""
        return Span(self.since, self.until, before=self.after)

    def covers(self, report: Report) -> bool:
        """Say whether a report of the span and the types belongs to the listing if its status does."""
        return not self.marketplace_ids or not set(self.marketplace_ids).isdisjoint(report.order.marketplace_ids)

    def accepts(self, status: str) -> bool:
        """Say whether reports of this status belong to the listing."""
        return not self.statuses or status in self.statuses


def parse_listing(query: Mapping[str, Sequence[str]], *, now: datetime, seller_id: str) -> Listing:
    """Read the parameters of getReports.

    Raises:
        RefusedError: a parameter is missing, unknown to Amazon, out of its range, or stands beside nextToken.
    """
    known = {name: values for name, values in query.items() if name not in ADDED_BY_CLIENTS}
    if "nextToken" in known:
        if len(known) > 1:
            raise refuse_input("nextToken must be the only parameter.")
        return _from_token(known["nextToken"][0], seller_id)
    since = parse_instant(known["createdSince"][0], "createdSince") if "createdSince" in known else now - RETENTION
    if since < now - RETENTION:
        raise refuse_input(f"RequestedFromDate {instant_text(since)} is more than 90 days old.")
    return Listing(
        report_types=words(known, "reportTypes", tuple(REPORT_TYPES), at_least=1, at_most=MOST_TYPES),
        statuses=words(known, "processingStatuses", STATUSES),
        marketplace_ids=words(known, "marketplaceIds", at_most=MOST_MARKETPLACES),
        page_size=page_size(known.get("pageSize", [str(DEFAULT_PAGE_SIZE)])[0]),
        since=since,
        until=parse_instant(known["createdUntil"][0], "createdUntil") if "createdUntil" in known else now,
    )


def words(
    query: Mapping[str, Sequence[str]],
    name: str,
    allowed: Sequence[str] = (),
    *,
    at_least: int = 0,
    at_most: int = 100,
) -> tuple[str, ...]:
    """Return a parameter's values, given once with commas or several times.

    Raises:
        RefusedError: there are too few or too many, or one is not allowed.
    """
    found = tuple(word for value in query.get(name, ()) for word in value.split(",") if word)
    if not at_least <= len(found) <= at_most:
        raise refuse_input(f"{name} takes {at_least} to {at_most} values, not {len(found)}.")
    unknown = [word for word in found if allowed and word not in allowed]
    if unknown:
        raise refuse_input(f"{name} has an invalid value: {unknown[0]}.")
    return found


def page_size(text: str) -> int:
    """Read the size of a page.

    Raises:
        RefusedError: Amazon has no pages of this size.
    """
    if not text.isdecimal() or int(text) not in PAGE_SIZES:
        raise refuse_input(f"pageSize takes {PAGE_SIZES[0]} to {PAGE_SIZES[-1]}, not {text}.")
    return int(text)


def next_token(listing: Listing, last: Report, *, seller_id: str) -> str:
    """Return the token that continues this listing after the last report of its page."""
    content = {
        "seller": seller_id,
        "types": listing.report_types,
        "statuses": listing.statuses,
        "marketplaces": listing.marketplace_ids,
        "size": listing.page_size,
        "since": listing.since.isoformat(),
        "until": listing.until.isoformat(),
        "after": [last.created_at.isoformat(), last.report_id],
    }
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _from_token(token: str, seller_id: str) -> Listing:
    try:
        content = json.loads(base64.urlsafe_b64decode(token.encode()))
        is_own = content["seller"] == seller_id
        after_at, after_id = content["after"]
        listing = Listing(
            report_types=tuple(content["types"]),
            statuses=tuple(content["statuses"]),
            marketplace_ids=tuple(content["marketplaces"]),
            page_size=int(content["size"]),
            since=datetime.fromisoformat(content["since"]),
            until=datetime.fromisoformat(content["until"]),
            after=(datetime.fromisoformat(after_at), str(after_id)),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise refuse_input("nextToken is not valid.") from error
    if not is_own:
        raise refuse_input("nextToken is not valid.")
    return listing
