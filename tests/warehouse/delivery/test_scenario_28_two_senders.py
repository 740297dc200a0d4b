"""Scenario 28: a nightly and a manual run that drain the outbox together send each message once, roots before their replies.

Every call is counted, so that the only calls are the messages themselves. Slack's limits are lifted for it: each sender paces
itself, two of them together go twice as fast as a channel takes, and a call that is on its way while Slack asks the other one to
wait is refused, which no sender can know beforehand. What a run makes of the wait that another was asked for is scenario 25.
"""

from sellerwatch.core.clock import ScaledClock
from sellerwatch.delivery.policy import DEFAULT_POLICY
from tests.unit.delivery.fake_slack import START, entry, put, states
from tests.warehouse.delivery.slack_on_the_wire import ADS, ALERTS, NoLimits, scaled

SPEED = 100.0
THREADS = 8


def test_scenario_28_two_processes_send_each_key_once_and_replies_after_roots(wire):
    keys = set()
    for number in range(THREADS):
        place = {"thread": f"t{number}", "channel": (ALERTS, ADS)[number % 2]}
        put(wire.engine, entry(f"r{number}", **place), entry(f"n{number}", "reply", rev=2, **place))
        keys |= {f"r{number}", f"n{number}"}
    clock = ScaledClock.starting(START, SPEED)
    wire.simulator.time.clock, wire.slack.limiter = clock, NoLimits()
    policy = scaled(DEFAULT_POLICY, SPEED)

    senders = [wire.start_sender(clock=clock, policy=policy) for _ in range(2)]
    for sender in senders:
        sender.join(60)

    assert [sender.exitcode for sender in senders] == [0, 0]
    assert set(states(wire.engine).values()) == {"sent"}
    shown = [message for channel in (ALERTS, ADS) for message in wire.slack.channels[channel].messages.values()]
    assert sorted(message.key for message in shown) == sorted(keys)
    roots = {message.ts: message.key[1:] for message in shown if message.thread_ts is None}
    assert all(roots[message.thread_ts] == message.key[1:] for message in shown if message.thread_ts)
    wire.slack.journal.assert_only(posts=THREADS, replies=THREADS, reads=0, uploads=0)
    assert len(wire.slack.journal.entries) == len(keys), "nobody looks for what another sends, and no call is made in vain"
