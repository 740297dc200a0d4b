"""What a message says about a data check: what it compares, where it fails, with which numbers and documents, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection

from sellerwatch.core.money import format_money
from sellerwatch.messages.blocks import Block, Bold, Bullets, Code, Context, Language, Line, Text, line
from sellerwatch.messages.wording import cut
from sellerwatch.warehouse.checks.catalogue import CHECKS
from sellerwatch.warehouse.checks.chinese import words
from sellerwatch.warehouse.checks.results import Result, Verdict, amount_words, results_of, verdicts

RESULTS_SHOWN: Final = 5
EXAMPLES_SHOWN: Final = 5
DOCUMENTS_SHOWN: Final = 5
NAME_ROOM: Final = 80
"""Characters of a compared thing's name: an order's id, a SKU, a campaign's id, a search term."""

Phrases = Mapping[str, str]
PHRASES: Final[Mapping[Language, Phrases]] = {
    "en": {
        "compares": "  compares {title}",
        "fine": "{count:,} comparisons, all within the tolerance.",
        "not_judged": "Not judged: {reason}.",
        "remedy": "Remedy: ",
        "full_stop": ".",
        "numbers": ": expected {expected}, found {found}",
        "outside": " ({off:,} of {compared:,} outside)",
        "more": "and {count} more; all of them: ",
        "examples": "For example",
        "example": " on {day}, {measure}: expected {expected}, found {found}",
        "documents": "Documents: ",
    },
    "zh": {
        "compares": "  核对{title}",
        "fine": "共 {count:,} 项比较，全部在容差之内。",
        "not_judged": "未判定：{reason}。",
        "remedy": "处理办法：",
        "full_stop": "。",
        "numbers": "：应为 {expected}，实为 {found}",
        "outside": "（{compared:,} 项中有 {off:,} 项超出容差）",
        "more": "另有 {count} 项，全部见：",
        "examples": "例如",
        "example": "，{day}，{measure}：应为 {expected}，实为 {found}",
        "documents": "相关文件：",
    },
}
"""What is said around the numbers, by language."""


def check_blocks(
    connection: Connection, store_id: str, marketplace: str, name: str, as_of: date, *, language: Language = "en"
) -> tuple[Block, ...]:
    """Return the blocks that describe what the check found in the night."""
    say = PHRASES[language]
    found = verdicts(results_of(connection, store_id, as_of))
    ours = next((item for item in found if (item.check_name, item.marketplace) == (name, marketplace)), None)
    told = words(CHECKS[name], language) if name in CHECKS else None
    head = Text(line(Code(name), say["compares"].format(title=told.title) if told else ""))
    if ours is None:
        return (head,)
    if not ours.failures:
        return (head, Text(line(_fine(ours, say))))
    # What was stored is what was meant that night; the Chinese words are kept in the code alone.
    remedy = told.remedy if told and language != "en" else ours.failures[0].remedy
    last = Text(line(Bold(say["remedy"]), f"{remedy}{say['full_stop']}"))
    return (head, *_evidence(store_id, ours, say), last, *_documents(ours, say))


def _fine(verdict: Verdict, say: Phrases) -> str:
    compared = sum(item.compared for item in verdict.results)
    return say["fine"].format(count=compared) if compared else say["not_judged"].format(reason=verdict.reason)


def _evidence(store_id: str, verdict: Verdict, say: Phrases) -> Iterator[Block]:
    """Yield the failed days with their numbers, then the worst single comparisons."""
    items = [_result_line(item, say) for item in verdict.failures[:RESULTS_SHOWN]]
    more = len(verdict.failures) - RESULTS_SHOWN
    if more > 0:
        items.append(line(say["more"].format(count=more), Code(f"sellerwatch status --store {store_id}")))
    yield Bullets(tuple(items))
    examples = [line for item in verdict.failures for line in _example_lines(item, say)]
    if examples:
        yield Text(line(Bold(say["examples"])))
        yield Bullets(tuple(examples[:EXAMPLES_SHOWN]))


def _documents(verdict: Verdict, say: Phrases) -> Iterator[Block]:
    """Yield the documents in small print: which one is the newest changes every night, and is no news by itself."""
    named = dict.fromkeys(name for item in verdict.failures for name in item.detail.get("documents", []))
    if named:
        yield Context(line(say["documents"], ", ".join(list(named)[:DOCUMENTS_SHOWN])))


def _result_line(result: Result, say: Phrases) -> Line:
    numbers = say["numbers"].format(expected=_amount(result.expected, result), found=_amount(result.found, result))
    outside = say["outside"].format(off=result.off, compared=result.compared) if result.compared > 1 else ""
    return line(Bold(f"{result.day} {result.measure}"), f"{numbers}{outside}")


def _example_lines(result: Result, say: Phrases) -> Iterator[Line]:
    examples: list[dict[str, Any]] = result.detail.get("examples", [])
    for example in examples:
        expected, found = (_amount(Decimal(example[side]), result) for side in ("expected", "found"))
        if example["subject"]:
            subject = cut(example["subject"], NAME_ROOM)
            numbers = say["example"].format(day=result.day, measure=result.measure, expected=expected, found=found)
            yield line(Code(subject), numbers)


def _amount(value: Decimal | None, result: Result) -> str:
    return format_money(value, result.currency) if value is not None and result.currency else amount_words(value)
