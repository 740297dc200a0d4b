"""GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA: one row per returned FBA unit; a few change their return date when asked again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file
from sellerwatch.simulator.documents.ranges import days_touched, instants
from sellerwatch.simulator.documents.shapes import Books, ReturnedUnit
from sellerwatch.simulator.documents.warehouses import home_centre
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "return-date", "order-id", "sku", "asin", "fnsku", "product-name", "quantity", "fulfillment-center-id",
    "detailed-disposition", "reason", "status", "license-plate-number", "customer-comments",
)  # fmt: skip
"""The 13 columns of most marketplaces."""

MOVED_AFTER = timedelta(days=4)
"""A return whose date moves shows the first date until it is this old."""

LONGEST_MOVE = timedelta(days=3)
REIMBURSED_DISPOSITIONS = frozenset({"CARRIER_DAMAGED"})


def customer_returns(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the units whose return date, as printed now, lies in the range."""
    dated = [item for marketplace in marketplaces for item in _dated(books, marketplace, request)]
    dated.sort(key=lambda item: (item[0], item[1].fate.plate))
    rows = (_row(unit, date_printed) for date_printed, unit in dated)
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="cp1252"), line_end="\n")


def return_date(unit: ReturnedUnit, now: datetime) -> datetime:
    """Return the instant printed now for the unit's return."""
    returned_at = unit.fate.returned_at
    return returned_at + unit.fate.moved_by if now - returned_at >= MOVED_AFTER else returned_at


def _dated(books: Books, marketplace: Marketplace, request: ReportRequest) -> Iterator[tuple[datetime, ReturnedUnit]]:
    start, end = instants(request)
    for day in days_touched(start - LONGEST_MOVE, end, marketplace):
        for unit in books.returns(marketplace, day):
            printed = return_date(unit, request.now)
            if unit.fate.listing.is_fba and start <= printed < end:
                yield printed, unit


def _row(unit: ReturnedUnit, printed: datetime) -> tuple[str, ...]:
    listing, fate = unit.fate.listing, unit.fate
    is_reimbursed = fate.disposition in REIMBURSED_DISPOSITIONS
    return (
        printed.isoformat(),
        unit.line.order.order_id,
        listing.sku,
        listing.asin,
        listing.fnsku,
        listing.title,
        "1",
        home_centre(listing),
        fate.disposition,
        fate.reason,
        "Reimbursed" if is_reimbursed else "Unit returned to inventory",
        fate.plate,
        fate.comment,
    )
