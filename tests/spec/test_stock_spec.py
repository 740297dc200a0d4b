"""Velocity over in-stock days, days of cover and the stock-out rate: lines and snapshots in, numbers out, in both databases."""

import pytest

from tests.spec.small_world import NIGHT, day

MONTH = range(-30, 0)
OK = ("ok", None)
SHORT = ("provisional", "short_history")


def velocity(world, sku="A", place="US"):
    return world.said("velocity", "sku", place=place, subject=sku)


def cover(world, sku="A", place="US"):
    return world.said("days_of_cover", "sku", place=place, subject=sku)


def test_velocity_leaves_out_the_days_without_stock(world):
    """5 a day while there was stock, for 20 of 30 days: dividing by 30 would say 3.3."""
    world.stocked("A", 50, range(-30, -10))
    world.stocked("A", 0, range(-10, 0))
    world.stocked("A", 25, [0])
    world.sold("A", 5, range(-30, -10))
    world.measure()

    assert velocity(world) == (5.0, *OK)
    assert cover(world) == (5.0, *OK)


def test_units_that_sell_on_a_day_out_of_stock_count_on_neither_side(world):
    """An order of the afternoon before, shipped from stock that came at noon: the morning's snapshot said 0."""
    world.stocked("A", 50, range(-30, -1))
    world.stocked("A", 0, [-1])
    world.stocked("A", 10, [0])
    world.sold("A", 2, range(-30, -1))
    world.sold("A", 100, [-1])
    world.measure()

    assert velocity(world) == (2.0, *OK)


@pytest.mark.parametrize(("snapshots", "status"), [(15, OK), (14, SHORT)])
def test_with_fifteen_mornings_of_snapshots_only_seen_days_count(world, snapshots, status):
    """3 a day on the mornings seen in stock, 1 a day before: fewer mornings, and the unseen days count as in stock."""
    world.stocked("A", 30, [*range(-snapshots, 0), 0])
    world.sold("A", 3, range(-snapshots, 0))
    world.sold("A", 1, range(-30, -snapshots))
    world.measure()

    expected = 3.0 if status == OK else (3 * snapshots + (30 - snapshots)) / 30
    assert velocity(world) == (expected, *status)


def test_on_the_first_night_the_month_counts_as_in_stock(world):
    world.stocked("A", 30, [0])
    world.sold("A", 2, MONTH)
    world.measure()

    assert velocity(world) == (2.0, *SHORT)
    assert cover(world) == (15.0, *SHORT)


def test_in_a_short_history_the_days_seen_without_stock_are_left_out(world):
    """10 mornings seen, 4 of them without stock: 26 days count."""
    world.stocked("A", 0, range(-10, -6))
    world.stocked("A", 30, [*range(-6, 0), 0])
    world.sold("A", 2, [*range(-30, -10), *range(-6, 0)])
    world.sold("A", 9, [-8])
    world.measure()

    assert velocity(world) == (2.0, *SHORT)


def test_a_new_product_is_paced_by_the_days_it_was_there(world):
    """The marketplace is seen every morning; the SKU appears five days ago and sells 10 a day: not 50 in 30 days."""
    world.stocked("OLD", 9, [*MONTH, 0])
    world.stocked("A", 40, [*range(-5, 0), 0])
    world.sold("A", 10, range(-5, 0))
    world.measure()

    assert velocity(world) == (10.0, *OK)
    assert cover(world) == (4.0, *OK)


@pytest.mark.parametrize(("in_stock_days", "found"), [(3, (4.0, *OK)), (2, (None, "unknown", "insufficient"))])
def test_fewer_than_three_days_in_stock_say_nothing(world, in_stock_days, found):
    world.stocked("A", 0, range(-30, -in_stock_days))
    world.stocked("A", 8, [*range(-in_stock_days, 0), 0])
    world.sold("A", 4, range(-in_stock_days, 0))
    world.measure()

    assert velocity(world) == found
    assert cover(world) == ((2.0, *OK) if found[0] else found)


@pytest.mark.parametrize(
    ("sellable", "sold_a_day", "found"),
    [
        (30, 2, (15.0, *OK)),
        (0, 2, (0.0, "ok", "out_of_stock")),
        (0, 0, (None, "unknown", "no_demand")),
        (5, 0, (None, "unknown", "no_demand")),
        (None, 2, (None, "unknown", "no_data")),
        (-3, 2, (0.0, "ok", "out_of_stock")),
    ],
)
def test_cover_of_tonights_stock(world, sellable, sold_a_day, found):
    world.stocked("A", 50, MONTH)
    world.stocked("A", sellable, [0])
    if sold_a_day:
        world.sold("A", sold_a_day, MONTH)
    world.measure()

    assert cover(world) == found


def test_a_sku_that_was_never_seen_in_stock_is_out_of_stock_even_without_sales(world):
    world.stocked("A", 0, [*MONTH, 0])
    world.measure()

    assert velocity(world) == (None, "unknown", "insufficient")
    assert cover(world) == (0.0, "ok", "out_of_stock")


def test_out_of_stock_on_the_first_night_is_known_by_its_sales_alone(world):
    world.stocked("SOLD", 0, [0])
    world.stocked("IDLE", 0, [0])
    world.sold("SOLD", 1, [-20])
    world.measure()

    assert cover(world, "SOLD") == (0.0, "ok", "out_of_stock")
    assert cover(world, "IDLE") == (None, "unknown", "no_demand")


@pytest.mark.parametrize(("units", "days"), [(70, 7.0), (71, 7.1), (30, 3.0), (10, 1.0), (9, 0.9)])
def test_cover_lands_exactly_on_the_thresholds(world, units, days):
    """Nothing between the shelf and the threshold may turn 7 into 7.000000001."""
    world.stocked("A", 80, MONTH)
    world.stocked("A", units, [0])
    world.sold("A", 10, MONTH)
    world.measure()

    assert cover(world)[0] == days


@pytest.mark.parametrize(
    ("cells", "counts"),
    [
        ({}, True),
        ({"sales_channel": "Non-Amazon"}, True),
        ({"order_status": "Pending"}, True),
        ({"fulfillment_channel": "Merchant"}, False),
        ({"order_status": "Cancelled"}, False),
        ({"item_status": "Cancelled"}, False),
    ],
)
def test_what_leaves_amazons_shelf_makes_the_pace(world, cells, counts):
    world.stocked("A", 10, [*MONTH, 0])
    world.sold("A", 1, MONTH)
    world.sold("A", 1, MONTH, **cells)
    world.measure()

    assert velocity(world)[0] == (2.0 if counts else 1.0)


def test_a_sku_that_the_planning_report_leaves_out_is_still_covered(world):
    """Nothing of the planning report is in the warehouse at all."""
    world.stocked("A", 3, [*MONTH, 0])
    world.sold("A", 1, MONTH)
    world.measure()

    assert cover(world) == (3.0, *OK)


def test_inbound_units_are_not_cover(world):
    world.stocked("A", 3, [*MONTH, 0], inbound_shipped_units=500, inbound_receiving_units=100)
    world.sold("A", 1, MONTH)
    world.measure()

    assert cover(world)[0] == 3.0


def test_a_sku_in_two_marketplaces_has_two_covers(world):
    world.places = ("DE", "UK")
    for place, units in (("DE", 30), ("UK", 4)):
        world.stocked("A", units, [*MONTH, 0], place=place)
        world.sold("A", 2, MONTH, place=place)
    world.measure()

    assert (cover(world, place="DE")[0], cover(world, place="UK")[0]) == (15.0, 2.0)


def test_a_sku_absent_from_tonights_snapshot_has_no_number_at_all(world):
    world.stocked("A", 10, MONTH)
    world.stocked("B", 10, [*MONTH, 0])
    world.sold("A", 1, MONTH)
    world.measure()

    assert set(world.values("days_of_cover", "sku")) == {("US", "B")}
    assert set(world.values("velocity", "sku")) == {("US", "B")}


def test_an_offer_amazon_no_longer_ships_is_said_to_be_gone(world):
    world.stocked("A", 10, MONTH)
    world.stocked("A", 0, [0], has_afn_listing=False)
    world.stocked("B", 10, [*MONTH, 0], has_afn_listing=None)
    for sku in ("A", "B"):
        world.sold(sku, 1, MONTH)
    world.measure()

    assert cover(world) == (None, "unknown", "not_listed")
    assert cover(world, "B") == (10.0, *OK)
    assert set(world.values("velocity", "sku")) == {("US", "B")}


def test_days_with_a_blank_cell_or_without_an_offer_are_neither_in_stock_nor_out(world):
    world.stocked("A", 10, range(-20, 0))
    world.stocked("A", None, range(-25, -20))
    world.stocked("A", 10, range(-30, -25), has_afn_listing=False)
    world.stocked("A", 10, [0])
    world.sold("A", 2, range(-20, 0))
    world.sold("A", 50, range(-30, -20))
    world.measure()

    assert velocity(world) == (2.0, *OK)


def rate(world):
    world.measure()
    row = world.values("stockout_rate", "marketplace")[("US", "US")]
    return row.value, row.status, row.reason


def test_the_stockout_rate_is_sku_days_without_stock_over_sku_days(world):
    """20 SKUs on 30 mornings, 12 of them out: 12 of 600."""
    mornings = range(-29, 1)
    for number in range(20):
        sku = f"SKU-{number}"
        out = range(-12, 0) if number == 0 else []
        world.stocked(sku, 0, out) if out else None
        world.stocked(sku, 5, [offset for offset in mornings if offset not in out])
        world.sold(sku, 1, [-30])

    assert rate(world) == (2.0, *OK)


def test_a_missing_snapshot_is_not_a_day_in_stock(world):
    world.stocked("A", 0, [-1])
    world.stocked("A", 5, [0])
    world.sold("A", 1, [-3])

    assert rate(world) == (50.0, *OK)


def test_only_skus_that_sold_and_are_offered_count(world):
    world.stocked("A", 5, [-1, 0])
    world.stocked("IDLE", 0, [-1, 0])
    world.stocked("GONE", 0, [-1, 0], has_afn_listing=False)
    world.stocked("BLANK", None, [-1, 0])
    for sku in ("A", "GONE", "BLANK"):
        world.sold(sku, 1, [-3])

    assert rate(world) == (0.0, *OK)


@pytest.mark.parametrize("sells", [True, False])
def test_without_a_snapshot_of_anything_that_sells_the_rate_is_unknown(world, sells):
    if sells:
        world.sold("A", 1, [-3])
    else:
        world.stocked("A", 0, [0])

    assert rate(world) == (None, "unknown", "no_data")


def test_todays_orders_and_the_day_before_the_window_are_not_in_the_pace(world):
    world.stocked("A", 10, [*MONTH, 0])
    world.sold("A", 1, MONTH)
    world.sold("A", 90, [-31, 0])
    world.measure()

    assert velocity(world) == (1.0, *OK)
    assert world.values("velocity", "sku", on=NIGHT)
    assert not world.values("velocity", "sku", on=day(-1))
