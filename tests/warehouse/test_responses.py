"""People and nights that meet at one alert, on both databases: every answer counts once, and none is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sellerwatch.alerts.pressing import act_on_presses, receive
from sellerwatch.alerts.response.machine import Acknowledge, Person, step
from sellerwatch.alerts.response.storing import load, save
from sellerwatch.alerts.ticking import advance
from sellerwatch.core.errors import RetryableError
from sellerwatch.delivery.presses import Press
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.tables.response import RESPONSE, RESPONSE_EVENT, SLACK_ACTION
from tests.spec.small_world import shipped_settings
from tests.unit.alerts.judged_store import JudgedStore

TOGETHER = 4


@pytest.fixture
def store(warehouse, tmp_path):
    """A store with one orange alert."""
    judged = JudgedStore(warehouse, shipped_settings(tmp_path), store_id="test_store")
    judged.with_everybodys_chain()
    judged.night(0, {"A": 2.8})
    return judged


def press(store, number, action="acknowledge", *, envelope=None, user=None):
    value = f"{store.alert('A').fingerprint[:24]}-1:1"
    return Press(
        envelope or f"e{number}", user or f"U{number}", f"person {number}", f"{number}.0", action, value, "C0ALERTS", ""
    )


def at_once(act):
    """Let several threads begin at the same moment; return what each came to."""
    start = threading.Barrier(TOGETHER)

    def begin(number):
        start.wait(10)
        return act(number)

    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(begin, range(TOGETHER)))


def events(store):
    return [row.kind for row in store.rows(RESPONSE_EVENT)]


def test_a_press_delivered_to_several_listeners_at_once_is_stored_once(store):
    stored = at_once(lambda number: receive(store.workspace, press(store, 1, envelope=f"e{number % 2}")))

    assert sorted(stored) == [False, False, False, True]
    assert len(store.rows(SLACK_ACTION)) == 1


def test_of_several_processes_that_act_on_a_press_at_once_one_does(store):
    receive(store.workspace, press(store, 1))

    reports = at_once(lambda _: act_on_presses(store.workspace))

    assert sum(report.done for report in reports) == 1
    assert events(store) == ["opened", "acknowledged"]
    assert sorted(row.kind for row in store.outbox()) == ["root", "update"]


def test_several_people_who_press_at_once_are_all_heard(store):
    def click(number):
        receive(store.workspace, press(store, number))
        return act_on_presses(store.workspace).done

    done = at_once(click)

    assert sum(done) == TOGETHER
    assert events(store) == ["opened", *["acknowledged"] * TOGETHER]
    assert store.rows(RESPONSE)[0].event_count == 1 + TOGETHER
    assert [row.state for row in store.rows(SLACK_ACTION)] == ["done"] * TOGETHER


def test_ticks_that_run_at_once_call_once(store):
    store.clock.sleep(4 * 3600)

    at_once(lambda _: advance(store.workspace))

    assert events(store) == ["opened", "escalated"]
    assert sorted(row.kind for row in store.outbox()) == ["reply", "root"]


def test_a_night_and_a_person_who_meet_both_get_through(store):
    receive(store.workspace, press(store, 1))

    def meet(number):
        return store.night(1, {"A": 2.7}) if number == 0 else act_on_presses(store.workspace)

    at_once(meet)

    assert sorted(events(store)) == ["acknowledged", "opened"]
    newest = max(store.outbox(), key=lambda row: (row.rev, row.key))
    assert "Acknowledged by person 1" in str(newest.message), "whoever came second has seen the other"


def test_what_was_read_before_another_change_is_not_written(store):
    thread_key = store.outbox()[0].thread_key
    with writing(store.engine) as connection:
        before = load(connection, thread_key)
        after, event = step(before.policy, before.response, Acknowledge(store.clock.now(), Person("U1", "ann")))
        save(connection, before, after, event)

    with pytest.raises(RetryableError, match="at the same time"), writing(store.engine) as connection:
        save(connection, before, after, event)

    assert events(store) == ["opened", "acknowledged"]


def test_an_act_that_fails_half_way_leaves_the_press_waiting(store, monkeypatch):
    receive(store.workspace, press(store, 1))
    monkeypatch.setattr("sellerwatch.alerts.pressing.entries", lambda _: 1 / 0)
    assert act_on_presses(store.workspace).problems == ("the press e1 waits: ZeroDivisionError: division by zero",)
    monkeypatch.undo()

    assert (events(store), [row.state for row in store.rows(SLACK_ACTION)]) == (["opened"], ["received"])
    assert act_on_presses(store.workspace).done == 1


def test_both_databases_keep_a_whole_response(store):
    for number, action in enumerate(("acknowledge", "snooze:3", "handled"), 1):
        receive(store.workspace, press(store, number, action))
        act_on_presses(store.workspace)
    store.night(1, {"A": 40.0})

    row = store.rows(RESPONSE)[0]
    assert events(store) == ["opened", "acknowledged", "snoozed", "handled", "agreed"]
    assert (row.handled_tier, row.due_at, row.state["is_over"]) == (None, None, True)
    assert store.rows(OUTBOX, OUTBOX.c.rev, OUTBOX.c.key)[-1].rev == 2
