"""The FBA stock ledger of one listing: what moved on a day, and what lay there in the morning by disposition.

A sold unit leaves the ledger on the day it is bought, as it leaves the stock; damaged returns are disposed of on the first of
the month; so every day's end is the next day's start, and the sellable end is what can be sold at the next local midnight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sellerwatch.simulator.documents.shapes import Adjustment, Books, Listing, OrderLine, ReturnFate, StockDay
from sellerwatch.simulator.ports import ReportRequest

SELLABLE = "SELLABLE"
WAREHOUSE_DAMAGED = "WAREHOUSE_DAMAGED"
DISPOSITIONS = (SELLABLE, "CUSTOMER_DAMAGED", "DEFECTIVE", "CARRIER_DAMAGED", WAREHOUSE_DAMAGED)
"""Every disposition, in the order it is printed."""

CLOSED_AFTER = timedelta(hours=16)
"""A local day is in the ledger from four in the afternoon of the next."""

FILTERS: dict[str, Callable[[Listing], str]] = {
    "FNSKU": lambda listing: listing.fnsku,
    "MSKU": lambda listing: listing.sku,
    "ASIN": lambda listing: listing.asin,
}
"""Report options that keep one product, and what they are compared with."""

Balances = Counter[str]


@dataclass(frozen=True, slots=True)
class Movement:
    """Units that came or went: under which disposition, in which summary column, and how the detail report calls it."""

    disposition: str
    column: str
    event_type: str
    quantity: int
    reference: str = ""
    reason: str = ""


def ledger_listings(request: ReportRequest, listings: Sequence[Listing]) -> list[Listing]:
    """Return the FBA listings the request wants, by SKU."""
    wanted = {name: request.options[name] for name in FILTERS if request.options.get(name)}
    kept = [item for item in listings if item.is_fba and all(FILTERS[name](item) == value for name, value in wanted.items())]
    return sorted(kept, key=lambda item: item.sku)


def movements(books: Books, stock: StockDay, listing: Listing) -> Iterator[Movement]:
    """Yield what moved on the day beside the shipments to buyers."""
    if stock.received:
        yield Movement(SELLABLE, "Receipts", "Receipts", stock.received, shipment_id(listing, stock.day))
    if stock.returned:
        yield from map(_returned, books.fates(listing, stock.day))
    for adjustment in books.adjustments(listing, stock.day):
        yield from _adjusted(adjustment)
    if stock.unsellable and stock.day.day == 1:
        for disposition, units in unsellable_at_start(books, listing, stock.day).items():
            yield Movement(disposition, "Disposed", "Adjustments", -units, f"RMV{stock.day:%y%m}{listing.asin[-4:]}", "D")


def shipped(stock: StockDay) -> Movement:
    """Return the day's shipments to buyers as one movement."""
    return Movement(SELLABLE, "Customer Shipments", "Shipments", -stock.sold)


def shipment_movement(line: OrderLine) -> Movement:
    """Return one order line's shipment."""
    return Movement(SELLABLE, "Customer Shipments", "Shipments", -line.quantity, f"D{line.order.order_id[-7:]}")


def unsellable_at_start(books: Books, listing: Listing, day: date) -> Balances:
    """Return what lies there unsellable in the morning: what came back since the last first of a month, that day included."""
    units: Balances = Counter()
    past = (day - timedelta(days=1)).replace(day=1)
    for past_day in books.history(listing, day - timedelta(days=1))[-(day - past).days :]:
        if past_day.returned_unsellable:
            units.update(fate.disposition for fate in books.fates(listing, past_day.day) if not fate.is_sellable)
    return units


def shipment_id(listing: Listing, day: date) -> str:
    """Return the id of the shipment that landed on the day."""
    return f"FBA{listing.asin[-5:]}{day:%y%m%d}"


def _returned(fate: ReturnFate) -> Movement:
    return Movement(fate.disposition, "Customer Returns", "CustomerReturns", 1, fate.plate)


def _adjusted(adjustment: Adjustment) -> Iterator[Movement]:
    """Yield a mishap's movements; they add up to nothing for the sellable and for the damaged stock."""
    reference = adjustment.reference
    if adjustment.kind == "misplaced":
        yield Movement(SELLABLE, "Lost", "Adjustments", -1, reference, "M")
    else:
        yield Movement(SELLABLE, "Damaged", "Adjustments", -1, reference, "E")
        yield Movement(WAREHOUSE_DAMAGED, "Damaged", "Adjustments", 1, reference, "E")
        yield Movement(WAREHOUSE_DAMAGED, "Disposed", "Adjustments", -1, reference, "D")
    yield Movement(SELLABLE, "Found", "Adjustments", 1, reference, "F")
