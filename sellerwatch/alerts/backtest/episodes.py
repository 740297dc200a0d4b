"""What a set of rules decided: the episodes of each rule, and what each would have sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select

from sellerwatch.alerts.backtest.outages import Place
from sellerwatch.alerts.store import THREAD_NAME_LENGTH
from sellerwatch.core.periods import Days
from sellerwatch.settings.models import Tier
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT
from sellerwatch.warehouse.tables.outbox import OUTBOX

CALLING: Final = frozenset({"fired", "raised", "reopened"})
"""The events that call people: a new alert, one that got worse, and one that came back."""

ENDING: Final = frozenset({"resolved", "closed"})
FLAPPING: Final = frozenset({"relapsed", "reopened"})
"""The events that take back that it is over, or that it is getting over."""


class Page(NamedTuple):
    """A call to people."""

    on: date
    tier: Tier
    kind: str


@dataclass(frozen=True, slots=True)
class Episode:
    """One firing life of an alert.

    Attributes:
        place: what it is about.
        opened_on: the day it fired.
        over_on: the day it ended; None while it is open.
        ended_as: resolved, restated, or closed; empty while it is open.
        pages: its calls.
        kinds: how often each kind of event happened.
        posts: messages of its own in the channel.
    """

    place: Place
    opened_on: date
    over_on: date | None
    ended_as: str
    pages: tuple[Page, ...]
    kinds: Mapping[str, int]
    posts: int

    @property
    def flaps(self) -> int:
        """How often it came back."""
        return sum(self.kinds.get(kind, 0) for kind in FLAPPING)

    def is_open_on(self, day: date) -> bool:
        """Tell whether it is open when the day has been judged."""
        return self.opened_on <= day and (self.over_on is None or self.over_on > day)


def read_episodes(connection: Connection, rules: Collection[str] | None = None) -> dict[str, list[Episode]]:
    """Return the episodes of each rule, or of these alone, by place and day."""
    chosen = () if rules is None else (ALERT.c.rule.in_(rules),)
    rows = connection.execute(
        select(ALERT_EVENT, ALERT.c.rule, ALERT.c.store_id, ALERT.c.marketplace, ALERT.c.subject)
        .join(ALERT, ALERT.c.fingerprint == ALERT_EVENT.c.fingerprint)
        .where(*chosen)
        .order_by(ALERT_EVENT.c.fingerprint, ALERT_EVENT.c.episode, ALERT_EVENT.c.number),
    )
    posts = Counter(connection.execute(select(OUTBOX.c.thread_key).where(OUTBOX.c.kind == "root")).scalars())
    found: dict[str, list[Episode]] = {}
    for (fingerprint, number), group in groupby(rows, key=lambda row: (row.fingerprint, row.episode)):
        events = list(group)
        if any(event.kind == "fired" for event in events):
            thread = f"{fingerprint[:THREAD_NAME_LENGTH]}-{number}"
            found.setdefault(events[0].rule, []).append(_episode(events, posts[thread]))
    return {rule: sorted(episodes, key=lambda item: (item.place, item.opened_on)) for rule, episodes in found.items()}


def _episode(events: Sequence[Row[Any]], posts: int) -> Episode:
    last = next(event for event in reversed(events) if event.kind in CALLING | ENDING)
    is_over = last.kind in ENDING
    return Episode(
        place=Place(events[0].store_id, events[0].marketplace, events[0].subject),
        opened_on=next(event.as_of for event in events if event.kind == "fired"),
        over_on=last.as_of if is_over else None,
        ended_as=("restated" if last.reason == "restated" else last.kind) if is_over else "",
        pages=tuple(Page(event.as_of, event.tier_after, event.kind) for event in events if event.kind in CALLING),
        kinds=Counter(event.kind for event in events),
        posts=posts,
    )


def opened_within(episodes: Iterable[Episode], days: Days) -> list[Episode]:
    """Return the episodes that opened on one of the days."""
    return [episode for episode in episodes if episode.opened_on in days]


def pages_within(episodes: Iterable[Episode], days: Days) -> list[tuple[Episode, Page]]:
    """Return the calls of the days with their episodes, which may have opened before."""
    return [(episode, page) for episode in episodes for page in episode.pages if page.on in days]
