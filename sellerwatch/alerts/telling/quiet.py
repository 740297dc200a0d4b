"""Quiet hours: when what can wait goes out, in the store's own time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

from sellerwatch.settings.load import Settings
from sellerwatch.settings.routing import DAY_MINUTES, QuietHours, minutes


def opens_at(settings: Settings, store_id: str, now: datetime) -> datetime:
    """Return the moment from which yellow and orange news may go out: now, or the end of the quiet hours."""
    quiet = settings.routing.quiet_hours
    return end_of(quiet, settings.marketplaces(store_id)[0].zone, now) if quiet else now


def end_of(quiet: QuietHours, zone: tzinfo, now: datetime) -> datetime:
    """Return the next end of the quiet hours by the wall clock of the zone, or now where they are not."""
    local = now.astimezone(zone)
    at, start, end = local.hour * 60 + local.minute, minutes(quiet.start) % DAY_MINUTES, minutes(quiet.end) % DAY_MINUTES
    is_over_midnight = start > end
    is_quiet = at >= start or at < end if is_over_midnight else start <= at < end
    if not is_quiet:
        return now
    day = local.date() + timedelta(days=1 if is_over_midnight and at >= start else 0)
    # Wall-clock time: on the days on which the clocks change the end is at the usual hour too.
    return datetime.combine(day, time(end // 60, end % 60), tzinfo=zone).astimezone(UTC)
