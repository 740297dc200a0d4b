"""The store's calendar: local days as dates, instants as aware UTC datetimes, and the way between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """A run of whole local days, both ends included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse a run that ends before it starts."""
        if self.last < self.first:
            message = f"a run of days cannot end ({self.last}) before it starts ({self.first})"
            raise ValueError(message)

    def __iter__(self) -> Iterator[date]:
        """Yield each day in order."""
        for offset in range(len(self)):
            yield self.first + timedelta(days=offset)

    def __len__(self) -> int:
        """Return the number of days."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        """Tell whether the day lies in the run."""
        return self.first <= day <= self.last

    def __str__(self) -> str:
        """Return ``first..last``, or the day alone."""
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"

    def chunks(self, size: int) -> Iterator[Days]:
        """Yield consecutive runs of at most ``size`` days that cover this one."""
        start = self.first
        while start <= self.last:
            end = min(self.last, start + timedelta(days=size - 1))
            yield Days(start, end)
            start = end + timedelta(days=1)


def weeks_before(day: date, count: int) -> list[Days]:
    """Return the last ``count`` whole weeks that were over before the day, oldest first; weeks run from Sunday to Saturday."""
    last_saturday = day - timedelta(days=day.isoweekday() % 7 + 1)
    ends = [last_saturday - timedelta(weeks=back) for back in range(count)]
    return [Days(end - timedelta(days=6), end) for end in reversed(ends)]


def months_before(day: date, count: int) -> list[Days]:
    """Return the last ``count`` whole months that were over before the day, oldest first."""
    months, first = [], day.replace(day=1)
    for _ in range(count):
        last = first - timedelta(days=1)
        first = last.replace(day=1)
        months.append(Days(first, last))
    return months[::-1]


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the instant at which the local day begins, in UTC.

    A DST day is 23 or 25 hours long; this is why a day's end is the next day's start, never plus 24 hours.
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the instant at which the next local day begins, in UTC."""
    return start_of_day(day + timedelta(days=1), zone)


def local_day(instant: datetime, zone: tzinfo) -> date:
    """Return the local calendar day an aware instant falls on.

    Raises:
        ValueError: the instant carries no offset, so its day cannot be known.
    """
    if instant.tzinfo is None:
        message = f"an instant without an offset has no day: {instant.isoformat()}"
        raise ValueError(message)
    return instant.astimezone(zone).date()


def utc_text(instant: datetime) -> str:
    """Return ISO-8601 in UTC with a ``Z``, to the second, as Amazon's APIs read it.

    Raises:
        ValueError: the instant carries no offset; the computer's own would be guessed.
    """
    if instant.tzinfo is None:
        message = f"an instant without an offset is no point in time: {instant.isoformat()}"
        raise ValueError(message)
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
