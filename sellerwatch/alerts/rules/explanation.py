"""Why a rule said what it said of a subject on a day: what it watches, which limits applied and why, which conditions held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection

from sellerwatch.alerts.reading import tonight
from sellerwatch.alerts.reading.composite import conditions_of
from sellerwatch.alerts.reading.limits import ENTER, EXIT
from sellerwatch.alerts.reading.values import Asked
from sellerwatch.core.errors import ConfigError, nearest, unknown_name
from sellerwatch.metrics.reasons import in_words
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import TIERS
from sellerwatch.settings.rule_words import floors_in_words, stages_in_words, tiers_in_words
from sellerwatch.settings.rules import Rule

_SIDES: Final = {
    ("at_most", False): "at or below",
    ("at_most", True): "below",
    ("at_least", False): "at or above",
    ("at_least", True): "above",
}


@dataclass(frozen=True, slots=True)
class Question:
    """Which rule is asked about, of whom, and when."""

    rule_id: str
    store_id: str
    subject: str
    as_of: date
    marketplace: str | None = None


def explain_rule(connection: Connection, settings: Settings, question: Question) -> list[str]:
    """Return the explanation, a line each.

    Raises:
        ConfigError: the rule, the store or the subject is not known.
    """
    if question.rule_id not in settings.rules:
        listed = "docs/shipped-rules.md lists those that ship"
        raise unknown_name(question.rule_id, settings.rules, what="rule", where="rules explain", listed=listed)
    settings.store(question.store_id)
    rule = settings.rules[question.rule_id]
    rows = _rows(connection, settings, rule, question)
    lines = [*_watched(settings, rule)]
    for row in rows:
        lines += ["", f"{row.id} in {row.marketplace} on {question.as_of}:", *_told(connection, settings, question, row)]
    return lines


def _rows(connection: Connection, settings: Settings, rule: Rule, question: Question) -> list[Any]:
    frame = tonight.read(connection, settings, rule, question.store_id, question.as_of).frame
    own = frame[frame["id"] == question.subject]
    if question.marketplace:
        own = own[own["marketplace"] == question.marketplace]
    if own.empty:
        near = ", ".join(nearest(question.subject, frame["id"].drop_duplicates()))
        found = (
            f"The nearest of the night are {near}" if near else "The night has no values for the rule: name another with --date"
        )
        raise ConfigError(
            f"the data of the night names no {rule.subject} {question.subject!r} for the rule",
            where=f"rules explain, {question.as_of}",
            remedy=f"It is unknown then: an open alert is held, and none is opened. {found}",
        )
    return list(own.itertuples(index=False))


def _watched(settings: Settings, rule: Rule) -> Iterator[str]:
    metric = settings.metrics[rule.metric]
    settled = ", the newest that Amazon no longer changes" if rule.settled else ""
    yield f"{rule.number} {rule.title.en} (version {rule.version}) watches {rule.metric} of each {rule.subject}, {rule.period}{settled}"
    yield f"  {rule.metric}: {metric.formula}"
    yield from (f"  {tier}: {words}" for tier, words in tiers_in_words(rule))
    yield from (f"  while {stage}: {words}" for stage, words in stages_in_words(rule))
    if floors := floors_in_words(rule):
        yield f"  judged with at least: {floors}"
    if rule.missing:
        yield f"  not judged: {rule.missing}"
    if rule.shadow:
        until = f" until {rule.shadow_until}" if rule.shadow_until else ""
        yield f"  shadow{until}: judged and stored, and nobody is told; sellerwatch rules shadow says what it would have sent"


def _told(connection: Connection, settings: Settings, question: Question, row: Any) -> Iterator[str]:  # noqa: ANN401 - a row of a frame
    rule = settings.rules[question.rule_id]
    unit = "tiers deep" if rule.is_composite else "falls in a row" if rule.falls else settings.metrics[rule.metric].unit
    yield "  value: unknown" if pd.isna(row.value) else f"  value: {row.value:.6g} {unit}, of {row.valued_on}"
    if row.stage:
        yield f"  stage of life: {row.stage}"
    if row.compared_with:
        yield f"  compared with {row.compared_with}: {row.reference:.6g}"
    elif rule.relative_to:
        yield f"  {rule.relative_to} of the feed: {row.reference:g}"
    yield from _limits(rule, row)
    if rule.is_composite:
        asked = Asked(connection, settings, question.store_id, question.as_of, rule.subject, rule.settled)
        yield from (f"  {words}" for words in conditions_of(asked, rule, (row.marketplace, row.id), row.stage))
    why = f", {in_words(row.reason) or row.reason}" if row.reason else ""
    yield f"  outcome: {row.outcome}{why}"
    yield f"  tier by this value alone: {_tier(rule, row)}"


def _limits(rule: Rule, row: Any) -> Iterator[str]:  # noqa: ANN401 - a row of a frame
    if rule.is_composite:
        return
    side = _SIDES[rule.breach, rule.strictly]
    for tier in TIERS:
        enter, leave = getattr(row, ENTER[tier]), getattr(row, EXIT[tier])
        if not pd.isna(enter):
            yield f"  {tier} here: {side} {enter:.6g}, left past {leave:.6g}"


def _tier(rule: Rule, row: Any) -> str:  # noqa: ANN401 - a row of a frame
    if row.outcome != "value":
        return "not said"
    limits = {tier: getattr(row, ENTER[tier]) for tier in TIERS}
    past = [tier for tier, limit in limits.items() if (row.value <= limit if rule.breach == "at_most" else row.value >= limit)]
    return past[-1] if past else "none"
