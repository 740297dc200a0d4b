"""Looking things up: auth.test, conversations.*, users.lookupByEmail."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sellerwatch.simulator.slack.calls import Call, Done, RefusedError
from sellerwatch.simulator.slack.journal import Finding
from sellerwatch.simulator.slack.limits import HISTORY_PAGE, LIST_PAGE, REPLIES_PAGE
from sellerwatch.simulator.slack.rendering import channel_json, message_json, user_json
from sellerwatch.simulator.slack.state import BOT_ID, BOT_USER_ID, TEAM_ID, Channel, Message, SlackState

_HISTORY_DEFAULT = 100


def auth_test(slack: SlackState, _: Call) -> Done:
    """Say whose token it is."""
    return Done(
        {
            "ok": True,
            "url": "https://sellerwatch-simulation.slack.com/",
            "team": slack.team_name,
            "team_id": TEAM_ID,
            "user": slack.users[BOT_USER_ID].name,
            "user_id": BOT_USER_ID,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }
    )


def history(slack: SlackState, call: Call) -> Done:
    """Carry out conversations.history: roots and broadcasts, newest first."""
    channel = _readable_channel(slack, call)
    window = _Window.of(call)
    shown = [message for message in channel.messages.values() if not message.is_reply or message.is_broadcast]
    found = [message for message in reversed(shown) if window.holds(message.ts)]
    after = _cursor(call)
    left = [message for message in found if after is None or _micros(message.ts) < after]
    return _page(channel, call, left, most=HISTORY_PAGE, default=_HISTORY_DEFAULT)


def replies(slack: SlackState, call: Call) -> Done:
    """Carry out conversations.replies: the root, whatever the window, then its replies, oldest first."""
    channel = _readable_channel(slack, call)
    named = channel.messages.get(call.text("ts"))
    if named is None:
        findings = () if call.text("ts") in channel.removed else (Finding("no_such_message", call.text("ts")),)
        raise RefusedError("thread_not_found", findings=findings)
    window = _Window.of(call)
    root = channel.messages[named.thread_ts or named.ts]
    found = [root, *(reply for reply in channel.replies_to(root.ts) if window.holds(reply.ts))]
    after = _cursor(call)
    left = [message for message in found if after is None or _micros(message.ts) > after]
    return _page(channel, call, left, most=REPLIES_PAGE, default=REPLIES_PAGE)


def info(slack: SlackState, call: Call) -> Done:
    """Carry out conversations.info."""
    channel = slack.channels.get(call.text("channel"))
    if channel is None or (channel.is_private and not channel.is_member):
        raise RefusedError("channel_not_found")
    return Done({"ok": True, "channel": channel_json(channel)})


def list_channels(slack: SlackState, call: Call) -> Done:
    """Carry out conversations.list, page by page."""
    wanted = set((call.text("types") or "public_channel").split(","))
    shown = sorted(channel.channel_id for channel in slack.channels.values() if _is_listed(channel, call, wanted))
    start = _cursor(call) or 0
    limit = _limit(call, most=LIST_PAGE, default=_HISTORY_DEFAULT)
    page = [channel_json(slack.channels[channel_id]) for channel_id in shown[start : start + limit]]
    cursor = _encode(start + limit) if start + limit < len(shown) else ""
    return Done({"ok": True, "channels": page, "response_metadata": {"next_cursor": cursor}})


def lookup_by_email(slack: SlackState, call: Call) -> Done:
    """Carry out users.lookupByEmail."""
    email = call.text("email").lower()
    user = next((user for user in slack.users.values() if email and user.email.lower() == email), None)
    if user is None:
        raise RefusedError("users_not_found")
    return Done({"ok": True, "user": user_json(user)})


@dataclass(frozen=True, slots=True)
class _Window:
    oldest: int | None
    latest: int | None
    is_inclusive: bool

    @classmethod
    def of(cls, call: Call) -> _Window:
        oldest, latest = (_bound(call, name) for name in ("oldest", "latest"))
        return cls(oldest, latest, call.flag("inclusive"))

    def holds(self, ts: str) -> bool:
        micros = _micros(ts)
        if self.is_inclusive and micros in {self.oldest, self.latest}:
            return True
        return (self.oldest is None or micros > self.oldest) and (self.latest is None or micros < self.latest)


def _bound(call: Call, name: str) -> int | None:
    text = call.text(name)
    try:
        return _micros(text) if text else None
    except InvalidOperation:
        raise RefusedError(f"invalid_ts_{name}") from None


def _micros(ts: str) -> int:
    return int(Decimal(ts) * 1_000_000)


def _readable_channel(slack: SlackState, call: Call) -> Channel:
    channel = slack.channels.get(call.text("channel"))
    if channel is None or (channel.is_private and not channel.is_member):
        raise RefusedError("channel_not_found")
    slack.require("groups:history" if channel.is_private else "channels:history")
    if not channel.is_member:
        raise RefusedError("not_in_channel")
    return channel


def _is_listed(channel: Channel, call: Call, wanted: set[str]) -> bool:
    if channel.is_archived and call.flag("exclude_archived"):
        return False
    if channel.is_private:
        return channel.is_member and "private_channel" in wanted
    return "public_channel" in wanted


def _limit(call: Call, *, most: int, default: int) -> int:
    text = call.text("limit") or str(default)
    if not text.isdecimal() or int(text) == 0:
        raise RefusedError("invalid_arguments", messages=("must be greater than 0 [json-pointer:/limit]",))
    return min(int(text), most)


def _page(channel: Channel, call: Call, left: Sequence[Message], *, most: int, default: int) -> Done:
    limit = _limit(call, most=most, default=default)
    page = left[:limit]
    has_more = len(left) > limit
    with_metadata = call.flag("include_all_metadata")
    body: dict[str, object] = {
        "ok": True,
        "messages": [message_json(channel, message, with_metadata=with_metadata) for message in page],
        "has_more": has_more,
    }
    if has_more:
        body["response_metadata"] = {"next_cursor": _encode(_micros(page[-1].ts))}
    return Done(body)


def _encode(position: int) -> str:
    return base64.b64encode(f"next:{position}".encode()).decode()


def _cursor(call: Call) -> int | None:
    text = call.text("cursor")
    if not text:
        return None
    try:
        word, _, position = base64.b64decode(text, validate=True).decode().partition(":")
        if word == "next":
            return int(position)
    except (binascii.Error, ValueError):
        pass
    raise RefusedError("invalid_cursor")
