"""What a rule over several metrics found, and one that counts falls, in words: what fell or rose, to what, against what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sellerwatch.alerts.reading.composite import Held
from sellerwatch.alerts.showing.values import figure
from sellerwatch.messages.blocks import Block, Bullets, Language, line
from sellerwatch.messages.figures import percent
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.languages import in_language
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rule_checks import RUNS
from sellerwatch.settings.rules import Falls, Reference

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "rose": "{title} rose {change} to {value} ({before})",
        "fell": "{title} fell {change} to {value} ({before})",
        "kept": "{title} stayed at {value} ({before})",
        "above": "{title} is {value}, {change} above {what}",
        "below": "{title} is {value}, {change} below {what}",
        "at": "{title} is {value}, as much as {what}",
        "against": "{title} is {value}; {what}",
        "at_least": "{title} is {value} (limit: {limit} or more)",
        "at_most": "{title} is {value} (limit: {limit} or less)",
        "more_than": "{title} is {value} (limit: more than {limit})",
        "less_than": "{title} is {value} (limit: less than {limit})",
        "titled": "{title} ({period})",
        "own_past": "usual: {number}",
        "earlier": "{days} days before: {number}",
        "category": "what is usual in its category ({number})",
        "target": "the target ({number})",
        "amazon_limit": "what Amazon asks for ({number})",
        "metric": "{other} ({number})",
        "constant": "{number}",
        "down_1": "It fell against the {length} before.",
        "up_1": "It rose against the {length} before.",
        "down": "It fell {count} times in a row, each time against the {length} before.",
        "up": "It rose {count} times in a row, each time against the {length} before.",
    },
    "zh": {
        "rose": "{title}上升 {change}，至 {value}（{before}）",
        "fell": "{title}下降 {change}，至 {value}（{before}）",
        "kept": "{title}仍为 {value}（{before}）",
        "above": "{title}为 {value}，比{what}高 {change}",
        "below": "{title}为 {value}，比{what}低 {change}",
        "at": "{title}为 {value}，与{what}持平",
        "against": "{title}为 {value}；{what}",
        "at_least": "{title}为 {value}（预警线：不低于 {limit}）",
        "at_most": "{title}为 {value}（预警线：不高于 {limit}）",
        "more_than": "{title}为 {value}（预警线：高于 {limit}）",
        "less_than": "{title}为 {value}（预警线：低于 {limit}）",
        "titled": "{title}（{period}）",
        "own_past": "平时 {number}",
        "earlier": "{days} 天前 {number}",
        "category": "所属类目的平时水平（{number}）",
        "target": "目标（{number}）",
        "amazon_limit": "亚马逊的要求（{number}）",
        "metric": "{other}（{number}）",
        "constant": " {number} ",
        "down_1": "比{length}下降。",
        "up_1": "比{length}上升。",
        "down": "已连续 {count} 次下降，每次均与{length}相比。",
        "up": "已连续 {count} 次上升，每次均与{length}相比。",
    },
}
"""The sentences. A test walks them."""

PERIODS: Final[Mapping[Language, Mapping[Period, str]]] = {
    "en": {
        "day": "",
        "d7": "7 days",
        "d14": "14 days",
        "d30": "30 days",
        "d90": "90 days",
        "week": "week",
        "month": "month",
        "month_to_date": "month so far",
    },
    "zh": {
        "day": "",
        "d7": "7 天",
        "d14": "14 天",
        "d30": "30 天",
        "d90": "90 天",
        "week": "周",
        "month": "月",
        "month_to_date": "本月至今",
    },
}
"""What stands behind a metric's title; a day needs no word. A test walks it."""

LENGTHS: Final[Mapping[Language, Mapping[str, tuple[str, str]]]] = {
    "en": {
        "day": ("day", "{count} days"),
        "week": ("week", "{count} weeks"),
        "month": ("month", "{count} months"),
    },
    "zh": {
        "day": ("前一天", "前 {count} 天"),
        "week": ("前一周", "前 {count} 周"),
        "month": ("前一个月", "前 {count} 个月"),
    },
}
"""One and many of what falls are counted over. A test walks it."""

_IN_TIME: Final = frozenset({"own_past", "earlier"})
"""What a value moves from; against everything else it only stands above or below."""


class Voice(NamedTuple):
    """How numbers are written: in which language and currency."""

    settings: Settings
    language: Language
    currency: str | None

    def say(self, name: str, /, **places: object) -> str:
        """Return a sentence with its places filled."""
        return WORDS[self.language][name].format(**places)

    def title(self, metric: str) -> str:
        """Return what a metric is called."""
        return in_language(self.settings.metrics[metric].title, self.language)

    def figure(self, metric: str, value: float | None) -> str:
        """Return a value of the metric."""
        return figure(self.settings, metric, value, self.language, currency=self.currency)


def conditions_blocks(voice: Voice, held: Sequence[Held]) -> tuple[Block, ...]:
    """Return a list of what holds, one condition an item; nothing where nothing is known to hold."""
    items = tuple(line(_condition(voice, item)) for item in held)
    return (Bullets(items),) if items else ()


def falls_blocks(voice: Voice, falls: Falls, period: Period, value: float | None) -> tuple[Block, ...]:
    """Return how often a metric has fallen or risen in a row."""
    if not value:
        return ()
    name = f"{falls.direction}_1" if value == 1 else falls.direction
    return (Bullets((line(voice.say(name, count=f"{value:g}", length=_length(voice, falls, period))),)),)


def _length(voice: Voice, falls: Falls, period: Period) -> str:
    """Return how long the block of periods is that another one is held against."""
    is_run = period not in LENGTHS["en"]
    count = falls.block * (RUNS.get(period, 1) if is_run else 1)
    one, many = LENGTHS[voice.language]["day" if is_run else period]
    return one if count == 1 else many.format(count=count)


def _condition(voice: Voice, held: Held) -> str:
    clause, value = held.clause, voice.figure(held.clause.metric, held.value)
    title, period = voice.title(clause.metric), PERIODS[voice.language][held.period]
    titled = voice.say("titled", title=title, period=period) if period else title
    if held.compared_with is None or held.reference is None:
        return voice.say(_SIDES[clause.side], title=titled, value=value, limit=voice.figure(clause.metric, clause.enter))
    what = _what(voice, held, held.compared_with)
    if held.reference <= 0:
        return voice.say("against", title=titled, value=value, what=what)
    change = 100 * (held.value - held.reference) / held.reference
    side = (change > 0) - (change < 0)
    shown = percent(abs(change), voice.language)
    if held.compared_with.what in _IN_TIME:
        return voice.say(_MOVES[side], title=titled, value=value, change=shown, before=what)
    return voice.say(_STANDS[side], title=titled, value=value, change=shown, what=what)


_SIDES: Final[Mapping[str, str]] = {
    "at_least": "at_least",
    "at_most": "at_most",
    "above": "more_than",
    "below": "less_than",
}
_MOVES: Final = {1: "rose", 0: "kept", -1: "fell"}
_STANDS: Final = {1: "above", 0: "at", -1: "below"}


def _what(voice: Voice, held: Held, reference: Reference) -> str:
    number = voice.figure(held.clause.metric, held.reference)
    other = voice.title(reference.metric) if reference.metric else ""
    return voice.say(reference.what, number=number, days=reference.days, other=other)
