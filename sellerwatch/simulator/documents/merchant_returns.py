"""GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE: return requests for orders the merchant ships, from the request to the refund."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.fee_rates import refund_cents
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file, money
from sellerwatch.simulator.documents.order_items import code_of
from sellerwatch.simulator.documents.ranges import days_touched, instants
from sellerwatch.simulator.documents.shapes import Books, ReturnedUnit
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "Order ID", "Order date", "Return request date", "Return request status", "Amazon RMA ID", "Merchant RMA ID", "Label type",
    "Label cost", "Currency code", "Return carrier", "Tracking ID", "Label to be paid by", "A-to-Z Claim", "Is prime", "ASIN",
    "Merchant SKU", "Item Name", "Return quantity", "Return Reason", "In policy", "Return type", "Resolution", "Invoice number",
    "Return delivery date", "Order Amount", "Order quantity", "SafeT Action reason", "SafeT claim id", "SafeT claim state",
    "SafeT claim creation time", "SafeT claim reimbursement amount", "Refunded Amount", "Order Item ID",
)  # fmt: skip
"""The 33 columns of a live account in May 2026."""

LONGEST_RANGE = timedelta(days=60)
REQUESTED_BEFORE = timedelta(days=6)
"""How long before its arrival a return is asked for."""

DATE_FORMAT = "%d-%b-%Y"
LABEL_CENTS = 790


def merchant_returns(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the requests made in the range; a range over sixty days has no document."""
    start, end = instants(request)
    if end - start > LONGEST_RANGE:
        text = f"{request.report_type}: the date range must not be longer than {LONGEST_RANGE.days} days."
        return Rendered("FATAL", text.encode())
    rows = [row for item in marketplaces for row in _rows(books, item, start=start, end=end, now=request.now)]
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="utf-8"), line_end="\n")


def _rows(
    books: Books, marketplace: Marketplace, *, start: datetime, end: datetime, now: datetime
) -> Iterator[tuple[str, ...]]:
    for day in days_touched(start + REQUESTED_BEFORE, end + REQUESTED_BEFORE, marketplace):
        for unit in books.returns(marketplace, day):
            requested_at = unit.fate.returned_at - REQUESTED_BEFORE
            if not unit.fate.listing.is_fba and start <= requested_at < end:
                yield _row(books, unit, now=now)


def _row(books: Books, unit: ReturnedUnit, *, now: datetime) -> tuple[str, ...]:
    line, fate = unit.line, unit.fate
    order, listing = line.order, line.listing
    zone, is_back = listing.marketplace.zone, fate.returned_at <= now
    number = fate.plate[-9:]
    return (
        order.order_id,
        order.purchased_at.astimezone(zone).strftime(DATE_FORMAT),
        (fate.returned_at - REQUESTED_BEFORE).astimezone(zone).strftime(DATE_FORMAT),
        "Completed" if is_back else "Approved",
        f"D{number}RRMA",
        "",
        "AmazonUnPaidLabel",
        money(LABEL_CENTS),
        listing.marketplace.currency,
        "UPS",
        f"1Z{number}",
        "Customer",
        "N",
        "N",
        listing.asin,
        listing.sku,
        listing.title,
        "1",
        f"CR-{fate.reason}",
        "Y",
        "C-Returns",
        "StandardRefund" if is_back else "",
        "",
        fate.returned_at.astimezone(zone).strftime(DATE_FORMAT) if is_back else "",
        money(line.price_cents),
        str(line.quantity),
        "",
        "",
        "",
        "",
        "",
        money(refund_cents(unit)) if is_back else "",
        code_of(books, line),
    )
