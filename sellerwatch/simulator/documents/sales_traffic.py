"""GET_SALES_AND_TRAFFIC_REPORT: JSON with one row per period, and one row per product summed over the whole range."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day, local_day
from sellerwatch.simulator.documents.daily_figures import Figures, figures_by_sku, shipped_figures
from sellerwatch.simulator.documents.report_periods import PERIOD_AROUND, periods
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.documents.traffic_rows import (
    KEY_NAMES,
    PRODUCT_KEYS,
    Row,
    is_shown,
    product_sales,
    product_traffic,
    sales_by_date,
    sum_figures,
    sums_by_product,
    traffic_by_date,
)
from sellerwatch.simulator.ports import Rendered, ReportRequest

OLDEST_START = timedelta(days=730)
"""A range that starts earlier is cancelled."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A request understood: which days, cut how, in which marketplace, and when it is asked."""

    marketplace: Marketplace
    first: date
    last: date
    date_granularity: str
    asin_granularity: str
    now: datetime


def sales_and_traffic(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the report; only local days that have ended are in it.

    The range is the calendar dates of ``data_start`` and ``data_end`` as they are written; their time of day is ignored.
    """
    question = _understand(marketplaces, request)
    if isinstance(question, str):
        return Rendered("FATAL", question.encode())
    if question.first < local_day(request.now, question.marketplace.zone) - OLDEST_START:
        return Rendered("CANCELLED")
    body = json.dumps(_document(books, question, request.report_type), ensure_ascii=False)
    return Rendered("DONE", body.encode(), "application/json;charset=UTF-8")


def _understand(marketplaces: Sequence[Marketplace], request: ReportRequest) -> _Question | str:
    """Return the question asked, or the text that says why it cannot be answered."""
    if len(marketplaces) != 1:
        return f"{request.report_type} takes one marketplace per request, not {len(marketplaces)}."
    today = local_day(request.now, marketplaces[0].zone)
    cut, products = request.options.get("dateGranularity", "DAY"), request.options.get("asinGranularity", "PARENT")
    if cut not in PERIOD_AROUND or products not in PRODUCT_KEYS:
        return f"{request.report_type}: unknown report options dateGranularity={cut}, asinGranularity={products}."
    first = request.data_start.date() if request.data_start else today
    last = request.data_end.date() if request.data_end else today
    return _Question(marketplaces[0], first, last, cut, products, request.now)


def _document(books: Books, question: _Question, report_type: str) -> Row:
    cuts = list(periods(question.first, question.last, question.date_granularity))
    ended = [(cut.first, _ended_days(cut, question)) for cut in cuts]
    by_day = {day: figures_by_sku(books, question.marketplace, day=day, now=question.now) for _, days in ended for day in days}
    known = {day for day, cells in by_day.items() if cells}
    return {
        "reportSpecification": {
            "reportType": report_type,
            "reportOptions": {
                "dateGranularity": question.date_granularity,
                "asinGranularity": question.asin_granularity,
            },
            "dataStartTime": question.first.isoformat(),
            "dataEndTime": question.last.isoformat(),
            "marketplaceIds": [question.marketplace.id],
        },
        "salesAndTrafficByDate": [
            _date_row(books, question, start=start, cells={day: by_day[day] for day in days if day in known})
            for start, days in ended
            if known.intersection(days)
        ],
        "salesAndTrafficByAsin": _product_rows(books, question, by_day),
    }


def _ended_days(cut: Days, question: _Question) -> list[date]:
    return [day for day in cut if end_of_day(day, question.marketplace.zone) <= question.now]


def _date_row(books: Books, question: _Question, *, start: date, cells: dict[date, dict[str, Figures]]) -> Row:
    market = question.marketplace
    total = sum_figures(cell for day in cells.values() for cell in day.values())
    total.update(sum_figures(shipped_figures(books, market, day=day, now=question.now) for day in cells))
    listings = books.listings(market, max(cells))
    return {
        "date": start.isoformat(),
        "salesByDate": sales_by_date(total, market.currency),
        "trafficByDate": traffic_by_date(total, listings),
    }


def _product_rows(books: Books, question: _Question, by_day: dict[date, dict[str, Figures]]) -> list[Row]:
    """Return the rows summed over all days."""
    if not by_day:
        return []
    cut, currency = question.asin_granularity, question.marketplace.currency
    sums = sums_by_product(books.listings(question.marketplace, max(by_day)), by_day.values(), cut)
    total = sum_figures(sums.values())
    return [
        {
            **dict(zip(KEY_NAMES, key, strict=False)),
            "salesByAsin": product_sales(own, currency),
            "trafficByAsin": product_traffic(own, total),
        }
        for key, own in sorted(sums.items())
        if is_shown(own, cut)
    ]
