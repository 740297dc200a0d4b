"""How a message becomes what Slack takes: its blocks, and the pictures and files that stand in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from sellerwatch.delivery.outcomes import Upload
from sellerwatch.messages.addresses import Contacts
from sellerwatch.messages.blocks import Message
from sellerwatch.messages.chart_words import chart_words
from sellerwatch.messages.slack import SlackPayload, attachments_of, charts_of, render_slack

Images: TypeAlias = Mapping[int, str]
"""Slack's id of each picture, by the number that the message gives it."""


@dataclass(frozen=True, slots=True)
class Showing:
    """How a message becomes what Slack takes.

    Attributes:
        uploads_of: the pictures and files of a message by number, pictures first; they are made only when they are sent.
        render: the message as blocks, with those pictures that Slack has.
    """

    uploads_of: Callable[[Message], Mapping[int, Upload]]
    render: Callable[[Message, Contacts, Images], SlackPayload]


WORDS_ALONE: Final = Showing(lambda _: {}, lambda message, contacts, _: render_slack(message, contacts=contacts))
"""For messages without pictures."""


def charts_uploaded(message: Message) -> Mapping[int, Upload]:
    """Return the pictures of a message's charts; one of which no value is known is left to its words."""
    # Not at the top: importing what draws takes half a second, and most commands draw nothing.
    from sellerwatch.messages.chart import png  # noqa: PLC0415

    return {
        number: Upload(f"trend-{number}.png", png(chart), chart.title, chart_words(chart))
        for number, chart in enumerate(charts_of(message))
        if any(value is not None for _, value in chart.points)
    }


def files_uploaded(message: Message) -> Mapping[int, Upload]:
    """Return the files of a message, numbered after its charts; a spreadsheet sees by the mark in front that they are UTF-8."""
    return {
        number: Upload(file.name, file.text.encode("utf-8-sig"), file.name, is_picture=False)
        for number, file in enumerate(attachments_of(message), len(charts_of(message)))
    }


WITH_UPLOADS: Final = Showing(
    lambda message: {**charts_uploaded(message), **files_uploaded(message)},
    lambda message, contacts, images: render_slack(message, contacts=contacts, images=images),
)
"""For messages whose charts are pictures and whose attachments are files."""
