"""Plans for the listings that are not in the story: brisk, slow, dead, new and merchant-fulfilled ones, all well supplied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.simulator.documents.shapes import Listing
from sellerwatch.simulator.world.chance import draws
from sellerwatch.simulator.world.families import FAMILIES, Family, Variant
from sellerwatch.simulator.world.plans import (
    FIRST_DAY,
    PROMOTION_EVERY_WEEKS,
    ChanceDemand,
    ListingPlan,
    Supply,
)

LAST_DAY_OF_THE_DEAD = date(2026, 8, 20)
STRANDED_SINCE = date(2026, 9, 4)
Luck = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The ordinary products of one marketplace: ``first`` to before ``last`` in the list of all variants.

    ``rate_factor`` scales demand, ``price_pct`` the price; ``roles`` and ``skus`` set single products apart by number.
    A price is a multiple of ``price_step`` and ``price_end`` more, in cents.
    """

    code: str
    prefix: str
    first: int
    last: int
    rate_factor: float
    price_pct: int
    roles: Mapping[int, str]
    skus: Mapping[int, str]
    price_step: int = 10
    price_end: int = 9


RANGES = (
    Range(
        "US", "CR", 0, 102, 1.0, 100,
        roles={8: "new", 11: "ancient", 22: "merchant", 37: "dead", 55: "merchant", 64: "dead", 70: "new", 80: "dead_empty", 91: "merchant"},
        skus={3: "00501", 41: "NA"},
    ),
    Range("DE", "AL", 0, 57, 0.8, 95, roles={15: "dead", 29: "merchant", 44: "new"}, skus={}),
    Range("UK", "AL", 33, 71, 0.55, 82, roles={60: "dead", 66: "dead_empty"}, skus={}),
)  # fmt: skip
"""DE and UK share the products where their ranges overlap."""

JAPAN = Range("JP", "KU", 20, 32, 0.7, 15_000, roles={23: "merchant", 29: "dead"}, skus={}, price_step=10_000, price_end=0)
"""The Japanese range; the demo world has none."""

TITLES: dict[str, Callable[[Family, Variant], str]] = {
    "US": lambda family, variant: f"Cascade {family.english}, {variant.english}",
    "DE": lambda family, variant: f"Alpin {family.german}, {variant.german}",
    "UK": lambda family, variant: f"Alpine {family.english}, {variant.english}",
    # In cp932 the second byte of the first letters is a backslash or a bar.
    "JP": lambda family, variant: f"ソーシャル能率表 ポット {family.english} ({variant.english})",
}
VARIANTS = tuple((family, variant) for family in FAMILIES for variant in family.variants)


@dataclass(frozen=True, slots=True)
class Role:
    """How a kind of product sells: units a day, days of stock at the start, and whether it is ever supplied again."""

    rate: Callable[[Luck], float]
    opening: Callable[[float, Luck], int]
    is_reordered: bool = True
    last_day: date = date.max
    listed_on: date = FIRST_DAY
    shelf_days: int = 20
    is_fba: bool = True
    is_plain: bool = False
    stranded_since: date | None = None


def _brisk(luck: Luck) -> float:
    return 0.6 + 9.0 * luck[0] * luck[0]


def _slow(luck: Luck) -> float:
    return 0.06 + 0.3 * luck[0]


def _fading(_luck: Luck) -> float:
    return 0.8


def _usual_stock(rate: float, luck: Luck) -> int:
    return 15 + int(rate * (40 + 35 * luck[1]))


def _dead(shelf_days: int) -> Role:
    """Return what stopped selling and lies without an offer; with the longer time it is older than a year."""
    return Role(
        _fading,
        lambda _rate, _luck: 160,
        is_reordered=False,
        last_day=LAST_DAY_OF_THE_DEAD,
        shelf_days=shelf_days,
        stranded_since=STRANDED_SINCE,
    )


ROLES = {
    "ordinary": Role(_brisk, _usual_stock),
    "slow": Role(_slow, _usual_stock),
    "merchant": Role(_brisk, _usual_stock, is_fba=False),
    "new": Role(_brisk, lambda rate, _luck: 20 + int(rate * 60), listed_on=date(2026, 10, 29), shelf_days=0),
    "dead": _dead(shelf_days=60),
    "ancient": _dead(shelf_days=330),
    "dead_empty": Role(_fading, lambda _rate, _luck: 30, is_reordered=False, last_day=LAST_DAY_OF_THE_DEAD, is_plain=True),
}
"""Every kind of product outside the story."""

SLOW_EVERY = 6


def ordinary_plans(seed: int, ranges: Sequence[Range] = RANGES) -> list[ListingPlan]:
    """Return the plans of every listing of the ranges."""
    return [_plan(part, number, seed) for part in ranges for number in range(part.first, part.last)]


def _plan(part: Range, number: int, seed: int) -> ListingPlan:
    usual = "slow" if number % SLOW_EVERY == SLOW_EVERY - 1 else "ordinary"
    role = ROLES[part.roles.get(number, usual)]
    luck = draws(seed, part.code, number, "plan")
    rate = role.rate(luck) * part.rate_factor
    demand = ChanceDemand(
        rate=rate,
        trend=(luck[2] - 0.4) * 0.002,
        promotion_phase=int(luck[3] * PROMOTION_EVERY_WEEKS) if luck[4] < 0.6 else None,  # noqa: PLR2004  most are promoted
        last_day=role.last_day,
    )
    supply = Supply(role.opening(rate, luck), reorders_from=role.listed_on if role.is_reordered else None)
    listing = _listing(part, number, role, luck)
    return ListingPlan(
        listing,
        demand,
        supply,
        sessions_per_unit=5.0 + 12.0 * luck[6],
        is_plain=role.is_plain,
        stranded_since=role.stranded_since,
    )


def _listing(part: Range, number: int, role: Role, luck: Luck) -> Listing:
    family, variant = VARIANTS[number]
    return Listing(
        sku=part.skus.get(number, f"{part.prefix}-{family.key}-{variant.key}"),
        marketplace=marketplace(part.code),
        asin=f"B0SIM{part.prefix[0]}{number:04d}",
        parent_asin=f"B0SIMP{part.prefix[0]}{FAMILIES.index(family):03d}",
        fnsku=f"X00SI{part.prefix[0]}{number:04d}" if role.is_fba else "",
        title=TITLES[part.code](family, variant),
        category=family.category,
        price_cents=_price(family.price_cents + 100 * family.variants.index(variant), part),
        cubic_size=family.cubic_feet,
        is_fba=role.is_fba,
        listed_on=role.listed_on,
        stocked_since=role.listed_on - timedelta(days=role.shelf_days + (int(luck[5] * 120) if role.shelf_days else 0)),
    )


def _price(cents: int, part: Range) -> int:
    """Return a shop price: one that ends in 9, or whole hundreds of yen."""
    return cents * part.price_pct // 100 // part.price_step * part.price_step + part.price_end
