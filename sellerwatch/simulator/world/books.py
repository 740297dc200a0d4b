"""The books of a world: days of stock, orders and traffic, worked out when asked for and remembered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.shapes import Listing, OrderLine, StockDay, Traffic
from sellerwatch.simulator.world.orders import lines_on
from sellerwatch.simulator.world.plans import ListingPlan
from sellerwatch.simulator.world.stock import stock_days
from sellerwatch.simulator.world.traffic import traffic_on


class WorldBooks:
    """Implements `documents.shapes.Books` for a set of plans; not safe for use by several threads at once."""

    def __init__(self, plans: Sequence[ListingPlan], seed: int) -> None:
        """Keep the plans by marketplace; nothing is worked out yet."""
        self._seed = seed
        self._plans: dict[str, dict[str, ListingPlan]] = {}
        for plan in plans:
            self._plans.setdefault(plan.listing.marketplace.code, {})[plan.listing.sku] = plan
        self._running: dict[tuple[str, str], tuple[list[StockDay], Iterator[StockDay]]] = {}
        self._lines: dict[tuple[str, date], tuple[OrderLine, ...]] = {}

    def listings(self, marketplace: Marketplace, day: date) -> Sequence[Listing]:
        """Return the listings that exist on the day."""
        return [plan.listing for plan in self._plans_on(marketplace, day)]

    def history(self, listing: Listing, until: date) -> Sequence[StockDay]:
        """Return the listing's stock days from its first to ``until``."""
        wanted = (until - listing.listed_on).days + 1
        return self._days(listing, wanted)[: max(0, wanted)]

    def lines(self, marketplace: Marketplace, day: date) -> Sequence[OrderLine]:
        """Return the lines purchased on the local day."""
        key = (marketplace.code, day)
        if key not in self._lines:
            stocked = [(plan, self._stock(plan.listing, day)) for plan in self._plans_on(marketplace, day)]
            self._lines[key] = lines_on(stocked, marketplace, day=day, seed=self._seed)
        return self._lines[key]

    def traffic(self, listing: Listing, day: date) -> Traffic:
        """Return the day's final traffic."""
        plan = self._plans[listing.marketplace.code][listing.sku]
        return traffic_on(plan, day, stock=self._stock(listing, day), seed=self._seed)

    def _plans_on(self, marketplace: Marketplace, day: date) -> list[ListingPlan]:
        return [plan for plan in self._plans[marketplace.code].values() if plan.listing.listed_on <= day]

    def _stock(self, listing: Listing, day: date) -> StockDay:
        offset = (day - listing.listed_on).days
        return self._days(listing, offset + 1)[offset]

    def _days(self, listing: Listing, wanted: int) -> list[StockDay]:
        """Return the remembered days of the listing, at least ``wanted`` of them."""
        key = (listing.marketplace.code, listing.sku)
        if key not in self._running:
            self._running[key] = ([], stock_days(self._plans[key[0]][key[1]], self._seed))
        days, rest = self._running[key]
        days.extend(islice(rest, max(0, wanted - len(days))))
        return days
