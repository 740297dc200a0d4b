"""GET_STRANDED_INVENTORY_UI_DATA: FBA stock whose listing is closed, so that nobody can buy it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file, money
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.documents.snapshots import Snapshot, take_snapshots
from sellerwatch.simulator.documents.warehouses import CHANNELS
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "primary-action", "date-stranded", "Date-to-take-auto-removal", "status-primary", "status-secondary", "error-message",
    "stranded-reason", "asin", "sku", "fnsku", "product-name", "condition", "fulfilled-by", "fulfillable-qty", "your-price",
    "unfulfillable-qty", "reserved-quantity", "inbound-shipped-qty",
)  # fmt: skip
"""The 18 columns of Amazon's own sandbox."""

REMOVED_AFTER = timedelta(days=120)


def stranded_inventory(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the snapshot at ``request.now``; the requested dates mean nothing."""
    rows = [_row(item, since) for marketplace in marketplaces for item, since in _stranded(books, marketplace, request)]
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="cp1252"), line_end="\n")


def _stranded(books: Books, marketplace: Marketplace, request: ReportRequest) -> Iterator[tuple[Snapshot, date]]:
    for snapshot in take_snapshots(books, marketplace, request.now):
        since = books.stranded_since(snapshot.listing)
        if since is not None and since <= snapshot.today.day and snapshot.fulfillable + snapshot.today.unsellable:
            yield snapshot, since


def _row(snapshot: Snapshot, since: date) -> tuple[str, ...]:
    listing = snapshot.listing
    return (
        "Relist",
        since.isoformat(),
        (since + REMOVED_AFTER).isoformat(),
        "Stranded",
        "Listing closed",
        "Listing has been closed",
        "LISTING_CLOSED",
        listing.asin,
        listing.sku,
        listing.fnsku,
        listing.title,
        "New",
        CHANNELS[listing.marketplace.region],
        str(snapshot.fulfillable),
        money(listing.price_cents),
        str(snapshot.today.unsellable),
        str(snapshot.reserved),
        str(snapshot.today.inbound_shipped),
    )
