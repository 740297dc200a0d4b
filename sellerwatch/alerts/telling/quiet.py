"""When the news of a run that can wait goes out, in the store's own time."""

from __future__ import annotations

from datetime import datetime

from sellerwatch.alerts.response.hours import Quiet, released
from sellerwatch.settings.load import Settings
from sellerwatch.settings.routing import minutes


def opens_at(settings: Settings, store_id: str, now: datetime) -> datetime:
    """Return the moment from which yellow and orange news may go out: now, or the end of the quiet hours."""
    quiet = settings.routing.quiet_hours
    zone = settings.marketplaces(store_id)[0].zone.key
    return released(now, Quiet(zone, minutes(quiet.start), minutes(quiet.end)) if quiet else None)
