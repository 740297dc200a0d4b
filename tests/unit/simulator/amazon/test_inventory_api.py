"""getInventorySummaries: what is asked, pages of fifty, and a token that lives half a minute. Not here: the figures."""

from __future__ import annotations

import json

import pytest

from sellerwatch.simulator.ports import Rendered

US = "ATVPDKIKX0DER"
PATH = "/fba/inventory/v1/summaries"
ASKED = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US}


def summary(number):
    changed = "2026-11-19T08:00:00Z" if number % 2 else "2026-11-20T07:00:00Z"
    return {"sellerSku": f"S-{number:03}", "lastUpdatedTime": changed, "inventoryDetails": {"fulfillableQuantity": number}}


@pytest.fixture
def stocked(bench):
    listed = json.dumps([summary(number) for number in range(120)]).encode()
    bench.world.documents["getInventorySummaries"] = Rendered("DONE", listed, "application/json")
    return bench


def ask(bench, **params):
    asked = {name: value for name, value in (ASKED | params).items() if value is not None}
    return bench.call("GET", PATH, params=asked)


def skus(answer):
    return [item["sellerSku"] for item in answer.json()["payload"]["inventorySummaries"]]


def next_token(answer):
    return answer.json()["pagination"]["nextToken"]


def test_summaries_come_in_pages_of_fifty_as_of_the_first_page(stocked):
    first = ask(stocked)
    stocked.clock.advance(seconds=30)
    second = ask(stocked, nextToken=next_token(first))
    third = ask(stocked, nextToken=next_token(second))

    assert [len(skus(page)) for page in (first, second, third)] == [50, 50, 20]
    assert skus(first) + skus(second) + skus(third) == [f"S-{number:03}" for number in range(120)]
    assert first.json()["payload"]["granularity"] == {"granularityType": "Marketplace", "granularityId": US}
    assert "pagination" not in third.json()
    assert len({request.now for request in stocked.world.asked}) == 1


def test_a_token_dies_after_thirty_seconds_and_opens_no_other_request(stocked):
    token = next_token(ask(stocked))

    assert ask(stocked, nextToken=token, details="true").status_code == 400
    stocked.clock.advance(seconds=31)
    assert ask(stocked, nextToken=token).status_code == 400
    assert ask(stocked, nextToken="nonsense").status_code == 400


def test_details_are_given_when_asked_for(stocked):
    plain = ask(stocked).json()["payload"]["inventorySummaries"][7]
    detailed = ask(stocked, details="true").json()["payload"]["inventorySummaries"][7]

    assert "inventoryDetails" not in plain
    assert detailed["inventoryDetails"] == {"fulfillableQuantity": 7}


def test_skus_are_picked_by_list_by_one_and_by_what_changed(stocked):
    assert skus(ask(stocked, sellerSkus="S-003,S-004", sellerSku="S-009")) == ["S-003", "S-004"]
    assert skus(ask(stocked, sellerSku="S-009")) == ["S-009"]
    stocked.clock.advance(seconds=1)
    changed = ask(stocked, startDateTime="2026-11-20T00:00:00Z", sellerSkus="S-003")
    assert skus(changed)[:3] == ["S-000", "S-002", "S-004"]


def test_what_the_client_adds_is_ignored(stocked):
    assert ask(stocked, MarketplaceId=US, MarketplaceIds=US).status_code == 200


@pytest.mark.parametrize(
    "params",
    [
        {"granularityType": None},
        {"granularityType": "FulfillmentCenter"},
        {"granularityId": None},
        {"granularityId": "A2EUQ1WTGCTBG2"},
        {"marketplaceIds": None},
        {"marketplaceIds": f"{US},A2EUQ1WTGCTBG2"},
        {"details": "perhaps"},
        {"sellerSkus": ",".join(f"S-{number}" for number in range(51))},
        {"startDateTime": "yesterday"},
        {"startDateTime": "2025-01-01T00:00:00Z"},
    ],
)
def test_a_request_that_is_not_allowed_is_refused(stocked, params):
    answer = ask(stocked, **params)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "InvalidInput"


def test_somebody_else_s_marketplace_is_forbidden(stocked):
    other = "A1PA6795UKMFR9"

    assert ask(stocked, granularityId=other, marketplaceIds=other).status_code == 403


def test_the_third_call_in_a_second_is_throttled(stocked):
    assert [ask(stocked).status_code for _ in range(3)] == [200, 200, 429]
    stocked.clock.advance(seconds=0.5)
    assert ask(stocked).status_code == 200


@pytest.mark.parametrize(("fault", "status"), [("html_500", 500), ("empty_503", 503), ("message_401", 401), ("throttle", 429)])
def test_calls_break_as_ordered(stocked, fault, status):
    stocked.order_faults({"fault": fault, "operation": "getInventorySummaries"})

    assert ask(stocked).status_code == status
