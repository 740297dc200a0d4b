"""What Amazon charges for a listing: size and weight, referral fee, fulfilment fee, storage, and what it keeps of a refund."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sellerwatch.simulator.documents.shapes import Listing, OrderLine, ReturnedUnit

REFERRAL_PERCENT = {"Apparel": 17, "Beauty": 8, "Tools": 12, "Office Products": 15}
USUAL_REFERRAL_PERCENT = 15
SMALLEST_REFERRAL_CENTS = 30

SIZE_TIERS = (
    (Decimal("0.05"), "Small Standard-Size", 331),
    (Decimal("0.25"), "Large Standard-Size", 462),
    (Decimal("0.65"), "Large Standard-Size", 615),
    (Decimal(999), "Small Oversize", 897),
)
"""Largest volume in cubic feet, name of the tier, and fulfilment fee in American cents."""

FULFILMENT_PERCENT = {"USD": 100, "EUR": 85, "GBP": 74, "JPY": 15_000}
"""Fulfilment fee per currency in percent of the American one."""

STORAGE_CENTS_PER_CUBIC_FOOT = Decimal(87)
DISPOSAL_CENTS = 104
INBOUND_CENTS_PER_UNIT = 32
SUBSCRIPTION_CENTS = {"USD": 3999, "EUR": 3900, "GBP": 2500, "JPY": 490_000}
KEPT_REFERRAL_PERCENT = 20
MOST_KEPT_CENTS = 500
TAX_ADDED = {"na": (8, 100)}
"""Regions whose sales tax comes on top of the price, and its share; Amazon collects and pays it itself."""

POUNDS_PER_CUBIC_FOOT = Decimal(6)
INCHES_PER_FOOT = 12


@dataclass(frozen=True, slots=True)
class Package:
    """A listing's packed unit in inches and pounds, with its size tier."""

    longest: Decimal
    median: Decimal
    shortest: Decimal
    pounds: Decimal
    tier: str


def package_of(listing: Listing) -> Package:
    """Return the package: as long as two of its middle sides and four of its short ones."""
    cubic_inches = listing.cubic_size * INCHES_PER_FOOT**3
    shortest = (cubic_inches / 8) ** (Decimal(1) / 3)
    longest, median, shortest = ((shortest * factor).quantize(Decimal("0.01")) for factor in (4, 2, 1))
    pounds = (listing.cubic_size * POUNDS_PER_CUBIC_FOOT + Decimal("0.2")).quantize(Decimal("0.01"))
    return Package(longest, median, shortest, pounds, _tier(listing)[1])


def referral_cents(listing: Listing, cents: int) -> int:
    """Return the referral fee on an amount that was paid for the listing."""
    percent = REFERRAL_PERCENT.get(listing.category, USUAL_REFERRAL_PERCENT)
    return max(min(SMALLEST_REFERRAL_CENTS, cents), _share(cents, percent, 100))


def fulfilment_cents(listing: Listing) -> int:
    """Return what Amazon charges to pack and ship one unit; nothing where the merchant does."""
    if not listing.is_fba:
        return 0
    return _share(_tier(listing)[2], FULFILMENT_PERCENT.get(listing.marketplace.currency, 100), 100)


def storage_cents(listing: Listing, units: Decimal) -> int:
    """Return what a month costs for so many units on average."""
    return _rounded(listing.cubic_size * units * STORAGE_CENTS_PER_CUBIC_FOOT)


def added_tax_cents(listing: Listing, cents: int) -> int:
    """Return the tax that comes on top of an amount; nothing where prices contain it."""
    share, whole = TAX_ADDED.get(listing.marketplace.region, (0, 1))
    return cents * share // whole


def kept_referral_cents(referral: int) -> int:
    """Return what Amazon keeps of a referral fee when the sale is refunded."""
    return min(_share(referral, KEPT_REFERRAL_PERCENT, 100), MOST_KEPT_CENTS)


def unit_discount_cents(line: OrderLine) -> int:
    """Return the discount that goes with one unit of the line."""
    return line.discount_cents // line.quantity


def refund_cents(unit: ReturnedUnit) -> int:
    """Return what the buyer gets back for a unit before tax: its price less its discount, nothing for what cost nothing."""
    return unit.line.listing.price_cents - unit_discount_cents(unit.line) if unit.line.order.kind == "sale" else 0


def _tier(listing: Listing) -> tuple[Decimal, str, int]:
    return next(tier for tier in SIZE_TIERS if listing.cubic_size <= tier[0])


def _share(cents: int, part: int, whole: int) -> int:
    return _rounded(Decimal(cents * part) / whole)


def _rounded(cents: Decimal) -> int:
    return int(cents.quantize(Decimal(1), ROUND_HALF_UP))
