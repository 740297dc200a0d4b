"""Who looks at a listing: sessions that follow demand, and fall when there is nothing to buy."""

from __future__ import annotations

from datetime import date

from sellerwatch.simulator.documents.shapes import StockDay, Traffic
from sellerwatch.simulator.world.chance import draws
from sellerwatch.simulator.world.plans import PROMOTION_FACTOR, ListingPlan

CURIOUS_SESSIONS = 2
SOLD_OUT_SHARE = 0.25
APP_SHARE = 0.6


def traffic_on(plan: ListingPlan, day: date, *, stock: StockDay, seed: int) -> Traffic:
    """Return the day's traffic; never fewer sessions than units sold."""
    listing = plan.listing
    luck = draws(seed, listing.marketplace.code, listing.sku, "traffic", day)
    expected = plan.demand.level(day) * plan.sessions_per_unit * (PROMOTION_FACTOR if plan.demand.is_promoted(day) else 1.0)
    in_stock = 1.0 if stock.opening else SOLD_OUT_SHARE
    sessions = max(stock.sold, int((CURIOUS_SESSIONS + expected) * in_stock * (0.8 + 0.4 * luck[0]) + luck[1]))
    app = int(sessions * (APP_SHARE + 0.1 * luck[2]))
    browser = sessions - app
    return Traffic(
        browser_sessions=browser,
        app_sessions=app,
        browser_views=int(browser * (1.25 + 0.4 * luck[3])),
        app_views=int(app * (1.15 + 0.3 * luck[4])),
        featured_pct=94 + int(luck[5] * 7) if stock.opening else 0,
    )
