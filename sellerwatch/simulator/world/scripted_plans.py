"""Plans for the story's listings: the stock they must have on the day is worked back into shipments long before."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.simulator.documents.shapes import Listing
from sellerwatch.simulator.world.plans import FIRST_DAY, ListingPlan, Shipment, SteadyDemand, Supply, shipment
from sellerwatch.simulator.world.story import BUFFER_DAYS, REORDERS_FROM, RESTOCKED_ON, STORY, StoryListing

CREATED_BEFORE = timedelta(days=14)


def story_plans() -> list[ListingPlan]:
    """Return the plan of every story listing."""
    numbers = {sku: number for number, sku in enumerate(dict.fromkeys(item.sku for item in STORY), start=9000)}
    return [_plan(item, numbers[item.sku]) for item in STORY]


def _plan(story: StoryListing, number: int) -> ListingPlan:
    listing = Listing(
        sku=story.sku,
        marketplace=marketplace(story.marketplace),
        asin=f"B0SIMS{number}",
        parent_asin=f"B0SIMP{number}",
        fnsku=f"X00SIM{number}",
        title=story.title,
        category=story.category,
        price_cents=story.price_cents,
        cubic_size=Decimal("0.35"),
        is_fba=True,
        listed_on=FIRST_DAY,
        stocked_since=FIRST_DAY - timedelta(days=10),
    )
    demand = SteadyDemand(story.daily_units, story.demand_on)
    supply = _supply(story, demand)
    return ListingPlan(listing, demand, supply, sessions_per_unit=8.0, is_plain=True, withdrawn=story.withdrawn)


def _supply(story: StoryListing, demand: SteadyDemand) -> Supply:
    """Return the supply that keeps a buffer until the last restock and leaves ``stock`` at midnight of ``stock_on``."""
    buffer, next_day = BUFFER_DAYS * story.daily_units, timedelta(days=1)
    shipments = [_landing(first, demand.total(first + next_day, last)) for first, last in pairwise(RESTOCKED_ON)]
    rest = demand.total(RESTOCKED_ON[-1] + next_day, story.stock_on - next_day)
    shipments.append(_landing(RESTOCKED_ON[-1], rest + story.stock - buffer))
    shipments += [_landing(day, units) for day, units in story.arrivals.items()]
    return Supply(buffer + demand.total(FIRST_DAY, RESTOCKED_ON[0]), tuple(shipments), REORDERS_FROM)


def _landing(day: date, units: int) -> Shipment:
    return shipment(units, created_on=day - CREATED_BEFORE, lands_on=day)
