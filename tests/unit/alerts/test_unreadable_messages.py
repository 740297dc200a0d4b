"""A stored message that cannot be read any more is set aside and named; the night, its conversation and all others go on."""

import pytest
from sqlalchemy import text

from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.problems import problems_of
from tests.spec.small_world import day


def spoil(store, stored, *, kind="root"):
    """Write something else in the place of what was decided, as a hand or a damaged disk does."""
    with writing(store.engine) as connection:
        spoiled = text("UPDATE outbox SET message = :stored WHERE kind = :kind")
        assert connection.execute(spoiled, {"stored": stored, "kind": kind}).rowcount == 1


def problems(store, offset):
    with reading(store.engine) as connection:
        return [problem for step, problem in problems_of(connection, store.store_id, day(offset)) if step == "decide"]


@pytest.mark.parametrize("stored", ['{"type": "nonsense"}', '{"type": "mess'])
def test_a_message_that_was_sent_and_is_spoiled_stops_neither_its_conversation_nor_the_night(heard, stored):
    heard.each_alone()
    heard.night(0, {"A": 2.8})
    (root,) = heard.outbox()
    spoil(heard, stored)

    heard.night(1, {"A": 0.5, "B": 2.8})

    assert {alert.subject: alert.tier for alert in (heard.alert("A"), heard.alert("B"))} == {"A": "red", "B": "orange"}
    (problem,) = problems(heard, 1)
    assert "a stored message cannot be read" in problem.what
    assert root.thread_key in problem.place
    assert problem.remedy
    heard.night(2, {"A": 0.5, "B": 2.8})
    assert problems(heard, 2) == [], "the update that followed is what readers see now"
