"""The books of a world: days of stock, orders and traffic, worked out when asked for and remembered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.shapes import (
    Adjustment,
    Complaint,
    Listing,
    OrderLine,
    ReturnedUnit,
    ReturnFate,
    StockDay,
    Traffic,
)
from sellerwatch.simulator.world.advertising import ad_cents_on
from sellerwatch.simulator.world.mishaps import adjustments_on, complaints_on
from sellerwatch.simulator.world.orders import lines_on
from sellerwatch.simulator.world.plans import ListingPlan
from sellerwatch.simulator.world.returns import fates_on, match_returns
from sellerwatch.simulator.world.stock import RETURN_LAG_DAYS, stock_days
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
        self._complaints: dict[tuple[str, date], tuple[Complaint, ...]] = {}

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
        return traffic_on(self._plan(listing), day, stock=self._stock(listing, day), seed=self._seed)

    def fates(self, listing: Listing, day: date) -> Sequence[ReturnFate]:
        """Return what became of each unit that came back on the day."""
        stock = self._stock(listing, day)
        return fates_on(listing, stock, self._seed) if stock.returned else ()

    def returns(self, marketplace: Marketplace, day: date) -> Sequence[ReturnedUnit]:
        """Return the units that came back on the day, by instant."""
        by_sku: dict[str, list[OrderLine]] = {}
        for line in self.lines(marketplace, day - timedelta(days=RETURN_LAG_DAYS)):
            by_sku.setdefault(line.listing.sku, []).append(line)
        matched = [
            unit
            for listing in self.listings(marketplace, day)
            for unit in match_returns(self.fates(listing, day), by_sku.get(listing.sku, ()), self._seed)
        ]
        return sorted(matched, key=lambda unit: (unit.fate.returned_at, unit.fate.plate))

    def adjustments(self, listing: Listing, day: date) -> Sequence[Adjustment]:
        """Return the warehouse's mishaps of the day; listings that are kept plain have none."""
        plan = self._plan(listing)
        return () if plan.is_plain else adjustments_on(listing, self._stock(listing, day), self._seed)

    def complaints(self, marketplace: Marketplace, day: date) -> Sequence[Complaint]:
        """Return what buyers had to say about the orders purchased on the day."""
        key = (marketplace.code, day)
        if key not in self._complaints:
            self._complaints[key] = complaints_on(self.lines(marketplace, day), self._seed)
        return self._complaints[key]

    def is_promoted(self, listing: Listing, day: date) -> bool:
        """Tell whether the listing's price is cut that day."""
        return self._plan(listing).demand.is_promoted(day)

    def stranded_since(self, listing: Listing) -> date | None:
        """Return the day from which the listing's stock has no offer."""
        return self._plan(listing).stranded_since

    def ad_cents(self, listing: Listing, day: date) -> int:
        """Return what advertising the listing cost on the day."""
        return ad_cents_on(self._plan(listing), day, stock=self._stock(listing, day), seed=self._seed)

    def _plan(self, listing: Listing) -> ListingPlan:
        return self._plans[listing.marketplace.code][listing.sku]

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
