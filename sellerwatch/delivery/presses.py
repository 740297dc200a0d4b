"""What a person pressed in Slack, read out of Slack's payload, and the way to answer that person alone; nothing here knows Slack's client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sellerwatch.messages.blocks import Message

BLOCK_ACTIONS: Final = "block_actions"
"""The kind of payload that a button sends: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload."""

LONGEST: Final = 255
"""Characters kept of any text that Slack sends; ours are shorter."""


@dataclass(frozen=True, slots=True)
class Press:
    """One press of one button.

    Attributes:
        envelope_id: Slack's id of the delivery, which may come more than once.
        user_id: who pressed.
        user_name: how Slack calls them.
        action_ts: Slack's id of the press.
        action: the button's name.
        value: what the button carried.
        channel: where the message stands.
        thread_ts: the thread that the button stands in; empty for one of a root.
    """

    envelope_id: str
    user_id: str
    user_name: str
    action_ts: str
    action: str
    value: str
    channel: str
    thread_ts: str


class Whisper(Protocol):
    """Says something to one person in a channel that nobody else sees."""

    def say(self, press: Press, message: Message) -> bool:
        """Answer a press where it was made; tell whether Slack took it. It raises nothing that Slack or the network does."""
        ...


def presses_in(envelope_id: str, payload: Mapping[str, Any]) -> tuple[Press, ...]:
    """Return the presses of an interaction; none where it is of another kind, or lacks what names message and person."""
    if payload.get("type") != BLOCK_ACTIONS:
        return ()
    user, container = _object(payload, "user"), _object(payload, "container")
    channel = _text(_object(payload, "channel"), "id") or _text(container, "channel_id")
    own_ts = _text(container, "message_ts") or _text(_object(payload, "message"), "ts")
    thread_ts = _text(container, "thread_ts") or _text(_object(payload, "message"), "thread_ts")
    user_id = _text(user, "id")
    if not (envelope_id and user_id and channel):
        return ()
    name = _text(user, "name") or _text(user, "username") or user_id
    actions = payload.get("actions")
    pressed = [action for action in actions if isinstance(action, Mapping)] if isinstance(actions, list) else []
    return tuple(
        Press(
            envelope_id=envelope_id if number == 0 else f"{envelope_id}#{number}",
            user_id=user_id,
            user_name=name,
            action_ts=_text(action, "action_ts"),
            action=_text(action, "action_id"),
            value=_text(action, "value"),
            channel=channel,
            thread_ts="" if thread_ts == own_ts else thread_ts,
        )
        for number, action in enumerate(pressed)
        if _text(action, "action_ts") and _text(action, "action_id")
    )


def _object(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = payload.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    return value[:LONGEST] if isinstance(value, str) else ""
