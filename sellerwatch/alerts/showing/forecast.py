"""How a stock-out forecast reads in a message: when stock runs out, what is coming when, and the last day to order, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from sellerwatch.alerts.showing.reasons import reason_words
from sellerwatch.messages.blocks import Field, Language, line
from sellerwatch.messages.wording import day_words
from sellerwatch.metrics.stock.forecast import Forecast, NotCounted, Why

SHOWN: Final = 3
"""So many arrivals, and so many things that are not counted, are listed; of more, how many there are."""

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "arrives": "Arrives",
        "order_by": "Order by",
        "not_counted": "Not counted",
        "unknown": "unknown",
        "no_date": "Nobody knows when it runs out: {why}.",
        "out_now": "Out of stock now.",
        "out_until": "Out of stock now; the next {units:,} arrive {day}.",
        "out_until_one": "Out of stock now; the next one arrives {day}.",
        "runs_out": "Runs out {day}.",
        "runs_out_today": "Runs out today, {day}.",
        "today_then_back": "Runs out today, {day}; {days} without stock until {back}.",
        "then_back": "Runs out {day}; {days} without stock until {back}.",
        "with_arrivals": "With what arrives it lasts until {day}.",
        "with_arrivals_back": "With what arrives it lasts until {day}; then {days} without stock until {back}.",
        "pace_unknown": "With what arrives it lasts longer, nobody knows how long: its pace is not known.",
        "beyond": "Lasts for more than a year.",
        "beyond_with_arrivals": "With what arrives it lasts for more than a year.",
        "arrival": "{units:,} on {day}",
        "and_more": "{count} more",
        "one_day": "a day",
        "days": "{count} days",
        "late": "{day}, which has passed",
        "no_lead_time": "unknown: the table lead_time has no route for it",
        "no_velocity": "unknown: its pace is not known",
        "not_within_a_year": "not within a year",
        "lead_time_incomplete": "{day} at the latest: days of production or receiving are not entered",
        "joined": "; ",
        "sentences": " ",
    },
    "zh": {
        "arrives": "预计到货",
        "order_by": "最迟下单日",
        "not_counted": "未计入的在途",
        "unknown": "未知",
        "no_date": "无法预计断货日：{why}。",
        "out_now": "现已断货。",
        "out_until": "现已断货，{day}到货 {units:,} 件。",
        "out_until_one": "现已断货，{day}到货 1 件。",
        "runs_out": "预计{day}断货。",
        "runs_out_today": "预计今天（{day}）断货。",
        "today_then_back": "预计今天（{day}）断货，断货 {days}，{back}恢复供货。",
        "then_back": "预计{day}断货，断货 {days}，{back}恢复供货。",
        "with_arrivals": "计入在途可售至{day}。",
        "with_arrivals_back": "计入在途可售至{day}，之后断货 {days}，{back}恢复供货。",
        "pace_unknown": "计入在途可售更久，但日均销量未知，无法估计到哪天。",
        "beyond": "一年之内不会断货。",
        "beyond_with_arrivals": "计入在途，一年之内不会断货。",
        "arrival": "{day}到 {units:,} 件",
        "and_more": "另有 {count} 批",
        "one_day": "1 天",
        "days": "{count} 天",
        "late": "{day}，已过",
        "no_lead_time": "未知：lead_time 表中没有该 SKU 的运输线路",
        "no_velocity": "未知：日均销量未知",
        "not_within_a_year": "一年之内无需补货",
        "lead_time_incomplete": "不晚于{day}：生产或上架天数尚未填写",
        "joined": "；",
        "sentences": "",
    },
}
"""What is said in each language. A test walks it."""

REASONS: Final[Mapping[Language, Mapping[Why, str]]] = {
    "en": {
        "overdue": "{units:,} were due on {day} and are overdue",
        "not_left": "{units:,} for {day} have not left",
        "no_date": "{units:,} on the way without a date",
        "no_one_place": "{units:,} for {day} name no single marketplace",
        "not_inbound": "{units:,} for {day} that Amazon does not expect (any more)",
    },
    "zh": {
        "overdue": "{units:,} 件应于{day}到货，已逾期",
        "not_left": "{units:,} 件预计{day}到货，尚未发出",
        "no_date": "{units:,} 件在途，到货日期未知",
        "no_one_place": "{units:,} 件预计{day}到货，未指明站点",
        "not_inbound": "{units:,} 件预计{day}到货，亚马逊后台已无在途",
    },
}
"""Why units are not counted. A test walks it."""


def headline(found: Forecast, language: Language = "en") -> str:
    """Return the day on which stock runs out, without and with what arrives in time, and how long there is none then."""
    words = WORDS[language]
    if found.status == "unknown":
        return words["no_date"].format(why=reason_words(found.reason or "no_data", language))
    said = [_alone(found, language), _with_arrivals(found, language)]
    return words["sentences"].join(text for text in said if text)


def forecast_fields(found: Forecast, language: Language = "en") -> tuple[Field, ...]:
    """Return what a message says of what is coming, and of the last day to order; nothing is said where nothing comes."""
    words = WORDS[language]
    said = {
        "arrives": _arrivals(found, language),
        "not_counted": _not_counted(found, language),
        "order_by": _order_by(found, language),
    }
    return tuple(Field(words[name], line(text)) for name, text in said.items() if text)


def _day(day: date, found: Forecast, language: Language) -> str:
    return day_words(day, language, near=found.as_of)


def _alone(found: Forecast, language: Language) -> str:
    """Return when the stock of the morning runs out; what arrives after that is in the same sentence."""
    words = WORDS[language]
    if found.cover_days == 0:
        return _out(found, language)
    if found.runs_out_on is None:
        return words["beyond"]
    day = _day(found.runs_out_on, found, language)
    today = found.runs_out_on == found.as_of
    if found.lasts_until == found.runs_out_on and found.back_on:
        back = _day(found.back_on, found, language)
        return words["today_then_back" if today else "then_back"].format(day=day, days=_days(found, language), back=back)
    return words["runs_out_today" if today else "runs_out"].format(day=day)


def _out(found: Forecast, language: Language) -> str:
    if not found.arrivals:
        return WORDS[language]["out_now"]
    first = found.arrivals[0]
    said = "out_until_one" if first.units == 1 else "out_until"
    return WORDS[language][said].format(units=first.units, day=_day(first.day, found, language))


def _days(found: Forecast, language: Language) -> str:
    words, count = WORDS[language], found.days_without
    return words["one_day"] if count == 1 else words["days"].format(count=count)


def _arrivals(found: Forecast, language: Language) -> str:
    words = WORDS[language]
    said = [words["arrival"].format(units=item.units, day=_day(item.day, found, language)) for item in found.arrivals[:SHOWN]]
    return _listed(said, len(found.arrivals), language)


def _listed(said: list[str], count: int, language: Language) -> str:
    words = WORDS[language]
    more = [words["and_more"].format(count=count - len(said))] if count > len(said) else []
    return words["joined"].join([*said, *more])


def _with_arrivals(found: Forecast, language: Language) -> str:
    """Return how long stock lasts with what comes in time; nothing where nothing does."""
    words = WORDS[language]
    if not found.is_lasting_known:
        return words["pace_unknown"]
    if found.lasts_until == found.runs_out_on:
        return ""
    if found.lasts_until is None:
        return words["beyond_with_arrivals"]
    day = _day(found.lasts_until, found, language)
    if found.back_on is None:
        return words["with_arrivals"].format(day=day)
    return words["with_arrivals_back"].format(day=day, days=_days(found, language), back=_day(found.back_on, found, language))


def _not_counted(found: Forecast, language: Language) -> str:
    said = [_why(item, found, language) for item in found.not_counted[:SHOWN]]
    return _listed(said, len(found.not_counted), language)


def _why(item: NotCounted, found: Forecast, language: Language) -> str:
    return REASONS[language][item.why].format(units=item.units, day=_day(item.day, found, language) if item.day else "")


def _order_by(found: Forecast, language: Language) -> str:
    words = WORDS[language]
    if found.order_by is None:
        return words.get(found.order_reason or "", words["unknown"])
    day = _day(found.order_by, found, language)
    if found.order_by < found.as_of:
        day = words["late"].format(day=day)
    return words["lead_time_incomplete"].format(day=day) if found.order_reason == "lead_time_incomplete" else day
