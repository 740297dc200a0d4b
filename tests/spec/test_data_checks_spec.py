"""What each data check catches, and what it lets pass, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, insert, select, update

from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse.checks import run
from sellerwatch.warehouse.checks.catalogue import CHECKS, limits_of
from sellerwatch.warehouse.checks.results import results_of, verdicts
from sellerwatch.warehouse.checks.run import check_everything, check_night, find
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.checks import DATA_CHECK
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import WINDOW
from tests.conftest import FEW
from tests.spec.consistent_facts import (
    PLACES,
    RANGES,
    SNAPSHOTS,
    STOCK,
    asin,
    balance,
    campaign,
    event,
    exact,
    order_line,
    put,
    tell,
)
from tests.spec.small_world import NIGHT, World, day


@pytest.fixture
def shipped(shipped):
    """The shipped settings with four feeds, so that every other one settles after three days, as all do here."""
    few = {name: shipped.reports[name] for name in FEW}
    few["sales_traffic"] = few["sales_traffic"].model_copy(update={"settled_after_days": 3})
    return replace(shipped, reports=few)


@pytest.fixture
def told(engine, shipped, world):
    """Gives the consistent store with some of its reports, under limits that let nothing pass."""
    empty = World(engine, exact(shipped), store_id=world.store_id, places=tuple(PLACES))
    return lambda *reports: tell(empty, reports)


@pytest.fixture
def store(told):
    """The consistent store with all reports."""
    return told(*RANGES, *SNAPSHOTS)


@pytest.fixture
def sales(told):
    return told("all_orders", "sales_traffic")


@pytest.fixture
def ledger(told, monkeypatch):
    """A store whose nights run two checks only; what is promised of nights does not depend on how many there are."""
    names = ("ledger_events_vs_summary", "settlement_total")
    monkeypatch.setattr(run, "CHECKS", {name: CHECKS[name] for name in names})
    return told("ledger_summary", "ledger_detail", "settlement")


def failed(store, *only):
    """Return every check, marketplace and day that fails."""
    found = find(store.workspace, store.store_id, NIGHT, only=only)
    return {(item.check_name, item.marketplace, (item.day - NIGHT).days) for item in found if item.status == "fail"}


def change(store, table, values, *, place="US", **row):
    """Change the rows that have these cells; there must be some."""
    facts = FACTS[table]
    where = [facts.c[name] == cell for name, cell in ({"store_id": store.store_id, "marketplace": place} | row).items()]
    with writing(store.engine) as connection:
        assert connection.execute(select(func.count()).where(*where)).scalar_one()
        connection.execute(update(facts).where(*where).values(values) if values else delete(facts).where(*where))


def add(store, table, *rows, place="US", like=None):
    """Add rows to the document that the table's rows, or those of a day, come from."""
    facts = FACTS[table]
    where = [facts.c[name] == cell for name, cell in (like or {}).items()]
    ours = (facts.c.store_id == store.store_id, facts.c.marketplace == place)
    with reading(store.engine) as connection:
        document = connection.execute(select(func.max(facts.c.document_id)).where(*ours, *where)).scalar_one()
    put(store, table, rows, document, place)


def twice(store, table, place="US", **cells):
    """Write a row of the table once more, with the next ordinal."""
    facts = FACTS[table]
    where = [facts.c[name] == cell for name, cell in ({"store_id": store.store_id, "marketplace": place} | cells).items()]
    with writing(store.engine) as connection:
        row = connection.execute(select(facts).where(*where).limit(1)).mappings().one()
        connection.execute(insert(facts).values(dict(row) | {"ordinal": row["ordinal"] + 1}))


def abroad(number, offset, **changed):
    """An order from outside Amazon: orders and sales count it apart."""
    return order_line(number, offset, "A", "US", sales_channel="Non-Amazon", **changed)


# Each harm is done to one place of the consistent store; the checks named with it fail there, on that day, and nowhere else.


def repeat_records(store):
    add(store, "order_line", *(abroad("US-R1", -5, ordinal=number) for number in (1, 2)))
    yield ("order_line_repeats", "US", -1)
    for table, cells in {
        "fee_preview": {"snapshot_on": NIGHT, "sku": "A"},
        "storage_fee": {},
        "seller_feedback": {},
        "merchant_return": {},
        "reimbursement": {},
        "economics_charge": {"sold_on": day(-5), "msku": "A"},
        "ads_sp_search_term_day": {},
    }.items():
        twice(store, table, **cells)
        yield (f"{table}_repeats", "US", 0 if table == "fee_preview" else -1)


def count_an_order_in_two_marketplaces(store):
    add(store, "order_line", abroad("US--6-A", -7, currency="CAD"), place="CA")
    yield ("order_in_two_marketplaces", "US", -6)
    yield ("order_in_two_marketplaces", "CA", -7)


def mix_currencies(store):
    add(store, "order_line", abroad("US-X1", -8, currency="GBP"))
    change(store, "sales_traffic_asin_day", {"currency": "GBP"}, sold_on=day(-8), item="B0B")
    change(store, "sales_traffic_trends_asin_day", {"currency": "GBP"}, sold_on=day(-8), child_asin="B0B")
    change(store, "economics_day", {"currency": "GBP"}, sold_on=day(-8), msku="B")
    for table in ("order_line", "sales_traffic_asin_day", "sales_traffic_trends_asin_day", "economics_day"):
        yield (f"{table}_currency", "US", -8)


def give_a_sku_two_products(store):
    change(store, "inventory_planning", {"asin": "B0OTHER"}, snapshot_on=NIGHT, sku="A")
    yield ("one_asin_per_sku", "US", 0)


def tell_other_sales(store):
    change(store, "sales_traffic_asin_day", {"units_ordered": 3}, sold_on=day(-9), item="B0A")
    yield ("sales_traffic_by_asin", "US", -9)
    yield ("trends_vs_sales_traffic", "US", -9)
    change(store, "sales_traffic_trends_asin_day", {"page_views": 21}, sold_on=day(-10), child_asin="B0A")
    yield ("trends_vs_sales_traffic", "US", -10)
    change(store, "order_line", {"quantity": 3}, amazon_order_id="US--6-B")
    yield ("orders_vs_sales_traffic", "US", -6)
    yield ("economics_vs_orders", "US", -6)
    change(store, "economics_day", {"ordered_product_sales_amount": Decimal("20.01")}, sold_on=day(-12), msku="A")
    yield ("economics_vs_orders", "US", -12)


def settle_wrongly(store):
    line = {"amazon_order_id": "US--9-A", "amount_description": "Commission"}
    change(store, "settlement_line", {"amount": Decimal("-2.99")}, **line)
    change(store, "settlement_line", {"amount": Decimal("20.50")}, place="CA", amazon_order_id="CA--9-A", quantity=2)
    change(store, "settlement_line", {"amount": Decimal("-3.50")}, place="CA", **line | {"amazon_order_id": "CA--9-A"})
    yield ("settlement_total", "US", -1)
    yield ("settlement_vs_orders", "CA", -1)


def lose_advertising(store):
    change(store, "ads_sp_product_day", {"clicks": 5}, advertised_on=day(-5), campaign_id="CA")
    change(store, "ads_sd_product_day", {"cost_amount": Decimal("2.50")}, advertised_on=day(-5), campaign_id="CA")
    yield ("ads_sp_products_vs_campaigns", "US", -5)
    yield ("ads_sd_products_vs_campaigns", "US", -5)


def misstate_stock(store):
    change(store, "ledger_summary", {"received_units": 3}, balance_on=day(-5), sku="A")
    yield ("ledger_rows_balance", "US", -5)
    yield ("ledger_events_vs_summary", "US", -5)
    change(store, "ledger_event", {"units": 4}, happened_on=day(-6), sku="A", event_type="Receipts")
    yield ("ledger_events_vs_summary", "US", -6)
    shifted = {"starting_units": STOCK + 1, "ending_units": STOCK + 1}
    change(store, "ledger_summary", shifted, balance_on=day(-9), sku="B")
    yield ("ledger_days_join", "US", -9)
    yield ("ledger_days_join", "US", -8)
    change(store, "fba_inventory", {"sellable_units": STOCK - 4}, snapshot_on=day(-11), sku="C")
    yield ("ledger_vs_inventory", "US", -12)
    change(store, "inventory_planning", {"sellable_units": STOCK + 1}, snapshot_on=NIGHT, sku="B")
    change(store, "restock", {"available_units": STOCK + 1}, snapshot_on=NIGHT, sku="B")
    yield ("planning_vs_inventory", "US", 0)
    yield ("restock_vs_inventory", "US", 0)


def swell(store):
    """Make days much larger than the others, in amounts that nothing else is compared with."""
    add(store, "order_line", abroad("US-V1", -5, quantity=500))
    for table in ("sales_traffic_day", "sales_traffic_asin_day"):
        change(store, table, {"page_views": FACTS[table].c.page_views * 10}, sold_on=day(-5))
        yield (f"{table}_volume", "US", -5)
    yield ("order_line_volume", "US", -5)
    yield ("trends_vs_sales_traffic", "US", -5)
    many = {"asin_day": "B0NEW", "sold_on": day(-5), "parent_asin": "B0NEW", "child_asin": "B0NEW", "currency": "USD"}
    add(store, "sales_traffic_trends_asin_day", many | {"units_ordered": 500, "page_views": 5})
    yield ("sales_traffic_trends_asin_day_volume", "US", -5)
    change(store, "economics_day", {"net_proceeds_amount": Decimal(500)}, sold_on=day(-5), msku="A")
    yield ("economics_day_volume", "US", -5)
    add(store, "ledger_event", *(event("US", -5, "A", ordinal=100 + number, units=0) for number in range(50)))
    yield ("ledger_event_volume", "US", -5)
    new = {"return_id": "N", "sku": "A", "returned_on": day(-5), "units": 1}
    add(store, "fba_return", *(new | {"amazon_order_id": f"N{number}"} for number in range(30)))
    yield ("fba_return_volume", "US", -5)
    change(store, "fba_inventory", {"total_units": 9_000}, snapshot_on=NIGHT, sku="A")
    yield ("fba_inventory_volume", "US", 0)
    today = {"snapshot_on": NIGHT}
    add(store, "inventory_planning", today | {"sku": "NEW", "sellable_units": 5_000}, like=today)
    yield ("inventory_planning_volume", "US", 0)
    add(store, "restock", today | {"country": "US", "sku": "NEW", "available_units": 5_000}, like=today)
    yield ("restock_volume", "US", 0)
    add(store, "merchant_listing", *(today | {"sku": f"NEW{number}"} for number in range(20)), like=today)
    yield ("merchant_listing_volume", "US", 0)
    for kind in ("sp", "sb", "sd"):
        add(store, f"ads_{kind}_campaign_day", campaign("US", -5, "NEW", cost_amount=Decimal(900)))
        yield (f"ads_{kind}_campaign_day_volume", "US", -5)
    for kind in ("sp", "sd"):
        told = campaign("US", -5, "NEW", cost_amount=Decimal(900)) | {"ad_group_id": "G", "ad_id": "1"}
        add(store, f"ads_{kind}_product_day", told)
    yield ("ads_sp_product_day_volume", "US", -5)


def let_things_vanish(store):
    for table in ("fba_inventory", "inventory_planning", "restock", "merchant_listing", "fee_preview"):
        change(store, table, None, snapshot_on=NIGHT, sku="F")
        yield (f"{table}_coverage", "US", 0)
    change(store, "sales_traffic_asin_day", {"item": "B0Z", "child_asin": "B0Z"}, sold_on=day(-17), item="B0F")
    yield ("sales_traffic_asin_day_coverage", "US", -17)
    yield ("sales_traffic_asin_day_coverage", "US", -16)
    new = {"received_units": 0, "customer_shipped_units": 0, "starting_units": 5_000, "ending_units": 5_000}
    add(store, "ledger_summary", balance("US", -5, "NEW", **new))
    yield ("ledger_summary_volume", "US", -5)
    yield ("ledger_summary_coverage", "US", -4)


def empty_a_marketplace(store):
    """A list of which things vanished is short too: its size is not said besides."""
    change(store, "fba_inventory", None, place="CA", snapshot_on=NIGHT)
    change(store, "inventory_planning", None, place="CA", snapshot_on=NIGHT)
    for table in ("fba_inventory", "inventory_planning"):
        yield from ((f"{table}_{kind}", "CA", 0) for kind in ("marketplaces", "coverage"))
    change(store, "sales_traffic_day", None, place="CA", sold_on=day(-5))
    yield ("sales_traffic_day_marketplaces", "CA", -5)
    yield ("sales_traffic_day_volume", "CA", -5)
    yield ("orders_vs_sales_traffic", "CA", -5)


def tell_other_stories(store):
    """Make visits, customers, and money and goods contradict each other."""
    change(store, "sales_traffic_day", {"sessions": 180}, sold_on=day(-13))
    yield ("conversion_band", "US", -13)
    change(store, "sales_traffic_trends_asin_day", {"sessions": 30}, sold_on=day(-13), child_asin="B0E")
    yield ("product_conversion_band", "US", -13)
    change(store, "sales_traffic_day", {"sessions": 0}, sold_on=day(-14))
    yield ("sales_without_sessions", "US", -14)
    change(store, "sales_traffic_trends_asin_day", {"units_ordered": 0}, sold_on=day(-12), child_asin="B0C")
    yield from ((name, "US", -12) for name in ("sessions_without_sales", "product_conversion_band", "trends_vs_sales_traffic"))
    add(store, "order_line", *(order_line(f"US-B{number}", -6, "E", "US", quantity=1) for number in range(6)))
    yield from ((name, "US", -6) for name in ("order_bursts", "order_line_volume", "shipped_orders_settled"))
    add(
        store,
        "order_line",
        *(order_line(f"US-L{offset}", offset, "F", "US", sales_channel="Non-Amazon", quantity=5) for offset in (-12, -11, -10)),
    )
    yield ("shipments_vs_orders", "US", -4)
    lost = {"settlement_id": "S-US", "transaction_type": "Order", "amazon_order_id": "US-LOST", "posted_on": day(-5)}
    parts = (("ItemPrice", "Principal", Decimal(10)), ("ItemFees", "Commission", Decimal(-10)))
    for ordinal, (kind, description, amount) in enumerate(parts, 9_001):
        cells = {
            "ordinal": ordinal,
            "amount_type": kind,
            "amount_description": description,
            "amount": amount,
            "currency": "USD",
        }
        add(store, "settlement_line", lost | cells)
    yield ("settled_orders_known", "US", -1)
    for kind, column in (("sp", "sales_7d_amount"), ("sb", "sales_14d_amount"), ("sd", "sales_14d_amount")):
        change(store, f"ads_{kind}_campaign_day", {column: Decimal(5_000)}, advertised_on=day(-11), campaign_id="CA")
        yield (f"ads_{kind}_sales_vs_all", "US", -10)
    yield ("ads_sp_cost_band", "US", -5)  # what swells the campaign's cost
    yield ("return_band", "US", -3)  # what swells the returns


def count_less_than_nothing(store):
    """Change what nothing else is compared with, or what is told apart."""
    add(store, "order_line", abroad("US-N1", -7, quantity=-1))
    yield ("order_line_negatives", "US", -7)
    for table, cells in {
        "sales_traffic_day": {"sold_on": day(-8)},
        "sales_traffic_asin_day": {"sold_on": day(-8), "item": "B0A"},
    }.items():
        change(store, table, {"sessions": -1}, **cells)
        yield (f"{table}_negatives", "US", -8)
    yield ("sales_without_sessions", "US", -8)  # fewer than none are none
    for table in ("fba_inventory", "inventory_planning"):
        change(store, table, {"inbound_shipped_units": -1}, snapshot_on=NIGHT, sku="E")
        yield (f"{table}_negatives", "US", 0)
    for table, on in (("fba_return", "returned_on"), ("merchant_return", "requested_on")):
        told = {"return_id": "NEGATIVE", "amazon_order_id": "NEGATIVE", "sku": "A", on: day(-9), "units": -1}
        add(store, table, told | ({"ordinal": 1} if table == "merchant_return" else {}))
        yield (f"{table}_negatives", "US", -9)
    for kind in ("sp", "sb", "sd"):
        for level in ("campaign", "product") if kind != "sb" else ("campaign",):
            change(store, f"ads_{kind}_{level}_day", {"impressions": -1}, advertised_on=day(-9), campaign_id="CA")
        yield (f"ads_{kind}_campaign_day_negatives", "US", -9)


def turn_the_clock(store):
    change(store, "order_line", {"purchased_at_utc": datetime(2026, 11, 7, 7, 59, tzinfo=UTC)}, amazon_order_id="US--10-A")
    yield ("order_line_hours", "US", -10)


def sell_another_product(store):
    for table in ("fba_inventory", "inventory_planning"):
        change(store, table, {"asin": "B0NEW"}, snapshot_on=NIGHT, sku="D")
    yield ("sku_keeps_asin", "US", 0)


HARMS = (
    repeat_records,
    count_an_order_in_two_marketplaces,
    mix_currencies,
    give_a_sku_two_products,
    count_less_than_nothing,
    turn_the_clock,
    sell_another_product,
    tell_other_sales,
    settle_wrongly,
    lose_advertising,
    misstate_stock,
    swell,
    let_things_vanish,
    empty_a_marketplace,
    tell_other_stories,
)


def test_feeds_that_agree_pass_every_check(store):
    found = verdicts(find(store.workspace, store.store_id, NIGHT))

    assert {(item.check_name, item.reason) for item in found if item.status != "pass"} == set()
    assert {item.check_name for item in found} == set(CHECKS)


def test_each_harm_fails_its_checks_on_its_day_and_no_other(store):
    expected = {place for harm in HARMS for place in harm(store)}

    assert sorted(failed(store) ^ expected) == []
    untouched = {name for name in CHECKS if not name.endswith("_days")} - {name for name, *_ in expected}
    assert untouched == set(), "every check is harmed by something"


def test_a_hole_in_the_days_is_found_where_the_days_go_on(store):
    with writing(store.engine) as connection:
        ours = (WINDOW.c.store_id == store.store_id, WINDOW.c.report.in_(RANGES), WINDOW.c.marketplace == "US")
        connection.execute(update(WINDOW).where(*ours).values(first_day=day(-10)))
    for report in RANGES:
        store.pulled(day(-20), day(-12), report=report, state="empty", document=None)

    found = failed(store)

    assert {name for name, place, offset in found if (place, offset) == ("US", -10)} == {
        name for name in CHECKS if name.endswith("_days")
    }
    assert [item for item in found if item[0].endswith("_days") and item[2] != -10] == []


def test_a_doubled_night_is_found_by_a_full_run_too_and_by_it_alone_when_it_is_old(told):
    store = told("ledger_summary", "ledger_detail")
    change(store, "ledger_event", {"units": 4}, happened_on=day(-6), sku="A", event_type="Receipts")
    with writing(store.engine) as connection:
        connection.execute(update(WINDOW).where(WINDOW.c.store_id == store.store_id).values(wanted_for=day(-4)))

    everything = {item.check_name for item in check_everything(store.workspace, store.store_id, NIGHT) if item.status == "fail"}

    assert failed(store) == set()
    assert everything == {"ledger_events_vs_summary"}


# --- what a result says -----------------------------------------------------------------------------------------------


def result(store, name, *, place="US", measure="", night=NIGHT):
    found = [
        item
        for item in find(store.workspace, store.store_id, night, only=[name])
        if item.marketplace == place and measure in {"", item.measure}
    ]
    return sorted(found, key=lambda item: (item.status, item.day))


def test_a_failure_has_its_numbers_and_its_worst_examples(told):
    store = told("sales_traffic", "sales_traffic_trends")
    for number, sku in enumerate("ABCDEF", 1):
        change(store, "sales_traffic_trends_asin_day", {"units_ordered": 2 + number}, sold_on=day(-9), child_asin=asin(sku))

    (item,) = [found for found in result(store, "trends_vs_sales_traffic") if found.status == "fail"]

    assert (item.day, item.measure, item.compared, item.off) == (day(-9), "units", 6, 6)
    assert (item.expected, item.found, item.difference) == (Decimal(12), Decimal(33), Decimal(21))
    assert item.detail["examples"] == [
        {"subject": asin(sku), "expected": "2", "found": str(found)}
        for sku, found in zip("FEDCB", (8, 7, 6, 5, 4), strict=True)
    ]
    assert item.remedy == CHECKS["trends_vs_sales_traffic"].remedy


def test_money_has_its_currency_and_counts_have_none(sales):
    assert {item.currency for item in result(sales, "orders_vs_sales_traffic", place="CA", measure="sales")} == {"CAD"}
    assert {item.currency for item in result(sales, "orders_vs_sales_traffic", place="CA", measure="units")} == {None}


def test_vanished_skus_are_named(told):
    store = told("fba_inventory")
    for sku in "BE":
        change(store, "fba_inventory", None, snapshot_on=NIGHT, sku=sku)

    (item,) = [found for found in result(store, "fba_inventory_coverage") if found.status == "fail"]

    assert [example["subject"] for example in item.detail["examples"]] == ["B", "E"]
    assert (item.expected, item.found) == (Decimal(6), Decimal(4))


def loosened(store, name, **limits):
    old = store.shipped.checks
    changed = old.limits[name].model_copy(update=limits)
    checks = old.model_copy(update={"limits": {**old.limits, name: changed}})
    store.shipped = replace(store.shipped, checks=checks)
    return store


@pytest.mark.parametrize(
    ("limits", "is_failed"),
    [
        ({"absolute": 0.9}, True),
        ({"absolute": 1}, False),
        ({"relative": 0.49}, True),
        ({"relative": 0.5}, False),
        ({"share": 0.16}, True),
        ({"share": 0.17}, False),
    ],
    ids=str,
)
def test_each_limit_lets_pass_exactly_what_it_says(told, limits, is_failed):
    store = told("sales_traffic", "sales_traffic_trends")
    change(store, "sales_traffic_trends_asin_day", {"units_ordered": 3}, sold_on=day(-9), child_asin="B0A")

    loosened(store, "trends_vs_sales_traffic", **limits)

    assert bool(failed(store, "trends_vs_sales_traffic")) is is_failed


def test_a_few_leftover_rows_of_an_older_document_say_nothing_about_repeats(told):
    store = told("all_orders")
    add(store, "order_line", *(abroad("US-R1", -5, ordinal=number) for number in (1, 2)))

    assert failed(store, "order_line_repeats") == {("order_line_repeats", "US", -1)}
    loosened(store, "order_line_repeats", minimum_rows=200)
    assert reasons(store, "order_line_repeats") == {("below_min_volume", "rows"): {"days": 1, "first": str(day(-1))}}


# --- unknown is not a pass --------------------------------------------------------------------------------------------


def reasons(store, name, place="US"):
    return {(item.reason, item.measure): item.detail for item in result(store, name, place=place) if item.status == "skipped"}


def test_a_day_that_may_still_change_is_skipped_with_the_reason(sales):
    assert reasons(sales, "orders_vs_sales_traffic") == {("not_settled", ""): {"days": 3, "first": str(day(-3))}}


def test_a_day_that_one_feed_lacks_is_skipped_with_the_reason(sales):
    with writing(sales.engine) as connection:
        ours = (WINDOW.c.store_id == sales.store_id, WINDOW.c.report == "sales_traffic", WINDOW.c.marketplace == "US")
        connection.execute(update(WINDOW).where(*ours).values(first_day=day(-10)))

    found = reasons(sales, "orders_vs_sales_traffic")

    assert found["feed_missing", ""] == {"days": 10, "first": str(day(-20))}


def test_a_feed_that_never_came_and_one_that_is_not_wanted_are_told_apart(engine, shipped, world):
    bare = World(engine, shipped, store_id=world.store_id)
    bare.pulled(day(-10), day(-1))

    assert set(reasons(bare, "orders_vs_sales_traffic")) == {("no_data", "")}
    assert set(reasons(bare, "economics_vs_orders")) == {("not_pulled", "")}
    assert set(reasons(bare, "ledger_rows_balance")) == {("not_pulled", "")}


def test_a_night_that_loads_nothing_new_of_a_feed_judges_nothing_of_it(sales):
    with writing(sales.engine) as connection:
        connection.execute(update(WINDOW).where(WINDOW.c.store_id == sales.store_id).values(wanted_for=day(-1)))

    found = find(sales.workspace, sales.store_id, NIGHT, only=["orders_vs_sales_traffic", "order_line_repeats"])

    assert {item.reason for item in found} == {"nothing_new"}


def test_a_price_that_is_not_known_yet_makes_the_days_sales_unknown_and_not_its_units(sales):
    change(sales, "order_line", {"item_price_amount": None}, amazon_order_id="US--5-A")

    assert failed(sales, "orders_vs_sales_traffic") == set()
    assert {key[1]: detail["first"] for key, detail in reasons(sales, "orders_vs_sales_traffic").items() if key[1]} == {
        "sales": str(day(-5))
    }


def test_cancelled_orders_and_replacements_are_no_sales(sales):
    add(
        sales,
        "order_line",
        order_line("US-N1", -5, "A", "US", order_status="Cancelled", quantity=9),
        order_line("US-N2", -5, "A", "US", item_status="Cancelled", quantity=9),
        order_line("US-N3", -5, "A", "US", item_price_amount=Decimal(0), quantity=3),
    )

    assert failed(sales, "orders_vs_sales_traffic") == set()


def test_an_order_that_is_settled_in_part_waits_for_the_rest(told):
    store = told("all_orders", "settlement")
    line = {"amazon_order_id": "US--9-A", "amount_description": "Principal"}
    change(store, "settlement_line", {"amount": Decimal(10), "quantity": 1}, **line)
    change(store, "settlement_line", {"amount": Decimal(7)}, **line | {"amount_description": "Commission"})

    (item,) = result(store, "settlement_vs_orders")

    assert item.status == "pass"
    assert item.detail == {"not_compared": 1, "because": "settled_in_part"}


def test_a_price_with_the_tax_in_it_is_settled_as_two_amounts(told):
    store = told("all_orders", "settlement")
    change(store, "order_line", {"item_price_amount": Decimal("21.60")}, amazon_order_id="US--9-A")

    assert failed(store, "settlement_vs_orders") == set()


# --- magnitude --------------------------------------------------------------------------------------------------------


def test_a_weekday_that_is_always_small_is_not_an_event(told):
    """Saturday is unlike Friday, and like every Saturday."""
    store = told("ads_sb_campaigns")
    for offset in (-19, -12, -5):
        change(store, "ads_sb_campaign_day", {"impressions": 60}, advertised_on=day(offset))

    assert -5 not in {offset for _, _, offset in failed(store, "ads_sb_campaign_day_volume")}


def test_a_day_without_a_row_is_as_small_as_can_be(told):
    store = told("ads_sb_campaigns")
    change(store, "ads_sb_campaign_day", None, advertised_on=day(-5))

    assert failed(store, "ads_sb_campaign_day_volume") == {("ads_sb_campaign_day_volume", "US", -5)}


def test_a_feed_that_is_always_tiny_has_no_size(told):
    store = told("ads_sb_campaigns")
    change(store, "ads_sb_campaign_day", {"impressions": 9_999}, advertised_on=day(-5))

    name = "ads_sb_campaign_day_volume"

    assert failed(store, name) != set()
    assert failed(loosened(store, name, minimum_rows=7), name) == set()


# --- night after night ------------------------------------------------------------------------------------------------


def stored(store, night=NIGHT):
    with reading(store.engine) as connection:
        return results_of(connection, store.store_id, night)


def failures_of(store, night=NIGHT):
    return {(item.check_name, (item.day - NIGHT).days) for item in stored(store, night) if item.status == "fail"}


def test_the_same_night_again_stores_the_same_rows(ledger):
    change(ledger, "ledger_event", {"units": 4}, happened_on=day(-6), sku="A", event_type="Receipts")
    first = check_night(ledger.workspace, ledger.store_id, NIGHT)
    rows = stored(ledger)

    assert check_night(ledger.workspace, ledger.store_id, NIGHT) == first
    assert stored(ledger) == rows
    assert (first.failed, first.passed + first.failed + first.skipped) == (1, 2 * 2)


def test_a_repaired_fact_is_seen_by_the_next_run_of_the_night(ledger):
    change(ledger, "ledger_event", {"units": 4}, happened_on=day(-6), sku="A", event_type="Receipts")
    check_night(ledger.workspace, ledger.store_id, NIGHT)
    change(ledger, "ledger_event", {"units": 2}, happened_on=day(-6), sku="A", event_type="Receipts")

    check_night(ledger.workspace, ledger.store_id, NIGHT)

    assert failures_of(ledger) == set()


def test_what_failed_is_checked_every_night_until_it_passes_or_is_too_old(ledger):
    """The later nights load nothing of that day any more."""
    change(ledger, "ledger_event", {"units": 4}, happened_on=day(-6), sku="A", event_type="Receipts")
    change(ledger, "settlement_line", {"amount": Decimal(0)}, amazon_order_id="US--9-A", amount_description="Commission")
    for offset in (0, 1, 2):
        check_night(ledger.workspace, ledger.store_id, day(offset))
        assert failures_of(ledger, day(offset)) == {("ledger_events_vs_summary", -6), ("settlement_total", -1)}

    change(ledger, "settlement_line", {"amount": Decimal(-3)}, amazon_order_id="US--9-A", amount_description="Commission")
    check_night(ledger.workspace, ledger.store_id, day(3))
    assert failures_of(ledger, day(3)) == {("ledger_events_vs_summary", -6)}

    check_night(ledger.workspace, ledger.store_id, day(25))
    assert failures_of(ledger, day(25)) == set(), "30 days are over"


def test_an_old_night_keeps_the_days_that_a_later_night_asked_for_again(sales):
    with writing(sales.engine) as connection:
        ours = (WINDOW.c.store_id == sales.store_id, WINDOW.c.report == "sales_traffic")
        connection.execute(update(WINDOW).where(*ours).values(first_day=day(-3), wanted_for=day(1)))

    days = {item.day for item in result(sales, "sales_traffic_asin_day_currency")}

    assert days == {day(-3), day(-2), day(-1)}


def test_another_stores_facts_are_not_looked_at(sales, neighbour, engine, shipped):
    other = tell(
        World(engine, exact(shipped), store_id=neighbour.store_id, places=tuple(PLACES)), ["all_orders", "sales_traffic"]
    )
    change(other, "order_line", {"quantity": 3}, amazon_order_id="US--6-B")

    assert failed(sales, "orders_vs_sales_traffic") == set()
    assert failed(other, "orders_vs_sales_traffic") == {("orders_vs_sales_traffic", "US", -6)}


def test_results_are_stored_once_per_check_marketplace_day_and_measure(ledger):
    check_night(ledger.workspace, ledger.store_id, NIGHT)

    with reading(ledger.engine) as connection:
        counted = connection.execute(select(func.count()).where(DATA_CHECK.c.store_id == ledger.store_id)).scalar_one()
    assert counted == len(stored(ledger)) >= 2 * 2


# --- the configuration ------------------------------------------------------------------------------------------------


def test_the_shipped_limits_are_those_of_the_checks_there_are(shipped):
    assert list(limits_of(shipped)) == list(shipped.checks.limits)
    assert set(shipped.checks.limits) == set(CHECKS)


def with_limits(shipped, limits):
    return replace(shipped, checks=shipped.checks.model_copy(update={"limits": limits}))


def test_a_misspelt_check_and_a_missing_one_are_refused(shipped):
    limits = dict(shipped.checks.limits)
    gone = limits.pop("orders_days")

    with pytest.raises(ConfigError, match=r"the check 'orders_days' has no limits .*checks\.yaml"):
        limits_of(with_limits(shipped, limits))
    with pytest.raises(ConfigError, match=r"unknown check 'order_days' .*checks\.yaml.* Use one of: "):
        limits_of(with_limits(shipped, limits | {"order_days": gone}))


def test_a_check_that_is_asked_for_by_a_wrong_name_is_refused(engine, shipped, world):
    with pytest.raises(ConfigError, match="unknown check 'order_days'"):
        check_everything(world.workspace, world.store_id, NIGHT, only=["order_days"])


def test_every_check_says_what_it_compares_and_what_to_do():
    assert [name for name, check in CHECKS.items() if not (check.title and check.remedy and check.needs)] == []
    assert [name for name, check in CHECKS.items() if check.remedy.endswith(".")] == [], "whoever shows it ends the sentence"
