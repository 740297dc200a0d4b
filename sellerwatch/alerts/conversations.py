"""Which messages of the outbox belong to a store, or to a night of it: an outbox row names its conversation, not its store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, Connection, Text, cast, func, select

from sellerwatch.alerts.response.saying import NUMBER_MARK
from sellerwatch.alerts.store import THREAD_NAME_LENGTH
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT
from sellerwatch.warehouse.tables.outbox import OUTBOX

_NAME = func.substr(ALERT.c.fingerprint, 1, THREAD_NAME_LENGTH)


def is_of_store(store_id: str) -> ColumnElement[bool]:
    """Return the condition that an outbox row tells of one of the store's alerts."""
    name = func.substr(OUTBOX.c.thread_key, 1, THREAD_NAME_LENGTH)
    return name.in_(select(_NAME).where(ALERT.c.store_id == store_id))


def is_of_night(store_id: str, as_of: date) -> ColumnElement[bool]:
    """Return the condition that an outbox row tells of an event of the store's business day, and not of what people did about it."""
    thread_key = _NAME + "-" + cast(ALERT_EVENT.c.episode, Text)
    return (
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


def count_messages(connection: Connection, *where: ColumnElement[bool]) -> Mapping[str, int]:
    """Return how many outbox rows there are of each kind."""
    rows = connection.execute(select(OUTBOX.c.kind, func.count()).where(*where).group_by(OUTBOX.c.kind))
    return {row[0]: row[1] for row in rows}
