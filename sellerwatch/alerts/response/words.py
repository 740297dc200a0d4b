"""What is said about people and time, in English and Chinese: buttons, where they stand, replies, and why a press did nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sellerwatch.messages.blocks import Language
from sellerwatch.messages.wording import day_words

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        # buttons
        "acknowledge": "Acknowledge",
        "confirm": "Still on it",
        "release": "Hand back",
        "wake": "End snooze",
        "snooze": "Snooze {days} d",
        "handled": "Handled",
        "why": "Why?",
        # where people stand
        "is_acknowledged": "Acknowledged by {name} on {at}.",
        "is_reminded": "Acknowledged by {name} on {at}; asked whether it still holds on {asked}.",
        "is_snoozed": "Snoozed by {name} until {until}.",
        "is_called": "Nobody has acknowledged it. Called: ",
        "is_handled": "Handled by {name} on {at}. It comes back if it gets worse, or is fine for a while and breaches again.",
        # replies
        "reminded": "Still on it? {name} acknowledged this on {at}",
        "answer": "Without an answer within {hours} working hours it counts as not acknowledged, and others are called.",
        "lapsed": "No longer acknowledged: {name} did not answer",
        "escalated": "Nobody has acknowledged this since {since}",
        "snooze_ended": "The snooze of {name} is over, and the problem is not",
        "handled_reply": "Handled by {name}",
        "called": "Called: ",
        # what a press that did nothing is answered
        "gone": "This button belongs to no alert that is known here. Nothing was changed.",
        "unknown_button": "This version does not know that button. Nothing was changed.",
        "closed": "This alert is over. Nothing was changed.",
        "older": "The alert has changed its tier since the message that you saw; it is {tier} now. Look at it again and press once more. Nothing was changed.",
        "nothing_to_release": "Nobody has this alert in hand. Nothing was changed.",
        "settled": "Whether this data is true has been settled already. Nothing was changed.",
        # why
        "why_title": "Why: {title}",
        "value": "Value",
        "of_day": "Day",
        "formula": "Formula",
        "data_through": "Data through",
        "made_of": "Made of",
        "one_fact": "1 row of facts",
        "facts": "{count} rows of facts",
        "unknown": "unknown",
        "same": "Added up again from the facts just now: the same.",
        "differs": "Added up again from the facts just now: NOT the same. The person who runs sellerwatch should run `sellerwatch verify`.",
        "newer": "Data came in since; added up now the value would be another. The next night shows it.",
        "no_rule": "Its rule is no longer configured, so that nothing is measured for it any more.",
        "not_of_facts": "This number is not added up from reports' rows; the message itself shows what it rests on.",
        "more": "All of it, down to the lines of the documents: ",
    },
    "zh": {
        "acknowledge": "认领",
        "confirm": "仍在处理",
        "release": "交还",
        "wake": "结束暂停",
        "snooze": "暂停 {days} 天",
        "handled": "已处理",
        "why": "为什么？",
        "is_acknowledged": "{name} 已于 {at} 认领。",
        "is_reminded": "{name} 已于 {at} 认领；{asked} 已询问是否仍在处理。",
        "is_snoozed": "{name} 已暂停提醒，至 {until}。",
        "is_called": "尚无人认领。已通知：",
        "is_handled": "{name} 已于 {at} 标记为已处理。若情况加重，或恢复正常后再次超限，将重新提醒。",
        "reminded": "还在处理吗？{name} 于 {at} 认领了此问题",
        "answer": "若 {hours} 个工作小时内没有答复，将视为无人认领，并通知其他人。",
        "lapsed": "认领已失效：{name} 没有答复",
        "escalated": "自 {since} 起无人认领",
        "snooze_ended": "{name} 设置的暂停已结束，问题仍未解决",
        "handled_reply": "{name} 已处理",
        "called": "已通知：",
        "gone": "此按钮不对应任何已知的预警。未做任何更改。",
        "unknown_button": "当前版本不认识此按钮。未做任何更改。",
        "closed": "此预警已结束。未做任何更改。",
        "older": "在您看到这条消息之后，预警级别已变为{tier}。请再看一遍后重新点击。未做任何更改。",
        "nothing_to_release": "此预警目前无人认领。未做任何更改。",
        "settled": "这批数据是否属实已有结论。未做任何更改。",
        "why_title": "原因：{title}",
        "value": "数值",
        "of_day": "日期",
        "formula": "公式",
        "data_through": "数据截至",
        "made_of": "构成",
        "one_fact": "1 行事实数据",
        "facts": "{count} 行事实数据",
        "unknown": "未知",
        "same": "刚刚用事实数据重新计算：结果一致。",
        "differs": "刚刚用事实数据重新计算：结果不一致。请 sellerwatch 的运维人员运行 `sellerwatch verify`。",
        "newer": "此后又有新数据到达，现在计算会得到不同的数值；下一次夜间运行将会更新。",
        "no_rule": "该预警的规则已不再配置，因此不再为其计算数值。",
        "not_of_facts": "此数值不是由报告行汇总而来；其依据见消息本身。",
        "more": "完整来源（直到文档中的每一行）：",
    },
}
"""By language and name. A test holds the languages against each other."""


def say(name: str, language: Language, /, **values: object) -> str:
    """Return words of a language with the values put in."""
    return WORDS[language][name].format(**values)


def moment(instant: datetime, time_zone: str, language: Language) -> str:
    """Return an instant as people of that time zone read it."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return f"{day_words(local.date(), language, near=local.date())} {local:%H:%M} ({time_zone})"
