"""How far a day lies from the same weekday of the last weeks, so that one wild week does not decide."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final, NamedTuple

from sellerwatch.metrics.comparison.robust import robust_z
from sellerwatch.settings.unusual import Kpi, Unusual

_WEEK: Final = timedelta(days=7)


class Point(NamedTuple):
    """One mature day of a number, with what it is made of where it is a rate."""

    value: float
    numerator: float
    denominator: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A number that was unusual on its newest mature days.

    Attributes:
        day: the newest of them, which the other fields are of.
        typical: the median of the same weekday.
        change_pct: how far the value lies from it, in percent of it.
    """

    metric: str
    marketplace: str
    day: date
    value: float
    typical: float
    change_pct: float
    z: float
    currency: str | None = None


def judge(
    kpi: Kpi, limits: Unusual, points: Mapping[date, Point], *, as_of: date, left_out: Collection[date]
) -> tuple[date, float, float] | None:
    """Return the newest mature day, its median and its z where it and the days before it are unusual, all to the same side.

    Args:
        kpi: what has to be there.
        limits: how many days, and how far.
        points: every mature day that is known.
        as_of: the night.
        left_out: days that were unlike others; they are neither judged nor compared with.
    """
    newest = max(points, default=None)
    if newest is None or (as_of - newest).days > limits.settled_within:
        return None
    days = [newest - timedelta(days=back) for back in range(limits.days)]
    usable = {day: point for day, point in points.items() if day not in left_out}
    judged = [_day(kpi, limits, usable, day, days) for day in days]
    scores = [score for score in judged if score is not None]
    if len(scores) < len(days) or len({math.copysign(1.0, z) for _, z in scores}) > 1:
        return None
    return newest, *scores[0]


def _day(
    kpi: Kpi, limits: Unusual, usable: Mapping[date, Point], day: date, judged: Collection[date]
) -> tuple[float, float] | None:
    """Return the median that a day is compared with and its z; None where the day is not unusual, or nobody can say."""
    past = [usable[earlier] for earlier in _earlier(day, limits.weeks) if earlier in usable and earlier not in judged]
    if day not in usable or len(past) < limits.needed:
        return None
    value, typical = usable[day].value, median(point.value for point in past)
    volume = median(point.value if kpi.volume == "value" else point.denominator for point in past)
    if volume < kpi.at_least or not typical or abs(value - typical) * 100 < kpi.change_pct * abs(typical):
        return None
    z = robust_z(value, [point.value for point in past], noise=_noise(kpi, typical, past))
    return (typical, z) if z is not None and abs(z) >= limits.z else None


def _noise(kpi: Kpi, typical: float, past: Sequence[Point]) -> float:
    """Return the spread of a count by chance, its square root; that of a rate is as much of it as that of what it counts."""
    if kpi.volume == "value":
        return math.sqrt(abs(typical))
    counted = median(point.numerator for point in past)
    return abs(typical) / math.sqrt(counted) if counted > 0 else 0.0


def _earlier(day: date, weeks: int) -> Iterator[date]:
    return (day - _WEEK * back for back in range(1, weeks + 1))
