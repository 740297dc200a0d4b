"""Stock-out forecasts from a warehouse: what counts of what is on its way, and which lead time holds; in both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sellerwatch.metrics.stock.forecast import Arrival, NotCounted
from sellerwatch.metrics.stock.inbound import Morning, Place, forecasts
from sellerwatch.settings.models import Store
from sellerwatch.warehouse.engine import reading
from tests.spec.small_world import CREDENTIALS, NIGHT, day
from tests.spec.user_rows import entered


def shipment(name="S1", *, due=4, units=40, stage="shipped", **cells):
    return {
        "marketplace": "US",
        "shipment": name,
        "sku": "A",
        "units": units,
        "mode": "sea",
        "stage": stage,
        "expected_on": day(due),
    } | cells


def route(name="Ningbo-LAX", **cells):
    return {
        "marketplace": "US",
        "sku": "*",
        "route": name,
        "mode": "sea",
        "valid_from": day(-100),
        "production_days": 10,
        "transit_days": 20,
        "receiving_days": 3,
        "buffer_days": 2,
    } | cells


def foretold(world, sku="A", place="US"):
    with reading(world.engine) as connection:
        return forecasts(connection, world.settings, Morning(world.store_id, NIGHT, (Place(place, sku),)))[Place(place, sku)]


@pytest.fixture
def selling(world):
    """Five of 25 units a day: out of stock on the fifth day."""
    world.stocked("A", 50, range(-30, 0))
    world.stocked("A", 25, [0], inbound_working_units=0)
    world.sold("A", 5, range(-30, 0))
    world.measure()
    return world


def test_without_anything_entered_the_day_is_that_of_days_of_cover(selling):
    found = foretold(selling)

    assert (found.status, found.runs_out_on, found.lasts_until, found.cover_days) == ("ok", day(5), day(5), 5)
    assert (found.order_by, found.order_status, found.order_reason) == (None, "unknown", "no_lead_time")


def test_a_shipment_with_its_day_puts_the_stock_out_off(selling):
    entered(selling, "in_transit", shipment(due=4, units=40))

    found = foretold(selling)

    assert (found.runs_out_on, found.lasts_until) == (day(5), day(13))
    assert found.arrivals == (Arrival(day(4), 40, "S1"),)


def test_the_days_until_units_can_be_sold_are_added_to_the_day_at_the_door(selling):
    entered(selling, "in_transit", shipment(due=4, units=40))
    entered(selling, "lead_time", route(receiving_days=3))

    found = foretold(selling)

    assert (found.lasts_until, found.back_on, found.days_without) == (day(5), day(7), 2)
    assert (found.order_by, found.order_status) == (day(5 - 35), "ok")


NOT_COUNTED = {
    "its day has passed": (shipment(due=-1), NotCounted("overdue", 40, day(-1), "S1")),
    "it is ordered only": (shipment(stage="ordered"), NotCounted("not_left", 40, day(4), "S1")),
    "it is made only": (shipment(stage="produced"), NotCounted("not_left", 40, day(4), "S1")),
    "Amazon knows it and expects none": (
        shipment(amazon_shipment_id="FBA1"),
        NotCounted("not_inbound", 40, day(4), "S1"),
    ),
}


@pytest.mark.parametrize("name", NOT_COUNTED)
def test_what_cannot_be_relied_on_is_left_out_and_said(selling, name):
    row, expected = NOT_COUNTED[name]
    entered(selling, "in_transit", row)

    found = foretold(selling)

    assert (found.arrivals, found.not_counted, found.lasts_until) == ((), (expected,), day(5))


def test_a_shipment_due_today_is_not_overdue(selling):
    entered(selling, "in_transit", shipment(due=0, stage="customs"))

    assert foretold(selling).arrivals == (Arrival(NIGHT, 40, "S1"),)


def test_what_was_cancelled_or_has_been_received_is_no_news(selling):
    entered(
        selling,
        "in_transit",
        shipment("S1", stage="cancelled"),
        shipment("S2", stage="arrived", arrived_on=day(-2)),
        shipment("S3", units=0),
    )

    found = foretold(selling)

    assert (found.arrivals, found.not_counted) == ((), ())


def test_another_sku_another_store_and_another_marketplace_have_their_own_shipments(selling):
    entered(
        selling,
        "in_transit",
        shipment("S1", sku="B"),
        shipment("S2", store="somebody_else"),
        shipment("S3", marketplace="CA"),
    )

    found = foretold(selling)

    assert (found.arrivals, found.not_counted) == ((), ())


def test_units_that_may_be_for_several_marketplaces_are_counted_in_none(selling):
    stores = selling.settings.stores | {
        selling.store_id: Store(title="Both", marketplaces=("US", "CA"), credentials=CREDENTIALS)
    }
    selling.shipped = replace(selling.shipped, stores=stores)
    entered(selling, "in_transit", shipment(marketplace="*"))

    assert foretold(selling).not_counted == (NotCounted("no_one_place", 40, day(4), "S1"),)


def test_a_store_of_one_marketplace_need_not_name_it(selling):
    entered(selling, "in_transit", shipment(marketplace="*"))

    assert foretold(selling).arrivals == (Arrival(day(4), 40, "S1"),)


@pytest.fixture
def inbound(world):
    """Amazon says that 30 units are shipped and 10 being received, and nobody has said when."""
    world.stocked("A", 50, range(-30, 0))
    world.stocked("A", 25, [0], inbound_working_units=5, inbound_shipped_units=30, inbound_receiving_units=10)
    world.sold("A", 5, range(-30, 0))
    world.measure()
    return world


def test_units_of_amazons_without_a_day_are_not_counted(inbound):
    found = foretold(inbound)

    assert (found.not_counted, found.lasts_until) == ((NotCounted("no_date", 40),), day(5))


def test_a_shipment_that_amazon_knows_is_not_counted_twice(inbound):
    entered(inbound, "in_transit", shipment(units=35, amazon_shipment_id="FBA1"))

    found = foretold(inbound)

    assert (found.arrivals, found.not_counted) == ((Arrival(day(4), 35, "S1"),), (NotCounted("no_date", 5),))


def test_of_a_shipment_that_amazon_has_received_in_part_only_the_rest_is_coming(inbound):
    entered(inbound, "in_transit", shipment(units=300, amazon_shipment_id="FBA1"))

    found = foretold(inbound)

    assert (found.arrivals, found.not_counted) == ((Arrival(day(4), 45, "S1"),), ())


def test_an_arrived_shipment_can_be_sold_when_it_is_received(inbound):
    entered(inbound, "in_transit", shipment(due=-2, units=10, stage="arrived", arrived_on=day(-1)))
    entered(inbound, "lead_time", route(receiving_days=3))

    found = foretold(inbound)

    assert (found.arrivals, found.not_counted) == ((Arrival(day(2), 10, "S1"),), (NotCounted("no_date", 30),))


LEADS = {
    "the row that names the SKU goes first": ([route(), route(sku="A", transit_days=40)], 55),
    "then the one that names the marketplace": ([route(marketplace="*", transit_days=60), route()], 35),
    "the usual route goes before a slower one": ([route(is_usual=True), route("slow", transit_days=50)], 35),
    "of routes that nobody calls usual the slowest is safe": ([route(), route("slow", transit_days=50)], 65),
    "a later row of the same route holds": ([route(), route(valid_from=day(-10), transit_days=25)], 40),
    "a row that begins tomorrow does not hold": ([route(), route(sku="A", valid_from=day(1), transit_days=1)], 35),
    "nor does one that has ended": ([route(), route(sku="A", valid_to=NIGHT, transit_days=1)], 35),
    "one that ends tomorrow does": ([route(), route(sku="A", valid_to=day(1), transit_days=1)], 16),
    "a blank buffer adds nothing": ([route(buffer_days=None)], 33),
}


@pytest.mark.parametrize("name", LEADS)
def test_one_lead_time_holds_for_a_sku(selling, name):
    rows, days = LEADS[name]
    entered(selling, "lead_time", *rows)

    assert foretold(selling).order_by == day(5 - days)


def test_a_lead_time_without_all_its_parts_gives_the_latest_day_it_could_be(selling):
    entered(selling, "lead_time", route(production_days=None))

    found = foretold(selling)

    assert (found.order_by, found.order_status, found.order_reason) == (day(5 - 25), "provisional", "lead_time_incomplete")


@pytest.mark.parametrize(
    ("stock", "sold", "reason"), [(None, range(-30, 0), "no_data"), (25, [], "no_demand")], ids=["no stock cell", "no sales"]
)
def test_the_reason_why_cover_is_unknown_is_that_of_the_forecast(world, stock, sold, reason):
    world.stocked("A", 50, range(-30, 0))
    world.stocked("A", stock, [0])
    world.sold("A", 5, sold)
    world.measure()

    found = foretold(world)

    assert (found.status, found.reason, found.runs_out_on) == ("unknown", reason, None)


def test_stock_that_is_gone_comes_back_with_the_next_shipment(world):
    world.stocked("A", 50, range(-30, 0))
    world.stocked("A", 0, [0])
    world.sold("A", 5, range(-30, 0))
    world.measure()
    entered(world, "in_transit", shipment(due=3))

    found = foretold(world)

    assert (found.runs_out_on, found.back_on, found.days_without) == (NIGHT, day(3), 3)


def test_every_sku_of_a_morning_is_foretold_at_once(selling):
    selling.stocked("B", 10, range(-30, 1))
    selling.sold("B", 1, range(-30, 0))
    selling.measure()
    with reading(selling.engine) as connection:
        found = forecasts(connection, selling.settings, Morning(selling.store_id, NIGHT))

    assert {place.sku: item.runs_out_on for place, item in found.items()} == {"A": day(5), "B": day(10)}
