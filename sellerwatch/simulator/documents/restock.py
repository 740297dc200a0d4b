"""GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT: stock, supply and what Amazon advises, per FBA listing, sold out or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file, money
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.documents.snapshots import Snapshot, take_snapshots
from sellerwatch.simulator.documents.warehouses import country_of
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "Country", "Product Name", "FNSKU", "Merchant SKU", "ASIN", "Condition", "Supplier", "Supplier part no.", "Currency code",
    "Price", "Sales last 30 days", "Units Sold Last 30 Days", "Total Units", "Inbound", "Available", "FC transfer",
    "FC Processing", "Customer Order", "Unfulfillable", "Working", "Shipped", "Receiving", "Fulfilled by",
    "Total Days of Supply (including units from open shipments)", "Days of Supply at Amazon Fulfillment Network", "Alert",
    "Recommended replenishment qty", "Recommended ship date", "Recommended action", "Unit storage size",
)  # fmt: skip
"""The 30 columns of a live account in May 2026."""

SOLD_IN = 30
SUPPLY_WANTED_FOR = 60
LOW_BELOW_DAYS = 28
LEAD_DAYS = 14
EXCESS_ABOVE_DAYS = 120


def restock_recommendations(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the snapshot at ``request.now``; the requested dates mean nothing."""
    rows = [_row(item) for marketplace in marketplaces for item in take_snapshots(books, marketplace, request.now)]
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="utf-8"), line_end="\n")


def _row(snapshot: Snapshot) -> tuple[str, ...]:
    listing, today, sold = snapshot.listing, snapshot.today, snapshot.shipped_in_last(SOLD_IN)
    return (
        country_of(listing.marketplace),
        listing.title,
        listing.fnsku,
        listing.sku,
        listing.asin,
        "New",
        "",
        "",
        listing.marketplace.currency,
        money(listing.price_cents),
        money(listing.price_cents * sold),
        str(sold),
        str(snapshot.fulfillable + snapshot.reserved + today.unsellable + today.inbound),
        str(today.inbound),
        str(snapshot.fulfillable),
        "0",
        "0",
        str(snapshot.reserved),
        str(today.unsellable),
        str(today.inbound_working),
        str(today.inbound_shipped),
        str(today.inbound_receiving),
        "Amazon",
        *_advice(snapshot, sold),
        f"{listing.cubic_size} ft3",
    )


def _advice(snapshot: Snapshot, sold: int) -> tuple[str, ...]:
    """Return both days of supply, alert, quantity, ship date and action; blank where nothing sells."""
    if not sold:
        return "", "", "", "", "", "No action required"
    available, inbound = snapshot.fulfillable, snapshot.today.inbound
    total, here = (available + inbound) * SOLD_IN // sold, available * SOLD_IN // sold
    wanted = max(0, sold * SUPPLY_WANTED_FOR // SOLD_IN - available - inbound)
    ship_on = snapshot.today.day + timedelta(days=max(0, total - LEAD_DAYS))
    return str(total), str(here), _alert(here), str(wanted), ship_on.isoformat() if wanted else "", _action(here, wanted)


def _alert(days: int) -> str:
    if not days:
        return "out_of_stock"
    return "low_stock" if days < LOW_BELOW_DAYS else ""


def _action(days: int, wanted: int) -> str:
    if days > EXCESS_ABOVE_DAYS:
        return "Create sale"
    return "Create shipping plan" if wanted else "No action required"
