"""What the condition's news means to people: who is asked anew, what is withheld from them, and what waits until they are awake."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from sellerwatch.alerts.response.dressing import button_value, dress, people_of
from sellerwatch.alerts.response.machine import Over, Reached, ResponseEvent, opened, step
from sellerwatch.alerts.response.policy import NEVER_QUIET, policy_of
from sellerwatch.alerts.response.storing import Stored, begun, load, save
from sellerwatch.alerts.store import Alert
from sellerwatch.delivery.outbox import Entry, hasten
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


def attend(
    connection: Connection, settings: Settings, alert: Alert, rule: Rule | None, *, number: int, now: datetime
) -> Attended | None:
    """Let people's part follow the condition, in the transaction that stored its event.

    Args:
        connection: the transaction.
        settings: whom to call, where the episode begins.
        alert: as it is after the event.
        rule: its rule; None where it is configured no more.
        number: the event's number.
        now: when it was decided.

    Returns:
        None where people never had a part in the episode: it began before they could answer, or its rule is gone.
    """
    stored = load(connection, alert.thread_key)
    condition = alert.condition
    if stored is None:
        if rule is None or condition.tier is None or not condition.is_open:
            return None
        return _begin(connection, settings, alert, rule, Reached(now, condition.tier, number))
    act = Reached(now, condition.tier, number) if condition.is_open and condition.tier else Over(now)
    after, event = step(stored.policy, stored.response, act)
    is_muted = stored.response.snooze is not None and (event is None or event.kind not in _SPEAKS_ANYWAY)
    saved = save(connection, stored, after, event) if event else stored
    return Attended(saved, is_muted)


def clothe(connection: Connection, settings: Settings, attended: Attended, told: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries of a piece of news as people may hear them: dressed, without what is withheld, at the right time."""
    stored = attended.stored
    if stored.response.tier == NEVER_QUIET and not stored.response.is_over:
        hasten(connection, stored.thread_key)
    return tuple(_clothed(settings, stored, entry) for entry in told if entry.kind != "reply" or not attended.is_muted)


def _begin(connection: Connection, settings: Settings, alert: Alert, rule: Rule, reached: Reached) -> Attended:
    policy = policy_of(settings, rule)
    response = opened(policy, reached)
    event = ResponseEvent("opened", reached.at, reached.tier)
    return Attended(save(connection, begun(alert, response, policy), response, event), is_muted=False)


def _clothed(settings: Settings, stored: Stored, entry: Entry) -> Entry:
    response, policy = stored.response, stored.policy
    if entry.kind != "update":
        entry = replace(entry, not_before=policy.released(entry.not_before, response.tier))
    if entry.kind == "reply":
        return entry
    value = button_value(stored.thread_key, entry.rev)
    return replace(entry, message=dress(entry.message, response, policy, people=people_of(settings), value=value))
