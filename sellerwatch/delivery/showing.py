"""How a message becomes what Slack takes: its blocks, and the pictures and files that stand in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from sellerwatch.delivery.outcomes import Upload
from sellerwatch.messages.addresses import Contacts
from sellerwatch.messages.blocks import Message
from sellerwatch.messages.slack import SlackPayload, render_slack

Images: TypeAlias = Mapping[int, str]
"""Slack's id of each picture, by the number that the message gives it."""


@dataclass(frozen=True, slots=True)
class Showing:
    """How a message becomes what Slack takes.

    Attributes:
        uploads_of: the pictures and files of a message by number; pictures are drawn only when they are sent.
        render: the message as blocks, with those pictures that Slack has.
    """

    uploads_of: Callable[[Message], Mapping[int, Upload]]
    render: Callable[[Message, Contacts, Images], SlackPayload]


WORDS_ALONE: Final = Showing(lambda _: {}, lambda message, contacts, _: render_slack(message, contacts=contacts))
"""For messages without pictures."""
