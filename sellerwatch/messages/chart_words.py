"""A chart in words: from where to where a number went, its lowest, and its limits; for channels without pictures, and beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from babel.dates import format_skeleton

from sellerwatch.messages.blocks import Chart, Language
from sellerwatch.messages.figures import compact, is_one, money, number, percent
from sellerwatch.messages.wording import LOCALES, day_words

PHRASES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "trend": "{title}. From {first} on {first_day} to {last} on {last_day}; lowest {lowest} on {lowest_day}",
        "one": "{title}. {last} on {last_day}",
        "none": "{title}. No value is known",
        "limits": "; limits: {limits}",
        "limit": "{name} {value}",
        "joined": ", ",
        "end": ".",
        "with_unit": "{value} {unit}",
    },
    "zh": {
        "trend": "{title}。{first_day}为 {first}，{last_day}为 {last}；最低为{lowest_day}的 {lowest}",
        "one": "{title}。{last_day}为 {last}",
        "none": "{title}。没有已知数值",
        "limits": "；参考线：{limits}",
        "limit": "{name} {value}",
        "joined": "，",
        "end": "。",
        "with_unit": "{value} {unit}",
    },
}
"""What is said around the numbers of a chart. A test walks it."""

LIMIT_NAMES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"yellow": "yellow", "orange": "orange", "red": "red", "usual": "usual"},
    "zh": {"yellow": "黄色", "orange": "橙色", "red": "红色", "usual": "平时水平"},
}
"""The lines that have a name in each language; any other is called what it is called."""

_PLURAL: Final = re.compile(r"s\b")

_CURRENCY_LENGTH: Final = 3
_LARGE: Final = 100_000
"""From here on a number is written short in a picture."""


def chart_words(chart: Chart) -> str:
    """Return the chart as one sentence."""
    say = PHRASES[chart.language]
    known = [(day, value) for day, value in chart.points if value is not None]
    limits = say["joined"].join(_limit(chart, name, value) for name, value in chart.limits)
    told = say["limits"].format(limits=limits) if limits else ""
    return f"{_told(chart, known)}{told}{say['end']}"


def _told(chart: Chart, known: list[tuple[date, float]]) -> str:
    name = ("none", "one")[len(known)] if len(known) < 2 else "trend"  # noqa: PLR2004 - one day is no trend
    places: dict[str, str] = {"title": chart.title}
    if known:
        lowest = min(known, key=lambda point: point[1])
        for place, (day, value) in (("first", known[0]), ("last", known[-1]), ("lowest", lowest)):
            places |= {place: value_words(value, chart.unit, chart.language), f"{place}_day": day_words_of(chart, day)}
    return PHRASES[chart.language][name].format(**places)


def day_words_of(chart: Chart, day: date) -> str:
    """Return a day of the chart, with its year where the chart is long."""
    return day_words(day, chart.language, near=chart.points[-1][0])


def tick_words(day: date, language: Language) -> str:
    """Return a day as short as it can stand under an axis."""
    return str(format_skeleton("MMMd", day, locale=LOCALES[language]))


def value_words(value: float, unit: str, language: Language) -> str:
    """Return a value of the chart with its unit."""
    if unit == "%":
        return percent(value, language)
    if is_currency(unit):
        return money(value, unit, language, is_rough=True)
    shown = number(value, language)
    said = _PLURAL.sub("", unit, count=1) if language == "en" and is_one(value) else unit
    return PHRASES[language]["with_unit"].format(value=shown, unit=said) if unit else shown


def short_words(value: float, unit: str, language: Language) -> str:
    """Return a value as it is written in the picture, where a large number has no room."""
    if abs(value) < _LARGE:
        return value_words(value, unit, language)
    return compact(value, unit if is_currency(unit) else None, language)


def is_currency(unit: str) -> bool:
    """Tell the code of a currency from other units."""
    return len(unit) == _CURRENCY_LENGTH and unit.isascii() and unit.isupper()


def limit_name(name: str, language: Language) -> str:
    """Return what a line of the chart is called."""
    return LIMIT_NAMES[language].get(name, name)


def _limit(chart: Chart, name: str, value: float) -> str:
    shown = value_words(value, chart.unit, chart.language)
    return PHRASES[chart.language]["limit"].format(name=limit_name(name, chart.language), value=shown)
