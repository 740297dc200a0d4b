"""The days that a feed should have by now, whatever the ledger says: what is expected and has no window is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sellerwatch.core.periods import Days, months_before, weeks_before
from sellerwatch.settings.models import CalendarPeriod, ListedPeriod, RangePeriod, ReportPull, SnapshotPeriod

_DAY: Final = timedelta(days=1)
_BEFORE: Final = {"weeks": weeks_before, "months": months_before}


@dataclass(frozen=True, slots=True)
class Nights:
    """The first night that wanted a feed, and the newest that has begun or should have."""

    first: date
    newest: date


def expected_days(pull: ReportPull, nights: Nights) -> Days | None:
    """Return the days that the feed should cover after the newest night; None while there are none."""
    first, last = _EXPECTED[type(pull)](pull, nights)
    return Days(first, last) if first <= last else None


def is_gap(pull: ReportPull, day: date, covered: set[date]) -> bool:
    """Tell whether an expected day without a window is one that is missing; not every night asks for every snapshot."""
    if isinstance(pull, SnapshotPeriod | ListedPeriod):
        return not any(day - timedelta(days=back) in covered for back in range(pull.every_days))
    return day not in covered


def _of_the_nights(_pull: SnapshotPeriod | ListedPeriod, nights: Nights) -> tuple[date, date]:
    return nights.first, nights.newest


def _recent_days(pull: RangePeriod, nights: Nights) -> tuple[date, date]:
    """A range ends with the day before the night; of several nights only the last may have asked."""
    return nights.first - timedelta(days=pull.history_days), nights.newest - timedelta(days=pull.every_days)


def _whole_periods(pull: CalendarPeriod, nights: Nights) -> tuple[date, date]:
    before, ready = _BEFORE[pull.period], timedelta(days=pull.ready_after_days)
    oldest = before(nights.first - ready + _DAY, pull.history_periods)[0]
    newest = before(nights.newest - ready + _DAY, 1)[-1]
    return oldest.first, newest.last


_EXPECTED: Final[Mapping[type, Callable[[Any, Nights], tuple[date, date]]]] = {
    SnapshotPeriod: _of_the_nights,
    ListedPeriod: _of_the_nights,
    RangePeriod: _recent_days,
    CalendarPeriod: _whole_periods,
}
"""What each kind of period leads one to expect."""
