"""A digest's rows, and the messages that list each of them exactly once: some in the message itself, the others in its thread."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias, get_args

from sellerwatch.alerts.telling.words import say
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.messages.addresses import NO_CONTACTS
from sellerwatch.messages.blocks import (
    MARKERS,
    Block,
    Bullets,
    Code,
    Context,
    Inline,
    Language,
    Line,
    Message,
    Text,
    Tone,
    line,
)
from sellerwatch.messages.figures import money
from sellerwatch.messages.mrkdwn import mrkdwn, width
from sellerwatch.messages.plain import line_text
from sellerwatch.messages.slack import ITEM_LIMIT
from sellerwatch.messages.wording import cut, day_words
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.tiers import depth

Standing: TypeAlias = Literal["open", "recovering", "frozen", "resolved", "closed", "moved"]
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)

TONES: Final[dict[Tier, Tone]] = {"yellow": Tone.YELLOW, "orange": Tone.ORANGE, "red": Tone.RED}
_OVER: Final[dict[Standing, Tone]] = {"resolved": Tone.GREEN, "closed": Tone.GREY, "moved": Tone.GREY}

SEVERAL: Final = 2

SUBJECT_ROOM: Final = 128
WORDS_ROOM: Final = 160
LIST_ROOM: Final = 2_400
"""Characters of one list: Slack cuts a section at 3,000."""

MESSAGE_ROOM: Final = 6_000
"""Characters of the rows of one message: Slack takes some 13,000 of all blocks, and rows get longer when something happens to them."""

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""


@dataclass(frozen=True, slots=True)
class DigestRow:
    """One alert of a digest as people see it."""

    thread_key: str
    fingerprint: str
    episode: int
    rule: str
    marketplace: str
    subject: str
    tier: Tier | None
    words: str
    standing: Standing = "open"
    amount: Decimal | None = None
    currency: str | None = None
    holds: int = 0
    place: int = 0
    page: int = 0

    @property
    def is_alert(self) -> bool:
        """Whether an alert is behind it; else it tells of a number that is unusual."""
        return self.tier is not None

    @property
    def tone(self) -> Tone:
        """The colour of its marker."""
        if self.standing in _OVER:
            return _OVER[self.standing]
        return TONES[self.tier] if self.tier else Tone.GREY


@dataclass(frozen=True, slots=True)
class About:
    """What a digest is about, beside its rows."""

    store: str
    as_of: date
    language: Language
    shows_places: bool
    """Whether the store sells in several marketplaces, so that each row has to say in which."""


def ranked(rows: Iterable[DigestRow]) -> list[DigestRow]:
    """Return the rows by money at risk where it is known, then by tier, then by name.

    A thousand kronor are not more than nine hundred euros: of several currencies the first of each stand before the second of each.
    """
    listed = sorted(rows, key=_rank)
    if len(_currencies(listed)) < SEVERAL:
        return listed
    counts: Counter[str | None] = Counter()
    placed: list[tuple[bool, int, DigestRow]] = []
    for row in listed:
        placed.append((row.amount is None, counts[row.currency], row))
        counts[row.currency] += 1
    return [row for *_, row in sorted(placed, key=lambda item: item[:2])]


def _currencies(rows: Iterable[DigestRow]) -> set[str | None]:
    return {row.currency for row in rows if row.amount is not None}


def _rank(row: DigestRow) -> tuple[object, ...]:
    name = (row.subject, row.marketplace, row.rule, row.fingerprint)
    return (row.amount is None, -(row.amount or 0), -depth(row.tier), *name)


def paged(rows: Sequence[DigestRow], about: About, *, inline: int, room: int = MESSAGE_ROOM) -> list[list[DigestRow]]:
    """Cut ranked rows into what fits the message, at most ``inline`` rows in the room that is left, and what fits each reply."""
    pages: list[list[DigestRow]] = [[]]
    for row in rows:
        size = row_size(row, about)
        is_full = len(pages) == 1 and len(pages[0]) >= inline
        if is_full or (size > room and (pages[-1] or len(pages) == 1)):
            pages.append([])
            room = MESSAGE_ROOM
        pages[-1].append(row)
        room -= size
    return pages


def digest_message(rows: Sequence[DigestRow], about: About) -> Message:
    """Return the digest's message: its first rows, and where the others are."""
    inline = [row for row in rows if row.page == 0]
    blocks: list[Block] = [Text(line(words))] if (words := _standings(rows, about)) else []
    blocks += _lists(inline, about)
    blocks.append(Context(line(_totals(rows, len(inline), about))))
    return Message(_title(rows, about), _tone(rows), tuple(blocks), about.language)


def page_message(rows: Sequence[DigestRow], count: int, about: About) -> Message:
    """Return one reply of the digest's thread."""
    first, last = rows[0].place, rows[-1].place
    title = say("page_title", about.language, first=first, last=last, count=count, store=about.store)
    return Message(title, _tone(rows), tuple(_lists(rows, about)), about.language)


def csv_text(rows: Iterable[DigestRow]) -> str:
    """Return all rows as comma-separated text with a heading, safe to open in a spreadsheet."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("place", "rule", "marketplace", "subject", "tier", "value", "standing", "at_risk_a_day", "currency"))
    for row in rows:
        texts = (row.rule, row.marketplace, row.subject, row.tier or "", row.words, row.standing)
        amount = "" if row.amount is None else f"{row.amount:.2f}"
        writer.writerow((row.place, *map(_harmless, texts), amount, row.currency or ""))
    return written.getvalue()


def row_line(row: DigestRow, about: About) -> Line:
    """Return one row: whose, how it stands, and what is at risk."""
    language = about.language
    pieces: list[Inline] = [f"{MARKERS[row.tone]} ", *_name(row, about), f" {cut(row.words, WORDS_ROOM)}"]
    if row.amount is not None and row.standing not in _OVER:
        pieces.append(f" · {say('at_risk', language, amount=money(row.amount, row.currency, language, is_rough=True))}")
    if row.standing != "open":
        pieces.append(f" · {say(f'row_{row.standing}', language)}")
    if row.holds and row.standing not in _OVER:
        pieces.append(f" · {say('row_holds', language, count=row.holds)}")
    return tuple(pieces)


def _name(row: DigestRow, about: About) -> tuple[Inline, ...]:
    place = BY_CODE[row.marketplace].domain if row.marketplace in BY_CODE else row.marketplace
    if row.subject == row.marketplace:
        return (place,)
    named = Code(cut(row.subject, SUBJECT_ROOM))
    return (named, f" ({place})") if about.shows_places else (named,)


def _lists(rows: Iterable[DigestRow], about: About) -> list[Block]:
    lists: list[list[Line]] = [[]]
    room = LIST_ROOM
    for row in rows:
        text = row_line(row, about)
        size = width(_written(text, about)) + 3
        if size > room and lists[-1]:
            lists.append([])
            room = LIST_ROOM
        lists[-1].append(text)
        room -= size
    return [Bullets(tuple(items)) for items in lists if items]


def row_size(row: DigestRow, about: About) -> int:
    """Return the characters that the row takes of a message."""
    return width(json.dumps(_written(row_line(row, about), about), ensure_ascii=False)) + 3


def _written(text: Line, about: About) -> str:
    return mrkdwn(text, limit=ITEM_LIMIT, contacts=NO_CONTACTS, language=about.language)


def _title(rows: Sequence[DigestRow], about: About) -> str:
    alerts = [row for row in rows if row.is_alert]
    unusual = len(rows) - len(alerts)
    if not alerts and unusual > 1:
        return say("unusual_title", about.language, count=unusual, store=about.store)
    title = _alerts_title(alerts or rows, about)
    if not alerts or not unusual:
        return title
    return say("and_one_unusual" if unusual == 1 else "and_unusual", about.language, title=title, count=unusual)


def _alerts_title(rows: Sequence[DigestRow], about: About) -> str:
    if len(rows) == 1:
        subject = line_text(_name(rows[0], about))
        words = f"{rows[0].words[:1].upper()}{rows[0].words[1:]}"
        return say("title_of_one", about.language, words=words, subject=subject, store=about.store)
    counts = Counter(row.tier for row in rows)
    parts = [say(f"tier_{tier}", about.language, count=counts[tier]) for tier in reversed(TIERS) if counts[tier]]
    tiers = say("between", about.language).join(parts)
    return say("digest_title", about.language, count=len(rows), tiers=tiers, store=about.store)


def _tone(rows: Iterable[DigestRow]) -> Tone:
    """Return the colour of the deepest row that still matters; green when all is over."""
    alerts = [row for row in rows if row.is_alert]
    lasting = [row for row in alerts if row.standing not in _OVER]
    if lasting:
        return max(lasting, key=lambda row: depth(row.tier)).tone
    return Tone.GREEN if any(row.standing == "resolved" for row in alerts) else Tone.GREY


def _standings(rows: Sequence[DigestRow], about: About) -> str:
    counts = Counter(row.standing for row in rows if row.is_alert)
    if counts["open"] == counts.total():
        return ""
    parts = [say(f"count_{name}", about.language, count=counts[name]) for name in STANDINGS if counts[name]]
    return say("standings", about.language, parts=say("between", about.language).join(parts))


def _totals(rows: Sequence[DigestRow], inline: int, about: About) -> str:
    language, count = about.language, len(rows)
    currencies = len(_currencies(rows))
    by = say("by_tier" if not currencies else "by_money" if currencies < SEVERAL else "by_money_each", language)
    paged, day = count - inline, day_words(about.as_of, language, near=about.as_of)
    if not paged:
        return say("totals_of_one" if count == 1 else "totals_here", language, count=count, ranked=by, day=day)
    return say("totals", language, count=count, inline=inline, paged=paged, ranked=by, day=day)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_DANGEROUS) else text
