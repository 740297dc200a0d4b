"""What each SKU sold, was refunded and was charged on a local day, in cents, as Data Kiosk's economics add it up.

Every figure is one that another document shows as well: orders and refunds, the fees of the settlement, the costs of ads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import start_of_day
from sellerwatch.simulator.documents.ad_days import AdProduct, ad_days
from sellerwatch.simulator.documents.daily_figures import is_business, shipped_lines
from sellerwatch.simulator.documents.fee_rates import (
    DISPOSAL_CENTS,
    INBOUND_CENTS_PER_UNIT,
    fulfilment_cents,
    kept_referral_cents,
    referral_cents,
    unit_discount_cents,
)
from sellerwatch.simulator.documents.report_periods import PERIOD_AROUND
from sellerwatch.simulator.documents.shapes import Books, Listing, OrderLine
from sellerwatch.simulator.documents.storage_fees import charged_at, storage_charges

FULFILMENT, REFERRAL, REFUND_FEE = "FBA fulfillment fees", "Referral fees", "Refund administration fees"
STORAGE, INBOUND, DISPOSAL = "FBA storage fees", "FBA inbound transportation fees", "FBA disposal fees"
FEES = (DISPOSAL, FULFILMENT, INBOUND, STORAGE, REFERRAL, REFUND_FEE)
"""Every fee that is charged for a SKU; the subscription is the account's."""

ADS: dict[AdProduct, str] = {
    "SP": "Sponsored Products charge",
    "SB": "Sponsored Brands charge",
    "SD": "Sponsored Display charge",
}

COST_OF_GOODS_PERCENT = 28
FREIGHT_PERCENT = 4
COSTS_TYPED_IN_EVERY = 3
"""One listing in so many has costs that its seller typed in."""

Figures = Counter[str]
Entry = tuple[str, Figures]
"""A SKU and something to add to its figures."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One marketplace's local day, looked at from ``now``."""

    books: Books
    marketplace: Marketplace
    day: date
    now: datetime


def economics_on(scene: Scene) -> dict[str, Figures]:
    """Return the day's figures by SKU: units and cents sold and refunded, and cents and units of every charge by its name."""
    cells: dict[str, Figures] = {}
    for source in SOURCES:
        for sku, figures in source(scene):
            cells.setdefault(sku, Counter()).update(figures)
    return {sku: figures for sku, figures in cells.items() if any(figures.values())}


def charge(name: str, cents: int, units: int = 0) -> Figures:
    """Return a charge as figures, under names of its own."""
    return Counter({f"cents of {name}": cents, f"units of {name}": units})


def charged(figures: Mapping[str, int], name: str) -> tuple[int, int]:
    """Return the cents and units of a charge."""
    return figures.get(f"cents of {name}", 0), figures.get(f"units of {name}", 0)


def unit_costs(listing: Listing) -> tuple[int, int] | None:
    """Return cost of goods and freight of a unit in cents, None for a listing whose seller typed in nothing."""
    if int(fingerprint("typed in", listing.marketplace.code, listing.sku)[:8], 16) % COSTS_TYPED_IN_EVERY:
        return None
    return listing.price_cents * COST_OF_GOODS_PERCENT // 100, listing.price_cents * FREIGHT_PERCENT // 100


def _sold(scene: Scene) -> Iterator[Entry]:
    for line in scene.books.lines(scene.marketplace, scene.day):
        if line.order.posted_at <= scene.now and is_business(line):
            yield line.listing.sku, Counter(units=line.quantity, cents=line.price_cents)


def _refunded(scene: Scene) -> Iterator[Entry]:
    for unit in scene.books.returns(scene.marketplace, scene.day):
        line, listing = unit.line, unit.line.listing
        if line.order.kind == "sale" and unit.fate.returned_at <= scene.now:
            referral = referral_cents(listing, listing.price_cents - unit_discount_cents(line))
            yield listing.sku, Counter(refunded_units=1, refunded_cents=listing.price_cents)
            yield listing.sku, charge(REFERRAL, -referral)
            yield listing.sku, charge(REFUND_FEE, kept_referral_cents(referral), 1)


def _shipped(scene: Scene) -> Iterator[Entry]:
    for line in shipped_lines(scene.books, scene.marketplace, day=scene.day, now=scene.now):
        yield from _shipping_fees(line)


def _shipping_fees(line: OrderLine) -> Iterator[Entry]:
    sku, listing, units = line.listing.sku, line.listing, line.quantity
    if line.order.kind == "sale":
        yield sku, charge(REFERRAL, referral_cents(listing, line.price_cents - line.discount_cents), units)
    if line.order.kind != "replacement":
        cents = fulfilment_cents(listing)
        yield sku, charge(FULFILMENT, cents * units, units if cents else 0)


def _handled(scene: Scene) -> Iterator[Entry]:
    """Yield what receiving costs, and on the first of the month what disposing of unsellable units costs."""
    for listing in scene.books.listings(scene.marketplace, scene.day):
        if listing.is_fba:
            stock = scene.books.history(listing, scene.day)[-1]
            yield listing.sku, charge(INBOUND, stock.received * INBOUND_CENTS_PER_UNIT, stock.received)
            if scene.day.day == 1:
                yield listing.sku, charge(DISPOSAL, stock.unsellable * DISPOSAL_CENTS, stock.unsellable)


def _stored(scene: Scene) -> Iterator[Entry]:
    last_month = PERIOD_AROUND["MONTH"](scene.day.replace(day=1) - timedelta(days=1))
    if charged_at(last_month, scene.marketplace) == start_of_day(scene.day, scene.marketplace.zone):
        for item in storage_charges(scene.books, scene.marketplace, last_month):
            yield item.listing.sku, charge(STORAGE, item.cents)


def _advertised(scene: Scene) -> Iterator[Entry]:
    for item in ad_days(scene.books, scene.marketplace, day=scene.day, now=scene.now):
        yield item.listing.sku, charge(ADS[item.product], item.cents)


SOURCES: tuple[Callable[[Scene], Iterator[Entry]], ...] = (_sold, _refunded, _shipped, _handled, _stored, _advertised)
"""Where the figures come from."""
