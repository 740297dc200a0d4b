"""Folding an alert anew where an earlier judgement changed, and the net change that people are told of it.

What people were told is never silently taken back, and what they were never told is never called over: the stored condition is
the folded one, with the episode, and whether it is open, as they know it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

from sellerwatch.alerts.condition.machine import (
    Condition,
    Event,
    EventKind,
    Judgement,
    Status,
    Step,
    is_reopening,
    say,
    started,
    step,
)
from sellerwatch.settings.rules import Rule
from sellerwatch.settings.tiers import depth


@dataclass(frozen=True, slots=True)
class Advanced:
    """An alert after a night was judged: its condition, the one before that night, and what happened."""

    condition: Condition
    before: Condition
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert before it is judged: as people know it, as it was before its newest night, and that night."""

    condition: Condition
    before: Condition
    judged_for: date | None


def advance(rule: Rule, standing: Standing, judgement: Judgement, log: Callable[[], Sequence[Judgement]]) -> Advanced:
    """Judge an alert's newest night, for the first time or again.

    Args:
        rule: the rule.
        standing: where the alert stands.
        judgement: what the night says; no night after it was judged.
        log: gives every judgement so far, later versions of a night last; asked only where one step is not enough.
    """
    current, before = standing.condition, standing.before
    is_new_night = standing.judged_for is None or standing.judged_for < judgement.as_of
    # Which of the nights in a row without a value this one is the stored conditions do not tell, where some were before it.
    is_lost_again = not is_new_night and judgement.outcome != "value" and before.missing > 0
    if is_lost_again or needs_log(current, before, judgement):
        return with_log(rule, current, log(), judgement, is_new_night=is_new_night)
    if is_new_night:
        return next_night(rule, current, judgement)
    return same_night(rule, current, before, judgement)


def fold(rule: Rule, log: Iterable[Judgement]) -> Condition:
    """Return the condition that all judgements together come to; they may stand in any order, later versions of a night last."""
    return reduce(lambda condition, judgement: step(rule, condition, judgement)[0], effective(log), Condition())


def effective(log: Iterable[Judgement]) -> list[Judgement]:
    """Return the judgements that count, in the order of their nights.

    Of a night, the last value counts, and after it the lack of one that was found later: data that goes missing takes nothing
    back, nor does it bring back what the night called gone. A period's value is what the latest night read of it, for all nights
    that read it.
    """
    nights: dict[date, list[Judgement]] = {}
    for judgement in log:
        nights.setdefault(judgement.as_of, []).append(judgement)
    counted = [judgement for night in sorted(nights) for judgement in _of_night(nights[night])]
    latest = {judgement.period: judgement for judgement in counted if judgement.outcome == "value"}
    return [
        replace(latest[judgement.period], as_of=judgement.as_of, valued_on=judgement.period)
        if judgement.outcome == "value"
        else judgement
        for judgement in counted
    ]


def _of_night(versions: Sequence[Judgement]) -> list[Judgement]:
    last_value = max((number for number, said in enumerate(versions) if said.outcome == "value"), default=-1)
    later = versions[last_value + 1 :]
    gone = [said for said in later if said.outcome == "not_applicable"]
    lack = (gone or later)[-1:]
    return [*versions[last_value : last_value + 1], *lack]  # without a value, the first part is empty


def needs_log(current: Condition, before: Condition, judgement: Judgement) -> bool:
    """Tell whether one step is not enough: history was corrected, or an earlier night read this period differently.

    Args:
        current: the condition as people know it.
        before: the condition before the night that is judged.
        judgement: what that night says.
    """
    if current.is_behind:
        return True
    is_read_again = judgement.outcome == "value" and before.valued_on == judgement.period
    return is_read_again and before.reading != judgement.reading and before.status != "closed"


def next_night(rule: Rule, current: Condition, judgement: Judgement) -> Advanced:
    """Judge a night that follows all that were judged before."""
    after, events = step(rule, current, judgement)
    return Advanced(after, current, events)


def same_night(rule: Rule, current: Condition, before: Condition, judgement: Judgement) -> Advanced:
    """Judge the newest night anew because its data was restated: the net change against what people were told.

    Without a value nothing that was told is taken back: it is frozen, or closed.
    """
    if judgement.outcome == "value":
        after, events = settle(rule, current, step(rule, before, judgement)[0], judgement)
    else:
        after, events = _without_value(rule, current, before, judgement)
    return Advanced(after, before, events)


def _without_value(rule: Rule, current: Condition, before: Condition, judgement: Judgement) -> Step:
    """Hold what the night came to; where it had no value before either, that counts once."""
    held = current
    if current.missing > before.missing:
        held = replace(held, missing=current.missing - 1)
    if current.stale_since == judgement.as_of:
        held = replace(held, stale_since=None)
    after, events = step(rule, held, judgement)
    if after.is_open and after.stale_since is None and current.stale_since is not None:
        return say("refreshed", current, after)
    return after, () if after == current else events


def with_log(rule: Rule, current: Condition, log: Sequence[Judgement], judgement: Judgement, *, is_new_night: bool) -> Advanced:
    """Judge a night by folding everything that was ever judged.

    Args:
        rule: the rule.
        current: the condition as people know it.
        log: every judgement but the present one, later versions of a night last.
        judgement: what the night says.
        is_new_night: False where the night was judged before.
    """
    counted = effective([*log, judgement])
    before = reduce(
        lambda condition, said: step(rule, condition, said)[0],
        [said for said in counted if said.as_of < judgement.as_of],
        Condition(),
    )
    folded = reduce(
        lambda condition, said: step(rule, condition, said)[0],
        [said for said in counted if said.as_of == judgement.as_of],
        before,
    )
    after, events = settle(rule, current, folded, judgement)
    if is_new_night:
        plain, ordinary = step(rule, current, judgement)
        if _stands(plain) == _stands(after):
            events = ordinary
    return Advanced(after, replace(before, episode=current.episode), events)


def _stands(condition: Condition) -> tuple[object, ...]:
    return condition.status, condition.tier, condition.episode


def settle(rule: Rule, current: Condition, folded: Condition, judgement: Judgement) -> Step:
    """Return what the folded condition is to people who know the current one, and what they are told of the difference."""
    known = replace(folded, episode=current.episode)
    if current.is_open and folded.is_open:
        after = replace(known, opened_on=current.opened_on)
        return say(_net_kind(current, after), current, after, "restated")
    if current.is_open:
        return _taken_back(current, known, judgement)
    if folded.is_open:
        return _found_open(rule, current, known, judgement)
    status = _resting(current, folded, judgement.as_of)
    read = _as_read(known, judgement) if status == "resolved" else known
    kept = replace(read, status=status, tier=current.tier, opened_on=current.opened_on)
    return replace(kept, resolved_on=current.resolved_on), ()


def _resting(current: Condition, folded: Condition, as_of: date) -> Status:
    """Return how an alert rests that is not open: what was called over tonight stays so, and nothing waits that counts nothing."""
    is_told_tonight = current.status == "resolved" and current.resolved_on == as_of
    if folded.status == "pending" and not is_told_tonight:
        return "pending"
    return "inactive" if current.status == "pending" else current.status


def _as_read(known: Condition, judgement: Judgement) -> Condition:
    if judgement.outcome != "value":
        return known
    return replace(known, value=judgement.value, valued_on=judgement.period, reading=judgement.reading)


def _net_kind(current: Condition, after: Condition) -> EventKind:
    if after.status == "recovering" and current.status == "firing":
        return "recovering"
    if depth(after.tier) > depth(current.tier):
        return "raised"
    if depth(after.tier) < depth(current.tier):
        return "lowered"
    return "refreshed"


def _taken_back(current: Condition, known: Condition, judgement: Judgement) -> Step:
    if known.status == "closed":
        return say("closed", current, replace(known, opened_on=current.opened_on), judgement.reason)
    after = replace(
        _as_read(known, judgement),
        status="resolved",
        tier=current.tier,
        opened_on=current.opened_on,
        resolved_on=judgement.as_of,
    )
    return say("resolved", current, after, "restated")


def _found_open(rule: Rule, current: Condition, known: Condition, judgement: Judgement) -> Step:
    """Only what breaches now may be told: corrected history opens nothing, and what a person handled stays handled."""
    was_called_over = current.resolved_on == judgement.as_of and judgement.outcome == "value"
    if not judgement.entered and not was_called_over:
        unsaid = replace(known, status=current.status, tier=current.tier, resolved_on=current.resolved_on)
        return replace(unsaid, opened_on=current.opened_on, is_behind=True), ()
    if was_called_over:
        return say("reopened", current, replace(known, opened_on=current.opened_on), "restated")
    is_back = is_reopening(rule, current, judgement.as_of)
    after = replace(
        known,
        episode=current.episode if is_back else current.episode + 1,
        opened_on=current.opened_on if is_back else judgement.as_of,
    )
    return started(rule, current if is_back else replace(current, tier=None), after, "reopened" if is_back else "fired")
