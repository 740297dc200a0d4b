"""What the checks on visits, customers, money and goods let pass and what they do not, on both databases."""

from __future__ import annotations

import itertools
import random
import statistics
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

from sellerwatch.warehouse.checks.bands import CONSISTENT
from sellerwatch.warehouse.checks.results import results_of
from sellerwatch.warehouse.checks.run import check_night, find
from sellerwatch.warehouse.engine import reading
from tests.conftest import FEW
from tests.spec.consistent_facts import PLACES, asin, balance, exact, order_line, put, tell
from tests.spec.small_world import NIGHT, World, day


@pytest.fixture
def shipped(shipped):
    """The shipped settings with four feeds, so that every other one settles after three days, as all do here."""
    few = {name: shipped.reports[name] for name in FEW}
    few["sales_traffic"] = few["sales_traffic"].model_copy(update={"settled_after_days": 3})
    return replace(shipped, reports=few)


@pytest.fixture
def empty(engine, shipped, world):
    """A store without a fact, under the shipped limits."""
    return World(engine, shipped, store_id=world.store_id)


@pytest.fixture
def told(engine, shipped, world):
    """Gives the consistent store with some of its reports, under limits that let nothing pass."""
    store = World(engine, exact(shipped), store_id=world.store_id, places=tuple(PLACES))
    return lambda *reports: tell(store, reports)


def limited(store, name, **limits):
    old = store.shipped.checks
    checks = old.model_copy(update={"limits": {**old.limits, name: old.limits[name].model_copy(update=limits)}})
    store.shipped = replace(store.shipped, checks=checks)
    return store


def results(store, name, *, place="US"):
    found = find(store.workspace, store.store_id, NIGHT, only=[name])
    return [item for item in found if item.marketplace == place]


def failures(store, name, *, place="US"):
    return {((item.day - NIGHT).days, item.measure) for item in results(store, name, place=place) if item.status == "fail"}


def reasons(store, name):
    return {item.reason for item in results(store, name) if item.status == "skipped"}


def examples(store, name, measure):
    (item,) = [one for one in results(store, name) if one.status == "fail" and one.measure == measure]
    return {one["subject"]: (one["expected"], one["found"]) for one in item.detail["examples"]}


def write(store, report, table, rows, *, days=range(-35, 0)):
    """Put rows into one document about these days."""
    document = store.pulled(day(days.start), day(days.stop - 1), report=report)
    put(store, table, rows, document, "US")
    return document


# --- bands ------------------------------------------------------------------------------------------------------------


def traffic(sku, offset, units, sessions):
    on = day(offset)
    base = {"asin_day": f"{asin(sku)}/{on}", "sold_on": on, "parent_asin": "P", "child_asin": asin(sku), "currency": "USD"}
    return base | {"units_ordered": units, "sessions": sessions, "page_views": sessions}


def told_by_hand(observed, limits, days):
    """Judge by Python's own statistics: what is outside, by product and day."""
    outside = set()
    for sku, by_day in observed.items():
        for offset in days:
            if offset not in by_day or by_day[offset][1] < limits.minimum_rows:
                continue
            past = [
                units * 100_000_000 // sessions
                for back, (units, sessions) in by_day.items()
                if 1 <= offset - back <= 28 and sessions >= limits.minimum_rows
            ]
            if len(past) < limits.minimum_history:
                continue
            units, sessions = by_day[offset]
            value, median = units * 100_000_000 // sessions, statistics.median_low(past)
            spread = statistics.median_high([abs(one - median) for one in past])
            gap = abs(value - median)
            is_off = (
                gap > limits.spread * CONSISTENT * spread and gap > limits.absolute * 1e6 and gap > limits.relative * median
            )
            outside |= {(sku, offset)} if is_off else set()
    return outside


def test_a_band_is_the_median_of_the_past_and_its_usual_distance(empty):
    luck = random.Random(7)
    observed = defaultdict(dict)
    for number, offset in itertools.product(range(12), range(-35, 0)):
        if luck.random() < 0.9:
            sessions = luck.choice((40, 300, 500, 900))
            wild = luck.choice((0, 3, 8)) if luck.random() < 0.1 else 1
            observed[f"S{number}"][offset] = (int(sessions * 0.01 * wild * luck.uniform(8, 12)), sessions)
    rows = [traffic(sku, offset, *cells) for sku, days in observed.items() for offset, cells in days.items()]
    write(empty, "sales_traffic_trends", "sales_traffic_trends_asin_day", rows)
    store = limited(empty, "product_conversion_band", share=0, absolute=2, relative=0.3, spread=4)
    limits = store.shipped.checks.limits["product_conversion_band"]

    expected = told_by_hand(observed, limits, range(-35, -3))

    found = [item for item in results(store, "product_conversion_band") if item.status == "fail"]
    assert sum(item.off for item in found) == len(expected) > 5
    assert {(item.day - NIGHT).days for item in found} == {offset for _, offset in expected}


def test_what_lies_within_the_usual_distance_is_expected_as_it_is(empty):
    rows = [traffic("A", offset, 40 + 5 * (offset % 3), 1_000) for offset in range(-35, 0)]
    write(empty, "sales_traffic_trends", "sales_traffic_trends_asin_day", rows)

    found = [item for item in results(empty, "product_conversion_band") if item.status == "pass"]

    assert {item.off for item in found} == {0}
    assert {item.found - item.expected for item in found} == {Decimal(0)}


# --- visits and sales -------------------------------------------------------------------------------------------------


def test_sales_of_a_product_without_a_session_are_shown_once_they_are_many(told):
    store = limited(told("sales_traffic"), "sales_without_sessions", minimum_rows=2)
    product = {"asin_granularity": "CHILD", "parent_asin": "P", "sold_on": day(-5), "currency": "USD", "page_views": 0}
    rows = [product | {"item": f"B0{name}", "child_asin": f"B0{name}", "sessions": sessions, "units_ordered": units}
            for name, sessions, units in (("V", 0, 9), ("W", 0, 1), ("X", 5, 9), ("Y", None, 9))]  # fmt: skip
    write(store, "sales_traffic", "sales_traffic_asin_day", rows)

    assert failures(store, "sales_without_sessions") == {(-5, "product_sessions")}
    assert examples(store, "sales_without_sessions", "product_sessions") == {"B0V": ("1", "0")}


@pytest.mark.parametrize(
    ("morning", "next_morning", "sessions", "is_failed"),
    [(100, 100, 500, True), (100, 0, 500, False), (0, 100, 500, False), (100, 100, 90, False), (100, 100, 110, False)],
    ids=["in stock", "sold out by the next morning", "sold out in the morning", "few visits", "few sales were likely"],
)
def test_visits_that_stop_buying_count_only_where_the_product_was_in_stock(empty, morning, next_morning, sessions, is_failed):
    rows = [traffic("A", offset, 50, 500) for offset in range(-35, -5)] + [traffic("A", -5, 0, sessions)]
    write(empty, "sales_traffic_trends", "sales_traffic_trends_asin_day", rows)
    for offset, units in ((-5, morning), (-4, next_morning)):
        document = empty.pulled(day(offset), day(offset), report="fba_inventory", wanted_for=NIGHT)
        put(empty, "fba_inventory", [{"snapshot_on": day(offset), "sku": "A", "asin": "B0A", "sellable_units": units}],
            document, "US")  # fmt: skip

    assert bool(failures(empty, "sessions_without_sales")) is is_failed
    if is_failed:
        assert examples(empty, "sessions_without_sales", "units") == {"B0A": ("50", "0")}


# --- customers --------------------------------------------------------------------------------------------------------


def orders(sku, offset, count, *, hour=None, label="", **cells):
    """So many orders of a SKU on a day: spread over it, or in one hour."""
    cells = {"promotion_ids": None} | cells
    for number in range(count):
        moment = datetime.combine(day(offset), time(10 + number % 12 if hour is None else hour, number % 60), UTC)
        yield order_line(
            f"{label}{sku}{offset}/{hour}/{number}", offset, sku, "US", quantity=1, purchased_at_utc=moment, **cells
        )


def test_a_burst_of_orders_is_seen_by_day_by_hour_and_by_what_they_share(empty):
    calm = [row for offset in range(-35, 0) for sku, each in (("A", 5), ("B", 40)) for row in orders(sku, offset, each)]
    burst = [*orders("A", -6, 45, hour=20), *orders("C", -7, 60, hour=21, promotion_ids="SALE")]
    deal = [*orders("B", -8, 50, label="DEAL")]
    write(empty, "all_orders", "order_line", [*calm, *burst, *deal])

    measures = ("orders", "orders_in_an_hour", "orders_alike")
    assert failures(empty, "order_bursts") == {(offset, measure) for offset in (-6, -7) for measure in measures}
    assert {(item.day - NIGHT).days: item.detail["examples"] for item in results(empty, "order_bursts")
            if item.status == "fail" and item.measure == "orders"} == {
        -6: [{"subject": "A", "expected": "5", "found": "50"}],
        -7: [{"subject": "C", "expected": "0", "found": "60"}],
    }  # fmt: skip


def test_orders_of_many_hours_and_prices_are_no_burst_of_one_hour(empty):
    """Sixty orders, five an hour, each at a price of its own: the day stands out, and nothing within it."""
    rows = [*orders("A", -6, 60)]
    priced = [row | {"item_price_amount": Decimal(number)} for number, row in enumerate(rows, 1)]
    write(empty, "all_orders", "order_line", [*(row for offset in range(-35, 0) for row in orders("Z", offset, 1)), *priced])

    assert failures(empty, "order_bursts") == {(-6, "orders")}


def test_a_wave_of_returns_is_seen_in_its_week(empty):
    lines = [row for offset in range(-62, 0) for row in orders("A", offset, 20)]
    write(empty, "all_orders", "order_line", lines, days=range(-62, 0))
    came = [(offset, 1) for offset in range(-62, 0)] + [(-5, 30)]
    rows = [{"return_id": f"R{number}", "amazon_order_id": f"O{number}", "sku": "A", "returned_on": day(offset), "units": units}
            for number, (offset, units) in enumerate(came)]  # fmt: skip
    write(empty, "fba_returns", "fba_return", rows, days=range(-62, 0))

    assert failures(empty, "return_band") == {(-3, "return_pct"), (-3, "store_return_pct")}
    assert examples(empty, "return_band", "return_pct") == {"A": ("5", "26.428571")}


# --- money and goods --------------------------------------------------------------------------------------------------


def paid(order, posted, **cells):
    base = {"settlement_id": "S", "transaction_type": "Order", "amount_type": "ItemPrice", "amount_description": "Principal"}
    return (
        base
        | {"amazon_order_id": order, "posted_on": posted and day(posted), "amount": Decimal(9), "marketplace_name": None}
        | cells
    )


def test_an_order_that_the_reports_never_had_is_found_unless_it_may_be_older_than_they_are(empty):
    write(empty, "all_orders", "order_line", [*orders("A", -35, 1), *orders("A", -10, 1)])
    known = next(orders("A", -10, 1))["amazon_order_id"]
    lines = [
        paid(known, -8),
        paid("LOST", -8, marketplace_name="Amazon.com"),
        paid("EARLY", -20),
        paid("NO DAY", None),
        paid("ABROAD", -8, marketplace_name="Amazon.ca"),
        paid("REFUND", -8, transaction_type="Refund"),
        paid(None, -8),
    ]
    write(empty, "settlement", "settlement_line", [row | {"ordinal": number} for number, row in enumerate(lines)],
          days=range(-21, -7))  # fmt: skip

    assert failures(empty, "settled_orders_known") == {(-8, "orders")}
    assert examples(empty, "settled_orders_known", "orders") == {"LOST": ("1", "0")}
    (item,) = results(empty, "settled_orders_known")
    assert (item.compared, item.detail["not_compared"], item.detail["because"]) == (2, 2, "before_history")


def settled(store, *spans, orders=()):
    """Settlements over these days; the first pays the orders."""
    for number, days in enumerate(spans):
        document = store.pulled(day(days.start), day(days.stop - 1), report="settlement")
        rows = [paid(order, days.start, settlement_id=f"S{number}", ordinal=place) for place, order in enumerate(orders)]
        if rows and number == 0:
            put(store, "settlement_line", rows, document, "US")


def test_a_shipped_order_is_looked_for_once_every_settlement_that_may_pay_it_is_there(empty):
    write(
        empty,
        "all_orders",
        "order_line",
        [*orders("A", -34, 2), *orders("A", -20, 1), *orders("B", -34, 1, order_status="Pending")],
    )
    first, second = (row["amazon_order_id"] for row in orders("A", -34, 2))
    settled(empty, range(-40, -20), range(-20, -2), orders=[first])

    assert failures(empty, "shipped_orders_settled") == {(-34, "orders")}
    assert examples(empty, "shipped_orders_settled", "orders") == {second: ("1", "0")}
    assert "not_settled" in reasons(empty, "shipped_orders_settled"), "those that may be paid tomorrow"


def test_a_settlement_that_is_missing_in_between_accuses_no_order(empty):
    write(empty, "all_orders", "order_line", [*orders("A", -34, 2)])
    settled(empty, range(-40, -20), range(-18, -2), orders=["OTHER"])

    assert failures(empty, "shipped_orders_settled") == set()


def test_orders_that_wait_for_their_first_settlements_are_not_settled(empty):
    write(empty, "all_orders", "order_line", [*orders("A", -10, 2)])
    settled(empty, range(-12, -2), orders=["OTHER"])

    assert reasons(empty, "shipped_orders_settled") == {"not_settled"}


@pytest.mark.parametrize(
    ("shipped_units", "is_failed"),
    [(280, False), (200, False), (180, False), (160, True), (380, False), (400, True)],
    ids=[
        "all",
        "the last days not yet",
        "just those of before",
        "too few",
        "those of the days before too",
        "more than were ordered",
    ],
)
def test_what_left_lies_between_what_surely_and_what_possibly_did(empty, shipped_units, is_failed):
    """A fortnight that ends on a Friday, 20 units a day, and five days for Amazon to ship: 180 to 380 units."""
    lines = [order_line(f"O{offset}", offset, "A", "US", quantity=20) for offset in range(-35, -3)]
    write(empty, "all_orders", "order_line", lines)
    moved = balance("US", -10, "A", customer_shipped_units=-shipped_units)
    write(empty, "ledger_summary", "ledger_summary", [moved, balance("US", -30, "A", customer_shipped_units=-999)])
    store = limited(empty, "shipments_vs_orders", absolute=0, relative=0, share=0)

    assert bool({offset for offset, _ in failures(store, "shipments_vs_orders")} & {-4}) is is_failed


def test_a_quantity_that_is_not_known_makes_a_fortnight_unknown(told):
    store = told("all_orders", "ledger_summary")
    put(store, "order_line", [order_line("N", -8, "A", "US", quantity=None)],
        store.pulled(day(-8), day(-8), report="all_orders"), "US")  # fmt: skip

    (item,) = [one for one in results(store, "shipments_vs_orders") if one.status != "skipped"]

    assert (item.status, item.compared, item.detail["because"]) == ("pass", 5, "blank_amounts")


def test_advertising_may_claim_a_days_sales_more_than_once_but_no_weeks(told):
    store = told("ads_sp_campaigns", "sales_traffic")
    cells = {"advertised_on": day(-12), "currency": "USD", "cost_amount": Decimal(1), "clicks": 1, "impressions": 1}
    more = cells | {"campaign_id": "N", "sales_7d_amount": Decimal(400)}
    put(store, "ads_sp_campaign_day", [more], store.pulled(day(-12), day(-12), report="ads_sp_campaigns"), "US")
    assert failures(store, "ads_sp_sales_vs_all") == set()

    put(store, "ads_sp_campaign_day", [more | {"campaign_id": "M", "sales_7d_amount": Decimal(100)}],
        store.pulled(day(-11), day(-11), report="ads_sp_campaigns"), "US")  # fmt: skip

    (item,) = [one for one in results(store, "ads_sp_sales_vs_all") if one.status == "fail"]
    assert (item.expected, item.found, item.currency) == (Decimal(840), Decimal(878), "USD")


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_a_failure_names_the_newest_document_of_each_feed_that_it_rests_on(empty):
    older = write(empty, "all_orders", "order_line", [*orders("A", -6, 9)], days=range(-30, -4))
    newer = empty.pulled(day(-9), day(-1), report="all_orders")
    empty.pulled(day(-5), day(-1), report="all_orders")
    visited = write(empty, "sales_traffic", "sales_traffic_day",
                    [{"sold_on": day(-6), "units_ordered": 90, "ordered_product_sales_amount": Decimal(1), "currency": "USD"}],
                    days=range(-6, -5))  # fmt: skip

    failed = [item for item in results(empty, "orders_vs_sales_traffic") if item.status == "fail"]

    assert {tuple(item.detail["documents"]) for item in failed} == {(newer, visited)}
    assert older not in {name for item in failed for name in item.detail["documents"]}


def test_what_had_to_be_waited_for_is_looked_at_again_for_as_long_as_anything_else(empty):
    """The order of day -34 is paid by a settlement that comes two weeks late."""
    write(empty, "all_orders", "order_line", [*orders("A", -34, 1)])
    settled(empty, range(-40, -20), range(-20, -2), orders=["OTHER"])
    for offset in (0, 20):
        check_night(empty.workspace, empty.store_id, day(offset))
        assert failed_on(empty, offset) == {-34}

    paid_late = empty.pulled(day(-2), day(12), report="settlement", wanted_for=day(21))
    put(empty, "settlement_line", [paid(next(orders("A", -34, 1))["amazon_order_id"], 5) | {"ordinal": 0}], paid_late, "US")
    check_night(empty.workspace, empty.store_id, day(21))

    assert failed_on(empty, 21) == set()


def failed_on(store, offset):
    with reading(store.engine) as connection:
        found = results_of(connection, store.store_id, day(offset))
    return {(item.day - NIGHT).days for item in found if item.status == "fail" and item.check_name == "shipped_orders_settled"}
