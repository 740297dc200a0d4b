"""GET_FBA_INVENTORY_PLANNING_DATA: stock, age and supply per FBA listing, without most of the ones that are sold out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file, money
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.documents.snapshots import Snapshot, take_snapshots
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "snapshot-date", "sku", "fnsku", "asin", "product-name", "condition", "available", "pending-removal-quantity",
    "inv-age-0-to-90-days", "inv-age-91-to-180-days", "inv-age-181-to-270-days", "inv-age-271-to-365-days",
    "inv-age-366-to-455-days", "inv-age-456-plus-days", "currency", "units-shipped-t7", "units-shipped-t30",
    "units-shipped-t60", "units-shipped-t90", "alert", "your-price", "sales-price", "lowest-price-new-plus-shipping",
    "lowest-price-used", "recommended-action", "DEPRECATED healthy-inventory-level", "recommended-sales-price",
    "recommended-sale-duration-days", "recommended-removal-quantity", "estimated-cost-savings-of-recommended-actions",
    "sell-through", "item-volume", "volume-unit-measurement", "storage-type", "storage-volume", "marketplace", "product-group",
    "sales-rank", "days-of-supply", "estimated-excess-quantity", "weeks-of-cover-t30", "weeks-of-cover-t90",
    "featuredoffer-price", "sales-shipped-last-7-days", "sales-shipped-last-30-days", "sales-shipped-last-60-days",
    "sales-shipped-last-90-days", "inv-age-0-to-30-days", "inv-age-31-to-60-days", "inv-age-61-to-90-days",
    "inv-age-181-to-330-days", "inv-age-331-to-365-days", "estimated-storage-cost-next-month", "inbound-quantity",
    "inbound-working", "inbound-shipped", "inbound-received", "no-sale-last-6-months", "Total Reserved Quantity",
    "unfulfillable-quantity", "quantity-to-be-charged-ais-181-210-days", "estimated-ais-181-210-days",
    "quantity-to-be-charged-ais-211-240-days", "estimated-ais-211-240-days", "quantity-to-be-charged-ais-241-270-days",
    "estimated-ais-241-270-days", "quantity-to-be-charged-ais-271-300-days", "estimated-ais-271-300-days",
    "quantity-to-be-charged-ais-301-330-days", "estimated-ais-301-330-days", "quantity-to-be-charged-ais-331-365-days",
    "estimated-ais-331-365-days", "quantity-to-be-charged-ais-366-455-days", "estimated-ais-366-455-days",
    "quantity-to-be-charged-ais-456-plus-days", "estimated-ais-456-plus-days", "historical-days-of-supply",
    "fba-minimum-inventory-level", "fba-inventory-level-health-status", "Recommended ship-in quantity",
    "Recommended ship-in date", "Last updated date for Historical Days of Supply", "Exempted from Low-Inventory-Level fee?",
    "Low-Inventory-Level fee applied in current week?", "Short term historical days of supply",
    "Long term historical days of supply", "Inventory age snapshot date", "Inventory Supply at FBA", "Reserved FC Transfer",
    "Reserved FC Processing", "Reserved Customer Order", "Total Days of Supply (including units from open shipments)",
    "supplier", "is-seasonal-in-next-3-months", "season-name", "season-start-date", "season-end-date",
)  # fmt: skip
"""The columns of a live account in May 2026, in lower case and Title Case as Amazon mixes them."""

AGE_BUCKETS = (
    ("inv-age-0-to-90-days", 0, 90),
    ("inv-age-91-to-180-days", 91, 180),
    ("inv-age-181-to-270-days", 181, 270),
    ("inv-age-271-to-365-days", 271, 365),
    ("inv-age-366-to-455-days", 366, 455),
    ("inv-age-456-plus-days", 456, 99_999),
    ("inv-age-0-to-30-days", 0, 30),
    ("inv-age-31-to-60-days", 31, 60),
    ("inv-age-61-to-90-days", 61, 90),
    ("inv-age-181-to-330-days", 181, 330),
    ("inv-age-331-to-365-days", 331, 365),
)
"""Column, youngest and oldest age in days."""

SURCHARGES = (
    ("181-210-days", 181, 210, 5),
    ("211-240-days", 211, 240, 8),
    ("241-270-days", 241, 270, 12),
    ("271-300-days", 271, 300, 38),
    ("301-330-days", 301, 330, 41),
    ("331-365-days", 331, 365, 47),
    ("366-455-days", 366, 455, 69),
    ("456-plus-days", 456, 99_999, 79),
)
"""Aged-inventory surcharge: column ending, youngest and oldest age, cents per unit and month."""

NEW_FOR_DAYS = 30
EXCESS_AFTER_DAYS = 90
Cells = dict[str, str]


def inventory_planning(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the snapshot at ``request.now``; a sold-out listing appears only while a shipment is being received."""
    rows = (
        _row(item, now=request.now)
        for marketplace in marketplaces
        for item in take_snapshots(books, marketplace, request.now)
        if item.fulfillable or item.today.inbound_receiving
    )
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="utf-8"), line_end="\n")


def _row(snapshot: Snapshot, *, now: datetime) -> list[str]:
    ages = list(stock_ages(snapshot))
    cells = {
        **_identity(snapshot),
        **_movement(snapshot),
        **_ages(ages),
        **_supply(snapshot),
        **_inbound(snapshot),
        **_surcharges(ages),
    }
    cells["Last updated date for Historical Days of Supply"] = now.strftime("%Y-%m-%d")
    return [cells.get(column, "") for column in COLUMNS]


def _identity(snapshot: Snapshot) -> Cells:
    listing, price = snapshot.listing, money(snapshot.listing.price_cents)
    volume = listing.cubic_size * snapshot.fulfillable
    today = snapshot.today.day.isoformat()
    return {
        "snapshot-date": today,
        "sku": listing.sku,
        "fnsku": listing.fnsku,
        "asin": listing.asin,
        "product-name": listing.title,
        "condition": "New",
        "available": str(snapshot.fulfillable),
        "pending-removal-quantity": "0",
        "currency": listing.marketplace.currency,
        "your-price": price,
        "sales-price": price,
        "lowest-price-new-plus-shipping": price,
        "featuredoffer-price": price if snapshot.fulfillable else "",
        "item-volume": str(listing.cubic_size),
        "volume-unit-measurement": "cubic feet",
        "storage-type": "Standard-Size",
        "storage-volume": str(volume),
        "marketplace": listing.marketplace.code,
        "product-group": listing.category,
        "estimated-storage-cost-next-month": money(int(volume * 87)),
        "Inventory age snapshot date": today,
        "is-seasonal-in-next-3-months": "No",
    }


def _movement(snapshot: Snapshot) -> Cells:
    units = {days: snapshot.shipped_in_last(days) for days in (7, 30, 60, 90, 180)}
    cents = snapshot.listing.price_cents
    return {
        **{f"units-shipped-t{days}": str(units[days]) for days in (7, 30, 60, 90)},
        **{f"sales-shipped-last-{days}-days": money(units[days] * cents) for days in (7, 30, 60, 90)},
        "sell-through": f"{units[90] / (snapshot.fulfillable or 1):.2f}",
        "sales-rank": str(240_000 // (1 + units[30]) + int(snapshot.listing.asin[-3:], 36) % 997),
        "no-sale-last-6-months": "0" if units[180] else str(snapshot.fulfillable),
    }


def _supply(snapshot: Snapshot) -> Cells:
    """Return the supply columns; blank for a new SKU and for one that does not sell, because unknown is not zero."""
    sold = snapshot.shipped_in_last(30)
    if len(snapshot.history) <= NEW_FOR_DAYS or not sold:
        return {"alert": "" if sold else "No sales", "fba-inventory-level-health-status": ""}
    available, inbound = snapshot.fulfillable, snapshot.today.inbound
    days = available * 30 // sold
    excess = max(0, available - sold * EXCESS_AFTER_DAYS // 30)
    advice = _advice(days=days, excess=excess)
    wanted = max(0, sold * 2 - available - inbound)
    return {
        **advice,
        "days-of-supply": str(days),
        "weeks-of-cover-t30": f"{days / 7:.1f}",
        "weeks-of-cover-t90": f"{available * 90 / 7 / (snapshot.shipped_in_last(90) or 1):.1f}",
        "estimated-excess-quantity": str(excess),
        "historical-days-of-supply": f"{days:.1f}",
        "Short term historical days of supply": f"{days:.1f}",
        "Long term historical days of supply": f"{days:.1f}",
        "fba-minimum-inventory-level": str(sold),
        "Recommended ship-in quantity": str(wanted),
        "Recommended ship-in date": snapshot.today.day.isoformat() if wanted else "",
        "Total Days of Supply (including units from open shipments)": str((available + inbound) * 30 // sold),
        "Exempted from Low-Inventory-Level fee?": "No",
        "Low-Inventory-Level fee applied in current week?": "Yes" if days < 28 else "No",  # noqa: PLR2004  Amazon's own limit
    }


def _advice(*, days: int, excess: int) -> Cells:
    if excess:
        return {"fba-inventory-level-health-status": "Excess", "alert": "Excess", "recommended-action": "Create sale"}
    if days < 28:  # noqa: PLR2004  Amazon's own limit for low inventory
        return {"fba-inventory-level-health-status": "Low stock", "alert": "Low stock", "recommended-action": "Restock"}
    return {"fba-inventory-level-health-status": "Healthy", "recommended-action": "No action required"}


def _inbound(snapshot: Snapshot) -> Cells:
    today = snapshot.today
    return {
        "inbound-quantity": str(today.inbound),
        "inbound-working": str(today.inbound_working),
        "inbound-shipped": str(today.inbound_shipped),
        "inbound-received": str(today.inbound_receiving),
        "Total Reserved Quantity": str(snapshot.reserved),
        "unfulfillable-quantity": str(today.unsellable),
        "Inventory Supply at FBA": str(snapshot.fulfillable + snapshot.reserved + today.inbound),
        "Reserved FC Transfer": "0",
        "Reserved FC Processing": "0",
        "Reserved Customer Order": str(snapshot.reserved),
    }


def stock_ages(snapshot: Snapshot) -> Iterator[tuple[int, int]]:
    """Yield (age in days, units) of what is on hand, youngest first; the oldest units are sold first."""
    today, left = snapshot.today.day, snapshot.fulfillable
    for past in reversed(snapshot.history[:-1]):
        units = min(left, past.received + past.returned_sellable)
        if units:
            yield (today - past.day).days, units
        left -= units
    if left:
        yield (today - snapshot.listing.stocked_since).days, left


def _between(ages: Sequence[tuple[int, int]], youngest: int, oldest: int) -> int:
    return sum(units for age, units in ages if youngest <= age <= oldest)


def _ages(ages: Sequence[tuple[int, int]]) -> Cells:
    return {column: str(_between(ages, youngest, oldest)) for column, youngest, oldest in AGE_BUCKETS}


def _surcharges(ages: Sequence[tuple[int, int]]) -> Cells:
    cells: Cells = {}
    for ending, youngest, oldest, cents in SURCHARGES:
        units = _between(ages, youngest, oldest)
        cells[f"quantity-to-be-charged-ais-{ending}"] = str(units)
        cells[f"estimated-ais-{ending}"] = money(units * cents)
    return cells
