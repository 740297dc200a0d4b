"""What time alone changes: reminders, lapsed acknowledgements, calls of the chain, snoozes that end. Missed ticks collapse into one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sellerwatch.alerts.pressing import PressReport, act_on_presses
from sellerwatch.alerts.readiness import require_fallback
from sellerwatch.alerts.response.dressing import people_of
from sellerwatch.alerts.response.machine import Tick, step
from sellerwatch.alerts.response.saying import entries, said
from sellerwatch.alerts.response.storing import due_threads, load, save
from sellerwatch.core.errors import PermanentError, RetryableError, SellerwatchError
from sellerwatch.delivery.outbox import enqueue, readable_thread_state
from sellerwatch.delivery.presses import Whisper
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TickReport:
    """What a tick changed, in all stores."""

    presses: PressReport
    changes: int
    """Episodes with which time alone changed something."""
    messages: int
    """What was put into the outbox for it."""
    problems: tuple[str, ...] = ()
    """Episodes for which time stands still, and why; the others, and the outbox, do not wait for them."""


def advance(workspace: Workspace, whisper: Whisper | None = None) -> TickReport:
    """Catch up with presses that nobody acted on, and let the present moment take effect on every episode.

    Each episode is a transaction of its own; one that another process changes at this moment is left to it, or to the next tick.

    Raises:
        ConfigError: nothing could be delivered, as no channel is set; nothing was changed then.
    """
    require_fallback(workspace.settings)
    presses = act_on_presses(workspace, whisper)
    now = workspace.clock.now()
    with reading(workspace.engine) as connection:
        # Of a store that is configured no more no night follows: people are not called about it for ever.
        threads = due_threads(connection, workspace.settings.stores, now)
    told: list[int] = []
    problems: list[str] = list(presses.problems)
    for thread_key in threads:
        try:
            count = _advance(workspace, thread_key, now)
        except SellerwatchError as error:
            problems.append(f"{thread_key}: time stands still for it: {error}")
            continue
        if count is not None:
            told.append(count)
    return TickReport(presses, len(told), sum(told), tuple(problems))


def require_delivered(ticked: TickReport, sent: DeliveryReport) -> DeliveryReport:
    """Return what was delivered when that is everything that was due, and time took effect on every alert.

    Raises:
        PermanentError: something is left; the message names each problem.
    """
    if ticked.problems:
        raise PermanentError(
            f"not every alert could be seen to: {' '.join(ticked.problems)}",
            where="tick",
            remedy="Do what each problem says; the next tick tries again, and nothing else waits for it",
        )
    if not sent.is_complete:
        left = f"{sent.pending} due and not delivered, {sent.dead} given up"
        raise PermanentError(
            f"not every message arrived: {' '.join((left, *sent.problems))}",
            where="tick",
            remedy="Do what each problem says; the next tick tries again what is due",
        )
    return sent


def _advance(workspace: Workspace, thread_key: str, now: datetime) -> int | None:
    try:
        with writing(workspace.engine) as connection:
            return _tick(connection, workspace.settings, thread_key, now)
    except RetryableError:
        return None


def _tick(connection: Connection, settings: Settings, thread_key: str, now: datetime) -> int | None:
    """Return how many messages the moment causes, or None where it changes nothing."""
    stored = load(connection, thread_key)
    if stored is None:
        return None
    seen = readable_thread_state(connection, thread_key)
    if seen is None or seen.home is None:
        # A row of a digest has no conversation to call anybody in; it waits for a message of its own.
        save(connection, stored, stored.response, None, sleeps=True)
        return None
    after, event = step(stored.policy, stored.response, Tick(now))
    if event is None:
        return None
    saved = save(connection, stored, after, event)
    told = said(event, saved, seen, people_of(settings))
    return sum(enqueue(connection, entry) for entry in entries(told)) if told else 0
