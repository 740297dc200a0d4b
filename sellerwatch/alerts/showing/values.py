"""How a metric's value, and a limit of it, are said: by its unit and title, or in words of its own, in each language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from sellerwatch.messages.blocks import Language
from sellerwatch.messages.figures import Limits, is_one, money, number, percent, ratio
from sellerwatch.settings.languages import in_language
from sellerwatch.settings.load import Settings


class Said(NamedTuple):
    """A whole phrase about a value, for none, for one and for any other number ``n``; below zero ``n`` has no sign."""

    none: str
    one: str
    many: str
    below: str = ""
    below_one: str = ""

    def of(self, value: float, language: Language, apart: Limits = ()) -> str:
        """Return the phrase for the value; ``apart`` as in `number`."""
        if value < 0 and self.below:
            return (self.below_one if is_one(-value) else self.below).format(n=number(-value, language))
        shown = number(value, language, apart=apart)
        chosen = self.none if value == 0 else self.one if shown == "1" else self.many
        return chosen.format(n=shown)


OWN_WORDS: Final[Mapping[Language, Mapping[str, Said]]] = {
    "en": {
        "days_of_cover": Said("out of stock", "{n} day of cover", "{n} days of cover"),
        "feed_age_hours": Said("data {n} hours old", "data {n} hour old", "data {n} hours old"),
        "night_problems": Said("no problems in the night", "{n} problem in the night", "{n} problems in the night"),
        "check_failure": Said("data check passes", "data check fails", "data check fails"),
        "inventory_turnover_days": Said(
            "stock turns over in {n} days", "stock turns over in {n} day", "stock turns over in {n} days"
        ),
        "cash_runway_months": Said("no cash left", "cash for {n} month", "cash for {n} months"),
        "account_health": Said("account in good standing", "account at risk", "account deactivated"),
        "account_rating_warned": Said(
            "Amazon does not warn of the account's rating",
            "Amazon warns of the account's rating",
            "Amazon warns of the account's rating",
        ),
        "policy_violations": Said(
            "every policy within its target", "{n} policy above its target", "{n} policies above their targets"
        ),
        "days_to_order": Said(
            "last day to order",
            "{n} day left to order",
            "{n} days left to order",
            "last day to order passed {n} days ago",
            "last day to order passed {n} day ago",
        ),
        "integrity_stories_failed": Said(
            "the three stories agree", "{n} of three stories disagrees", "{n} of three stories disagree"
        ),
        "missing_nights": Said("nights run", "{n} night missing", "{n} nights missing"),
        "excess_inventory_pct": Said("no excess stock", "{n}% of the stock is excess", "{n}% of the stock is excess"),
        "stranded_inventory_pct": Said("no stranded stock", "{n}% of the stock is stranded", "{n}% of the stock is stranded"),
        "velocity": Said("sells nothing", "sells {n} unit a day", "sells {n} units a day"),
    },
    "zh": {
        "days_of_cover": Said("已断货", "可售 {n} 天", "可售 {n} 天"),
        "feed_age_hours": Said("数据刚刚更新", "数据已 {n} 小时未更新", "数据已 {n} 小时未更新"),
        "night_problems": Said("夜间运行没有问题", "夜间运行有 {n} 个问题", "夜间运行有 {n} 个问题"),
        "check_failure": Said("数据校验已通过", "数据校验未通过", "数据校验未通过"),
        "inventory_turnover_days": Said("库存周转 {n} 天", "库存周转 {n} 天", "库存周转 {n} 天"),
        "cash_runway_months": Said("现金已用尽", "现金可支撑 {n} 个月", "现金可支撑 {n} 个月"),
        "account_health": Said("账户状况正常", "账户有停用风险", "账户已被停用"),
        "account_rating_warned": Said("亚马逊未对账户评级发出预警", "亚马逊对账户评级发出预警", "亚马逊对账户评级发出预警"),
        "policy_violations": Said("各项政策均在目标内", "{n} 项政策超出目标", "{n} 项政策超出目标"),
        "days_to_order": Said(
            "今天是最迟下单日",
            "距最迟下单日还有 {n} 天",
            "距最迟下单日还有 {n} 天",
            "最迟下单日已过 {n} 天",
            "最迟下单日已过 {n} 天",
        ),
        "integrity_stories_failed": Said("三方数据一致", "三方数据中有 {n} 方不一致", "三方数据中有 {n} 方不一致"),
        "missing_nights": Said("夜间任务正常运行", "{n} 次夜间任务未完成", "{n} 次夜间任务未完成"),
        "excess_inventory_pct": Said("没有冗余库存", "冗余库存占 {n}%", "冗余库存占 {n}%"),
        "stranded_inventory_pct": Said("没有滞留库存", "滞留库存占 {n}%", "滞留库存占 {n}%"),
        "velocity": Said("没有销量", "日均售出 {n} 件", "日均售出 {n} 件"),
    },
}
"""Metrics that read badly as their title and a number. A test walks it."""

UNITS: Final[Mapping[Language, Mapping[str, tuple[str, str]]]] = {
    "en": {
        "days": ("{n} day", "{n} days"),
        "hours": ("{n} hour", "{n} hours"),
        "minutes": ("{n} minute", "{n} minutes"),
        "months": ("{n} month", "{n} months"),
        "units": ("{n} unit", "{n} units"),
        "units per day": ("{n} unit a day", "{n} units a day"),
        "sessions": ("{n} session", "{n} sessions"),
        "problems": ("{n} problem", "{n} problems"),
    },
    "zh": {
        "days": ("{n} 天", "{n} 天"),
        "hours": ("{n} 小时", "{n} 小时"),
        "minutes": ("{n} 分钟", "{n} 分钟"),
        "months": ("{n} 个月", "{n} 个月"),
        "units": ("{n} 件", "{n} 件"),
        "units per day": ("每天 {n} 件", "每天 {n} 件"),
        "sessions": ("{n} 次", "{n} 次"),
        "problems": ("{n} 个", "{n} 个"),
    },
}
"""One and many of each unit that is said behind its number; others need no word. A test walks it."""

_VALUE: Final[Mapping[Language, str]] = {"en": "{title} {value}", "zh": "{title} {value}"}

_FIGURES: Final[Mapping[str, Callable[..., str]]] = {"%": percent, "ratio": ratio}
"""How the number itself is written, by unit; in money where the unit begins with ``currency``."""


def value_words(
    settings: Settings,
    metric: str,
    value: float | None,
    language: Language = "en",
    *,
    currency: str | None = None,
    apart: Limits = (),
) -> str:
    """Return a value of the metric in words, the number first where the metric has words of its own; ``apart`` as in `number`."""
    said = OWN_WORDS[language].get(metric)
    if said and value is not None:
        return said.of(value, language, apart)
    title = in_language(settings.metrics[metric].title, language)
    return _VALUE[language].format(title=title, value=figure(settings, metric, value, language, currency=currency, apart=apart))


def figure(
    settings: Settings,
    metric: str,
    value: float | None,
    language: Language = "en",
    *,
    currency: str | None = None,
    apart: Limits = (),
) -> str:
    """Return a value of the metric as a number alone, with the sign of its unit; ``apart`` as in `number`."""
    unit = settings.metrics[metric].unit
    if unit.startswith("currency"):
        return money(value, currency, language)
    return _FIGURES.get(unit, number)(value, language, apart=apart)


def amount(
    settings: Settings, metric: str, value: float | None, language: Language = "en", *, currency: str | None = None
) -> str:
    """Return a value of the metric as a number with its unit behind it."""
    return with_unit(
        figure(settings, metric, value, language, currency=currency), value, settings.metrics[metric].unit, language
    )


def counted(value: float | None, unit: str, language: Language = "en") -> str:
    """Return so many of a unit: ``1 day``, ``2.5 days``."""
    return with_unit(number(value, language), value, unit, language)


def with_unit(shown: str, value: float | None, unit: str, language: Language) -> str:
    """Return a number that was written already with its unit; what is unknown has none."""
    one, many = UNITS[language].get(unit, ("{n}", "{n}"))
    return shown if value is None else (one if is_one(value) else many).format(n=shown)
