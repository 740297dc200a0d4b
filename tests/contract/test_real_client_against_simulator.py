"""The real python-amazon-sp-api against the simulated Amazon over HTTP. Not here: what our own code makes of the answers.

The client keeps access tokens in a cache of the process, by refresh token: every test has a seller of its own.
"""

from __future__ import annotations

import gzip
import socket
import threading
import types
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sp_api.api import Reports
from sp_api.auth import AccessTokenClient
from sp_api.auth.exceptions import AuthorizationError
from sp_api.base import (
    SellingApiBadRequestException,
    SellingApiForbiddenException,
    SellingApiNotFoundException,
    SellingApiRequestThrottledException,
)

from sellerwatch.core.clock import ScaledClock
from sellerwatch.core.errors import ConfigError
from sellerwatch.simulator.ports import Rendered, Seller
from sellerwatch.simulator.server import Simulator, serve

US = "ATVPDKIKX0DER"
FEEDBACK = "GET_SELLER_FEEDBACK_DATA"
NO_ANSWER = (httpx.RemoteProtocolError, httpx.ReadError)
"""How a connection that the other side cut shows itself: it depends on which of two packets is read first."""

DOCUMENT = "sku\tname\n" + "A-1\tGröße\n" * 200


@dataclass
class HandClock:
    instant: datetime = datetime(2026, 11, 20, 8, tzinfo=UTC)

    def now(self):
        return self.instant

    def sleep(self, seconds):
        self.advance(seconds)

    def advance(self, seconds):
        self.instant += timedelta(seconds=seconds)


@dataclass
class StubWorld:
    sellers: tuple[Seller, ...]
    asked: list = field(default_factory=list)

    def render(self, request):
        self.asked.append(request)
        return Rendered("DONE", DOCUMENT.encode("cp1252"), "text/plain;charset=Cp1252")


def a_seller():
    return Seller("A1SHOP", "A Shop", "client", "secret", f"Atzr|{uuid.uuid4()}", (US,))


@pytest.fixture
def simulator():
    with Simulator(StubWorld((a_seller(),)), HandClock()) as running:
        yield running


@pytest.fixture
def connect(simulator):
    """Give the real client, pointed at the simulator by its two public arguments."""
    opened = []

    def make(**credentials):
        seller = simulator.world.sellers[0]
        tokens = type("LocalTokens", (AccessTokenClient,), {"scheme": "http://", "host": simulator.base_url[7:]})
        place = types.SimpleNamespace(endpoint=simulator.base_url, marketplace_id=US, region="us-east-1", name="US")
        known = {
            "refresh_token": seller.refresh_token,
            "lwa_app_id": seller.client_id,
            "lwa_client_secret": seller.client_secret,
        }
        client = Reports(marketplace=place, credentials=known | credentials, auth_token_client_class=tokens, timeout=5)
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()
        client._auth._transport.close()


def order_faults(simulator, *faults):
    httpx.post(f"{simulator.base_url}/_sim/amazon/faults", json=list(faults)).raise_for_status()


def finished(simulator, client, **order):
    created = client.create_report(reportType=FEEDBACK, marketplaceIds=[US], **order)
    simulator.time.clock.advance(60)
    return client.get_report(created.payload["reportId"]).payload


def test_a_report_is_created_polled_and_downloaded(simulator, connect):
    client = connect()

    created = client.create_report(reportType=FEEDBACK, marketplaceIds=[US], dataStartTime="2026-11-19T00:00:00Z")
    waiting = client.get_report(created.payload["reportId"])
    simulator.time.clock.advance(60)
    done = client.get_report(created.payload["reportId"])
    described = client.get_report_document(done.payload["reportDocumentId"])
    with httpx.stream("GET", described.payload["url"]) as answer:
        raw = b"".join(answer.iter_raw())

    assert waiting.payload["processingStatus"] == "IN_QUEUE"
    assert done.payload["processingStatus"] == "DONE"
    assert described.payload["compressionAlgorithm"] == "GZIP"
    assert answer.headers["content-type"] == "text/plain;charset=Cp1252"
    assert gzip.decompress(raw).decode("cp1252") == DOCUMENT


def test_the_clients_own_download_works_too(simulator, connect):
    client = connect()

    document_id = finished(simulator, client)["reportDocumentId"]

    assert client.get_report_document(document_id, download=True).payload["document"] == DOCUMENT


def test_the_clients_aware_datetimes_and_enums_are_understood(simulator, connect):
    start = datetime(2026, 11, 18, tzinfo=UTC)

    finished(simulator, connect(), dataStartTime=start, reportOptions={"custom": "true"})

    (request,) = simulator.world.asked
    assert (request.data_start, request.options) == (start, {"custom": "true"})


def test_an_order_without_marketplaces_gets_the_clients_own(simulator, connect):
    assert connect().create_report(reportType=FEEDBACK).payload["reportId"].isdecimal()


def test_reports_are_listed_page_by_page(simulator, connect):
    client = connect()
    made = [finished(simulator, client)["reportId"] for _ in range(3)]

    first = client.get_reports(reportTypes=[FEEDBACK], processingStatuses=["DONE"], pageSize=2, marketplaceIds=[US])
    second = client.get_reports(nextToken=first.next_token)

    assert [report["reportId"] for page in (first, second) for report in page.payload["reports"]] == made[::-1]
    assert second.next_token is None


def test_the_junk_parameters_of_a_list_without_marketplaces_are_tolerated(simulator, connect):
    client = connect()
    report_id = finished(simulator, client)["reportId"]

    assert [report["reportId"] for report in client.get_reports(reportTypes=[FEEDBACK]).payload["reports"]] == [report_id]


def test_a_waiting_report_is_cancelled(simulator, connect):
    client = connect()
    report_id = client.create_report(reportType=FEEDBACK, marketplaceIds=[US]).payload["reportId"]

    client.cancel_report(report_id)

    assert client.get_report(report_id).payload["processingStatus"] == "CANCELLED"


def test_refusals_become_the_clients_exceptions(simulator, connect):
    client = connect()

    with pytest.raises(SellingApiBadRequestException) as bad:
        client.create_report(reportType="GET_NO_SUCH_REPORT", marketplaceIds=[US])
    with pytest.raises(SellingApiForbiddenException):
        client.create_report(reportType=FEEDBACK, marketplaceIds=["A1F83G8C2ARO7P"])
    with pytest.raises(SellingApiNotFoundException):
        client.get_report("1")
    assert bad.value.amzn_code == "InvalidInput"
    assert bad.value.headers["x-amzn-RateLimit-Limit"] == "0.0167"


def test_the_sixteenth_report_at_once_is_throttled(simulator, connect):
    client = connect()
    for _ in range(15):
        client.create_report(reportType=FEEDBACK, marketplaceIds=[US])

    with pytest.raises(SellingApiRequestThrottledException) as throttled:
        client.create_report(reportType=FEEDBACK, marketplaceIds=[US])

    assert throttled.value.amzn_code == "QuotaExceeded"
    assert "x-amzn-RateLimit-Limit" not in throttled.value.headers


def test_an_access_token_expires_by_simulated_time(simulator, connect):
    client = connect()
    client.create_report(reportType=FEEDBACK, marketplaceIds=[US])
    simulator.time.clock.advance(3600)

    with pytest.raises(SellingApiForbiddenException) as denied:
        client.create_report(reportType=FEEDBACK, marketplaceIds=[US])

    assert denied.value.error[0]["details"] == "The access token you provided has expired."


@pytest.mark.parametrize(
    ("credentials", "status", "code"),
    [({"lwa_client_secret": "wrong"}, 401, "invalid_client"), ({"refresh_token": "Atzr|unknown"}, 400, "invalid_grant")],
)
def test_wrong_credentials_open_nothing(simulator, connect, credentials, status, code):
    with pytest.raises(AuthorizationError) as refused:
        connect(**credentials).get_report("1")

    assert (refused.value.status_code, refused.value.error_code) == (status, code)


@pytest.mark.parametrize(
    ("fault", "payload"), [("html_500", {}), ("empty_503", {}), ("message_401", {"message": "Unauthorized"})]
)
def test_a_broken_gateway_looks_like_success_to_the_client(simulator, connect, fault, payload):
    order_faults(simulator, {"fault": fault, "operation": "createReport"})

    answer = connect().create_report(reportType=FEEDBACK, marketplaceIds=[US])

    assert answer.payload == payload


def test_a_dropped_connection_did_nothing_and_a_lost_answer_did_it_all(simulator, connect):
    client = connect()

    order_faults(simulator, {"fault": "drop_connection", "operation": "createReport"})
    with pytest.raises(NO_ANSWER):
        client.create_report(reportType=FEEDBACK, marketplaceIds=[US])
    assert len(simulator.amazon.reports) == 0

    order_faults(simulator, {"fault": "lost_answer", "operation": "createReport"})
    with pytest.raises(NO_ANSWER):
        client.create_report(reportType=FEEDBACK, marketplaceIds=[US])
    assert len(simulator.amazon.reports) == 1


def test_a_slow_answer_runs_into_the_clients_timeout_and_does_not_hold_up_others(simulator, connect):
    order_faults(simulator, {"fault": "slow", "operation": "token", "seconds": 30})

    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{simulator.base_url}/auth/o2/token", timeout=0.05)

    assert httpx.get(f"{simulator.base_url}/_sim/clock").status_code == 200


def test_the_clock_jumps_while_the_server_runs(simulator):
    text = str(ScaledClock(datetime(2020, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 0.000001))

    httpx.put(f"{simulator.base_url}/_sim/clock", content=text).raise_for_status()

    assert simulator.time.now().year == 2027


def test_the_simulator_leaves_no_thread_and_no_open_port_behind():
    threads = threading.active_count()
    with Simulator(StubWorld((a_seller(),)), HandClock()) as running:
        port = int(running.base_url.rpartition(":")[2])
        httpx.get(f"{running.base_url}/_sim/clock")

    assert threading.active_count() == threads
    with Simulator(StubWorld((a_seller(),)), HandClock(), port=port) as again:
        assert again.base_url.endswith(f":{port}")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/_sim/clock")
    with pytest.raises(ConfigError, match="not running"):
        _ = running.base_url


def test_a_port_in_use_is_a_message_that_says_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(ConfigError, match="choose another port") as refused,
            Simulator(StubWorld(()), HandClock(), port=port),
        ):
            pass

    assert str(port) in str(refused.value)


@pytest.mark.parametrize(("place", "said"), [({"host": "192.0.2.1"}, "127.0.0.1"), ({"port": 70_000}, "65535")])
def test_only_this_machine_is_served(place, said):
    with pytest.raises(ConfigError, match=said), Simulator(StubWorld(()), HandClock(), **place):
        pass


def test_a_server_that_cannot_start_is_not_waited_for(monkeypatch):
    async def fail(server, sockets=None):
        server.should_exit = True

    monkeypatch.setattr("sellerwatch.simulator.server._Server.startup", fail)

    with pytest.raises(ConfigError, match="did not start"), Simulator(StubWorld(()), HandClock()):
        pass


def test_serving_in_the_foreground_ends_when_told_and_on_ctrl_c():
    seen = []

    def ask_then_stop(running):
        seen.append(httpx.get(f"{running.base_url}/_sim/clock").status_code)
        stop.set()

    def press_ctrl_c(running):
        seen.append(running.base_url)
        raise KeyboardInterrupt

    stop = threading.Event()
    serve(Simulator(StubWorld(()), HandClock()), on_ready=ask_then_stop, stop=stop)
    serve(Simulator(StubWorld(()), HandClock()), on_ready=press_ctrl_c)

    assert seen[0] == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(seen[1])


def test_amazon_and_slack_answer_on_one_port_at_one_time(simulator):
    token = {"authorization": "Bearer xoxb-sim-0001"}
    answer = httpx.post(f"{simulator.base_url}/slack/api/auth.test", headers=token)

    assert answer.json()["ok"] is True
    assert simulator.slack.clock is simulator.time
