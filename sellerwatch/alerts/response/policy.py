"""The rules that people's answers follow, as they were when an episode began: a later change of the configuration leaves them alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sellerwatch.alerts.response.hours import Quiet, WorkingHours, awake, released
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Tier
from sellerwatch.settings.routing import DEPUTY, OWNER, WEEKDAYS, Escalation, minutes
from sellerwatch.settings.rules import Rule, Step
from sellerwatch.settings.tiers import depth

NEVER_QUIET: Final[Tier] = "red"
"""The tier that no quiet hours hold back."""


@dataclass(frozen=True, slots=True)
class Call:
    """Who is called when, counted from when the tier was reached."""

    after_hours: float
    role: str
    from_tier: Tier = "yellow"
    """Milder alerts do not call them."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What an episode began with.

    Attributes:
        calls: the chain, earliest first; never empty.
        acknowledged_hours: working hours that an acknowledgement lasts, by tier.
        confirm_hours: working hours to answer the reminder.
        working: when people work.
        quiet: when they are left alone.
    """

    calls: tuple[Call, ...]
    acknowledged_hours: Mapping[Tier, int]
    confirm_hours: int
    working: WorkingHours
    quiet: Quiet | None = None

    @property
    def first_call(self) -> int:
        """The call that the first message itself makes; -1 where the chain begins later."""
        return max((number for number, call in enumerate(self.calls) if call.after_hours <= 0), default=-1)

    def heard(self, instant: datetime, tier: Tier, store: Quiet | None) -> datetime:
        """Return when news of the tier may be heard, which waits for the store's quiet hours too."""
        return instant if tier == NEVER_QUIET else awake(instant, store, self.quiet)

    def next_call(self, tier: Tier) -> Call:
        """Return whom a rise to the tier calls: one step further in the chain for each tier, among those that the tier may call."""
        may_call = [call for call in self.calls if depth(call.from_tier) <= depth(tier)]
        ordered = sorted(may_call or self.calls, key=lambda call: (depth(call.from_tier), call.after_hours))
        return ordered[min(depth(tier), len(ordered)) - 1]

    def released(self, instant: datetime, tier: Tier) -> datetime:
        """Return when a message of the tier may be heard that is due at the instant."""
        return instant if tier == NEVER_QUIET else released(instant, self.quiet)


def quiet_of(settings: Settings, store_id: str) -> Quiet | None:
    """Return everybody's quiet hours on the clock of the store's first marketplace."""
    quiet = settings.routing.quiet_hours
    zone = settings.marketplaces(store_id)[0].zone.key
    return Quiet(zone, minutes(quiet.start), minutes(quiet.end)) if quiet else None


def policy_of(settings: Settings, rule: Rule) -> Policy:
    """Return what an episode of the rule that begins now goes by."""
    response = settings.routing.response
    zone, working, quiet = settings.routing.hours_of(rule.owner)
    return Policy(
        calls=tuple(
            Call(step.after_hours, _role(settings, rule, step.role), step.from_tier) for step in _chain(settings, rule)
        ),
        acknowledged_hours=dict(response.acknowledged_hours),
        confirm_hours=response.confirm_hours,
        working=WorkingHours(
            time_zone=zone,
            days=tuple(WEEKDAYS.index(day) for day in working.days),
            start=minutes(working.start),
            end=minutes(working.end),
        ),
        quiet=Quiet(zone, minutes(quiet.start), minutes(quiet.end)) if quiet else None,
    )


def policy_to_dict(policy: Policy) -> dict[str, Any]:
    """Return the policy as JSON values."""
    return asdict(policy)


def policy_from_dict(stored: Mapping[str, Any]) -> Policy:
    """Return the policy that `policy_to_dict` wrote."""
    working = dict(stored["working"])
    return Policy(
        calls=tuple(Call(**call) for call in stored["calls"]),
        acknowledged_hours=stored["acknowledged_hours"],
        confirm_hours=stored["confirm_hours"],
        working=WorkingHours(**working | {"days": tuple(working["days"])}),
        quiet=Quiet(**stored["quiet"]) if stored["quiet"] else None,
    )


def _chain(settings: Settings, rule: Rule) -> Escalation:
    """Return whom the rule itself calls after its owner, in the order of the hours; without such, whom everybody's chain does."""
    if not rule.escalation:
        return settings.routing.response.escalation
    return (Step(after_hours=0, role=OWNER), *sorted(rule.escalation, key=lambda step: step.after_hours))


def _role(settings: Settings, rule: Rule, role: str) -> str:
    if role == OWNER:
        return rule.owner
    if role == DEPUTY:
        return rule.deputy or settings.routing.response.deputies.get(rule.owner, rule.owner)
    return role
