"""The periods of the sales and traffic report: days, Sunday weeks or months, with the range widened to whole ones."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from sellerwatch.core.periods import Days

DAYS_IN_WEEK = 7


def _day(day: date) -> Days:
    return Days(day, day)


def _week(day: date) -> Days:
    """Return the week from Sunday to Saturday around the day."""
    sunday = day - timedelta(days=day.isoweekday() % DAYS_IN_WEEK)
    return Days(sunday, sunday + timedelta(days=DAYS_IN_WEEK - 1))


def _month(day: date) -> Days:
    return Days(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


PERIOD_AROUND: dict[str, Callable[[date], Days]] = {"DAY": _day, "WEEK": _week, "MONTH": _month}
"""The period a day belongs to, by the option dateGranularity."""


def periods(first: date, last: date, granularity: str) -> Iterator[Days]:
    """Yield the periods that hold any day from ``first`` to ``last``, whole, in order."""
    day = first
    while day <= last:
        period = PERIOD_AROUND[granularity](day)
        yield period
        day = period.last + timedelta(days=1)
