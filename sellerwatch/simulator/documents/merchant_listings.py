"""GET_MERCHANT_LISTINGS_ALL_DATA: every listing of one marketplace as it stands now, always in Windows-1252."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import local_day, start_of_day
from sellerwatch.simulator.documents.flat_file import flat_file, money
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.documents.warehouses import CHANNELS
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "item-name", "item-description", "listing-id", "seller-sku", "price", "quantity", "open-date", "image-url",
    "item-is-marketplace", "product-id-type", "zshop-shipping-fee", "item-note", "item-condition", "zshop-category1",
    "zshop-browse-path", "zshop-storefront-feature", "asin1", "asin2", "asin3", "will-ship-internationally",
    "expedited-shipping", "zshop-boldface", "product-id", "bid-for-featured-placement", "add-delete", "pending-quantity",
    "fulfillment-channel", "merchant-shipping-group", "status",
)  # fmt: skip
"""The 29 columns in English."""

ZONE_NAMES = {"CET": "MET", "CEST": "MEST"}
"""Zone abbreviations that Amazon spells its own way."""

ASIN_TYPE = "1"
NEW = "11"


def merchant_listings(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the first marketplace's listings at ``request.now``; further marketplaces and all dates are ignored."""
    marketplace = marketplaces[0]
    today = local_day(request.now, marketplace.zone)
    taken: Counter[str] = Counter()
    for line in books.lines(marketplace, today):
        if line.order.purchased_at <= request.now and line.order.state(request.now)[1] != "Cancelled":
            taken[line.listing.sku] += line.quantity
    rows = []
    for listing in sorted(books.listings(marketplace, today), key=lambda item: item.sku):
        on_hand = books.history(listing, today)[-1].opening - taken[listing.sku]
        stranded_since = books.stranded_since(listing)
        is_active = on_hand > 0 and (stranded_since is None or today < stranded_since)
        rows.append(listing_row(listing, on_hand, "Active" if is_active else "Inactive"))
    return flat_file(COLUMNS, rows, charset=marketplace.charset, line_end="\n")


def listing_row(listing: Listing, on_hand: int, status: str) -> list[str]:
    """Return a listing's cells in the order of the columns."""
    cells = {
        "item-name": listing.title,
        "listing-id": f"0304S{listing.asin[-6:]}",
        "seller-sku": listing.sku,
        "price": money(listing.price_cents),
        "quantity": "" if listing.is_fba else str(on_hand),
        "open-date": _open_date(listing),
        "item-is-marketplace": "y",
        "product-id-type": ASIN_TYPE,
        "item-condition": NEW,
        "asin1": listing.asin,
        "product-id": listing.asin,
        "pending-quantity": "" if listing.is_fba else "0",
        "fulfillment-channel": CHANNELS[listing.marketplace.region] if listing.is_fba else "DEFAULT",
        "merchant-shipping-group": "Migrated Template",
        "status": status,
    }
    return [cells.get(column, "") for column in COLUMNS]


def _open_date(listing: Listing) -> str:
    """Return when the listing was opened, in local time with the zone's abbreviation."""
    zone = listing.marketplace.zone
    seconds = 7 * 3600 + int(listing.asin[-4:]) * 7 % 36_000
    opened = (start_of_day(listing.stocked_since, zone) + timedelta(seconds=seconds)).astimezone(zone)
    name = opened.strftime("%Z")
    return f"{opened:%Y-%m-%d %H:%M:%S} {ZONE_NAMES.get(name, name)}"
