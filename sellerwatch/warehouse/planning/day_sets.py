"""Sets of days as whole numbers: bit n is the n-th day of a range, so that years of windows are joined and compared at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sellerwatch.core.periods import Days

NOTHING = 0


@dataclass(frozen=True, slots=True)
class DaySets:
    """Sets of the days of one range."""

    range: Days

    @property
    def all(self) -> int:
        """The set of all its days."""
        return (1 << len(self.range)) - 1

    def of(self, first: date, last: date) -> int:
        """Return the set of the days between the two, both included, that lie in the range."""
        start = max(0, (first - self.range.first).days)
        end = min(len(self.range) - 1, (last - self.range.first).days)
        return ((1 << (end - start + 1)) - 1) << start if start <= end else NOTHING

    def runs(self, days: int) -> Iterator[Days]:
        """Yield the unbroken runs of a set, newest first."""
        while days:
            end = days.bit_length()
            gaps = ~days & ((1 << end) - 1)
            start = gaps.bit_length()
            yield Days(self._day(start), self._day(end - 1))
            days &= (1 << start) - 1

    def chunks(self, days: int, size: int) -> Iterator[Days]:
        """Yield the runs of a set, cut from their newest day on into pieces of at most ``size`` days, newest first."""
        for run in self.runs(days):
            last = run.last
            while last >= run.first:
                first = max(run.first, last - timedelta(days=size - 1))
                yield Days(first, last)
                last = first - timedelta(days=1)

    def hull(self, days: int) -> Days:
        """Return the shortest run that contains the set, which is not empty."""
        return Days(self._day((days & -days).bit_length() - 1), self._day(days.bit_length() - 1))

    def _day(self, number: int) -> date:
        return self.range.first + timedelta(days=number)
