"""GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA: every FBA listing with its stock now, sold out or not."""

from __future__ import annotations

from collections.abc import Sequence

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file, money
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.documents.snapshots import Snapshot, take_snapshots
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "sku", "fnsku", "asin", "product-name", "condition", "your-price", "mfn-listing-exists", "mfn-fulfillable-quantity",
    "afn-listing-exists", "afn-warehouse-quantity", "afn-fulfillable-quantity", "afn-unsellable-quantity", "afn-reserved-quantity",
    "afn-total-quantity", "per-unit-volume", "afn-inbound-working-quantity", "afn-inbound-shipped-quantity",
    "afn-inbound-receiving-quantity", "afn-researching-quantity", "afn-reserved-future-supply", "afn-future-supply-buyable", "store",
)  # fmt: skip
"""The 22 columns of a live account in May 2026."""


def unsuppressed_inventory(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the snapshot at ``request.now``; the requested dates mean nothing."""
    rows = [_row(item) for marketplace in marketplaces for item in take_snapshots(books, marketplace, request.now)]
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="cp1252"), line_end="\n")


def _row(snapshot: Snapshot) -> tuple[str, ...]:
    listing, today = snapshot.listing, snapshot.today
    warehouse = snapshot.fulfillable + snapshot.reserved + today.unsellable
    return (
        listing.sku,
        listing.fnsku,
        listing.asin,
        listing.title,
        "New",
        money(listing.price_cents),
        "No",
        "",
        "Yes",
        str(warehouse),
        str(snapshot.fulfillable),
        str(today.unsellable),
        str(snapshot.reserved),
        str(warehouse + today.inbound),
        str(listing.cubic_size),
        str(today.inbound_working),
        str(today.inbound_shipped),
        str(today.inbound_receiving),
        "0",
        "0",
        "0",
        "",
    )
