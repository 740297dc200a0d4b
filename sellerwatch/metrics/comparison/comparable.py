"""Which periods a value may be compared with: those of its own past, less the days that are unlike others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection, or_, select

from sellerwatch.core.errors import unknown_value
from sellerwatch.core.marketplaces import BY_CODE, Marketplace
from sellerwatch.core.periods import Days, end_of_day, months_before, start_of_day
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.user import USER

MethodName = Literal["weekday_8w", "runs_8w", "median_28d", "median_56d", "median_12m"]


@dataclass(frozen=True, slots=True)
class Method:
    """How periods of the own past are chosen.

    Attributes:
        step_days: from one to the next, backwards; 0 for calendar months.
        count: how many.
        needed: how many of them have to be comparable, or there is no baseline.
        periods: the periods it is for; others would overlap and be compared with themselves.
    """

    step_days: int
    count: int
    needed: int
    periods: tuple[Period, ...]


METHODS: Final[Mapping[MethodName, Method]] = {
    "weekday_8w": Method(7, 8, 4, ("day", "d7", "week")),
    "runs_8w": Method(14, 4, 3, ("d14",)),
    "median_28d": Method(1, 28, 14, ("day",)),
    "median_56d": Method(1, 56, 28, ("day",)),
    "median_12m": Method(0, 12, 3, ("month",)),
}
"""The same weekday of eight weeks (of a run of seven days: the eight runs before it), the four runs of fourteen days in them, the last
days, and the last months."""

DAYS_OF: Final[Mapping[Period, int]] = {"day": 1, "d7": 7, "d14": 14, "week": 7}
"""Days of the periods that are left out when one of their days is unlike others; a month always holds such days."""

UNLIKE: Final = ("peak", "promotion", "holiday", "logistics_delay", "experiment")
"""Kinds of the user table ``event`` whose days are unlike others. A season or a policy lasts: it is how things are."""

LONG_OFFER: Final = timedelta(days=28)
"""A promotion or coupon that runs longer is how the product is sold, and no exception."""

NOT_RUNNING: Final = ("CANCELED", "CANCELLED", "PENDING_APPROVAL", "NEEDS_YOUR_ATTENTION", "REJECTED")
"""Amazon's words for promotions that buyers do not see."""


class Pair(NamedTuple):
    """A judged period and one that it is compared with, each by its last day."""

    marketplace: str
    judged_on: date
    compared_on: date
    is_event: bool


class DayOf(NamedTuple):
    """A day of a compared period, with the instants at which it begins and ends where it is."""

    marketplace: str
    compared_on: date
    day: date
    starts_at: datetime
    ends_at: datetime


class Offer(NamedTuple):
    """A promotion or coupon that ran."""

    marketplace: str
    offer_id: str
    starts_at: datetime
    ends_at: datetime


def method_for(name: str, period: Period) -> Method:
    """Return the method.

    Raises:
        ConfigError: there is none of the name, or it is not for the period.
    """
    fitting = {known: method for known, method in METHODS.items() if period in method.periods}
    for known, method in fitting.items():
        if known == name:
            return method
    raise unknown_value(name, fitting or ("none",), what=f"baseline for the period {period}")


def compared_periods(method: Method, period: Period, on: date) -> list[Days]:
    """Return the periods that one which ends on a day is compared with, newest first."""
    if not method.step_days:
        return months_before(on.replace(day=1), method.count)[::-1]
    ends = (on - timedelta(days=method.step_days * back) for back in range(1, method.count + 1))
    return [Days(end - timedelta(days=DAYS_OF[period] - 1), end) for end in ends]


def pairs(method: Method, period: Period, judged: Iterable[date], events: Mapping[str, set[date]]) -> Iterator[Pair]:
    """Yield what each judged period is compared with, in every marketplace that ``events`` has."""
    for on in judged:
        for days in compared_periods(method, period, on):
            for marketplace, unlike in events.items():
                yield Pair(marketplace, on, days.last, period in DAYS_OF and not unlike.isdisjoint(days))


def days_of(found: Iterable[Pair], period: Period) -> Iterator[DayOf]:
    """Yield the days of the compared periods, each once."""
    for marketplace, last in dict.fromkeys((pair.marketplace, pair.compared_on) for pair in found):
        if marketplace in BY_CODE and period in DAYS_OF:
            zone = BY_CODE[marketplace].zone
            for day in Days(last - timedelta(days=DAYS_OF[period] - 1), last):
                yield DayOf(marketplace, last, day, start_of_day(day, zone), end_of_day(day, zone))


def event_days(connection: Connection, settings: Settings, store_id: str, metric: str, reach: Days) -> dict[str, set[date]]:
    """Return the declared days of each marketplace of the store; a day of any of them is one of the whole store's."""
    return declared_days(connection, settings, store_id, (metric,), reach)[metric]


def declared_days(
    connection: Connection, settings: Settings, store_id: str, metrics: Iterable[str], reach: Days
) -> dict[str, dict[str, set[date]]]:
    """Return the same of several metrics, in one statement."""
    said = _user_events(connection, store_id, reach)
    return {metric: _days_of_places(settings, store_id, metric, said, reach) for metric in metrics}


def _days_of_places(settings: Settings, store_id: str, metric: str, said: Iterable[Any], reach: Days) -> dict[str, set[date]]:
    user = [(row.marketplace, row.valid_from, row.valid_to) for row in said if not row.kpis or metric in row.kpis.split()]
    found = {
        place: {
            day
            for day in reach
            if any(event.concerns(place, day) for event in settings.events)
            or any(code in {EVERY, place} and first <= day < end for code, first, end in user)
        }
        for place in settings.store(store_id).marketplaces
    }
    return found | {EVERY_MARKETPLACE: set[date]().union(*found.values())}


def _user_events(connection: Connection, store_id: str, reach: Days) -> list[Any]:
    table = USER["event"]
    rows = connection.execute(
        select(table).where(
            table.c.store.in_((EVERY, store_id)),
            table.c.kind.in_(UNLIKE),
            table.c.valid_from <= reach.last,
            table.c.valid_to > reach.first,
        ),
    )
    return list(rows)


def offers(connection: Connection, store_id: str, places: Iterable[Marketplace], kind: str, reach: Days) -> list[Offer]:
    """Return the promotions or coupons that ran on one of the days, less those that run all the time.

    Args:
        connection: the warehouse.
        store_id: the store.
        places: its marketplaces.
        kind: ``promotion`` or ``coupon``.
        reach: the days.
    """
    table = FACTS[kind]
    bounds = {place.code: (start_of_day(reach.first, place.zone), end_of_day(reach.last, place.zone)) for place in places}
    runs: list[Any] = [
        (table.c.marketplace == code) & (table.c.starts_at_utc < end) & (table.c.ends_at_utc > start)
        for code, (start, end) in bounds.items()
    ]
    statement = select(table.c.marketplace, table.c[f"{kind}_id"], table.c.starts_at_utc, table.c.ends_at_utc).where(
        table.c.store_id == store_id, or_(*runs)
    )
    if "status" in table.c:
        statement = statement.where(or_(table.c.status.is_(None), table.c.status.not_in(NOT_RUNNING)))
    found = (Offer(*row) for row in connection.execute(statement))
    return sorted(offer for offer in found if offer.ends_at - offer.starts_at <= LONG_OFFER)
