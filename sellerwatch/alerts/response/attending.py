"""What the condition's news means to people: who is asked anew, what is withheld from them, and what waits until they are awake."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from sellerwatch.alerts.response.dressing import button_value, dress, people_of
from sellerwatch.alerts.response.hours import Quiet
from sellerwatch.alerts.response.machine import Over, Reached, ResponseEvent, opened, step
from sellerwatch.alerts.response.policy import NEVER_QUIET, Policy, policy_of, quiet_of
from sellerwatch.alerts.response.storing import Stored, begun, known_threads, load, save, save_begun
from sellerwatch.alerts.response.words import say
from sellerwatch.alerts.showing.about_rules import SHADOW_OVER
from sellerwatch.alerts.store import Alert
from sellerwatch.delivery.outbox import Entry, drop_waiting_replies, hasten
from sellerwatch.messages.blocks import Text, line
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rules import Rule

_SPEAKS_ANYWAY: Final = frozenset({"opened", "raised"})
"""Events that end a snooze, so that people hear of them in full."""


@dataclass(frozen=True, slots=True)
class Attended:
    """Where people stand after a piece of news, and how it may be told."""

    stored: Stored
    is_muted: bool
    """Somebody snoozed the alert, and nothing happened that would break the snooze: replies are withheld."""
    is_raised: bool = False
    """Its tier rose: the next one of the chain is called with the owner."""


class Attendance:
    """People's part in a run's news, in the transaction that stored its events; new episodes are written together at the end."""

    def __init__(self, connection: Connection, settings: Settings, alerts: Iterable[Alert]) -> None:
        """Ask in which episodes of these alerts people have a part already."""
        self._connection, self._settings = connection, settings
        self._known = known_threads(connection, (alert.thread_key for alert in alerts))
        self._begun: dict[str, tuple[Stored, ResponseEvent]] = {}

    def attend(self, alert: Alert, rule: Rule | None, *, number: int, now: datetime) -> Attended | None:
        """Let people's part follow the condition.

        Args:
            alert: as it is after the event.
            rule: its rule; None where it is configured no more.
            number: the event's number.
            now: when it was decided.

        Returns:
            None where people never had a part in the episode: it began before they could answer, or its rule is gone.
        """
        tier = alert.condition.tier if alert.condition.is_open else None
        if alert.thread_key in self._begun:
            self.finish()
        act = Reached(now, tier, number) if tier else Over(now)
        if alert.thread_key in self._known:
            return self._follow(alert, act)
        return self._begin(alert, rule, act) if rule and isinstance(act, Reached) else None

    def finish(self) -> None:
        """Write the episodes that began."""
        save_begun(self._connection, list(self._begun.values()))
        self._known |= self._begun.keys()
        self._begun.clear()

    def _begin(self, alert: Alert, rule: Rule, reached: Reached) -> Attended:
        policy = self._policy(alert, rule)
        stored = begun(alert, opened(policy, self._heard(alert, policy, reached)), policy)
        self._begun[alert.thread_key] = stored, ResponseEvent("opened", reached.at, reached.tier)
        return Attended(stored, is_muted=False)

    def _policy(self, alert: Alert, rule: Rule) -> Policy:
        """Return what the episode goes by; that a rule is to be decided about is told its owner once, and nobody is called after."""
        if alert.subject.kind != SHADOW_OVER:
            return policy_of(self._settings, rule)
        policy = policy_of(self._settings, self._settings.rules.get(alert.subject.id, rule))
        return replace(policy, calls=policy.calls[:1])

    def _follow(self, alert: Alert, act: Reached | Over) -> Attended | None:
        stored = load(self._connection, alert.thread_key)
        if stored is None:
            return None
        act = self._heard(alert, stored.policy, act) if isinstance(act, Reached) else act
        after, event = step(stored.policy, stored.response, act)
        is_muted = stored.response.snooze is not None and (event is None or event.kind not in _SPEAKS_ANYWAY)
        saved = save(self._connection, stored, after, event) if event else stored
        return Attended(saved, is_muted, is_raised=event is not None and event.kind == "raised")

    def _heard(self, alert: Alert, policy: Policy, reached: Reached) -> Reached:
        """Let the chain count from when the news may be heard."""
        return replace(reached, heard_at=policy.heard(reached.at, reached.tier, quiet_of(self._settings, alert.store_id)))


def clothe(connection: Connection, settings: Settings, attended: Attended, told: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries of a piece of news as people may hear them: dressed, without what is withheld, at the right time."""
    stored, told = attended.stored, tuple(told)
    if stored.response.is_over and told:
        drop_waiting_replies(connection, stored.thread_key, told[0].created_at)
    if stored.policy.quiet and stored.response.tier == NEVER_QUIET and not stored.response.is_over:
        hasten(connection, stored.thread_key)
    heard = [entry for entry in told if entry.kind != "reply" or not attended.is_muted]
    quiet = quiet_of(settings, stored.store_id)
    return tuple(_clothed(settings, attended, _in_time(stored, entry, quiet)) for entry in heard)


def _in_time(stored: Stored, entry: Entry, quiet: Quiet | None) -> Entry:
    """Let what calls somebody wait until neither the store nor the owner is to be left alone."""
    if entry.kind == "update":
        return entry
    return replace(entry, not_before=stored.policy.heard(entry.not_before, stored.response.tier, quiet))


def _clothed(settings: Settings, attended: Attended, entry: Entry) -> Entry:
    stored = attended.stored
    response, policy = stored.response, stored.policy
    if entry.kind == "reply":
        return _calling_the_next(settings, stored, entry) if attended.is_raised and entry.message.is_broadcast else entry
    value = button_value(stored.thread_key, entry.rev)
    return replace(entry, message=dress(entry.message, response, policy, people=people_of(settings), value=value))


def _calling_the_next(settings: Settings, stored: Stored, entry: Entry) -> Entry:
    """Return the reply that tells of a rise with whom it calls beside the owner, whom its words name already."""
    policy, message = stored.policy, entry.message
    role = policy.next_call(stored.response.tier).role
    if role == policy.calls[0].role:
        return entry
    called = line(say("called", message.language), *people_of(settings).called(role, message.language))
    return replace(entry, message=replace(message, blocks=(*message.blocks, Text(called))))
