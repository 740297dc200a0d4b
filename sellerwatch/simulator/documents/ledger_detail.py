"""GET_LEDGER_DETAIL_VIEW_DATA: one row per movement of FBA stock; the rows of a day add up to its summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import start_of_day
from sellerwatch.simulator.documents.flat_file import charset_of, quoted_file
from sellerwatch.simulator.documents.ledger_book import (
    CLOSED_AFTER,
    Movement,
    ledger_listings,
    movements,
    shipment_movement,
)
from sellerwatch.simulator.documents.ranges import closed_days
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.documents.warehouses import country_of, home_centre
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "Date", "FNSKU", "ASIN", "MSKU", "Title", "Event Type", "Reference ID", "Quantity", "Fulfillment Center", "Disposition",
    "Reason", "Country", "Reconciled Quantity", "Unreconciled Quantity", "Date and Time", "Store",
)  # fmt: skip
"""The 16 columns of a live account in May 2026."""


def ledger_detail(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the movements of the closed local days the range touches; the option eventType keeps one kind."""
    kind = request.options.get("eventType", "")
    rows = (
        _row(listing, movement, day)
        for marketplace in marketplaces
        for day in closed_days(request, marketplace, closed_after=CLOSED_AFTER)
        for listing, movement in _moved(books, marketplace, day, request)
        if kind in {"", movement.event_type}
    )
    return quoted_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="utf-8"))


def _moved(books: Books, marketplace: Marketplace, day: date, request: ReportRequest) -> Iterator[tuple[Listing, Movement]]:
    shipments: dict[str, list[Movement]] = {}
    for line in books.lines(marketplace, day):
        if not line.order.is_cancelled_in_the_end:
            shipments.setdefault(line.listing.sku, []).append(shipment_movement(line))
    for listing in ledger_listings(request, books.listings(marketplace, day)):
        stock = books.history(listing, day)[-1]
        for movement in (*shipments.get(listing.sku, ()), *movements(books, stock, listing)):
            yield listing, movement


def _row(listing: Listing, movement: Movement, day: date) -> tuple[str, ...]:
    zone = listing.marketplace.zone
    return (
        day.strftime("%m/%d/%Y"),
        listing.fnsku,
        listing.asin,
        listing.sku,
        listing.title,
        movement.event_type,
        movement.reference,
        str(movement.quantity),
        home_centre(listing),
        movement.disposition,
        movement.reason,
        country_of(listing.marketplace),
        str(abs(movement.quantity)),
        "0",
        start_of_day(day, zone).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z"),
        "",
    )
