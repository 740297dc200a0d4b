"""A bench for the simulated Amazon: a hand-moved clock, a world of two sellers, and calls without a network."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from sellerwatch.simulator.amazon.state import AmazonSettings, AmazonState
from sellerwatch.simulator.app import build_app
from sellerwatch.simulator.ports import AdsAccess, Application, Rendered, ReportRequest, Seller

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
ADS = AdsAccess("ads-client", "ads-secret", "Atzr|ads-first", {US: "7001", CA: "7002"})
FURTHER = Application("client-2", "secret-2", "Atzr|first-by-client-2")
FIRST = Seller("A1FIRST", "First Shop", "client-1", "secret-1", "Atzr|first", (US, CA), ADS, (FURTHER,))
SECOND = Seller("A2SECOND", "Second Shop", "client-1", "secret-1", "Atzr|second", (US,))
REPORTS = "/reports/2021-06-30/reports"
QUERIES = "/dataKiosk/2023-11-15/queries"
ADS_REPORTS = "/reporting/reports"


@dataclass
class HandClock:
    instant: datetime = START

    def now(self) -> datetime:
        return self.instant

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float = 0, **parts: float) -> None:
        self.instant += timedelta(seconds=seconds, **parts)


@dataclass
class StubWorld:
    sellers: tuple[Seller, ...] = (FIRST, SECOND)
    documents: dict[str, Rendered] = field(default_factory=dict)
    asked: list[ReportRequest] = field(default_factory=list)

    def render(self, request: ReportRequest) -> Rendered:
        self.asked.append(request)
        return self.documents.get(request.report_type, Rendered("DONE", b"sku\tquantity\nA-1\t3\n"))


@dataclass
class Bench:
    clock: HandClock
    world: StubWorld
    app: Any
    token: str = ""
    ads_token: str = ""

    @property
    def amazon(self) -> AmazonState:
        return self.app.state.amazon

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://sim.test") as client:
                return await client.request(method, path, **options)

        return asyncio.run(once())

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.send(method, path, headers={"x-amz-access-token": self.token}, **options)

    def login(self, seller: Seller | Application = FIRST, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "refresh_token",
            "client_id": seller.client_id,
            "client_secret": seller.client_secret,
            "refresh_token": seller.refresh_token,
        }
        content = urlencode({name: value for name, value in (form | changes).items() if value != "-"})
        return self.send("POST", "/auth/o2/token", content=content)

    def enter(self, seller: Seller | Application = FIRST) -> None:
        self.token = self.login(seller).json()["access_token"]

    def create(self, report_type: str = "GET_SELLER_FEEDBACK_DATA", **body: Any) -> httpx.Response:
        return self.call("POST", REPORTS, json={"reportType": report_type, "marketplaceIds": [US], **body})

    def created(self, report_type: str = "GET_SELLER_FEEDBACK_DATA", **body: Any) -> str:
        return self.create(report_type, **body).json()["reportId"]

    def report(self, report_id: str) -> dict[str, Any]:
        return self.call("GET", f"{REPORTS}/{report_id}").json()

    def finished(self, report_type: str = "GET_SELLER_FEEDBACK_DATA", **body: Any) -> dict[str, Any]:
        report_id = self.created(report_type, **body)
        self.clock.advance(seconds=60)
        return self.report(report_id)

    def document(self, document_id: str) -> httpx.Response:
        return self.call("GET", f"/reports/2021-06-30/documents/{document_id}")

    def download(self, document_id: str) -> httpx.Response:
        return self.send("GET", self.document(document_id).json()["url"])

    def query(self, text: str, **body: Any) -> httpx.Response:
        return self.call("POST", QUERIES, json={"query": text, **body})

    def finished_query(self, text: str, **body: Any) -> dict[str, Any]:
        query_id = self.query(text, **body).json()["queryId"]
        self.clock.advance(seconds=60)
        return self.call("GET", f"{QUERIES}/{query_id}").json()

    def query_document(self, document_id: str) -> httpx.Response:
        url = self.call("GET", f"/dataKiosk/2023-11-15/documents/{document_id}").json()["documentUrl"]
        return self.send("GET", url)

    def enter_ads(self) -> None:
        form = {"client_id": ADS.client_id, "client_secret": ADS.client_secret, "refresh_token": ADS.refresh_token}
        self.ads_token = self.login(**form).json()["access_token"]

    def ads(self, method: str, path: str, *, profile: str = "7001", client: str = "ads-client", **options: Any):
        headers = {
            "Authorization": f"Bearer {self.ads_token}",
            "Amazon-Advertising-API-ClientId": client,
            "Amazon-Advertising-API-Scope": profile,
        }
        return self.send(method, path, headers=headers | options.pop("headers", {}), **options)

    def finished_ads(self, body: dict[str, Any]) -> dict[str, Any]:
        report_id = self.ads("POST", ADS_REPORTS, json=body).json()["reportId"]
        self.clock.advance(seconds=60)
        return self.ads("GET", f"{ADS_REPORTS}/{report_id}").json()

    def order_faults(self, *faults: dict[str, Any]) -> httpx.Response:
        return self.send("POST", "/_sim/amazon/faults", json=list(faults))

    def seen(self) -> dict[str, Any]:
        return self.send("GET", "/_sim/amazon").json()


def make_bench(settings: AmazonSettings | None = None) -> Bench:
    clock, world = HandClock(), StubWorld()
    app = build_app(world, clock, base_url="http://127.0.0.1:8099", settings=settings)
    return Bench(clock, world, app)


@pytest.fixture
def bench() -> Bench:
    ready = make_bench()
    ready.enter()
    return ready


@pytest.fixture
def bench_with():
    def make(**settings: Any) -> Bench:
        ready = make_bench(AmazonSettings(**settings))
        ready.enter()
        return ready

    return make
