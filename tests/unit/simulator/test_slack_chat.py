"""Posting, updating and deleting in the simulated Slack, and what it says about messages that could never be right."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from sellerwatch.simulator.slack.calls import Call, Reply
from sellerwatch.simulator.slack.methods import answer
from sellerwatch.simulator.slack.state import DEFAULT_TOKEN, REVOKED_TOKEN, SlackState

OPS = "C0OPSALERTS"
START = datetime(2025, 11, 13, 6, 0, 0, 250, tzinfo=UTC)


@dataclass
class HandClock:
    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def slack() -> SlackState:
    return SlackState(HandClock())


@pytest.fixture
def ask(slack):
    """Make a call two seconds after the one before, so that pacing is no part of these tests."""

    def make(method: str, *, token: str | None = DEFAULT_TOKEN, **arguments: object) -> Reply:
        slack.clock.sleep(2)
        return answer(slack, Call(method, arguments, token=token))

    return make


def section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def metadata(key: str) -> dict[str, object]:
    return {"event_type": "alert", "event_payload": {"key": key, "rev": 1}}


def reasons(slack: SlackState) -> list[str]:
    return [finding.reason for finding in slack.journal.entries[-1].unexpected]


def test_a_post_is_answered_with_the_message_as_it_stands(ask, slack):
    reply = ask("chat.postMessage", channel=OPS, text="Cover 2.8 days", blocks=[section("*Cover* 2.8 days")])

    assert reply.status == 200
    assert reply.body["ok"] is True
    assert reply.body["channel"] == OPS
    assert reply.body["message"]["text"] == "Cover 2.8 days"
    assert reply.body["message"]["bot_id"] == "B0SIMBOT01"
    assert reply.body["message"]["blocks"][0]["block_id"]
    slack.journal.assert_only(posts=1)


def test_ts_is_the_clock_in_microseconds_and_always_rises(ask, slack):
    first = ask("chat.postMessage", channel=OPS, text="one").body["ts"]
    assert first == f"{int(START.timestamp()) + 2}.000250"

    slack.clock = HandClock(START - timedelta(days=1))
    second = ask("chat.postMessage", channel=OPS, text="two").body["ts"]
    assert second > first


@pytest.mark.parametrize("name", [OPS, "#ops-alerts", "ops-alerts"])
def test_posting_finds_a_channel_by_id_or_name(ask, name):
    assert ask("chat.postMessage", channel=name, text="hello").body["channel"] == OPS


@pytest.mark.parametrize(
    ("channel", "error", "expected"),
    [
        ("C0NOWHERE", "channel_not_found", ["unknown_channel"]),
        ("", "channel_not_found", ["unknown_channel"]),
        ("C0ARCHIVED", "is_archived", []),
        ("C0NOTMEMBER", "not_in_channel", []),
    ],
)
def test_posting_where_it_cannot_is_refused(ask, slack, channel, error, expected):
    assert ask("chat.postMessage", channel=channel, text="hello").body == {"ok": False, "error": error}
    assert reasons(slack) == expected
    assert slack.journal.counts()["posts"] == 0


def test_a_private_channel_without_the_bot_does_not_exist_for_it(ask, slack):
    slack.channels["C0PRIVATE"].is_member = False

    assert ask("chat.postMessage", channel="C0PRIVATE", text="hello").body["error"] == "channel_not_found"


def test_the_public_scope_opens_channels_the_bot_is_not_in(ask, slack):
    slack.scopes.add("chat:write.public")

    assert ask("chat.postMessage", channel="C0NOTMEMBER", text="hello").body["ok"] is True


@pytest.mark.parametrize(
    ("token", "error", "expected"),
    [(None, "not_authed", ["bad_token"]), ("xoxb-else", "invalid_auth", ["bad_token"]), (REVOKED_TOKEN, "token_revoked", [])],
)
def test_a_call_without_a_valid_token_is_refused(ask, slack, token, error, expected):
    assert ask("chat.postMessage", token=token, channel=OPS, text="hello").body["error"] == error
    assert reasons(slack) == expected


def test_a_missing_scope_is_named(ask, slack):
    slack.scopes.discard("chat:write")

    body = ask("chat.postMessage", channel=OPS, text="hello").body

    assert body["error"] == "missing_scope"
    assert body["needed"] == "chat:write"
    assert "channels:history" in body["provided"]


def test_an_unknown_method_is_refused_and_unexpected(ask, slack):
    assert ask("apps.uninstall").body == {"ok": False, "error": "unknown_method", "req_method": "apps.uninstall"}
    assert reasons(slack) == ["unknown_method"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "no_text"),
        ({"text": "", "blocks": "[]"}, "no_text"),
        ({"text": "a", "blocks": "not json"}, "invalid_blocks_format"),
        ({"text": "a", "blocks": {"blocks": []}}, "invalid_blocks_format"),
        ({"text": "a", "blocks": ["header"]}, "invalid_blocks"),
        ({"text": "a", "blocks": [{"type": "hero"}]}, "invalid_blocks"),
        ({"text": "a", "blocks": [section("x" * 3000)] * 5}, "msg_blocks_too_long"),
        ({"text": "a", "metadata": "{"}, "invalid_metadata_format"),
        ({"text": "a", "metadata": ["key"]}, "invalid_metadata_format"),
        ({"text": "a", "metadata": {"event_payload": {}}}, "invalid_metadata_format"),
        ({"text": "a", "metadata": {"event_type": "alert"}}, "invalid_metadata_format"),
        ({"text": "a", "metadata": {"event_type": "alert", "event_payload": {"key": "k" * 9000}}}, "metadata_too_large"),
        ({"text": "a", "markdown_text": "b"}, "markdown_text_conflict"),
        ({"markdown_text": "b" * 12001}, "msg_too_long"),
        ({"text": "a", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"text": "a", "attachments": "x"}, "invalid_attachments"),
        ({"text": "a", "attachments": [{"blocks": [{"type": "hero"}]}]}, "invalid_attachments"),
        ({"text": "a", "attachments": [{"blocks": "[]"}]}, "invalid_attachments"),
        ({"text": "a", "thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
def test_a_post_that_slack_would_not_take_is_refused(ask, slack, arguments, error):
    assert ask("chat.postMessage", channel=OPS, **arguments).body["error"] == error
    assert slack.channels[OPS].messages == {}


def test_wrong_blocks_are_explained_by_pointer(ask):
    body = ask("chat.postMessage", channel=OPS, text="a", blocks=[section("x" * 3001)]).body

    assert body["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
    assert body["errors"] == ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]


def test_text_beyond_forty_thousand_characters_is_cut_on_post(ask):
    assert len(ask("chat.postMessage", channel=OPS, text="x" * 40_001).body["message"]["text"]) == 40_000


def test_markdown_text_and_attachments_make_a_message_too(ask):
    assert ask("chat.postMessage", channel=OPS, markdown_text="**b**").body["message"]["text"] == "**b**"
    assert ask("chat.postMessage", channel=OPS, attachments=[{"text": "x"}]).body["message"]["attachments"] == [{"text": "x"}]


def test_a_reply_stands_below_its_root(ask, slack):
    root = ask("chat.postMessage", channel=OPS, text="root").body["ts"]

    reply = ask("chat.postMessage", channel=OPS, text="reply", thread_ts=root, reply_broadcast=True).body["message"]

    assert reply["thread_ts"] == root
    assert reply["subtype"] == "thread_broadcast"
    slack.journal.assert_only(posts=1, replies=1)


def test_a_reply_to_a_reply_goes_to_the_root_and_is_unexpected(ask, slack):
    root = ask("chat.postMessage", channel=OPS, text="root").body["ts"]
    reply = ask("chat.postMessage", channel=OPS, text="reply", thread_ts=root).body["ts"]

    assert ask("chat.postMessage", channel=OPS, text="again", thread_ts=reply).body["message"]["thread_ts"] == root
    assert reasons(slack) == ["reply_to_reply"]


def test_a_reply_to_nothing_is_unexpected_but_not_a_reply_to_a_deleted_root(ask, slack):
    ask("chat.postMessage", channel=OPS, text="reply", thread_ts="1.000001")
    assert reasons(slack) == ["no_such_message"]

    root = ask("chat.postMessage", channel=OPS, text="root").body["ts"]
    slack.channels[OPS].remove(root)
    assert ask("chat.postMessage", channel=OPS, text="reply", thread_ts=root).body["error"] == "thread_not_found"
    assert reasons(slack) == []


def test_an_update_replaces_everything_but_unmentioned_metadata(ask, slack):
    ts = ask("chat.postMessage", channel=OPS, text="one", blocks=[section("one")], metadata=json.dumps(metadata("k1"))).body[
        "ts"
    ]

    body = ask("chat.update", channel=OPS, ts=ts, text="two", parse="none").body

    message = slack.channels[OPS].messages[ts]
    assert body["text"] == "two"
    assert message.blocks == ()
    assert message.key == "k1"
    assert message.revision == 1
    assert "edited" in body["message"]
    slack.journal.assert_only(posts=1, updates=1)


def test_an_update_with_blocks_leaves_no_edited_mark(ask):
    ts = ask("chat.postMessage", channel=OPS, text="one").body["ts"]

    message = ask("chat.update", channel=OPS, ts=ts, text="two", blocks=[section("two")]).body["message"]

    assert "edited" not in message


def test_an_empty_object_removes_metadata(ask, slack):
    ts = ask("chat.postMessage", channel=OPS, text="one", metadata=metadata("k1")).body["ts"]

    ask("chat.update", channel=OPS, ts=ts, text="two", metadata="{}")

    assert slack.channels[OPS].messages[ts].metadata is None


def test_an_update_that_changes_nothing_is_unexpected(ask, slack):
    ts = ask("chat.postMessage", channel=OPS, text="one").body["ts"]

    assert ask("chat.update", channel=OPS, ts=ts, text="one").body["ok"] is True
    assert reasons(slack) == ["nothing_changed"]


def test_an_update_of_what_never_was_is_unexpected_but_not_of_what_was_deleted(ask, slack):
    assert ask("chat.update", channel=OPS, ts="1.000001", text="x").body["error"] == "message_not_found"
    assert reasons(slack) == ["no_such_message"]

    ts = ask("chat.postMessage", channel=OPS, text="one").body["ts"]
    slack.channels[OPS].remove(ts)
    assert ask("chat.update", channel=OPS, ts=ts, text="two").body["error"] == "message_not_found"
    assert reasons(slack) == []


def test_an_update_takes_no_more_than_four_thousand_characters(ask):
    ts = ask("chat.postMessage", channel=OPS, text="one").body["ts"]

    assert ask("chat.update", channel=OPS, ts=ts, text="x" * 4000).body["ok"] is True
    assert ask("chat.update", channel=OPS, ts=ts, text="x" * 4001).body["error"] == "msg_too_long"


def test_an_update_can_be_closed_inactive_or_of_another_person(ask, slack):
    ts = ask("chat.postMessage", channel=OPS, text="one").body["ts"]
    person = slack.say(OPS, "U0OPS00001", "seen").ts

    assert ask("chat.update", channel=OPS, ts=person, text="x").body["error"] == "cant_update_message"
    assert ask("chat.update", channel="ops-alerts", ts=ts, text="x").body["error"] == "channel_not_found"
    slack.is_edit_window_closed = True
    assert ask("chat.update", channel=OPS, ts=ts, text="x").body["error"] == "edit_window_closed"
    slack.channels[OPS].is_archived = True
    assert ask("chat.update", channel=OPS, ts=ts, text="x").body["error"] == "is_inactive"


def test_a_deleted_message_is_gone(ask, slack):
    ts = ask("chat.postMessage", channel=OPS, text="one").body["ts"]

    assert ask("chat.delete", channel=OPS, ts=ts).body == {"ok": True, "channel": OPS, "ts": ts}
    assert slack.channels[OPS].messages == {}
    slack.journal.assert_only(posts=1, deletes=1)


def test_nobody_deletes_another_persons_message(ask, slack):
    person = slack.say(OPS, "U0OPS00001", "seen").ts

    assert ask("chat.delete", channel=OPS, ts=person).body["error"] == "cant_delete_message"


def test_a_root_with_replies_leaves_a_tombstone_until_the_last_reply_goes(ask, slack):
    root = ask("chat.postMessage", channel=OPS, text="root").body["ts"]
    reply = ask("chat.postMessage", channel=OPS, text="reply", thread_ts=root).body["ts"]
    channel = slack.channels[OPS]

    channel.remove(root)
    assert list(channel.messages) == [root, reply]
    assert channel.messages[root].is_tombstone
    assert ask("chat.update", channel=OPS, ts=root, text="x").body["error"] == "message_not_found"

    channel.remove(reply)
    assert channel.messages == {}


def test_two_messages_with_one_key_are_unexpected(ask, slack):
    first = ask("chat.postMessage", channel=OPS, text="one", metadata=metadata("k1")).body["ts"]

    ask("chat.postMessage", channel="C0SWOPS", text="one", metadata=metadata("k1"))
    assert reasons(slack) == ["duplicate_key"]

    ask("chat.postMessage", channel=OPS, text="one", metadata=metadata("k1"), thread_ts=first)
    assert reasons(slack) == ["duplicate_key"]


def test_a_key_may_be_posted_again_once_its_message_was_deleted(ask, slack):
    first = ask("chat.postMessage", channel=OPS, text="one", metadata=metadata("k1")).body["ts"]
    slack.channels[OPS].remove(first)

    ask("chat.postMessage", channel=OPS, text="one", metadata=metadata("k1"))
    assert reasons(slack) == []

    ask("chat.postMessage", channel=OPS, text="one", metadata=metadata("k1"))
    assert reasons(slack) == ["duplicate_key"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"text": "<!channel> stock"}, ["control_sequence"]),
        ({"text": "<!here|here>"}, ["control_sequence"]),
        ({"text": "a", "blocks": [section("<!everyone>")]}, ["control_sequence"]),
        ({"text": "a", "blocks": [{"type": "markdown", "text": "<!channel>"}]}, ["control_sequence"]),
        (
            {"text": "a", "blocks": [{"type": "rich_text", "elements": [{"type": "broadcast", "range": "here"}]}]},
            ["control_sequence"],
        ),
        ({"text": "a", "attachments": [{"text": "<!channel>"}]}, ["control_sequence"]),
        ({"text": "a", "attachments": [{"text": "b", "blocks": [section("<!here>")]}]}, ["control_sequence"]),
        ({"text": "a", "blocks": [section("<@U1> look")]}, ["unknown_mention"]),
        ({"text": "<@U0OPS00001> look"}, []),
        ({"text": "&lt;!channel&gt; @here is only text"}, []),
        ({"text": "@here", "link_names": True}, ["control_sequence"]),
        ({"text": "a", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "<!channel>"}}]}, []),
        ({"blocks": [section("a")]}, ["no_fallback_text"]),
    ],
)
def test_live_control_sequences_and_missing_text_are_unexpected(ask, slack, arguments, expected):
    assert ask("chat.postMessage", channel=OPS, **arguments).body["ok"] is True
    assert reasons(slack) == expected


def test_an_update_that_does_not_turn_parsing_off_links_names(ask, slack):
    ts = ask("chat.postMessage", channel=OPS, text="@here one").body["ts"]

    ask("chat.update", channel=OPS, ts=ts, text="@here two")
    assert reasons(slack) == ["control_sequence"]
    ask("chat.update", channel=OPS, ts=ts, text="@here three", parse="none", link_names=False)
    assert reasons(slack) == []


def test_content_is_judged_even_when_slack_refuses_it(ask, slack):
    ask("chat.postMessage", channel="C0ARCHIVED", text="<!channel>", blocks="not json")

    assert reasons(slack) == ["control_sequence"]


def test_an_image_may_only_show_a_file_that_is_complete(ask):
    blocks = [{"type": "image", "alt_text": "trend", "slack_file": {"id": "F0SIM00001"}}]

    body = ask("chat.postMessage", channel=OPS, text="a", blocks=blocks).body

    assert body["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
