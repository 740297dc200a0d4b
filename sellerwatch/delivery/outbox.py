"""Putting decided messages into the outbox, inside the transaction that decided them, and reading a conversation back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Connection, Row, Select, func, select, update

from sellerwatch.core.errors import PermanentError
from sellerwatch.messages.blocks import Message
from sellerwatch.messages.codec import from_dict, to_dict
from sellerwatch.warehouse.dialect import insert_if_absent
from sellerwatch.warehouse.tables.outbox import OUTBOX

Kind: TypeAlias = Literal["root", "update", "reply"]

ROOT_SUFFIX: Final = ":root"
FALLBACK_SUFFIX: Final = ":fallback"
"""Keys of the roots delivery itself adds: derived, so that a repeated step adds nothing."""

_ALIVE: Final = OUTBOX.c.state != "dead"


@dataclass(frozen=True, slots=True)
class Entry:
    """One decided message. Entries with the same ``created_at`` are sent in the order of ``rev``, then ``key``."""

    key: str
    kind: Kind
    channel: str
    thread_key: str
    rev: int
    message: Message
    not_before: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Home:
    """Where a conversation lives now: its newest root that was not given up, and the root's ts once Slack has it."""

    key: str
    channel: str
    ts: str | None


@dataclass(frozen=True, slots=True)
class ThreadState:
    """A conversation as the outbox knows it."""

    thread_key: str
    home: Home | None
    """None when every root was given up, or none was ever decided."""
    last_rev: int
    """The highest revision decided, delivered or not."""
    message: Message | None
    """The newest decided content of the root; None where it cannot be read any more."""
    is_delivered: bool
    """Whether readers see that content."""


def enqueue(connection: Connection, entry: Entry) -> bool:
    """Add the entry; tell whether it is new. Older updates of its conversation that still wait are superseded.

    Call it inside the transaction that changes the state the entry tells about. It never calls Slack.
    """
    row = {
        "key": entry.key,
        "kind": entry.kind,
        "channel": entry.channel,
        "thread_key": entry.thread_key,
        "rev": entry.rev,
        "message": to_dict(entry.message),
        "state": "pending",
        "created_at": entry.created_at,
        "not_before": entry.not_before,
        "attempts": 0,
        "missed_lookups": 0,
    }
    insert = insert_if_absent(connection, OUTBOX).values(row).returning(OUTBOX.c.key)
    is_new = connection.execute(insert).first() is not None
    if is_new and entry.kind == "update":
        supersede_updates(connection, entry.thread_key)
    return is_new


def bring_forward(connection: Connection, thread_key: str, now: datetime) -> None:
    """Let what waits in a conversation for a later hour go out now: something urgent follows it."""
    waiting = (
        OUTBOX.c.thread_key == thread_key,
        OUTBOX.c.state == "pending",
        OUTBOX.c.attempts == 0,
        OUTBOX.c.not_before > now,
    )
    connection.execute(update(OUTBOX).where(*waiting).values(not_before=now))


def supersede_updates(connection: Connection, thread_key: str) -> None:
    """Drop the waiting updates that a newer one makes pointless: an update is the whole content, so only the newest counts."""
    other = OUTBOX.alias()
    newest = select(func.max(other.c.rev)).where(
        other.c.thread_key == thread_key, other.c.kind == "update", other.c.state != "dead"
    )
    connection.execute(
        update(OUTBOX)
        .where(
            OUTBOX.c.thread_key == thread_key,
            OUTBOX.c.kind == "update",
            OUTBOX.c.state == "pending",
            OUTBOX.c.rev < newest.scalar_subquery(),
        )
        .values(state="superseded"),
    )


def hasten(connection: Connection, thread_key: str) -> None:
    """Let what waits for a better hour in a conversation go at once: something that cannot wait comes behind it."""
    waits = (OUTBOX.c.thread_key == thread_key, OUTBOX.c.state == "pending", OUTBOX.c.attempts == 0)
    connection.execute(update(OUTBOX).where(*waits).values(not_before=OUTBOX.c.created_at))


def drop_waiting_replies(connection: Connection, thread_key: str, now: datetime) -> None:
    """Drop the replies that wait for a better hour: what they would call people for is over before anybody has heard of it."""
    waits = (OUTBOX.c.thread_key == thread_key, OUTBOX.c.kind == "reply", OUTBOX.c.state == "pending")
    unheard = (OUTBOX.c.attempts == 0, OUTBOX.c.not_before > now)
    connection.execute(update(OUTBOX).where(*waits, *unheard).values(state="superseded"))


def thread_state(connection: Connection, thread_key: str) -> ThreadState | None:
    """Return what is known of a conversation, or None when nothing was ever decided for it."""
    mine = OUTBOX.c.thread_key == thread_key
    last_rev = connection.scalar(select(func.max(OUTBOX.c.rev)).where(mine))
    if last_rev is None:
        return None
    content = newest_content(connection, thread_key)
    return ThreadState(
        thread_key=thread_key,
        home=newest_home(connection.execute(select_roots().where(mine)).all()),
        last_rev=last_rev,
        message=read_message(content.message) if content else None,
        is_delivered=content is not None and content.state == "sent",
    )


def read_message(stored: object) -> Message | None:
    """Return a stored message, or None where it cannot be read: what follows it in its conversation says how things stand."""
    try:
        return from_dict(stored)
    except PermanentError:
        return None


def why_unreadable(connection: Connection, thread_key: str) -> PermanentError | None:
    """Return why the newest content of a conversation cannot be read; None where it can, or there is none."""
    content = newest_content(connection, thread_key)
    try:
        if content is not None:
            from_dict(content.message)
    except PermanentError as error:
        return error
    return None


def readable_thread_state(connection: Connection, thread_key: str) -> ThreadState | None:
    """Return the same for who changes what readers see, and could not say it anew.

    Raises:
        PermanentError: the newest content cannot be read.
    """
    if error := why_unreadable(connection, thread_key):
        raise error
    return thread_state(connection, thread_key)


def newest_content(connection: Connection, thread_key: str) -> Row[Any, Any] | None:
    """Return message and state of the newest root or update of a conversation that was not given up."""
    chosen = (OUTBOX.c.thread_key == thread_key, OUTBOX.c.kind.in_(("root", "update")), _ALIVE, OUTBOX.c.state != "superseded")
    newest_first = (OUTBOX.c.rev.desc(), OUTBOX.c.created_at.desc(), OUTBOX.c.key.desc())
    return connection.execute(select(OUTBOX.c.message, OUTBOX.c.state).where(*chosen).order_by(*newest_first).limit(1)).first()


def select_roots() -> Select[Any]:
    """Select the roots that `newest_home` chooses from, oldest first."""
    columns = (OUTBOX.c.thread_key, OUTBOX.c.key, OUTBOX.c.channel, OUTBOX.c.sent_ts, OUTBOX.c.state)
    return select(*columns).where(OUTBOX.c.kind == "root").order_by(OUTBOX.c.rev, OUTBOX.c.created_at, OUTBOX.c.key)


def newest_home(roots: Sequence[Row[Any]]) -> Home | None:
    """Return the newest root of one conversation that was not given up."""
    alive = [root for root in roots if root.state != "dead"]
    return Home(alive[-1].key, alive[-1].channel, alive[-1].sent_ts) if alive else None
