"""Working time and quiet hours on a wall clock: days of 23 and 25 hours count as what they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

from sellerwatch.settings.routing import DAY_MINUTES

_HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours people work, in their own time.

    Attributes:
        time_zone: IANA name.
        days: the working days, 0 for Monday.
        start: minutes since midnight.
        end: the same, up to 1440; later than `start`.
    """

    time_zone: str
    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours people are left alone, in minutes since midnight of their own time; over midnight where the end is smaller."""

    time_zone: str
    start: int
    end: int


def after_working(start: datetime, hours: float, calendar: WorkingHours) -> datetime:
    """Return the instant at which so many working hours have passed since ``start``; what is not working time does not count."""
    left = timedelta(hours=hours)
    for opens, closes in _stretches(start, calendar):
        begins = max(opens, start)
        if closes <= begins:
            continue
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    raise AssertionError  # the stretches have no end


def released(instant: datetime, quiet: Quiet | None) -> datetime:
    """Return the instant itself, or the end of the quiet hours it falls into."""
    if quiet is None:
        return instant
    local = instant.astimezone(ZoneInfo(quiet.time_zone))
    day, minute = local.date(), local.hour * _HOUR + local.minute
    start, end = quiet.start % DAY_MINUTES, quiet.end % DAY_MINUTES
    if start < end:
        return at(day, end, quiet.time_zone) if start <= minute < end else instant
    if minute >= start:
        return at(day + timedelta(days=1), end, quiet.time_zone)
    return at(day, end, quiet.time_zone) if minute < end else instant


def awake(instant: datetime, *quiets: Quiet | None) -> datetime:
    """Return the first instant from then on that lies in nobody's quiet hours.

    Where together they leave no moment of a day, the ends of the last one named decide.
    """
    heard, latest = instant, instant + timedelta(days=2)
    while (later := reduce(released, quiets, heard)) > heard and later < latest:
        heard = later
    return heard if later == heard else released(instant, quiets[-1])


def at(day: date, minute: int, time_zone: str) -> datetime:
    """Return the instant of a wall-clock time; one that the clock skips in spring is read as the clock before the change."""
    whole, rest = divmod(minute, DAY_MINUTES)
    wall = time(rest // _HOUR, rest % _HOUR)
    return datetime.combine(day + timedelta(days=whole), wall, ZoneInfo(time_zone)).astimezone(UTC)


def _stretches(start: datetime, calendar: WorkingHours) -> Iterator[tuple[datetime, datetime]]:
    first = start.astimezone(ZoneInfo(calendar.time_zone)).date()
    for offset in count():
        day = first + timedelta(days=offset)
        if day.weekday() in calendar.days:
            yield at(day, calendar.start, calendar.time_zone), at(day, calendar.end, calendar.time_zone)
