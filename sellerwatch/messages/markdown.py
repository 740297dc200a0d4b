"""Messages as CommonMark for run artifacts and files: every character of data that could mean something is escaped."""

from __future__ import annotations

import re
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

_MEANINGFUL: Final = re.compile(r"[\\`*_\[\]<>~|&#!$^]|(?<=\w):(?=//)|(?<=www)\.")
"""Includes what only extended dialects read: strike-through, tables, formulas and bare addresses."""

_MEANINGFUL_FIRST: Final = re.compile(r"^(\d{1,9})([.)])|^([-+=:])")
"""At the start of a line: list numbers, bullets, underlines of headings, definition and fence marks."""


def render_markdown(message: Message) -> str:
    """Return the message with its title as a second-level heading. Buttons and files are left out: nothing answers, nothing holds them."""
    parts = [f"## {MARKERS[message.tone]} {_shown(message.title)}"]
    parts += [part for block in message.blocks for part in _render(block) if part]
    return "\n\n".join(parts) + "\n"


def _render(block: Block) -> Iterator[str]:  # noqa: C901 - one case for each kind of block
    match block:
        case Header(text):
            yield f"### {_shown(text)}"
        case Text(line):
            yield _line(line)
        case Fields(fields):
            yield "\n".join(f"- **{_shown(field.label)}**: {_line(field.value)}" for field in fields)
        case Steps(items):
            yield "\n".join(f"{number}. {_line(item)}" for number, item in enumerate(items, start=1))
        case Bullets(items):
            yield "\n".join(f"- {_line(item)}" for item in items)
        case Context(line):
            yield f"> {_line(line)}"
        case Chart():
            yield _line((chart_words(block),))
        case Divider():
            yield "---"
        case Standing(line):
            yield f"{STANDING_MARKER} {_line(line)}"
        case Actions() | Attachment() | Earlier():
            return


def escape(text: str) -> str:
    """Return data as it may stand within a line of Markdown that is written by hand, a cell of a table included."""
    return _escape(clean(text).strip())


def _shown(text: str) -> str:
    return _first(_escape(clean(text).strip())) or EMPTY


def _line(line: Line) -> str:
    joined, before = "", ""
    for piece in line:
        shown = _piece(piece)
        if not shown:
            continue
        if joined and _must_part(joined, before, shown, _mark(piece)):
            joined += " "
        joined, before = joined + shown, _mark(piece)
    return _first(joined.strip()) or EMPTY


def _mark(piece: Inline) -> str:
    return "**" if isinstance(piece, Bold) else "`" if isinstance(piece, Code) else ""


def _must_part(left: str, left_mark: str, right: str, right_mark: str) -> bool:
    if left_mark and right_mark:
        # Two runs of the same mark would be read as one longer run.
        return True
    # Beside a letter, bold that begins or ends with punctuation is not read as bold.
    closes_badly = left_mark == "**" and not left[-3:-2].isalnum() and not right[0].isspace()
    opens_badly = right_mark == "**" and not right[2:3].isalnum() and not left[-1].isspace()
    return closes_badly or opens_badly


def _first(text: str) -> str:
    return _MEANINGFUL_FIRST.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", text)


def _escape(text: str) -> str:
    return _MEANINGFUL.sub(lambda found: f"\\{found[0]}", text)


def _piece(piece: Inline) -> str:
    match piece:
        case str():
            return _escape(clean(piece))
        case Bold(text):
            return _bold(clean(text))
        case Code(text):
            return _code(visible(text).strip())
        case Link(text, url):
            address = web_address(url)
            return f"[{_escape(clean(text))}](<{address}>)" if address else _escape(clean(text))
        case Mention(target):
            return f"@{_escape(clean(target))}"


def _bold(text: str) -> str:
    return f"**{_escape(text.strip())}**" if text.strip() else text


def _code(text: str) -> str:
    if not text:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    edge = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{edge}{text}{edge}{fence}"
