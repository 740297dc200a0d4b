"""Data Kiosk's sales and traffic: the figures of GET_SALES_AND_TRAFFIC_REPORT as rows by date, by product, and by both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.simulator.documents.daily_figures import Figures, figures_by_sku, shipped_by_sku, shipped_figures
from sellerwatch.simulator.documents.json_file import json_lines
from sellerwatch.simulator.documents.kiosk_periods import WHOLE_RANGE, ended_days, inner_periods
from sellerwatch.simulator.documents.ranges import asked_days
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.documents.traffic_rows import (
    KEY_NAMES,
    Row,
    amount,
    is_shown,
    product_sales,
    product_traffic,
    refund_rate,
    sales_by_date,
    sum_figures,
    sums_by_product,
    traffic_by_date,
)
from sellerwatch.simulator.ports import Rendered, ReportRequest

TRENDS = "analytics_salesAndTraffic_2024_04_24.salesAndTrafficTrends"
BY_ASIN = "analytics_salesAndTraffic_2024_04_24.salesAndTrafficByAsin"
BY_DATE = "analytics_salesAndTraffic_2024_04_24.salesAndTrafficByDate"

Cells = dict[str, Figures]


@dataclass(frozen=True, slots=True)
class _Period:
    """One period that has begun to be published: its days' figures by SKU, shipments included, and the listings of its end."""

    days: Days
    marketplace: Marketplace
    cells: Mapping[date, Cells]
    listings: Sequence[Listing]


def trends(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render rows by period and child ASIN, of the ASINs that the option ``asins`` names."""
    wanted = set(request.options["asins"].split())
    found = _periods(books, marketplaces[0], request, request.options["date"])
    return json_lines(
        {"asinAggregation": "CHILD", **row} for period in found for row in _product_rows(period, "CHILD", only=wanted)
    )


def by_asin(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render one row a product, over the whole range."""
    found = _periods(books, marketplaces[0], request, WHOLE_RANGE)
    return json_lines(row for period in found for row in _product_rows(period, request.options["productId"]))


def by_date(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render one row a period, over all products."""
    found = _periods(books, marketplaces[0], request, request.options["date"])
    return json_lines(_date_row(books, period, request) for period in found)


VIEWS: Mapping[str, Callable[[Books, Sequence[Marketplace], ReportRequest], Rendered]] = {
    TRENDS: trends,
    BY_ASIN: by_asin,
    BY_DATE: by_date,
}
"""Every query of the dataset."""


def _periods(books: Books, marketplace: Marketplace, request: ReportRequest, granularity: str) -> Iterator[_Period]:
    first, last = asked_days(request)
    for days in inner_periods(first, last, granularity):
        cells = {
            day: _cells(books, marketplace, day, request)
            for day in ended_days(days, marketplace, request.now)
            if books.listings(marketplace, day)
        }
        if cells:
            yield _Period(days, marketplace, cells, books.listings(marketplace, max(cells)))


def _cells(books: Books, marketplace: Marketplace, day: date, request: ReportRequest) -> Cells:
    cells = figures_by_sku(books, marketplace, day=day, now=request.now)
    for sku, shipped in shipped_by_sku(books, marketplace, day=day, now=request.now).items():
        cells[sku].update(shipped)
    return cells


def _frame(period: _Period) -> Row:
    return {
        "startDate": period.days.first.isoformat(),
        "endDate": period.days.last.isoformat(),
        "marketplaceId": period.marketplace.id,
    }


def _product_rows(period: _Period, granularity: str, *, only: Collection[str] | None = None) -> Iterator[Row]:
    sums = sums_by_product(period.listings, period.cells.values(), granularity)
    total, currency = sum_figures(sums.values()), period.marketplace.currency
    for key, own in sorted(sums.items()):
        named = dict(zip(KEY_NAMES, key, strict=False))
        if is_shown(own, granularity) and (only is None or named["childAsin"] in only):
            yield {**_frame(period), **named, "sales": kiosk_sales(own, currency), "traffic": product_traffic(own, total)}


def kiosk_sales(own: Figures, currency: str) -> Row:
    """Return a product's sales; Data Kiosk tells what was refunded and shipped as well, which the report does not."""
    return {
        **product_sales(own, currency),
        "unitsRefunded": own["refunded"],
        "refundRate": refund_rate(own),
        "shippedProductSales": amount(own["shipped_cents"], currency),
        "unitsShipped": own["shipped_units"],
        "ordersShipped": own["shipped_orders"],
    }


def _date_row(books: Books, period: _Period, request: ReportRequest) -> Row:
    market = period.marketplace
    total = sum_figures(cell for day in period.cells.values() for cell in day.values())
    shipped = sum_figures(shipped_figures(books, market, day=day, now=request.now) for day in period.cells)
    total = Counter({**total, **shipped})  # an order of several SKUs left once
    return {
        **_frame(period),
        "sales": sales_by_date(total, market.currency),
        "traffic": traffic_by_date(total, period.listings),
    }
