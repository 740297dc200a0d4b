"""Lines as Slack's mrkdwn: data is escaped and cannot format, link or call; what does not fit is cut and counted.

A formatting character inside a word does nothing in Slack, so ``SKU_A_1`` stays as it is and can be copied. Anywhere else it is
replaced by a character that looks the same and means nothing; an invisible character would be copied along unseen.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sellerwatch.messages.addresses import Contacts, slack_mention, web_address
from sellerwatch.messages.blocks import Bold, Code, Inline, Line, Link, Mention
from sellerwatch.messages.wording import EMPTY, clean, cut, phrase, visible

LOOKALIKES: Final = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
"""Mathematical asterisk, low macron, tilde operator and modifier grave: they show alike and format nothing."""

_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LIVE: Final = re.compile(r"[*_~`]")
_CONTROL_START: Final = re.compile(r"<(?=[!@#]|https?:|mailto:)", re.IGNORECASE)
"""Slack reads no control sequence in plain_text; this keeps one from coming alive where such a text is copied into another place."""

_NOTE_ROOM: Final = 48
_ASTRAL: Final = 0xFFFF
_ASCII: Final = 0x7F


class _Part(NamedTuple):
    text: str
    is_marked: bool


def width(text: str) -> int:
    """Return the length as Slack may count it: characters beyond the basic plane count twice."""
    return len(text) + sum(ord(character) > _ASTRAL for character in text)


def escape(text: str) -> str:
    """Return the text as mrkdwn that shows exactly it: no control sequence, no formatting."""
    return _escape_markup(_LIVE.sub(lambda found: _lookalike(found, text), text))


def mrkdwn(line: Line, *, limit: int, contacts: Contacts, language: str) -> str:
    """Return the line within the limit; the cut falls between characters a reader sees, and says how many are missing."""
    whole = _join([_render(piece, contacts) for piece in line])
    if width(whole) <= limit:
        return whole or EMPTY
    parts, kept = _parts_that_fit(line, limit - _NOTE_ROOM, contacts)
    total = sum(len(_words(piece)) for piece in line)
    return _join([*parts, _Part(phrase("cut", language, count=total - kept), is_marked=False)])


def plain_text(text: str, *, limit: int, language: str) -> str:
    """Return the text for a plain_text object, where Slack reads no markup at all."""
    shown = _CONTROL_START.sub("\u2039", clean(text).strip()) or EMPTY
    if width(shown) <= limit:
        return shown
    kept = cut(shown, limit - _NOTE_ROOM, width)
    return kept + phrase("cut", language, count=len(shown) - len(kept))


def _parts_that_fit(line: Line, room: int, contacts: Contacts) -> tuple[list[_Part], int]:
    parts: list[_Part] = []
    kept = 0
    for piece in line:
        # Two more characters than the piece itself: the spaces that may be put around it.
        left = room - width(_join(parts)) - 2
        shorter = _shorten(piece, left, contacts)
        if shorter is not None:
            parts.append(_render(shorter, contacts))
            kept += len(_words(shorter))
        if shorter != piece:
            break
    return parts, kept


def _shorten(piece: Inline, room: int, contacts: Contacts) -> Inline | None:
    if width(_render(piece, contacts).text) <= room:
        return piece
    match piece:
        case str():
            return cut(clean(piece), room, _escaped_width)
        case Bold(text) | Code(text):
            return type(piece)(cut(visible(text), room - 2, _escaped_width))
        case Link() | Mention():
            # Half a link leads nowhere.
            return None


def _render(piece: Inline, contacts: Contacts) -> _Part:
    match piece:
        case str():
            return _Part(escape(clean(piece)), is_marked=False)
        case Bold(text):
            return _marked("*", escape(clean(text).strip()))
        case Code(text):
            return _marked("`", _escape_markup(visible(text).strip().replace("`", LOOKALIKES["`"])))
        case Link(text, url):
            return _link(clean(text).strip(), url)
        case Mention(target):
            called = slack_mention(target, contacts)
            return _Part(called, is_marked=True) if called else _Part(escape(f"@{clean(target)}"), is_marked=False)


def _link(text: str, url: str) -> _Part:
    address = web_address(url)
    if address is None:
        return _Part(escape(text), is_marked=False)
    return _Part(f"<{_escape_markup(address)}|{escape(text or address)}>", is_marked=True)


def _marked(mark: str, text: str) -> _Part:
    return _Part(f"{mark}{text}{mark}", is_marked=True) if text else _Part("", is_marked=False)


def _join(parts: list[_Part]) -> str:
    joined, after_mark = "", False
    for part in parts:
        if not part.text:
            continue
        if (
            joined
            and (after_mark or part.is_marked)
            and not _is_boundary(joined[-1], part.text[0], (after_mark, part.is_marked))
        ):
            joined += " "
        joined, after_mark = joined + part.text, part.is_marked
    return joined.strip()


def _is_boundary(before: str, after: str, marks: tuple[bool, bool]) -> bool:
    # Slack formats only where a mark stands beside a space or punctuation; Chinese text has neither around a number.
    if all(marks):
        return False
    beside = before if marks[1] else after
    return beside.isspace() or (ord(beside) <= _ASCII and not beside.isalnum())


def _lookalike(found: re.Match[str], text: str) -> str:
    before, after = text[max(found.start() - 1, 0) : found.start()], text[found.end() : found.end() + 1]
    is_inside_word = before.isalnum() and after.isalnum() and found.group() != "`"
    return found.group() if is_inside_word else LOOKALIKES[found.group()]


def _escape_markup(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _escaped_width(character: str) -> int:
    return width(_ESCAPES.get(character, character))


def _words(piece: Inline) -> str:
    match piece:
        case str():
            return clean(piece)
        case Bold(text) | Code(text) | Link(text):
            return text
        case Mention(target):
            return target
