"""How close a storm of messages comes to what Slack's own rate forces, against the simulated Slack and on its clock."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from benchmarks.figures import Figure, at_most, below
from sellerwatch.delivery.outbox import Entry, enqueue
from sellerwatch.delivery.sender import DeliveryReport, deliver
from sellerwatch.delivery.slack_api import WebSlack
from sellerwatch.messages.blocks import Message, Text, Tone
from sellerwatch.simulator.server import Simulator
from sellerwatch.simulator.slack.faults import Fault
from sellerwatch.simulator.slack.state import DEFAULT_TOKEN, SlackState
from sellerwatch.simulator.world.wide import WideWorld, wide_sellers
from sellerwatch.warehouse.engine import open_engine, writing
from sellerwatch.warehouse.schema import bring_up_to_date

BOUND: Final = 1.05
START: Final = datetime(2026, 11, 25, 13, 40, tzinfo=UTC)
CHANNEL: Final = "C0OPSALERTS"
TROUBLES: Final = ("reset_after_accept", "http_500_after_accept", "close_before", "internal_error", "ratelimited")
"""What happens to one call of twenty on the way, in turn; half of it leaves open whether the message is there."""


class LeapingClock:
    """Moves only by sleeping, so that Slack's limits count and this machine's speed does not."""

    def __init__(self) -> None:
        """Begin at the start."""
        self._now, self._lock = START, threading.Lock()

    def now(self) -> datetime:
        """Return the present."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Leap."""
        with self._lock:
            self._now += timedelta(seconds=max(0.0, seconds))


def storm(folder: str, messages: str) -> Callable[[], Mapping[str, float]]:
    """Enter so many alerts in one transaction, and send them while calls fail on the way."""
    engine = open_engine(f"sqlite:///{Path(folder) / 'storm.sqlite'}")
    bring_up_to_date(engine)
    count = int(messages)

    def send_all() -> Mapping[str, float]:
        clock, begun = LeapingClock(), time.perf_counter()
        _enter(engine, count)
        entered = time.perf_counter() - begun
        with Simulator(WideWorld(wide_sellers(1)), clock) as simulator:
            for number in range(count * 9 // 200):  # none at the very end, where nothing is left to send meanwhile
                name = TROUBLES[number % len(TROUBLES)]
                simulator.slack.faults.arm(Fault(name, method="chat.postMessage", after=20 * number, retry_after=2))
            slack = WebSlack(DEFAULT_TOKEN, base_url=f"{simulator.base_url}/slack/api/")
            report = deliver(engine, slack, clock=clock)
            wrong = _lost_or_doubled(simulator.slack, report, count)
        return {"simulated": (clock.now() - START).total_seconds(), "entered": entered, "wrong": wrong}

    return send_all


def figures(run: Callable[..., Mapping[str, float]], folder: Path, messages: int) -> Iterator[Figure]:
    """Yield the figures of a storm of so many messages to one channel."""
    taken = run("storm", folder, messages)
    name = f"storm: {messages:,} alerts, entered in one transaction"
    yield Figure(name, taken["entered"], "s")
    yield at_most(f"{name}, drained at Slack's own rate", taken["simulated"], "s", of=messages - 1.0, bound=BOUND)
    yield below(f"{name}, messages lost or doubled", taken["wrong"], "messages", bound=1.0)
    yield Figure(f"{name}, what this machine took", taken["wall"], "s")


def _enter(engine: Engine, count: int) -> None:
    with writing(engine) as connection:
        for number in range(count):
            message = Message(f"0.9 days of cover: SKU-{number:05}", Tone.RED, (Text(("Send by air freight",)),))
            key = f"storm-{number:05}"
            enqueue(connection, Entry(f"{key}:root:1", "root", CHANNEL, key, 1, message, START, START))


def _lost_or_doubled(slack: SlackState, report: DeliveryReport, count: int) -> int:
    seen = Counter(message.key for message in slack.channels[CHANNEL].messages.values())
    lost = count - len(seen)
    return lost + sum(times - 1 for times in seen.values()) + (report.posts != count) + report.dead + report.pending
