"""What advertising costs: a share of what a listing is expected to sell, while there is something to sell."""

from __future__ import annotations

from datetime import date

from sellerwatch.simulator.documents.shapes import StockDay
from sellerwatch.simulator.world.chance import draws
from sellerwatch.simulator.world.plans import ListingPlan

ADVERTISED_SHARE = 0.6
SPEND_PER_MILLE = 95
"""Average spend per thousand of expected sales of an advertised listing."""


def ad_cents_on(plan: ListingPlan, day: date, *, stock: StockDay, seed: int) -> int:
    """Return the day's advertising cost; nothing for listings that are never advertised or have no stock that morning."""
    listing = plan.listing
    is_advertised = draws(seed, listing.marketplace.code, listing.sku, "advertised")[0] < ADVERTISED_SHARE
    if not is_advertised or not stock.opening:
        return 0
    luck = draws(seed, listing.marketplace.code, listing.sku, "advertising", day)
    return int(plan.demand.level(day) * listing.price_cents * SPEND_PER_MILLE / 1000 * (0.6 + 0.8 * luck[0]))
