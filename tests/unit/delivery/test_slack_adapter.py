from __future__ import annotations

import contextlib
import json
import logging
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import IncompleteRead, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qsl

import pytest

from sellerwatch.delivery.outcomes import Found, NotSent, OwnMessage, PayloadRefused, Refused, Sent, Tag, TargetGone, Unknown
from sellerwatch.delivery.slack_api import EVENT_TYPE, WebSlack
from sellerwatch.delivery.slack_errors import MAYBE_DONE, OUTCOMES, PAYLOAD, REFUSED, TARGET_GONE, WAIT, outcome_of_exception
from sellerwatch.messages.slack import SlackPayload

TOKEN = "xoxb-not-a-real-token"
TAG = Tag("e1:root:1", "e1", 1)
PAYLOAD_SENT = SlackPayload("hello", ({"type": "divider"},))
OLDEST = datetime(2025, 11, 13, 6, tzinfo=UTC)
ME = {"ok": True, "bot_id": "B1", "user_id": "U1", "url": "https://example.slack.com/"}
PAGE = b"<html>Something went wrong</html>"


class Script:
    """What the loopback server answers, in order, and what it was asked."""

    def __init__(self) -> None:
        self.answers: deque[Any] = deque()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.address = ""

    def says(self, body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append(lambda handler: handler.answer(status, raw, headers or {}))

    def does(self, ending: str) -> None:
        self.answers.append(lambda handler: getattr(handler, ending)())


class Handler(BaseHTTPRequestHandler):
    script: Script
    release: threading.Event

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"] or 0))
        is_json = raw.startswith(b"{")
        body = json.loads(raw) if is_json else dict(parse_qsl(raw.decode()))
        self.script.asked.append((self.path.removeprefix("/api/"), body))
        self.script.answers.popleft()(self)

    def answer(self, status: int, body: bytes, headers: dict[str, str], *, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def half(self) -> None:
        self.answer(200, b'{"ok": true, "ts"', {}, length=500)
        self.close_connection = True

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def hang_up(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)

    def hang(self) -> None:
        self.release.wait(5)

    def log_message(self, *_: object) -> None:
        pass

    def finish(self) -> None:
        # The connection may have been broken on purpose.
        with contextlib.suppress(OSError):
            super().finish()


@pytest.fixture
def script() -> Iterator[Script]:
    script, release = Script(), threading.Event()
    handler = type("Scripted", (Handler,), {"script": script, "release": release})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # a connection broken on purpose is no news
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    script.address = f"http://127.0.0.1:{server.server_address[1]}/api/"
    yield script
    release.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def slack(script) -> WebSlack:
    return WebSlack(TOKEN, base_url=script.address, timeout_seconds=10)


def post(slack: WebSlack):
    return slack.post("C1", PAYLOAD_SENT, tag=TAG)


# What is asked


def test_a_post_carries_its_key_unseen_and_unfurls_nothing(slack, script):
    script.says({"ok": True, "ts": "1.2", "channel": "C1"})

    assert post(slack) == Sent("1.2")
    assert script.asked == [
        (
            "chat.postMessage",
            {
                "channel": "C1",
                "text": "hello",
                "blocks": [{"type": "divider"}],
                "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": "e1:root:1", "thread_key": "e1", "rev": 1}},
                "unfurl_links": False,
                "unfurl_media": False,
            },
        )
    ]


def test_a_reply_names_its_thread_and_may_be_broadcast(slack, script):
    script.says({"ok": True, "ts": "1.3"})

    slack.post("C1", SlackPayload("hi", ()), tag=TAG, thread_ts="1.2", is_broadcast=True)

    (_, body), *_ = script.asked
    assert (body["thread_ts"], body["reply_broadcast"]) == ("1.2", True)
    assert "blocks" not in body


def test_an_update_says_how_to_parse_because_slack_would_else_link_names(slack, script):
    script.says({"ok": True, "ts": "1.2"})

    assert slack.update("C1", "1.2", PAYLOAD_SENT, tag=TAG) == Sent("1.2")
    (method, body), *_ = script.asked
    assert method == "chat.update"
    assert (body["ts"], body["parse"], body["link_names"]) == ("1.2", "none", False)
    assert body["metadata"]["event_payload"]["key"] == "e1:root:1"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"ok": True, "ts": "1.2"}, Sent("1.2")),
        ({"ok": False, "error": "message_not_found"}, Sent("1.2")),
        ({"ok": False, "error": "cant_delete_message"}, Refused("cant_delete_message")),
    ],
)
def test_deleting_what_is_gone_is_done(slack, script, answer, outcome):
    script.says(answer)

    assert slack.delete("C1", "1.2") == outcome


# What comes back


@pytest.mark.parametrize(
    ("errors", "kind"),
    [(WAIT, NotSent), (REFUSED, Refused), (PAYLOAD, PayloadRefused), (TARGET_GONE, TargetGone), (MAYBE_DONE, Unknown)],
)
def test_every_listed_error_has_its_outcome(slack, script, errors, kind):
    for error in sorted(errors):
        script.says({"ok": False, "error": error})

        assert post(slack) == kind(error)


def test_no_error_is_in_two_tables():
    assert len(OUTCOMES) == len(WAIT) + len(REFUSED) + len(PAYLOAD) + len(TARGET_GONE) + len(MAYBE_DONE)


def test_an_error_nobody_listed_is_a_refusal(slack, script):
    script.says({"ok": False, "error": "restricted_action"})

    assert post(slack) == Refused("restricted_action")


def test_a_missing_scope_is_named(slack, script):
    script.says({"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "none"})

    assert post(slack) == Refused("missing_scope (needed: chat:write)")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7.0), ({"retry-after": "0"}, 0.0), ({"Retry-After": "soon"}, None), ({}, None)],
)
def test_too_many_requests_says_how_long_to_wait(slack, script, headers, seconds):
    script.says({"ok": False, "error": "ratelimited"}, status=429, headers=headers)

    assert post(slack) == NotSent("ratelimited", seconds)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, PAGE, "HTTP 500"),
        (503, {"ok": False, "error": "service_unavailable"}, "HTTP 503"),
        (502, b"", "HTTP 502"),
        (200, PAGE, "HTTP 200 with a body that is not Slack's"),
        (404, PAGE, "HTTP 404 with a body that is not Slack's"),
        (200, {"ok": False}, "HTTP 200 with a body that is not Slack's"),
        (200, {"ok": True}, "HTTP 200 without the message's ts"),
        (200, {"ok": True, "ts": 1.2}, "HTTP 200 without the message's ts"),
        (200, [1], "AttributeError"),
    ],
)
def test_an_answer_that_is_not_slacks_leaves_the_outcome_unknown(slack, script, status, body, error):
    script.says(body, status=status)

    assert post(slack) == Unknown(error)


def test_an_answer_of_raw_bytes_leaves_the_outcome_unknown(slack, script):
    script.says(b"\x1f\x8b", headers={"Content-Type": "application/gzip"})

    assert post(slack) == Unknown("HTTP 200 with a body that is not Slack's")


@pytest.mark.parametrize(
    ("ending", "error"), [("reset", "ConnectionResetError"), ("hang_up", "RemoteDisconnected"), ("half", "IncompleteRead")]
)
def test_a_broken_connection_leaves_the_outcome_unknown_and_is_not_repeated(slack, script, ending, error):
    script.does(ending)

    assert post(slack) == Unknown(error)
    assert len(script.asked) == 1


def test_no_answer_in_time_leaves_the_outcome_unknown(script):
    script.does("hang")

    assert post(WebSlack(TOKEN, base_url=script.address, timeout_seconds=0.1)) == Unknown("TimeoutError")


def test_nobody_listening_means_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert post(WebSlack(TOKEN, base_url=f"http://127.0.0.1:{port}/api/")) == NotSent("ConnectionRefusedError")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (URLError(socket.gaierror(-2, "Name or service not known")), NotSent("gaierror")),
        (URLError(ConnectionRefusedError(111, "refused")), NotSent("ConnectionRefusedError")),
        (URLError(TimeoutError("timed out")), Unknown("TimeoutError")),
        (URLError(ConnectionResetError(104, "reset")), Unknown("ConnectionResetError")),
        (URLError(ssl.SSLEOFError(8, "EOF")), Unknown("SSLEOFError")),
        (URLError("unknown url type"), Unknown("URLError")),
        (BrokenPipeError(32, "pipe"), Unknown("BrokenPipeError")),
        (RemoteDisconnected("closed"), Unknown("RemoteDisconnected")),
        (IncompleteRead(b"x"), Unknown("IncompleteRead")),
    ],
)
def test_only_a_call_that_never_connected_is_surely_not_sent(error, outcome):
    assert outcome_of_exception(error) == outcome


def test_no_outcome_and_no_log_line_contains_the_token(slack, script, caplog):
    caplog.set_level(logging.INFO)
    script.says({"ok": False, "error": f"invalid_auth {TOKEN}"})
    script.says({"ok": False, "error": "missing_scope", "needed": TOKEN})
    script.does("reset")

    outcomes = [post(slack) for _ in range(3)]

    assert [outcome.error for outcome in outcomes] == [
        "HTTP 200 with a body that is not Slack's",
        "missing_scope",
        "ConnectionResetError",
    ]
    assert TOKEN not in caplog.text


# Looking


def own(key: str, ts: str, **more: object) -> dict[str, Any]:
    return {"ts": ts, "bot_id": "B1", "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": key}}, **more}


def test_a_look_pages_through_history_for_our_own_messages_with_the_key(slack, script):
    script.says(ME)
    others = [
        own("a", "3.0", bot_id="B2"),
        {"ts": "2.5", "bot_id": "B1", "text": "no metadata"},
        own("a", "2.4", metadata={"event_type": "other", "event_payload": {"key": "a"}}),
        own("b", "2.2"),
    ]
    script.says({"ok": True, "messages": [own("a", "4.0"), *others], "response_metadata": {"next_cursor": "c2"}})
    script.says({"ok": True, "messages": [own("a", "2.0")], "response_metadata": {"next_cursor": ""}})

    found = slack.find("C1", oldest=OLDEST, key="a")

    assert found == Found((OwnMessage("a", "2.0"), OwnMessage("a", "4.0")))
    assert [method for method, _ in script.asked] == ["auth.test", "conversations.history", "conversations.history"]
    assert script.asked[1][1]["include_all_metadata"] == "1"
    assert script.asked[1][1]["oldest"] == "1763013600.000000"
    assert script.asked[2][1]["cursor"] == "c2"


def test_a_look_into_a_thread_asks_for_its_replies_and_asks_who_we_are_only_once(slack, script):
    script.says(ME)
    for _ in range(2):
        script.says({"ok": True, "messages": [own("a", "2.0"), own("b", "3.0")]})
    assert slack.find("C1", oldest=OLDEST, thread_ts="2.0", key="b") == Found((OwnMessage("b", "3.0"),))

    assert slack.find("C1", oldest=OLDEST, thread_ts="2.0") == Found((OwnMessage("a", "2.0"), OwnMessage("b", "3.0")))
    assert [method for method, _ in script.asked] == ["auth.test", "conversations.replies", "conversations.replies"]
    assert script.asked[1][1]["ts"] == "2.0"


def test_an_app_that_posts_as_a_user_knows_its_messages_by_the_user(slack, script):
    script.says({"ok": True, "user_id": "U1", "url": "https://example.slack.com/"})
    script.says({"ok": True, "messages": [own("a", "1.0", bot_id=None, user="U1"), own("a", "2.0", bot_id=None, user="U2")]})

    assert slack.find("C1", oldest=OLDEST, key="a") == Found((OwnMessage("a", "1.0"),))


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([{"ok": False, "error": "invalid_auth"}], Refused("invalid_auth")),
        (
            [ME, {"ok": False, "error": "missing_scope", "needed": "channels:history"}],
            Refused("missing_scope (needed: channels:history)"),
        ),
        ([ME, {"ok": True}], Unknown("HTTP 200 without messages")),
        ([ME, {"ok": False, "error": "thread_not_found"}], TargetGone("thread_not_found")),
    ],
)
def test_a_look_that_fails_is_an_outcome_too(slack, script, answers, outcome):
    for answer in answers:
        script.says(answer)

    assert slack.find("C1", oldest=OLDEST, key="a") == outcome


def test_the_address_of_a_message_is_made_of_the_workspaces(slack, script):
    script.says(ME)

    assert slack.permalink("C1", "1763013600.000200") == "https://example.slack.com/archives/C1/p1763013600000200"


def test_without_the_workspaces_address_there_is_no_link(slack, script):
    script.says({"ok": False, "error": "invalid_auth"})

    assert slack.permalink("C1", "1.2") is None


def test_without_another_address_the_real_slack_is_meant():
    assert WebSlack(TOKEN)._client.base_url == "https://slack.com/api/"
