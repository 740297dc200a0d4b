"""The campaigns of a seller: one of Sponsored Products a product family, one of Brands and one of Display a category."""

from __future__ import annotations

from dataclasses import dataclass

from sellerwatch.core.ids import fingerprint
from sellerwatch.simulator.documents.ad_days import AdProduct
from sellerwatch.simulator.documents.shapes import Listing

LOWEST_ID = 100_000_000_000_000
IDS = 900_000_000_000_000
"""Ids have fifteen digits, as Amazon's have."""

BUDGET_CENTS: dict[AdProduct, int] = {"SP": 5_000, "SB": 7_500, "SD": 2_500}


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign with its only ad group."""

    product: AdProduct
    name: str
    campaign_id: int
    ad_group_id: int

    @property
    def budget_cents(self) -> int:
        """What it may cost a day."""
        return BUDGET_CENTS[self.product]


def campaign_of(listing: Listing, product: AdProduct) -> Campaign:
    """Return the campaign that advertises the listing."""
    subject = listing.parent_asin if product == "SP" else listing.category
    title = listing.title.partition(",")[0] if product == "SP" else listing.category
    code = listing.marketplace.code
    return Campaign(
        product,
        f"{product} | {title}",
        _ad_id("campaign", code, product, subject),
        _ad_id("ad group", code, product, subject),
    )


def ad_id_of(listing: Listing, product: AdProduct) -> int:
    """Return the id of the ad that shows the listing."""
    return _ad_id("ad", listing.marketplace.code, product, listing.sku)


def keyword_id_of(campaign: Campaign, keyword: str) -> int:
    """Return the id of a keyword of the campaign."""
    return _ad_id("keyword", str(campaign.campaign_id), keyword)


def _ad_id(*parts: str) -> int:
    return LOWEST_ID + int(fingerprint(*parts)[:14], 16) % IDS
