"""Looking things up in the simulated Slack: history, threads, channels, people, and files on their way in."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from sellerwatch.simulator.slack.calls import Call, Reply
from sellerwatch.simulator.slack.methods import answer, answer_upload
from sellerwatch.simulator.slack.state import DEFAULT_TOKEN, SlackState

OPS = "C0OPSALERTS"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + struct.pack(">II", 800, 400) + b"rest"


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
def ask(slack):
    def make(method: str, **arguments: object) -> Reply:
        slack.clock.sleep(2)
        return answer(slack, Call(method, arguments, token=DEFAULT_TOKEN, origin="http://127.0.0.1:9"))

    return make


Ask = Callable[..., Reply]


def post(ask: Ask, text: str, **more: object) -> str:
    return str(ask("chat.postMessage", channel=OPS, text=text, **more).body["ts"])


def texts(reply: Reply) -> list[str]:
    return [message["text"] for message in reply.body["messages"]]


def next_cursor(reply: Reply) -> str:
    return reply.body["response_metadata"]["next_cursor"]


def test_auth_test_says_who_the_bot_is(ask):
    body = ask("auth.test").body

    assert (body["ok"], body["user_id"], body["bot_id"], body["team_id"]) == (True, "U0SIMBOT01", "B0SIMBOT01", "T0SIMTEAM1")


def test_history_shows_roots_and_broadcasts_newest_first(ask, slack):
    root = post(ask, "root")
    post(ask, "quiet reply", thread_ts=root)
    post(ask, "loud reply", thread_ts=root, reply_broadcast=True)
    post(ask, "second root")

    reply = ask("conversations.history", channel=OPS)

    assert texts(reply) == ["second root", "loud reply", "root"]
    assert reply.body["has_more"] is False
    assert "response_metadata" not in reply.body
    assert reply.body["messages"][2]["reply_count"] == 2
    slack.journal.assert_only(posts=2, replies=2, reads=1)


def test_metadata_is_shown_only_when_asked_for(ask):
    metadata = {"event_type": "alert", "event_payload": {"key": "k1"}}
    post(ask, "root", metadata=metadata)

    assert "metadata" not in ask("conversations.history", channel=OPS).body["messages"][0]
    shown = ask("conversations.history", channel=OPS, include_all_metadata="1").body["messages"][0]
    assert shown["metadata"] == metadata


def test_history_pages_do_not_shift_when_a_message_arrives(ask):
    for number in range(5):
        post(ask, f"m{number}")

    first = ask("conversations.history", channel=OPS, limit="2")
    post(ask, "late")
    second = ask("conversations.history", channel=OPS, limit="2", cursor=next_cursor(first))
    third = ask("conversations.history", channel=OPS, limit="2", cursor=next_cursor(second))

    assert [texts(page) for page in (first, second, third)] == [["m4", "m3"], ["m2", "m1"], ["m0"]]
    assert [page.body["has_more"] for page in (first, second, third)] == [True, True, False]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"oldest": 1}, ["m3", "m2"]),
        ({"oldest": 1, "inclusive": True}, ["m3", "m2", "m1"]),
        ({"latest": 2}, ["m1", "m0"]),
        ({"latest": 2, "inclusive": "true"}, ["m2", "m1", "m0"]),
        ({"oldest": 0, "latest": 3}, ["m2", "m1"]),
    ],
)
def test_a_window_leaves_its_edges_out_unless_told_otherwise(ask, window, expected):
    stamps = [post(ask, f"m{number}") for number in range(4)]
    bounds = {name: value if name == "inclusive" else stamps[value] for name, value in window.items()}

    assert texts(ask("conversations.history", channel=OPS, **bounds)) == expected


def test_replies_come_oldest_first_after_their_root(ask):
    root = post(ask, "root")
    stamps = [post(ask, f"r{number}", thread_ts=root) for number in range(3)]
    post(ask, "other root")

    assert texts(ask("conversations.replies", channel=OPS, ts=root)) == ["root", "r0", "r1", "r2"]
    assert texts(ask("conversations.replies", channel=OPS, ts=stamps[1])) == ["root", "r0", "r1", "r2"]
    assert texts(ask("conversations.replies", channel=OPS, ts=root, oldest=stamps[0])) == ["root", "r1", "r2"]
    first = ask("conversations.replies", channel=OPS, ts=root, limit=3)
    assert texts(first) == ["root", "r0", "r1"]
    assert texts(ask("conversations.replies", channel=OPS, ts=root, cursor=next_cursor(first))) == ["r2"]


def test_a_thread_that_never_was_is_unexpected_but_not_a_deleted_one(ask, slack):
    assert ask("conversations.replies", channel=OPS, ts="1.000001").body["error"] == "thread_not_found"
    assert [finding.reason for finding in slack.journal.entries[-1].unexpected] == ["no_such_message"]

    root = post(ask, "root")
    slack.channels[OPS].remove(root)
    ask("conversations.replies", channel=OPS, ts=root)
    assert slack.journal.entries[-1].unexpected == ()


def test_a_tombstone_keeps_the_place_of_a_deleted_root(ask, slack):
    root = post(ask, "root")
    post(ask, "reply", thread_ts=root)
    slack.channels[OPS].remove(root)

    message = ask("conversations.history", channel=OPS).body["messages"][0]

    assert (message["subtype"], message["text"], "bot_id" in message) == ("tombstone", "This message was deleted.", False)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
        ({"channel": "C0NOTMEMBER"}, "not_in_channel"),
        ({"channel": OPS, "oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"channel": OPS, "latest": "now"}, "invalid_ts_latest"),
        ({"channel": OPS, "cursor": "???"}, "invalid_cursor"),
        ({"channel": OPS, "cursor": "cHJldjox"}, "invalid_cursor"),
        ({"channel": OPS, "cursor": "bmV4dDp4"}, "invalid_cursor"),
        ({"channel": OPS, "limit": "0"}, "invalid_arguments"),
        ({"channel": OPS, "limit": "-1"}, "invalid_arguments"),
    ],
)
def test_history_refuses_what_it_cannot_read(ask, slack, arguments, error):
    assert ask("conversations.history", **arguments).body["error"] == error
    assert slack.journal.counts()["reads"] == 0


def test_private_history_needs_its_own_scope(ask, slack):
    slack.scopes.discard("groups:history")

    assert ask("conversations.history", channel="C0PRIVATE").body["needed"] == "groups:history"
    assert ask("conversations.history", channel=OPS).body["ok"] is True


def test_channels_are_listed_page_by_page(ask):
    first = ask("conversations.list", limit=4, exclude_archived="true", types="public_channel,private_channel")
    second = ask(
        "conversations.list",
        limit=4,
        exclude_archived="true",
        types="public_channel,private_channel",
        cursor=next_cursor(first),
    )

    names = [channel["name"] for page in (first, second) for channel in page.body["channels"]]
    assert sorted(names) == ["ads-alerts", "daily-brief", "finance-private", "not-invited", "ops-alerts", "sellerwatch-ops"]
    assert next_cursor(second) == ""


def test_only_public_channels_are_listed_unless_asked(ask):
    names = {channel["name"] for channel in ask("conversations.list").body["channels"]}

    assert "old-alerts" in names
    assert "finance-private" not in names
    assert [channel["name"] for channel in ask("conversations.list", types="private_channel").body["channels"]] == [
        "finance-private"
    ]


def test_a_channel_tells_about_itself(ask, slack):
    assert ask("conversations.info", channel="C0ARCHIVED").body["channel"]["is_archived"] is True
    assert ask("conversations.info", channel="C0NOWHERE").body["error"] == "channel_not_found"
    slack.channels["C0PRIVATE"].is_member = False
    assert ask("conversations.info", channel="C0PRIVATE").body["error"] == "channel_not_found"


def test_people_are_found_by_their_address(ask):
    assert ask("users.lookupByEmail", email="Ops@example.com").body["user"]["id"] == "U0OPS00001"
    assert ask("users.lookupByEmail", email="nobody@example.com").body["error"] == "users_not_found"
    assert ask("users.lookupByEmail").body["error"] == "users_not_found"


def upload(slack: SlackState, ask: Ask, *, name: str = "trend.png", body: bytes = PNG) -> str:
    ticket = ask("files.getUploadURLExternal", filename=name, length=len(body)).body
    assert ticket["upload_url"] == f"http://127.0.0.1:9/slack/upload/{ticket['file_id']}"
    assert answer_upload(slack, ticket["file_id"], body).body == {"ok": True, "size": len(body)}
    return ticket["file_id"]


def test_a_file_comes_in_three_steps(ask, slack):
    file_id = upload(slack, ask)
    assert ask("files.info", file=file_id).body["error"] == "file_not_found"
    blocks = [{"type": "image", "alt_text": "trend", "slack_file": {"id": file_id}}]
    assert ask("chat.postMessage", channel=OPS, text="a", blocks=blocks).body["error"] == "invalid_blocks"

    done = ask("files.completeUploadExternal", files=json.dumps([{"id": file_id, "title": "Trend"}])).body

    assert done == {"ok": True, "files": [{"id": file_id, "title": "Trend"}]}
    file = ask("files.info", file=file_id).body["file"]
    assert (file["mimetype"], file["original_w"], file["original_h"], file["size"]) == ("image/png", 800, 400, len(PNG))
    slack.journal.assert_only(uploads=1)


def test_a_file_is_of_use_once_slack_has_processed_it(ask, slack):
    slack.file_seconds = 10
    file_id = upload(slack, ask)
    ask("files.completeUploadExternal", files=[{"id": file_id}])
    blocks = [{"type": "image", "alt_text": "trend", "slack_file": {"id": file_id}}]

    assert ask("files.info", file=file_id).body["file"]["mimetype"] == ""
    assert ask("chat.postMessage", channel=OPS, text="a", blocks=blocks).body["error"] == "invalid_blocks"
    slack.clock.sleep(10)
    file = ask("files.info", file=file_id).body["file"]
    assert file["mimetype"] == "image/png"
    assert ask("chat.postMessage", channel=OPS, text="a", blocks=blocks).body["ok"] is True
    by_url = [{"type": "image", "alt_text": "trend", "slack_file": {"url": file["url_private"]}}]
    assert ask("chat.postMessage", channel=OPS, text="a", blocks=by_url).body["ok"] is True


def test_a_file_may_be_shown_in_a_thread(ask, slack):
    root = post(ask, "root")
    file_id = upload(slack, ask, name="skus.csv", body=b"sku\n")

    done = ask(
        "files.completeUploadExternal", files=[{"id": file_id}], channel_id=OPS, thread_ts=root, initial_comment="All SKUs"
    )

    assert done.body["ok"] is True
    shown = ask("conversations.replies", channel=OPS, ts=root).body["messages"][1]
    assert (shown["text"], shown["files"]) == ("All SKUs", [{"id": file_id}])
    assert "original_w" not in ask("files.info", file=file_id).body["file"]


def test_a_png_cut_short_has_no_measures(ask, slack):
    file_id = upload(slack, ask, body=PNG[:12])
    ask("files.completeUploadExternal", files=[{"id": file_id}])

    assert "original_w" not in ask("files.info", file=file_id).body["file"]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("files.getUploadURLExternal", {"filename": "a.png", "length": "0"}, "missing_argument"),
        ("files.getUploadURLExternal", {"filename": "a.png"}, "missing_argument"),
        ("files.getUploadURLExternal", {"filename": "a.png", "length": "long"}, "invalid_arguments"),
        ("files.getUploadURLExternal", {"length": "3"}, "invalid_arguments"),
        ("files.getUploadURLExternal", {"filename": "a.png", "length": "3", "alt_txt": "x" * 1001}, "alt_txt_too_large"),
        ("files.completeUploadExternal", {"files": "["}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": "[]"}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": ["F1"]}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": [{"id": "F1"}]}, "file_not_found"),
        ("files.info", {"file": "F1"}, "file_not_found"),
    ],
)
def test_files_that_make_no_sense_are_refused(ask, method, arguments, error):
    assert ask(method, **arguments).body["error"] == error


def test_a_file_without_its_bytes_cannot_be_completed(ask):
    file_id = ask("files.getUploadURLExternal", filename="a.png", length=3).body["file_id"]

    assert ask("files.completeUploadExternal", files=[{"id": file_id}]).body["error"] == "file_not_found"


def test_a_file_is_shown_only_where_the_bot_may_write(ask, slack):
    file_id = upload(slack, ask)

    for channel, error in (
        ("C0NOTMEMBER", "not_in_channel"),
        ("C0ARCHIVED", "is_archived"),
        ("C0NOWHERE", "channel_not_found"),
    ):
        assert ask("files.completeUploadExternal", files=[{"id": file_id}], channels=f"{OPS},{channel}").body["error"] == error
    refused = ask("files.completeUploadExternal", files=[{"id": file_id}], channel_id=OPS, thread_ts="1.000001")
    assert refused.body["error"] == "thread_not_found"


def test_bytes_must_be_as_many_as_announced(ask, slack):
    file_id = ask("files.getUploadURLExternal", filename="a.png", length=3).body["file_id"]

    assert answer_upload(slack, file_id, b"four").status == 400
    assert [finding.reason for finding in slack.journal.entries[-1].unexpected] == ["upload_length"]
    assert answer_upload(slack, "F9", b"x").status == 404
