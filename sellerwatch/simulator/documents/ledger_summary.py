"""GET_LEDGER_SUMMARY_VIEW_DATA: balances and movements per product and disposition, by day, week or month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.flat_file import charset_of, quoted_file
from sellerwatch.simulator.documents.ledger_book import (
    CLOSED_AFTER,
    DISPOSITIONS,
    SELLABLE,
    Movement,
    ledger_listings,
    movements,
    shipped,
    unsellable_at_start,
)
from sellerwatch.simulator.documents.ranges import closed_days
from sellerwatch.simulator.documents.report_periods import PERIOD_AROUND
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.documents.warehouses import country_of, home_centre
from sellerwatch.simulator.ports import Rendered, ReportRequest

FLOWS = (
    "In Transit Between Warehouses", "Receipts", "Customer Shipments", "Customer Returns", "Vendor Returns",
    "Warehouse Transfer In/Out", "Found", "Lost", "Damaged", "Disposed", "Other Events",
)  # fmt: skip
"""The columns between the starting and the ending balance; outflows are negative."""

COLUMNS = (
    "Date", "FNSKU", "ASIN", "MSKU", "Title", "Disposition", "Starting Warehouse Balance", *FLOWS,
    "Ending Warehouse Balance", "Unknown Events", "Location", "Store",
)  # fmt: skip
"""The 22 columns of a live account in May 2026."""

PERIODS = {"DAILY": ("DAY", "%m/%d/%Y"), "WEEKLY": ("WEEK", "%m/%d/%Y"), "MONTHLY": ("MONTH", "%m/%Y")}
"""By the option aggregatedByTimePeriod: how days are grouped, and how the period's first day is printed."""

BY_CENTRE = frozenset({"FC", "FulfillmentCenter"})
"""Values of the option aggregateByLocation that print fulfilment centres; any other prints countries."""


@dataclass(slots=True)
class _Account:
    """One disposition of one listing over one period, while it is being filled."""

    start: int
    flows: Counter[str] = field(default_factory=Counter)

    @property
    def end(self) -> int:
        return self.start + self.flows.total()

    @property
    def is_empty(self) -> bool:
        return not self.start and not any(self.flows.values())


def ledger_summary(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the closed local days the range touches; a period's row covers those of its days that are among them."""
    cut, date_format = PERIODS[request.options.get("aggregatedByTimePeriod", "MONTHLY")]
    rows = (
        (period.strftime(date_format), *cells)
        for marketplace in marketplaces
        for period, days in _grouped(closed_days(request, marketplace, closed_after=CLOSED_AFTER), cut)
        for listing in ledger_listings(request, books.listings(marketplace, days[-1]))
        for cells in _listing_rows(books, listing, days, _location(listing, request))
    )
    return quoted_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="utf-8"))


def _grouped(days: Sequence[date], cut: str) -> list[tuple[date, list[date]]]:
    groups: dict[date, list[date]] = {}
    for day in days:
        groups.setdefault(PERIOD_AROUND[cut](day).first, []).append(day)
    return list(groups.items())


def _location(listing: Listing, request: ReportRequest) -> str:
    is_by_centre = request.options.get("aggregateByLocation") in BY_CENTRE
    return home_centre(listing) if is_by_centre else country_of(listing.marketplace)


def _listing_rows(books: Books, listing: Listing, days: Sequence[date], location: str) -> Iterator[tuple[str, ...]]:
    """Yield the sellable row, and the rows of other dispositions that hold or moved anything."""
    for disposition, account in _accounts(books, listing, days).items():
        if disposition == SELLABLE or not account.is_empty:
            yield (
                listing.fnsku,
                listing.asin,
                listing.sku,
                listing.title,
                disposition,
                str(account.start),
                *(str(account.flows[column]) for column in FLOWS),
                str(account.end),
                "0",
                location,
                "",
            )


def _accounts(books: Books, listing: Listing, days: Sequence[date]) -> dict[str, _Account]:
    first = max(days[0], listing.listed_on)
    stocks = books.history(listing, days[-1])[(first - listing.listed_on).days :]
    starts = unsellable_at_start(books, listing, first) if stocks[0].unsellable else Counter[str]()
    starts[SELLABLE] = stocks[0].opening
    accounts = {disposition: _Account(starts[disposition]) for disposition in DISPOSITIONS}
    for stock in stocks:
        _book(accounts, shipped(stock))
        for movement in movements(books, stock, listing):
            _book(accounts, movement)
    return accounts


def _book(accounts: dict[str, _Account], movement: Movement) -> None:
    accounts[movement.disposition].flows[movement.column] += movement.quantity
