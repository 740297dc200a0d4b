"""Sales and traffic figures as Amazon prints them, in the report and in Data Kiosk alike: amounts, rates and shares of a total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sellerwatch.simulator.documents.daily_figures import Figures
from sellerwatch.simulator.documents.shapes import Listing

Row = dict[str, Any]

ALL_PERCENT = 100.0


def _by_parent(listing: Listing) -> Row:
    return {"parentAsin": listing.parent_asin}


def _by_child(listing: Listing) -> Row:
    return {"parentAsin": listing.parent_asin, "childAsin": listing.asin}


def _by_sku(listing: Listing) -> Row:
    return {"parentAsin": listing.parent_asin, "childAsin": listing.asin, "sku": listing.sku}


PRODUCT_KEYS: dict[str, Callable[[Listing], Row]] = {"PARENT": _by_parent, "CHILD": _by_child, "SKU": _by_sku}
"""What identifies a product row, by the granularity of products."""

KEY_NAMES = ("parentAsin", "childAsin", "sku")


def sums_by_product(
    listings: Sequence[Listing], cells: Iterable[Mapping[str, Figures]], granularity: str
) -> dict[tuple[str, ...], Figures]:
    """Return the figures of each product over all the days' cells, by its key; the key's names are the first of `KEY_NAMES`."""
    key_of = PRODUCT_KEYS[granularity]
    days = list(cells)
    sums: dict[tuple[str, ...], Figures] = {}
    for listing in listings:
        key = tuple(key_of(listing).values())
        own = sum_figures(day[listing.sku] for day in days if listing.sku in day)
        sums[key] = sums.get(key, Counter()) + own
    return sums


def is_shown(own: Figures, granularity: str) -> bool:
    """Tell whether a product has a row; by SKU, what was looked at but not ordered is left out, as Amazon does."""
    return bool(own["units"] or (views(own) and granularity != "SKU"))


def sales_by_date(total: Figures, currency: str) -> Row:
    """Return the sales of a period."""
    return {
        "orderedProductSales": amount(total["cents"], currency),
        "unitsOrdered": total["units"],
        "totalOrderItems": total["items"],
        "averageSalesPerOrderItem": amount(_per(total["cents"], total["items"]), currency),
        "averageUnitsPerOrderItem": _ratio(total["units"], total["items"]),
        "averageSellingPrice": amount(_per(total["cents"], total["units"]), currency),
        "unitsRefunded": total["refunded"],
        "refundRate": refund_rate(total),
        "claimsGranted": 0,
        "claimsAmount": amount(0, currency),
        "shippedProductSales": amount(total["shipped_cents"], currency),
        "unitsShipped": total["shipped_units"],
        "ordersShipped": total["shipped_orders"],
    }


def traffic_by_date(total: Figures, listings: Sequence[Listing]) -> Row:
    """Return the traffic of a period."""
    visits, feedback = sessions(total), total["items"] // 90
    return {
        "browserPageViews": total["browser_views"],
        "mobileAppPageViews": total["app_views"],
        "pageViews": views(total),
        "browserSessions": total["browser_sessions"],
        "mobileAppSessions": total["app_sessions"],
        "sessions": visits,
        "buyBoxPercentage": _ratio(total["featured"], views(total)),
        "orderItemSessionPercentage": min(ALL_PERCENT, percent(total["items"], visits)),
        "unitSessionPercentage": percent(total["units"], visits),
        "averageOfferCount": len(listings),
        "averageParentItems": len({item.parent_asin for item in listings}),
        "feedbackReceived": feedback,
        "negativeFeedbackReceived": feedback // 4,
        "receivedNegativeFeedbackRate": percent(feedback // 4, feedback),
    }


def product_sales(own: Figures, currency: str) -> Row:
    """Return a product's sales as the report has them."""
    return {
        "unitsOrdered": own["units"],
        "orderedProductSales": amount(own["cents"], currency),
        "totalOrderItems": own["items"],
    }


def product_traffic(own: Figures, total: Figures) -> Row:
    """Return a product's traffic with its shares of the account's."""
    return {
        "browserSessions": own["browser_sessions"],
        "mobileAppSessions": own["app_sessions"],
        "sessions": sessions(own),
        "browserSessionPercentage": percent(own["browser_sessions"], total["browser_sessions"]),
        "mobileAppSessionPercentage": percent(own["app_sessions"], total["app_sessions"]),
        "sessionPercentage": percent(sessions(own), sessions(total)),
        "browserPageViews": own["browser_views"],
        "mobileAppPageViews": own["app_views"],
        "pageViews": views(own),
        "browserPageViewsPercentage": percent(own["browser_views"], total["browser_views"]),
        "mobileAppPageViewsPercentage": percent(own["app_views"], total["app_views"]),
        "pageViewsPercentage": percent(views(own), views(total)),
        "buyBoxPercentage": _ratio(own["featured"], views(own)),
        "unitSessionPercentage": percent(own["units"], sessions(own)),
    }


def sum_figures(parts: Iterable[Figures]) -> Figures:
    """Return the sum of all parts, name by name."""
    total: Figures = Counter()
    for part in parts:
        total.update(part)
    return total


def refund_rate(own: Figures) -> float:
    """Return the refunded units per hundred ordered ones, a hundred at most."""
    return min(ALL_PERCENT, percent(own["refunded"], own["units"]))


def sessions(figures: Figures) -> int:
    """Return the sessions in browsers and in the app."""
    return figures["browser_sessions"] + figures["app_sessions"]


def views(figures: Figures) -> int:
    """Return the page views in browsers and in the app."""
    return figures["browser_views"] + figures["app_views"]


def percent(part: int, whole: int) -> float:
    """Return the share of a hundred, 0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0


def amount(cents: int, currency: str) -> Row:
    """Return an amount of money with its currency."""
    return {"amount": round(cents / 100, 2), "currencyCode": currency}


def _per(part: int, whole: int) -> int:
    """Return the rounded quotient, 0 where there is nothing to divide by, as the report prints it."""
    return round(part / whole) if whole else 0


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 2) if whole else 0.0
