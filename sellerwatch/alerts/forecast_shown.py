"""How a stock-out forecast reads in a message: when stock runs out, what is coming when, and the last day to order, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sellerwatch.messages.blocks import Field, Language, line
from sellerwatch.messages.wording import day_words
from sellerwatch.metrics.forecast import Forecast, NotCounted, Why

SHOWN: Final = 3
"""So many arrivals, and so many things that are not counted, are listed; of more, how many there are."""

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "runs_out": "Runs out",
        "arrives": "Arrives",
        "with_arrivals": "With arrivals",
        "order_by": "Order by",
        "not_counted": "Not counted",
        "unknown": "unknown",
        "out_now": "out of stock now",
        "today": "today, {day}",
        "beyond": "not within a year",
        "arrival": "{units:,} on {day}",
        "and_more": "{count} more",
        "gap": "{day}, and {days} without stock until {back}",
        "one_day": "a day",
        "days": "{count} days",
        "pace_unknown": "longer, nobody knows how long: its pace is not known",
        "late": "{day}, which has passed",
        "no_lead_time": "unknown: the table lead_time has no route for it",
        "no_velocity": "unknown: its pace is not known",
        "not_within_a_year": "not within a year",
        "lead_time_incomplete": "{day} at the latest: days of production or receiving are not entered",
        "joined": "; ",
    },
    "zh": {
        "runs_out": "售罄日",
        "arrives": "到货",
        "with_arrivals": "含到货售罄日",
        "order_by": "最迟下单日",
        "not_counted": "未计入",
        "unknown": "未知",
        "out_now": "现已缺货",
        "today": "今天，{day}",
        "beyond": "一年之内不会售罄",
        "arrival": "{day} 到 {units:,} 件",
        "and_more": "另有 {count} 批",
        "gap": "{day}，缺货 {days}，至 {back}",
        "one_day": "1 天",
        "days": "{count} 天",
        "pace_unknown": "会更晚，销售速度未知，无法估计",
        "late": "{day}，已过",
        "no_lead_time": "未知：lead_time 表中没有它的线路",
        "no_velocity": "未知：销售速度未知",
        "not_within_a_year": "一年之内不必",
        "lead_time_incomplete": "最迟 {day}：生产或上架天数未填写",
        "joined": "；",
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
        "overdue": "{units:,} 件应于 {day} 到货，已逾期",
        "not_left": "{units:,} 件预计 {day} 到货，尚未发出",
        "no_date": "{units:,} 件在途，没有到货日期",
        "no_one_place": "{units:,} 件预计 {day} 到货，未指明站点",
        "not_inbound": "{units:,} 件预计 {day} 到货，亚马逊未显示在途",
    },
}
"""Why units are not counted. A test walks it."""


def forecast_fields(found: Forecast, language: Language = "en") -> tuple[Field, ...]:
    """Return what a message says of a forecast; what is coming is left out where nothing is known to come."""
    words = WORDS[language]
    said = {
        "runs_out": runs_out_words(found, language),
        "arrives": _arrivals(found, language),
        "with_arrivals": _with_arrivals(found, language),
        "not_counted": _not_counted(found, language),
        "order_by": _order_by(found, language),
    }
    return tuple(Field(words[name], line(text)) for name, text in said.items() if text)


def runs_out_words(found: Forecast, language: Language = "en") -> str:
    """Return the day on which the stock of the morning runs out."""
    words = WORDS[language]
    if found.status == "unknown":
        return words["unknown"]
    if found.cover_days == 0:
        return words["out_now"]
    if found.runs_out_on is None:
        return words["beyond"]
    day = day_words(found.runs_out_on, language)
    return words["today"].format(day=day) if found.runs_out_on == found.as_of else day


def _arrivals(found: Forecast, language: Language) -> str:
    words = WORDS[language]
    said = [words["arrival"].format(units=item.units, day=day_words(item.day, language)) for item in found.arrivals[:SHOWN]]
    return _listed(said, len(found.arrivals), language)


def _listed(said: list[str], count: int, language: Language) -> str:
    words = WORDS[language]
    more = [words["and_more"].format(count=count - len(said))] if count > len(said) else []
    return words["joined"].join([*said, *more])


def _with_arrivals(found: Forecast, language: Language) -> str:
    """Return the day on which stock runs out with what comes in time, and how long there is none then."""
    words = WORDS[language]
    if not found.arrivals or found.status == "unknown":
        return ""
    if not found.is_lasting_known:
        return words["pace_unknown"]
    if found.lasts_until is None:
        return words["beyond"]
    day = day_words(found.lasts_until, language)
    if found.back_on is None or not found.days_without:
        return day
    days = words["one_day"] if found.days_without == 1 else words["days"].format(count=found.days_without)
    return words["gap"].format(day=day, days=days, back=day_words(found.back_on, language))


def _not_counted(found: Forecast, language: Language) -> str:
    return _listed([_why(item, language) for item in found.not_counted[:SHOWN]], len(found.not_counted), language)


def _why(item: NotCounted, language: Language) -> str:
    return REASONS[language][item.why].format(units=item.units, day=day_words(item.day, language) if item.day else "")


def _order_by(found: Forecast, language: Language) -> str:
    words = WORDS[language]
    if found.order_by is None:
        return words.get(found.order_reason or "", words["unknown"])
    day = day_words(found.order_by, language)
    if found.order_by < found.as_of:
        day = words["late"].format(day=day)
    return words["lead_time_incomplete"].format(day=day) if found.order_reason == "lead_time_incomplete" else day
