"""The words of digests, of what is held back, and of doubted data, in each language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sellerwatch.messages.blocks import Language

NAMED: Final = 5
"""So many are named in a line; the others are counted."""

PHRASES: Final = {
    "en": {
        "digest_title": "{count:,} alerts ({tiers}): {store}",
        "unusual_title": "{count:,} unusual numbers: {store}",
        "and_unusual": "{title}, and {count:,} unusual numbers",
        "and_one_unusual": "{title}, and an unusual number",
        "unusual_above": "{title} unusual for {days} days: {value} on {day}, {change} above the usual {typical} of that weekday",
        "unusual_below": "{title} unusual for {days} days: {value} on {day}, {change} below the usual {typical} of that weekday",
        "tier_yellow": "{count:,} yellow",
        "tier_orange": "{count:,} orange",
        "tier_red": "{count:,} red",
        "between": ", ",
        "page_title": "Rows {first:,} to {last:,} of {count:,}: {store}",
        "title_of_one": "{words}: {subject} ({store})",
        "totals": "{count:,} = {inline:,} here + {paged:,} in the thread. {ranked}. Judged for {day}.",
        "totals_here": "All {count:,} are here. {ranked}. Judged for {day}.",
        "totals_of_one": "Judged for {day}.",
        "by_money": "Ranked by sales a day",
        "by_money_each": "Ranked by sales a day, each currency by itself",
        "by_tier": "Ranked by tier and name",
        "standings": "Of these {parts}.",
        "count_open": "{count:,} open",
        "count_recovering": "{count:,} recovering",
        "count_frozen": "{count:,} frozen for want of data",
        "count_resolved": "{count:,} resolved",
        "count_closed": "{count:,} closed",
        "count_moved": "{count:,} told elsewhere since",
        "at_risk": "{amount} of sales a day",
        "row_recovering": "recovering",
        "row_frozen": "frozen: data is missing",
        "row_resolved": "resolved",
        "row_closed": "closed, not resolved",
        "row_moved": "told elsewhere since, at a deeper tier or again",
        "row_holds": "holds back {count:,}",
        "listed_before": "Listed before in the digest of {day}.",
        "held": "Held back while this lasts: {count:,}.",
        "held_more": ", and {count:,} more",
        "enumerated": ", ",
        "also_stores": "The same in:",
        "freed": "What it held back is looked at again in the next run: {count:,}.",
        "doubt_title": "Suspect data: {changed:,} of {subjects:,} subjects of {rule} changed in one night ({store})",
        "doubt_why": "So many changes at once are more often wrong data than news. Every state is saved; nothing is sent about a single subject "
        "until somebody confirms it here, or until the next night's data says the same.",
        "doubt_parts": "Among them:",
        "doubt_confirm": "It is true: tell them",
        "doubt_day": "Judged for {day}.",
        "doubt_confirmed": "Confirmed: they are told as they stand now.",
        "doubt_confirmed_by": "Confirmed by {by}: they are told as they stand now.",
        "doubt_agreed": "The next night's data says the same: they are told as they stand now.",
        "doubt_withdrawn": "The data has gone back: what did not last was never told.",
    },
    "zh": {
        "digest_title": "{store}：{count:,} 条预警（{tiers}）",
        "unusual_title": "{store}：{count:,} 项数据异常",
        "and_unusual": "{title}，另有 {count:,} 项数据异常",
        "and_one_unusual": "{title}，另有 1 项数据异常",
        "unusual_above": "{title}连续 {days} 天异常：{day}为 {value}，比平时同一星期几的 {typical} 高 {change}",
        "unusual_below": "{title}连续 {days} 天异常：{day}为 {value}，比平时同一星期几的 {typical} 低 {change}",
        "tier_yellow": "黄色 {count:,}",
        "tier_orange": "橙色 {count:,}",
        "tier_red": "红色 {count:,}",
        "between": "，",
        "page_title": "{store}：第 {first:,} 至 {last:,} 条，共 {count:,} 条",
        "title_of_one": "{words}：{subject}（{store}）",
        "totals": "共 {count:,} 条 = 本消息 {inline:,} 条 + 消息列 {paged:,} 条。{ranked}。数据日期 {day}。",
        "totals_here": "共 {count:,} 条，均列于此。{ranked}。数据日期 {day}。",
        "totals_of_one": "数据日期 {day}。",
        "by_money": "按日均销售额从高到低排列",
        "by_money_each": "按各币种的日均销售额从高到低排列",
        "by_tier": "按级别和名称排列",
        "standings": "其中：{parts}。",
        "count_open": "未解除 {count:,} 条",
        "count_recovering": "恢复中 {count:,} 条",
        "count_frozen": "因缺数据冻结 {count:,} 条",
        "count_resolved": "已解除 {count:,} 条",
        "count_closed": "已关闭 {count:,} 条",
        "count_moved": "已另行通知 {count:,} 条",
        "at_risk": "日均销售额 {amount}",
        "row_recovering": "恢复中",
        "row_frozen": "缺数据，暂时冻结",
        "row_resolved": "已解除",
        "row_closed": "已关闭，不代表问题已解决",
        "row_moved": "级别升高或再次触发，已另行通知",
        "row_holds": "另有 {count:,} 条相关预警暂不单独通知",
        "listed_before": "此前已列入 {day} 的汇总。",
        "held": "本预警解除前暂不单独通知的相关预警：{count:,} 条。",
        "held_more": "，另有 {count:,} 条",
        "enumerated": "、",
        "also_stores": "同样受影响的店铺：",
        "freed": "此前暂不通知的 {count:,} 条相关预警，将在下一次运行时重新判断。",
        "doubt_title": "{store}：数据存疑，{rule} 一夜之间有 {changed:,} 个对象发生变化（共 {subjects:,} 个）",
        "doubt_why": "一次出现这么多变化，多半是数据有误。所有状态均已保存；在有人于此确认，或下一晚的数据得出相同结果之前，不会逐条通知。",
        "doubt_parts": "例如：",
        "doubt_confirm": "情况属实，发送通知",
        "doubt_day": "数据日期 {day}。",
        "doubt_confirmed": "已确认，现按最新状态通知。",
        "doubt_confirmed_by": "{by} 已确认，现按最新状态通知。",
        "doubt_agreed": "下一晚的数据结果相同，现按最新状态通知。",
        "doubt_withdrawn": "数据已恢复原状，未持续的变化不再通知。",
    },
}
"""What is said, by language; a test walks both."""


def say(name: str, language: Language, /, **values: object) -> str:
    """Return a phrase with its values."""
    return PHRASES[language][name].format(**values)


def enumerated(names: Sequence[str], language: Language) -> str:
    """Return the first names in a row, and how many more there are."""
    more = len(names) - NAMED
    return say("enumerated", language).join(names[:NAMED]) + (say("held_more", language, count=more) if more > 0 else "")
