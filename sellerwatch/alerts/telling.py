"""From what a run has to tell to the outbox entries that tell it, in the transaction that stored the events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from sellerwatch.alerts.notices import Closing, News, closing_entry, entries
from sellerwatch.alerts.response.attending import Attendance, clothe
from sellerwatch.delivery.outbox import Entry, enqueue, thread_state
from sellerwatch.settings.load import Settings


def tell(connection: Connection, settings: Settings, news: Iterable[News], channels: Mapping[str, str]) -> None:
    """Put the messages of a run into the outbox; the same news always gives the same keys.

    Args:
        connection: the transaction that stored the events.
        settings: rules, playbooks and routing.
        news: in the order in which it happened.
        channels: the channel of each audience.
    """
    told_now = tuple(news)
    attendance = Attendance(connection, settings, (item.alert for item in told_now))
    for item in told_now:
        rule = None if isinstance(item, Closing) else item.rule
        number = item.alert.event_count if isinstance(item, Closing) else item.event_number
        attended = attendance.attend(item.alert, rule, number=number, now=item.now)
        told = _entries(connection, settings, item, channels)
        for entry in clothe(connection, settings, attended, told) if attended else told:
            enqueue(connection, entry)
    attendance.finish()


def _entries(connection: Connection, settings: Settings, item: News, channels: Mapping[str, str]) -> tuple[Entry, ...]:
    if isinstance(item, Closing):
        seen = thread_state(connection, item.alert.thread_key)
        greyed = closing_entry(item, seen) if seen else None
        return (greyed,) if greyed else ()
    return entries(settings, item, channels[item.rule.audience])
