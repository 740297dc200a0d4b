"""The simulated Slack over HTTP: how calls are read, and what the control endpoints offer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.applications import Starlette

from sellerwatch.simulator.slack.faults import FAULTS
from sellerwatch.simulator.slack.routes import slack_routes
from sellerwatch.simulator.slack.state import DEFAULT_APP_TOKEN, DEFAULT_TOKEN, SlackState

OPS = "C0OPSALERTS"
BEARER = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}
POST = "/slack/api/chat.postMessage"


@dataclass
class HandClock:
    at: datetime = datetime(2025, 11, 13, 6, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def slack() -> SlackState:
    return SlackState(HandClock())


@pytest.fixture
def send(slack):
    """Send one HTTP request to the application, without a network, two seconds after the one before."""
    application = Starlette(routes=slack_routes(slack))

    def request(verb: str, path: str, **more: object) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(application)
            async with httpx.AsyncClient(transport=transport, base_url="http://slack.test") as client:
                return await client.request(verb, path, **more)

        slack.clock.sleep(2)
        return asyncio.run(once())

    return request


@pytest.mark.parametrize(
    "more",
    [
        {"json": {"channel": OPS, "text": "hello"}, "headers": BEARER},
        {"data": {"channel": OPS, "text": "hello"}, "headers": BEARER},
        {"data": {"channel": OPS, "text": "hello", "token": DEFAULT_TOKEN}},
        {"params": {"channel": OPS, "text": "hello", "token": DEFAULT_TOKEN}},
    ],
)
def test_calls_come_as_json_form_or_query(send, slack, more):
    assert send("POST", POST, **more).json()["ok"] is True
    assert slack.journal.entries[0].arguments == {"channel": OPS, "text": "hello"}


def test_reading_works_with_get(send):
    response = send("GET", "/slack/api/users.lookupByEmail", params={"email": "ops@example.com"}, headers=BEARER)

    assert response.json()["user"]["real_name"] == "Operations"


def test_a_token_inside_json_does_not_count(send):
    assert send("POST", POST, json={"channel": OPS, "text": "a", "token": DEFAULT_TOKEN}).json()["error"] == "not_authed"


@pytest.mark.parametrize(
    ("content", "content_type", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json; charset=utf-8", "json_not_object"),
        (b"a=b", "text/csv", "invalid_post_type"),
        (b"a=b", "", "missing_post_type"),
    ],
)
def test_a_body_slack_does_not_take_is_refused_and_unexpected(send, slack, content, content_type, error):
    headers = BEARER | ({"Content-Type": content_type} if content_type else {})

    assert send("POST", POST, content=content, headers=headers).json() == {"ok": False, "error": error}
    assert [finding.reason for finding in slack.journal.entries[0].unexpected] == ["malformed_call"]


def test_a_rate_limit_is_told_in_the_header(send, slack):
    send("POST", "/_sim/slack/faults", json={"fault": "ratelimited", "retry_after": 7})

    response = send("POST", POST, json={"channel": OPS, "text": "a"}, headers=BEARER)

    assert (response.status_code, response.headers["Retry-After"], response.json()["error"]) == (429, "7", "ratelimited")


def test_a_file_goes_to_the_address_that_was_given(send, slack):
    ticket = send(
        "POST", "/slack/api/files.getUploadURLExternal", data={"filename": "a.csv", "length": "3"}, headers=BEARER
    ).json()

    response = send("POST", ticket["upload_url"], content=b"abc")

    assert (response.status_code, response.text) == (200, "OK - 3")
    assert send("POST", "/slack/upload/F9", content=b"abc").status_code == 404
    assert slack.files[ticket["file_id"]].body == b"abc"


def test_an_upload_can_be_made_to_fail(send, slack):
    send("POST", "/_sim/slack/faults", json={"fault": "http_500_before", "method": "upload"})

    response = send("POST", "/slack/upload/F9", content=b"abc")

    assert (response.status_code, response.headers["content-type"]) == (500, "text/html; charset=utf-8")


@pytest.mark.parametrize("fault", ["slow_accept", "late_accept"])
def test_an_answer_can_be_late(send, slack, fault):
    send("POST", "/_sim/slack/faults", json={"fault": fault, "seconds": 0.01})

    assert send("POST", POST, json={"channel": OPS, "text": "a"}, headers=BEARER).json()["ok"] is True
    slack.journal.assert_only(posts=1)


@pytest.mark.parametrize("fault", ["reset_before", "close_after_accept", "half_body"])
def test_without_a_network_a_broken_connection_is_an_exception(send, fault):
    send("POST", "/_sim/slack/faults", json={"fault": fault})

    with pytest.raises(ConnectionResetError):
        send("POST", POST, json={"channel": OPS, "text": "a"}, headers=BEARER)


def test_the_journal_is_shown_and_cleared(send):
    send("POST", POST, json={"channel": OPS, "text": "a"}, headers=BEARER)

    assert send("GET", "/_sim/slack/journal").json()["summary"]["posts"] == 1
    assert send("DELETE", "/_sim/slack/journal").json() == {"ok": True}
    assert send("GET", "/_sim/slack/journal").json()["calls"] == []


def test_messages_are_shown_as_they_stand(send):
    root = send("POST", POST, json={"channel": OPS, "text": "root"}, headers=BEARER).json()["ts"]
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "Cover 2.8 days"}}]
    send("POST", "/slack/api/chat.update", json={"channel": OPS, "ts": root, "text": "new", "blocks": blocks}, headers=BEARER)
    send("POST", "/_sim/slack/messages", json={"channel": OPS, "user": "U0OPS00001", "text": "on it", "thread_ts": root})

    (message,) = send("GET", "/_sim/slack/messages").json()["channels"][OPS]["messages"]

    assert (message["text"], message["rendered"], message["revision"]) == ("new", ["Cover 2.8 days"], 1)
    assert [(reply["user"], reply["text"]) for reply in message["replies"]] == [("U0OPS00001", "on it")]


def test_a_person_can_delete_a_message(send, slack):
    ts = send("POST", POST, json={"channel": OPS, "text": "root"}, headers=BEARER).json()["ts"]

    assert send("DELETE", f"/_sim/slack/messages/{OPS}/{ts}").json() == {"ok": True}
    assert slack.channels[OPS].messages == {}


def test_faults_are_armed_shown_and_disarmed(send):
    armed = send("POST", "/_sim/slack/faults", json={"fault": "is_archived", "method": "chat.postMessage", "times": 2}).json()
    waiting = [{"fault": "is_archived", "method": "chat.postMessage", "channel": None, "times": 2, "after": 0}]

    assert armed == {"ok": True, "faults": waiting}
    assert send("GET", "/_sim/slack/faults").json()["faults"] == waiting
    assert send("DELETE", "/_sim/slack/faults").json()["faults"] == []


def test_an_unknown_fault_is_refused_with_all_known_ones(send):
    response = send("POST", "/_sim/slack/faults", json={"fault": "flood"})

    assert response.status_code == 400
    assert all(name in response.json()["error"] for name in FAULTS)


def test_what_is_expected_can_be_declared(send, slack):
    declared = send("POST", "/_sim/slack/expect", json={"posts": 0, "allow": ["control_sequence"]}).json()
    assert declared == {"ok": True, "declared": {"posts": 0}, "allowed": ["control_sequence"]}

    send("POST", POST, json={"channel": OPS, "text": "<!channel>"}, headers=BEARER)

    (finding,) = send("GET", "/_sim/slack/journal").json()["unexpected"]
    assert (finding["reason"], finding["detail"]) == ("not_declared", "posts: 1 of 0")


@pytest.mark.parametrize(
    ("verb", "path", "more"),
    [
        ("POST", "/_sim/slack/expect", {"json": {"posts": "2"}}),
        ("POST", "/_sim/slack/expect", {"json": {"allow": "control_sequence"}}),
        ("POST", "/_sim/slack/expect", {"content": b"{"}),
        ("POST", "/_sim/slack/faults", {"json": []}),
        ("POST", "/_sim/slack/messages", {"json": {"channel": "C0NOWHERE", "user": "U0OPS00001"}}),
        ("POST", "/_sim/slack/messages", {"json": {"channel": OPS, "user": "U1"}}),
        ("DELETE", f"/_sim/slack/messages/{OPS}/1.000001", {}),
    ],
)
def test_a_control_request_that_makes_no_sense_is_refused(send, verb, path, more):
    response = send(verb, path, **more)

    assert response.status_code == 400
    assert response.json()["ok"] is False


BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "k:1"}


@pytest.fixture
def with_button(send):
    """Post a message with a button; return its ts."""
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    sent = send("POST", POST, json={"channel": OPS, "text": "hello", "blocks": blocks}, headers=BEARER)
    return sent.json()["ts"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "no app is connected"),
        ({"channel": "C0NOWHERE"}, "unknown channel 'C0NOWHERE'"),
        ({"ts": "1.0"}, "unknown message '1.0'"),
        ({"user": "U0NOBODY"}, "unknown user 'U0NOBODY'"),
        ({"action": "stop"}, "unknown button 'stop'"),
        ({"times": 0}, "times is '0'"),
    ],
)
def test_a_press_that_cannot_be_made_is_refused_with_the_reason(send, with_button, changed, said):
    answer = send("POST", "/_sim/slack/press", json={"channel": OPS, "ts": with_button, "action": "go", **changed})

    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_a_way_to_disconnect_that_does_not_exist_is_refused(send):
    answer = send("POST", "/_sim/slack/disconnect", json={"how": "slowly"})

    assert (answer.status_code, "unknown way to disconnect 'slowly'" in answer.json()["error"]) == (400, True)
    assert send("POST", "/_sim/slack/disconnect").json() == {"ok": True, "connections": 0}


def test_a_web_socket_is_opened_with_an_app_token_alone(send):
    path = "/slack/api/apps.connections.open"
    opened = send("POST", path, headers={"Authorization": f"Bearer {DEFAULT_APP_TOKEN}"}).json()

    assert opened["ok"] is True
    assert opened["url"].startswith("ws://slack.test/slack/socket?ticket=")
    assert send("POST", path, headers=BEARER).json()["error"] == "not_allowed_token_type"
    as_bot = send("POST", POST, json={"channel": OPS, "text": "x"}, headers={"Authorization": f"Bearer {DEFAULT_APP_TOKEN}"})
    assert as_bot.json()["error"] == "not_allowed_token_type"


def test_what_one_person_alone_is_shown_stands_in_no_channel(send, slack):
    body = {"channel": OPS, "user": "U0LEAD0001", "text": "only you"}
    answer = send("POST", "/slack/api/chat.postEphemeral", json=body, headers=BEARER).json()
    stranger = send("POST", "/slack/api/chat.postEphemeral", json=body | {"user": "U0NOBODY"}, headers=BEARER).json()

    shown = send("GET", "/_sim/slack/messages").json()
    assert (answer["ok"], stranger["error"]) == (True, "user_not_in_channel")
    assert [(item["user"], item["text"]) for item in shown["whispers"]] == [("U0LEAD0001", "only you")]
    assert shown["channels"][OPS]["messages"] == []
    slack.journal.assert_only(whispers=1)
