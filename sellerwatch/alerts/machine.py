"""The condition machine: a pure step from one state and one judgement to the next state and the events in between.

It knows data only. People (acknowledge, snooze) and Slack are other machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from sellerwatch.alerts.tiers import depth, held, reached
from sellerwatch.settings.models import TIERS, Band, Rule, Tier

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


@dataclass(frozen=True, slots=True)
class Condition:
    """Where an alert stands."""

    status: Status = "inactive"
    tier: Tier | None = None
    episode: int = 0
    calm: tuple[int, ...] = (0, 0, 0)
    """For yellow, orange and red: business days in a row on which the value was past the tier's exit."""
    value: float | None = None
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


Step = tuple[Condition, tuple[Event, ...]]


def step(rule: Rule, bands: Mapping[Tier, Band], before: Condition, judgement: Judgement) -> Step:
    """Return the condition after one more business day, and what happened."""
    if judgement.outcome == "value" and judgement.value is not None:
        return _with_value(rule, bands, before, judgement.as_of, judgement.value)
    if not before.is_open:
        return before, ()
    if judgement.outcome == "not_applicable":
        after = replace(before, status="closed", resolved_on=judgement.as_of)
        return after, (_event("closed", before, after, judgement.reason),)
    if judgement.outcome == "no_data" and before.stale_since is None:
        after = replace(before, stale_since=judgement.as_of)
        return after, (_event("stale", before, after, judgement.reason),)
    return before, ()


def judge_again(
    rule: Rule,
    bands: Mapping[Tier, Band],
    current: Condition,
    before: Condition,
    judgement: Judgement,
) -> Step:
    """Judge a business day anew because its data was restated: the net change against what people were told.

    Args:
        rule: the rule.
        bands: its tiers, scaled.
        current: the condition that the earlier judgement of the day led to.
        before: the condition before that day.
        judgement: what the restated data says.
    """
    after, events = step(rule, bands, before, judgement)
    if not current.is_open:
        return after, events if after != current else ()
    if not after.is_open:
        after = replace(current, status="resolved", value=judgement.value, resolved_on=judgement.as_of, stale_since=None)
        return after, (_event("resolved", current, after, "restated"),)
    if after == current:
        return after, ()
    return after, (_event(_net_kind(current, after), current, after, "restated"),)


def _net_kind(current: Condition, after: Condition) -> EventKind:
    if after.status == "recovering" and current.status == "firing":
        return "recovering"
    if depth(after.tier) > depth(current.tier):
        return "raised"
    if depth(after.tier) < depth(current.tier):
        return "lowered"
    return "refreshed"


def _with_value(rule: Rule, bands: Mapping[Tier, Band], before: Condition, as_of: date, value: float) -> Step:
    entered, kept = reached(rule, bands, value), held(rule, bands, value)
    if before.is_open:
        calm = tuple(0 if depth(kept) >= depth(tier) else count + 1 for tier, count in zip(TIERS, before.calm, strict=True))
        seen = replace(before, value=value, stale_since=None, calm=calm)
        return _while_open(rule, before, seen, entered, as_of, is_clear=kept is None)
    if entered is None:
        return replace(before, value=value) if before.status == "resolved" else before, ()
    return _open(rule, before, value, entered, as_of)


def _open(rule: Rule, before: Condition, value: float, entered: Tier, as_of: date) -> Step:
    opened = Condition("firing", entered, before.episode, value=value, opened_on=as_of)
    if before.status == "resolved" and before.resolved_on and as_of - before.resolved_on <= timedelta(hours=rule.reopen_hours):
        after = replace(opened, opened_on=before.opened_on)
        return after, (_event("reopened", before, after),)
    after = replace(opened, episode=before.episode + 1)
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
        return _say("resolved", before, replace(seen, status="resolved", resolved_on=as_of), "recovered")
    return _say("recovering" if before.status == "firing" else "refreshed", before, replace(seen, status="recovering"))


def _say(kind: EventKind, before: Condition, after: Condition, reason: str = "") -> Step:
    """Return the event, except a refresh that would show people nothing new."""
    if kind == "refreshed" and _shown(before) == _shown(after):
        return after, ()
    return after, (_event(kind, before, after, reason),)


def _shown(condition: Condition) -> tuple[object, ...]:
    return condition.status, condition.tier, condition.value, condition.stale_since


def _event(kind: EventKind, before: Condition, after: Condition, reason: str = "") -> Event:
    return Event(kind, before.tier, after.tier, after.value, reason)
