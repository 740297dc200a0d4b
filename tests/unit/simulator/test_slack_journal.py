"""The simulated Slack's watchfulness: its journal, its rate limits and its faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.simulator.slack.calls import Call, Reply
from sellerwatch.simulator.slack.faults import FAULTS, Fault, read_fault
from sellerwatch.simulator.slack.journal import UNEXPECTED, Finding
from sellerwatch.simulator.slack.limits import RATES
from sellerwatch.simulator.slack.methods import FAULTY_METHODS, METHODS, answer, answer_upload
from sellerwatch.simulator.slack.state import DEFAULT_TOKEN, SlackState

OPS = "C0OPSALERTS"
POST = "chat.postMessage"


@dataclass
class HandClock:
    at: datetime = datetime(2025, 11, 13, 6, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def slack() -> SlackState:
    return SlackState(HandClock())


@pytest.fixture
def ask(slack):
    def make(method: str, **arguments: object) -> Reply:
        call = Call(method, arguments, token=DEFAULT_TOKEN)
        return answer(slack, call, fault=slack.faults.take(method, call.text("channel")))

    return make


def reasons(slack: SlackState) -> list[str]:
    return [finding.reason for finding in slack.journal.entries[-1].unexpected]


# --- rates -------------------------------------------------------------------------------------------------------------


def test_a_channel_takes_one_message_a_second_and_other_channels_are_unaffected(ask, slack):
    assert ask(POST, channel=OPS, text="one").status == 200

    refused = ask(POST, channel=OPS, text="two")
    assert (refused.status, refused.body, refused.headers) == (429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})
    assert reasons(slack) == []
    assert ask(POST, channel="C0SWOPS", text="two").status == 200

    slack.clock.sleep(1)
    assert ask(POST, channel=OPS, text="two").status == 200
    slack.journal.assert_only(posts=3)


def test_a_call_during_retry_after_is_refused_and_unexpected(ask, slack):
    ask(POST, channel=OPS, text="one")
    slack.clock.sleep(0.5)
    ask(POST, channel=OPS, text="two")

    slack.clock.sleep(0.7)
    assert ask(POST, channel="#ops-alerts", text="two").status == 429
    assert reasons(slack) == ["during_retry_after"]


def test_a_sender_a_few_milliseconds_early_is_let_through(ask, slack):
    ask(POST, channel=OPS, text="one")
    slack.clock.sleep(0.96)

    assert ask(POST, channel=OPS, text="two").status == 200


def test_a_refused_post_costs_nothing(ask):
    assert ask(POST, channel=OPS, text="a", blocks=[{"type": "hero"}]).body["error"] == "invalid_blocks"

    assert ask(POST, channel=OPS, text="a").body["ok"] is True


@pytest.mark.parametrize(("method", "calls"), [("conversations.history", 50), ("files.info", 100), ("conversations.list", 20)])
def test_methods_have_the_rate_of_their_tier(ask, slack, method, calls):
    answers = [ask(method, channel=OPS, file="F1").status for _ in range(calls)]
    assert set(answers) == {200}

    assert ask(method, channel=OPS, file="F1").status == 429
    slack.clock.sleep(60)
    assert ask(method, channel=OPS, file="F1").status == 200


def test_unmetered_methods_have_no_limit(ask):
    assert {ask("auth.test").status for _ in range(200)} == {200}


def test_a_clock_set_back_ends_an_announced_pause(ask, slack):
    slack.faults.arm(Fault("ratelimited", retry_after=3600))
    ask(POST, channel=OPS, text="one")

    slack.clock = HandClock(slack.clock.now() - timedelta(days=1))
    assert ask(POST, channel=OPS, text="one").status == 200
    assert reasons(slack) == []


def test_every_rate_belongs_to_a_method():
    assert RATES.keys() <= METHODS.keys()


# --- journal -----------------------------------------------------------------------------------------------------------


def test_the_journal_shows_what_was_asked_and_what_became_of_it(ask, slack):
    metadata = {"event_type": "alert", "event_payload": {"key": "k1"}}
    ask(POST, channel="#ops-alerts", text="one", blocks='[{"type": "divider"}]', metadata=metadata)

    (call,) = slack.journal.as_json()["calls"]

    assert call == {
        "seq": 1,
        "at": "2025-11-13T06:00:00+00:00",
        "method": POST,
        "channel": OPS,
        "kind": "post",
        "arguments": {"channel": "#ops-alerts", "text": "one", "blocks": [{"type": "divider"}], "metadata": metadata},
        "ok": True,
        "error": None,
        "http": 200,
        "accepted": True,
        "ts": "1763013600.000000",
        "fault": None,
        "unexpected": [],
    }


def test_the_token_never_reaches_the_journal(ask, slack):
    ask("auth.test")

    assert DEFAULT_TOKEN not in str(slack.journal.as_json())
    assert DEFAULT_TOKEN not in repr(Call("auth.test", {}, token=DEFAULT_TOKEN))


def test_the_summary_counts_what_was_accepted_by_channel(ask, slack):
    root = ask(POST, channel=OPS, text="one").body["ts"]
    ask(POST, channel="C0SWOPS", text="two")
    ask("chat.update", channel=OPS, ts=root, text="three")
    ask("conversations.history", channel=OPS)
    ask(POST, channel="C0NOWHERE", text="x", blocks="not json")

    shown = slack.journal.as_json()

    assert shown["summary"]["posts"] == 2
    assert shown["summary"]["calls"] == 5
    assert shown["summary"]["unexpected"] == 1
    assert shown["summary"]["by_channel"][OPS] == {
        "posts": 1,
        "replies": 0,
        "updates": 1,
        "deletes": 0,
        "uploads": 0,
        "reads": 1,
        "whispers": 0,
    }
    assert shown["unexpected"] == [{"seq": 5, "method": POST, "reason": "unknown_channel", "detail": "C0NOWHERE"}]
    assert shown["calls"][4]["arguments"]["blocks"] == "not json"


CALL = "#1 chat.postMessage C0OPSALERTS ts=1763013600.000000 accepted, http 200 '<!channel> one'"


def test_assert_only_shows_the_difference_and_every_call(ask, slack):
    ask(POST, channel=OPS, text="<!channel> one")

    with pytest.raises(AssertionError) as caught:
        slack.journal.assert_only(posts=0, updates=1, reads=0)

    lines = str(caught.value).splitlines()
    assert lines[:4] == [
        "Slack saw something else:",
        "posts: wanted 0, got 1",
        "updates: wanted 1, got 0",
        f"{CALL} <- control_sequence: the text would notify a whole channel (<!channel>)",
    ]
    assert lines[4:] == ["All calls:", CALL]


def test_calls_beyond_what_was_declared_are_unexpected(ask, slack):
    ask(POST, channel=OPS, text="before")
    slack.journal.expect({"posts": 1, "updates": 0})

    ts = ask(POST, channel="C0SWOPS", text="one").body["ts"]
    assert reasons(slack) == []
    ask(POST, channel="C0BRIEFS", text="two")
    assert reasons(slack) == ["not_declared"]
    ask("chat.update", channel="C0SWOPS", ts=ts, text="three")
    assert reasons(slack) == ["not_declared"]
    ask(POST, channel="C0NOTMEMBER", text="refused")
    assert reasons(slack) == []
    ask("conversations.history", channel=OPS)
    assert reasons(slack) == []


def test_a_reason_can_be_allowed(ask, slack):
    slack.journal.expect({}, allow=["control_sequence"])

    ask(POST, channel=OPS, text="<!channel> maintenance tonight")

    slack.journal.assert_only(posts=1)


@pytest.mark.parametrize(
    ("limits", "allow", "named"),
    [({"letters": 1}, [], "posts, replies"), ({"posts": -1}, [], "zero or more"), ({}, ["luck"], "control_sequence")],
)
def test_expectations_that_make_no_sense_are_refused(slack, limits, allow, named):
    with pytest.raises(ConfigError, match=named):
        slack.journal.expect(limits, allow=allow)


def test_clearing_forgets_calls_declarations_and_allowances(ask, slack):
    slack.journal.expect({"posts": 0}, allow=["control_sequence"])
    ask(POST, channel=OPS, text="<!channel>")

    slack.journal.clear()

    slack.journal.assert_only()
    ask(POST, channel="C0SWOPS", text="<!channel>")
    assert reasons(slack) == ["control_sequence"]


def test_every_reason_reads_as_a_sentence():
    for reason, sentence in UNEXPECTED.items():
        assert str(Finding(reason)) == f"{reason}: {sentence}"


# --- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_carries_the_call_out_or_not_as_it_says(ask, slack, name):
    kind = FAULTS[name]
    slack.faults.arm(read_fault({"fault": name, "seconds": 0}, FAULTY_METHODS))

    method = kind.only or POST
    reply = ask(method, channel=OPS, text="one")

    entry = slack.journal.entries[-1]
    assert len(slack.channels[OPS].messages) == (1 if kind.accepts and method == POST else 0)
    assert reply.ending == kind.ending
    assert reply.status == kind.status
    assert reply.body.get("error", "") == (kind.error or ("file_not_found" if kind.only else "")) or kind.ending != "json"
    assert entry.fault == name
    assert (entry.http is None) == (kind.ending in {"reset", "close"})
    assert entry.unexpected == ()


@pytest.mark.parametrize("name", [name for name, kind in FAULTS.items() if kind.may_choose])
@pytest.mark.parametrize("accept", [True, False])
def test_some_faults_let_the_test_choose_whether_slack_carried_it_out(ask, slack, name, accept):
    slack.faults.arm(read_fault({"fault": name, "accept": accept}, FAULTY_METHODS))

    reply = ask(POST, channel=OPS, text="one")

    assert len(slack.channels[OPS].messages) == accept
    assert reply.ending == FAULTS[name].ending
    if FAULTS[name].error:
        assert reply.body == {"ok": False, "error": name}


def test_a_fault_waits_for_its_method_channel_and_turn(ask, slack):
    slack.faults.arm(Fault("is_archived", method=POST, channel=OPS, after=1, times=2))

    errors = []
    for channel in (OPS, "C0SWOPS", OPS, OPS, OPS):
        slack.clock.sleep(2)
        errors.append(ask(POST, channel=channel, text=channel).body.get("error"))

    assert errors == [None, None, "is_archived", "is_archived", None]
    assert slack.faults.as_json() == []
    assert ask("auth.test").body["ok"] is True


def test_faults_that_are_cleared_do_not_hit(ask, slack):
    slack.faults.arm(Fault("internal_error"))
    assert slack.faults.as_json() == [{"fault": "internal_error", "method": None, "channel": None, "times": 1, "after": 0}]

    slack.faults.clear()

    assert ask("auth.test").body["ok"] is True


def test_an_announced_pause_is_enforced_for_its_channel_only(ask, slack):
    slack.faults.arm(Fault("ratelimited", method=POST, retry_after=7))
    assert ask(POST, channel=OPS, text="one").headers == {"Retry-After": "7"}

    slack.clock.sleep(6)
    early = ask(POST, channel=OPS, text="one")
    assert (early.status, early.headers, reasons(slack)) == (429, {"Retry-After": "1"}, ["during_retry_after"])
    assert ask(POST, channel="C0SWOPS", text="two").status == 200
    slack.clock.sleep(1)
    assert ask(POST, channel=OPS, text="one").status == 200
    assert reasons(slack) == []


@pytest.mark.parametrize("name", ["reset_after_accept", "slow_accept", "half_body", "http_500_after_accept"])
def test_an_update_may_be_sent_again_when_its_fate_was_hidden(ask, slack, name):
    ts = ask(POST, channel=OPS, text="one").body["ts"]
    slack.faults.arm(Fault(name, method="chat.update"))

    ask("chat.update", channel=OPS, ts=ts, text="two")
    ask("chat.update", channel=OPS, ts=ts, text="two")
    slack.journal.assert_only(posts=1, updates=2)
    ask("chat.update", channel=OPS, ts=ts, text="two")
    assert reasons(slack) == ["nothing_changed"]


def test_a_message_sent_again_after_a_hidden_accept_is_a_duplicate(ask, slack):
    metadata = {"event_type": "alert", "event_payload": {"key": "k1"}}
    slack.faults.arm(Fault("reset_after_accept"))
    ask(POST, channel=OPS, text="one", metadata=metadata)
    slack.clock.sleep(2)

    ask(POST, channel=OPS, text="one", metadata=metadata)

    assert reasons(slack) == ["duplicate_key"]


def test_a_file_can_be_unready_for_some_calls(ask, slack):
    file_id = ask("files.getUploadURLExternal", filename="a.csv", length=1).body["file_id"]
    answer_upload(slack, file_id, b"x")
    ask("files.completeUploadExternal", files=[{"id": file_id}])
    slack.faults.arm(Fault("file_not_ready", times=2))

    kinds = [ask("files.info", file=file_id).body["file"]["mimetype"] for _ in range(3)]

    assert kinds == ["", "", "text/csv"]


def test_an_upload_can_fail_before_and_after(ask, slack):
    file_id = ask("files.getUploadURLExternal", filename="a.csv", length=1).body["file_id"]

    assert answer_upload(slack, file_id, b"x", fault=Fault("http_500_before")).status == 500
    assert slack.files[file_id].body is None
    assert answer_upload(slack, file_id, b"x", fault=Fault("reset_after_accept")).ending == "reset"
    assert slack.files[file_id].body == b"x"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"fault": "flood"}, "reset_after_accept"),
        ({}, "reset_after_accept"),
        ({"fault": "ratelimited", "method": "chat.shout"}, "chat.postMessage"),
        ({"fault": "ratelimited", "speed": 3}, "retry_after"),
        ({"fault": "ratelimited", "times": "3"}, "Give int"),
        ({"fault": "ratelimited", "times": True}, "Give int"),
        ({"fault": "slow_accept", "seconds": -1}, "zero or more"),
        ({"fault": "reset_before", "accept": True}, "internal_error"),
    ],
)
def test_a_fault_that_is_not_in_the_list_is_refused_with_the_list(body, named):
    with pytest.raises(ConfigError, match=named):
        read_fault(body, FAULTY_METHODS)
