"""A simulated Slack behind the real slack-sdk, a sender in this process or one that can be killed, and a clock moved by hand."""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from sellerwatch.core.clock import Clock, ScaledClock
from sellerwatch.delivery.outcomes import Upload
from sellerwatch.delivery.policy import DeliveryPolicy
from sellerwatch.delivery.sender import DeliveryReport, deliver
from sellerwatch.delivery.showing import WORDS_ALONE, Showing
from sellerwatch.delivery.slack_api import WebSlack
from sellerwatch.simulator.server import Simulator
from sellerwatch.simulator.slack.faults import Fault
from sellerwatch.simulator.slack.journal import Journal
from sellerwatch.simulator.slack.limits import Limiter
from sellerwatch.simulator.slack.state import DEFAULT_TOKEN, SlackState, default_channels
from sellerwatch.warehouse.engine import open_engine
from tests.unit.delivery.fake_slack import START, HandClock

ALERTS, OPS, ADS, ARCHIVED = "C0OPSALERTS", "C0SWOPS", "C0ADSALERTS", "C0ARCHIVED"
IMPATIENCE_SECONDS = 0.2
"""How long the client waits that is to give up; the simulated Slack answers it later."""
PATIENCE_SECONDS = 30.0


class NobodySells:
    """A world without sellers: these tests talk to Slack alone."""

    sellers = ()


@dataclass
class SettlingClock(HandClock):
    """Moves only by sleeping, and not past a call that Slack is still about to carry out."""

    is_settled: object = None

    def sleep(self, seconds: float) -> None:
        if seconds > 0 and self.is_settled is not None:
            wait_until(self.is_settled)
        super().sleep(seconds)


def wait_until(is_true):
    """Wait until it is, a few milliseconds at a time."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.005)):
        if is_true():
            return
        pause.wait(0.005)
    raise AssertionError("it never came to be")


class NoLimits(Limiter):
    """Lets every call through: a process whose clock leaps alone cannot keep to the limits of one that stands still."""

    def wait(self, scope, now):
        return 0


@dataclass
class ImpatientOnce:
    """The real client, which gives its first post only a moment and is patient ever after."""

    patient: WebSlack
    impatient: WebSlack | None

    def post(self, *args, **kwargs):
        client, self.impatient = self.impatient or self.patient, None
        return client.post(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self.patient, name)


@dataclass
class Wire:
    """One workspace of Slack, one outbox, and senders that go between them."""

    simulator: Simulator
    engine: Engine
    clock: SettlingClock = field(default_factory=SettlingClock)
    reports: list[DeliveryReport] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.simulator.time.clock = self.clock
        state = self.slack
        state.journal, state.limiter = Journal(), Limiter()
        state.faults.clear()
        state.channels = default_channels()
        state.files.clear()
        state.posted_keys.clear()
        state.tokens[DEFAULT_TOKEN] = True
        state.file_seconds = 0.0

    @property
    def slack(self) -> SlackState:
        return self.simulator.slack

    @property
    def address(self) -> str:
        return f"{self.simulator.base_url}/slack/api/"

    def arm(self, name: str, **more) -> None:
        self.slack.faults.arm(Fault(name, **more))

    def client(self, *, is_impatient: bool = False) -> ImpatientOnce:
        hasty = WebSlack(DEFAULT_TOKEN, base_url=self.address, timeout_seconds=IMPATIENCE_SECONDS) if is_impatient else None
        return ImpatientOnce(WebSlack(DEFAULT_TOKEN, base_url=self.address), hasty)

    def send(self, *, is_impatient: bool = False, **more) -> DeliveryReport:
        client = self.client(is_impatient=is_impatient)
        self.clock.at += timedelta(minutes=bool(self.reports))  # Slack's limits are no part of what a second run shows
        report = deliver(self.engine, client, clock=self.clock, fallback_channel=OPS, **more)
        self.reports.append(report)
        return report

    def carried_out(self, fault: str):
        """Tell whether Slack has carried out the call that this fault hit."""
        return lambda: any(entry.fault == fault for entry in self.slack.journal.entries)

    def standing(self, channel: str = ALERTS) -> list[str]:
        """Return the keys of what stands in a channel, threads included, oldest first."""
        return [str(message.key) for message in self.slack.channels[channel].messages.values()]

    def calls(self, channel: str | None = None) -> list[tuple[str, float]]:
        """Return every call about messages that Slack heard: its method, and the seconds since the start."""
        return [
            (entry.method, (entry.at - START).total_seconds())
            for entry in self.slack.journal.entries
            if entry.method.startswith("chat.") and channel in {None, entry.channel}
        ]

    def start_sender(
        self, kill: "Kill | None" = None, *, clock: Clock | None = None, policy: DeliveryPolicy | None = None, uploads=()
    ):
        """Start a sender in a process of its own, on a clock that it moves by hand unless one is given."""
        if clock is None:
            self.slack.limiter = NoLimits()
        self.engine.dispose()
        url = self.engine.url.render_as_string(hide_password=False)
        errand = Errand(
            url, self.address, self.clock.now(), kill, str(clock) if clock else None, policy or DeliveryPolicy(), uploads
        )
        process = PROCESSES.Process(target=run_errand, args=(errand,))
        process.start()
        return process


@dataclass(frozen=True)
class Kill:
    """The moment at which a sender dies: how often it has come there, counted from one."""

    moment: str
    number: int = 1


@dataclass(frozen=True)
class Errand:
    """What a sender's process is told."""

    url: str
    address: str
    now: datetime
    kill: Kill | None
    clock: str | None
    policy: DeliveryPolicy
    uploads: tuple[Upload, ...]


@dataclass
class Mortality:
    """Counts the moments of a process, and ends it with SIGKILL at the one that was named: nothing is tidied up."""

    kill: Kill | None
    passed: Counter = field(default_factory=Counter)

    def reach(self, moment: str) -> None:
        self.passed[moment] += 1
        if self.kill == Kill(moment, self.passed[moment]):
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, name, act):
        def acting(*args, **kwargs):
            self.reach(f"before a {name}")
            result = act(*args, **kwargs)
            self.reach(f"after a {name}")
            return result

        return acting


def run_errand(errand: Errand) -> None:
    """Be a sender: drain the outbox, or die on the way."""
    engine = open_engine(errand.url)
    mortality = Mortality(errand.kill)
    engine.dialect.do_commit = mortality.around("commit", engine.dialect.do_commit)
    slack = WebSlack(DEFAULT_TOKEN, base_url=errand.address)
    for name in ("post", "update", "find"):
        setattr(slack, name, mortality.around(name, getattr(slack, name)))
    clock = ScaledClock.parse(errand.clock) if errand.clock else SettlingClock(errand.now)
    showing = Showing(lambda _: dict(enumerate(errand.uploads)), WORDS_ALONE.render)
    deliver(engine, slack, clock=clock, policy=errand.policy, fallback_channel=OPS, showing=showing)
    engine.dispose()


PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])
"""Forks each process from one that has imported everything."""


def was_killed(process) -> bool:
    """Wait for the end of a process; True when a signal ended it."""
    process.join(PATIENCE_SECONDS)
    return process.exitcode == -signal.SIGKILL


def scaled(policy: DeliveryPolicy, factor: float) -> DeliveryPolicy:
    """Return the policy for a clock that runs so fast, its sleeps between looks at the outbox included."""
    return replace(policy.scaled(factor), poll_seconds=policy.poll_seconds * factor / 100)
