"""getInventorySummaries: fifty SKUs a page, and a next token that lives half a minute and for the same request only."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sellerwatch.core.ids import fingerprint
from sellerwatch.simulator.amazon.answers import Answer, parse_instant, refuse_access, refuse_input
from sellerwatch.simulator.amazon.calls import Call
from sellerwatch.simulator.amazon.listing import ADDED_BY_CLIENTS, words
from sellerwatch.simulator.amazon.state import AmazonState
from sellerwatch.simulator.ports import ReportRequest

SUMMARIES = "getInventorySummaries"
PAGE_SIZE = 50
MOST_SKUS = 50
OLDEST_START = timedelta(days=548)
"""Eighteen months."""

FLAGS = {"true": True, "false": False}

Summary = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins, and the instant of the first, for which all pages are."""

    first: int
    as_of: datetime


def get_inventory_summaries(state: AmazonState, call: Call) -> Answer:
    """Return one page of a marketplace's inventory summaries, by SKU."""
    asked = {name: values for name, values in call.query.items() if name not in ADDED_BY_CLIENTS}
    marketplace_id = _marketplace(asked, call)
    wanted = _wanted(asked, state.clock.now())
    has_details = _flag(asked, "details")
    request_id = _fingerprint(asked, call)
    place = _place(state, asked, request_id)
    found = [item for item in _summaries(state, call, marketplace_id, place.as_of) if wanted(item)]
    after = place.first + PAGE_SIZE
    page = [item if has_details else _without_details(item) for item in found[place.first : after]]
    payload: dict[str, object] = {
        "payload": {
            "granularity": {"granularityType": "Marketplace", "granularityId": marketplace_id},
            "inventorySummaries": page,
        },
    }
    if len(found) > after:
        payload["pagination"] = {"nextToken": _token(state, request_id, _Place(after, place.as_of))}
    return Answer(200, payload)


def _marketplace(asked: Mapping[str, Sequence[str]], call: Call) -> str:
    if asked.get("granularityType") != ["Marketplace"]:
        raise refuse_input("granularityType must be Marketplace.")
    found = words(asked, "marketplaceIds", at_least=1, at_most=1)
    if asked.get("granularityId") != [found[0]]:
        raise refuse_input("granularityId must be the marketplace id.")
    if found[0] not in call.seller.marketplace_ids:
        raise refuse_access()
    return found[0]


def _wanted(asked: Mapping[str, Sequence[str]], now: datetime) -> _Wanted:
    """Return what keeps a summary: of startDateTime, sellerSkus and sellerSku the first that is given counts."""
    skus = words(asked, "sellerSkus", at_most=MOST_SKUS)
    if "startDateTime" in asked:
        since = parse_instant(asked["startDateTime"][0], "startDateTime")
        if since < now - OLDEST_START:
            raise refuse_input("startDateTime must not be more than 18 months ago.")
        return _Wanted(since=since)
    return _Wanted(skus=frozenset(skus or asked.get("sellerSku", ())))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which summaries are asked for; all of them when neither is said."""

    since: datetime | None = None
    skus: frozenset[str] = frozenset()

    def __call__(self, summary: Summary) -> bool:
        if self.since is not None:
            return datetime.fromisoformat(summary["lastUpdatedTime"]) >= self.since
        return not self.skus or summary["sellerSku"] in self.skus


def _flag(asked: Mapping[str, Sequence[str]], name: str) -> bool:
    text = asked.get(name, ["false"])[0].lower()
    if text not in FLAGS:
        raise refuse_input(f"{name} must be true or false, not {text}.")
    return FLAGS[text]


def _summaries(state: AmazonState, call: Call, marketplace_id: str, as_of: datetime) -> list[Summary]:
    request = ReportRequest(call.seller.seller_id, SUMMARIES, (marketplace_id,), None, None, {}, as_of)
    found: list[Summary] = json.loads(state.world.render(request).body)
    return found


def _without_details(summary: Summary) -> Summary:
    return {name: value for name, value in summary.items() if name != "inventoryDetails"}


def _fingerprint(asked: Mapping[str, Sequence[str]], call: Call) -> str:
    said = sorted((name, ",".join(values)) for name, values in asked.items() if name != "nextToken")
    return fingerprint("summaries", call.seller.seller_id, *(part for pair in said for part in pair))


def _token(state: AmazonState, request_id: str, place: _Place) -> str:
    content = {
        "request": request_id,
        "first": place.first,
        "as_of": place.as_of.isoformat(),
        "issued_at": state.clock.now().isoformat(),
    }
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _place(state: AmazonState, asked: Mapping[str, Sequence[str]], request_id: str) -> _Place:
    now = state.clock.now()
    if "nextToken" not in asked:
        return _Place(0, now)
    try:
        content = json.loads(base64.urlsafe_b64decode(asked["nextToken"][0].encode()))
        place = _Place(int(content["first"]), datetime.fromisoformat(content["as_of"]))
        issued_at, is_same = datetime.fromisoformat(content["issued_at"]), content["request"] == request_id
    except (ValueError, KeyError, TypeError) as error:
        raise refuse_input("nextToken is not valid.") from error
    if not is_same:
        raise refuse_input("nextToken was given for another request.")
    if now > issued_at + timedelta(seconds=state.settings.inventory_token_seconds):
        raise refuse_input("nextToken has expired.")
    return place
