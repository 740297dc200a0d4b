"""Where a listing's stock lies: one home fulfilment centre each, so that balances hold per centre as well as per country."""

from __future__ import annotations

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.shapes import Listing

CENTRES = {
    "US": ("PHX7", "ONT8", "SDF8", "TEB9"),
    "DE": ("LEJ1", "DTM2", "HAM2"),
    "UK": ("BHX4", "LTN4"),
    "JP": ("NRT5", "KIX4"),
}
"""Fulfilment centres per marketplace."""

COUNTRIES = {"UK": "GB"}
"""Country codes that differ from Amazon's marketplace codes."""

CHANNELS = {"na": "AMAZON_NA", "eu": "AMAZON_EU", "fe": "AMAZON_JP"}
"""The name of the FBA fulfilment channel per region."""


def home_centre(listing: Listing) -> str:
    """Return the fulfilment centre that holds the listing's stock."""
    centres = CENTRES[listing.marketplace.code]
    return centres[int(listing.asin[-4:]) % len(centres)]


def country_of(marketplace: Marketplace) -> str:
    """Return the two-letter country the marketplace's warehouses stand in."""
    return COUNTRIES.get(marketplace.code, marketplace.code)
