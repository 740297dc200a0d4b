"""Text made safe to show and short enough to send, and the few words renderers add, in each language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from babel import Locale
from babel.dates import format_skeleton

EMPTY: Final = "–"
"""Shown where a text is empty, because an empty text object makes Slack refuse the whole message."""

PHRASES: Final = {
    "en": {
        "cut": "… (characters cut: {count:,})",
        "more": "… and {count:,} more",
        "left_out": "… parts left out for want of room: {count:,}",
    },
    "zh": {
        "cut": "…（已截去 {count:,} 个字符）",
        "more": "…… 另有 {count:,} 条",
        "left_out": "…… 因篇幅所限省略 {count:,} 段",
    },
}
"""What a renderer says when it had to leave something out."""

LOCALES: Final[Mapping[str, Locale]] = {"en": Locale("en", "US"), "zh": Locale("zh", "CN", script="Hans")}
"""Whose habits numbers, money and days follow, by language."""

_NEAR: Final = timedelta(days=180)
"""So close to another day, a day needs no year: nobody takes it for the one a year away."""

_BIDI_CONTROLS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that reverse what follows them; natural right-to-left text does not need them."""

_BREAKS: Final = frozenset("\u2028\u2029")
_ZERO_WIDTH_JOINER: Final = "\u200d"
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)


def phrase(name: str, language: str, *, count: int) -> str:
    """Return a phrase with its count, in English where the language is not known."""
    return PHRASES.get(language, PHRASES["en"])[name].format(count=count)


def day_words(day: date, language: str = "en", *, near: date | None = None) -> str:
    """Return a day with its weekday, which is what shipments are planned by; in English where the language is not known.

    Args:
        day: the day.
        language: whose habits to follow.
        near: a day the reader has in mind, such as that of the message; the year is left out close to it.
    """
    is_near = near is not None and abs(day - near) <= _NEAR
    locale = LOCALES.get(language, LOCALES["en"])
    return str(format_skeleton("MMMEd" if is_near else "yMMMEd", day, locale=locale))


def moment_words(moment: datetime, language: str = "en") -> str:
    """Return an instant in UTC, to the minute, by a clock of 24 hours."""
    known = moment.astimezone(UTC)
    day = format_skeleton("yMMMd", known.date(), locale=LOCALES.get(language, LOCALES["en"]))
    return f"{day} {known:%H:%M} UTC"


def visible(text: str) -> str:
    """Return the text with control characters and line breaks as spaces, without characters that reverse their neighbours."""
    return "".join(_visible_character(character) for character in _BIDI_CONTROLS.sub("", text))


def clean(text: str) -> str:
    """Return `visible` text with runs of white space as one space."""
    return re.sub(r"\s+", " ", visible(text))


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, which takes an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def cut(text: str, room: int, size: Callable[[str], int] = len) -> str:
    """Return the longest start of the text whose characters' sizes fit the room, never half of what a reader sees as one."""
    used = 0
    for end, character in enumerate(text):
        used += size(character)
        if used > room:
            return text[: _boundary(text, end)]
    return text


def _visible_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc" or character in _BREAKS:
        return " "
    return "\N{REPLACEMENT CHARACTER}" if category == "Cs" else character


def _boundary(text: str, end: int) -> int:
    while end > 0 and (_joins_what_precedes(text[end]) or text[end - 1] == _ZERO_WIDTH_JOINER):
        end -= 1
    return end


def _joins_what_precedes(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character == _ZERO_WIDTH_JOINER
        or ord(character) in _SKIN_TONES
    )
