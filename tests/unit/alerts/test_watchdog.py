"""Scenario 32: the watchdog tells of a night that is missing and of feeds that come late, once, and when they are back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sellerwatch.alerts.judging.watchdog import watch
from sellerwatch.alerts.ticking import advance
from sellerwatch.settings.models import NightPlan
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.alerting import ALERT
from tests.spec.small_world import NIGHT, NOW, HandClock, day
from tests.unit.alerts.test_scenarios import calls

HOUR = timedelta(hours=1)


@pytest.fixture
def watched(store):
    """The store had its night, of which nothing is wrong, and its clock goes on from there."""
    store.night(0, {"A": 30.0})
    return store


def look(store, moment):
    store.clock.moment = moment
    before = {row.key for row in store.outbox()}
    found = watch(store.workspace, store.store_id)
    return found, calls(store.sent(since=before))


def run(store, night):
    """Run a night that ends."""
    with writing(store.engine) as connection:
        nights.begin(connection, store.store_id, night, store.clock.now())
        nights.finish(connection, store.store_id, night, problems=0, decided_at=store.clock.now(), now=store.clock.now())


TOMORROW_LATE = NOW + timedelta(days=1, hours=3)


def test_scenario_32_an_absent_night_is_told_once_and_a_late_finish_resolves_it(watched):
    found, first = look(watched, TOMORROW_LATE)
    again = [look(watched, TOMORROW_LATE + minutes * timedelta(minutes=10))[1] for minutes in range(1, 7)]
    watched.clock.moment = TOMORROW_LATE + 2 * HOUR
    run(watched, day(1))
    late_finish = look(watched, TOMORROW_LATE + 2 * HOUR)

    assert (found.heartbeat.missing, found.heartbeat.first_missing, found.is_well) == (1, day(1), False)
    assert first == "P:yellow"
    assert again == [""] * 6
    assert (late_finish[0].is_well, late_finish[1]) == (True, "U:green R:green")
    assert watched.last_reply().startswith("🟢 Resolved: nights run - Test Store")


def test_scenario_32_the_message_names_the_night_and_goes_to_whoever_runs_the_pipeline(watched):
    look(watched, TOMORROW_LATE)

    text = watched.text(watched.store_id, "*")
    assert watched.outbox()[-1].channel == "C0OPS"
    assert "1 night missing: Test Store" in text.splitlines()[0]
    assert str(day(1)) in text
    assert "did not begin" in text
    assert "sellerwatch nightly" in text


@pytest.mark.parametrize("night", [day(-3), day(-40)])
def test_scenario_32_a_night_of_the_past_is_no_heartbeat(watched, night):
    look(watched, TOMORROW_LATE)
    run(watched, night)

    assert look(watched, TOMORROW_LATE + HOUR) == (watch(watched.workspace, watched.store_id), "")
    assert watched.alert(watched.store_id, "*").status == "firing"


def test_scenario_32_each_further_missing_night_deepens_the_same_message(watched):
    said = [look(watched, TOMORROW_LATE + timedelta(days=offset))[1] for offset in range(4)]

    assert said == ["P:yellow", "U:orange R!:orange", "U:red R!:red", "U:red"]


def test_scenario_32_a_new_store_and_a_paused_plan_send_nothing(store):
    assert look(store, TOMORROW_LATE)[1] == ""

    store.night(0, {"A": 30.0})
    shop = store.settings.stores[store.store_id].model_copy(update={"night": NightPlan(is_paused=True)})
    store.configured(stores={store.store_id: shop})
    found, said = look(store, TOMORROW_LATE)

    assert (found.heartbeat, said) == (None, "")


def test_a_night_does_not_judge_what_the_watchdog_watches(watched):
    look(watched, TOMORROW_LATE)

    assert calls(watched.night(1, {"A": 30.0})) == ""
    assert watched.alert(watched.store_id, "*").status == "firing"
    assert look(watched, TOMORROW_LATE + HOUR)[1] == "U:green R:green"


def test_a_night_that_begins_late_changes_the_message_once(watched):
    look(watched, TOMORROW_LATE)
    with writing(watched.engine) as connection:
        nights.begin(connection, watched.store_id, day(1), TOMORROW_LATE - 5 * HOUR)

    assert [look(watched, TOMORROW_LATE + HOUR)[1] for _ in range(2)] == ["U:yellow", ""]
    assert "began and did not end" in watched.text(watched.store_id, "*")


# Feeds between two nights

FEED = "fba_inventory"


@pytest.fixture
def one_feed(watched):
    """The store pulls one feed alone, which came with the night."""
    shop = watched.settings.stores[watched.store_id].model_copy(update={"reports": (FEED,)})
    reports = {FEED: watched.settings.reports[FEED].model_copy(update={"freshness_hours": 8})}
    watched.configured(stores={watched.store_id: shop}, reports=watched.settings.reports | reports)
    watched.pulled(NIGHT, NIGHT, report=FEED, through=NOW, received_at=NOW)
    return watched


def test_scenario_32_a_feed_that_gets_late_between_the_nights_is_told_once(one_feed):
    said = [look(one_feed, NOW + hours * HOUR) for hours in (7, 8, 9, 10)]

    assert [calls for _, calls in said] == ["", "P:yellow", "", ""]
    assert said[1][0].feeds == (("US", FEED),)
    assert said[1][0].is_well


def test_a_feed_that_gets_later_still_is_raised(one_feed):
    one_feed.configured(
        reports=one_feed.settings.reports | {FEED: one_feed.settings.reports[FEED].model_copy(update={"freshness_hours": 5})}
    )

    assert [look(one_feed, NOW + hours * HOUR)[1] for hours in (5, 10, 19, 20)] == [
        "P:yellow",
        "U:orange R!:orange",
        "",
        "U:red R!:red",
    ]


def test_a_feed_that_comes_when_the_night_is_run_again_is_told_to_be_back(one_feed):
    look(one_feed, NOW + 8 * HOUR)
    one_feed.pulled(NIGHT, NIGHT, report=FEED, through=NOW + 9 * HOUR, received_at=NOW + 9 * HOUR)

    assert look(one_feed, NOW + 10 * HOUR)[1] == "U:green R:green"


def test_the_coming_night_resolves_what_the_watchdog_told_ahead_of_it(one_feed):
    look(one_feed, NOW + 8 * HOUR)

    assert calls(one_feed.night(1, {"A": 30.0})) == "U:green R:green"


def test_the_same_night_judged_again_does_not_touch_what_was_told_ahead(one_feed):
    look(one_feed, NOW + 8 * HOUR)

    assert one_feed.again(0) == []
    assert [row.status for row in one_feed.rows(ALERT) if row.rule == "stale_feed"] == ["firing"]


def test_feeds_are_not_told_one_by_one_while_the_night_itself_is_missing(one_feed):
    found, said = look(one_feed, TOMORROW_LATE)

    assert (found.feeds, said) == ((), "P:yellow")


def paused(store, *, is_paused):
    plan = NightPlan(is_paused=is_paused)
    stores = dict(store.shipped.stores) | {
        store.store_id: store.settings.store(store.store_id).model_copy(update={"night": plan})
    }
    store.configured(stores=stores)


def test_what_was_told_of_missing_nights_is_closed_once_they_are_paused(watched):
    """Nobody wants to be called about nights that they stopped themselves."""
    look(watched, TOMORROW_LATE)
    paused(watched, is_paused=True)

    assert [look(watched, TOMORROW_LATE + hours * HOUR)[1] for hours in (1, 2)] == ["U:grey", ""]
    assert "Closed, not resolved: the plan of its nights is paused." in watched.text(watched.store_id, "*")
    assert advance(replace(watched.workspace, clock=HandClock(TOMORROW_LATE + 40 * HOUR))).changes == 0
    paused(watched, is_paused=False)
    assert look(watched, TOMORROW_LATE + 30 * HOUR)[1] == "P:orange"


def test_a_store_that_is_silent_for_long_is_still_told_to_be(watched):
    look(watched, TOMORROW_LATE)

    found, said = look(watched, TOMORROW_LATE + timedelta(days=40))

    assert (found.is_well, found.heartbeat.missing, said) == (False, 41, "U:red R!:red")
