"""The condition machine: a pure step from one state and one judgement to the next state and the events in between.

It knows data only. People (acknowledge, snooze) and Slack are other machines. A condition is the fold of `step` over an alert's
judgements in the order of their nights; `sellerwatch.alerts.condition.folding` folds anew where an earlier one changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rules import Rule
from sellerwatch.settings.tiers import depth

Status = Literal["inactive", "pending", "firing", "recovering", "resolved", "closed"]
EventKind = Literal[
    "fired",
    "raised",
    "lowered",
    "refreshed",
    "recovering",
    "relapsed",
    "resolved",
    "reopened",
    "stale",
    "closed",
    "flapping",
]
OutcomeKind = Literal["value", "no_data", "insufficient", "not_applicable", "error"]
OPEN: Final[tuple[Status, ...]] = ("firing", "recovering")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one night's data says about one subject: a value and the tiers it lies in, or why there is none."""

    as_of: date
    """The business day of the night that judged."""
    outcome: OutcomeKind
    value: float | None = None
    entered: int = 0
    """Depth of the deepest tier whose ``enter`` the value is at or past: 0 none, 1 yellow, 2 orange, 3 red."""
    kept: int = 0
    """Depth of the deepest tier whose ``exit`` the value has not passed; never less than ``entered``."""
    is_well: bool = False
    """True where the value is so good that one such period resolves the alert."""
    valued_on: date | None = None
    """The day, or the last day of the period, that the value is of; None where it is the night's own."""
    reason: str = ""
    detail: str = ""
    """Stands for all else that a message about the value shows: a change of it alone is worth showing too."""

    @property
    def period(self) -> date:
        """The business period that the value is of: whatever is counted, it is counted once a period."""
        return self.valued_on or self.as_of

    @property
    def reading(self) -> tuple[object, ...]:
        """What makes two judgements of a period the same to the machine."""
        return self.value, self.entered, self.kept, self.is_well


@dataclass(frozen=True, slots=True)
class Condition:
    """Where an alert stands."""

    status: Status = "inactive"
    tier: Tier | None = None
    episode: int = 0
    calm: tuple[int, ...] = (0, 0, 0)
    """For yellow, orange and red: periods in a row on which the value was past the tier's exit."""
    recent: tuple[tuple[date, int], ...] = ()
    """The last periods with the depth entered in each, where a tier needs several; empty once none of them breached."""
    missing: int = 0
    """Nights in a row without a value while something is being counted."""
    value: float | None = None
    valued_on: date | None = None
    """The period the value is of; older than the night judged while data is missing."""
    reading: tuple[object, ...] = ()
    detail: str = ""
    opened_on: date | None = None
    resolved_on: date | None = None
    stale_since: date | None = None
    starts: tuple[date, ...] = ()
    """When it fired or reopened in the last days that flapping is counted over."""
    is_flapping: bool = False
    is_behind: bool = False
    """True where corrected history says something else than people were told: the next night is folded anew."""

    @property
    def is_open(self) -> bool:
        """True while people should know about it."""
        return self.status in OPEN

    @property
    def is_counting(self) -> bool:
        """True while a night without a breach would still change something that counts."""
        return self.is_open or self.status == "pending" or bool(self.recent) or self.is_behind


@dataclass(frozen=True, slots=True)
class Event:
    """One transition."""

    kind: EventKind
    tier_before: Tier | None
    tier_after: Tier | None
    value: float | None
    reason: str = ""
    value_before: float | None = None
    is_quiet: bool = False
    """True where nobody is called and no reply is written: the alert comes and goes too often."""


Step = tuple[Condition, tuple[Event, ...]]


def step(rule: Rule, before: Condition, judgement: Judgement) -> Step:
    """Return the condition after one more night, and what happened."""
    before = _calmed_down(rule, before, judgement.as_of)
    if judgement.outcome == "value":
        return _with_value(rule, before, judgement)
    if judgement.outcome == "not_applicable":
        return close(before, judgement.as_of, judgement.reason) if before.is_open else (_forgotten(before), ())
    before = _missed(rule, before)
    if before.is_open and judgement.outcome == "no_data" and before.stale_since is None:
        after = replace(before, stale_since=judgement.as_of)
        return after, (_event("stale", before, after, judgement.reason),)
    return before, ()


def close(before: Condition, as_of: date, reason: str) -> Step:
    """Return an open condition as closed: nobody watches it any more, which is not to say that it is well."""
    after = replace(_forgotten(before), status="closed", resolved_on=as_of, stale_since=None, detail="")
    return after, (_event("closed", before, after, reason),)


def _with_value(rule: Rule, before: Condition, judgement: Judgement) -> Step:
    is_known = before.valued_on == judgement.period and before.reading == judgement.reading and before.status != "closed"
    if is_known:
        return _seen_again(before, judgement)
    seen = _seen(rule, before, judgement)
    met = _met(rule, seen, judgement.entered)
    if before.is_open:
        return _while_open(rule, before, seen, judgement, met)
    if met:
        return _open(rule, before, seen, TIERS[met - 1], judgement)
    return _resting(before, seen, judgement), ()


def _resting(before: Condition, seen: Condition, judgement: Judgement) -> Condition:
    """Nothing is open: a breach may wait for further ones."""
    if judgement.entered:
        # What was closed is not gone on with: the breach that waits will be a new episode.
        over = None if before.status == "closed" else seen.resolved_on
        return replace(seen, status="pending", resolved_on=over)
    status: Status = "inactive" if before.status == "pending" else before.status
    has_nothing = status in {"inactive", "closed"} and not seen.recent and before.status == status and not before.recent
    return before if has_nothing else replace(seen, status=status)


def _seen_again(before: Condition, judgement: Judgement) -> Step:
    """The same reading of the same period counts for nothing; it may end a spell without data."""
    seen = replace(before, missing=0)
    if not before.is_open:
        return seen, ()
    return say("refreshed", before, replace(seen, stale_since=None, detail=judgement.detail))


def _seen(rule: Rule, before: Condition, judgement: Judgement) -> Condition:
    """Return the condition with the value and what is counted of it."""
    is_open = before.is_open
    recent: tuple[tuple[date, int], ...] = ()
    if rule.periods_looked_back > 1:
        recent = (*before.recent, (judgement.period, judgement.entered))[-rule.periods_looked_back :]
    kept = judgement.kept
    return replace(
        before,
        value=judgement.value,
        valued_on=judgement.period,
        reading=judgement.reading,
        missing=0,
        calm=tuple(0 if kept >= number else count + 1 for number, count in enumerate(before.calm, 1)) if is_open else (0, 0, 0),
        recent=recent if any(entered for _, entered in recent) else (),
        stale_since=None,
        detail=judgement.detail if is_open else before.detail,
    )


def _met(rule: Rule, seen: Condition, entered: int) -> int:
    """Return the depth of the deepest tier entered now that enough periods have entered."""
    for number in range(entered, 0, -1):
        enough, of_last = rule.need_of(TIERS[number - 1])
        times = sum(1 for _, past in seen.recent[-of_last:] if past >= number) if of_last > 1 else 1
        if times >= enough:
            return number
    return 0


def _open(rule: Rule, before: Condition, seen: Condition, tier: Tier, judgement: Judgement) -> Step:
    as_of = judgement.as_of
    is_back = is_reopening(rule, before, as_of)
    after = replace(
        seen,
        status="firing",
        tier=tier,
        episode=before.episode if is_back else before.episode + 1,
        detail=judgement.detail,
        opened_on=before.opened_on if is_back else as_of,
        resolved_on=None,
        starts=(*before.starts, as_of),
    )
    return started(rule, before if is_back else replace(before, tier=None), after, "reopened" if is_back else "fired")


def is_reopening(rule: Rule, before: Condition, as_of: date) -> bool:
    """Tell whether a breach goes on in the conversation that was called over."""
    if before.resolved_on is None or before.status == "closed":
        return False
    return as_of - before.resolved_on <= timedelta(hours=rule.reopen_hours)


def started(rule: Rule, before: Condition, after: Condition, kind: EventKind) -> Step:
    """Return an opened condition with its event, and with the notice that it comes and goes where it just begins to."""
    if before.is_flapping or len(after.starts) < rule.flap_starts:
        return after, (_event(kind, before, after),)
    after = replace(after, is_flapping=True)
    return after, (_event(kind, before, after), _event("flapping", after, after))


def _calmed_down(rule: Rule, before: Condition, as_of: date) -> Condition:
    """Forget starts that are too long ago; an alert comes and goes until it has not started for as many days."""
    if not before.starts:
        return before
    span = timedelta(days=rule.flap_days)
    if as_of - before.starts[-1] >= span:
        return replace(before, starts=(), is_flapping=False)
    first = next(number for number, day in enumerate(before.starts) if as_of - day < span)
    return replace(before, starts=before.starts[first:]) if first else before


def _missed(rule: Rule, before: Condition) -> Condition:
    """Hold what is counted while data is missing, and drop it when that takes too long."""
    if not before.recent:
        return before
    missing = before.missing + 1
    return _forgotten(before) if missing >= rule.missing_periods else replace(before, missing=missing)


def _forgotten(before: Condition) -> Condition:
    if not before.recent:
        return before
    resting: Status = "inactive" if before.status == "pending" else before.status
    return replace(before, status=resting, recent=(), missing=0)


def _while_open(rule: Rule, before: Condition, seen: Condition, judgement: Judgement, met: int) -> Step:
    if met > depth(before.tier):
        return say("raised", before, replace(seen, status="firing", tier=TIERS[met - 1]))
    if judgement.kept == 0:
        return _clearing(rule, before, seen, judgement)
    tier = _tier_not_left(rule, seen, before.tier)
    if before.status == "recovering":
        return say("relapsed", before, replace(seen, status="firing", tier=tier))
    return say("lowered" if depth(tier) < depth(before.tier) else "refreshed", before, replace(seen, tier=tier))


def _tier_not_left(rule: Rule, seen: Condition, current: Tier | None) -> Tier:
    """Return the deepest tier, no deeper than the current one, that was not left for long enough to step down from it."""
    staying = [tier for tier, calm in zip(TIERS, seen.calm, strict=True) if calm < rule.step_down_periods]
    return max((tier for tier in staying if depth(tier) <= depth(current)), key=depth)


def periods_to_clear(rule: Rule, condition: Condition) -> int:
    """Return for how many periods in a row the value has to be past every exit; twice as many where it comes and goes."""
    return rule.clear_periods * (2 if condition.is_flapping else 1)


def _clearing(rule: Rule, before: Condition, seen: Condition, judgement: Judgement) -> Step:
    """The value is past every exit: it has to stay there before people are told that it is over."""
    if min(seen.calm) >= periods_to_clear(rule, before) or judgement.is_well:
        after = replace(seen, status="resolved", resolved_on=judgement.as_of, detail="")
        return say("resolved", before, after, "recovered")
    return say("recovering" if before.status == "firing" else "refreshed", before, replace(seen, status="recovering"))


def say(kind: EventKind, before: Condition, after: Condition, reason: str = "") -> Step:
    """Return the condition after an event, and the event, except a refresh that would show people nothing new."""
    if kind == "refreshed" and _shown(before) == _shown(after):
        return after, ()
    return after, (_event(kind, before, after, reason),)


def _shown(condition: Condition) -> tuple[object, ...]:
    return condition.status, condition.tier, condition.value, condition.stale_since, condition.detail


def _event(kind: EventKind, before: Condition, after: Condition, reason: str = "") -> Event:
    is_quiet = after.is_flapping and kind not in {"fired", "raised", "flapping"}
    return Event(kind, before.tier, after.tier, after.value, reason, before.value, is_quiet)
