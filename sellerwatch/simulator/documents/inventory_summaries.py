"""getInventorySummaries of the FBA Inventory API: the stock of the inventory report, SKU by SKU, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import end_of_day, utc_text
from sellerwatch.simulator.documents.json_file import Row, json_list
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.documents.snapshots import Snapshot, take_snapshots
from sellerwatch.simulator.ports import Rendered, ReportRequest

RESEARCHING = ("researchingQuantityInShortTerm", "researchingQuantityInMidTerm", "researchingQuantityInLongTerm")
UNSELLABLE_FOR = ("warehouseDamaged", "distributorDamaged", "carrierDamaged", "defective", "expired")
"""Reasons no unit of these worlds has; all that cannot be sold was damaged by customers."""


def inventory_summaries(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render every FBA listing's summary, with details, by SKU."""
    return json_list(_summary(item, request.now) for item in take_snapshots(books, marketplaces[0], request.now))


def _summary(snapshot: Snapshot, now: datetime) -> Row:
    listing, today = snapshot.listing, snapshot.today
    return {
        "asin": listing.asin,
        "fnSku": listing.fnsku,
        "sellerSku": listing.sku,
        "condition": "NewItem",
        "inventoryDetails": _details(snapshot),
        "lastUpdatedTime": utc_text(_changed_at(snapshot, now)),
        "productName": listing.title,
        "totalQuantity": snapshot.fulfillable + snapshot.reserved + today.unsellable + today.inbound,
        "stores": [],
    }


def _details(snapshot: Snapshot) -> Row:
    today = snapshot.today
    return {
        "fulfillableQuantity": snapshot.fulfillable,
        "inboundWorkingQuantity": today.inbound_working,
        "inboundShippedQuantity": today.inbound_shipped,
        "inboundReceivingQuantity": today.inbound_receiving,
        "reservedQuantity": {
            "totalReservedQuantity": snapshot.reserved,
            "pendingCustomerOrderQuantity": snapshot.reserved,
            "pendingTransshipmentQuantity": 0,
            "fcProcessingQuantity": 0,
        },
        "researchingQuantity": {
            "totalResearchingQuantity": 0,
            "researchingQuantityBreakdown": [{"name": name, "quantity": 0} for name in RESEARCHING],
        },
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": today.unsellable,
            "customerDamagedQuantity": today.unsellable,
            **{f"{reason}Quantity": 0 for reason in UNSELLABLE_FOR},
        },
    }


def _changed_at(snapshot: Snapshot, now: datetime) -> datetime:
    """Return when a quantity last changed; what is on its way does not count, as Amazon warns."""
    if snapshot.fulfillable != snapshot.today.opening or snapshot.reserved:
        return now
    zone = snapshot.listing.marketplace.zone
    moved = [item.day for item in snapshot.history[:-1] if item.sold or item.received or item.returned]
    return min(now, end_of_day(moved[-1] if moved else snapshot.history[0].day, zone))
