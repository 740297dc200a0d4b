"""The response machine: a pure step from where people stand with an alert, over an act or a moment, to where they stand then.

It knows people and time. Of the condition it hears only that a tier was reached, left or over; of Slack nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from sellerwatch.alerts.response.hours import after_working
from sellerwatch.alerts.response.policy import Policy
from sellerwatch.settings.models import Tier
from sellerwatch.settings.tiers import depth

EventKind = Literal[
    "opened",
    "raised",
    "lowered",
    "ended",
    "acknowledged",
    "released",
    "snoozed",
    "handled",
    "agreed",
    "reminded",
    "lapsed",
    "escalated",
    "snooze_ended",
]


@dataclass(frozen=True, slots=True)
class Person:
    """Who pressed a button: Slack's id, to call them by, and the name that readers know."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody is on it."""

    by: Person
    at: datetime
    tier: Tier
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Snooze:
    """Somebody wants to hear nothing of it for a while."""

    by: Person
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Handling:
    """Somebody called it over; what the data said of this day and this tier is known to them."""

    by: Person
    at: datetime
    tier: Tier
    judged_for: date


@dataclass(frozen=True, slots=True)
class Response:
    """Where people stand with one episode.

    Attributes:
        tier: the present one.
        raised_at: when it was reached.
        tier_rev: number of the alert's event that led to it; buttons of an older message mean another tier.
        chain_from: whence the calls count; later than `raised_at` after quiet hours, a lapsed acknowledgement or a snooze.
        called: number of the last call of the chain that was made; -1 before the first.
        ack: who is on it. Never together with a snooze.
        snooze: who wants quiet, and until when.
        handling: who called it over.
        is_over: nothing more is asked of anybody.
    """

    tier: Tier
    raised_at: datetime
    tier_rev: int
    chain_from: datetime
    called: int
    ack: Acknowledgement | None = None
    snooze: Snooze | None = None
    handling: Handling | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """The condition is at this tier from now on: it fired, rose, stepped down or came back."""

    at: datetime
    tier: Tier
    rev: int
    heard_at: datetime | None = None
    """When its message may go out, where that is known to be later than the owner's own hours would have it."""


@dataclass(frozen=True, slots=True)
class Over:
    """The condition is over, whatever the reason."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Agreed:
    """The data of a later day is fine: what a person called over is over, and a breach after it is news."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A person takes it, or confirms that they are still on it."""

    at: datetime
    by: Person


@dataclass(frozen=True, slots=True)
class Release:
    """A person gives it back."""

    at: datetime
    by: Person


@dataclass(frozen=True, slots=True)
class SnoozeFor:
    """A person wants quiet for so many days."""

    at: datetime
    by: Person
    days: int


@dataclass(frozen=True, slots=True)
class Handle:
    """A person calls it over."""

    at: datetime
    by: Person
    judged_for: date


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""

    at: datetime


HumanAct: TypeAlias = Acknowledge | Release | SnoozeFor | Handle
Act: TypeAlias = Reached | Over | Agreed | HumanAct | Tick


@dataclass(frozen=True, slots=True)
class ResponseEvent:
    """One transition: what happened, by whom if by anybody, and which role is called."""

    kind: EventKind
    at: datetime
    tier: Tier
    by: Person | None = None
    role: str | None = None


Step: TypeAlias = tuple[Response, ResponseEvent | None]


def opened(policy: Policy, reached: Reached) -> Response:
    """Return where people stand when an episode begins: nobody has it, and the first message makes the first call."""
    heard_at = reached.heard_at or policy.released(reached.at, reached.tier)
    return Response(reached.tier, reached.at, reached.rev, heard_at, policy.first_call)


def step(policy: Policy, before: Response, act: Act) -> Step:
    """Return where people stand after an act, and what happened; None where nothing did."""
    match act:
        case Reached():
            return _reach(policy, before, act)
        case Over(at):
            return (before, None) if before.is_over else (_ended(before), _event("ended", before, at))
        case Agreed(at):
            after = replace(before, handling=None)
            return after, _event("agreed", after, at) if before.handling else None
        case _ if before.is_over:
            return before, None
        case Tick(at):
            return _tick(policy, before, at)
        case _:
            return _answered(policy, before, act)


def _answered(policy: Policy, before: Response, act: HumanAct) -> Step:
    at, by = act.at, act.by
    match act:
        case Acknowledge():
            after = replace(before, ack=Acknowledgement(by, at, before.tier), snooze=None)
            return after, _event("acknowledged", after, at, by=by)
        case Release():
            return _release(policy, before, at, by)
        case SnoozeFor(days=days):
            after = replace(before, snooze=Snooze(by, at, at + timedelta(days=days)), ack=None)
            return after, _event("snoozed", after, at, by=by)
        case Handle(judged_for=judged_for):
            after = replace(_ended(before), handling=Handling(by, at, before.tier, judged_for))
            return after, _event("handled", after, at, by=by)


def fold(policy: Policy, first: Reached, acts: Iterable[Act]) -> Response:
    """Return where people stand after a whole history."""
    response = opened(policy, first)
    for act in acts:
        response, _ = step(policy, response, act)
    return response


def due_at(policy: Policy, response: Response) -> datetime | None:
    """Return when time alone changes something next, or None where only people and data can."""
    if response.is_over:
        return None
    if response.snooze:
        return policy.released(response.snooze.until, response.tier)
    if response.ack:
        return policy.released(_ack_runs_out(policy, response.ack), response.tier)
    return min((_call_due(policy, response, number) for number in _later_calls(policy, response)), default=None)


def _reach(policy: Policy, before: Response, reached: Reached) -> Step:
    if before.is_over:
        after = opened(policy, reached)
        return after, _event("opened", after, reached.at)
    if depth(reached.tier) > depth(before.tier):
        after = opened(policy, reached)
        return after, _event("raised", after, reached.at)
    if reached.tier == before.tier:
        return before, None
    after = replace(before, tier=reached.tier, tier_rev=reached.rev)
    return after, _event("lowered", after, reached.at)


def _ended(before: Response) -> Response:
    return replace(before, ack=None, snooze=None, is_over=True)


def _release(policy: Policy, before: Response, at: datetime, by: Person) -> Step:
    if before.ack is None and before.snooze is None:
        return before, None
    after = _from_the_first_call(policy, before, at)
    return after, _event("released", after, at, by=by)


def _from_the_first_call(policy: Policy, before: Response, at: datetime) -> Response:
    called = max(policy.first_call, 0)
    return replace(before, ack=None, snooze=None, chain_from=at, called=called)


def _tick(policy: Policy, before: Response, at: datetime) -> Step:
    due = due_at(policy, before)
    if due is None or at < due:
        return before, None
    if before.snooze:
        after = _from_the_first_call(policy, before, at)
        return after, _event("snooze_ended", after, at, by=before.snooze.by, role=policy.calls[after.called].role)
    if before.ack and before.ack.reminded_at is None:
        after = replace(before, ack=replace(before.ack, reminded_at=at))
        return after, _event("reminded", after, at, by=before.ack.by)
    if before.ack:
        after = _from_the_first_call(policy, before, at)
        return after, _event("lapsed", after, at, by=before.ack.by, role=policy.calls[after.called].role)
    return _call_the_highest(policy, before, at)


def _call_the_highest(policy: Policy, before: Response, at: datetime) -> Step:
    """Make the latest call that is due: those that were missed before it would only be noise."""
    called = max(number for number in _later_calls(policy, before) if _call_due(policy, before, number) <= at)
    after = replace(before, called=called)
    return after, _event("escalated", after, at, role=policy.calls[called].role)


def _later_calls(policy: Policy, response: Response) -> list[int]:
    """Return the calls that an alert of this tier may still make."""
    later = range(response.called + 1, len(policy.calls))
    return [number for number in later if depth(response.tier) >= depth(policy.calls[number].from_tier)]


def _call_due(policy: Policy, response: Response, number: int) -> datetime:
    return policy.released(response.chain_from + timedelta(hours=policy.calls[number].after_hours), response.tier)


def _ack_runs_out(policy: Policy, ack: Acknowledgement) -> datetime:
    if ack.reminded_at is None:
        return after_working(ack.at, policy.acknowledged_hours[ack.tier], policy.working)
    return after_working(ack.reminded_at, policy.confirm_hours, policy.working)


def _event(
    kind: EventKind, after: Response, at: datetime, *, by: Person | None = None, role: str | None = None
) -> ResponseEvent:
    return ResponseEvent(kind, at, after.tier, by, role)
