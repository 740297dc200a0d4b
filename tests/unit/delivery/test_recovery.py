from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from sellerwatch.core.clock import SystemClock
from sellerwatch.delivery import claims
from sellerwatch.delivery.outcomes import NotSent, Refused, TargetGone, Unknown
from sellerwatch.delivery.policy import DeliveryPolicy
from sellerwatch.delivery.sender import deliver
from sellerwatch.delivery.sweep import sweep
from sellerwatch.warehouse.engine import reading, writing
from tests.unit.delivery.fake_slack import FALLBACK, OPS, START, SUPPLY, Crash, FakeSlack, entry, put, row, states

UNKNOWN = Unknown("TimeoutError")
SHORT = DeliveryPolicy(max_wait_seconds=10)
"""A run that does not wait for another sender's lease."""


@pytest.fixture
def send(engine, slack, clock):
    def run(**more):
        return deliver(engine, slack, clock=clock, fallback_channel=FALLBACK, **more)

    return run


@pytest.fixture
def with_reply(engine, send):
    """A delivered root, and a reply to it that waits."""
    put(engine, entry("r"))
    send()
    put(engine, entry("n", "reply", rev=2))


# Killed between two steps


def crash_before_claim(slack):
    slack.fail("post", crash=True, times=0)


def crash_after_claim(slack):
    slack.fail("post", crash=True)


def crash_after_post(slack):
    slack.fail("post", crash=True, accept=True)


def crash_after_commit(slack):
    # The first post is recorded; the next entry's call kills the process.
    slack.fail("post", crash=True, skip=1)


@pytest.mark.parametrize(
    ("crash", "reads"), [(crash_before_claim, 0), (crash_after_claim, 1), (crash_after_post, 1), (crash_after_commit, 0)]
)
def test_a_sender_killed_at_any_point_leads_to_one_message(engine, slack, send, crash, reads):
    put(engine, entry("r"))
    if crash is crash_after_commit:
        put(engine, entry("z", thread="z"))
    crash(slack)
    if crash is crash_before_claim:
        assert states(engine) == {"r": "pending"}
    else:
        with pytest.raises(Crash):
            send()

    report = send()

    assert slack.titles().count("r") == 1
    assert [call.method for call in slack.calls if call.key == "r"].count("find") == reads
    assert row(engine, "r").sent_ts == next(shown.ts for shown in slack.shown if shown.title == "r")
    assert report.is_complete


def test_a_sender_killed_while_looking_looks_again(engine, slack, send):
    put(engine, entry("r"))
    slack.fail("post", crash=True, accept=True)
    slack.fail("find", crash=True)
    for _ in range(2):
        with pytest.raises(Crash):
            send()

    send()

    assert slack.titles() == ["r"]


@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_reply_of_a_killed_sender_is_looked_up_in_its_thread(slack, send, with_reply, is_accepted):
    slack.fail("post", crash=True, accept=is_accepted)
    with pytest.raises(Crash):
        send()

    report = send()

    assert slack.titles() == ["r", "n"]
    assert report.replies == 1


# Unknown outcomes


@pytest.mark.parametrize(
    ("accept_after", "finds"),
    [(0.0, 1), (55.0, 1), (None, 2)],
    ids=["accepted at once", "accepted within the quiet period", "never accepted"],
)
def test_an_unknown_outcome_is_looked_up_after_the_quiet_period(engine, slack, send, accept_after, finds):
    put(engine, entry("r"))
    slack.fail("post", UNKNOWN, accept=accept_after is not None, accept_after=accept_after or 0.0)

    report = send()

    looks = [call.at - START for call in slack.calls if call.method == "find"]
    assert looks[0] >= timedelta(seconds=60)
    assert len(looks) == finds
    assert slack.titles() == ["r"]
    assert (report.posts, report.is_complete) == (1, True)


def test_two_looks_are_thirty_seconds_apart(engine, slack, send):
    put(engine, entry("r"))
    slack.fail("post", UNKNOWN)

    send()

    first, second = (call.at for call in slack.calls if call.method == "find")
    assert second - first >= timedelta(seconds=30)


def test_other_conversations_go_on_during_the_quiet_period(engine, slack, send):
    put(engine, entry("a"), entry("b", thread="b"))
    slack.fail("post", UNKNOWN, accept=True)

    send()

    assert [(call.method, call.key) for call in slack.calls] == [("post", "a"), ("post", "b"), ("find", "a")]


def test_of_several_visible_messages_the_earliest_is_adopted_and_the_others_go(engine, slack, send):
    put(engine, entry("r"))
    slack.fail("post", UNKNOWN, accept=True, accept_after=100)
    slack.fail("post", UNKNOWN, accept=True)

    send()

    first, second = slack.shown
    assert (first.deleted, second.deleted) == (False, True)
    assert row(engine, "r").sent_ts == first.ts


def test_an_extra_message_that_cannot_be_deleted_is_a_problem(engine, slack, send):
    put(engine, entry("r"))
    slack.fail("post", UNKNOWN, accept=True, accept_after=100)
    slack.fail("post", UNKNOWN, accept=True)
    slack.fail("delete", Refused("cant_delete_message"))

    report = send()

    assert report.problems == (
        f"r: a second message ({slack.shown[1].ts}) could not be deleted: cant_delete_message; the sweep will try",
    )


def test_without_the_history_scope_it_is_sent_again_and_said_so(engine, slack, send):
    put(engine, entry("r"))
    slack.fail("post", UNKNOWN, accept=True)
    slack.fail("find", Refused("missing_scope (needed: channels:history)"))

    report = send()

    assert slack.titles() == ["r", "r"]
    assert "may show twice" in report.problems[0]
    assert "channels:history" in report.problems[0]


@pytest.mark.parametrize("trouble", [NotSent("ratelimited", 20), NotSent("gaierror"), Unknown("HTTP 503")])
def test_a_look_that_fails_is_no_look(engine, slack, send, trouble):
    put(engine, entry("r"))
    slack.fail("post", UNKNOWN, accept=True, accept_after=95)
    slack.fail("find", trouble, times=2)

    send()

    assert slack.titles() == ["r"]


def test_a_rate_limited_look_holds_every_other_look(engine, slack, send):
    put(engine, entry("a"), entry("b", thread="b"))
    slack.fail("post", UNKNOWN, accept=True, times=2)
    slack.fail("find", NotSent("ratelimited", 40))

    send()

    first, second, _ = (call.at for call in slack.calls if call.method == "find")
    assert second - first >= timedelta(seconds=40)


def test_a_reply_whose_thread_is_gone_when_looked_for_gets_a_new_root(slack, send, with_reply):
    slack.fail("post", UNKNOWN)
    slack.fail("find", TargetGone("thread_not_found"))

    send()

    assert slack.titles() == ["r", "r", "n"]
    assert slack.shown[2].thread_ts == slack.shown[1].ts


# Two senders


def test_a_second_sender_leaves_what_the_first_is_sending_alone(engine, slack, send):
    put(engine, entry("a"), entry("b", thread="b"))
    reports = []
    slack.fail("post", accept=True, before=lambda: reports.append(send(policy=SHORT)))

    reports.append(send())

    assert sorted(slack.titles()) == ["a", "b"]
    assert sum(report.posts for report in reports) == 2
    assert slack.counts()["post"] == 2


def test_a_sender_that_lost_its_lease_after_posting_changes_nothing(engine, slack, send):
    put(engine, entry("r"))
    slack.fail("post", accept=True, after=send)

    send()

    assert slack.titles() == ["r"]
    assert slack.counts()["post"] == 1


def test_a_sender_that_slept_through_its_lease_deletes_its_own_extra(engine, slack, send):
    put(engine, entry("r"))
    slack.fail("post", accept=True, before=send)

    report = send()

    assert len(slack.shown) == 2
    assert slack.titles() == ["r"]
    assert row(engine, "r").sent_ts == slack.visible()[0].ts
    assert report.posts == 0


@pytest.mark.parametrize("outcome", [NotSent("ratelimited", 5), Refused("is_archived"), UNKNOWN, TargetGone("x")])
def test_a_sender_that_slept_through_its_lease_cannot_undo_what_another_recorded(engine, slack, send, outcome):
    put(engine, entry("r"))
    slack.fail("post", outcome, before=send)

    send()

    assert slack.titles() == ["r"]
    assert states(engine) == {"r": "sent"}


def test_only_one_of_two_senders_gets_an_entry(engine, clock):
    put(engine, entry("r"))
    lease = clock.now() + timedelta(seconds=180)

    def claim():
        with writing(engine) as connection:
            return claims.claim(connection, "r", now=clock.now(), lease_until=lease)

    assert claim().key == "r"
    assert claim() is None


def test_only_one_of_two_senders_takes_over_an_ended_lease(engine, clock):
    put(engine, entry("r"))
    with writing(engine) as connection:
        claims.claim(connection, "r", now=clock.now(), lease_until=clock.now() + timedelta(seconds=10))

    def take_over(seconds):
        now = clock.now() + timedelta(seconds=seconds)
        with writing(engine) as connection:
            return claims.take_over(connection, "r", now=now, lease_until=now + timedelta(seconds=60))

    assert take_over(9) is None
    assert take_over(10).key == "r"
    assert take_over(11) is None


def test_two_senders_in_two_threads_send_each_key_once_and_replies_after_roots(engine, clock):
    slack = FakeSlack(clock)
    keys = []
    for number in range(12):
        put(engine, entry(f"r{number}", thread=f"t{number}"), entry(f"n{number}", "reply", thread=f"t{number}", rev=2))
        keys += [f"r{number}", f"n{number}"]
    policy = DeliveryPolicy(post_interval_seconds=0, poll_seconds=0.01)
    reports = []
    senders = [
        threading.Thread(target=lambda: reports.append(deliver(engine, slack, clock=SystemClock(), policy=policy)))
        for _ in range(2)
    ]
    clock.at = SystemClock().now()

    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sorted(shown.tag.key for shown in slack.shown) == sorted(keys)
    assert sum(report.posts + report.replies for report in reports) == 24
    roots = {shown.tag.thread_key: shown.ts for shown in slack.shown if shown.thread_ts is None}
    assert all(shown.thread_ts == roots[shown.tag.thread_key] for shown in slack.shown if shown.thread_ts)


# The sweep


def test_the_sweep_deletes_the_later_of_two_messages_with_one_key(engine, slack, clock, send):
    put(engine, entry("r"), entry("n", "reply", rev=2), entry("other", thread="t2", channel=SUPPLY))
    send()
    for shown in list(slack.shown):
        slack.post(shown.channel, shown.payload, tag=shown.tag, thread_ts=shown.thread_ts)

    report = sweep(engine, slack, clock=clock, since=START)
    again = sweep(engine, slack, clock=clock, since=START)

    assert [shown.deleted for shown in slack.shown] == [False] * 3 + [True] * 3
    assert (report.messages, report.deleted, report.problems) == (6, 3, ())
    assert (again.messages, again.deleted) == (3, 0)


def test_the_sweep_keeps_the_message_on_record_even_when_it_is_not_the_first(engine, slack, clock, send):
    put(engine, entry("r"))
    slack.fail("post", UNKNOWN, accept=True, accept_after=100_000)
    send()
    clock.sleep(100_000)

    sweep(engine, slack, clock=clock, since=START)

    assert [shown.deleted for shown in slack.shown] == [True, False]
    assert row(engine, "r").sent_ts == slack.shown[1].ts


def test_the_sweep_says_what_it_could_not_do(engine, slack, clock, send):
    put(engine, entry("r"), entry("s", thread="s", channel=SUPPLY))
    send()
    slack.post(OPS, slack.shown[0].payload, tag=slack.shown[0].tag)
    slack.fail("find", Refused("missing_scope"), channel=SUPPLY)
    slack.fail("delete", Unknown("HTTP 500"))

    report = sweep(engine, slack, clock=clock, since=START)

    assert report.deleted == 0
    assert report.problems == (
        f"{SUPPLY}: cannot look for messages delivered twice: missing_scope",
        f"r: a second message ({slack.shown[2].ts}) could not be deleted: HTTP 500",
    )


def test_the_sweep_reads_only_where_something_was_delivered_since(engine, slack, clock, send):
    put(engine, entry("r"))
    send()
    slack.calls.clear()

    report = sweep(engine, slack, clock=clock, since=START + timedelta(days=1))

    assert (slack.calls, report.messages) == ([], 0)


def test_a_drained_outbox_has_no_open_conversation(engine, send):
    put(engine, entry("r"))
    send()

    with reading(engine) as connection:
        assert claims.open_heads(connection, now=START + timedelta(days=9)) == []
