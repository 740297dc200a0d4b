"""What delivery itself has to say to readers: why a message stands somewhere else than expected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sellerwatch.core.errors import PermanentError
from sellerwatch.messages.blocks import Bold, Code, Context, Link, Message, Text, Tone, line
from sellerwatch.messages.codec import from_dict

PHRASES: Final = {
    "en": {
        "refused": "Not delivered where it belongs. Channel: ",
        "reason": " Reason: ",
        "remedy": ". Invite the app there or correct the routing.",
        "moved": "Meant for another channel: ",
        "replaced": "Continues an earlier message that can no longer be updated.",
        "earlier": "Earlier message",
        "unreadable": "A decided message cannot be read: ",
    },
    "zh": {
        "refused": "未能送达原定频道：",
        "reason": " 原因：",
        "remedy": "。请将应用加入该频道，或更正路由配置。",
        "moved": "原定频道：",
        "replaced": "接续一条无法再更新的消息。",
        "earlier": "原消息",
        "unreadable": "一条已决定的消息无法读取：",
    },
}
"""The words, by language."""


def refused_elsewhere(message: Message, *, channel: str, error: str) -> Message:
    """Return the message as the fallback channel gets it: the same content under a note of where it belongs."""
    words = PHRASES[message.language]
    note = line(Bold(words["refused"].strip()), " ", Code(channel), words["reason"], Code(error), words["remedy"])
    return replace(message, blocks=(Text(note), *message.blocks), is_broadcast=False)


def moved(message: Message, *, channel: str) -> Message:
    """Return an update of a conversation that lives in the fallback channel; it still says where it belongs."""
    return replace(message, blocks=(*message.blocks, Context(line(PHRASES[message.language]["moved"], Code(channel)))))


def replacing(message: Message, *, earlier: str | None) -> Message:
    """Return the message as the root of a conversation whose first root is gone, linked to it where its address is known."""
    words = PHRASES[message.language]
    link = (" ", Link(words["earlier"], earlier)) if earlier else ()
    return replace(message, blocks=(*message.blocks, Context(line(words["replaced"], *link))), is_broadcast=False)


def readable(stored: Any, *, key: str) -> Message:  # noqa: ANN401 - whatever the row holds
    """Return the stored message, or for one that cannot be read a message that says so."""
    try:
        return from_dict(stored)
    except PermanentError:
        return Message(title=f"{PHRASES['en']['unreadable']}{key}", tone=Tone.GREY)
