"""What a message says about nights that do not run, in both languages."""

from __future__ import annotations

from typing import Final

from sellerwatch.messages.blocks import Block, Bold, Field, Fields, Language, Text, line

PHRASES: Final = {
    "en": {
        "none": "nights run",
        "one": "1 night missing",
        "many": "{count} nights missing",
        "first": "First missing night",
        "state": "State",
        "not_begun": "did not begin",
        "not_ended": "began and did not end",
        "meanwhile": "Until a night has run, nobody is told of stock, sales or late data.",
    },
    "zh": {
        "none": "夜间任务正常运行",
        "one": "1 次夜间任务未完成",
        "many": "{count} 次夜间任务未完成",
        "first": "最早缺失的夜间任务",
        "state": "状态",
        "not_begun": "未启动",
        "not_ended": "已启动但未结束",
        "meanwhile": "在夜间任务恢复之前，不会有任何关于库存、销售或数据延迟的通知。",
    },
}
"""The words, by language. A test walks them."""


def missing_words(value: float | None, language: Language = "en") -> str:
    """Return how many nights are missing, in words."""
    count = int(value or 0)
    words = PHRASES[language]
    return words["none"] if count == 0 else words["one"] if count == 1 else words["many"].format(count=count)


def night_reason(first_missing: str, why: str) -> str:
    """Return what `night_blocks` reads: the first missing night and what became of it."""
    return f"{first_missing} {why}"


def night_blocks(reason: str, language: Language = "en") -> tuple[Block, ...]:
    """Return the blocks of a message about missing nights; none where nights run."""
    first, _, why = reason.partition(" ")
    words = PHRASES[language]
    if why not in words:
        return ()
    fields = (Field(words["first"], line(Bold(first))), Field(words["state"], line(words[why])))
    return (Fields(fields), Text(line(words["meanwhile"])))
