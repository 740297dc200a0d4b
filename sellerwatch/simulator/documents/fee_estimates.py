"""GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA: what selling one unit of each FBA listing would cost at its price of today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import local_day
from sellerwatch.simulator.documents.fee_rates import fulfilment_cents, package_of, referral_cents
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file, money
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "sku", "fnsku", "asin", "amazon-store", "product-name", "product-group", "brand", "fulfilled-by", "your-price",
    "sales-price", "longest-side", "median-side", "shortest-side", "length-and-girth", "unit-of-dimension",
    "item-package-weight", "unit-of-weight", "product-size-tier", "currency", "estimated-fee-total",
    "estimated-referral-fee-per-unit", "estimated-variable-closing-fee", "estimated-order-handling-fee-per-order",
    "estimated-pick-pack-fee-per-unit", "estimated-weight-handling-fee-per-unit", "expected-fulfillment-fee-per-unit",
    "estimated-future-fee (Current Selling on Amazon + Future Fulfillment fees)",
    "estimated-future-order-handling-fee-per-order", "estimated-future-pick-pack-fee-per-unit",
    "estimated-future-weight-handling-fee-per-unit", "expected-future-fulfillment-fee-per-unit",
)  # fmt: skip
"""The 31 columns of a live account in May 2026."""

YOUNGEST_START = timedelta(hours=72)
UNKNOWN = "--"


def fee_estimates(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the estimates of now; a range that starts less than 72 hours ago has no document."""
    if request.data_start is not None and request.now - request.data_start < YOUNGEST_START:
        text = f"{request.report_type}: dataStartTime must be at least 72 hours before now."
        return Rendered("FATAL", text.encode())
    rows = (
        _row(listing)
        for marketplace in marketplaces
        for listing in sorted(books.listings(marketplace, local_day(request.now, marketplace.zone)), key=lambda item: item.sku)
        if listing.is_fba
    )
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="cp1252"), line_end="\n")


def _row(listing: Listing) -> tuple[str, ...]:
    package, price = package_of(listing), money(listing.price_cents)
    referral, fulfilment = referral_cents(listing, listing.price_cents), fulfilment_cents(listing)
    girth = package.longest + 2 * (package.median + package.shortest)
    return (
        listing.sku,
        listing.fnsku,
        listing.asin,
        listing.marketplace.code,
        listing.title,
        listing.category,
        listing.title.partition(" ")[0],
        "Amazon",
        price,
        price,
        str(package.longest),
        str(package.median),
        str(package.shortest),
        str(girth),
        "inches",
        str(package.pounds),
        "pounds",
        package.tier,
        listing.marketplace.currency,
        money(referral + fulfilment),
        money(referral),
        "0.00",
        UNKNOWN,
        UNKNOWN,
        UNKNOWN,
        money(fulfilment),
        *[UNKNOWN] * 5,
    )
