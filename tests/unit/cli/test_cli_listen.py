"""The listener without a Slack: what it does with presses, with failures, and when it is told to end; and the tick command."""

from __future__ import annotations

import threading

import httpx
import pytest

from sellerwatch.cli import listening
from sellerwatch.cli.health import health_check
from sellerwatch.cli.listening import NOT_STORED, Listener
from sellerwatch.core.errors import ConfigError, RetryableError
from sellerwatch.delivery.presses import Press
from sellerwatch.delivery.socket_mode import Hearing
from tests.spec.small_world import shipped_settings
from tests.unit.alerts.answered_store import Whispers
from tests.unit.alerts.judged_store import JudgedStore

TROUBLE = RetryableError("no", where="here", remedy="Wait")


class FakeEar:
    """Connects when it shall."""

    def __init__(self, _settings, *, clock, on_press):
        self.on_press, self.failures, self.connected = on_press, [], False

    def connect(self):
        if self.failures:
            raise self.failures.pop()
        self.connected = True

    def close(self):
        self.connected = False

    def hearing(self):
        return Hearing(self.connected, None)


@pytest.fixture
def store(sqlite_warehouse, tmp_path):
    judged = JudgedStore(sqlite_warehouse, shipped_settings(tmp_path), store_id="test_store")
    judged.night(0, {"A": 2.8})
    return judged


@pytest.fixture
def drained(monkeypatch):
    """Set whenever the outbox is drained."""
    happened = threading.Event()
    monkeypatch.setattr(listening, "deliver_due", lambda _: happened.set())
    return happened


@pytest.fixture
def listener(store, monkeypatch, drained):
    monkeypatch.setattr(listening, "Ear", FakeEar)
    monkeypatch.setattr(listening, "WebWhisper", lambda _: Whispers())
    monkeypatch.setattr(listening, "FIRST_RETRY_SECONDS", 0.01)
    return Listener(store.workspace)


def press(store, action="acknowledge", number=1):
    value = f"{store.alert('A').fingerprint[:24]}-1:1"
    return Press(f"e{number}", "U1", "ann", f"{number}.0", action, value, "C0ALERTS", "")


def run(listener, act):
    """Run the listener on a thread, act once it listens, and end it."""
    ready, failed = threading.Event(), []

    def running():
        try:
            listener.run(ready.set)
        except ConfigError as error:
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=running)
    thread.start()
    assert ready.wait(10)
    try:
        act()
    finally:
        listener.end()
        thread.join(15)
    assert not thread.is_alive()
    return failed


def test_a_press_is_stored_acted_on_and_its_message_drained(listener, store, drained):
    def act():
        listener._ear.on_press(press(store))
        assert drained.wait(10)
        assert listener.health() == (True, {"connected": True, "hello_age_seconds": None})

    assert run(listener, act) == []
    assert sorted(row.kind for row in store.outbox()) == ["root", "update"]
    assert listener.health()[0] is False


def test_a_slack_that_cannot_be_reached_at_first_is_tried_again(listener):
    listener._ear.failures = [TROUBLE, TROUBLE]

    assert run(listener, lambda: None) == []
    assert listener._ear.failures == []


def test_a_refused_token_ends_it(listener):
    listener._ear.failures = [ConfigError("refused", where="SLACK_APP_TOKEN", remedy="Make another")]

    assert [error.what for error in run(listener, lambda: None)] == ["refused"]


def test_a_press_that_cannot_be_stored_is_answered(listener, store, monkeypatch):
    def fail(*_):
        raise TROUBLE

    monkeypatch.setattr(listening, "receive", fail)

    listener.take(press(store))

    assert listener._whisper.texts() == [NOT_STORED]


@pytest.mark.parametrize("trouble", [TROUBLE, RuntimeError("a mistake of ours")], ids=["the warehouse", "a mistake"])
def test_what_fails_for_a_while_ends_nothing(listener, store, monkeypatch, drained, trouble):
    failed, act_again = threading.Event(), listening.act_on_presses

    def act_at_the_second_try(*arguments):
        if not failed.is_set():
            failed.set()
            raise trouble
        return act_again(*arguments)

    monkeypatch.setattr(listening, "act_on_presses", act_at_the_second_try)

    def act():
        assert failed.wait(10)
        listener._ear.on_press(press(store))
        assert drained.wait(10)

    assert run(listener, act) == []


def test_health_is_answered_on_loopback_alone(listener):
    with health_check(0, listener.health) as port:
        answers = {path: httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False) for path in ("/health", "/other")}

    assert {path: answer.status_code for path, answer in answers.items()} == {"/health": 503, "/other": 404}
    assert answers["/health"].json() == {"connected": False, "hello_age_seconds": None}


def test_a_health_port_that_is_taken_or_none_is_refused_in_one_line(listener):
    with (
        health_check(0, listener.health) as port,
        pytest.raises(ConfigError, match="cannot listen on port"),
        health_check(port, listener.health),
    ):
        pass
    with pytest.raises(ConfigError, match="there is no such port"), health_check(99_999, listener.health):
        pass


def test_a_tick_with_nothing_due_says_so(sellerwatch, against_simulator):
    ran = sellerwatch("tick", "--json")

    assert ran.code == 0
    assert ran.facts == {
        "presses": {"done": 0, "refused": 0},
        "changes": 0,
        "delivered": {"posts": 0, "updates": 0, "replies": 0, "pending": 0},
        "problems": [],
    }
    assert sellerwatch("tick").out == (
        "presses caught up: 0; changed by time alone: 0\nsent: 0 posts, 0 updates, 0 replies; overdue: 0\n"
    )
