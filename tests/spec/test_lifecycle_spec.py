"""Which stages of SKUs a night stores: one row for each change, the same on both databases however often it runs."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from sqlalchemy import delete, func, insert, select

from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.stock.lifecycle import stages, store_stages
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.lifecycle import SKU_STAGE
from sellerwatch.warehouse.tables.user import FILE_IMPORT, USER
from tests.spec.small_world import NIGHT, NOW, World, day


@pytest.fixture
def store(engine, shipped, world):
    """A store of one marketplace whose orders are known for more than a year."""
    told = World(engine, shipped, store_id=world.store_id)
    told.pulled(day(-400), day(-1))
    return told


def night(store, offset=0):
    measuring = Measuring(store.store_id, day(offset), NOW, store.settings.marketplaces(store.store_id))
    with writing(store.engine) as connection:
        return store_stages(connection, measuring, store.settings)


def history(store, sku="A"):
    """Return the SKU's rows: since how many days from the night, stage, source and reason."""
    with reading(store.engine) as connection:
        rows = connection.execute(
            select(SKU_STAGE)
            .where(SKU_STAGE.c.store_id == store.store_id, SKU_STAGE.c.sku == sku)
            .order_by(SKU_STAGE.c.since_on)
        )
        return [((row.since_on - NIGHT).days, row.stage, row.source, row.reason) for row in rows]


def stage_of(store, offset, sku="A", place="US"):
    with reading(store.engine) as connection:
        return stages(connection, store.store_id, day(offset)).get((place, sku))


def say(told, table, **cells):
    """Write a row of a table that people fill in."""
    base = {"store": told.store_id, "marketplace": "US", "sku": "A", "line": 2, "imported_at": NOW}
    with writing(told.engine) as connection:
        number = connection.execute(select(func.coalesce(func.max(FILE_IMPORT.c.number), 0) + 1)).scalar_one()
        connection.execute(
            insert(FILE_IMPORT).values(
                number=number, kind="user_tables", file_name="stages.csv", sha256="0" * 64, outcome={},
                manifest_number=number, imported_at=NOW, imported_by="tester",
            )
        )  # fmt: skip
        connection.execute(insert(USER[table]).values(**base | {"import_number": number} | cells))


@pytest.fixture(autouse=True)
def nothing_said(engine):
    """Tables that people fill in are one for all stores."""
    yield
    with writing(engine) as connection:
        for table in ("lifecycle_stage", "product_launch"):
            connection.execute(delete(USER[table]))
        connection.execute(delete(FILE_IMPORT).where(FILE_IMPORT.c.file_name == "stages.csv"))


def test_a_sku_is_new_from_its_first_sale_and_mature_ninety_days_later(store):
    store.sold("A", 1, [-30, -29])

    night(store)
    assert history(store) == [(-30, "new", "rule", "first_sale")]
    night(store, 59)
    assert history(store) == [(-30, "new", "rule", "first_sale")]

    store.sold("A", 1, [59])
    night(store, 60)

    assert history(store) == [(-30, "new", "rule", "first_sale"), (60, "mature", "rule", "age")]
    assert [stage_of(store, offset) for offset in (-31, -30, 59, 60, 99)] == [None, "new", "new", "mature", "mature"]


def test_the_same_night_again_stores_the_same_rows_and_an_old_one_changes_no_later_one(store):
    store.sold("A", 1, [-80])
    store.stocked("A", 1, [0])
    store.sold("B", 1, range(-60, 0))
    counts = [night(store, offset) for offset in (0, 15)]
    rows = history(store), history(store, "B")

    assert [night(store, 15), night(store, 0), night(store, 0)] == [counts[1], counts[0], counts[0]]
    assert (history(store), history(store, "B")) == rows
    assert rows[0] == [(-80, "new", "rule", "first_sale"), (10, "mature", "rule", "age")]


def test_a_receipt_begins_a_life_before_the_first_sale(store):
    store.sold("A", 1, [-10])
    base = store._provenance("US")
    cells = {"fnsku": "X", "asin": "B0A", "sku": "A", "disposition": "SELLABLE", "location": "US", "customer_shipped_units": 0,
             "customer_returned_units": 0, "ending_units": 5}  # fmt: skip
    received = [("DAY", -20, 5), ("DAY", -25, 0), ("MONTH", -47, 5)]
    with writing(store.engine) as connection:
        connection.execute(
            insert(FACTS["ledger_summary"]),
            [base | cells | {"period": period, "balance_on": day(offset), "received_units": units}
             for period, offset, units in received],
        )  # fmt: skip

    night(store)

    assert history(store) == [(-20, "new", "rule", "first_receipt")]


def test_the_age_of_what_was_there_from_the_start_is_that_of_its_listing(engine, shipped, world):
    store = World(engine, shipped, store_id=world.store_id)
    store.pulled(day(-30), day(-1))
    store.sold("A", 1, range(-30, 0))
    store.sold("B", 1, range(-30, 0))
    opened = datetime.combine(day(-50), time(20), UTC)
    with writing(engine) as connection:
        listing = {"snapshot_on": NIGHT, "sku": "A", "opened_at_utc": opened}
        connection.execute(insert(FACTS["merchant_listing"]).values(**store._provenance("US") | listing))

    night(store)

    assert history(store) == [(-50, "new", "rule", "listed")]
    assert history(store, "B") == [(0, "mature", "rule", "before_history")]


def test_stock_that_no_longer_sells_is_a_clearance_until_it_sells_for_two_weeks(store):
    store.sold("A", 1, [-300])
    store.stocked("A", 40, range(-29, 30), inbound_working_units=0)
    night(store, -1)
    night(store)
    store.sold("A", 3, range(1, 30))
    night(store, 5)
    assert stage_of(store, 5) == "clearance"

    night(store, 14)

    assert history(store) == [
        (-210, "mature", "rule", "age"),
        (0, "clearance", "rule", "no_sale"),
        (14, "mature", "rule", "recovered"),
    ]


def test_stock_that_grows_old_while_sales_fall_is_a_clearance(store):
    store.sold("A", 4, range(-60, -30))
    store.sold("A", 1, [-300, *range(-30, 0)])
    store.stocked("A", 40, range(-59, 1), inbound_working_units=0)
    plan = {"snapshot_on": NIGHT, "sku": "A", "aged_0_to_90_units": 10, "aged_271_to_365_units": 30, "sellable_units": 40}
    with writing(store.engine) as connection:
        connection.execute(insert(FACTS["inventory_planning"]).values(**store._provenance("US") | plan))

    night(store)

    assert history(store) == [(0, "clearance", "rule", "aged_and_falling")]
    with reading(store.engine) as connection:
        detail = connection.execute(select(SKU_STAGE.c.detail).where(SKU_STAGE.c.store_id == store.store_id)).scalar_one()
    assert detail == {"units_now": 30, "units_before": 120, "sellable_units": 40, "inbound_units": 0, "aged_units": 30,
                      "lying_units": 40, "stocked_pct": 100}  # fmt: skip


def test_what_people_say_holds_from_their_day_to_theirs(store):
    store.sold("A", 1, [-300])
    store.stocked("A", 1, [-10])
    night(store, -10)
    say(store, "lifecycle_stage", stage="ended", valid_from=day(-5), valid_to=day(20))

    night(store)
    night(store, 19)
    night(store, 20)

    assert history(store) == [
        (-210, "mature", "rule", "age"),
        (-5, "clearance", "user", "said"),
        (20, "mature", "rule", "age"),
    ]
    assert night(store) == 1
    assert len(history(store)) == 3


def test_a_row_for_the_store_outranks_one_for_all_and_another_stores_counts_for_nothing(store):
    store.sold("A", 1, [-300])
    store.sold("B", 1, [-300])
    store.stocked("A", 1, [0])
    store.stocked("B", 1, [0])
    for stage, cells in {
        "ended": {"store": "*", "marketplace": "*"},
        "new": {"store": "*", "marketplace": "US"},
        "growth": {"marketplace": "*"},
        "clearance": {"store": "another"},
        "decline": {"store": "*", "marketplace": "*", "sku": "B"},
    }.items():
        say(store, "lifecycle_stage", stage=stage, valid_from=day(-5), **cells)

    night(store)

    assert (history(store), history(store, "B")) == ([(-5, "mature", "user", "said")], [(-5, "mature", "user", "said")])


def test_the_launch_that_people_name_begins_a_life(store):
    store.sold("A", 1, [-300])
    store.stocked("A", 1, [0])
    say(store, "product_launch", started_on=day(-90), launched_on=day(-12))

    night(store)

    assert history(store) == [(-12, "new", "rule", "launched")]


def test_a_night_that_measures_decides_the_stages_too(store):
    store.sold("A", 1, [-10])
    store.all_pulled()

    store.measure()

    assert history(store) == [(-10, "new", "rule", "first_sale")]


def test_another_stores_stages_are_its_own(store, neighbour):
    neighbour.pulled(day(-400), day(-1))
    neighbour.sold("A", 1, [-300])
    neighbour.stocked("A", 1, [0])
    store.sold("A", 1, [-10])
    night(store)
    night(neighbour)

    assert (stage_of(store, 0), stage_of(neighbour, 0)) == ("new", "mature")


def test_a_night_done_again_leaves_what_a_later_night_dated_back(store):
    store.sold("A", 1, [-30, -29])
    night(store)
    say(store, "lifecycle_stage", stage="ended", valid_from=day(5))
    night(store, 10)
    dated_back = history(store)

    night(store, 5)

    assert dated_back[-1] == (5, "clearance", "user", "said")
    assert history(store) == dated_back


def test_what_is_meant_to_sell_out_is_not_out_of_stock(store):
    for sku, units in (("A", 0), ("B", 5)):
        store.sold(sku, 1, [-3])
        store.stocked(sku, units, [-1, 0])

    store.measure()
    before = store.said("stockout_rate", "marketplace")
    say(store, "lifecycle_stage", stage="clearance", valid_from=day(-5))
    store.measure()

    assert (before, store.said("stockout_rate", "marketplace")) == ((50.0, "ok", None), (0.0, "ok", None))
