"""GET_SALES_AND_TRAFFIC_REPORT: JSON with one row per period, and one row per product summed over the whole range."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day, local_day
from sellerwatch.simulator.documents.daily_figures import Figures, figures_by_sku, shipped_figures
from sellerwatch.simulator.documents.report_periods import PERIOD_AROUND, periods
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.ports import Rendered, ReportRequest

OLDEST_START = timedelta(days=730)
"""A range that starts earlier is cancelled."""

Row = dict[str, Any]


def _by_parent(listing: Listing) -> Row:
    return {"parentAsin": listing.parent_asin}


def _by_child(listing: Listing) -> Row:
    return {"parentAsin": listing.parent_asin, "childAsin": listing.asin}


def _by_sku(listing: Listing) -> Row:
    return {"parentAsin": listing.parent_asin, "childAsin": listing.asin, "sku": listing.sku}


PRODUCT_KEYS: dict[str, Callable[[Listing], Row]] = {"PARENT": _by_parent, "CHILD": _by_child, "SKU": _by_sku}
"""What identifies a product row, by the option asinGranularity."""


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
    total = _sum(cell for day in cells.values() for cell in day.values())
    total.update(_sum(shipped_figures(books, market, day=day, now=question.now) for day in cells))
    listings = books.listings(market, max(cells))
    return {
        "date": start.isoformat(),
        "salesByDate": _sales_by_date(total, market.currency),
        "trafficByDate": _traffic_by_date(total, listings),
    }


def _sales_by_date(total: Figures, currency: str) -> Row:
    return {
        "orderedProductSales": _amount(total["cents"], currency),
        "unitsOrdered": total["units"],
        "totalOrderItems": total["items"],
        "averageSalesPerOrderItem": _amount(_per(total["cents"], total["items"]), currency),
        "averageUnitsPerOrderItem": _ratio(total["units"], total["items"]),
        "averageSellingPrice": _amount(_per(total["cents"], total["units"]), currency),
        "unitsRefunded": total["refunded"],
        "refundRate": min(100.0, _percent(total["refunded"], total["units"])),
        "claimsGranted": 0,
        "claimsAmount": _amount(0, currency),
        "shippedProductSales": _amount(total["shipped_cents"], currency),
        "unitsShipped": total["shipped_units"],
        "ordersShipped": total["shipped_orders"],
    }


def _traffic_by_date(total: Figures, listings: Sequence[Listing]) -> Row:
    sessions, feedback = _sessions(total), total["items"] // 90
    return {
        "browserPageViews": total["browser_views"],
        "mobileAppPageViews": total["app_views"],
        "pageViews": _views(total),
        "browserSessions": total["browser_sessions"],
        "mobileAppSessions": total["app_sessions"],
        "sessions": sessions,
        "buyBoxPercentage": _ratio(total["featured"], _views(total)),
        "orderItemSessionPercentage": min(100.0, _percent(total["items"], sessions)),
        "unitSessionPercentage": _percent(total["units"], sessions),
        "averageOfferCount": len(listings),
        "averageParentItems": len({item.parent_asin for item in listings}),
        "feedbackReceived": feedback,
        "negativeFeedbackReceived": feedback // 4,
        "receivedNegativeFeedbackRate": _percent(feedback // 4, feedback),
    }


def _product_rows(books: Books, question: _Question, by_day: dict[date, dict[str, Figures]]) -> list[Row]:
    """Return the rows summed over all days; by SKU, what was looked at but not ordered is left out, as Amazon does."""
    if not by_day:
        return []
    key_of = PRODUCT_KEYS[question.asin_granularity]
    sums: dict[tuple[str, ...], Figures] = {}
    for listing in books.listings(question.marketplace, max(by_day)):
        key = tuple(key_of(listing).values())
        own = _sum(cells[listing.sku] for cells in by_day.values() if listing.sku in cells)
        sums[key] = sums.get(key, Counter()) + own
    total = _sum(sums.values())
    names = ("parentAsin", "childAsin", "sku")
    return [
        {**dict(zip(names, key, strict=False)), **_product_figures(own, total, question.marketplace.currency)}
        for key, own in sorted(sums.items())
        if own["units"] or (_views(own) and question.asin_granularity != "SKU")
    ]


def _product_figures(own: Figures, total: Figures, currency: str) -> Row:
    return {
        "salesByAsin": {
            "unitsOrdered": own["units"],
            "orderedProductSales": _amount(own["cents"], currency),
            "totalOrderItems": own["items"],
        },
        "trafficByAsin": {
            "browserSessions": own["browser_sessions"],
            "mobileAppSessions": own["app_sessions"],
            "sessions": _sessions(own),
            "browserSessionPercentage": _percent(own["browser_sessions"], total["browser_sessions"]),
            "mobileAppSessionPercentage": _percent(own["app_sessions"], total["app_sessions"]),
            "sessionPercentage": _percent(_sessions(own), _sessions(total)),
            "browserPageViews": own["browser_views"],
            "mobileAppPageViews": own["app_views"],
            "pageViews": _views(own),
            "browserPageViewsPercentage": _percent(own["browser_views"], total["browser_views"]),
            "mobileAppPageViewsPercentage": _percent(own["app_views"], total["app_views"]),
            "pageViewsPercentage": _percent(_views(own), _views(total)),
            "buyBoxPercentage": _ratio(own["featured"], _views(own)),
            "unitSessionPercentage": _percent(own["units"], _sessions(own)),
        },
    }


def _sum(parts: Iterable[Figures]) -> Figures:
    total: Figures = Counter()
    for part in parts:
        total.update(part)
    return total


def _sessions(figures: Figures) -> int:
    return figures["browser_sessions"] + figures["app_sessions"]


def _views(figures: Figures) -> int:
    return figures["browser_views"] + figures["app_views"]


def _per(part: int, whole: int) -> int:
    """Return the rounded quotient, 0 where there is nothing to divide by, as the report prints it."""
    return round(part / whole) if whole else 0


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 2) if whole else 0.0


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _amount(cents: int, currency: str) -> Row:
    return {"amount": round(cents / 100, 2), "currencyCode": currency}
