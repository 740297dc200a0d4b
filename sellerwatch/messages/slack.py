"""Messages as Slack's Block Kit: dict blocks and the top-level text, within every limit Slack refuses a message for.

Limits: https://docs.slack.dev/reference/block-kit/blocks; for their sum, https://github.com/slackapi/bolt-js/issues/2509.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sellerwatch.messages.addresses import NO_CONTACTS, Contacts
from sellerwatch.messages.blocks import (
    MARKERS,
    STANDING_MARKER,
    Actions,
    Attachment,
    Block,
    Bold,
    Bullets,
    Button,
    Chart,
    Context,
    Divider,
    Earlier,
    Field,
    Fields,
    Header,
    Line,
    Message,
    Standing,
    Steps,
    Text,
)
from sellerwatch.messages.chart_words import chart_words
from sellerwatch.messages.mrkdwn import escape, mrkdwn, plain_text, width
from sellerwatch.messages.wording import EMPTY, phrase

BLOCKS_PER_MESSAGE: Final = 50
HEADER_LIMIT: Final = 150
SECTION_LIMIT: Final = 3_000
FIELDS_PER_SECTION: Final = 10
FIELD_LIMIT: Final = 2_000
CONTEXT_LIMIT: Final = 2_000
BUTTONS_PER_BLOCK: Final = 25
BUTTON_TEXT_LIMIT: Final = 75
BUTTON_VALUE_LIMIT: Final = 2_000
ACTION_ID_LIMIT: Final = 255
ALT_TEXT_LIMIT: Final = 2_000
UPDATE_TEXT_LIMIT: Final = 4_000
"""chat.update's limit for the top-level text; posting allows ten times as much, but every root is updated some day."""

BUDGET: Final = 10_000
"""Characters of all blocks written as JSON. Slack refuses near 13,200, counted in a way it does not document; this is safe for any."""

TOP_LEVEL_LIMIT: Final = 1_000
SHORT_TEXT_LIMIT: Final = 3_000
ITEM_LIMIT: Final = 600
"""One step or bullet; a single endless item must not push its neighbours out."""

_NOTE_ROOM: Final = 160

SlackBlock = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SlackPayload:
    """What chat.postMessage and chat.update take: the top-level text and the blocks, which may be none."""

    text: str
    blocks: tuple[SlackBlock, ...]


@dataclass(frozen=True, slots=True)
class _Voice:
    contacts: Contacts
    language: str

    def write(self, line: Line, limit: int) -> str:
        return mrkdwn(line, limit=limit, contacts=self.contacts, language=self.language)

    def plain(self, text: str, limit: int) -> dict[str, Any]:
        return {"type": "plain_text", "text": plain_text(text, limit=limit, language=self.language), "emoji": True}


NO_IMAGES: Final[Mapping[int, str]] = {}


def charts_of(message: Message) -> tuple[Chart, ...]:
    """Return the charts of the message, in the order in which `render_slack` counts them."""
    return tuple(block for block in message.blocks if isinstance(block, Chart))


def attachments_of(message: Message) -> tuple[Attachment, ...]:
    """Return the files of the message."""
    return tuple(block for block in message.blocks if isinstance(block, Attachment))


def render_slack(message: Message, *, contacts: Contacts = NO_CONTACTS, images: Mapping[int, str] = NO_IMAGES) -> SlackPayload:
    """Return the message as blocks and text; what exceeds a limit is cut or left out, and the message says so.

    Args:
        message: what is said.
        contacts: Slack ids by role.
        images: the id of the file that was uploaded for the first chart (0), the second (1) and so on; a chart without one is said
            in words.
    """
    voice = _Voice(contacts, message.language)
    blocks, charts = [_header(_titled(message), voice)], 0
    for block in message.blocks:
        if isinstance(block, Chart):
            blocks.append(_chart(block, images.get(charts), voice))
            charts += 1
        else:
            blocks.extend(_render(block, voice))
    return SlackPayload(_top_level_text(message), tuple(_within_limits(blocks, voice)))


def render_slack_short(message: Message, *, contacts: Contacts = NO_CONTACTS) -> SlackPayload:
    """Return the message as text alone, for when Slack refuses its blocks."""
    voice = _Voice(contacts, message.language)
    lines = [voice.write((Bold(_titled(message)),), TOP_LEVEL_LIMIT)]
    lines += [text for block in message.blocks for text in _texts(block, voice)]
    kept = _lines_that_fit(lines, SHORT_TEXT_LIMIT - _NOTE_ROOM)
    if len(kept) < len(lines):
        kept.append(phrase("left_out", message.language, count=len(lines) - len(kept)))
    return SlackPayload("\n".join(kept), ())


def _titled(message: Message) -> str:
    return f"{MARKERS[message.tone]} {message.title}"


def _top_level_text(message: Message) -> str:
    # Escaped too: what only a notification shows can call a whole channel just the same.
    return mrkdwn((_titled(message),), limit=TOP_LEVEL_LIMIT, contacts=NO_CONTACTS, language=message.language)


def _chart(chart: Chart, file_id: str | None, voice: _Voice) -> SlackBlock:
    words = chart_words(chart)
    if file_id is None:
        return _section(voice.write((words,), SECTION_LIMIT))
    alt_text = plain_text(words, limit=ALT_TEXT_LIMIT, language=voice.language)
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": alt_text}


def _render(block: Block, voice: _Voice) -> Iterator[SlackBlock]:  # noqa: C901 - one case for each kind of block
    match block:
        case Header(text):
            yield _header(text, voice)
        case Text(line):
            yield _section(voice.write(line, SECTION_LIMIT))
        case Fields(fields):
            yield from (_field_section(chunk, voice) for chunk in _chunks(fields, FIELDS_PER_SECTION))
        case Steps() | Bullets():
            yield _section(_items(block, voice))
        case Context(line):
            yield _context(voice.write(line, CONTEXT_LIMIT))
        case Chart():
            yield _chart(block, None, voice)
        case Divider():
            yield {"type": "divider"}
        case Standing(line):
            yield _section(voice.write((f"{STANDING_MARKER} ", *line), SECTION_LIMIT))
        case Actions(buttons):
            yield from (_button_row(row, voice) for row in _chunks(buttons, BUTTONS_PER_BLOCK))
        case Attachment() | Earlier():  # links, once the one is uploaded and the other found
            return


def _texts(block: Block, voice: _Voice) -> Iterator[str]:
    match block:
        case Header(text):
            yield voice.write((Bold(text),), HEADER_LIMIT)
        case Text(line) | Context(line) | Standing(line):
            yield voice.write(line, ITEM_LIMIT)
        case Fields(fields):
            yield from (voice.write((f"{field.label}: ", *field.value), ITEM_LIMIT) for field in fields)
        case Steps() | Bullets():
            yield from _item_lines(block, voice)
        case Chart():
            yield voice.write((chart_words(block),), ITEM_LIMIT)
        case Divider() | Actions() | Attachment() | Earlier():
            return


def _header(text: str, voice: _Voice) -> SlackBlock:
    return {"type": "header", "text": voice.plain(text, HEADER_LIMIT)}


def _section(text: str) -> SlackBlock:
    return {"type": "section", "text": _mrkdwn_object(text)}


def _context(text: str) -> SlackBlock:
    return {"type": "context", "elements": [_mrkdwn_object(text)]}


def _mrkdwn_object(text: str) -> dict[str, Any]:
    # Verbatim: Slack must not make links or mentions of what merely looks like one.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _field_section(fields: Sequence[Field], voice: _Voice) -> SlackBlock:
    return {"type": "section", "fields": [_mrkdwn_object(_field(field, voice)) for field in fields]}


def _button_row(buttons: Sequence[Button], voice: _Voice) -> SlackBlock:
    return {"type": "actions", "elements": [_button(button, voice) for button in buttons]}


def _field(field: Field, voice: _Voice) -> str:
    label = voice.write((Bold(field.label),), HEADER_LIMIT)
    return f"{label}\n{voice.write(field.value, FIELD_LIMIT - HEADER_LIMIT - 1)}"


def _button(button: Button, voice: _Voice) -> dict[str, Any]:
    element = {
        "type": "button",
        "text": voice.plain(button.text, BUTTON_TEXT_LIMIT),
        "action_id": button.action[:ACTION_ID_LIMIT],
        "value": button.value[:BUTTON_VALUE_LIMIT],
    }
    return element if button.style == "default" else {**element, "style": button.style}


def _item_lines(block: Steps | Bullets, voice: _Voice) -> list[str]:
    texts = [voice.write(item, ITEM_LIMIT) for item in block.items]
    if isinstance(block, Steps):
        return [f"{number}. {text}" for number, text in enumerate(texts, start=1)]
    return [f"• {text}" for text in texts]


def _items(block: Steps | Bullets, voice: _Voice) -> str:
    lines = _item_lines(block, voice)
    kept = _lines_that_fit(lines, SECTION_LIMIT - _NOTE_ROOM)
    if len(kept) < len(lines):
        kept.append(phrase("more", voice.language, count=len(lines) - len(kept)))
    return "\n".join(kept) or EMPTY


def _lines_that_fit(lines: Sequence[str], room: int) -> list[str]:
    kept: list[str] = []
    for text in lines:
        room -= width(text) + 1
        if room < 0:
            break
        kept.append(text)
    return kept


def _within_limits(blocks: list[SlackBlock], voice: _Voice) -> list[SlackBlock]:
    if len(blocks) <= BLOCKS_PER_MESSAGE and sum(map(_size, blocks)) <= BUDGET:
        return blocks
    chosen = _most_that_fit(blocks)
    note = _context(escape(phrase("left_out", voice.language, count=len(blocks) - len(chosen))))
    # The note stands where the text ends, before the buttons.
    end = next((place for place, block in enumerate(chosen) if block["type"] == "actions"), len(chosen))
    return [*chosen[:end], note, *chosen[end:]]


def _most_that_fit(blocks: list[SlackBlock]) -> list[SlackBlock]:
    buttons = [block for block in blocks if block["type"] == "actions"][:1]
    room, places = BUDGET - _NOTE_ROOM - sum(map(_size, buttons)), BLOCKS_PER_MESSAGE - 1 - len(buttons)
    if room < BUDGET // 2:
        buttons, room = [], BUDGET - _NOTE_ROOM
    chosen: list[SlackBlock] = []
    for block in blocks:
        if block["type"] == "actions":
            continue
        room -= _size(block)
        if room < 0 or len(chosen) == places:
            break
        chosen.append(block)
    return chosen + buttons


def _size(block: SlackBlock) -> int:
    return width(json.dumps(block, ensure_ascii=False)) + 2


def _chunks(items: tuple[T, ...], size: int) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
