"""GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2: a fortnight's money of one marketplace, whose details add up to its total."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sellerwatch.core.marketplaces import MARKETPLACES, Marketplace
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file
from sellerwatch.simulator.documents.settlement_money import print_amount, print_day, print_instant
from sellerwatch.simulator.documents.settlement_postings import Period, Posting, other_postings, trade_postings
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date", "total-amount", "currency",
    "transaction-type", "order-id", "merchant-order-id", "adjustment-id", "shipment-id", "marketplace-name", "amount-type",
    "amount-description", "amount", "fulfillment-id", "posted-date", "posted-date-time", "order-item-code",
    "merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased", "promotion-id",
)  # fmt: skip
"""The 24 columns of the flat file V2."""

DEPOSITED_AFTER = timedelta(days=2)
FIRST_MARKETPLACE_NUMBER = 101


def settlement(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the period from ``data_start`` to ``data_end`` of the first marketplace; no trade in it, no settlement."""
    if request.data_start is None or request.data_end is None or request.data_end > request.now:
        text = f"{request.report_type} is made by Amazon when a settlement period ends; it cannot be requested."
        return Rendered("FATAL", text.encode())
    period = Period(books, marketplaces[0], request.data_start, request.data_end)
    postings = list(trade_postings(period))
    if not postings:
        return Rendered("CANCELLED")
    postings += other_postings(period)
    postings.sort(key=lambda posting: posting.occasion.at)
    currency = period.marketplace.currency
    number = settlement_id(period.marketplace, period.start)
    rows = [_summary(period, number, postings), *(_row(posting, number, currency) for posting in postings)]
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="utf-8"), line_end="\n")


def settlement_id(marketplace: Marketplace, start: datetime) -> str:
    """Return the settlement's number, made of its marketplace and first day."""
    return f"1{start.toordinal()}{FIRST_MARKETPLACE_NUMBER + MARKETPLACES.index(marketplace)}"


def _summary(period: Period, number: str, postings: Sequence[Posting]) -> tuple[str, ...]:
    currency = period.marketplace.currency
    total = sum(posting.cents for posting in postings)
    return (
        number,
        print_instant(period.start, currency),
        print_instant(period.end, currency),
        print_instant(period.end + DEPOSITED_AFTER, currency),
        print_amount(total, currency),
        currency,
        *[""] * (len(COLUMNS) - 6),
    )


def _row(posting: Posting, number: str, currency: str) -> tuple[str, ...]:
    occasion = posting.occasion
    return (
        number,
        *[""] * 5,
        occasion.transaction,
        occasion.order_id,
        "",
        occasion.adjustment_id,
        occasion.shipment_id,
        occasion.marketplace_name,
        posting.amount_type,
        posting.description,
        print_amount(posting.cents, currency),
        occasion.fulfilment,
        print_day(occasion.at, currency),
        print_instant(occasion.at, currency),
        occasion.item_code,
        "",
        "",
        occasion.sku,
        str(posting.quantity) if posting.quantity else "",
        posting.promotion_id,
    )
