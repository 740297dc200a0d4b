"""What is planned for a listing: how much people want of it, and how it is supplied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sellerwatch.simulator.documents.shapes import Listing

FIRST_DAY = date(2026, 6, 1)
"""The first local day of every world."""

PROMOTION_EVERY_WEEKS = 9
PROMOTION_FACTOR = 1.8
FIRST_PROMOTION_WEEKDAY = 3
WEEKDAY_SHARES = (1.06, 0.98, 0.96, 0.95, 0.94, 1.02, 1.09)
"""Demand by weekday, Monday first; the mean is one."""

WEEKDAY_STEPS = (0, -1, 0, 0, 1, 1, -1)
"""Units that a steady product sells more or less by weekday; the sum is zero."""


@dataclass(frozen=True, slots=True)
class ChanceDemand:
    """Demand with luck, a weekday pattern, a slow trend and promotions; it ends after ``last_day``."""

    rate: float
    trend: float = 0.0
    promotion_phase: int | None = None
    last_day: date = date.max

    def level(self, day: date) -> float:
        """Return the units expected on an ordinary day."""
        if day > self.last_day:
            return 0.0
        return self.rate * (1.0 + self.trend * (day - FIRST_DAY).days)

    def is_promoted(self, day: date) -> bool:
        """Tell whether the price is cut that day: Thursday to Sunday, every ninth week."""
        week = day.toordinal() // 7
        return week % PROMOTION_EVERY_WEEKS == self.promotion_phase and day.weekday() >= FIRST_PROMOTION_WEEKDAY

    def wanted(self, day: date, luck: tuple[float, ...]) -> int:
        """Return the units people would buy; their mean is the level times weekday and promotion."""
        mean = self.level(day) * WEEKDAY_SHARES[day.weekday()] * (PROMOTION_FACTOR if self.is_promoted(day) else 1.0)
        return int(mean * (0.65 + 0.35 * (luck[0] + luck[1])) + luck[2])


@dataclass(frozen=True, slots=True)
class SteadyDemand:
    """Demand without luck, so that a story comes true for every seed; single days may be set by hand."""

    units: int
    on_days: Mapping[date, int] = field(default_factory=dict)

    def level(self, _day: date) -> float:
        """Return the units expected on an ordinary day."""
        return float(self.units)

    def is_promoted(self, _day: date) -> bool:
        """Tell whether the price is cut that day: never."""
        return False

    def wanted(self, day: date, _luck: tuple[float, ...] = ()) -> int:
        """Return the units people would buy: a weekly pattern around the level."""
        step = WEEKDAY_STEPS[day.weekday()] * max(1, self.units // 8)
        return self.on_days.get(day, self.units + step)

    def total(self, first: date, last: date) -> int:
        """Return the units wanted from ``first`` to ``last``, both included."""
        return sum(self.wanted(first + timedelta(days=offset)) for offset in range((last - first).days + 1))


@dataclass(frozen=True, slots=True)
class Shipment:
    """Units sent to the warehouse; they can be sold from the morning after ``lands_on``."""

    units: int
    created_on: date
    shipped_on: date
    receiving_on: date
    lands_on: date


def shipment(units: int, *, created_on: date, lands_on: date) -> Shipment:
    """Return a shipment that leaves after three days and is being received for the last two."""
    shipped_on = min(created_on + timedelta(days=3), lands_on)
    return Shipment(units, created_on, shipped_on, max(shipped_on, lands_on - timedelta(days=2)), lands_on)


@dataclass(frozen=True, slots=True)
class Supply:
    """Stock at the start, shipments already decided, and the day from which stock is reordered by itself (None: never)."""

    opening: int
    shipments: tuple[Shipment, ...] = ()
    reorders_from: date | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An order, partly for units that are still on their way, that the buyer takes back; both times count from the day's midnight."""

    units: int
    day: date
    bought_after: timedelta
    cancelled_after: timedelta


@dataclass(frozen=True, slots=True)
class ListingPlan:
    """A listing with its demand and supply; ``is_plain`` keeps returns and unusual orders away from it.

    From ``stranded_since`` on, what is left of its stock has no offer. Its stock knows nothing of what is ``withdrawn``.
    """

    listing: Listing
    demand: ChanceDemand | SteadyDemand
    supply: Supply
    sessions_per_unit: float = 9.0
    is_plain: bool = False
    stranded_since: date | None = None
    withdrawn: tuple[Withdrawn, ...] = ()
