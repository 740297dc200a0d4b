"""Which facts a document replaces: its orders, its days, its snapshot; the newest word counts, whenever it is loaded."""

import itertools
import json
from datetime import date
from decimal import Decimal

import pytest

from sellerwatch.core.periods import Days
from tests.warehouse.conftest import NIGHT
from tests.warehouse.shelf import flat, order, stock

ORDERS = Days(date(2026, 11, 7), date(2026, 11, 16))
MONDAY = date(2026, 11, 16)


def orders(*records):
    return flat("all_orders", *records)


def put_orders(shelf, *records, hours=0.0):
    shelf.put("all_orders", orders(*records), days=ORDERS, hours=hours)


def lines(shelf):
    return shelf.facts("order_line", "amazon_order_id", "sku", "ordinal", "quantity", "item_price_amount")


def traffic(*days, products=(), asked=MONDAY, units=3):
    """Return a sales-and-traffic document with these days and, for each product, one unit sold."""
    money = {"amount": 30.5, "currencyCode": "USD"}
    by_day = [
        {
            "date": str(day),
            "salesByDate": {"orderedProductSales": money, "unitsOrdered": units},
            "trafficByDate": {"pageViews": 9 * bool(units), "sessions": 7 * bool(units)},
        }
        for day in days
    ]
    by_asin = [
        {
            "parentAsin": f"P-{asin}",
            "childAsin": asin,
            "salesByAsin": {"orderedProductSales": money, "unitsOrdered": 1},
            "trafficByAsin": {"pageViews": 4, "sessions": 2},
        }
        for asin in products
    ]
    return json.dumps(
        {
            "reportSpecification": {
                "reportType": "GET_SALES_AND_TRAFFIC_REPORT",
                "reportOptions": {"dateGranularity": "DAY", "asinGranularity": "CHILD"},
                "dataStartTime": str(asked),
                "dataEndTime": str(asked),
                "marketplaceIds": ["ATVPDKIKX0DER"],
            },
            "salesAndTrafficByDate": by_day,
            "salesAndTrafficByAsin": by_asin,
        },
    ).encode()


def put_traffic(shelf, body, *, hours=0.0, day=MONDAY):
    shelf.put("sales_traffic", body, days=Days(day, day), hours=hours)


def test_an_order_is_replaced_whole_and_other_orders_stay(shelf):
    put_orders(shelf, order("1", "A"), order("1", "B"), order("2", "A"))
    shelf.load()

    put_orders(shelf, order("1", "A", units="0", price="0.10"), order("1", "C"), hours=24)
    shelf.load()

    assert lines(shelf) == [
        ("1", "A", 1, 0, Decimal("0.10")),
        ("1", "C", 1, 1, Decimal("10.00")),
        ("2", "A", 1, 1, Decimal("10.00")),
    ]


def test_equal_lines_of_one_order_are_real(shelf):
    put_orders(shelf, order("1"), order("1"))
    shelf.load()

    assert [line[:3] for line in lines(shelf)] == [("1", "A", 1), ("1", "A", 2)]


def test_an_order_that_moves_to_another_day_is_there_once(shelf):
    put_orders(shelf, order("1", day=15))
    put_orders(shelf, order("1", day=16), hours=1)
    shelf.load()

    assert shelf.facts("order_line", "amazon_order_id", "purchased_on") == [("1", date(2026, 11, 16))]


def test_the_newest_word_on_an_order_counts_in_whatever_order_documents_are_loaded(shelf):
    versions = [[order("1", units="1"), order("2", units="1")], [order("1", units="2")], [order("1", units="3"), order("3")]]
    expected = [("1", "A", 1, 3), ("2", "A", 1, 1), ("3", "A", 1, 1)]

    for turn, permutation in enumerate(itertools.permutations(range(3))):
        for number in permutation:
            put_orders(shelf, *versions[number], hours=100 * turn + number)
            shelf.load()
        assert [line[:4] for line in lines(shelf)] == expected, permutation


def test_of_two_documents_made_at_once_the_same_one_counts_in_either_order(shelf):
    earlier, later = Days(date(2026, 10, 1), date(2026, 10, 31)), ORDERS
    for turn, pair in enumerate([((earlier, "1"), (later, "2")), ((later, "2"), (earlier, "1"))]):
        for days, units in pair:
            shelf.put("all_orders", orders(order("1", units=units)), days=days, hours=turn)
            shelf.load()
        assert [line[3] for line in lines(shelf)] == [2]


def test_an_older_day_does_not_come_back_after_a_newer_document_called_it_empty(shelf):
    put_traffic(shelf, traffic(MONDAY, products=["B01"]), hours=0)
    put_traffic(shelf, traffic(units=0), hours=5)
    assert shelf.load().problems == ()
    assert shelf.facts("sales_traffic_day") == []
    assert shelf.facts("sales_traffic_asin_day") == []

    put_traffic(shelf, traffic(MONDAY, products=["B01"]), hours=2)
    shelf.load()

    assert shelf.facts("sales_traffic_day") == []
    assert shelf.facts("sales_traffic_asin_day") == []


def test_a_document_that_says_nothing_of_a_table_neither_empties_it_nor_outranks_older_ones(shelf):
    put_traffic(shelf, traffic(MONDAY, products=["B01"]), hours=0)
    put_traffic(shelf, traffic(MONDAY, units=4), hours=5)  # sales, but the list of products is not there yet
    shelf.load()
    assert shelf.facts("sales_traffic_day", "units_ordered") == [(4,)]
    assert shelf.facts("sales_traffic_asin_day", "item") == [("B01",)]

    put_traffic(shelf, traffic(MONDAY, products=["B02"]), hours=2)
    shelf.load()

    assert shelf.facts("sales_traffic_day", "units_ordered") == [(4,)]
    assert shelf.facts("sales_traffic_asin_day", "item") == [("B02",)]
    assert "says_nothing_of: sales_traffic_asin_day" in shelf.documents()[1].notes


def test_days_next_to_the_document_stay(shelf):
    sunday = date(2026, 11, 15)
    put_traffic(shelf, traffic(sunday, asked=sunday), day=sunday)
    put_traffic(shelf, traffic(MONDAY), hours=1)
    shelf.load()
    put_traffic(shelf, traffic(), hours=2)
    shelf.load()

    assert shelf.facts("sales_traffic_day", "sold_on") == [(sunday,)]


def test_a_snapshot_replaces_the_same_day_and_leaves_others(shelf):
    shelf.put("fba_inventory", flat("fba_inventory", stock("A"), stock("B")))
    shelf.put("fba_inventory", flat("fba_inventory", stock("B", "7"), stock("C")), hours=2)
    shelf.put(
        "fba_inventory", flat("fba_inventory", stock("A", "9")), days=Days(date(2026, 11, 18), date(2026, 11, 18)), hours=24
    )
    shelf.load()

    assert shelf.facts("fba_inventory", "snapshot_on", "sku", "sellable_units") == [
        (NIGHT, "B", 7),
        (NIGHT, "C", 5),
        (date(2026, 11, 18), "A", 9),
    ]


def test_an_empty_snapshot_empties_its_day_for_older_documents_too(shelf):
    shelf.put("fba_inventory", flat("fba_inventory", stock("A")))
    shelf.put("fba_inventory", flat("fba_inventory"), hours=2)
    shelf.load()
    assert shelf.facts("fba_inventory") == []

    shelf.put("fba_inventory", flat("fba_inventory", stock("A")), hours=1)
    shelf.load()

    assert shelf.facts("fba_inventory") == []


def test_loading_again_what_is_loaded_changes_nothing(shelf):
    put_orders(shelf, order("1"), order("2", "B"))
    shelf.load()
    before = shelf.facts("order_line"), shelf.documents()

    assert shelf.load().documents == 0
    assert (shelf.facts("order_line"), shelf.documents()) == before


def test_an_order_that_would_lose_a_line_to_a_gap_keeps_its_older_lines(shelf):
    put_orders(shelf, order("1", "A"), order("1", "B"), order("2", "A"))
    shelf.load()

    put_orders(shelf, order("1", "A", units="9"), order("1", "B", units="many"), order("2", "A", units="9"), hours=24)
    report = shelf.load()

    assert [line[:4] for line in lines(shelf)] == [("1", "A", 1, 1), ("1", "B", 1, 1), ("2", "A", 1, 9)]
    assert report.skipped == 1
    assert "older_orders_kept: 1" in shelf.documents()[1].notes


def test_an_order_that_truly_lost_a_line_is_replaced_when_the_document_has_no_gap(shelf):
    put_orders(shelf, order("1", "A"), order("1", "B"))
    put_orders(shelf, order("1", "A"), hours=1)
    shelf.load()

    assert [line[1] for line in lines(shelf)] == ["A"]


def test_a_day_whose_only_record_was_set_aside_keeps_its_older_figures(shelf):
    days = Days(date(2026, 11, 15), MONDAY)
    body = traffic(*days, asked=days.first).replace(b'"dataEndTime": "2026-11-15"', b'"dataEndTime": "2026-11-16"')
    shelf.put("sales_traffic", body, days=days)
    shelf.load()

    damaged = json.loads(body)
    damaged["salesAndTrafficByDate"][1]["salesByDate"]["unitsOrdered"] = "some"
    damaged["salesAndTrafficByDate"][0]["salesByDate"]["unitsOrdered"] = 8
    shelf.put("sales_traffic", json.dumps(damaged).encode(), days=days, hours=3)
    shelf.load()

    assert shelf.facts("sales_traffic_day", "sold_on", "units_ordered") == [(days.first, 8), (MONDAY, 3)]


@pytest.mark.parametrize("count", [0, 1, 20_001])
def test_any_number_of_rows_is_stored_exactly(shelf, count):
    put_orders(shelf, *(order(f"{number:06}", price=f"{number / 100:.2f}") for number in range(count)))
    report = shelf.load()

    assert report.rows == count
    assert [line[4] for line in lines(shelf)] == [Decimal(number) / 100 for number in range(count)]


def test_every_fact_says_where_it_came_from(shelf):
    put_orders(shelf, order("1"), order("2"))
    shelf.load()
    (document,) = shelf.documents()

    rows = shelf.facts("order_line", "store_id", "marketplace", "document_id", "line", "observed_at")

    assert rows == [("cascade", "US", document.id, line, document.observed_at) for line in (2, 3)]
