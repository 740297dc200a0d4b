"""What a message says about a data check: what it compares, where it fails, with which numbers and documents, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sellerwatch.alerts.showing.reasons import reason_words
from sellerwatch.messages.blocks import Block, Bold, Bullets, Code, Context, Language, Line, Text, line
from sellerwatch.messages.figures import WORDS, money
from sellerwatch.messages.wording import cut, day_words
from sellerwatch.warehouse.checks.catalogue import CHECKS
from sellerwatch.warehouse.checks.chinese import words
from sellerwatch.warehouse.checks.results import Result, Verdict, amount_words

RESULTS_SHOWN: Final = 5
EXAMPLES_SHOWN: Final = 5
DOCUMENTS_SHOWN: Final = 5
NAME_ROOM: Final = 80
"""Characters of a compared thing's name: an order's id, a SKU, a campaign's id, a search term."""

PHRASES: Final[Mapping[Language, Mapping[str, str]]] = {
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
"""What is said around the numbers, by language. A test walks it."""

MEASURES: Final[Mapping[str, str]] = {
    "ad_cost_pct": "广告花费占比(%)",
    "app_session_pct": "App 会话占比(%)",
    "asins": "ASIN 数",
    "clicks": "点击量",
    "cost": "花费",
    "days": "天数",
    "ending_units": "期末件数",
    "foreign_rows": "其他币种的行数",
    "impressions": "曝光量",
    "lines_of_other_days": "日期不符的行数",
    "marketplaces": "站点数",
    "moved_units": "变动件数",
    "negative_rows": "小于零的行数",
    "orders": "订单数",
    "page_views": "页面浏览量",
    "principal": "商品金额",
    "return_pct": "退货率(%)",
    "rows": "行数",
    "sales": "销售额",
    "sellable_units": "可售件数",
    "sessions": "会话数",
    "starting_units": "期初件数",
    "store_return_pct": "全店退货率(%)",
    "total": "总额",
    "unit_session_pct": "转化率(%)",
    "units": "件数",
}
"""What was compared, in Chinese; a measure that is not here is named as the check names it, to be looked up."""


@dataclass(frozen=True, slots=True)
class _Voice:
    """A language, and the night that days are told from."""

    language: Language
    as_of: date

    def say(self, name: str, /, **places: object) -> str:
        return PHRASES[self.language][name].format(**places)

    def day(self, day: date) -> str:
        return day_words(day, self.language, near=self.as_of)

    def measure(self, result: Result) -> str:
        return MEASURES.get(result.measure, result.measure) if self.language == "zh" else result.measure

    def amount(self, value: Decimal | None, result: Result) -> str:
        if value is not None and result.currency:
            return money(value, result.currency, self.language)
        return WORDS[self.language]["unknown"] if value is None else amount_words(value)


def check_blocks(
    found: Iterable[Verdict], store_id: str, marketplace: str, name: str, as_of: date, *, language: Language = "en"
) -> tuple[Block, ...]:
    """Return the blocks that describe what the check found in the night, of which ``found`` are all the verdicts."""
    voice = _Voice(language, as_of)
    ours = next((item for item in found if (item.check_name, item.marketplace) == (name, marketplace)), None)
    told = words(CHECKS[name], language) if name in CHECKS else None
    head = Text(line(Code(name), voice.say("compares", title=told.title) if told else ""))
    if ours is None:
        return (head,)
    if not ours.failures:
        return (head, Text(line(_fine(ours, voice))))
    # What was stored is what was meant that night; the Chinese words are kept in the code alone.
    remedy = told.remedy if told and language != "en" else ours.failures[0].remedy
    last = Text(line(Bold(voice.say("remedy")), f"{remedy}{voice.say('full_stop')}"))
    return (head, *_evidence(store_id, ours, voice), last, *_documents(ours, voice))


def _fine(verdict: Verdict, voice: _Voice) -> str:
    compared = sum(item.compared for item in verdict.results)
    return (
        voice.say("fine", count=compared)
        if compared
        else voice.say("not_judged", reason=reason_words(verdict.reason, voice.language))
    )


def _evidence(store_id: str, verdict: Verdict, voice: _Voice) -> Iterator[Block]:
    """Yield the failed days with their numbers, then the worst single comparisons."""
    items = [_result_line(item, voice) for item in verdict.failures[:RESULTS_SHOWN]]
    more = len(verdict.failures) - RESULTS_SHOWN
    if more > 0:
        items.append(line(voice.say("more", count=more), Code(f"sellerwatch status --store {store_id}")))
    yield Bullets(tuple(items))
    examples = [line for item in verdict.failures for line in _example_lines(item, voice)]
    if examples:
        yield Text(line(Bold(voice.say("examples"))))
        yield Bullets(tuple(examples[:EXAMPLES_SHOWN]))


def _documents(verdict: Verdict, voice: _Voice) -> Iterator[Block]:
    """Yield the documents in small print: which one is the newest changes every night, and is no news by itself."""
    named = dict.fromkeys(name for item in verdict.failures for name in item.detail.get("documents", []))
    if named:
        yield Context(line(voice.say("documents"), ", ".join(list(named)[:DOCUMENTS_SHOWN])))


def _result_line(result: Result, voice: _Voice) -> Line:
    numbers = voice.say("numbers", expected=voice.amount(result.expected, result), found=voice.amount(result.found, result))
    outside = voice.say("outside", off=result.off, compared=result.compared) if result.compared > 1 else ""
    return line(Bold(f"{voice.day(result.day)} {voice.measure(result)}"), f"{numbers}{outside}")


def _example_lines(result: Result, voice: _Voice) -> Iterator[Line]:
    examples: list[dict[str, Any]] = result.detail.get("examples", [])
    for example in examples:
        expected, found = (voice.amount(Decimal(example[side]), result) for side in ("expected", "found"))
        if example["subject"]:
            subject = cut(example["subject"], NAME_ROOM)
            day, measure = voice.day(result.day), voice.measure(result)
            yield line(Code(subject), voice.say("example", day=day, measure=measure, expected=expected, found=found))
