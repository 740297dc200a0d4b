"""What a channel is told, free of any channel's syntax: a title, a tone and a small closed set of blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal, TypeAlias


class Tone(StrEnum):
    """How urgent a message is; a tier's colour while the problem lasts, green when it is over, grey when it no longer applies."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    GREY = "grey"


MARKERS: Final = {Tone.RED: "🔴", Tone.ORANGE: "🟠", Tone.YELLOW: "🟡", Tone.GREEN: "🟢", Tone.GREY: "⚪"}
"""The sign in front of a title; a plain character, so it survives every channel and every copy."""

STANDING_MARKER: Final = "👤"
"""The sign in front of where people stand."""

Language: TypeAlias = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Bold:
    """Words that must catch the eye."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A value to copy unchanged, such as a SKU or a command."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to an http or https address; any other address leaves the words alone."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A person or group to call: a role's lower-case name, found among the contacts when sent, or a Slack user or group id."""

    target: str


Inline: TypeAlias = str | Bold | Code | Link | Mention
"""One piece of a line; a plain string is always shown literally."""

Line: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """The heading of a part; the message's own heading is its title."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph."""

    line: Line


@dataclass(frozen=True, slots=True)
class Field:
    """A named value."""

    label: str
    value: Line


@dataclass(frozen=True, slots=True)
class Fields:
    """Named values, shown side by side where the channel can."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """What to do, in order; numbered."""

    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """Items of equal standing, such as the rows of a digest."""

    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """The small print: where a number comes from, as of when."""

    line: Line


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between parts."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where people stand with the problem: who has it, until when, whom it called."""

    line: Line


@dataclass(frozen=True, slots=True)
class Button:
    """Something a reader can press; ``action`` names what, ``value`` names which episode and revision was seen."""

    text: str
    action: str
    value: str
    style: Literal["default", "primary", "danger"] = "default"


@dataclass(frozen=True, slots=True)
class Actions:
    """A row of buttons; only channels that can answer show it."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """How a number went, with the limits it is judged by: a picture where a channel shows one, else a line of words.

    Attributes:
        title: what it shows, and of whom.
        points: each day in order with its value; None where that is not known.
        limits: lines to compare with; a tier's name has the tier's colour, as has ``usual``.
        unit: ``%``, the code of a currency, or what stands behind the number.
        language: of title and unit.
        title_en: the title for a picture made where no font has Chinese letters.
        unit_en: the unit for such a picture.
    """

    title: str
    points: tuple[tuple[date, float | None], ...]
    limits: tuple[tuple[str, float], ...] = ()
    unit: str = ""
    language: Language = "en"
    title_en: str = ""
    unit_en: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text file beside the message; a channel that takes no files leaves it out, so nothing may be said in it alone."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """Words that lead to the message of another conversation; left out where that has none, and by a channel that has no addresses."""

    text: str
    thread_key: str


Block: TypeAlias = (
    Header | Text | Fields | Steps | Bullets | Context | Divider | Standing | Actions | Chart | Attachment | Earlier
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. The title is what a notification and a screen reader give; it must make sense alone."""

    title: str
    tone: Tone
    blocks: tuple[Block, ...] = ()
    language: Language = "en"
    is_broadcast: bool = False
    """A reply that is shown in the channel too."""


def line(*pieces: Inline) -> Line:
    """Return the pieces as one line: ``line("Cover ", Bold("0.9 days"))``."""
    return pieces
