"""GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT: JSON with orders, buyers and returning buyers per product and period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.simulator.documents.brand_periods import asked_periods
from sellerwatch.simulator.documents.daily_figures import is_business
from sellerwatch.simulator.documents.json_file import Row, amount, fatal_file, fraction, json_file, specification
from sellerwatch.simulator.documents.shapes import Books, Order, OrderLine
from sellerwatch.simulator.ports import Rendered, ReportRequest

REPEAT_PERCENT = 9
"""Orders of buyers who had bought before, by the last two digits of the order number: the world names no buyers."""

ORDERS_PER_SECOND_ORDER = 3
"""Every third order of returning buyers in a period is their second one in it."""


def repeat_purchase(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render one or several whole periods of the first marketplace."""
    marketplace = marketplaces[0]
    asked = asked_periods(request, marketplace)
    if isinstance(asked, str):
        return fatal_file(asked)
    dates = {"dataStartTime": asked[0].first.isoformat(), "dataEndTime": asked[-1].last.isoformat()}
    rows = [row for period in asked for row in _rows(books, marketplace, period)]
    return json_file({"reportSpecification": specification(request, marketplaces, **dates), "dataByAsin": rows})


def is_returning(order: Order) -> bool:
    """Tell whether the order's buyer had bought before."""
    return int(order.order_id[-2:]) < REPEAT_PERCENT


def _rows(books: Books, marketplace: Marketplace, period: Days) -> Iterator[Row]:
    by_asin: dict[str, list[OrderLine]] = {}
    for day in period:
        for line in filter(is_business, books.lines(marketplace, day)):
            by_asin.setdefault(line.listing.asin, []).append(line)
    for asin, lines in sorted(by_asin.items()):
        yield _row(asin, lines, period, marketplace)


def _row(asin: str, lines: Sequence[OrderLine], period: Days, marketplace: Marketplace) -> Row:
    orders = {line.order.order_id: line.order for line in lines}
    returning = sum(map(is_returning, orders.values()))
    second = returning // ORDERS_PER_SECOND_ORDER
    cents = sum(line.price_cents for line in lines)
    returning_cents = sum(line.price_cents for line in lines if is_returning(line.order))
    return {
        "startDate": period.first.isoformat(),
        "endDate": period.last.isoformat(),
        "asin": asin,
        "orders": len(orders),
        "uniqueCustomers": len(orders) - second,
        "repeatCustomersPctTotal": fraction(returning - second, len(orders) - second),
        "repeatPurchaseRevenue": amount(returning_cents, marketplace.currency),
        "repeatPurchaseRevenuePctTotal": fraction(returning_cents, cents),
    }
