"""Holding alerts against what came true: how long before, how often for nothing, how often not at all."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from sellerwatch.alerts.backtest.episodes import Episode, opened_within, pages_within
from sellerwatch.alerts.backtest.outages import Outages, Place
from sellerwatch.core.periods import Days
from sellerwatch.settings.models import Tier

AHEAD: Final = (7, 3, 1)
"""So many days before an event it counts as announced in time."""

Fate = Literal["followed", "under_way", "undecided", "false_alarm"]
FATES: Final[tuple[Fate, ...]] = ("followed", "under_way", "undecided", "false_alarm")
"""What became of a call: the event came within the horizon, or while the alert was still open; it was there already; it is too
early to say; it did not come."""


class Happening(NamedTuple):
    """An event that came true."""

    place: Place
    on: date


@dataclass(frozen=True, slots=True)
class Announced:
    """An event, and how many days before it an alert was open that still was when it came; None where there was none."""

    event: Happening
    lead_days: int | None


@dataclass(frozen=True, slots=True)
class Foresight:
    """How well a rule foresaw its event.

    Attributes:
        events: every event of the days, with its lead.
        episodes: what became of the episodes that opened on the days.
        pages: the same of the calls, by tier.
    """

    events: tuple[Announced, ...]
    episodes: Mapping[Fate, int]
    pages: Mapping[Tier, Mapping[Fate, int]]

    @property
    def leads(self) -> list[int]:
        """The leads of the events that were announced, on the very day too."""
        return sorted(item.lead_days for item in self.events if item.lead_days is not None)

    @property
    def missed(self) -> int:
        """Events of which nobody was told, not even on their day."""
        return sum(item.lead_days is None for item in self.events)

    def announced(self, days: int) -> int:
        """Return how many events were announced at least so many days before."""
        return sum(lead >= days for lead in self.leads)

    @property
    def quartiles(self) -> tuple[float, float, float] | None:
        """Lower quartile, median and upper quartile of the leads; None where nothing was announced."""
        leads = self.leads
        if not leads:
            return None
        if len(leads) == 1:
            return (float(leads[0]),) * 3
        lower, median, upper = statistics.quantiles(leads, n=4, method="inclusive")
        return lower, median, upper


@dataclass(frozen=True, slots=True)
class Truth:
    """What came true, and until when it is known.

    Attributes:
        outages: by place.
        known_until: the last day of which the stock is known.
        horizon: a call was right if its event came within this time, or while its alert was still open.
    """

    outages: Outages
    known_until: date
    horizon: timedelta

    def events(self, days: Days) -> Iterator[Happening]:
        """Yield the events of the days; an outage that was not seen to begin is none."""
        for place, outages in sorted(self.outages.items()):
            yield from (Happening(place, one.began_on) for one in outages if one.is_seen_to_begin and one.began_on in days)

    def fate(self, episode: Episode, day: date) -> Fate:
        """Return what became of a call of the episode on the day; it may be as long open as it takes for the event to come."""
        outages = self.outages.get(episode.place, ())
        if any(one.covers(day) for one in outages):
            return "under_way"
        within = day + self.horizon
        to_come = [one.began_on for one in outages if one.began_on > day]
        if any(on <= within or episode.is_open_on(on) for on in to_come):
            return "followed"
        return "undecided" if within > self.known_until else "false_alarm"


def foresee(episodes: Sequence[Episode], truth: Truth, days: Days) -> Foresight:
    """Hold a rule's episodes against the truth.

    Args:
        episodes: all of the rule, those that opened before the days too: they announce what comes.
        truth: what came true.
        days: whose events, episodes and calls are counted.
    """
    by_place: dict[Place, list[Episode]] = {}
    for episode in episodes:
        by_place.setdefault(episode.place, []).append(episode)
    opened = opened_within(episodes, days)
    called = pages_within(episodes, days)
    return Foresight(
        events=tuple(Announced(event, _lead(event, by_place.get(event.place, ()))) for event in truth.events(days)),
        episodes=_counted(truth.fate(episode, episode.opened_on) for episode in opened),
        pages={
            tier: _counted(truth.fate(episode, page.on) for episode, page in called if page.tier == tier)
            for tier in sorted({page.tier for _, page in called})
        },
    )


def _lead(event: Happening, episodes: Iterable[Episode]) -> int | None:
    """Return how long an alert had been open when the event came; one that was over by then told people that all is well."""
    return max(((event.on - item.opened_on).days for item in episodes if item.is_open_on(event.on)), default=None)


def _counted(fates: Iterable[Fate]) -> Mapping[Fate, int]:
    counted = Counter(fates)
    return {fate: counted[fate] for fate in FATES}
