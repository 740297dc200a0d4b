"""Scenarios 25 and 29: Slack asks to wait, or refuses for good; nothing is lost, doubled or out of order."""

from datetime import timedelta

import pytest

from sellerwatch.briefs.night_report import require_complete
from sellerwatch.briefs.night_summary import NightSummary
from sellerwatch.core.errors import PermanentError
from sellerwatch.delivery.due import ASKED_AGAIN_FOR, deliver_due
from sellerwatch.delivery.policy import DeliveryPolicy
from sellerwatch.delivery.slack_errors import NOT_ALLOWED, NOT_THERE, REFUSED, TOKEN_REFUSED
from sellerwatch.rawstore.store import RawStore
from sellerwatch.simulator.slack.state import DEFAULT_TOKEN
from sellerwatch.warehouse.workspace import Workspace
from tests.conftest import NIGHT
from tests.spec.small_world import shipped_settings
from tests.unit.delivery.fake_slack import entry, put, states
from tests.warehouse.delivery.slack_on_the_wire import ADS, ALERTS, ARCHIVED, OPS

CALM_NIGHT = NightSummary("cascade", NIGHT, "complete", 4, 100, 0, 10, {}, {}, ())


def test_scenario_25_a_rate_limit_holds_its_channel_in_order_and_no_other(wire):
    put(wire.engine, *(entry(f"a{number}", thread=f"a{number}", channel=ALERTS) for number in range(5)))
    put(wire.engine, entry("z", thread="z", channel=ADS))
    wire.arm("ratelimited", method="chat.postMessage", channel=ALERTS, after=1, retry_after=7)

    report = wire.send()

    posts = "chat.postMessage"
    assert wire.calls(ALERTS) == [(posts, 0), (posts, 1), (posts, 8), (posts, 9), (posts, 10), (posts, 11)]
    assert wire.calls(ADS) == [(posts, 0)]
    assert wire.standing() == ["a0", "a1", "a2", "a3", "a4"]
    assert (report.posts, report.is_complete) == (6, True)
    wire.slack.journal.assert_only(posts=6, reads=0)


def test_scenario_25_another_run_keeps_to_the_wait_that_the_first_was_asked_for(wire):
    put(wire.engine, *(entry(f"a{number}", thread=f"a{number}", channel=ALERTS) for number in range(3)))
    wire.arm("ratelimited", method="chat.postMessage", channel=ALERTS, retry_after=90)

    first = wire.send(policy=DeliveryPolicy(max_wait_seconds=10))
    second = wire.send()

    assert (first.pending, second.posts, second.is_complete) == (3, 3, True)
    posts = "chat.postMessage"
    assert wire.calls(ALERTS) == [(posts, 0), (posts, 90), (posts, 91), (posts, 92)]
    assert wire.standing() == ["a0", "a1", "a2"]
    wire.slack.journal.assert_only(posts=3, reads=0)


def test_scenario_29_a_deleted_root_is_posted_once_linked_and_later_events_use_it(wire):
    put(wire.engine, entry("r", channel=ALERTS))
    wire.send()
    wire.slack.channels[ALERTS].remove(next(iter(wire.slack.channels[ALERTS].messages)))
    put(wire.engine, entry("u2", "update", rev=2, channel=ALERTS))
    wire.send()
    put(wire.engine, entry("u3", "update", rev=3, channel=ALERTS), entry("n3", "reply", rev=3, channel=ALERTS))

    report = wire.send()

    root, reply = wire.slack.channels[ALERTS].messages.values()
    assert (root.key, reply.key, reply.thread_ts) == ("u2:root", "n3", root.ts)
    assert "u3" in root.text
    assert report.is_complete
    wire.slack.journal.assert_only(posts=2, updates=1, replies=1, reads=0)


def test_scenario_29_the_new_root_links_to_the_one_that_is_gone(wire):
    put(wire.engine, entry("r", channel=ALERTS))
    wire.send()
    gone = next(iter(wire.slack.channels[ALERTS].messages))
    wire.slack.channels[ALERTS].remove(gone)
    put(wire.engine, entry("u2", "update", rev=2, channel=ALERTS))

    wire.send()

    (root,) = wire.slack.channels[ALERTS].messages.values()
    assert f"archives/{ALERTS}/p{gone.replace('.', '')}|Earlier message" in str(root.blocks)
    wire.slack.journal.assert_only(posts=2, reads=0)


@pytest.mark.parametrize("error", ["is_archived", "channel_not_found", "not_in_channel", "missing_scope", "token_revoked"])
def test_scenario_29_what_a_channel_refuses_for_good_is_told_in_the_fallback_and_the_rest_is_sent(wire, error):
    put(wire.engine, entry("bad", channel=ALERTS), entry("good", thread="t2", channel=ADS))
    wire.arm(error, method="chat.postMessage", channel=ALERTS)

    report = wire.send()

    assert states(wire.engine) == {"bad": "dead", "bad:fallback": "sent", "good": "sent"}
    assert (wire.standing(ALERTS), wire.standing(ADS), wire.standing(OPS)) == ([], ["good"], ["bad:fallback"])
    assert error in str(wire.slack.channels[OPS].messages)
    with pytest.raises(PermanentError, match=error):
        require_complete(CALM_NIGHT, report)
    wire.slack.journal.assert_only(posts=2, reads=0)


def test_scenario_29_an_archived_channel_is_refused_once_and_not_tried_again(wire):
    put(wire.engine, entry("bad", channel=ARCHIVED))

    first, second = wire.send(), wire.send()

    assert (first.dead, second.dead) == (1, 0)
    assert wire.standing(OPS) == ["bad:fallback"]
    assert [method for method, _ in wire.calls()] == ["chat.postMessage", "chat.postMessage"]


@pytest.fixture
def uninvited(wire, tmp_path):
    """One channel for everything, to which nobody invited the app, and what is due with it."""
    names = ("SLACK_CHANNEL", "SLACK_OPS_CHANNEL", "SLACK_FALLBACK_CHANNEL")
    settings = shipped_settings(
        tmp_path, **dict.fromkeys(names, ALERTS), SLACK_BOT_TOKEN=DEFAULT_TOKEN, SELLERWATCH_SLACK_URL=wire.address
    )
    workspace = Workspace(settings, wire.engine, RawStore(tmp_path / "raw"), wire.clock)
    wire.slack.channels[ALERTS].is_member = False

    def run(after=timedelta(minutes=10)):
        wire.clock.at += after
        return deliver_due(workspace)

    return run


def test_scenario_29_what_a_channel_refused_is_sent_once_the_app_is_invited(wire, uninvited):
    put(wire.engine, entry("a", thread="a", channel=ALERTS), entry("b", thread="b", channel=ALERTS))

    refused, still = uninvited(), uninvited()
    wire.slack.channels[ALERTS].is_member = True
    invited, again = uninvited(), uninvited()

    assert (refused.dead, still.dead, invited.posts, again.posts) == (2, 0, 2, 0)
    assert wire.standing() == ["a", "b"]
    assert states(wire.engine) == {"a": "sent", "b": "sent"}


def test_scenario_29_a_conversation_that_began_anew_is_not_told_twice(wire, uninvited):
    put(wire.engine, entry("r", channel=ALERTS))
    uninvited()
    put(wire.engine, entry("u", "update", rev=2, channel=ALERTS))
    wire.slack.channels[ALERTS].is_member = True

    uninvited()
    uninvited()

    assert len(wire.standing()) == 1


def _archive(wire, is_so):
    wire.slack.channels[ALERTS].is_archived = is_so


def _take_the_scope(wire, is_so):
    (wire.slack.scopes.discard if is_so else wire.slack.scopes.add)("chat:write")


def _restrict(wire, is_so):
    if is_so:
        wire.arm("restricted_action", method="chat.postMessage", times=1000)
    else:
        wire.slack.faults.clear()


CAUSES = {"is_archived": _archive, "missing_scope": _take_the_scope, "restricted_action": _restrict}
"""What people do to a channel or an app, and undo again."""


@pytest.fixture
def refusing(request, wire, uninvited):
    """The same channel with the app in it, and a cause for which it takes no message."""
    wire.slack.channels[ALERTS].is_member = True
    CAUSES[request.param](wire, is_so=True)
    return lambda: CAUSES[request.param](wire, is_so=False)


@pytest.mark.parametrize("refusing", CAUSES, indirect=True)
def test_scenario_29_what_was_refused_for_a_cause_that_people_remove_is_sent_once_it_is_gone(wire, uninvited, refusing):
    put(wire.engine, *(entry(name, thread=name, channel=ALERTS) for name in "abc"))

    refused = uninvited()
    calls = len(wire.calls(ALERTS))
    still = uninvited()
    tried = len(wire.calls(ALERTS)) - calls
    refusing()
    mended, again = uninvited(), uninvited()

    assert (refused.dead, mended.posts, again.posts) == (3, 3, 0)
    assert (tried, still.is_complete) == (1, True), "one message is tried, and what was told once is not told every ten minutes"
    assert mended.is_complete
    assert wire.standing() == ["a", "b", "c"]
    assert set(states(wire.engine).values()) == {"sent"}


@pytest.mark.parametrize("refusing", ["is_archived"], indirect=True)
def test_scenario_29_what_an_archived_channel_refused_long_ago_is_history(wire, uninvited, refusing):
    put(wire.engine, entry("r", channel=ALERTS))
    uninvited()
    refusing()

    assert uninvited(after=ASKED_AGAIN_FOR).posts == 0
    assert states(wire.engine) == {"r": "dead"}


def test_what_people_can_mend_and_what_nobody_can_stand_apart():
    assert {"is_archived", "missing_scope", "restricted_action"} <= NOT_ALLOWED
    assert not (NOT_ALLOWED | NOT_THERE | TOKEN_REFUSED) & {error for error, shown in REFUSED.items() if shown is None}


def test_scenario_29_what_was_refused_long_ago_is_history(wire, uninvited):
    put(wire.engine, entry("r", channel=ALERTS))
    uninvited()
    wire.slack.channels[ALERTS].is_member = True

    assert uninvited(after=ASKED_AGAIN_FOR).posts == 0


def test_scenario_30_refused_blocks_are_sent_once_as_text_under_the_same_key(wire):
    put(wire.engine, entry("r", channel=ALERTS))
    wire.arm("invalid_blocks", method="chat.postMessage")

    wire.send()

    (root,) = wire.slack.channels[ALERTS].messages.values()
    assert (root.key, root.blocks) == ("r", ())
    wire.slack.journal.assert_only(posts=1, reads=0)
