"""The result of a backtest: each rule under both sets, what it would have sent, and what the other set would have sent otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection

from sellerwatch.alerts.backtest.episodes import Episode, opened_within, pages_within
from sellerwatch.alerts.backtest.foresight import AHEAD, Foresight, Happening, Truth, foresee
from sellerwatch.alerts.backtest.outages import Place
from sellerwatch.alerts.backtest.past import Range
from sellerwatch.alerts.backtest.replay import Replayed
from sellerwatch.alerts.reading.values import Asked, newest, subjects_on
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rules import Rule

STOCK_OUT: Final = "stock_out"

EVENTS: Final[Mapping[str, str]] = {"days_of_cover": STOCK_OUT}
"""The event that a metric's rules foresee, by metric. It is told by facts, never by the rule. Of other metrics none is defined."""

Change = Literal["same", "changed", "added", "removed"]


class Sent(NamedTuple):
    """A call to people about a subject."""

    on: date
    place: Place
    tier: Tier


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule did on the days.

    Attributes:
        rule: the rule.
        subjects: that one of the nights judged by a value.
        episodes: that opened on the days.
        sent: every call of the days, by day.
        open_by_day: of each day the episodes that are open, those that opened before the days too.
        kinds: how often each kind of event happened in those episodes.
        foresight: None where no event is defined for the rule.
    """

    rule: Rule
    subjects: int
    episodes: tuple[Episode, ...]
    sent: tuple[Sent, ...]
    open_by_day: tuple[int, ...]
    kinds: Mapping[str, int]
    foresight: Foresight | None

    @property
    def posts(self) -> int:
        """Messages of their own that would have been posted."""
        return sum(episode.posts for episode in self.episodes)

    @property
    def flaps(self) -> int:
        """How often something came back that was over, or getting over."""
        return sum(episode.flaps for episode in self.episodes)

    def ended(self, how: str) -> int:
        """Return how many episodes ended so."""
        return sum(episode.ended_as == how for episode in self.episodes)

    def calls(self, tier: Tier) -> int:
        """Return how many calls there were of the tier."""
        return sum(item.tier == tier for item in self.sent)


@dataclass(frozen=True, slots=True)
class RuleCompared:
    """A rule under the configured rules and under those of the file; None where one of them does not have it."""

    id: str
    change: Change
    configured: Outcome | None
    file: Outcome | None

    @property
    def more(self) -> tuple[Sent, ...]:
        """What the file's rule sends and the configured one does not."""
        return _without(self.file, self.configured)

    @property
    def fewer(self) -> tuple[Sent, ...]:
        """What the configured rule sends and the file's does not."""
        return _without(self.configured, self.file)


def _without(one: Outcome | None, other: Outcome | None) -> tuple[Sent, ...]:
    known = set(other.sent) if other else set()
    return tuple(item for item in (one.sent if one else ()) if item not in known)


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a backtest came to."""

    chosen: Range
    replayed: Replayed
    known_until: date | None
    horizon_days: int
    rules: tuple[RuleCompared, ...]


def count_subjects(connection: Connection, settings: Settings, rule: Rule, nights: Mapping[str, Iterable[date]]) -> int:
    """Return how many subjects a rule was judged on: with a value of one of its metrics over a period that a night looked at.

    Which period a night looked at is found by what the warehouse knows now: when a period settled is not kept.

    Args:
        connection: to the warehouse that the nights measured.
        settings: which marketplaces a store has, and how a metric is measured.
        rule: the rule. One on settled values looks at periods that ended long before the night.
        nights: the nights of each store that judged it.
    """
    found: set[tuple[str, str, str]] = set()
    for store_id, days in nights.items():
        asked = [Asked(connection, settings, store_id, night, rule.subject, rule.settled) for night in days]
        for metric, period in rule.read_from if asked else ():
            looked_at = {item for one in asked for item in newest(one, metric, period).items()}
            found |= {(store_id, *subject) for subject in subjects_on(asked[0], metric, period, looked_at)}
    return len(found)


def outcome_of(rule: Rule, episodes: Sequence[Episode], chosen: Range, *, subjects: int, truth: Truth | None) -> Outcome:
    """Sum up what a rule did; the truth is None where its event is not defined."""
    opened = opened_within(episodes, chosen.days)
    return Outcome(
        rule=rule,
        subjects=subjects,
        episodes=tuple(opened),
        sent=tuple(sorted({Sent(page.on, episode.place, page.tier) for episode, page in pages_within(episodes, chosen.days)})),
        open_by_day=tuple(sum(one.is_open_on(day) for one in episodes) for day in chosen.days),
        kinds=Counter(kind for episode in opened for kind, count in episode.kinds.items() for _ in range(count)),
        foresight=foresee(episodes, truth, chosen.days) if truth else None,
    )


def compare_rules(configured: Mapping[str, Outcome], file: Mapping[str, Outcome]) -> tuple[RuleCompared, ...]:
    """Put each rule's two outcomes side by side, in the order of the file, with what it leaves out at the end."""
    names = dict.fromkeys([*file, *configured])
    return tuple(
        RuleCompared(name, _change(configured.get(name), file.get(name)), configured.get(name), file.get(name))
        for name in names
    )


def _change(configured: Outcome | None, file: Outcome | None) -> Change:
    if configured is None:
        return "added"
    if file is None:
        return "removed"
    return "same" if configured.rule == file.rule else "changed"


def to_dict(found: Backtest) -> dict[str, Any]:
    """Return the backtest as JSON values; docs/backtest.md says what each means."""
    chosen = found.chosen
    return {
        "from": chosen.days.first.isoformat(),
        "to": chosen.days.last.isoformat(),
        "stores": sorted(chosen.nights),
        "judged_from": chosen.first_judged.isoformat(),
        "nights_measured": found.replayed.measured,
        "nights_judged": found.replayed.judged,
        "nights_of_history": found.replayed.history,
        "days_without_night": {store: [day.isoformat() for day in days] for store, days in chosen.missing.items()},
        "problems": list(found.replayed.problems),
        "horizon_days": found.horizon_days,
        "known_until": found.known_until.isoformat() if found.known_until else None,
        "sent": 0,
        "rules": [_rule_to_dict(rule) for rule in found.rules],
    }


def _rule_to_dict(rule: RuleCompared) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "change": rule.change,
        "configured": outcome_to_dict(rule.configured),
        "file": outcome_to_dict(rule.file),
        "more": [_sent_to_dict(item) for item in rule.more],
        "fewer": [_sent_to_dict(item) for item in rule.fewer],
    }


def outcome_to_dict(outcome: Outcome | None) -> dict[str, Any] | None:
    """Return what one rule did as JSON values."""
    if outcome is None:
        return None
    return {
        "number": outcome.rule.number,
        "title": outcome.rule.title.en,
        "metric": outcome.rule.metric,
        "subjects": outcome.subjects,
        "episodes": len(outcome.episodes),
        "posts": outcome.posts,
        "calls": {tier: outcome.calls(tier) for tier in TIERS},
        "climbs": outcome.kinds.get("raised", 0),
        "resolved": outcome.ended("resolved"),
        "restated": outcome.ended("restated"),
        "closed": outcome.ended("closed"),
        "flaps": outcome.flaps,
        "event": EVENTS.get(outcome.rule.metric) if outcome.foresight else None,
        "foresight": _foresight_to_dict(outcome.foresight) if outcome.foresight else None,
    }


def _foresight_to_dict(foresight: Foresight) -> dict[str, Any]:
    quartiles = foresight.quartiles
    return {
        "events": len(foresight.events),
        "announced": len(foresight.leads),
        "announced_ahead": {str(days): foresight.announced(days) for days in AHEAD},
        "missed": foresight.missed,
        "lead_days": dict(zip(("lower_quartile", "median", "upper_quartile"), quartiles, strict=True)) if quartiles else None,
        "leads": foresight.leads,
        "episodes": dict(foresight.episodes),
        "calls": {tier: dict(fates) for tier, fates in foresight.pages.items()},
        "missed_events": [_event_to_dict(item.event) for item in foresight.events if item.lead_days is None],
    }


def _event_to_dict(event: Happening) -> dict[str, str]:
    return {**event.place._asdict(), "on": event.on.isoformat()}


def _sent_to_dict(item: Sent) -> dict[str, str]:
    return {**item.place._asdict(), "on": item.on.isoformat(), "tier": item.tier}
