"""Scenario 26: a sender killed with -9 at any instant, and run again, leaves one visible message of each."""

from itertools import count

import pytest

from sellerwatch.delivery.policy import DEFAULT_POLICY
from tests.unit.delivery.fake_slack import entry, put, row, states
from tests.warehouse.delivery.slack_on_the_wire import ALERTS, Kill, was_killed

LEASE_SECONDS = DEFAULT_POLICY.lease_seconds
POINTS = {
    "before the claim": (Kill("before a commit"), 0),
    "after the claim, before the post": (Kill("before a post"), 1),
    "after the post": (Kill("after a post"), 1),
    "after the post, before the commit": (Kill("before a commit", 2), 1),
    "after the commit": (Kill("after a commit", 2), 0),
}
"""Where it dies, and how often the next sender has to look: not where the outbox says enough, else once, when the lease is over."""


@pytest.mark.parametrize(("kill", "reads"), POINTS.values(), ids=POINTS)
def test_scenario_26_a_root_is_posted_once_wherever_its_sender_is_killed(wire, kill, reads):
    put(wire.engine, entry("r", channel=ALERTS))

    assert was_killed(wire.start_sender(kill))
    wire.send()

    assert wire.standing() == ["r"]
    assert states(wire.engine) == {"r": "sent"}
    assert [row(wire.engine, "r").sent_ts] == [*wire.slack.channels[ALERTS].messages]
    wire.slack.journal.assert_only(posts=1, reads=reads)


@pytest.mark.parametrize(
    "kill", [Kill("before a post", 2), Kill("after a post", 2)], ids=["before the reply", "after the reply"]
)
def test_scenario_26_a_reply_is_posted_once_in_its_thread(wire, kill):
    put(wire.engine, entry("r", channel=ALERTS), entry("n", "reply", rev=2, channel=ALERTS))

    assert was_killed(wire.start_sender(kill))
    wire.send()

    assert wire.standing() == ["r", "n"]
    wire.slack.journal.assert_only(posts=1, replies=1)


def test_scenario_26_who_is_killed_while_looking_is_looked_after_in_turn(wire):
    put(wire.engine, entry("r", channel=ALERTS))

    assert was_killed(wire.start_sender(Kill("after a post")))
    wire.clock.sleep(LEASE_SECONDS)
    assert was_killed(wire.start_sender(Kill("after a find")))
    wire.send()

    assert wire.standing() == ["r"]
    wire.slack.journal.assert_only(posts=1, reads=2)


MOMENTS = [f"{side} a {name}" for name in ("commit", "post", "update") for side in ("before", "after")]


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_scenario_26_killed_at_every_moment_in_turn_a_conversation_is_seen_once_and_current(wire, moment):
    """One process after the other dies one such moment later than the one before, until one comes to the end."""
    wire.slack.journal.expect({}, allow=["nothing_changed"])  # who was killed after an update was taken rightly repeats it
    put(wire.engine, entry("r", channel=ALERTS), entry("n", "reply", rev=2, channel=ALERTS))
    put(wire.engine, entry("u", "update", rev=3, channel=ALERTS), entry("m", "reply", rev=4, channel=ALERTS))

    for number in count(1):
        if not was_killed(wire.start_sender(Kill(moment, number))):
            break
        wire.clock.sleep(LEASE_SECONDS)
        assert number < 20

    assert wire.standing() == ["r", "n", "m"]
    assert set(states(wire.engine).values()) == {"sent"}
    root = next(iter(wire.slack.channels[ALERTS].messages.values()))
    assert "u" in root.text
    assert wire.slack.journal.counts()["deletes"] == 0
