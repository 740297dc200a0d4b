"""One run in the middle of being told: what is known of its alerts, and what has been decided about them so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sellerwatch.alerts.condition.machine import Event, EventKind, Status
from sellerwatch.alerts.showing.at_hand import AtHand
from sellerwatch.alerts.showing.facts import Asked, describe, prepare, words_of
from sellerwatch.alerts.showing.notices import Closing, News, Notice
from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling.digest import DigestRow
from sellerwatch.alerts.telling.routes import Router
from sellerwatch.alerts.telling.run import Run
from sellerwatch.alerts.telling.stored import Episode, Told
from sellerwatch.delivery.outbox import Entry, thread_state
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Tier
from sellerwatch.settings.rules import Rule


class Item(NamedTuple):
    """An alert of the run with its news, which may be none where older news still waits."""

    alert: Alert
    news: tuple[News, ...] = ()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Its events, in order."""
        return tuple(item for item in self.news if isinstance(item, Notice))

    @property
    def closing(self) -> Closing | None:
        """Its end for want of anybody who watches it."""
        return next((item for item in self.news if isinstance(item, Closing)), None)


class Candidate(NamedTuple):
    """An alert people are to be told of anew, and where it would go by its tier alone."""

    notice: Notice
    channel: str
    wants_root: bool
    is_ops: bool
    was: Told
    is_news: bool
    """Whether an event of this run makes it one, not the end of a holding."""

    @property
    def tier(self) -> Tier | None:
        """The tier it is told at."""
        return self.notice.condition.tier


class Outgoing(NamedTuple):
    """A message to be put into the outbox, and whose it is."""

    entry: Entry
    fingerprint: str | None = None
    is_of_night: bool = False
    """Whether it tells of no event of this night, so that nothing else would say which night sent it."""


@dataclass(slots=True)
class Scene:
    """Grows while the run is told; everything is written at its end."""

    connection: Connection
    settings: Settings
    run: Run
    router: Router
    opens_at: datetime
    """When yellow and orange news may go out."""
    alerts: dict[str, Alert]
    """By fingerprint: the open ones, and those with news."""
    told: dict[Episode, Told]
    changed: dict[Episode, Told] = field(default_factory=dict)
    candidates: list[Candidate] = field(default_factory=list)
    listed: list[tuple[str, DigestRow]] = field(default_factory=list)
    """The new rows of digests, each with its channel."""
    patches: dict[tuple[str, Episode], dict[str, Any]] = field(default_factory=dict)
    """What changes about rows that people see already, by conversation and episode."""
    outgoing: list[Outgoing] = field(default_factory=list)
    at_hand: AtHand = field(init=False)
    """What messages say beside the values."""

    def __post_init__(self) -> None:
        """Have nothing at hand yet."""
        self.at_hand = AtHand(self.connection, self.settings)

    def rule_of(self, alert: Alert) -> Rule | None:
        """Return the alert's rule, or None where it is gone."""
        return self.settings.rules.get(alert.rule)

    def is_ops(self, alert: Alert) -> bool:
        """Tell whether the alert is about the pipeline itself: such ones are never held, gathered or doubted."""
        rule = self.rule_of(alert)
        return rule is not None and rule.audience == "ops"

    def told_of(self, alert: Alert) -> Told:
        """Return how the alert's episode is told."""
        key = (alert.fingerprint, alert.condition.episode)
        return self.told.get(key) or Told(*key, self.run.store_id)

    def note(self, told: Told) -> Told:
        """Keep how an episode is told from here on."""
        if self.told.get(told.key) != told:
            self.told[told.key] = told
            self.changed[told.key] = told
        return told

    def patch(self, told: Told, **changes: Any) -> None:  # noqa: ANN401 - fields of a row
        """Change the row of a digest that tells the episode."""
        if told.how == "digest" and told.thread_key:
            self.patches.setdefault((told.thread_key, told.key), {}).update(changes)

    def send(self, entries: Iterable[Entry], fingerprint: str | None = None, *, is_of_night: bool = False) -> None:
        """Put messages on the way out."""
        self.outgoing.extend(Outgoing(entry, fingerprint, is_of_night) for entry in entries)


def row_words(scene: Scene, notice: Notice) -> str:
    """Return the notice's value as a row of a digest says it: in the language of the store, whoever owns the alert."""
    shown, language = notice.shown, scene.settings.language(scene.run.store_id)
    if shown.asked is None or shown.language == language:
        return shown.value
    return words_of(scene.settings, notice.rule.metric, shown.asked, language)


def infer_told(scene: Scene, item: Item) -> None:
    """Note how an alert is told that fired before this was kept: in a message of its own, if in any."""
    told, first = scene.told_of(item.alert), next(iter(item.notices), None)
    if told.key in scene.told or (first and first.event.kind == "fired"):
        return
    if thread_state(scene.connection, item.alert.thread_key) is None:
        return
    condition = item.alert.condition
    tier = first.event.tier_before if first else condition.tier
    before: Status | None = ("firing" if tier else None) if first else condition.status
    scene.note(replace(told, how="root", thread_key=item.alert.thread_key, status=before, tier=tier))


def prepare_standing(scene: Scene, alerts: Iterable[Alert]) -> None:
    """Read at once what the notices of these alerts need, should they be told as they stand."""
    by_rule: dict[str, list[Asked]] = defaultdict(list)
    for alert in alerts:
        if rule := scene.rule_of(alert):
            by_rule[alert.rule].append(_standing(scene, alert, rule))
    for rule_id, asked in by_rule.items():
        prepare(scene.at_hand, scene.settings.rules[rule_id].metric, asked)


def _standing(scene: Scene, alert: Alert, rule: Rule) -> Asked:
    bands = scene.at_hand.bands(rule, alert.store_id, scene.run.as_of, alert.subject)
    condition = alert.condition
    day = condition.valued_on or scene.run.as_of
    return Asked(alert.store_id, alert.subject, day, condition.value, rule=rule, bands=bands, period=rule.period)


def standing_notice(scene: Scene, alert: Alert, kind: EventKind, told: Told) -> Notice | None:
    """Return a notice of how the alert stands now, where no event of this run gives one; None where its rule is gone."""
    rule = scene.rule_of(alert)
    if rule is None:
        return None
    condition = alert.condition
    shown_by = cache(partial(describe, scene.at_hand, rule.metric, _standing(scene, alert, rule)))
    reason = "recovered" if kind == "resolved" else ""
    event = Event(kind, told.tier, condition.tier, condition.value, reason)
    return Notice(alert, rule, event, alert.event_count, shown_by, None, scene.run.now)
