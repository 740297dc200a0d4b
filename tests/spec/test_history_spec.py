"""What a changed history does: its days are measured, its nights too, and only the present is judged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from sellerwatch.alerts.judging.present import judge_backfill, judge_present
from sellerwatch.core.periods import Days
from sellerwatch.metrics.history import measure_backfill, measure_history
from sellerwatch.metrics.measure import FEED_AGE
from sellerwatch.warehouse.backfills import ledger
from sellerwatch.warehouse.backfills.ledger import Backfill, Counts
from sellerwatch.warehouse.backfills.order import BackfillOrder
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.ledger import NIGHT as NIGHTS
from sellerwatch.warehouse.tables.outbox import OUTBOX
from tests.spec.small_world import NIGHT, NOW, day

LONG_AGO = Days(day(-100), day(-61))


def messages(world):
    with reading(world.engine) as connection:
        return connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one()


def outcome(world, night, word):
    with writing(world.engine) as connection:
        connection.execute(update(NIGHTS).where(NIGHTS.c.as_of == night).values(outcome=word))


def test_every_day_is_measured_also_where_no_night_ever_ran(world):
    world.pulled(LONG_AGO.first, LONG_AGO.last, through=None)
    world.sold("A", 2, (-100, -61))

    measure_history(world.workspace, world.store_id, LONG_AGO)

    first, last, between = (world.said("gmv", "marketplace", on=day(offset)) for offset in (-100, -61, -80))
    assert (first[0], last[0], between[0]) == (20.0, 20.0, 0.0)
    assert {first[1], last[1], between[1]} == {"ok"}


def test_a_day_of_which_nothing_was_pulled_stays_unknown(world):
    measure_history(world.workspace, world.store_id, LONG_AGO)

    assert world.said("gmv", "marketplace", on=day(-80))[:2] == (None, "unknown")


def test_a_night_that_looked_back_on_the_days_is_measured_again_and_what_it_said_of_its_feeds_stays(world):
    night = day(-50)
    world.began(night)
    world.measure(night)
    feeds = world.values(FEED_AGE, "feed", on=night)
    assert world.values("velocity", "sku", on=night) == {}
    world.clock.moment = NOW + timedelta(hours=5)
    world.pulled(LONG_AGO.first, night - timedelta(days=1), through=None)
    world.sold("A", 3, range(-80, -50))
    world.stocked("A", 90, range(-80, -49))

    measure_history(world.workspace, world.store_id, LONG_AGO)

    assert world.said("velocity", "sku", subject="A", on=night)[0] == pytest.approx(3.0)
    assert world.values(FEED_AGE, "feed", on=night) == feeds


def test_history_tells_nobody_anything(world):
    before = messages(world)
    world.pulled(LONG_AGO.first, LONG_AGO.last, through=None)
    world.sold("A", 5, range(-100, -60))
    world.stocked("A", 1, range(-100, -60))

    measure_history(world.workspace, world.store_id, LONG_AGO)

    assert messages(world) == before


def test_a_store_without_a_night_has_no_present_to_judge(world):
    present = judge_present(world.workspace, world.store_id)

    assert (present.as_of, present.events) == (None, 0)
    assert present.words == f"{world.store_id}: alerts are as they were; no night was run yet."


def test_a_night_at_work_judges_itself(world):
    world.began()

    present = judge_present(world.workspace, world.store_id)

    assert present.words.endswith("the night of 2026-11-17 has not ended, and judges when it does.")


def test_a_night_of_long_ago_does_not_speak_of_the_present(world):
    world.began(day(-5))
    outcome(world, day(-5), "complete")

    present = judge_present(world.workspace, world.store_id)

    assert (present.as_of, present.events) == (None, 0)
    assert "too long ago" in present.words


def test_the_present_is_judged_once_more_with_the_history_that_came(world):
    world.began()
    outcome(world, NIGHT, "complete")
    world.all_pulled()
    world.stocked("A", 4, range(-30, 1))
    world.sold("A", 2, range(-30, 0))
    before = messages(world)

    present = judge_present(world.workspace, world.store_id)
    again = judge_present(world.workspace, world.store_id)

    assert present.as_of == NIGHT
    assert present.events > 0
    assert messages(world) > before
    assert (again.events, again.words) == (0, f"{world.store_id}: the night of 2026-11-17 was judged again; no alert changed.")


def test_what_keeps_a_store_from_being_measured_and_judged_is_a_problem_of_the_backfill(world, neighbour):
    neighbour.began()
    order = BackfillOrder(
        id=world.store_id,
        stores=("gone", neighbour.store_id),
        feeds=("all_orders",),
        days=LONG_AGO,
        mode="gaps",
        reason="r",
        asked_by="a",
        source="cli",
    )
    with writing(world.engine) as connection:
        ledger.enter(connection, Backfill(order, "planned", NOW, None, Counts(0), {}, {}, (), (), (), 0))

    measure_backfill(neighbour.workspace, order.id)
    presents = judge_backfill(neighbour.workspace, order.id)

    noted = ledger.read(neighbour.workspace, order.id)
    assert [(item["step"], item["store"]) for item in noted.problems] == [("measure", "gone"), ("judge", "gone")]
    assert [item.store_id for item in presents] == [neighbour.store_id]
