"""When so much of a rule changes in one night that its data is doubted, and what the next night makes of that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from sellerwatch.alerts.condition.machine import Condition
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling.doubt import (
    Doubt,
    by_rule,
    differs,
    doubt_key,
    find_doubt,
    held_before,
    is_too_much,
    load_waiting,
    outcome,
    raise_doubt,
    settle,
)
from sellerwatch.alerts.telling.run import Run
from sellerwatch.alerts.telling.stored import Told
from sellerwatch.settings.telling import MassChange
from sellerwatch.warehouse.tables.alerting import ALERT_EVENT
from sellerwatch.warehouse.tables.telling import ALERT_TELLING

NIGHT = date(2026, 11, 17)
LIMITS = MassChange(share_pct=30.0, subjects=20)
DOUBT = Doubt("doubt-1", "store", "rule", NIGHT, "C1", 7, 20)
FIRING = Condition(status="firing", tier="orange", valued_on=NIGHT)
RESOLVED = Condition(status="resolved", tier="orange", valued_on=NIGHT)
HELD = Told("f", 1, "store", how="held")


def alert(condition, rule="rule"):
    return Alert("f", rule, "store", Subject("US", "sku", "A"), condition, "{}", "{}", NIGHT, 1, 1)


def told(status, tier="orange", how="root"):
    return Told("f", 1, "store", how=how, status=status, tier=tier)


@pytest.mark.parametrize(
    ("changed", "subjects", "is_more"), [(6, 20, False), (7, 20, True), (19, 19, False), (301, 1000, True), (300, 1000, False)]
)
def test_more_than_three_in_ten_of_twenty_or_more_are_too_much(changed, subjects, is_more):
    assert is_too_much(LIMITS, changed, subjects) is is_more


@pytest.mark.parametrize(
    ("condition", "known", "is_other"),
    [
        (FIRING, HELD, True),
        (Condition(status="recovering", tier="orange"), HELD, False),
        (RESOLVED, HELD, False),
        (FIRING, told("firing"), False),
        (FIRING, told("firing", how="digest"), False),
        (FIRING, told("firing", "red"), True),
        (FIRING, told("recovering"), True),
        (RESOLVED, told("resolved", "red"), False),
        (RESOLVED, told("firing"), True),
    ],
)
def test_an_alert_differs_where_people_know_another_state_or_tier(condition, known, is_other):
    assert differs(alert(condition), known) is is_other


def members(*, differing, alike=0, valued_on=NIGHT + timedelta(days=1)):
    def one(known):
        return alert(Condition(status="firing", tier="orange", valued_on=valued_on)), known

    return [*[one(HELD)] * differing, *[one(told("firing"))] * alike]


def settled(found, night=1):
    run = Run("store", NIGHT + timedelta(days=night), datetime(2026, 11, 18, tzinfo=UTC))
    return outcome(DOUBT, LIMITS, run, found)


def test_the_next_night_with_data_of_its_own_agrees_or_takes_back():
    assert settled(members(differing=7)) == "agreed"
    assert settled(members(differing=6, alike=1)) == "withdrawn"


def test_the_same_night_again_only_takes_back():
    assert settled(members(differing=7), night=0) == "waiting"
    assert settled(members(differing=6), night=0) == "withdrawn"


def test_a_night_that_knows_less_than_half_anew_settles_nothing():
    old = members(differing=4, valued_on=NIGHT)
    unknown = members(differing=4, valued_on=None)

    assert settled(old + members(differing=3)) == "waiting"
    assert settled(old + members(differing=4)) == "agreed"
    assert settled(unknown + members(differing=3)) == "waiting"
    assert settled([*unknown, *[(alert(RESOLVED), told("firing"))] * 4]) == "agreed", "what is over is judged"


def test_a_doubt_has_a_conversation_of_its_own_for_each_store_rule_and_night():
    keys = {
        doubt_key("store", "rule", NIGHT),
        doubt_key("other", "rule", NIGHT),
        doubt_key("store", "another", NIGHT),
        doubt_key("store", "rule", NIGHT + timedelta(days=1)),
    }

    assert doubt_key("store", "rule", NIGHT) == "doubt-2a423e1ba88adc3a70826ec9", (
        "what is in the channel is found again by another release"
    )
    assert len(keys) == 4
    assert all(key.startswith("doubt-") and len(key) == len("doubt-") + 24 for key in keys)


def test_changes_are_counted_by_rule():
    one, two, three = alert(FIRING), alert(RESOLVED), alert(FIRING, "other")

    assert by_rule([one, three, two]) == {"rule": [one, two], "other": [three]}


# As it is stored.


@pytest.fixture
def connection(sqlite_warehouse):
    with sqlite_warehouse.begin() as opened:
        yield opened


def test_a_night_is_doubted_once_and_settled_once(connection):
    assert [raise_doubt(connection, DOUBT), raise_doubt(connection, DOUBT)] == [True, False]
    assert find_doubt(connection, "doubt-1") == DOUBT
    assert [settle(connection, DOUBT, "agreed"), settle(connection, DOUBT, "withdrawn")] == [True, False]
    assert find_doubt(connection, "doubt-1") == replace(DOUBT, state="agreed")
    assert raise_doubt(connection, DOUBT) is False, "not even when it was settled"
    assert find_doubt(connection, "doubt-2") is None


def test_what_waits_of_a_store_comes_night_by_night_and_rule_by_rule(connection):
    later = replace(DOUBT, thread_key="doubt-2", as_of=NIGHT + timedelta(days=1), rule="a rule")
    second = replace(DOUBT, thread_key="doubt-3", rule="second rule")
    settled_one = replace(DOUBT, thread_key="doubt-4", state="confirmed")
    others = replace(DOUBT, thread_key="doubt-5", store_id="other")
    for doubt in (later, second, settled_one, others, DOUBT):
        raise_doubt(connection, doubt)
    settle(connection, others, "agreed")

    assert load_waiting(connection, "store") == [DOUBT, second, later]
    assert load_waiting(connection, "other") == []


def stored(connection, name, *, held_by="doubt-1", store="store", episode=1, told_episode=1, night=0):
    """One alert that a doubt holds back, with an event so many nights after the doubted one."""
    telling = {"how": "held", "held_by": held_by, "event_number": 0, "is_behind": False, "holds": 0}
    connection.execute(
        insert(ALERT_TELLING).values(fingerprint=name, episode=told_episode, store_id=store, **telling),
    )
    connection.execute(
        insert(ALERT_EVENT).values(
            fingerprint=name,
            number=1,
            episode=episode,
            kind="fired",
            as_of=NIGHT + timedelta(days=night),
            rule_version=1,
            happened_at=datetime(2026, 11, 18, tzinfo=UTC),
        )
    )


def test_held_before_a_night_is_what_changed_since_the_doubt_and_before_that_night(connection):
    stored(connection, "the night itself")
    stored(connection, "the next", night=1)
    stored(connection, "later", night=2)
    stored(connection, "earlier", night=-1)
    stored(connection, "held by another", held_by="doubt-2")
    stored(connection, "of another store", store="other")
    stored(connection, "of another episode", episode=2)

    def held(night):
        return held_before(connection, DOUBT, NIGHT + timedelta(days=night))

    assert held(0) == held(1) == {"the night itself"}
    assert held(2) == {"the night itself", "the next"}
