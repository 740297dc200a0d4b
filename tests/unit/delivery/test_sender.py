from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import update

from sellerwatch.core.errors import ConfigError
from sellerwatch.delivery.claims import revive
from sellerwatch.delivery.outcomes import NotSent, PayloadRefused, Refused, TargetGone, Unknown
from sellerwatch.delivery.policy import DeliveryPolicy
from sellerwatch.delivery.sender import deliver
from sellerwatch.messages.blocks import Mention, Message, Text, Tone
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.outbox import OUTBOX
from tests.unit.delivery.fake_slack import FALLBACK, OPS, START, SUPPLY, entry, message, put, row, states

GONE = TargetGone("message_not_found")
ARCHIVED = Refused("is_archived")


@pytest.fixture
def send(engine, slack, clock):
    def run(**more):
        return deliver(engine, slack, clock=clock, fallback_channel=FALLBACK, **more)

    return run


def test_a_root_is_posted_once_and_a_second_run_does_nothing(engine, slack, send):
    put(engine, entry("r"))

    first, second = send(), send()

    assert (first.posts, second.posts) == (1, 0)
    assert first.is_complete
    assert slack.counts() == {"post": 1}
    assert row(engine, "r").sent_ts == slack.shown[0].ts


def test_updates_and_replies_follow_their_root_in_order(engine, slack, send):
    put(engine, entry("n", "reply", rev=2), entry("u", "update", rev=2), entry("r", rev=1))

    report = send()

    assert [(call.method, call.key) for call in slack.calls] == [("post", "r"), ("update", "r"), ("post", "n")]
    assert (report.posts, report.updates, report.replies) == (1, 1, 1)
    assert slack.shown[1].thread_ts == slack.shown[0].ts


def test_a_reply_without_any_root_waits_and_is_reported(engine, slack, send):
    put(engine, entry("n", "reply"))

    report = send()

    assert slack.calls == []
    assert (report.pending, report.is_complete) == (1, False)


def test_only_the_newest_of_many_updates_is_sent(engine, slack, send):
    put(engine, entry("r"), *(entry(f"u{rev}", "update", rev=rev) for rev in range(2, 9)))

    report = send()

    assert report.updates == 1
    assert slack.titles() == ["u8"]


def test_an_update_keeps_the_key_of_its_root_and_carries_its_own_revision(engine, slack, send):
    put(engine, entry("r"), entry("u", "update", rev=7))

    send()

    assert (slack.shown[0].tag.key, slack.shown[0].tag.rev, slack.shown[0].tag.thread_key) == ("r", 7, "t1")


def test_an_update_overtaken_while_it_was_refused_is_not_sent_later(engine, slack, send):
    put(engine, entry("r"), entry("u2", "update", rev=2))
    slack.fail("update", NotSent("ratelimited", 5), before=lambda: put(engine, entry("u3", "update", rev=3)))

    report = send()

    assert (report.updates, slack.titles()) == (1, ["u3"])
    assert states(engine)["u2"] == "superseded"


def test_a_broadcast_is_for_replies_only(engine, slack, send):
    put(engine, entry("r", message=message("r", is_broadcast=True)))
    put(engine, entry("n", "reply", rev=2, message=message("n", is_broadcast=True)))

    send()

    assert [shown.is_broadcast for shown in slack.shown] == [False, True]


def test_roles_are_looked_up_when_sent(engine, slack, send):
    put(engine, entry("r", message=Message("x", Tone.RED, (Text((Mention("ads"),)),))))

    send(contacts={"ads": "U0ADS"})

    assert "<@U0ADS>" in slack.shown[0].payload.blocks[1]["text"]["text"]


def test_entries_of_one_channel_go_a_second_apart_and_other_channels_do_not_wait(engine, slack, send):
    put(engine, *(entry(f"a{n}", thread=f"a{n}") for n in range(3)), entry("b", thread="b", channel=SUPPLY))

    send()

    times = {call.key: (call.at - START).total_seconds() for call in slack.calls}
    assert times == {"a0": 0, "b": 0, "a1": 1, "a2": 2}


def test_updates_are_paced_across_channels(engine, slack, send):
    for number, channel in enumerate((OPS, SUPPLY)):
        put(engine, entry(f"r{number}", thread=f"t{number}", channel=channel))
        put(engine, entry(f"u{number}", "update", thread=f"t{number}", channel=channel, rev=2))

    send()

    first, second = (call.at for call in slack.calls if call.method == "update")
    assert second - first == timedelta(seconds=1.2)


def test_what_is_not_due_stays_and_is_not_waited_for(engine, slack, clock, send):
    put(engine, entry("r", not_before=START + timedelta(minutes=5)))

    report = send()

    assert (slack.calls, clock.slept, report.pending, report.is_complete) == ([], 0.0, 0, True)


def test_a_rate_limit_holds_the_whole_channel_in_order_and_no_other(engine, slack, send):
    put(engine, *(entry(f"a{n}", thread=f"a{n}") for n in range(5)), entry("z", thread="z", channel=SUPPLY))
    slack.fail("post", NotSent("ratelimited", 7), channel=OPS, skip=1)

    report = send()

    in_ops = [(call.key, (call.at - START).total_seconds()) for call in slack.calls if call.channel == OPS]
    assert in_ops == [("a0", 0), ("a1", 1), ("a1", 8), ("a2", 9), ("a3", 10), ("a4", 11)]
    assert next(call.at for call in slack.calls if call.key == "z") == START
    assert (report.posts, report.is_complete) == (6, True)


def test_a_rate_limit_on_updates_holds_updates_everywhere_but_not_posts(engine, slack, send):
    for number, channel in enumerate((OPS, SUPPLY)):
        put(engine, entry(f"r{number}", thread=f"t{number}", channel=channel))
    send()
    for number, channel in enumerate((OPS, SUPPLY)):
        put(engine, entry(f"u{number}", "update", thread=f"t{number}", channel=channel, rev=2))
    put(engine, entry("new", thread="new", channel=SUPPLY))
    slack.fail("update", NotSent("ratelimited", 30))
    slack.calls.clear()

    send()

    posted, refused, first, _second = slack.calls
    assert [call.method for call in slack.calls] == ["post", "update", "update", "update"]
    assert posted.at == refused.at
    assert first.at - refused.at >= timedelta(seconds=30)


def test_an_endless_rate_limit_ends_the_night_and_the_rest_stays(engine, slack, clock, send):
    put(engine, entry("a"), entry("b", thread="b", channel=SUPPLY))
    slack.fail("post", NotSent("ratelimited", 0), channel=OPS, times=10_000)

    report = send(policy=DeliveryPolicy(max_wait_seconds=120))

    assert (report.posts, report.pending) == (1, 1)
    assert clock.slept <= 125
    assert row(engine, "a").error == "ratelimited"


def test_a_wait_longer_than_the_night_is_not_begun(engine, slack, clock, send):
    put(engine, entry("a"))
    slack.fail("post", NotSent("ratelimited", 3600))

    report = send()

    assert (clock.slept, report.pending) == (0.0, 1)
    clock.sleep(3600)
    assert send().posts == 1


def test_an_unreachable_slack_is_tried_again_with_growing_waits(engine, slack, send):
    put(engine, entry("a"))
    slack.fail("post", NotSent("ConnectionRefusedError"), times=4)

    send()

    times = [call.at for call in slack.calls]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert gaps == [5, 10, 20, 40]


def test_refused_blocks_are_sent_once_more_as_text_under_the_same_key(engine, slack, send):
    put(engine, entry("r"))
    slack.fail("post", PayloadRefused("invalid_blocks"))

    report = send()

    assert [call.key for call in slack.calls] == ["r", "r"]
    assert slack.shown[0].payload.blocks == ()
    assert (report.posts, report.problems) == (1, ("r: Slack refused its blocks (invalid_blocks); sent as short text",))


def test_a_message_refused_also_as_text_is_given_up_and_told_in_the_fallback_channel(engine, slack, send):
    put(engine, entry("r"))
    slack.fail("post", PayloadRefused("msg_too_long"), channel=OPS, times=2)

    report = send()

    assert (report.dead, slack.titles(FALLBACK)) == (1, ["r"])


def test_a_permanent_refusal_goes_to_the_fallback_channel_once_and_the_rest_is_sent(engine, slack, send):
    put(engine, entry("bad"), entry("good", thread="t2", channel=SUPPLY))
    slack.fail("post", ARCHIVED, channel=OPS, times=99)

    report, again = send(), send()

    assert states(engine) == {"bad": "dead", "bad:fallback": "sent", "good": "sent"}
    assert slack.titles(SUPPLY) == ["good"]
    note = slack.visible(FALLBACK)[0].payload.blocks[1]["text"]["text"]
    assert f"`{OPS}`" in note
    assert "`is_archived`" in note
    assert (report.dead, report.problems) == (1, (f"bad: not delivered to {OPS}: is_archived",))
    assert (again.dead, again.posts, again.problems) == (0, 0, ())


def test_a_conversation_goes_on_in_the_fallback_channel(engine, slack, send):
    put(engine, entry("r"), entry("u", "update", rev=2), entry("n", "reply", rev=2))
    slack.fail("post", ARCHIVED, channel=OPS, times=99)

    report = send()

    root, reply = slack.visible(FALLBACK)
    assert (root.title, reply.title, reply.thread_ts) == ("u", "n", root.ts)
    assert f"Meant for another channel: `{OPS}`" in root.payload.blocks[-1]["elements"][0]["text"]
    assert (report.dead, report.updates, report.replies) == (1, 1, 1)


def test_a_reply_refused_for_good_moves_its_conversation(engine, slack, send):
    put(engine, entry("r"))
    send()
    put(engine, entry("n", "reply", rev=2))
    slack.fail("post", ARCHIVED, channel=OPS)

    send()
    put(engine, entry("u", "update", rev=3))
    send()

    assert slack.titles(OPS) == ["r"]
    assert slack.titles(FALLBACK) == ["u"]


def test_a_dead_fallback_channel_gets_no_message_about_itself(engine, slack, send):
    put(engine, entry("r"))
    slack.fail("post", Refused("invalid_auth"), times=99)

    report = send()

    assert states(engine) == {"r": "dead", "r:fallback": "dead"}
    assert report.dead == 2


def test_without_a_fallback_channel_a_refusal_is_reported_only(engine, slack, clock):
    put(engine, entry("r"))
    slack.fail("post", ARCHIVED)

    report = deliver(engine, slack, clock=clock)

    assert (states(engine), report.dead) == ({"r": "dead"}, 1)


def test_what_follows_a_root_that_was_given_up_is_not_lost(engine, slack, clock):
    put(engine, entry("r"))
    slack.fail("post", ARCHIVED)
    deliver(engine, slack, clock=clock)
    put(engine, entry("n", "reply", rev=2), entry("u", "update", rev=3))

    report = deliver(engine, slack, clock=clock)

    assert states(engine) == {"r": "dead", "n": "dead", "u": "superseded", "u:root": "sent"}
    assert slack.titles() == ["u"]
    assert report.problems == (f"n: not delivered to {OPS}: its root was never delivered",)


def test_given_up_entries_are_sent_after_a_person_revives_them(engine, slack, clock):
    put(engine, entry("r"), entry("n", "reply", rev=2))
    slack.fail("post", Refused("token_revoked"))
    deliver(engine, slack, clock=clock)

    with writing(engine) as connection:
        assert revive(connection, now=clock.now()) == 2
    report = deliver(engine, slack, clock=clock)

    assert (report.posts, report.replies, slack.titles()) == (1, 1, ["r", "n"])


def test_what_the_fallback_channel_shows_is_not_revived(engine, slack, clock, send):
    put(engine, entry("r"))
    slack.fail("post", ARCHIVED)
    send()

    with writing(engine) as connection:
        assert revive(connection, now=clock.now()) == 0


def test_a_deleted_root_is_posted_anew_once_linked_and_used_from_then_on(engine, slack, send):
    put(engine, entry("r"))
    send()
    slack.shown[0].deleted = True
    put(engine, entry("u2", "update", rev=2), entry("n2", "reply", rev=2))

    report = send()
    put(engine, entry("u3", "update", rev=3))
    send()

    root, reply = slack.visible(OPS)
    assert (root.title, root.tag.key, reply.thread_ts) == ("u3", "u2:root", root.ts)
    assert (report.posts, report.updates, report.replies) == (1, 0, 1)
    assert states(engine) == {"r": "sent", "u2": "superseded", "u2:root": "sent", "n2": "sent", "u3": "sent"}


def test_the_new_root_links_to_the_one_that_can_no_longer_be_edited(engine, slack, send):
    put(engine, entry("r"), entry("u", "update", rev=2))
    slack.fail("update", TargetGone("edit_window_closed"))

    send()

    first, second = slack.visible(OPS)
    address = f"https://example.slack.com/archives/{OPS}/p{first.ts.replace('.', '')}"
    assert f"<{address}|Earlier message>" in second.payload.blocks[-1]["elements"][0]["text"]


def test_a_reply_whose_root_is_gone_brings_the_root_back_first(engine, slack, send):
    put(engine, entry("r"), entry("u", "update", rev=2))
    send()
    slack.shown[0].deleted = True
    put(engine, entry("n", "reply", rev=3))

    report = send()

    root, reply = slack.visible(OPS)
    assert (root.title, reply.title, reply.thread_ts) == ("u", "n", root.ts)
    assert (report.posts, report.replies) == (1, 1)


def test_a_reply_that_never_finds_its_root_is_given_up_after_one_new_root(engine, slack, send):
    put(engine, entry("r"))
    send()
    put(engine, entry("n", "reply", rev=2))
    slack.fail("post", GONE, channel=OPS)
    slack.fail("post", GONE, channel=OPS, skip=1)

    report = send()

    assert states(engine)["n"] == "dead"
    assert report.dead == 1
    assert slack.titles(FALLBACK) == ["n"]


def test_a_root_that_slack_calls_gone_is_given_up(engine, slack, clock):
    put(engine, entry("r"))
    slack.fail("post", GONE)

    assert deliver(engine, slack, clock=clock).dead == 1


def test_a_stored_message_that_cannot_be_read_is_given_up_and_told(engine, slack, send):
    put(engine, entry("r"))
    with writing(engine) as connection:
        connection.execute(update(OUTBOX).values(message={"type": "from the future"}))

    report = send()

    assert report.dead == 1
    assert "cannot be read: r" in slack.titles(FALLBACK)[0]


def test_an_unknown_update_is_sent_again_after_the_quiet_period_without_a_look(engine, slack, send):
    put(engine, entry("r"), entry("u", "update", rev=2))
    slack.fail("update", Unknown("TimeoutError"))

    report = send()

    first, second = (call.at for call in slack.calls if call.method == "update")
    assert second - first >= timedelta(seconds=60)
    assert (report.updates, slack.counts()) == (1, {"post": 1, "update": 2})


def test_a_claim_too_old_to_call_is_given_back_without_a_call(engine, slack, send):
    put(engine, entry("r"))
    policy = DeliveryPolicy(call_timeout_seconds=30, quiet_period_seconds=60, lease_seconds=121, max_wait_seconds=100)
    clock = slack.clock
    slow = type("SlowClock", (), {"now": lambda _: (clock.sleep(2), clock.now())[1], "sleep": lambda _, s: clock.sleep(s)})()

    report = deliver(engine, slack, clock=slow, policy=policy)

    assert (slack.calls, report.pending) == ([], 1)
    assert row(engine, "r").error == "the lease ran out before the call"


@pytest.mark.parametrize(
    "periods",
    [
        {"quiet_period_seconds": 30, "call_timeout_seconds": 30},
        {"lease_seconds": 120},
    ],
)
def test_a_policy_that_could_send_twice_is_refused(periods):
    with pytest.raises(ConfigError, match="must be more than"):
        DeliveryPolicy(**periods)


def test_a_policy_for_a_fast_clock_keeps_its_safety_in_real_time():
    policy = DeliveryPolicy().scaled(100)

    assert (policy.quiet_period_seconds, policy.lease_seconds, policy.post_interval_seconds) == (6000, 21_000, 1)
