"""Which days of a feed Amazon can still be asked for, and why not for the others."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sellerwatch.core.periods import Days
from sellerwatch.settings.models import CalendarPeriod, ListedPeriod, RangePeriod, ReportPull, SnapshotPeriod

_DAY = timedelta(days=1)

PRESENT_ONLY = "a report of the present state: Amazon makes none of a day gone by"
UP_TO_NOW = "asked for by last update, and so up to now"
NO_PRODUCTS = "it is asked for product by product, and none is known yet: the nightly stock and listings reports bring them"


def is_of_the_present(pull: ReportPull) -> bool:
    """Tell whether a report always speaks of now, however old the days are that it is asked for by."""
    return isinstance(pull, SnapshotPeriod) or (isinstance(pull, RangePeriod) and pull.sent_as == "until_now")


def why_no_past(pull: ReportPull, pulled: Container[str]) -> str:
    """Return why a report of the present is not asked for days gone by, and what is instead."""
    if not isinstance(pull, RangePeriod):
        return PRESENT_ONLY
    if pull.history_from is None:
        return f"{UP_TO_NOW}; name a feed that has the past as its history_from in reports.yaml"
    return f"{UP_TO_NOW}; take {pull.history_from}" + ("" if pull.history_from in pulled else ", which the store does not pull")


@dataclass(frozen=True, slots=True)
class Askable:
    """The days that can be asked for, if any, and those that cannot, each run with the reason."""

    days: Days | None
    left_out: tuple[tuple[Days, str], ...] = ()


def askable(pull: RangePeriod | CalendarPeriod | ListedPeriod, days: Days, today: date) -> Askable:
    """Return what can be asked for of the days, on this day of the store."""
    left: list[tuple[Days, str]] = []
    first, last = days.first, days.last
    if last >= today:
        left.append((Days(max(first, today), last), f"the day is not over yet: in the store it is {today}"))
        last = today - _DAY
    oldest = today - timedelta(days=pull.keeps_days - 1) if pull.keeps_days else first
    if first < oldest and first <= last:
        why = f"Amazon keeps it for {pull.keeps_days} days: nothing before {oldest} can be had"
        left.append((Days(first, min(last, oldest - _DAY)), why))
        first = oldest
    return Askable(Days(first, last) if first <= last else None, tuple(left))


def whole_periods(pull: CalendarPeriod, days: Days, today: date) -> tuple[tuple[Days, ...], tuple[tuple[Days, str], ...]]:
    """Return the weeks or months that can be asked for, newest first, and the rest of the days, each run with the reason."""
    whole: list[Days] = []
    left: list[tuple[Days, str]] = []
    for period in _PERIODS[pull.period](days):
        inside = Days(max(period.first, days.first), min(period.last, days.last))
        ready_on = period.last + timedelta(days=pull.ready_after_days)
        if inside != period:
            left.append((inside, f"only whole {_CALLED[pull.period]} can be asked for, and this one is {period}"))
        elif ready_on > today:
            left.append((period, f"Amazon has it {pull.ready_after_days} days after its end, on {ready_on}"))
        else:
            whole.append(period)
    return tuple(whole), tuple(left)


def _weeks(days: Days) -> Iterator[Days]:
    """Yield the weeks, Sunday to Saturday, that the days touch, newest first."""
    last = days.last + timedelta(days=(5 - days.last.weekday()) % 7)
    while last >= days.first:
        yield Days(last - timedelta(days=6), last)
        last -= timedelta(days=7)


def _months(days: Days) -> Iterator[Days]:
    """Yield the months that the days touch, newest first."""
    first = days.last.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - _DAY
    while last >= days.first:
        yield Days(first, last)
        last = first - _DAY
        first = last.replace(day=1)


_PERIODS = {"weeks": _weeks, "months": _months}
_CALLED = {"weeks": "weeks (Sunday to Saturday)", "months": "months"}
