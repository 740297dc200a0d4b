"""``sellerwatch watchdog`` and ``sellerwatch evaluate`` against the simulated Slack: exactly these calls, and what the shell is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sellerwatch.alerts.judging.present import judge_present
from sellerwatch.core.clock import ScaledClock
from sellerwatch.core.errors import RetryableError
from sellerwatch.simulator.server import Simulator
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.engine import open_engine, writing
from tests.conftest import NIGHT, NIGHT_STARTS, without_computed

STORE = "cascade"
STARTED = NIGHT_STARTS[STORE]
DAY = timedelta(days=1)


@pytest.fixture
def simulator(demo_world):
    """The simulator on a slow clock: at the usual speed, a busy machine would come to the hour at which the next night is missed."""
    with Simulator(demo_world, ScaledClock.starting(STARTED, 20.0)) as running:
        yield running


@pytest.fixture
def ran(against_simulator, environment, ready_sqlite):
    """Note a night as run, from its beginning to its end."""
    url = ready_sqlite(Path(environment["SELLERWATCH_DATA"]) / "warehouse.sqlite")

    def note(night, *, is_over=True):
        engine = open_engine(url)
        with writing(engine) as connection:
            nights.begin(connection, STORE, night, STARTED)
            if is_over:
                nights.finish(connection, STORE, night, problems=0, decided_at=STARTED, now=STARTED)
        engine.dispose()

    return note


def watch(sellerwatch):
    return sellerwatch("watchdog", "--store", STORE, "--json")


def test_scenario_32_an_absent_night_posts_once_and_a_late_one_updates_and_replies(sellerwatch, ran, simulator):
    # It is 05:30 of the night's day: what is missing is the night before.
    ran(NIGHT - 2 * DAY)

    silent, again = watch(sellerwatch), watch(sellerwatch)
    simulator.slack.journal.assert_only(posts=1)
    ran(NIGHT - 40 * DAY)
    past_night = watch(sellerwatch)
    simulator.slack.journal.assert_only(posts=1)
    ran(NIGHT - DAY)
    back = watch(sellerwatch)

    assert [item.code for item in (silent, again, past_night, back)] == [1, 1, 1, 0]
    assert silent.facts["stores"] == [
        {
            "store": STORE,
            "is_expected": True,
            "missing_nights": 1,
            "first_missing": str(NIGHT - DAY),
            "why": "not_begun",
            "feeds": [],
        }
    ]
    # That night brought nothing, and now that it is over its feeds are told.
    feeds = back.facts["stores"][0]["feeds"]
    assert {feed["report"] for feed in feeds} == {"all_orders", "fba_inventory", "inventory_planning"}
    simulator.slack.journal.assert_only(posts=1 + len(feeds), updates=1, replies=1)


def test_scenario_32_a_store_without_a_night_is_not_missed(sellerwatch, ran, simulator):
    found = sellerwatch("watchdog")

    assert (found.code, found.out) == (0, "cascade: no night is expected\nalpine: no night is expected\n")
    simulator.slack.journal.assert_only()


def test_a_store_that_is_not_configured_is_refused_before_any_is_looked_at(sellerwatch, configured):
    found = sellerwatch("watchdog", "--store", "cascad")

    assert (found.code, found.out) == (2, "")
    assert "cascad" in found.err


def test_what_cannot_be_told_is_said_and_waits(sellerwatch, ran, simulator):
    ran(NIGHT - 2 * DAY)
    simulator.slack.tokens[next(iter(simulator.slack.tokens))] = False

    found = sellerwatch("watchdog", "--store", STORE)

    assert found.code == 2
    assert "1 night missing since" in found.out
    assert "Slack refuses the bot token" in found.err
    simulator.slack.tokens[next(iter(simulator.slack.tokens))] = True
    simulator.slack.journal.clear()
    watch(sellerwatch)
    simulator.slack.journal.assert_only(posts=1)


def test_scenario_10_evaluating_again_without_news_calls_nobody(sellerwatch, ran, environment, simulator):
    """The night's feeds never came: their alerts are posted once, however often the present is judged again."""
    without_computed(Path(environment["SELLERWATCH_CONFIG"]))
    ran(NIGHT)

    first = sellerwatch("evaluate", "--store", STORE, "--json")
    posted = simulator.slack.journal.counts()
    second = sellerwatch("evaluate", "--store", STORE, "--json")

    assert (first.code, second.code) == (0, 0)
    assert second.facts["stores"] == [{"store": STORE, "as_of": str(NIGHT), "events": 0}]
    assert simulator.slack.journal.counts() == posted
    simulator.slack.journal.assert_only(posts=posted["posts"])


def test_evaluating_a_store_without_a_night_says_so(sellerwatch, ran):
    found = sellerwatch("evaluate", "--store", STORE)

    assert (found.code, found.out) == (0, "cascade: alerts are as they were; no night was run yet.\n")


def test_a_store_that_cannot_be_judged_keeps_no_other_from_it(sellerwatch, ran, monkeypatch):
    def judge(workspace, store_id):
        if store_id == STORE:
            raise RetryableError("another process judged the night", where=store_id, remedy="Run it again")
        return judge_present(workspace, store_id)

    monkeypatch.setattr("sellerwatch.cli.evaluate.judge_present", judge)

    found = sellerwatch("evaluate")

    assert (found.code, found.out) == (1, "alpine: alerts are as they were; no night was run yet.\n")
    assert "another process judged the night" in found.err
