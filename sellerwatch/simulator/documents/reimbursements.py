"""GET_FBA_REIMBURSEMENTS_DATA: what Amazon pays for units it damaged in the warehouse or on the way back from a buyer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import start_of_day
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file, money
from sellerwatch.simulator.documents.ranges import days_touched, instants
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "approval-date", "reimbursement-id", "case-id", "amazon-order-id", "reason", "sku", "fnsku", "asin", "product-name",
    "condition", "currency-unit", "amount-per-unit", "amount-total", "quantity-reimbursed-cash",
    "quantity-reimbursed-inventory", "quantity-reimbursed-total", "original-reimbursement-id", "original-reimbursement-type",
)  # fmt: skip
"""The 18 columns of a live account in May 2026."""

DAMAGE_APPROVED_AFTER = timedelta(days=6)
RETURN_APPROVED_AFTER = timedelta(days=9)
APPROVED_AT_HOUR = 9
PAID_PERCENT = 58
"""Amazon pays about what a unit leaves after fees, not its price."""

CARRIERS_FAULT = "CARRIER_DAMAGED"


@dataclass(frozen=True, slots=True)
class Reimbursement:
    """Money for one unit; ``settled_as`` is how the settlement calls it."""

    listing: Listing
    approved_at: datetime
    number: str
    reason: str
    settled_as: str
    order_id: str = ""

    @property
    def cents(self) -> int:
        """What is paid for the unit."""
        return self.listing.price_cents * PAID_PERCENT // 100


def reimbursements(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render what was approved in the range."""
    start, end = instants(request)
    rows = [_row(item) for marketplace in marketplaces for item in approved_between(books, marketplace, start=start, end=end)]
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="cp1252"), line_end="\n")


def approved_between(books: Books, marketplace: Marketplace, *, start: datetime, end: datetime) -> Iterator[Reimbursement]:
    """Yield what was approved from ``start`` to before ``end``, by instant."""
    for day in days_touched(start, end, marketplace):
        approved_at = start_of_day(day, marketplace.zone) + timedelta(hours=APPROVED_AT_HOUR)
        if start <= approved_at < end:
            yield from _for_damage(books, marketplace, day - DAMAGE_APPROVED_AFTER, approved_at)
            yield from _for_returns(books, marketplace, day - RETURN_APPROVED_AFTER, approved_at)


def _for_damage(books: Books, marketplace: Marketplace, day: date, approved_at: datetime) -> Iterator[Reimbursement]:
    for listing in books.listings(marketplace, day):
        for adjustment in books.adjustments(listing, day):
            if adjustment.kind == "damaged":
                number = adjustment.reference[:11]
                yield Reimbursement(listing, approved_at, number, "Damaged_Warehouse", "WAREHOUSE_DAMAGE")


def _for_returns(books: Books, marketplace: Marketplace, day: date, approved_at: datetime) -> Iterator[Reimbursement]:
    for unit in books.returns(marketplace, day):
        listing, order = unit.fate.listing, unit.line.order
        if listing.is_fba and unit.fate.disposition == CARRIERS_FAULT:
            number = f"9{unit.fate.plate[-9:]}1"
            yield Reimbursement(listing, approved_at, number, "CustomerReturn", "REVERSAL_REIMBURSEMENT", order.order_id)


def _row(item: Reimbursement) -> tuple[str, ...]:
    listing = item.listing
    return (
        item.approved_at.isoformat(),
        item.number,
        "",
        item.order_id,
        item.reason,
        listing.sku,
        listing.fnsku,
        listing.asin,
        listing.title,
        "Sellable" if item.order_id == "" else "CarrierDamaged",
        listing.marketplace.currency,
        money(item.cents),
        money(item.cents),
        "1",
        "0",
        "1",
        "",
        "",
    )
