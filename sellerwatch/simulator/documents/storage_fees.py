"""GET_FBA_STORAGE_FEE_CHARGES_DATA: what a month of storage cost per listing and fulfilment centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, start_of_day
from sellerwatch.simulator.documents.fee_rates import STORAGE_CENTS_PER_CUBIC_FOOT, package_of, storage_cents
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file, money
from sellerwatch.simulator.documents.ranges import days_touched, instants
from sellerwatch.simulator.documents.report_periods import PERIOD_AROUND
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.documents.warehouses import country_of, home_centre
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "asin", "fnsku", "product_name", "fulfillment_center", "country_code", "longest_side", "median_side", "shortest_side",
    "measurement_units", "weight", "weight_units", "item_volume", "volume_units", "product_size_tier",
    "average_quantity_on_hand", "average_quantity_pending_removal", "estimated_total_item_volume", "month_of_charge",
    "storage_rate", "currency", "estimated_monthly_storage_fee", "dangerous_goods_storage_type",
    "eligible_for_inventory_discount", "qualifies_for_inventory_discount", "total_incentive_fee_amount",
    "breakdown_incentive_fee_amount", "average_quantity_customer_orders",
)  # fmt: skip
"""The 27 columns of accounts without the storage utilisation surcharge."""

CHARGED_ON_DAY = 8
"""Day of the next month on which a month is charged and its report can be had."""

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class StorageCharge:
    """What storing one listing cost in one month; ``average`` is the mean of its morning stock, sellable or not."""

    listing: Listing
    month: Days
    average: Decimal
    average_sold: Decimal
    cents: int


def storage_fees(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render every month the range touches that has been charged by now."""
    rows = [
        _row(charge)
        for marketplace in marketplaces
        for month in _months(request, marketplace)
        for charge in storage_charges(books, marketplace, month)
    ]
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="cp1252"), line_end="\n")


def charged_at(month: Days, marketplace: Marketplace) -> datetime:
    """Return the instant at which the month is charged."""
    return start_of_day(month.last + timedelta(days=CHARGED_ON_DAY), marketplace.zone)


def storage_charges(books: Books, marketplace: Marketplace, month: Days) -> list[StorageCharge]:
    """Return the charges of the listings that had any stock in the month, by SKU."""
    listings = sorted((item for item in books.listings(marketplace, month.last) if item.is_fba), key=lambda item: item.sku)
    charges = (_charge(books, listing, month) for listing in listings)
    return [charge for charge in charges if charge.average]


def _charge(books: Books, listing: Listing, month: Days) -> StorageCharge:
    stocks = books.history(listing, month.last)[-len(month) :]
    average = (Decimal(sum(stock.opening + stock.unsellable for stock in stocks)) / len(month)).quantize(CENT)
    sold = (Decimal(sum(stock.sold for stock in stocks)) / len(month)).quantize(CENT)
    return StorageCharge(listing, month, average, sold, storage_cents(listing, average))


def _months(request: ReportRequest, marketplace: Marketplace) -> list[Days]:
    start, end = instants(request)
    months = dict.fromkeys(PERIOD_AROUND["MONTH"](day) for day in days_touched(start, end, marketplace))
    return [month for month in months if charged_at(month, marketplace) <= request.now]


def _row(charge: StorageCharge) -> tuple[str, ...]:
    listing, package = charge.listing, package_of(charge.listing)
    return (
        listing.asin,
        listing.fnsku,
        listing.title,
        home_centre(listing),
        country_of(listing.marketplace),
        str(package.longest),
        str(package.median),
        str(package.shortest),
        "inches",
        str(package.pounds),
        "pounds",
        str(listing.cubic_size),
        "cubic feet",
        package.tier,
        str(charge.average),
        "0",
        str((listing.cubic_size * charge.average).quantize(CENT)),
        charge.month.first.strftime("%Y-%m"),
        money(int(STORAGE_CENTS_PER_CUBIC_FOOT)),
        listing.marketplace.currency,
        money(charge.cents),
        "--",
        "N",
        "N",
        "0.00",
        "--",
        str(charge.average_sold),
    )
