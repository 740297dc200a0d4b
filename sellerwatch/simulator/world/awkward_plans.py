"""Plans for listings whose names are awkward: text that careless readers take for a number, for nothing, or for a quotation."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.simulator.documents.shapes import Listing
from sellerwatch.simulator.world.plans import FIRST_DAY, ListingPlan, SteadyDemand, Supply

AWKWARD = (
    ("US", "null", 'Cascade Rest "null", 4" long'),
    ("US", "--", "--"),
    ("US", "1.234,56", "1.234,56"),
    ("US", '"', '"'),
    ("US", '"CR-QUOTE', '"Cascade" Spoon, 9" and never closed "'),
    ("US", "0x1F", "=1+1"),
    ("US", "1e5", "N/A"),
    ("DE", "00042", 'Alpin Löffel, 9" "groß'),
    ("DE", "None", "NA"),
    ("JP", "NaN", 'ソース "表'),
)
"""Marketplace, SKU and title of each."""

PRICE_CENTS = {"US": 1299, "DE": 1199, "JP": 180_000}
OPENING_UNITS = 400


def awkward_plans() -> list[ListingPlan]:
    """Return the plan of every awkward listing: two units a day, and stock for months."""
    return [_plan(number, *item) for number, item in enumerate(AWKWARD)]


def _plan(number: int, code: str, sku: str, title: str) -> ListingPlan:
    listing = Listing(
        sku=sku,
        marketplace=marketplace(code),
        asin=f"B0SIMW{number:04d}",
        parent_asin=f"B0SIMV{number:04d}",
        fnsku=f"X00SIW{number:04d}",
        title=title,
        category="Kitchen",
        price_cents=PRICE_CENTS[code],
        cubic_size=Decimal("0.10"),
        is_fba=True,
        listed_on=FIRST_DAY,
        stocked_since=FIRST_DAY - timedelta(days=30),
    )
    return ListingPlan(listing, SteadyDemand(2), Supply(OPENING_UNITS, reorders_from=FIRST_DAY), is_plain=True)
