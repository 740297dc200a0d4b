"""Every answer of the simulated SP-API fits Amazon's models, when it goes well and when it does not; the real client reads them."""

from __future__ import annotations

import asyncio
import json
import types
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx
import pytest
from jsonschema import validate
from sp_api.api import DataKiosk, Inventories
from sp_api.auth import AccessTokenClient
from sp_api.base import SellingApiRequestThrottledException

from sellerwatch.simulator.amazon.routes import ROUTES
from sellerwatch.simulator.amazon.state import AmazonSettings
from sellerwatch.simulator.app import build_app
from sellerwatch.simulator.server import Simulator
from sellerwatch.simulator.world.sellers import ALPINE
from tests.contract.amazon_models import ANSWERS, ERRORS

DE = "A1PA6795UKMFR9"
SECONDS = 60
BODIES = ("createReport", "createQuery")
WITHOUT_BODY = {"cancelReport": 200, "cancelQuery": 204}


class HandClock:
    def __init__(self):
        self.instant = datetime(2026, 11, 17, 4, 30, tzinfo=UTC)

    def now(self):
        return self.instant

    def sleep(self, seconds):
        self.advance(seconds)

    def advance(self, seconds):
        self.instant += timedelta(seconds=seconds)


def economics(day="2026-11-10", selected="msku sales { unitsOrdered }"):
    arguments = f'startDate: "{day}", endDate: "{day}", marketplaceIds: ["{DE}"]'
    return f"query {{ analytics_economics_2024_03_15 {{ economics({arguments}) {{ {selected} }} }} }}"


class Caller:
    """Calls operations by name and holds every answer against its model."""

    def __init__(self, world):
        self.clock = HandClock()
        self.app = build_app(world, self.clock, settings=AmazonSettings(limits={}, query_rows=20))
        form = {
            "grant_type": "refresh_token",
            "client_id": ALPINE.client_id,
            "client_secret": ALPINE.client_secret,
            "refresh_token": ALPINE.refresh_token,
        }
        self.token = self.send("POST", "/auth/o2/token", content=urlencode(form)).json()["access_token"]

    def send(self, method, path, **options):
        async def once():
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://sim.test") as client:
                return await client.request(method, path, **options)

        return asyncio.run(once())

    def call(self, operation, path_id="", **said):
        method, path = ROUTES[operation]
        options = {"json": said} if operation in BODIES else {"params": said}
        headers = {"x-amz-access-token": self.token}
        answer = self.send(method, path.replace("{path_id}", path_id), headers=headers, **options)
        if answer.status_code >= 400:
            validate(answer.json(), ERRORS)
        elif operation in WITHOUT_BODY:
            assert (answer.status_code, answer.content) == (WITHOUT_BODY[operation], b"")
        else:
            validate(answer.json(), ANSWERS[operation])
        return answer

    def finished(self, make, look, key, **said):
        made = self.call(make, **said).json()[key]
        self.call(look, made)
        self.clock.advance(SECONDS / 2)
        self.call(look, made)
        self.clock.advance(SECONDS / 2)
        return self.call(look, made).json()


@pytest.fixture
def caller(demo_world):
    return Caller(demo_world)


def test_the_reports_api_answers_as_its_model_says(caller):
    order = {"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": [DE]}
    report = caller.finished("createReport", "getReport", "reportId", **order)
    caller.call("getReportDocument", report["reportDocumentId"])
    caller.call("cancelReport", caller.call("createReport", **order).json()["reportId"])
    listed = caller.call("getReports", reportTypes=order["reportType"], pageSize=1).json()

    caller.call("getReports", nextToken=listed["nextToken"])
    refused = [
        caller.call("createReport", reportType="NONSENSE"),
        caller.call("getReport", "1"),
        caller.call("getReports"),
        caller.call("getReportDocument", "1"),
        caller.call("cancelReport", report["reportId"]),
    ]
    assert [answer.status_code for answer in refused] == [400, 404, 400, 404, 400]


def test_data_kiosk_answers_as_its_model_says(caller):
    first = caller.finished("createQuery", "getQuery", "queryId", query=economics())
    caller.call("getDocument", first["dataDocumentId"])
    token = first["pagination"]["nextToken"]
    second = caller.finished("createQuery", "getQuery", "queryId", query=economics(), paginationToken=token)
    failed = caller.finished("createQuery", "getQuery", "queryId", query=economics("2020-01-01"))
    caller.call("getDocument", failed["errorDocumentId"])
    empty = caller.finished("createQuery", "getQuery", "queryId", query=economics("2026-11-17"))
    caller.call("cancelQuery", caller.call("createQuery", query=economics()).json()["queryId"])
    listed = caller.call("getQueries", pageSize=3).json()

    caller.call("getQueries", paginationToken=listed["pagination"]["nextToken"])
    assert first["dataDocumentId"] != second["dataDocumentId"]
    assert not {"dataDocumentId", "errorDocumentId"} & set(empty)
    refused = [
        caller.call("createQuery", query="{ nonsense }"),
        caller.call("getQuery", "1"),
        caller.call("getQueries", pageSize=0),
        caller.call("getDocument", "1"),
        caller.call("cancelQuery", first["queryId"]),
    ]
    assert [answer.status_code for answer in refused] == [400, 404, 400, 404, 400]


def test_the_inventory_api_answers_as_its_model_says(caller):
    asked = {"granularityType": "Marketplace", "granularityId": DE, "marketplaceIds": DE}
    plain = caller.call("getInventorySummaries", **asked).json()

    detailed = caller.call("getInventorySummaries", **asked, details="true").json()

    assert "inventoryDetails" not in plain["payload"]["inventorySummaries"][0]
    assert set(detailed["payload"]["inventorySummaries"][0]["inventoryDetails"]) > {"fulfillableQuantity"}
    refused = caller.call("getInventorySummaries")
    foreign = caller.call("getInventorySummaries", **asked | {"granularityId": "1", "marketplaceIds": "1"})
    assert [refused.status_code, foreign.status_code] == [400, 403]


def test_every_operation_has_a_model_and_every_model_an_operation():
    assert {*ANSWERS, *WITHOUT_BODY} == set(ROUTES)


class OwnWorld:
    """The demo world with a consent nobody else has: the client keeps access tokens by it, across tests."""

    def __init__(self, world):
        self.render = world.render
        self.sellers = (replace(ALPINE, refresh_token=f"Atzr|{uuid.uuid4()}"),)


@pytest.fixture
def connect(demo_world):
    """Give real clients of the simulated German account, on a clock moved by hand."""
    with Simulator(OwnWorld(demo_world), HandClock()) as simulator:
        opened = []

        def make(kind):
            tokens = type("LocalTokens", (AccessTokenClient,), {"scheme": "http://", "host": simulator.base_url[7:]})
            place = types.SimpleNamespace(endpoint=simulator.base_url, marketplace_id=DE, region="eu-west-1", name="DE")
            credentials = {
                "refresh_token": simulator.world.sellers[0].refresh_token,
                "lwa_app_id": ALPINE.client_id,
                "lwa_client_secret": ALPINE.client_secret,
            }
            client = kind(marketplace=place, credentials=credentials, auth_token_client_class=tokens, timeout=5)
            opened.append(client)
            return client, simulator

        yield make
        for client in opened:
            client.close()
            client._auth._transport.close()


def test_the_real_client_asks_data_kiosk_and_reads_the_rows(connect):
    client, simulator = connect(DataKiosk)
    query_id = client.create_query(economics()).payload["queryId"]
    simulator.time.clock.advance(SECONDS)
    query = client.get_query(query_id).payload

    url = client.get_document(query["dataDocumentId"], download=False).payload["documentUrl"]

    rows = [json.loads(line) for line in httpx.get(url).text.splitlines()]
    assert {tuple(row) for row in rows} == {("msku", "sales")}
    assert [item["queryId"] for item in client.get_queries().payload["queries"]] == [query_id]
    second = client.create_query(economics()).payload["queryId"]
    client.cancel_query(second)
    assert client.get_query(second).payload["processingStatus"] == "CANCELLED"


def test_the_real_client_reads_the_inventory_page_by_page_and_is_throttled_at_the_third_call(connect):
    client, simulator = connect(Inventories)

    first = client.get_inventory_summary_marketplace(details=True)
    rest = client.get_inventory_summary_marketplace(details=True, nextToken=first.pagination["nextToken"])

    pages = [first.payload["inventorySummaries"], rest.payload["inventorySummaries"]]
    skus = [item["sellerSku"] for page in pages for item in page]
    assert (len(pages[0]), sorted(skus)) == (50, list(dict.fromkeys(skus)))
    assert not rest.pagination
    with pytest.raises(SellingApiRequestThrottledException):
        client.get_inventory_summary_marketplace()
    simulator.time.clock.advance(1)
    picked = client.get_inventory_summary_marketplace(sellerSkus=[skus[0]]).payload
    assert [item["sellerSku"] for item in picked["inventorySummaries"]] == [skus[0]]
