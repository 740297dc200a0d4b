"""The worlds by name, and the world object that renders their reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from sellerwatch.core.errors import unknown_value
from sellerwatch.core.marketplaces import BY_ID
from sellerwatch.simulator.documents.rendering import fatal, render
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.ports import Rendered, ReportRequest, Seller
from sellerwatch.simulator.world.books import WorldBooks
from sellerwatch.simulator.world.ordinary_plans import ordinary_plans
from sellerwatch.simulator.world.plans import ListingPlan
from sellerwatch.simulator.world.scripted_plans import story_plans
from sellerwatch.simulator.world.sellers import SELLERS

REFRESH_HOURS: Final = 3


class SimulatedWorld:
    """Implements `ports.World`; may be used by several threads."""

    def __init__(self, sellers: tuple[Seller, ...], books: Books) -> None:
        """Keep the accounts and the books they share."""
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
            return render(self._books, seller, replace(request, now=last_refresh(request)))


def last_refresh(request: ReportRequest) -> datetime:
    """Return the start of the three-hour block of the marketplace's local day in which the report is made."""
    place = BY_ID.get(request.marketplace_ids[0]) if request.marketplace_ids else None
    local = request.now.astimezone(place.zone if place else UTC)
    return local.replace(hour=local.hour - local.hour % REFRESH_HOURS, minute=0, second=0, microsecond=0).astimezone(UTC)


def _demo_plans(seed: int) -> list[ListingPlan]:
    return [*story_plans(), *ordinary_plans(seed)]


WORLDS: dict[str, tuple[tuple[Seller, ...], Callable[[int], list[ListingPlan]]]] = {"demo": (SELLERS, _demo_plans)}
"""Per world: its sellers, and the plans of its listings for a seed."""


def build_world(name: str = "demo", seed: int = 7) -> SimulatedWorld:
    """Return the named world; the same name and seed give the same bytes for the same request, everywhere.

    Raises:
        ConfigError: no world has the name; the message lists all names.
    """
    if name not in WORLDS:
        raise unknown_value(name, WORLDS, what="world", where="simulator")
    sellers, plans = WORLDS[name]
    return SimulatedWorld(sellers, WorldBooks(plans(seed), seed))
