"""The day on which the stock of a SKU runs out, with and without what is on its way, and the last day to order more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, Literal, NamedTuple

HORIZON_DAYS: Final = 365
"""A stock-out further away than this is not worth a date."""

Why = Literal["overdue", "not_left", "no_date", "no_one_place", "not_inbound"]
"""Why units on their way are not counted: their day has passed, they have not left, nobody says when, it is not clear for which
marketplace, or Amazon, which knows the shipment, expects no more of it."""

Status = Literal["ok", "provisional", "unknown"]


class Arrival(NamedTuple):
    """Units that can be sold from a day on."""

    day: date
    units: int
    shipment: str = ""


class NotCounted(NamedTuple):
    """Units on their way that the forecast leaves out."""

    why: Why
    units: int
    day: date | None = None
    shipment: str = ""


@dataclass(frozen=True, slots=True)
class LeadTime:
    """How long it takes from an order until its units can be sold.

    Attributes:
        days: production, transit and receiving, as far as they are known.
        buffer_days: added for safety.
        is_complete: whether all three are known.
        route: the way.
    """

    days: int
    buffer_days: int
    is_complete: bool
    route: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How things stand on the morning of a day.

    Attributes:
        cover_days: days that the stock lasts; None where that is unknown.
        units_per_day: units sold on a day with stock; None where that is unknown, or nothing sells.
        status: of the cover, as it was measured.
        reason: why it is unknown or provisional.
    """

    cover_days: Fraction | None
    units_per_day: Fraction | None
    status: Status
    reason: str | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the stock of a SKU runs out.

    A day that is None is not within a year, or unknown: then the status says so.

    Attributes:
        as_of: the morning it is made for.
        status: of the two days on which stock runs out.
        reason: why they are unknown or provisional, as for days of cover.
        cover_days: days that the stock of the morning lasts.
        runs_out_on: the first day whose demand the stock does not meet; the morning itself where there is none.
        lasts_until: the same with the arrivals that come in time.
        is_lasting_known: false where an arrival comes in time and nobody knows how long it lasts.
        back_on: the first arrival after that day.
        order_by: the last day to order so that the goods are there when the stock runs out; it may have passed.
        order_status: of that day.
        order_reason: no_lead_time, lead_time_incomplete, not_within_a_year, or the reason of the forecast.
        arrivals: what is counted, by day.
        not_counted: what is on its way and left out.
    """

    as_of: date
    status: Status
    reason: str | None
    cover_days: Fraction | None = None
    runs_out_on: date | None = None
    lasts_until: date | None = None
    is_lasting_known: bool = True
    back_on: date | None = None
    order_by: date | None = None
    order_status: Status = "unknown"
    order_reason: str | None = None
    arrivals: tuple[Arrival, ...] = ()
    not_counted: tuple[NotCounted, ...] = ()

    @property
    def days_without(self) -> int | None:
        """Days between running out and the next arrival; None where neither is known."""
        return (self.back_on - self.lasts_until).days if self.back_on and self.lasts_until else None


class _Order(NamedTuple):
    """The last day to order, and what is known of it."""

    by: date | None
    status: Status
    reason: str | None


def forecast(
    pace: Pace,
    as_of: date,
    *,
    arrivals: Sequence[Arrival] = (),
    not_counted: Sequence[NotCounted] = (),
    lead_time: LeadTime | None = None,
) -> Forecast:
    """Return when the stock runs out.

    Args:
        pace: stock and velocity of the morning.
        as_of: the morning.
        arrivals: what will be there on a known day, in any order; none before the morning.
        not_counted: what is on its way and cannot be relied on; it is passed on.
        lead_time: None where nobody has entered one.
    """
    coming = tuple(sorted(arrivals))
    if pace.cover_days is None:
        return Forecast(
            as_of,
            "unknown",
            pace.reason or "no_data",
            order_reason=pace.reason or "no_data",
            arrivals=coming,
            not_counted=tuple(not_counted),
        )
    lasting = days_lasting(pace.cover_days, pace.units_per_day, as_of, coming)
    lasts_until = None if lasting is None else _day_after(as_of, lasting)
    order = _order(pace, lasts_until, lead_time, is_lasting_known=lasting is not None)
    return Forecast(
        as_of=as_of,
        status=pace.status,
        reason=pace.reason,
        cover_days=pace.cover_days,
        runs_out_on=_day_after(as_of, pace.cover_days),
        lasts_until=lasts_until,
        is_lasting_known=lasting is not None,
        back_on=next((item.day for item in coming if lasts_until and item.day > lasts_until), None),
        order_by=order.by,
        order_status=order.status,
        order_reason=order.reason,
        arrivals=coming,
        not_counted=tuple(not_counted),
    )


def days_lasting(
    cover_days: Fraction, units_per_day: Fraction | None, as_of: date, arrivals: Sequence[Arrival]
) -> Fraction | None:
    """Return how many days from the morning the stock lasts with the arrivals that come before it is gone, or on that very day.

    None where an arrival comes in time and the velocity is not known: nobody can say how long it lasts.

    Args:
        cover_days: how long the stock of the morning lasts.
        units_per_day: the velocity.
        as_of: the morning.
        arrivals: by day.
    """
    lasting = cover_days
    for arrival in arrivals:
        if (arrival.day - as_of).days > math.floor(lasting):
            break
        if not units_per_day:
            return None
        lasting += arrival.units / units_per_day
    return lasting


def _day_after(as_of: date, days: Fraction) -> date | None:
    whole = math.floor(days)
    return as_of + timedelta(days=whole) if whole <= HORIZON_DAYS else None


def _order(pace: Pace, lasts_until: date | None, lead_time: LeadTime | None, *, is_lasting_known: bool) -> _Order:
    """Return the last day to order: goods that arrive on the day on which the stock runs out are in time."""
    if lead_time is None:
        return _Order(None, "unknown", "no_lead_time")
    if lasts_until is None:
        return _Order(None, "unknown", "not_within_a_year" if is_lasting_known else "no_velocity")
    by = lasts_until - timedelta(days=lead_time.days + lead_time.buffer_days)
    if not lead_time.is_complete:
        return _Order(by, "provisional", "lead_time_incomplete")
    return _Order(by, pace.status, pace.reason)
