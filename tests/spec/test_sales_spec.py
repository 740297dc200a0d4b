"""GMV, net sales and units: order lines in, numbers out, in both databases."""

from datetime import UTC, date, datetime

import pytest

from tests.spec.small_world import NIGHT, day, line

OK = "ok"


def sales(world, *lines, **settings):
    """Return what GMV, net sales and units say of yesterday in the marketplace."""
    world.all_pulled()
    world.ordered(*lines, **settings)
    world.measure()
    return {metric: world.said(metric, "marketplace") for metric in ("gmv", "net_sales", "units")}


def test_the_worked_example_counts_what_was_really_sold(world):
    """Both identical lines of A3 are real; A4 is unpaid, A5 cancelled, A6 a replacement without a price of its own."""
    found = sales(
        world,
        line(quantity=2, price=100, discount=10, amazon_order_id="A1"),
        line(quantity=1, price=50, amazon_order_id="A2", order_status="Unshipped", item_status="Unshipped"),
        line(quantity=1, price=50, amazon_order_id="A3", ordinal=1),
        line(quantity=1, price=50, amazon_order_id="A3", ordinal=2),
        line(quantity=1, price=None, currency=None, amazon_order_id="A4", order_status="Pending", item_status="Unshipped"),
        line(quantity=1, price=80, amazon_order_id="A5", order_status="Cancelled", item_status="Cancelled"),
        line(quantity=0, price=0, amazon_order_id="A6"),
    )

    assert found["gmv"] == (250.0, "provisional", "pending_orders")
    assert found["net_sales"] == (240.0, "provisional", "pending_orders")
    assert found["units"] == (6.0, OK, None), "5 sold and the pending one: it will take stock"


@pytest.mark.parametrize(
    ("cells", "gmv", "units"),
    [
        ({}, (30.0, OK, None), (3.0, OK, None)),
        ({"order_status": "Shipping"}, (30.0, OK, None), (3.0, OK, None)),
        ({"order_status": "Pending"}, (10.0, "provisional", "pending_orders"), (3.0, OK, None)),
        ({"order_status": "Cancelled"}, (10.0, OK, None), (1.0, OK, None)),
        ({"item_status": "Cancelled"}, (10.0, OK, None), (1.0, OK, None)),
        ({"item_status": None}, (30.0, OK, None), (3.0, OK, None)),
        ({"order_status": None}, (30.0, OK, None), (3.0, OK, None)),
        ({"sales_channel": "Non-Amazon"}, (10.0, OK, None), (1.0, OK, None)),
        ({"sales_channel": None}, (30.0, OK, None), (3.0, OK, None)),
        ({"fulfillment_channel": "Merchant"}, (30.0, OK, None), (3.0, OK, None)),
        ({"currency": "EUR"}, (10.0, "provisional", "other_currency"), (3.0, OK, None)),
        ({"currency": None}, (10.0, "provisional", "other_currency"), (3.0, OK, None)),
        ({"price": None}, (10.0, "provisional", "price_missing"), (3.0, OK, None)),
        ({"price": None, "currency": None}, (10.0, "provisional", "price_missing"), (3.0, OK, None)),
        ({"quantity": None, "price": 20}, (30.0, OK, None), (1.0, "provisional", "quantity_missing")),
        ({"price": "20.015"}, (30.015, OK, None), (3.0, OK, None)),
    ],
)
def test_each_line_counts_or_is_left_out_with_a_reason(world, cells, gmv, units):
    """One plain line of 10 USD stands beside the line in question, which is 2 units for 20 USD but for the cells."""
    found = sales(world, line(), line(**({"quantity": 2} | cells)))

    assert (found["gmv"], found["units"]) == (gmv, units)


def test_net_sales_takes_discounts_off_and_nothing_else(world):
    found = sales(world, line(quantity=1, price=100, discount="10.5"), line(quantity=1, price=50))

    assert found["net_sales"] == (139.5, OK, None)


def test_a_day_without_orders_is_zero_and_a_day_without_data_unknown(world):
    world.pulled(day(-10), day(-5))
    world.ordered(line(on=day(-7)))
    world.measure()

    by_day = {offset: world.said("gmv", "marketplace", on=day(offset)) for offset in (-7, -6, -11, -4)}

    assert by_day == {
        -7: (10.0, OK, None),
        -6: (0.0, OK, None),
        -11: (None, "unknown", "no_data"),
        -4: (None, "unknown", "no_data"),
    }
    assert world.said("units", "marketplace", on=day(-4)) == (None, "unknown", "no_data")


@pytest.mark.parametrize(
    ("state", "document", "gmv"),
    [
        ("done", "loaded", (0.0, OK, None)),
        ("done", "quarantined", (None, "unknown", "no_data")),
        ("done", "raw", (None, "unknown", "no_data")),
        ("empty", None, (0.0, OK, None)),
        ("cancelled_unknown", None, (None, "unknown", "no_data")),
        ("fatal", None, (None, "unknown", "no_data")),
        ("wanted", "loaded", (0.0, OK, None)),
    ],
)
def test_a_day_is_known_by_what_was_loaded_not_by_what_was_asked(world, state, document, gmv):
    world.pulled(day(-1), day(-1), state=state, document=document)
    world.measure()

    assert world.said("gmv", "marketplace") == gmv


@pytest.mark.parametrize(
    ("place", "night", "bought_at", "local"),
    [
        ("US", NIGHT, datetime(2026, 11, 14, 6, 30, tzinfo=UTC), day(-4)),
        ("US", NIGHT, datetime(2026, 11, 1, 6, 59, tzinfo=UTC), day(-17)),
        ("US", NIGHT, datetime(2026, 11, 1, 7, 0, tzinfo=UTC), day(-16)),
        ("US", NIGHT, datetime(2026, 11, 2, 7, 59, tzinfo=UTC), day(-16)),
        ("US", NIGHT, datetime(2026, 11, 2, 8, 0, tzinfo=UTC), day(-15)),
        ("DE", NIGHT, datetime(2026, 10, 25, 22, 59, tzinfo=UTC), day(-23)),
        ("DE", NIGHT, datetime(2026, 10, 25, 23, 0, tzinfo=UTC), day(-22)),
        ("JP", NIGHT, datetime(2026, 11, 14, 15, 0, tzinfo=UTC), day(-2)),
    ],
)
def test_a_sale_belongs_to_the_marketplaces_own_day(world, place, night, bought_at, local):
    """The US day of 1 November 2026 has 25 hours, from 07:00 to 08:00 UTC; the German one of 25 October too."""
    world.places = (place,)
    world.pulled(day(-30), day(-1), place=place)
    currency = {"US": "USD", "DE": "EUR", "JP": "JPY"}[place]
    world.ordered(line(on=bought_at, currency=currency), place=place)
    world.measure(night)

    assert world.said("gmv", "marketplace", place=place, on=local)[0] == 10.0
    assert world.values("gmv", "marketplace", on=local)[(place, place)].currency == currency


def test_a_short_spring_day_is_one_day(world):
    """In Berlin 28 March 2027 ends after 23 hours, at 22:00 UTC."""
    world.places = ("DE",)
    night, last = date(2027, 3, 30), date(2027, 3, 28)
    world.pulled(last, date(2027, 3, 29), place="DE", wanted_for=night)
    for hour, minute in ((21, 59), (22, 0)):
        world.ordered(line(on=datetime(2027, 3, 28, hour, minute, tzinfo=UTC), currency="EUR"), place="DE")
    world.measure(night)

    assert world.said("units", "marketplace", place="DE", on=last)[0] == 1.0
    assert world.said("units", "marketplace", place="DE", on=date(2027, 3, 29))[0] == 1.0


def test_each_sku_has_its_own_numbers_and_they_add_up_to_the_marketplace(world):
    sales(world, line("A", quantity=2), line("A"), line("B", quantity=3, discount=5), line("C", order_status="Cancelled"))

    by_sku = {sku: row.value for (_, sku), row in world.values("gmv", "sku").items()}

    assert by_sku == {"A": 30.0, "B": 30.0, "C": 0.0}
    assert sum(by_sku.values()) == world.said("gmv", "marketplace")[0]
    assert {sku: row.value for (_, sku), row in world.values("net_sales", "sku").items()} == {"A": 30.0, "B": 25.0, "C": 0.0}


def test_a_sku_sold_in_two_marketplaces_has_two_sets_of_numbers_in_two_currencies(world):
    world.places = ("DE", "UK")
    for place, currency, quantity in (("DE", "EUR", 1), ("UK", "GBP", 4)):
        world.all_pulled(place=place)
        world.ordered(line("A", quantity=quantity, currency=currency), place=place)
    world.measure()

    found = world.values("gmv", "sku")

    assert {key: (row.value, row.currency) for key, row in found.items()} == {
        ("DE", "A"): (10.0, "EUR"),
        ("UK", "A"): (40.0, "GBP"),
    }


def test_a_day_is_final_once_amazon_no_longer_restates_it(world):
    world.all_pulled()
    world.measure()

    settled = {offset: world.values("gmv", "marketplace", on=day(offset))[("US", "US")].is_final for offset in (-1, -2, -3, -4)}

    assert settled == {-1: False, -2: False, -3: True, -4: True}


def test_running_an_old_night_again_does_not_make_a_settled_day_unsettled(world):
    world.pulled(day(-40), day(-1))
    for night in (day(-5), NIGHT):
        world.began(night)
        world.measure(night)

    world.measure(day(-5))

    assert world.values("gmv", "marketplace", on=day(-6))[("US", "US")].is_final
    assert world.measure(day(-5)).changed == 0


def test_an_amount_with_its_parts_is_exact(world):
    sales(world, *(line(price="0.1") for _ in range(3)))

    row = world.values("gmv", "marketplace")[("US", "US")]

    assert (str(row.numerator), row.denominator, row.value) == ("0.300000", None, 0.3)
