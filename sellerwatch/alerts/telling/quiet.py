"""When the news of a run that can wait goes out, in the store's own time."""

from __future__ import annotations

from datetime import datetime

from sellerwatch.alerts.response.hours import released
from sellerwatch.alerts.response.policy import quiet_of
from sellerwatch.settings.load import Settings


def opens_at(settings: Settings, store_id: str, now: datetime) -> datetime:
    """Return the moment from which yellow and orange news may go out: now, or the end of the quiet hours."""
    return released(now, quiet_of(settings, store_id))
