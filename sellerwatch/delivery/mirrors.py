"""Who cannot be in Slack hears the same at an address beside it: posts alone, each address on its own, Slack up or down.

Nothing tells whether a message that an address did not take was seen after all, and nothing can be looked up there. It is
tried again, so it may come twice; a doubled message beats a lost one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, or_, select, update

from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import PermanentError
from sellerwatch.delivery.notes import readable
from sellerwatch.delivery.notifier import Notify, is_address
from sellerwatch.delivery.outbox import FALLBACK_SUFFIX, ROOT_SUFFIX
from sellerwatch.messages.blocks import Message, Tone
from sellerwatch.messages.codec import from_dict
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.dialect import insert_if_absent
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.outbox import MIRROR, MIRRORED, OUTBOX

NEWS_BEFORE: Final = timedelta(hours=6)
"""A new address also hears what was decided so shortly before it was first seen: the night at hand was decided by then."""

INTERVAL_SECONDS: Final = 3.0
"""DingTalk and WeCom take twenty messages a minute, the others more."""

LEASE: Final = timedelta(minutes=5)
FIRST_BACKOFF: Final = timedelta(minutes=1)
LONGEST_BACKOFF: Final = timedelta(hours=1)
MOST_ATTEMPTS: Final = 12
MOST_A_RUN: Final = 200


@dataclass(frozen=True, slots=True)
class Mirror:
    """An address beside Slack: the variable that holds it, what is in it, and the Slack channel whose messages it hears."""

    name: str
    address: str = field(repr=False)
    channel: str


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """What one run brought to the addresses, gave up, and left."""

    sent: int = 0
    dead: int = 0
    pending: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Held:
    """A message that this process alone may send to the address until the lease ends."""

    key: str
    message: Any
    attempts: int


def mirrors_of(settings: Settings) -> tuple[Mirror, ...]:
    """Return the addresses that are set, of channels that are set."""
    environment = settings.environment
    return tuple(
        Mirror(name, address, channel)
        for variable, names in settings.routing.mirrors.items()
        if (channel := environment.get(variable))
        for name in names
        if (address := environment.get(name))
    )


def is_heard(message: Message, kind: str) -> bool:
    """Tell whether an address hears it: a new message, and what is said aloud or ends the matter; updates cannot be shown."""
    return kind == "root" or (kind == "reply" and (message.is_broadcast or message.tone is Tone.GREEN))


def deliver_mirrored(engine: Engine, mirrors: tuple[Mirror, ...], *, clock: Clock, notify: Notify) -> MirrorReport:
    """Send what is due to each address, in order; a message that is not taken holds its own address until later, no other."""
    sent, dead, pending = 0, 0, 0
    problems: list[str] = []
    for mirror in mirrors:
        if not is_address(mirror.address):
            problems.append(f"{mirror.name} holds no address that Apprise knows; write one such as feishu://TOKEN, or unset it")
            continue
        with writing(engine) as connection:
            _hear(connection, mirror, clock.now())
        outcome = _drain(engine, mirror, clock, notify)
        sent, dead = sent + outcome.sent, dead + outcome.dead
        pending += outcome.pending
        problems.extend(outcome.problems)
    return MirrorReport(sent, dead, pending, tuple(problems))


def _hear(connection: Connection, mirror: Mirror, now: datetime) -> None:
    """Enter every message of the channel that the address has not heard of; what it does not hear is entered as left out."""
    connection.execute(insert_if_absent(connection, MIRROR).values(address=mirror.name, hears_from=now - NEWS_BEFORE))
    since = connection.execute(select(MIRROR.c.hears_from).where(MIRROR.c.address == mirror.name)).scalar_one()
    is_known = select(MIRRORED.c.key).where(MIRRORED.c.key == OUTBOX.c.key, MIRRORED.c.address == mirror.name).exists()
    news = (
        OUTBOX.c.kind.in_(("root", "reply")),
        OUTBOX.c.channel == mirror.channel,
        OUTBOX.c.created_at >= since,
        ~OUTBOX.c.key.endswith(ROOT_SUFFIX),
        ~OUTBOX.c.key.endswith(FALLBACK_SUFFIX),
        ~is_known,
    )
    for row in connection.execute(
        select(OUTBOX.c.key, OUTBOX.c.kind, OUTBOX.c.message, OUTBOX.c.not_before).where(*news)
    ).all():
        state = "pending" if _is_stored_heard(row.message, row.kind) else "left_out"
        entered = {"key": row.key, "address": mirror.name, "state": state, "not_before": row.not_before, "attempts": 0}
        connection.execute(insert_if_absent(connection, MIRRORED).values(entered))


def _is_stored_heard(stored: Any, kind: str) -> bool:  # noqa: ANN401 - whatever the row holds
    try:
        return is_heard(from_dict(stored), kind)
    except PermanentError:
        return True


def _drain(engine: Engine, mirror: Mirror, clock: Clock, notify: Notify) -> MirrorReport:
    sent = 0
    for _ in range(MOST_A_RUN):
        now = clock.now()
        with writing(engine) as connection:
            held = _claim(connection, mirror, now)
        if held is None:
            break
        failure = notify(mirror.address, readable(held.message, key=held.key))
        with writing(engine) as connection:
            is_dead = _record(connection, mirror, held, failure, clock.now())
        if failure is not None:
            problems = (f"{mirror.name}: {held.key}: given up after {MOST_ATTEMPTS} attempts: {failure}",) if is_dead else ()
            return MirrorReport(sent, len(problems), _count_left(engine, mirror, clock.now()), problems)
        sent += 1
        clock.sleep(INTERVAL_SECONDS)
    return MirrorReport(sent, 0, _count_left(engine, mirror, clock.now()))


_IS_MEANT: Final = OUTBOX.c.state != "superseded"
"""A reply that was dropped before Slack had it is dropped for every address."""


def _claim(connection: Connection, mirror: Mirror, now: datetime) -> _Held | None:
    """Take the first message that waits, if it is due; one whose sender was killed is sent again."""
    columns = (MIRRORED.c.key, MIRRORED.c.state, MIRRORED.c.not_before, MIRRORED.c.lease_until, MIRRORED.c.attempts)
    waiting = (MIRRORED.c.address == mirror.name, MIRRORED.c.state.in_(("pending", "sending")), _IS_MEANT)
    ordered = select(*columns, OUTBOX.c.message).join(OUTBOX, OUTBOX.c.key == MIRRORED.c.key).where(*waiting)
    is_for_later = and_(MIRRORED.c.attempts == 0, MIRRORED.c.not_before > now)
    first = connection.execute(
        ordered.where(~is_for_later).order_by(OUTBOX.c.created_at, OUTBOX.c.rev, OUTBOX.c.key).limit(1)
    ).first()
    if first is None:
        return None
    is_mine = connection.execute(
        update(MIRRORED)
        .where(MIRRORED.c.key == first.key, MIRRORED.c.address == mirror.name, _is_free(now))
        .values(state="sending", lease_until=now + LEASE, attempts=MIRRORED.c.attempts + 1)
    )
    return _Held(first.key, first.message, first.attempts + 1) if is_mine.rowcount == 1 else None


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(MIRRORED.c.state == "pending", MIRRORED.c.not_before <= now),
        and_(MIRRORED.c.state == "sending", MIRRORED.c.lease_until <= now),
    )


def _record(connection: Connection, mirror: Mirror, held: _Held, failure: str | None, now: datetime) -> bool:
    """Write down what became of it; tell whether it was given up."""
    values: Mapping[str, object] = {"state": "sent", "sent_at": now, "lease_until": None, "error": None}
    is_dead = failure is not None and held.attempts >= MOST_ATTEMPTS
    if failure is not None:
        wait = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (held.attempts - 1))
        state = "dead" if is_dead else "pending"
        values = {"state": state, "not_before": now + wait, "lease_until": None, "error": failure}
    mine = (MIRRORED.c.key == held.key, MIRRORED.c.address == mirror.name, MIRRORED.c.state == "sending")
    connection.execute(update(MIRRORED).where(*mine).values(values))
    return is_dead


def _count_left(engine: Engine, mirror: Mirror, now: datetime) -> int:
    """Return how many messages the address should have had by now and has not."""
    is_due = or_(MIRRORED.c.not_before <= now, MIRRORED.c.attempts > 0)
    waiting = (MIRRORED.c.address == mirror.name, MIRRORED.c.state.in_(("pending", "sending")), is_due, _IS_MEANT)
    both = MIRRORED.join(OUTBOX, OUTBOX.c.key == MIRRORED.c.key)
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(both).where(*waiting)) or 0
