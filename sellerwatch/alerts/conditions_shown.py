"""What a message says of a rule over several metrics: each condition that holds, with its number and its limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sellerwatch.alerts.values_shown import amount
from sellerwatch.messages.blocks import Block, Bold, Code, Field, Fields, Language, Text, line
from sellerwatch.settings.languages import in_language
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rule_words import condition_in_words
from sellerwatch.settings.rules import Clause, Rule

_LIMIT: Final = {
    ("en", "at_least"): " (limit: {limit} or more)",
    ("en", "at_most"): " (limit: {limit} or less)",
    ("en", "above"): " (limit: more than {limit})",
    ("en", "below"): " (limit: less than {limit})",
    ("zh", "at_least"): "（预警线：不低于 {limit}）",
    ("zh", "at_most"): "（预警线：不高于 {limit}）",
    ("zh", "above"): "（预警线：高于 {limit}）",
    ("zh", "below"): "（预警线：低于 {limit}）",
}
"""What stands behind the number, by language and side of the limit."""


def condition_blocks(settings: Settings, rule: Rule, evidence: str, language: Language) -> tuple[Block, ...]:
    """Return the conditions of the evidence in words; what is compared with something else stands as it was judged.

    Args:
        settings: titles and units.
        rule: that judged.
        evidence: the conditions that hold, as `reading.composite` writes them.
        language: of the words.
    """
    clauses = {condition_in_words(clause, rule.period): clause for clause in _clauses(rule)}
    fields: dict[str, Field] = {}
    others: list[str] = []
    for part in filter(None, evidence.split("; ")):
        words, _, value = part.rpartition(": ")
        clause = clauses.get(words)
        if clause is None or clause.compared_with:
            others.append(part)
        else:
            field = _field(settings, clause, float(value), language)
            fields[field.label] = field
    plain: tuple[Block, ...] = (Text(line(Code("; ".join(others)))),) if others else ()
    return (*((Fields(tuple(fields.values())),) if fields else ()), *plain)


def _clauses(rule: Rule) -> Iterator[Clause]:
    yield from rule.clauses
    for own in rule.lifecycle.values():
        for conditions in own.when.values():
            yield from conditions.clauses


def _field(settings: Settings, clause: Clause, value: float, language: Language) -> Field:
    shown, limit = (amount(settings, clause.metric, number, language) for number in (value, clause.enter))
    beside = _LIMIT[language, clause.side].format(limit=limit)
    return Field(in_language(settings.metrics[clause.metric].title, language), line(Bold(shown), beside))
