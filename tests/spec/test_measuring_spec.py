"""Measuring as a step: twice is once, restated facts are measured anew, and stores do not see each other."""

from sellerwatch.metrics.catalogue import measurements
from sellerwatch.metrics.declared.measure import FED
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.measure import CHECK_FAILURE, DAYS_TO_ORDER, FEED_AGE, MEASURES, PROBLEMS, STORIES_FAILED
from sellerwatch.settings.rules import READ_BY_WATCHDOG
from tests.spec.small_world import NIGHT, contents, day, line

MONTH = range(-30, 0)


def busy(world):
    world.all_pulled()
    world.stocked("A", 10, [*MONTH, 0])
    world.sold("A", 2, MONTH)
    world.sold("B", 1, range(-3, 0))
    world.had_problems("something failed")


def test_measuring_twice_changes_nothing(world, engine):
    busy(world)
    first = world.measure()
    before = contents(engine)

    second = world.measure()

    assert first.changed == first.values > 0
    assert (second.changed, second.values) == (0, first.values)
    assert contents(engine) == before


def test_restated_facts_are_measured_anew_and_nothing_else_is_touched(world):
    busy(world)
    world.measure()

    world.ordered(line("A", on=day(-1), quantity=5))
    again = world.measure()

    assert world.said("units", "sku", subject="A")[0] == 7.0
    # gmv, net sales and units of the SKU and of the marketplace, the SKU's velocity and cover, and what its days in stock weigh
    assert again.changed == 9


def test_a_subject_that_the_facts_no_longer_name_is_removed(world):
    busy(world)
    world.measure()

    world.forget("order_line", sku="B", purchased_on=day(-1))
    world.forget("fba_inventory", sku="A", snapshot_on=NIGHT)
    world.measure()

    assert set(world.values("units", "sku")) == {("US", "A")}
    assert set(world.values("units", "sku", on=day(-2))) == {("US", "A"), ("US", "B")}
    assert not world.values("days_of_cover", "sku")


def test_values_of_earlier_nights_stay(world):
    busy(world)
    world.stocked("B", 10, [-1])
    world.measure(day(-1))

    world.measure()

    assert set(world.values("days_of_cover", "sku", on=day(-1))) == {("US", "A"), ("US", "B")}
    assert world.values("feed_age_hours", "feed", on=day(-1))


def test_two_stores_in_one_warehouse_do_not_see_each_other(world, neighbour):
    busy(world)
    world.measure()
    alone = {
        kind: world.values(metric, kind)
        for metric, kind in (("gmv", "sku"), ("days_of_cover", "sku"), ("night_problems", "store"))
    }

    neighbour.all_pulled()
    neighbour.stocked("A", 999, [*MONTH, 0])
    neighbour.sold("A", 50, MONTH)
    neighbour.sold("C", 50, MONTH)
    neighbour.measure()

    assert world.measure().changed == 0
    assert alone == {
        kind: world.values(metric, kind)
        for metric, kind in (("gmv", "sku"), ("days_of_cover", "sku"), ("night_problems", "store"))
    }
    assert neighbour.said("units", "sku", subject="A")[0] == 50.0
    assert neighbour.said("days_of_cover", "sku", subject="A")[0] == 999 / 50
    assert neighbour.said("night_problems", "store", place=EVERY_MARKETPLACE, subject=neighbour.store_id)[0] == 0.0


def test_an_unknown_value_is_never_zero(world, engine):
    world.stocked("A", 10, [0])
    world.stocked("B", None, [0])
    world.measure()

    for metric, kind in (
        ("gmv", "marketplace"),
        ("velocity", "sku"),
        ("days_of_cover", "sku"),
        ("stockout_rate", "marketplace"),
    ):
        for row in world.values(metric, kind).values():
            assert (row.status == "unknown") == (row.value is None) == (row.numerator is None)
            assert row.status == "ok" or row.reason


def test_a_changed_definition_is_written_as_its_new_version(world):
    busy(world)
    world.measure()
    gmv = world.shipped.metrics["gmv"].model_copy(update={"version": 2})
    world.shipped = type(world.shipped)(
        **{name: getattr(world.shipped, name) for name in world.shipped.__slots__}
        | {"metrics": dict(world.shipped.metrics) | {"gmv": gmv}}
    )

    world.measure()

    kinds = ("marketplace", "sku")
    written = [value for kind in kinds for on in MONTH for value in world.values("gmv", kind, on=day(on)).values()]
    assert [value.definition_version for value in written] == [2] * (len(MONTH) * 2 + 3), "of A 30 days, of B 3"


def test_every_configured_metric_is_measured_and_every_measure_is_configured(whole_catalogue):
    computed = {(item.metric, item.grain) for item in measurements(whole_catalogue)}
    computed |= {(name, "store") for name, metric in whole_catalogue.metrics.items() if "store" in metric.grains}
    measured = (
        {(item.metric, item.subject_kind) for item in MEASURES}
        | computed
        | {
            (FEED_AGE, "feed"),
            (PROBLEMS, "store"),
            (CHECK_FAILURE, "check"),
            (STORIES_FAILED, "store"),
            (DAYS_TO_ORDER, "sku"),
            (READ_BY_WATCHDOG, "store"),
        }
    )
    configured = {
        (metric_id, kind)
        for metric_id, metric in whole_catalogue.metrics.items()
        if metric.status not in FED
        for kind in metric.subjects
    }

    assert measured == configured
