"""What messages about alerts say around their numbers, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sellerwatch.messages.blocks import Language
from sellerwatch.settings.models import Tier

PHRASES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        # Titles
        "title": "{value}: {name}",
        "named": "{subject} ({where})",
        "where": "{store}, {marketplace}",
        "corrected": "Data corrected from {earlier} to {value}, {outcome} - {name}",
        "raised": "Raised from {before} to {after}: {value} - {name}",
        "lowered": "Lowered from {before} to {after}: {value} - {name}",
        "resolved_reply": "Resolved: {value}{held} - {name}",
        "reopened": "Back within {hours} hours: {value} - {name}",
        "flapping": (
            "Comes and goes: {starts} starts in {days} days. From here on this message is kept up to date without replies, "
            "unless it gets worse - {name}"
        ),
        "held_above": ", above {limit} for {nights}",
        "held_below": ", below {limit} for {nights}",
        "held_within": ", within its limit for {nights}",
        "outcome_resolved": "resolved",
        "outcome_open": "{tier}",
        "outcome_reopened": "reopened as {tier}",
        # Where it stands
        "resolved": "Resolved.",
        "closed": "Closed, not resolved: {reason}.",
        "frozen": "Frozen since {day}. What you see is the last known state.",
        "frozen_because": "Frozen since {day}: {reason}. What you see is the last known state.",
        "recovering": "Recovering: it is called resolved after {nights} like this.",
        "improving_above": "Improving: it stays {tier} until it was above {limit} for {nights}.",
        "improving_below": "Improving: it stays {tier} until it was below {limit} for {nights}.",
        "night": "a night",
        "nights": "{count} nights",
        # What to do, and whose it is
        "what_to_do": "What to do",
        "owner": "Owner: ",
        # Evidence
        "limits": "Limits",
        "at_most": "{tier} ≤ {limit}",
        "at_least": "{tier} ≥ {limit}",
        "listed": ", ",
        "usual": "Usual",
        "above_usual": "{typical} (now {change} above)",
        "below_usual": "{typical} (now {change} below)",
        "at_risk": "At risk",
        "a_day": "about {amount} of sales a day",
        "until_back": "about {amount} of sales until {day}",
        "lost": "Lost",
        "lost_so_far": "about {amount} of sales in 30 days",
        "sellable": "Sellable",
        "sells": "Sells per day",
        "little_history": "about {units}; little stock history yet",
        "on_the_way": "On the way",
        "receiving": "{count} being received",
        "shipped": "{count} shipped",
        "nothing": "nothing",
        "unknown": "unknown",
        # Feeds and problems
        "age": "Age of the newest data",
        "late_after": "Late after",
        "frozen_alerts": "Frozen alerts",
        "never": "no data yet",
        "never_came": "none ever came; the first day wanted began {hours} ago",
        "more_problems": "and {count} more; all of them: ",
        "problem": ": ",
        "rule_broken": "rule cannot be read",
        "rule_read": "rule can be read again",
        "shadow_over": "time in shadow is over",
        "shadow_decided": "no longer past its time in shadow",
        "shadow_until_was": "It was to be tried until {day}. It is still judged, and still tells nobody.",
        "shadow_look": "See what it would have sent: sellerwatch rules shadow {rule}",
        "shadow_decide": "Take shadow out of the rule and raise its version to let it speak, give it a later shadow_until, or remove the rule",
        "pull": "pull",
        "load": "load",
        "measure": "measure",
        "decide": "decide",
        # Small print
        "rule": "{title} ({number} v{version})",
        "judged_for": "judged for {day}",
        "day_unknown": "judged for an unknown day",
        "data_through": "data through {moment}",
        "episode": "episode {count}",
        "earlier_episode": "The episode before",
        "flapping_note": "comes and goes: no replies until {days} days without a start",
        "prefect": "Runs in Prefect",
        "runbook": "Runbook",
        # The picture
        "chart": "Trend: {metric} - {name}",
    },
    "zh": {
        "title": "{value}：{name}",
        "named": "{subject}（{where}）",
        "where": "{store}，{marketplace}",
        "corrected": "{name}：数据更正，由{earlier}改为{value}，{outcome}",
        "raised": "{name}：由{before}升为{after}，{value}",
        "lowered": "{name}：由{before}降为{after}，{value}",
        "resolved_reply": "{name}：已恢复，{value}{held}",
        "reopened": "{name}：{hours} 小时内再次触发，{value}",
        "flapping": "{name}：反复触发，{days} 天内已 {starts} 次。此后只更新本消息，不再回复，除非情况加重",
        "held_above": "，已连续 {nights}高于 {limit}",
        "held_below": "，已连续 {nights}低于 {limit}",
        "held_within": "，已连续 {nights}达标",
        "outcome_resolved": "预警解除",
        "outcome_open": "目前为{tier}",
        "outcome_reopened": "重新触发，目前为{tier}",
        "resolved": "已恢复。",
        "closed": "已关闭，并非恢复：{reason}。",
        "frozen": "自{day}起暂停判断，以下为最近一次已知情况。",
        "frozen_because": "自{day}起暂停判断：{reason}。以下为最近一次已知情况。",
        "recovering": "正在恢复：连续 {nights}保持在此水平，即视为恢复。",
        "improving_above": "有所好转：连续 {nights}高于 {limit} 之前，仍为{tier}。",
        "improving_below": "有所好转：连续 {nights}低于 {limit} 之前，仍为{tier}。",
        "night": "1 天",
        "nights": "{count} 天",
        "what_to_do": "处理步骤",
        "owner": "负责人：",
        "limits": "预警线",
        "at_most": "{tier} ≤ {limit}",
        "at_least": "{tier} ≥ {limit}",
        "listed": "，",
        "usual": "平时水平",
        "above_usual": "{typical}（现高出 {change}）",
        "below_usual": "{typical}（现低 {change}）",
        "at_risk": "可能损失",
        "a_day": "每天约 {amount} 销售额",
        "until_back": "{day}到货前约 {amount} 销售额",
        "lost": "断货损失",
        "lost_so_far": "近 30 天约 {amount} 销售额",
        "sellable": "可售库存",
        "sells": "日均销量",
        "little_history": "约 {units}（库存记录不足，仅供参考）",
        "on_the_way": "在途",
        "receiving": "接收中 {count} 件",
        "shipped": "已发货 {count} 件",
        "nothing": "无",
        "unknown": "未知",
        "age": "最新数据距今",
        "late_after": "延迟标准",
        "frozen_alerts": "暂停判断的预警",
        "never": "尚未收到数据",
        "never_came": "从未收到；应有数据的首日始于 {hours}前",
        "more_problems": "另有 {count} 个，全部见：",
        "problem": "：",
        "rule_broken": "规则无法读取",
        "rule_read": "规则已可读取",
        "shadow_over": "规则试运行期已结束",
        "shadow_decided": "规则试运行期的问题已处理",
        "shadow_until_was": "试运行原定至{day}。该规则仍在判断，但不通知任何人。",
        "shadow_look": "查看它本来会发送的内容：sellerwatch rules shadow {rule}",
        "shadow_decide": "如要启用，请删除 shadow 并提高 version；也可延后 shadow_until，或删除该规则",
        "pull": "拉取",
        "load": "入库",
        "measure": "计算",
        "decide": "判断",
        "rule": "{title}（{number} v{version}）",
        "judged_for": "数据日 {day}",
        "day_unknown": "数据日未知",
        "data_through": "数据截至 {moment}",
        "episode": "第 {count} 次触发",
        "earlier_episode": "上一次触发",
        "flapping_note": "反复触发：连续 {days} 天不再触发前不回复",
        "prefect": "Prefect 运行记录",
        "runbook": "运维手册",
        "chart": "走势：{metric}，{name}",
    },
}
"""Both languages have the same phrases with the same places. A test walks them."""

TIER_WORDS: Final[Mapping[Language, Mapping[Tier, str]]] = {
    "en": {"yellow": "yellow", "orange": "orange", "red": "red"},
    "zh": {"yellow": "黄色", "orange": "橙色", "red": "红色"},
}


def say(name: str, language: Language, /, **places: object) -> str:
    """Return a phrase with its places filled; what is filled in is never read as a place itself."""
    return PHRASES[language][name].format(**places)


def tier_words(tier: Tier | None, language: Language) -> str:
    """Return the name of a tier; nothing where there is none."""
    return TIER_WORDS[language][tier] if tier else ""
