"""Messages as plain text for a terminal: wrapped, aligned also where characters are two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from sellerwatch.messages.addresses import web_address
from sellerwatch.messages.blocks import (
    MARKERS,
    STANDING_MARKER,
    Actions,
    Attachment,
    Block,
    Bold,
    Bullets,
    Chart,
    Code,
    Context,
    Divider,
    Earlier,
    Fields,
    Header,
    Inline,
    Line,
    Link,
    Mention,
    Message,
    Standing,
    Steps,
    Text,
)
from sellerwatch.messages.chart_words import chart_words
from sellerwatch.messages.wording import EMPTY, clean, visible

COLUMNS: Final = 88
_WIDE: Final = frozenset("WF")


def render_plain(message: Message, *, columns: int = COLUMNS) -> str:
    """Return the message as lines of at most ``columns`` columns, save for words longer than that."""
    title = f"{MARKERS[message.tone]} {clean(message.title).strip() or EMPTY}"
    lines = [*_wrap(title, columns), "═" * columns]
    for block in message.blocks:
        lines.extend(_render(block, columns))
    return "\n".join(lines) + "\n"


def line_text(line: Line) -> str:
    """Return the words of a line without any markup."""
    return "".join(_words(piece) for piece in line).strip() or EMPTY


def _render(block: Block, columns: int) -> Iterator[str]:  # noqa: C901 - one case for each kind of block
    match block:
        case Header(text):
            shown = clean(text).strip() or EMPTY
            yield from ("", *_wrap(shown, columns), "─" * min(columns, column_count(shown)))
        case Text(line):
            yield from ("", *_wrap(line_text(line), columns))
        case Fields():
            yield from ("", *_fields(block, columns))
        case Steps() | Bullets():
            yield from ("", *_items(block, columns))
        case Context(line):
            yield from ("", *_hang("· ", line_text(line), columns))
        case Chart():
            yield from ("", *_wrap(clean(chart_words(block)), columns))
        case Divider():
            yield from ("", "─" * columns)
        case Standing(line):
            yield from ("", *_hang(f"{STANDING_MARKER} ", line_text(line), columns))
        case Actions(buttons):
            yield from ("", *_wrap("  ".join(f"[ {clean(button.text).strip()} ]" for button in buttons), columns))
        case Attachment() | Earlier():
            return


def column_count(text: str) -> int:
    """Return how many terminal columns the text takes."""
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def _words(piece: Inline) -> str:
    match piece:
        case str():
            return clean(piece)
        case Bold(text):
            return clean(text)
        case Code(text):
            return visible(text)
        case Link(text, url):
            address = web_address(url)
            return f"{clean(text)} ({address})" if address else clean(text)
        case Mention(target):
            return f"@{clean(target)}"


def _fields(block: Fields, columns: int) -> Iterator[str]:
    labels = [clean(field.label).strip() or EMPTY for field in block.fields]
    widest = min(max(map(column_count, labels), default=0), columns // 3)
    for label, field in zip(labels, block.fields, strict=True):
        padding = " " * max(0, widest - column_count(label))
        yield from _hang(f"{label}{padding}  ", line_text(field.value), columns)


def _items(block: Steps | Bullets, columns: int) -> Iterator[str]:
    for number, item in enumerate(block.items, start=1):
        first = f"{number}. " if isinstance(block, Steps) else "• "
        yield from _hang(first, line_text(item), columns)


def _hang(first: str, text: str, columns: int) -> Iterator[str]:
    indent = column_count(first)
    for number, part in enumerate(_wrap(text, max(1, columns - indent))):
        yield (first if number == 0 else " " * indent) + part


def _wrap(text: str, columns: int) -> list[str]:
    lines: list[str] = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and column_count(longer) > columns:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
