"""Figures that come late or only in part: the newest document's stand in the place of the older ones, never beside them."""

from __future__ import annotations

import json
from datetime import date

import pytest

from sellerwatch.core.periods import Days
from tests.warehouse.shelf import flat, order

MONDAY = date(2026, 11, 16)


def traffic(*, units, sessions, by_product=True):
    """What Amazon says of Monday: the day as a whole, and one product."""
    sales = {"orderedProductSales": {"amount": units * 10, "currencyCode": "USD"}, "unitsOrdered": units}
    seen = {"pageViews": 2 * sessions, "sessions": sessions}
    product = {"parentAsin": "P-A", "childAsin": "A", "salesByAsin": sales, "trafficByAsin": seen}
    return json.dumps(
        {
            "reportSpecification": {
                "reportType": "GET_SALES_AND_TRAFFIC_REPORT",
                "reportOptions": {"dateGranularity": "DAY", "asinGranularity": "CHILD"},
                "dataStartTime": str(MONDAY),
                "dataEndTime": str(MONDAY),
                "marketplaceIds": ["ATVPDKIKX0DER"],
            },
            "salesAndTrafficByDate": [{"date": str(MONDAY), "salesByDate": sales, "trafficByDate": seen}],
            "salesAndTrafficByAsin": [product] if by_product else [],
        }
    ).encode()


@pytest.fixture
def monday(shelf):
    def put(body, hours):
        shelf.put("sales_traffic", body, days=Days(MONDAY, MONDAY), hours=hours)
        shelf.load()

    return put


def test_traffic_that_came_as_zero_first_is_filled_by_a_later_document(shelf, monday):
    monday(traffic(units=5, sessions=0), hours=0)
    monday(traffic(units=5, sessions=57), hours=24)

    assert shelf.facts("sales_traffic_day", "units_ordered", "sessions") == [(5, 57)]
    assert shelf.facts("sales_traffic_asin_day", "units_ordered", "sessions") == [(5, 57)]


def test_a_day_that_was_pulled_at_noon_and_again_at_its_end_counts_once(shelf, monday):
    monday(traffic(units=5, sessions=40), hours=0)
    monday(traffic(units=9, sessions=70), hours=12)

    assert shelf.facts("sales_traffic_day", "units_ordered", "sessions") == [(9, 70)]
    assert shelf.facts("sales_traffic_asin_day", "units_ordered", "sessions") == [(9, 70)]


def test_products_that_are_not_counted_yet_take_no_earlier_ones_away(shelf, monday):
    monday(traffic(units=5, sessions=40), hours=0)
    monday(traffic(units=5, sessions=41, by_product=False), hours=12)

    assert shelf.facts("sales_traffic_day", "sessions") == [(41,)]
    assert shelf.facts("sales_traffic_asin_day", "sessions") == [(40,)]


def test_an_order_without_a_price_is_priced_by_a_later_document(shelf):
    pending = order("1", price="", status="Pending") | {"currency": ""}
    shelf.put("all_orders", flat("all_orders", pending), hours=0)
    shelf.load()
    shelf.put("all_orders", flat("all_orders", order("1", price="12.50")), hours=24)
    shelf.load()

    ((status, price),) = shelf.facts("order_line", "order_status", "item_price_amount")
    assert (status, str(price)) == ("Shipped", "12.500000")
