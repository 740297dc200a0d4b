"""Taking entries out of the outbox one at a time, with a lease, and recording what became of them.

Every change is one UPDATE guarded by the state it expects, and the count of changed rows decides: of two processes one wins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, case, false, func, literal, or_, select, update

from sellerwatch.delivery.outbox import FALLBACK_SUFFIX, Home, Kind, newest_home, select_roots, supersede_updates
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.types import Instant

_OPEN: Final = OUTBOX.c.state.in_(("pending", "sending"))
_CONVERSATION_ORDER: Final = (
    case((OUTBOX.c.kind == "root", 0), else_=1),
    OUTBOX.c.rev,
    case((OUTBOX.c.kind == "update", 0), else_=1),
    OUTBOX.c.key,
)
"""A root before all else, because everything else needs its ts; at one revision the update before the reply."""


LEASE_IN_SILENCE: Final = 1
"""Looks that a lease counts for whose holder was never heard of again: it outlasts the call, the quiet period and the gap of a look."""

_HEAD_COLUMNS: Final = tuple(column for column in OUTBOX.c if column.name not in {"message", "error"})
"""What a head is read from. Messages stay where they are: in a storm a thousand wait, and each step looks at all heads."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first open entry of a conversation; what follows it waits."""

    key: str
    kind: Kind
    state: str
    channel: str
    """Where it will go: the channel its conversation lives in now."""
    not_before: datetime
    lease_until: datetime | None
    attempts: int
    has_root: bool
    """Whether a root was ever decided; an update or reply without one waits."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An entry this process alone may work on until the lease ends."""

    key: str
    kind: Kind
    channel: str
    thread_key: str
    rev: int
    stored: Any
    first_attempt_at: datetime
    lease_until: datetime
    attempts: int
    missed_lookups: int
    home: Home | None
    """Where its conversation lives; None for a root, and where every root was given up."""
    error: str | None = None
    """What the attempt before came to: of one that was given up and is tried once more, why it was given up."""

    @property
    def place(self) -> str:
        """The channel it goes to."""
        return self.home.channel if self.home else self.channel


def open_heads(connection: Connection, *, now: datetime) -> list[Head]:
    """Return the head of every conversation with open entries, in the order they should be tried.

    A reply that waits for a better hour keeps nothing back: an update that comes after it says how things stand.
    """
    place = func.row_number().over(partition_by=OUTBOX.c.thread_key, order_by=_CONVERSATION_ORDER)
    is_for_later = (OUTBOX.c.kind == "reply") & (OUTBOX.c.attempts == 0) & (OUTBOX.c.not_before > now)
    ranked = select(*_HEAD_COLUMNS, place.label("place")).where(_OPEN, ~is_for_later).subquery()
    rows = connection.execute(
        select(ranked).where(ranked.c.place == 1).order_by(ranked.c.created_at, ranked.c.rev, ranked.c.key)
    ).all()
    other = OUTBOX.alias()
    open_threads = select(other.c.thread_key).where(other.c.state.in_(("pending", "sending")))
    roots: dict[str, list[Row[Any]]] = defaultdict(list)
    for root in connection.execute(select_roots().where(OUTBOX.c.thread_key.in_(open_threads))):
        roots[root.thread_key].append(root)
    return [_head(row, roots[row.thread_key]) for row in rows]


def claim(connection: Connection, key: str, *, now: datetime, lease_until: datetime) -> Claim | None:
    """Turn a due pending entry into ``sending``; None when another process was first or it is not due."""
    changed = connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.key == key, OUTBOX.c.state == "pending", OUTBOX.c.not_before <= now)
        .values(
            state="sending",
            lease_until=lease_until,
            attempts=OUTBOX.c.attempts + 1,
            missed_lookups=LEASE_IN_SILENCE,
            first_attempt_at=func.coalesce(OUTBOX.c.first_attempt_at, literal(now, Instant)),
        ),
    )
    return _read_claim(connection, key) if changed.rowcount == 1 else None


def take_over(connection: Connection, key: str, *, now: datetime, lease_until: datetime) -> Claim | None:
    """Take an entry whose lease has ended, to find out what became of it; None when another process was first."""
    changed = connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.key == key, OUTBOX.c.state == "sending", OUTBOX.c.lease_until <= now)
        .values(lease_until=lease_until),
    )
    return _read_claim(connection, key) if changed.rowcount == 1 else None


def renew(connection: Connection, held: Claim, *, lease_until: datetime) -> Claim | None:
    """Lengthen the lease before a call that is still to be made; None when another process has taken the entry over."""
    return replace(held, lease_until=lease_until) if _change(connection, held, lease_until=lease_until) else None


def mark_sent(connection: Connection, held: Claim, *, ts: str, now: datetime) -> str:
    """Record that the entry is visible as ``ts``; return the ts on record, which differs when another process was first.

    It does not ask for a valid lease: what is known to be visible must not be sent again.
    """
    connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.key == held.key, OUTBOX.c.state.in_(("pending", "sending", "dead")))
        .values(state="sent", sent_ts=ts, sent_at=now, lease_until=None, error=None),
    )
    return str(connection.scalar(select(OUTBOX.c.sent_ts).where(OUTBOX.c.key == held.key)) or ts)


def release(connection: Connection, held: Claim, *, not_before: datetime, error: str) -> bool:
    """Give the entry back: it surely is not visible, and may be tried again from ``not_before``."""
    changed = _change(connection, held, state="pending", not_before=not_before, lease_until=None, missed_lookups=0, error=error)
    supersede_updates(connection, held.thread_key)
    return changed


def await_outcome(connection: Connection, held: Claim, *, until: datetime, missed_lookups: int, error: str) -> bool:
    """Keep the entry as ``sending``: nobody knows whether it is visible, and nobody may look before ``until``."""
    return _change(connection, held, lease_until=until, missed_lookups=missed_lookups, error=error)


def bury(connection: Connection, held: Claim, *, error: str) -> bool:
    """Give the entry up; it stays on record as dead, with the reason."""
    return _change(connection, held, state="dead", lease_until=None, error=error)


def supersede(connection: Connection, held: Claim, *, error: str) -> bool:
    """Close an update whose content a new root carries."""
    return _change(connection, held, state="superseded", lease_until=None, error=error)


def revive(
    connection: Connection,
    *,
    now: datetime,
    channel: str | None = None,
    errors: Collection[str] | None = None,
    since: datetime | None = None,
) -> int:
    """Make given-up entries pending again, once a person has removed the cause; return how many.

    Only those of one channel, given up for one of these errors of Slack, or decided since then, where that is asked for.

    What the fallback channel already shows, the fallback messages themselves, and roots of conversations that have begun anew
    stay as they are.
    """
    chosen = _given_up(errors, since)
    if channel is not None:
        chosen.append(OUTBOX.c.channel == channel)
    threads = connection.scalars(select(OUTBOX.c.thread_key).distinct().where(*chosen)).all()
    changed = connection.execute(
        update(OUTBOX).where(*chosen).values(state="pending", attempts=0, missed_lookups=0, not_before=now)
    )
    for thread_key in threads:
        supersede_updates(connection, thread_key)
    return changed.rowcount


def revive_first(connection: Connection, *, now: datetime, errors: Collection[str], since: datetime) -> dict[str, str]:
    """Make the first of each channel's entries pending again that `revive` would find; return its key, by channel."""
    waiting = select(OUTBOX.c.channel, OUTBOX.c.key).where(*_given_up(errors, since))
    first: dict[str, str] = {}
    for row in connection.execute(waiting.order_by(OUTBOX.c.created_at, OUTBOX.c.rev, *_CONVERSATION_ORDER)):
        first.setdefault(row.channel, row.key)
    again = update(OUTBOX).where(OUTBOX.c.key.in_(first.values()), OUTBOX.c.state == "dead")
    connection.execute(again.values(state="pending", attempts=0, missed_lookups=0, not_before=now))
    return first


def sent_among(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return those of these entries that are visible."""
    return {*connection.scalars(select(OUTBOX.c.key).where(OUTBOX.c.key.in_(keys), OUTBOX.c.state == "sent"))}


def channels_that_refused(connection: Connection, *, errors: Collection[str], since: datetime) -> list[str]:
    """Return the channels with entries that `revive` would find, given up for one of these errors."""
    channels = select(OUTBOX.c.channel).distinct().where(*_given_up(errors, since)).order_by(OUTBOX.c.channel)
    return [*connection.scalars(channels)]


def _given_up(errors: Collection[str] | None, since: datetime | None) -> list[ColumnElement[bool]]:
    other = OUTBOX.alias()
    shown_elsewhere = select(other.c.key).where(other.c.key == OUTBOX.c.key + FALLBACK_SUFFIX, other.c.state != "dead").exists()
    root = OUTBOX.alias()
    begun_anew = (
        select(root.c.key)
        .where(root.c.thread_key == OUTBOX.c.thread_key, root.c.kind == "root", root.c.state != "dead")
        .exists()
    )
    chosen: list[ColumnElement[bool]] = [OUTBOX.c.state == "dead", ~OUTBOX.c.key.endswith(FALLBACK_SUFFIX), ~shown_elsewhere]
    chosen.append(~((OUTBOX.c.kind == "root") & begun_anew))
    if errors is not None:
        chosen.append(or_(false(), *(OUTBOX.c.error.contains(error, autoescape=True) for error in errors)))
    if since is not None:
        chosen.append(OUTBOX.c.created_at > since)
    return chosen


def count_left(connection: Connection, *, now: datetime) -> int:
    """Return how many entries should have been delivered by now and are not."""
    is_due = (OUTBOX.c.not_before <= now) | (OUTBOX.c.attempts > 0)
    return connection.scalar(select(func.count()).select_from(OUTBOX).where(_OPEN, is_due)) or 0


def is_known(connection: Connection, key: str) -> bool:
    """Tell whether an entry with this key was ever decided."""
    return connection.scalar(select(OUTBOX.c.key).where(OUTBOX.c.key == key)) is not None


def _head(row: Row[Any], roots: Sequence[Row[Any]]) -> Head:
    home = newest_home(roots)
    is_homed = row.kind != "root" and home is not None
    return Head(
        key=row.key,
        kind=row.kind,
        state=row.state,
        channel=home.channel if home and is_homed else row.channel,
        not_before=row.not_before,
        lease_until=row.lease_until,
        attempts=row.attempts,
        has_root=bool(roots),
    )


def _read_claim(connection: Connection, key: str) -> Claim:
    row = connection.execute(select(OUTBOX).where(OUTBOX.c.key == key)).one()
    roots = connection.execute(select_roots().where(OUTBOX.c.thread_key == row.thread_key)).all()
    return Claim(
        key=row.key,
        kind=row.kind,
        channel=row.channel,
        thread_key=row.thread_key,
        rev=row.rev,
        stored=row.message,
        first_attempt_at=row.first_attempt_at,
        lease_until=row.lease_until,
        attempts=row.attempts,
        missed_lookups=row.missed_lookups,
        home=newest_home(roots) if row.kind != "root" else None,
        error=row.error,
    )


def _change(connection: Connection, held: Claim, **values: object) -> bool:
    # The lease's end is the mark of this very claim: whoever takes the entry over writes another one.
    mine = (OUTBOX.c.key == held.key, OUTBOX.c.state == "sending", OUTBOX.c.lease_until == held.lease_until)
    return connection.execute(update(OUTBOX).where(*mine).values(values)).rowcount == 1
