"""Responses at rest: reading one to change it, and writing a transition as one guarded UPDATE with its event row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from sellerwatch.alerts.response.machine import Acknowledgement, Handling, Person, Response, ResponseEvent, Snooze, due_at
from sellerwatch.alerts.response.policy import Policy, policy_from_dict, policy_to_dict
from sellerwatch.alerts.store import Alert
from sellerwatch.core.errors import RetryableError
from sellerwatch.warehouse.tables.response import RESPONSE, RESPONSE_EVENT


@dataclass(frozen=True, slots=True)
class Stored:
    """Where people stand with one episode, as the warehouse knows it."""

    thread_key: str
    fingerprint: str
    store_id: str
    episode: int
    response: Response
    policy: Policy
    event_count: int
    rev: int


AT_ONCE: Final = 500
"""Names in one statement; databases limit them."""


def begun(alert: Alert, response: Response, policy: Policy) -> Stored:
    """Return the beginning of an episode with its first event, which `save_begun` writes."""
    episode = alert.condition.episode
    return Stored(alert.thread_key, alert.fingerprint, alert.store_id, episode, response, policy, event_count=1, rev=1)


def load(connection: Connection, thread_key: str) -> Stored | None:
    """Return where people stand with an episode, and keep others from changing it until the transaction ends."""
    # SQLite's writer is alone anyway; PostgreSQL lets a person and a night wait for each other, so that neither fails.
    found = connection.execute(select(RESPONSE).where(RESPONSE.c.thread_key == thread_key).with_for_update()).first()
    if found is None:
        return None
    return Stored(
        thread_key=found.thread_key,
        fingerprint=found.fingerprint,
        store_id=found.store_id,
        episode=found.episode,
        response=response_from_dict(found.state),
        policy=policy_from_dict(found.policy),
        event_count=found.event_count,
        rev=found.rev,
    )


def save(
    connection: Connection, before: Stored, after: Response, event: ResponseEvent | None, *, sleeps: bool = False
) -> Stored:
    """Write where people stand now, and what happened; return it as it is stored.

    Args:
        connection: the transaction that also writes the messages.
        before: what was read.
        after: the response now.
        event: what happened; None where only the time of the next look changes.
        sleeps: no moment is to be waited for, whatever the chain says: there is no conversation to speak in.

    Raises:
        RetryableError: another process changed it in between; nothing of this transaction may be committed.
    """
    saved = replace(before, response=after, event_count=before.event_count + (event is not None), rev=before.rev + 1)
    guarded = update(RESPONSE).where(RESPONSE.c.thread_key == before.thread_key, RESPONSE.c.rev == before.rev)
    values = _row(saved) | ({"due_at": None} if sleeps else {})
    if connection.execute(guarded.values(values)).rowcount != 1:
        raise RetryableError(
            "another process answered the alert at the same time",
            where=before.thread_key,
            remedy="Try again; nothing was changed",
        )
    if event is not None:
        connection.execute(insert(RESPONSE_EVENT).values(_event_row(saved, event)))
    return saved


def known_threads(connection: Connection, thread_keys: Iterable[str]) -> set[str]:
    """Return those of the episodes in which people have a part already."""
    known: set[str] = set()
    rest = iter(thread_keys)
    while some := list(islice(rest, AT_ONCE)):
        known.update(connection.scalars(select(RESPONSE.c.thread_key).where(RESPONSE.c.thread_key.in_(some))))
    return known


def save_begun(connection: Connection, begun_now: Sequence[tuple[Stored, ResponseEvent]]) -> None:
    """Write the beginnings of many episodes at once, each with its event."""
    if begun_now:
        connection.execute(insert(RESPONSE), [_row(stored) for stored, _ in begun_now])
        connection.execute(insert(RESPONSE_EVENT), [_event_row(stored, event) for stored, event in begun_now])


def due_threads(connection: Connection, stores: Iterable[str], now: datetime) -> list[str]:
    """Return the episodes of these stores with which time alone changes something by now, the longest due first."""
    due = select(RESPONSE.c.thread_key).where(RESPONSE.c.due_at <= now, RESPONSE.c.store_id.in_(list(stores)))
    return list(connection.scalars(due.order_by(RESPONSE.c.due_at, RESPONSE.c.thread_key)))


def _row(stored: Stored) -> dict[str, Any]:
    handling = stored.response.handling
    return {
        "thread_key": stored.thread_key,
        "fingerprint": stored.fingerprint,
        "store_id": stored.store_id,
        "episode": stored.episode,
        "state": response_to_dict(stored.response),
        "policy": policy_to_dict(stored.policy),
        "due_at": due_at(stored.policy, stored.response),
        "handled_tier": handling.tier if handling else None,
        "handled_for": handling.judged_for if handling else None,
        "event_count": stored.event_count,
        "rev": stored.rev,
    }


def _event_row(stored: Stored, event: ResponseEvent) -> dict[str, Any]:
    return {
        "thread_key": stored.thread_key,
        "number": stored.event_count,
        "kind": event.kind,
        "tier": event.tier,
        "user_id": event.by.user_id if event.by else None,
        "user_name": event.by.name if event.by else None,
        "role": event.role,
        "happened_at": event.at,
    }


_PARTS: Final = {"ack": Acknowledgement, "snooze": Snooze, "handling": Handling}
_INSTANTS: Final = frozenset({"at", "until", "reminded_at", "raised_at", "chain_from"})


def response_to_dict(response: Response) -> dict[str, Any]:
    """Return the response as JSON values."""
    return {name: _written(value) for name, value in asdict(response).items()}


def response_from_dict(stored: Mapping[str, Any]) -> Response:
    """Return the response that `response_to_dict` wrote."""
    parts = {name: kind(**_read(stored[name])) for name, kind in _PARTS.items() if stored[name]}
    return Response(**_read({name: value for name, value in stored.items() if name not in _PARTS}), **parts)


def _written(value: Any) -> Any:  # noqa: ANN401 - a tree of plain values, days and instants
    if isinstance(value, dict):
        return {name: _written(part) for name, part in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def _read(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in stored.items()}


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - what JSON holds, and what it stands for
    if value is None:
        return None
    if name in _INSTANTS:
        return datetime.fromisoformat(value)
    if name == "judged_for":
        return date.fromisoformat(value)
    return Person(**value) if name == "by" else value
