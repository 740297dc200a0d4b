"""Everything that moved money between Amazon and the seller in a period, posting by posting.

Each posting is made from something another report shows as well: shipped order lines, returned units, reimbursements, a month's
storage, received shipments. Prices are printed as buyers see them, so in Europe the principal contains the tax.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import end_of_day, start_of_day
from sellerwatch.simulator.documents.fee_rates import (
    DISPOSAL_CENTS,
    INBOUND_CENTS_PER_UNIT,
    SUBSCRIPTION_CENTS,
    added_tax_cents,
    fulfilment_cents,
    kept_referral_cents,
    referral_cents,
    unit_discount_cents,
)
from sellerwatch.simulator.documents.ledger_book import shipment_id, shipment_movement
from sellerwatch.simulator.documents.order_items import code_of, with_codes
from sellerwatch.simulator.documents.ranges import days_touched
from sellerwatch.simulator.documents.reimbursements import approved_between
from sellerwatch.simulator.documents.report_periods import PERIOD_AROUND
from sellerwatch.simulator.documents.shapes import Books, OrderLine, ReturnedUnit
from sellerwatch.simulator.documents.snapshots import LONGEST_ORDER
from sellerwatch.simulator.documents.storage_fees import charged_at, storage_charges

RESERVED_FOR = timedelta(days=2)
RESERVED_PERCENT = 50
"""Share of the sales of the last two days that Amazon holds back until the next settlement."""

OTHER = "other-transaction"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What happened when; all of an order line's amounts share one, and blank is what it does not have."""

    at: datetime
    transaction: str
    order_id: str = ""
    adjustment_id: str = ""
    shipment_id: str = ""
    marketplace_name: str = ""
    fulfilment: str = ""
    item_code: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """One amount of a settlement."""

    occasion: Occasion
    amount_type: str
    description: str
    cents: int
    quantity: int = 0
    promotion_id: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """One marketplace and the instants of one settlement, the end not included."""

    books: Books
    marketplace: Marketplace
    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        """Tell whether the instant lies in the period."""
        return self.start <= instant < self.end

    def days(self) -> list[date]:
        """Return every local day the period touches on which there was anything to sell."""
        touched = days_touched(self.start, self.end, self.marketplace)
        return [day for day in touched if self.books.listings(self.marketplace, day)]


def trade_postings(period: Period) -> Iterator[Posting]:
    """Yield what shipped orders brought and returned units cost; amounts of nothing are left out, as Amazon does."""
    for parts in (_orders(period), _refunds(period)):
        yield from (posting for posting in parts if posting.cents)


def other_postings(period: Period) -> Iterator[Posting]:
    """Yield fees, advertising, reimbursements and reserves."""
    for source in SOURCES:
        yield from (posting for posting in source(period) if posting.cents)


def reserve_cents(period: Period, at: datetime) -> int:
    """Return what Amazon holds back at the instant."""
    lines = _shipped_lines(replace(period, start=at - RESERVED_FOR, end=at))
    sold = sum(line.price_cents - line.discount_cents for line, _ in lines if line.order.kind == "sale")
    return sold * RESERVED_PERCENT // 100


def _shipped_lines(period: Period) -> Iterator[tuple[OrderLine, str]]:
    for day in days_touched(period.start - LONGEST_ORDER, period.end, period.marketplace):
        for line, code in with_codes(period.books.lines(period.marketplace, day)):
            if line.order.settled_at in period and not line.order.is_cancelled_in_the_end:
                yield line, code


def _orders(period: Period) -> Iterator[Posting]:
    for line, code in _shipped_lines(period):
        if line.order.kind == "sale":
            yield from _sale(line, code)
        elif line.order.kind == "off_amazon":
            yield _fulfilment(line, _shipped(line, code, marketplace_name="Non-Amazon"))


def _shipped(line: OrderLine, code: str, *, marketplace_name: str) -> Occasion:
    return Occasion(
        line.order.settled_at,
        "Order",
        order_id=line.order.order_id,
        shipment_id=shipment_movement(line).reference,
        marketplace_name=marketplace_name,
        fulfilment="AFN" if line.listing.is_fba else "MFN",
        item_code=code,
        sku=line.listing.sku,
    )


def _sale(line: OrderLine, code: str) -> Iterator[Posting]:
    listing, price, discount = line.listing, line.price_cents, line.discount_cents
    occasion, tax = _shipped(line, code, marketplace_name=listing.marketplace.domain), added_tax_cents(listing, price)
    yield Posting(occasion, "ItemPrice", "Principal", price, quantity=line.quantity)
    yield Posting(occasion, "ItemPrice", "Tax", tax)
    yield Posting(occasion, "Promotion", "Principal", -discount, promotion_id=f"{listing.sku}-SALE")
    yield Posting(occasion, "ItemFees", "Commission", -referral_cents(listing, price - discount))
    yield _fulfilment(line, occasion)
    yield Posting(occasion, "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", -tax)


def _fulfilment(line: OrderLine, occasion: Occasion) -> Posting:
    return Posting(occasion, "ItemFees", "FBAPerUnitFulfillmentFee", -fulfilment_cents(line.listing) * line.quantity)


def _refunds(period: Period) -> Iterator[Posting]:
    for day in period.days():
        for unit in period.books.returns(period.marketplace, day):
            if unit.fate.returned_at in period and unit.line.order.kind == "sale":
                yield from _refund(unit, code_of(period.books, unit.line))


def _refund(unit: ReturnedUnit, code: str) -> Iterator[Posting]:
    line, listing = unit.line, unit.line.listing
    price, discount = listing.price_cents, unit_discount_cents(line)
    tax, referral = added_tax_cents(listing, price), referral_cents(listing, price - discount)
    occasion = replace(
        _shipped(line, code, marketplace_name=listing.marketplace.domain),
        at=unit.fate.returned_at,
        transaction="Refund",
        shipment_id="",
        adjustment_id=f"amzn1:crow:{unit.fate.plate}",
    )
    yield Posting(occasion, "ItemPrice", "Principal", -price)
    yield Posting(occasion, "ItemPrice", "Tax", -tax)
    yield Posting(occasion, "Promotion", "Principal", discount, promotion_id=f"{listing.sku}-SALE")
    yield Posting(occasion, "ItemFees", "Commission", referral)
    yield Posting(occasion, "ItemFees", "RefundCommission", -kept_referral_cents(referral))
    yield Posting(occasion, "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", tax)


def _other(at: datetime, description: str, cents: int, *, order_id: str = "") -> Posting:
    return Posting(Occasion(at, OTHER, order_id=order_id), OTHER, description, cents)


def _last_second(day: date, marketplace: Marketplace) -> datetime:
    return end_of_day(day, marketplace.zone) - timedelta(seconds=1)


def _advertising(period: Period) -> Iterator[Posting]:
    for day in period.days():
        at = _last_second(day, period.marketplace)
        if at in period:
            listings = period.books.listings(period.marketplace, day)
            cents = sum(period.books.ad_cents(listing, day) for listing in listings)
            yield Posting(Occasion(at, "ServiceFee"), "Cost of Advertising", "TransactionTotalAmount", -cents)


def _reimbursed(period: Period) -> Iterator[Posting]:
    for item in approved_between(period.books, period.marketplace, start=period.start, end=period.end):
        occasion = Occasion(
            item.approved_at,
            OTHER,
            order_id=item.order_id,
            adjustment_id=item.number,
            fulfilment="AFN",
            sku=item.listing.sku,
        )
        yield Posting(occasion, "FBA Inventory Reimbursement", item.settled_as, item.cents, quantity=1)


def _inbound(period: Period) -> Iterator[Posting]:
    for day in period.days():
        at = _last_second(day, period.marketplace)
        for listing in period.books.listings(period.marketplace, day) if at in period else ():
            units = period.books.history(listing, day)[-1].received
            if listing.is_fba and units:
                cents = -units * INBOUND_CENTS_PER_UNIT
                yield _other(at, "FBAInboundTransportationFee", cents, order_id=shipment_id(listing, day))


def _monthly(period: Period) -> Iterator[Posting]:
    """Yield what is charged once a month: the subscription and disposals on the first, storage a week later."""
    market = period.marketplace
    for day in period.days():
        at = start_of_day(day, market.zone)
        if day.day == 1 and at in period:
            yield _other(at, "Subscription Fee", -SUBSCRIPTION_CENTS.get(market.currency, 0))
            yield _other(at, "DisposalComplete", -_disposed(period, day) * DISPOSAL_CENTS)
        last_month = PERIOD_AROUND["MONTH"](day.replace(day=1) - timedelta(days=1))
        if at in period and charged_at(last_month, market) == at:
            charges = storage_charges(period.books, market, last_month)
            yield _other(at, "Storage Fee", -sum(charge.cents for charge in charges))


def _disposed(period: Period, day: date) -> int:
    listings = [item for item in period.books.listings(period.marketplace, day) if item.is_fba]
    return sum(period.books.history(listing, day)[-1].unsellable for listing in listings)


def _reserves(period: Period) -> Iterator[Posting]:
    yield _other(period.start, "Previous Reserve Amount Balance", reserve_cents(period, period.start))
    yield _other(period.end - timedelta(seconds=1), "Current Reserve Amount", -reserve_cents(period, period.end))


SOURCES: tuple[Callable[[Period], Iterator[Posting]], ...] = (_advertising, _reimbursed, _inbound, _monthly, _reserves)
"""Everything beside orders and refunds."""
