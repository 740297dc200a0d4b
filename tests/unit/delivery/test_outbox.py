from __future__ import annotations

from datetime import timedelta

import pytest

from sellerwatch.delivery.claims import count_left, revive
from sellerwatch.delivery.outbox import Home, enqueue, thread_state
from sellerwatch.delivery.sender import deliver
from sellerwatch.warehouse.engine import reading, writing
from tests.unit.delivery.fake_slack import START, entry, message, put, states


def test_the_same_key_twice_is_one_entry(engine):
    assert put(engine, entry("a"), entry("a", message=message("other"))) == [True, False]
    assert states(engine) == {"a": "pending"}


def test_an_entry_is_committed_with_what_decided_it_or_not_at_all(engine):
    def decide() -> None:
        with writing(engine) as connection:
            enqueue(connection, entry("a"))
            raise RuntimeError("decider fails")

    with pytest.raises(RuntimeError, match="decider fails"):
        decide()

    assert states(engine) == {}


def test_a_newer_update_supersedes_older_waiting_ones_of_its_conversation_only(engine):
    put(engine, entry("r"), entry("u2", "update", rev=2), entry("other", "update", rev=1, thread="t2"))
    put(engine, entry("u3", "update", rev=3))

    assert states(engine) == {"r": "pending", "u2": "superseded", "u3": "pending", "other": "pending"}


def test_an_update_older_than_one_already_decided_is_superseded_at_once(engine):
    put(engine, entry("u3", "update", rev=3), entry("u2", "update", rev=2))

    assert states(engine) == {"u3": "pending", "u2": "superseded"}


def test_replies_are_never_superseded(engine):
    put(engine, entry("a", "reply", rev=2), entry("b", "reply", rev=3), entry("u", "update", rev=4))

    assert set(states(engine).values()) == {"pending"}


def test_an_unknown_conversation_has_no_state(engine):
    with reading(engine) as connection:
        assert thread_state(connection, "t1") is None


def test_the_state_of_a_conversation_tells_what_was_decided_and_what_readers_see(engine, slack, clock):
    put(engine, entry("r"))
    deliver(engine, slack, clock=clock)
    put(engine, entry("u", "update", rev=2), entry("n", "reply", rev=3))

    with reading(engine) as connection:
        state = thread_state(connection, "t1")

    assert state.home == Home("r", "C0OPS", slack.shown[0].ts)
    assert state.last_rev == 3
    assert state.message == message("u")
    assert not state.is_delivered


def test_after_delivery_readers_see_the_newest_content(engine, slack, clock):
    put(engine, entry("r"), entry("u", "update", rev=2))
    deliver(engine, slack, clock=clock)

    with reading(engine) as connection:
        state = thread_state(connection, "t1")

    assert (state.message, state.is_delivered) == (message("u"), True)


def test_a_conversation_with_replies_only_has_no_home_and_no_content(engine):
    put(engine, entry("n", "reply"))

    with reading(engine) as connection:
        state = thread_state(connection, "t1")

    assert (state.home, state.message, state.is_delivered) == (None, None, False)


def test_what_is_not_due_is_not_left_over(engine):
    put(engine, entry("now"), entry("later", thread="t2", not_before=START + timedelta(hours=3)))

    with reading(engine) as connection:
        assert count_left(connection, now=START) == 1


def test_reviving_takes_only_what_is_dead_and_only_in_the_channel_asked_for(engine):
    put(engine, entry("a"), entry("b", thread="t2", channel="C2"))

    with writing(engine) as connection:
        assert revive(connection, now=START) == 0
        assert revive(connection, now=START, channel="C2") == 0
