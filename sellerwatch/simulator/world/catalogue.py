"""The worlds by name, and the world object that renders their reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from sellerwatch.core.errors import unknown_value
from sellerwatch.core.marketplaces import BY_ID
from sellerwatch.simulator.documents.rendering import fatal, render
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.hostile.mischief import Mischief
from sellerwatch.simulator.ports import Rendered, ReportRequest, Seller
from sellerwatch.simulator.world.awkward_plans import awkward_plans
from sellerwatch.simulator.world.books import WorldBooks
from sellerwatch.simulator.world.ordinary_plans import JAPAN, RANGES, ordinary_plans
from sellerwatch.simulator.world.plans import ListingPlan
from sellerwatch.simulator.world.scripted_plans import story_plans
from sellerwatch.simulator.world.sellers import FURTHER_SELLERS, SELLERS

REFRESH_HOURS: Final = 3


class SimulatedWorld:
    """Implements `ports.World`; may be used by several threads. With ``mischief`` its documents and its API misbehave."""

    def __init__(self, sellers: tuple[Seller, ...], books: Books, mischief: Mischief | None = None) -> None:
        """Keep the accounts and the books they share."""
        self.mischief = mischief
        self._sellers = {seller.seller_id: seller for seller in sellers}
        self._books = books
        self._lock = Lock()

    @property
    def sellers(self) -> tuple[Seller, ...]:
        """Every seller account of the world."""
        return tuple(self._sellers.values())

    def render(self, request: ReportRequest) -> Rendered:
        """Return the report as Amazon would have made it at ``request.now``.

        Amazon's reports show what its own stores were last refreshed with. Here that is every three hours of the local day,
        so that reports asked for one after the other in a night tell of the same moment.
        """
        seller = self._sellers.get(request.seller_id)
        if seller is None:
            return fatal(f"{request.report_type}: there is no seller {request.seller_id} in this world.")
        with self._lock:
            rendered = self._render(request)
            return self.mischief.spoil(request, rendered, self._render) if self.mischief else rendered

    def _render(self, request: ReportRequest) -> Rendered:
        return render(self._books, self._sellers[request.seller_id], replace(request, now=last_refresh(request)))


def last_refresh(request: ReportRequest) -> datetime:
    """Return the start of the three-hour block of the marketplace's local day in which the report is made."""
    place = BY_ID.get(request.marketplace_ids[0]) if request.marketplace_ids else None
    local = request.now.astimezone(place.zone if place else UTC)
    return local.replace(hour=local.hour - local.hour % REFRESH_HOURS, minute=0, second=0, microsecond=0).astimezone(UTC)


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
"""Every world by name. Clean and hostile have one and the same books: the demo's, a Japanese store, and awkward names."""


def build_world(name: str = "demo", seed: int = 7) -> SimulatedWorld:
    """Return the named world; the same name and seed give the same bytes for the same request, everywhere.

    Raises:
        ConfigError: no world has the name; the message lists all names.
    """
    if name not in WORLDS:
        raise unknown_value(name, WORLDS, what="world", where="simulator")
    recipe = WORLDS[name]
    mischief = Mischief(recipe.sellers, seed) if recipe.is_hostile else None
    return SimulatedWorld(recipe.sellers, WorldBooks(recipe.plans(seed), seed), mischief)
