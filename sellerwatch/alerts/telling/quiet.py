"""When the news of a run that can wait goes out, in the store's own time."""

from __future__ import annotations

from datetime import datetime

from sellerwatch.alerts.response.hours import Quiet, released
from sellerwatch.settings.load import Settings
from sellerwatch.settings.routing import minutes


def quiet_of(settings: Settings, store_id: str) -> Quiet | None:
    """Return everybody's quiet hours on the clock of the store's first marketplace."""
    quiet = settings.routing.quiet_hours
    zone = settings.marketplaces(store_id)[0].zone.key
    return Quiet(zone, minutes(quiet.start), minutes(quiet.end)) if quiet else None


def opens_at(settings: Settings, store_id: str, now: datetime) -> datetime:
    """Return the moment from which yellow and orange news may go out: now, or the end of the quiet hours."""
    return released(now, quiet_of(settings, store_id))
