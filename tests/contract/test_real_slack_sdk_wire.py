"""The real slack-sdk against the simulated Slack over TCP: the same answers, errors and broken connections as from Slack."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry import ConnectionErrorRetryHandler, FixedValueRetryIntervalCalculator
from starlette.applications import Starlette

from sellerwatch.simulator.slack.faults import Fault
from sellerwatch.simulator.slack.routes import slack_routes
from sellerwatch.simulator.slack.state import DEFAULT_TOKEN, REVOKED_TOKEN, SlackState

OPS = "C0OPSALERTS"


@dataclass
class TickingClock:
    """Two seconds later at every look, so that pacing is no part of these tests."""

    at: datetime = datetime(2025, 11, 13, 6, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(seconds=2)
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Running:
    application: Starlette
    address: str


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    application = Starlette()
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, log_level="warning", lifespan="off", ws="none", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield Running(application, f"http://127.0.0.1:{listener.getsockname()[1]}")
    running.should_exit = True
    thread.join(timeout=5)
    listener.close()


@pytest.fixture
def slack(server) -> SlackState:
    state = SlackState(TickingClock())
    server.application.router.routes[:] = slack_routes(state)
    return state


@pytest.fixture
def connect(server, slack):
    def client(**more: object) -> WebClient:
        arguments = {"token": DEFAULT_TOKEN, "timeout": 10, "retry_handlers": []} | more
        return WebClient(base_url=f"{server.address}/slack/api/", **arguments)

    return client


@pytest.fixture
def client(connect) -> WebClient:
    return connect()


def section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def metadata(key: str) -> dict[str, object]:
    return {"event_type": "alert", "event_payload": {"key": key}}


def test_a_message_lives_from_post_to_resolve(client, slack):
    root = client.chat_postMessage(channel=OPS, text="Cover 2.8", blocks=[section("*Cover* 2.8")], metadata=metadata("k1"))
    client.chat_update(
        channel=OPS, ts=root["ts"], text="Resolved", blocks=[section("Resolved")], parse="none", link_names=False
    )
    client.chat_postMessage(channel=OPS, text="Resolved", thread_ts=root["ts"], reply_broadcast=True, metadata=metadata("k2"))

    history = client.conversations_history(channel=OPS, include_all_metadata=True, oldest="0", limit=100)
    thread = client.conversations_replies(channel=OPS, ts=root["ts"], include_all_metadata=True)

    assert [message["metadata"]["event_payload"]["key"] for message in history["messages"]] == ["k2", "k1"]
    assert [message["text"] for message in thread["messages"]] == ["Resolved", "Resolved"]
    assert "metadata" not in client.conversations_history(channel=OPS)["messages"][0]
    slack.journal.assert_only(posts=1, updates=1, replies=1, reads=3)


def test_the_client_walks_pages_by_cursor(client):
    for number in range(5):
        client.chat_postMessage(channel=OPS, text=f"m{number}")

    pages = client.conversations_history(channel=OPS, limit=2)

    assert [[message["text"] for message in page["messages"]] for page in pages] == [["m4", "m3"], ["m2", "m1"], ["m0"]]
    assert len([channel for page in client.conversations_list(limit=2) for channel in page["channels"]]) == 6


def test_who_and_where_can_be_looked_up(client):
    assert client.auth_test()["bot_id"] == "B0SIMBOT01"
    assert client.users_lookupByEmail(email="supply@example.com")["user"]["id"] == "U0SUPPLY01"
    assert client.conversations_info(channel=OPS)["channel"]["name"] == "ops-alerts"


def test_a_message_can_be_deleted(client, slack):
    ts = client.chat_postMessage(channel=OPS, text="extra")["ts"]

    client.chat_delete(channel=OPS, ts=ts)

    slack.journal.assert_only(posts=1, deletes=1)


def test_a_picture_is_uploaded_and_then_shown_in_a_block(client, slack):
    uploaded = client.files_upload_v2(filename="trend.png", content=b"\x89PNG picture", title="Trend", alt_txt="Units a day")
    file_id = uploaded["file"]["id"]
    assert client.files_info(file=file_id)["file"]["mimetype"] == "image/png"

    client.chat_postMessage(
        channel=OPS,
        text="Trend",
        blocks=[{"type": "image", "alt_text": "Units a day", "slack_file": {"id": file_id}}],
    )

    slack.journal.assert_only(posts=1, uploads=1)


def test_a_failed_upload_says_so(client, slack):
    slack.faults.arm(Fault("http_500_before", method="upload"))

    with pytest.raises((SlackRequestError, OSError)):
        client.files_upload_v2(filename="trend.png", content=b"picture")

    assert slack.journal.counts()["uploads"] == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "a"}, "channel_not_found"),
        ({"channel": "C0ARCHIVED", "text": "a"}, "is_archived"),
        ({"channel": "C0NOTMEMBER", "text": "a"}, "not_in_channel"),
        ({"channel": OPS, "text": "a", "blocks": [section("x" * 3001)]}, "invalid_blocks"),
        ({"channel": OPS, "text": "a", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"channel": OPS, "text": "a", "thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
def test_refusals_arrive_as_the_clients_own_error(client, arguments, error):
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(**arguments)

    assert caught.value.response["error"] == error


@pytest.mark.parametrize(
    ("token", "error"), [("", "not_authed"), ("xoxb-else", "invalid_auth"), (REVOKED_TOKEN, "token_revoked")]
)
def test_a_wrong_token_is_refused(connect, token, error):
    with pytest.raises(SlackApiError) as caught:
        connect(token=token).auth_test()

    assert caught.value.response["error"] == error


def test_a_rate_limit_arrives_with_its_header(client, slack):
    slack.faults.arm(Fault("ratelimited", method="chat.postMessage", retry_after=7))

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=OPS, text="a")

    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert caught.value.response["error"] == "ratelimited"


BROKEN = [
    ("reset_before", ConnectionResetError, 0),
    ("reset_after_accept", ConnectionResetError, 1),
    ("close_before", http.client.RemoteDisconnected, 0),
    ("close_after_accept", http.client.RemoteDisconnected, 1),
    ("half_body", http.client.IncompleteRead, 1),
    ("http_500_before", SlackApiError, 0),
    ("http_500_after_accept", SlackApiError, 1),
    ("html_200", SlackApiError, 0),
    ("internal_error", SlackApiError, 0),
]


@pytest.mark.parametrize(("fault", "raised", "messages"), BROKEN)
def test_every_kind_of_broken_answer_reaches_the_client(client, slack, fault, raised, messages):
    slack.faults.arm(Fault(fault))

    with pytest.raises(raised) as caught:
        client.chat_postMessage(channel=OPS, text="a")

    assert type(caught.value) is raised
    assert len(slack.channels[OPS].messages) == messages
    assert client.chat_postMessage(channel=OPS, text="b")["ok"] is True


@pytest.mark.parametrize("fault", ["slow_accept", "late_accept"])
def test_a_timeout_leaves_the_message_standing(connect, slack, fault):
    slack.faults.arm(Fault(fault, seconds=0.1))

    with pytest.raises(TimeoutError):
        connect(timeout=0.04).chat_postMessage(channel=OPS, text="a")

    for _ in range(100):
        if slack.channels[OPS].messages:
            break
        time.sleep(0.02)
    slack.journal.assert_only(posts=1)


def test_a_client_that_repeats_after_a_reset_posts_twice_and_is_caught(connect, slack):
    slack.faults.arm(Fault("reset_after_accept"))
    repeating = ConnectionErrorRetryHandler(interval_calculator=FixedValueRetryIntervalCalculator(fixed_internal=0.01))

    connect(retry_handlers=[repeating]).chat_postMessage(channel=OPS, text="a", metadata=metadata("k1"))

    with pytest.raises(AssertionError, match="duplicate_key"):
        slack.journal.assert_only(posts=1)
