"""The sweep for doubles as a chore of the house: it looks where something was delivered since it looked last, and tells."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sellerwatch.delivery.chores import do_chore
from sellerwatch.rawstore.store import RawStore
from sellerwatch.simulator.slack.state import DEFAULT_TOKEN
from sellerwatch.warehouse.workspace import Workspace
from tests.spec.small_world import shipped_settings
from tests.unit.delivery.fake_slack import entry, put
from tests.warehouse.delivery.slack_on_the_wire import ALERTS


@pytest.fixture
def house(wire, tmp_path):
    settings = shipped_settings(tmp_path)
    values = {"SLACK_BOT_TOKEN": DEFAULT_TOKEN, "SELLERWATCH_SLACK_URL": wire.address}
    environment = replace(settings.environment, values={**settings.environment.values, **values})
    return Workspace(replace(settings, environment=environment), wire.engine, RawStore(tmp_path / "raw"), wire.clock)


@pytest.fixture
def doubled(wire):
    """A delivered message, and a second one with its key that came late."""
    wire.slack.journal.expect({}, allow=["duplicate_key"])
    put(wire.engine, entry("r", channel=ALERTS))
    wire.send()
    first = next(iter(wire.slack.channels[ALERTS].messages.values()))
    second = replace(first, ts=wire.slack.channels[ALERTS].next_ts(wire.clock.now() + timedelta(minutes=1)))
    wire.slack.channels[ALERTS].messages[second.ts] = second
    return first


def told(house):
    return [(finding.weight, finding.what) for finding in do_chore(house, "doubles")]


def test_the_second_of_two_messages_goes_and_it_is_told(house, wire, doubled):
    assert told(house) == [
        ("look", "deleted 1 message that stood twice in Slack"),
        ("done", "looked for doubles among 2 messages in Slack"),
    ]
    assert [*wire.slack.channels[ALERTS].messages] == [doubled.ts]


def test_where_nothing_was_delivered_slack_is_not_asked(house, wire):
    without_token = replace(house, settings=replace(house.settings, environment=replace(house.settings.environment, values={})))

    assert told(without_token) == []
    assert wire.slack.journal.entries == []


def test_what_the_sweep_of_the_next_days_saw_again_is_not_looked_through_a_third_time(house, wire, doubled):
    for _ in range(2):
        told(house)
        wire.clock.sleep(timedelta(days=2).total_seconds())
    wire.slack.journal.clear()

    assert told(house) == []
    assert wire.slack.journal.entries == []


def test_what_could_not_be_looked_at_is_told_and_looked_at_next_time(house, wire, doubled):
    wire.arm("missing_scope", method="conversations.history")

    first, second = told(house), told(house)

    assert first[0][0] == "look"
    assert "cannot look for messages delivered twice: missing_scope" in first[0][1]
    assert second[0] == ("look", "deleted 1 message that stood twice in Slack")
