"""The plans of a seller whose supply is often late or too little: what sells out, and when, follows from the seed alone.

Nothing here knows of rules. Shipments are planned for a demand that then comes otherwise, and land when they land.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days
from sellerwatch.simulator.documents.shapes import Listing
from sellerwatch.simulator.world.chance import draws
from sellerwatch.simulator.world.plans import (
    FIRST_DAY,
    PROMOTION_EVERY_WEEKS,
    ChanceDemand,
    ListingPlan,
    Shipment,
    Supply,
    shipment,
)

PLACE: Final = BY_CODE["US"]
LISTINGS: Final = 30
CYCLE_DAYS: Final = (10, 38)
"""A listing is supplied every so many days, from the fewest to the most, with what sells from one shipment to the next."""

LATE_SHARE: Final = 0.35
LATE_DAYS: Final = (4, 16)
"""Of a late shipment: from so many days to so many."""

SHORT_SHARES: Final = (0.7, 1.2)
"""A shipment brings from so much to so much of what the plan needs."""

JUMP_SHARE: Final = 0.25
"""Of the listings so many are wanted much more for some days: a mention in the press, or a competitor who is sold out."""

JUMP_FACTORS: Final = (3.0, 7.0)
JUMP_DAYS: Final = (4, 9)

Luck = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class JumpyDemand(ChanceDemand):
    """Demand that is a multiple of itself on some days, which nobody could know of before."""

    jumps: Mapping[date, float] = field(default_factory=dict)

    def wanted(self, day: date, luck: Luck) -> int:
        """Return the units people would buy."""
        return int(ChanceDemand.wanted(self, day, luck) * self.jumps.get(day, 1.0))


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """How often a listing is supplied, and until when."""

    number: int
    cycle_days: int
    until: date


def plans(seed: int, days: Days, listings: int = LISTINGS) -> list[ListingPlan]:
    """Return the plan of every listing; demand jumps within the days."""
    return [_plan(number, seed, days) for number in range(listings)]


def _plan(number: int, seed: int, days: Days) -> ListingPlan:
    luck = draws(seed, number, "supply")
    demand = JumpyDemand(
        rate=0.8 + 9.0 * luck[0] * luck[0],
        trend=(luck[1] - 0.4) * 0.006,
        promotion_phase=int(luck[2] * PROMOTION_EVERY_WEEKS) if luck[3] < 0.5 else None,  # noqa: PLR2004  half of them are promoted
        jumps=_jumps(luck, days) if luck[4] < JUMP_SHARE else {},
    )
    cycle = int(_between(CYCLE_DAYS, luck[10]))
    shipments = _shipments(_Rhythm(number, cycle, days.last + timedelta(days=40)), seed, demand)
    supply = Supply(int(demand.rate * (cycle + 4 + 20 * luck[5])), tuple(shipments))
    return ListingPlan(_listing(number, luck), demand, supply, sessions_per_unit=9.0)


def _jumps(luck: Luck, days: Days) -> Mapping[date, float]:
    first = days.first + timedelta(days=int(luck[6] * (len(days) - JUMP_DAYS[1])))
    length = int(_between(JUMP_DAYS, luck[7]))
    return {first + timedelta(days=offset): _between(JUMP_FACTORS, luck[8]) for offset in range(length)}


def _shipments(plan: _Rhythm, seed: int, demand: ChanceDemand) -> Iterator[Shipment]:
    """Yield shipments planned in a rhythm, each as large and as late as it happens to be."""
    planned = FIRST_DAY + timedelta(days=int(plan.cycle_days * (0.5 + draws(seed, plan.number, "rhythm")[0])))
    while planned < plan.until:
        luck = draws(seed, plan.number, "shipment", planned)
        late = int(_between(LATE_DAYS, luck[1])) if luck[0] < LATE_SHARE else int(3 * luck[1])
        units = max(10, int(demand.level(planned) * plan.cycle_days * _between(SHORT_SHARES, luck[2])))
        yield shipment(units, created_on=planned - timedelta(days=21), lands_on=planned + timedelta(days=late))
        planned += timedelta(days=plan.cycle_days)


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share


def _listing(number: int, luck: Luck) -> Listing:
    return Listing(
        sku=f"SW-{number:03d}",
        marketplace=PLACE,
        asin=f"B0SEED{number:04d}",
        parent_asin=f"B0SEEP{number // 4:04d}",
        fnsku=f"X00SED{number:04d}",
        title=f"Seeded product {number}",
        category="Home",
        price_cents=999 + 10 * int(300 * luck[9]),
        cubic_size=Decimal("0.20"),
        is_fba=True,
        listed_on=FIRST_DAY,
        stocked_since=FIRST_DAY - timedelta(days=30),
    )
