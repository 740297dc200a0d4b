"""The condition machine: a pure step from one state and one judgement to the next state and the events in between.

It knows data only. People (acknowledge, snooze) and Slack are other machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rules import Band, Rule
from sellerwatch.settings.tiers import depth, held, reached

Status = Literal["inactive", "firing", "recovering", "resolved", "closed"]
EventKind = Literal[
    "fired", "raised", "lowered", "refreshed", "recovering", "relapsed", "resolved", "reopened", "stale", "closed"
]
OutcomeKind = Literal["value", "no_data", "insufficient", "not_applicable"]
OPEN: tuple[Status, ...] = ("firing", "recovering")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one business day's data says about one subject: a value, or why there is none."""

    as_of: date
    outcome: OutcomeKind
    value: float | None = None
    reason: str = ""
    detail: str = ""
    """Stands for all else that a message about the value shows: a change of it alone is worth showing too."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Where an alert stands."""

    status: Status = "inactive"
    tier: Tier | None = None
    episode: int = 0
    calm: tuple[int, ...] = (0, 0, 0)
    """For yellow, orange and red: business days in a row on which the value was past the tier's exit."""
    value: float | None = None
    valued_on: date | None = None
    """The business day the value is of; older than the day judged while data is missing."""
    detail: str = ""
    opened_on: date | None = None
    resolved_on: date | None = None
    stale_since: date | None = None

    @property
    def is_open(self) -> bool:
        """True while people should know about it."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class Event:
    """One transition."""

    kind: EventKind
    tier_before: Tier | None
    tier_after: Tier | None
    value: float | None
    reason: str = ""
    value_before: float | None = None


Step = tuple[Condition, tuple[Event, ...]]


def step(rule: Rule, bands: Mapping[Tier, Band], before: Condition, judgement: Judgement) -> Step:
    """Return the condition after one more business day, and what happened."""
    if judgement.outcome == "value" and judgement.value is not None:
        return _with_value(rule, bands, before, judgement, judgement.value)
    if not before.is_open:
        return before, ()
    if judgement.outcome == "not_applicable":
        return close(before, judgement.as_of, judgement.reason)
    if judgement.outcome == "no_data" and before.stale_since is None:
        after = replace(before, stale_since=judgement.as_of)
        return after, (_event("stale", before, after, judgement.reason),)
    return before, ()


def close(before: Condition, as_of: date, reason: str) -> Step:
    """Return an open condition as closed: nobody watches it any more, which is not to say that it is well."""
    after = replace(before, status="closed", resolved_on=as_of, stale_since=None, detail="")
    return after, (_event("closed", before, after, reason),)


def judge_again(
    rule: Rule,
    bands: Mapping[Tier, Band],
    current: Condition,
    before: Condition,
    judgement: Judgement,
) -> Step:
    """Judge a business day anew because its data was restated: the net change against what people were told.

    Without a value nothing that was told is taken back: it is frozen, or closed.

    Args:
        rule: the rule.
        bands: its tiers, scaled.
        current: the condition that the earlier judgement of the day led to.
        before: the condition before that day.
        judgement: what the restated data says.
    """
    if judgement.outcome != "value":
        return step(rule, bands, current, judgement)
    after, events = step(rule, bands, before, judgement)
    if current.is_open and after.is_open:
        return _corrected(_net_kind(current, after), current, after)
    if current.is_open:
        taken_back = replace(current, value=judgement.value, valued_on=judgement.as_of, detail="", stale_since=None)
        return _corrected("resolved", current, replace(taken_back, status="resolved", resolved_on=judgement.as_of))
    was_called_over = current.resolved_on == judgement.as_of
    if after.is_open:
        return _corrected("reopened", current, after) if was_called_over else (after, events)
    return (replace(current, value=judgement.value) if was_called_over else after), ()


def _corrected(kind: EventKind, current: Condition, after: Condition) -> Step:
    return _say(kind, current, after, "restated")


def _net_kind(current: Condition, after: Condition) -> EventKind:
    if after.status == "recovering" and current.status == "firing":
        return "recovering"
    if depth(after.tier) > depth(current.tier):
        return "raised"
    if depth(after.tier) < depth(current.tier):
        return "lowered"
    return "refreshed"


def _with_value(rule: Rule, bands: Mapping[Tier, Band], before: Condition, judgement: Judgement, value: float) -> Step:
    entered, kept = reached(rule, bands, value), held(rule, bands, value)
    seen = replace(before, value=value, valued_on=judgement.as_of)
    if before.is_open:
        calm = tuple(0 if depth(kept) >= depth(tier) else count + 1 for tier, count in zip(TIERS, before.calm, strict=True))
        seen = replace(seen, stale_since=None, calm=calm, detail=judgement.detail)
        return _while_open(rule, before, seen, entered, judgement.as_of, is_clear=kept is None)
    if entered is None:
        return seen if before.status == "resolved" else before, ()
    return _open(rule, before, seen, entered, judgement)


def _open(rule: Rule, before: Condition, seen: Condition, entered: Tier, judgement: Judgement) -> Step:
    as_of = judgement.as_of
    opened = Condition("firing", entered, before.episode, value=seen.value, valued_on=as_of, detail=judgement.detail)
    if before.status == "resolved" and before.resolved_on and as_of - before.resolved_on <= timedelta(hours=rule.reopen_hours):
        after = replace(opened, opened_on=before.opened_on)
        return after, (_event("reopened", before, after),)
    after = replace(opened, episode=before.episode + 1, opened_on=as_of)
    return after, (_event("fired", replace(before, tier=None), after),)


def _while_open(
    rule: Rule,
    before: Condition,
    seen: Condition,
    entered: Tier | None,
    as_of: date,
    *,
    is_clear: bool,
) -> Step:
    if depth(entered) > depth(before.tier):
        return _say("raised", before, replace(seen, status="firing", tier=entered))
    if is_clear:
        return _clearing(rule, before, seen, as_of)
    tier = _tier_not_left(rule, seen, before.tier)
    if before.status == "recovering":
        return _say("relapsed", before, replace(seen, status="firing", tier=tier))
    return _say("lowered" if depth(tier) < depth(before.tier) else "refreshed", before, replace(seen, tier=tier))


def _tier_not_left(rule: Rule, seen: Condition, current: Tier | None) -> Tier | None:
    """Return the deepest tier, no deeper than the current one, that was not left for long enough to step down from it."""
    staying = [
        tier for tier, calm in zip(TIERS, seen.calm, strict=True) if tier in rule.tiers and calm < rule.step_down_periods
    ]
    return max((tier for tier in staying if depth(tier) <= depth(current)), key=depth, default=current)


def _clearing(rule: Rule, before: Condition, seen: Condition, as_of: date) -> Step:
    """The value is past every exit: it has to stay there before people are told that it is over."""
    if min(seen.calm) >= rule.clear_periods:
        return _say("resolved", before, replace(seen, status="resolved", resolved_on=as_of, detail=""), "recovered")
    return _say("recovering" if before.status == "firing" else "refreshed", before, replace(seen, status="recovering"))


def _say(kind: EventKind, before: Condition, after: Condition, reason: str = "") -> Step:
    """Return the event, except a refresh that would show people nothing new."""
    if kind == "refreshed" and _shown(before) == _shown(after):
        return after, ()
    return after, (_event(kind, before, after, reason),)


def _shown(condition: Condition) -> tuple[object, ...]:
    return condition.status, condition.tier, condition.value, condition.stale_since, condition.detail


def _event(kind: EventKind, before: Condition, after: Condition, reason: str = "") -> Event:
    return Event(kind, before.tier, after.tier, after.value, reason, before.value)
