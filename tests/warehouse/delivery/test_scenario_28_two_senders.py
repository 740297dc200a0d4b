"""Scenario 28: a nightly and a manual run that drain the outbox together send each message once, roots before their replies."""

from sellerwatch.core.clock import ScaledClock
from sellerwatch.delivery.policy import DEFAULT_POLICY
from tests.unit.delivery.fake_slack import START, entry, put, states
from tests.warehouse.delivery.slack_on_the_wire import ADS, ALERTS, scaled

SPEED = 100.0
THREADS = 8


def test_scenario_28_two_processes_send_each_key_once_and_replies_after_roots(wire):
    keys = set()
    for number in range(THREADS):
        place = {"thread": f"t{number}", "channel": (ALERTS, ADS)[number % 2]}
        put(wire.engine, entry(f"r{number}", **place), entry(f"n{number}", "reply", rev=2, **place))
        keys |= {f"r{number}", f"n{number}"}
    clock = ScaledClock.starting(START, SPEED)
    wire.simulator.time.clock = clock
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
    counts = wire.slack.journal.counts()
    assert (counts["posts"], counts["replies"]) == (THREADS, THREADS)
    assert (counts["updates"], counts["deletes"], counts["reads"]) == (0, 0, 0), "nobody has to look for what another sends"
    assert not [line for line in wire.slack.journal.unexpected() if "during_retry_after" not in line]
