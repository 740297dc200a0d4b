"""Amazon's own limits: kept by day from its account health report, with constants until it tells one; in both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, insert, select

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.core.periods import Days
from sellerwatch.metrics.limits import TOLD, AmazonLimit, limit_on, limits_over
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.limits import METRIC_LIMIT
from tests.spec.small_world import NIGHT, day


def told(world, target, *, metric="lateShipmentRate", on=NIGHT, place="US", of=None, condition="LESS_THAN", fulfillment="all"):
    """One line of the account health report of a marketplace, which may speak of another one."""
    row = world._provenance(place) | {
        "snapshot_on": on,
        "marketplace_id": marketplace(of or place).id,
        "metric": metric,
        "fulfillment_type": fulfillment,
        "status": "GOOD",
        "target_value": None if target is None else Decimal(target),
        "target_condition": condition,
        "observed_at": datetime(2026, 11, 17, 12, tzinfo=UTC),
    }
    with writing(world.engine) as connection:
        connection.execute(insert(FACTS["account_metric"]).values(row))


def held(world, metric="late_shipment_rate", on=NIGHT):
    with reading(world.engine) as connection:
        return limit_on(connection, world.settings, world.store_id, metric, on)


def stored(world):
    with reading(world.engine) as connection:
        rows = connection.execute(select(METRIC_LIMIT).where(METRIC_LIMIT.c.store_id == world.store_id)).all()
    return sorted((row.metric, row.told_on, row.limit_value, row.keep) for row in rows)


def test_the_target_of_the_report_is_kept_as_the_metric_is_measured(world):
    """A fraction of one in the report, a percentage in the metric."""
    told(world, "0.035")
    world.measure()

    assert stored(world) == [("late_shipment_rate", NIGHT, Decimal("3.5"), "below")]
    assert held(world) == {"US": (kept := AmazonLimit(Decimal("3.5"), "below", NIGHT)), "*": kept}


def test_a_limit_holds_until_a_report_tells_another_one(world):
    told(world, "0.035", on=day(-5))
    told(world, "0.03", on=day(-2))
    world.measure()
    with reading(world.engine) as connection:
        found = limits_over(connection, world.settings, world.store_id, "late_shipment_rate", Days(day(-6), NIGHT))

    by_day = [found["US", day(offset)] for offset in range(-6, 1)]
    assert [float(limit.value) for limit in by_day] == [4.0, 3.5, 3.5, 3.5, 3.0, 3.0, 3.0]
    assert [limit.told_on for limit in by_day[:2]] == [None, day(-5)]


CONSTANTS = {
    "odr": AmazonLimit(Decimal(1), "below"),
    "late_shipment_rate": AmazonLimit(Decimal(4), "below"),
    "cancel_rate": AmazonLimit(Decimal("2.5"), "below"),
    "valid_tracking_rate": AmazonLimit(Decimal(95), "above"),
}


@pytest.mark.parametrize("metric", CONSTANTS)
def test_a_constant_holds_where_no_report_says(world, metric):
    world.measure()

    assert held(world, metric)["US"] == CONSTANTS[metric]


@pytest.mark.parametrize("metric", ["on_time_delivery_rate", "units"])
def test_where_neither_says_there_is_no_limit(world, metric):
    assert held(world, metric) == {}


def test_every_metric_that_has_a_limit_is_in_the_catalogue(whole_catalogue):
    for metric, found in TOLD.items():
        assert whole_catalogue.metrics[metric].unit == "%", metric
        assert whole_catalogue.metrics[metric].better == {"below": "lower", "above": "higher"}[found.keep], metric


@pytest.mark.parametrize(
    ("condition", "keep"),
    [("LESS_THAN", "below"), ("GREATER_THAN", "above"), ("EQUALS", "at"), ("A_NEW_WORD", "below"), (None, "below")],
)
def test_amazons_condition_says_on_which_side_the_value_has_to_be(world, condition, keep):
    told(world, "0.035", condition=condition)
    world.measure()

    assert held(world)["US"].keep == keep


def test_a_line_without_a_target_tells_nothing(world):
    told(world, None)
    world.measure()

    assert stored(world) == []


def test_who_ships_is_told_apart(world):
    told(world, "0.01", metric="orderDefectRate", fulfillment="mfn")
    told(world, "0.008", metric="orderDefectRate", fulfillment="afn")
    world.measure()

    assert {(metric, float(value)) for metric, _, value, _ in stored(world)} == {("odr", 1.0), ("odr_fba", 0.8)}


def test_what_the_report_says_of_another_marketplace_is_not_the_limit_of_this_one(world):
    told(world, "0.035")
    told(world, "0.01", of="CA")
    world.measure()

    assert float(held(world)["US"].value) == 3.5


def test_of_several_marketplaces_the_strictest_limit_is_that_of_the_store(world):
    world.places = ("US", "CA")
    told(world, "0.035", place="US")
    told(world, "0.02", place="CA")
    told(world, "0.95", metric="onTimeDeliveryRate", place="US", condition="GREATER_THAN")
    told(world, "0.9", metric="onTimeDeliveryRate", place="CA", condition="GREATER_THAN")
    world.measure()

    assert float(held(world)["*"].value) == 2.0
    assert float(held(world, "on_time_delivery_rate")["*"].value) == 95.0


def test_measuring_again_keeps_what_the_report_says_now(world):
    told(world, "0.035")
    world.measure()
    with writing(world.engine) as connection:
        connection.execute(delete(FACTS["account_metric"]).where(FACTS["account_metric"].c.store_id == world.store_id))
    world.measure()

    assert stored(world) == []


@pytest.mark.parametrize(
    ("keep", "value", "is_met"),
    [
        ("below", 3.9, True),
        ("below", 4.0, False),
        ("above", 4.0, False),
        ("above", 4.1, True),
        ("at", 4.0, True),
        ("at", 3.9, False),
    ],
)
def test_a_value_meets_a_limit_on_the_right_side_of_it(keep, value, is_met):
    assert AmazonLimit(Decimal(4), keep).is_met(value) is is_met
