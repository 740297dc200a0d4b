"""Which messages of the outbox belong to a store, or to a night of it: an outbox row names its conversation, not its store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, func, or_, select

from sellerwatch.alerts.response.saying import NUMBER_MARK
from sellerwatch.alerts.store import THREAD_NAME_LENGTH
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.tables.telling import MESSAGE_OF_NIGHT

_NAME = func.substr(ALERT.c.fingerprint, 1, THREAD_NAME_LENGTH)


def is_of_store(store_id: str) -> ColumnElement[bool]:
    """Return the condition that an outbox row tells of the store's alerts: of one of them, or of many."""
    name = func.substr(OUTBOX.c.thread_key, 1, THREAD_NAME_LENGTH)
    of_many = select(MESSAGE_OF_NIGHT.c.key).where(MESSAGE_OF_NIGHT.c.store_id == store_id)
    return or_(name.in_(select(_NAME).where(ALERT.c.store_id == store_id)), OUTBOX.c.key.in_(of_many))


def is_of_night(store_id: str, as_of: date) -> ColumnElement[bool]:
    """Return the condition that an outbox row tells of an event of the store's business day, or was sent by its judging alone.

    What people did about it is told by rows of another kind.
    """
    thread_key = _NAME + "-" + cast(ALERT_EVENT.c.episode, Text)
    of_night = select(MESSAGE_OF_NIGHT.c.key).where(MESSAGE_OF_NIGHT.c.store_id == store_id, MESSAGE_OF_NIGHT.c.as_of == as_of)
    of_event = (
        select(ALERT_EVENT.c.number)
        .join(ALERT, ALERT.c.fingerprint == ALERT_EVENT.c.fingerprint)
        .where(
            ALERT.c.store_id == store_id,
            ALERT_EVENT.c.as_of == as_of,
            OUTBOX.c.thread_key == thread_key,
            OUTBOX.c.rev == ALERT_EVENT.c.number,
            ~OUTBOX.c.key.contains(NUMBER_MARK),
        )
        .exists()
    )
    return or_(OUTBOX.c.key.in_(of_night), and_(of_event, OUTBOX.c.key.not_in(select(MESSAGE_OF_NIGHT.c.key))))


def count_messages(connection: Connection, *where: ColumnElement[bool]) -> Mapping[str, int]:
    """Return how many outbox rows there are of each kind."""
    rows = connection.execute(select(OUTBOX.c.kind, func.count()).where(*where).group_by(OUTBOX.c.kind))
    return {row[0]: row[1] for row in rows}
