"""The worlds by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sellerwatch.core.errors import unknown_value
from sellerwatch.simulator.hostile.mischief import Mischief
from sellerwatch.simulator.ports import Seller
from sellerwatch.simulator.world.awkward_plans import awkward_plans
from sellerwatch.simulator.world.books import WorldBooks
from sellerwatch.simulator.world.ordinary_plans import JAPAN, RANGES, ordinary_plans
from sellerwatch.simulator.world.plans import ListingPlan
from sellerwatch.simulator.world.scripted_plans import story_plans
from sellerwatch.simulator.world.sellers import FURTHER_SELLERS, SELLERS
from sellerwatch.simulator.world.simulated import SimulatedWorld
from sellerwatch.simulator.world.wide import WideWorld, wide_sellers


def _demo_plans(seed: int) -> list[ListingPlan]:
    return [*story_plans(), *ordinary_plans(seed)]


def _further_plans(seed: int) -> list[ListingPlan]:
    return [*story_plans(), *ordinary_plans(seed, (*RANGES, JAPAN)), *awkward_plans()]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a world is made of: its sellers, the plans of its listings for a seed, and whether it misbehaves."""

    sellers: tuple[Seller, ...]
    plans: Callable[[int], list[ListingPlan]]
    is_hostile: bool = False


WORLDS: dict[str, Recipe] = {
    "demo": Recipe(SELLERS, _demo_plans),
    "clean": Recipe(FURTHER_SELLERS, _further_plans),
    "hostile": Recipe(FURTHER_SELLERS, _further_plans, is_hostile=True),
}
"""Every world with a story, by name. Clean and hostile have the same books: the demo's, a Japanese store, and awkward names."""

WIDE = "wide"
"""The world without a story: many products in three marketplaces, for benchmarks."""


def build_world(name: str = "demo", seed: int = 7) -> SimulatedWorld:
    """Return the named world; the same name and seed give the same bytes for the same request, everywhere.

    Raises:
        ConfigError: no world has the name; the message lists all names.
    """
    if name == WIDE:
        return WideWorld(wide_sellers(1), seed)
    if name not in WORLDS:
        raise unknown_value(name, (*WORLDS, WIDE), what="world", where="simulator")
    recipe = WORLDS[name]
    mischief = Mischief(recipe.sellers, seed) if recipe.is_hostile else None
    return SimulatedWorld(recipe.sellers, WorldBooks(recipe.plans(seed), seed), mischief)
