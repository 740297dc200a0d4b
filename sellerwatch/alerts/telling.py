"""From what a run has to tell to the outbox entries that tell it, in the transaction that stored the events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from sellerwatch.alerts.charts import chart_entries
from sellerwatch.alerts.notices import Closing, News, closing_entry, entries
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
    for item in news:
        for entry in _entries(connection, settings, item, channels):
            enqueue(connection, entry)


def _entries(connection: Connection, settings: Settings, item: News, channels: Mapping[str, str]) -> tuple[Entry, ...]:
    if isinstance(item, Closing):
        seen = thread_state(connection, item.alert.thread_key)
        greyed = closing_entry(item, seen) if seen else None
        return (greyed,) if greyed else ()
    channel = channels[item.rule.audience]
    return (*entries(settings, item, channel), *chart_entries(connection, settings, item, channel))
