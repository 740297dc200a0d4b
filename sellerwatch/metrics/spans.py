"""The periods a night measures: runs of days, each named by its last one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final, get_args

from sellerwatch.core.periods import Days, months_before, weeks_before
from sellerwatch.metrics.measured_days import WINDOW_DAYS
from sellerwatch.settings.catalogue import Period

WEEKS_BACK: Final = 5
MONTHS_BACK: Final = 2
"""Whole weeks and months that a night looks at anew: what is restated is no older than they are."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One period with its days."""

    period: Period
    days: Days

    @property
    def on(self) -> date:
        """The day that names it."""
        return self.days.last


def is_rolling(period: Period) -> bool:
    """Tell whether the period ends anew every day and is longer than one."""
    return period not in {"day", "week", "month"}


def spans(period: Period, last: date) -> Iterator[Span]:
    """Yield the spans of a kind of period that a night measures.

    Args:
        period: the kind.
        last: the newest day there may be facts of.
    """
    for days in _RUNS[period](last):
        yield Span(period, days)


def reach(as_of: date) -> Days:
    """Return every day that a period of the night may hold."""
    return Days(min(span.days.first for period in get_args(Period) for span in spans(period, as_of - timedelta(days=1))), as_of)


def first_end(as_of: date) -> date:
    """Return the oldest day that a period which a night measures may end on."""
    yesterday = as_of - timedelta(days=1)
    return min(span.on for period in get_args(Period) for span in spans(period, yesterday))


def _windows(last: date, length: int) -> Iterator[Days]:
    for end in _ends(last):
        yield Days(end - timedelta(days=length - 1), end)


def _months_so_far(last: date) -> Iterator[Days]:
    for end in _ends(last):
        yield Days(end.replace(day=1), end)


def _ends(last: date) -> Iterator[date]:
    for back in range(WINDOW_DAYS - 1, -1, -1):
        yield last - timedelta(days=back)


def _weeks(last: date) -> Iterator[Days]:
    yield from weeks_before(last + timedelta(days=1), WEEKS_BACK)


def _months(last: date) -> Iterator[Days]:
    yield from months_before(last + timedelta(days=1), MONTHS_BACK)


_RUNS: Final[Mapping[Period, Callable[[date], Iterator[Days]]]] = {
    "day": partial(_windows, length=1),
    "d7": partial(_windows, length=7),
    "d14": partial(_windows, length=14),
    "d30": partial(_windows, length=30),
    "d90": partial(_windows, length=90),
    "week": _weeks,
    "month": _months,
    "month_to_date": _months_so_far,
}
"""The runs of days of each kind of period, up to and including the newest day."""
