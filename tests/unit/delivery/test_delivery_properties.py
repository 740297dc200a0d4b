"""Whatever is decided, and whatever breaks on the way, readers end up with each message once and the newest text."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from sellerwatch.delivery.outcomes import NotSent, Unknown
from sellerwatch.delivery.policy import DeliveryPolicy
from sellerwatch.delivery.sender import deliver
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.outbox import OUTBOX
from tests.unit.delivery.fake_slack import OPS, SUPPLY, Crash, FakeSlack, Fault, HandClock, entry, put, states

SHORT = DeliveryPolicy(max_wait_seconds=10)
CHANNELS = {"t0": OPS, "t1": OPS, "t2": SUPPLY}


@dataclass
class World:
    """One workspace, one outbox, and what was decided so far."""

    engine: Engine
    clock: HandClock = field(default_factory=HandClock)
    decided: dict[str, list[str]] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slack = FakeSlack(self.clock)
        with writing(self.engine) as connection:
            connection.execute(delete(OUTBOX))

    def decide(self, thread: str, kind: str) -> None:
        keys = self.decided.setdefault(thread, [])
        actual = kind if keys else "root"
        key = f"{thread}:{actual}:{len(keys) + 1}"
        keys.append(key)
        if actual != "reply":
            self.newest[thread] = key
        put(
            self.engine, entry(key, actual, thread=thread, rev=len(keys), channel=CHANNELS[thread], created_at=self.clock.now())
        )

    def run(self, policy: DeliveryPolicy | None = None) -> None:
        with suppress(Crash):
            deliver(self.engine, self.slack, clock=self.clock, policy=policy or DeliveryPolicy())

    def finish(self) -> None:
        self.slack.faults.clear()
        self.clock.sleep(3600)
        self.run()


def decisions() -> st.SearchStrategy[Callable[[World], None]]:
    return st.builds(
        lambda thread, kind: lambda world: world.decide(thread, kind),
        st.sampled_from(list(CHANNELS)),
        st.sampled_from(["update", "reply"]),
    )


def faults() -> st.SearchStrategy[Callable[[World], None]]:
    """Limits, unknown outcomes accepted or not, kills, and a second sender in the middle of a call."""

    def arm(method: str, kind: str, skip: int, delay: float) -> Callable[[World], None]:
        def act(world: World) -> None:
            second_sender = {"before": lambda: world.run(SHORT)}
            options = {
                "limited": {"outcome": NotSent("ratelimited", delay)},
                "unreachable": {"outcome": NotSent("gaierror")},
                "lost": {"outcome": Unknown("ConnectionResetError")},
                "accepted unseen": {"outcome": Unknown("TimeoutError"), "accept": True, "accept_after": delay},
                "killed before": {"crash": True},
                "killed after": {"crash": True, "accept": True},
                "second sender": {"accept": True, **second_sender},
                "second sender, lost": {"outcome": Unknown("HTTP 500"), **second_sender},
                "second sender after": {"accept": True, "after": world.run},
            }
            world.slack.faults.append(Fault(method, skip=skip, **options[kind]))

        return act

    kinds = ["limited", "unreachable", "lost", "accepted unseen", "killed before", "killed after"]
    kinds += ["second sender", "second sender, lost", "second sender after"]
    methods = st.sampled_from(["post", "post", "update", "find"])
    return st.builds(arm, methods, st.sampled_from(kinds), st.integers(0, 2), st.sampled_from([1.0, 20.0, 55.0]))


def runs() -> st.SearchStrategy[Callable[[World], None]]:
    return st.sampled_from([World.run, lambda world: world.run(SHORT), lambda world: world.clock.sleep(100)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(st.one_of(decisions(), decisions(), faults(), runs()), min_size=3, max_size=25))
def test_every_message_is_visible_once_in_order_and_current(engine, actions):
    world = World(engine)

    for act in actions:
        act(world)
    world.finish()

    visible = {shown.tag.key: shown for shown in world.slack.visible()}
    assert len(visible) == len(world.slack.visible())
    expected = {key for keys in world.decided.values() for key in keys if ":update:" not in key}
    assert visible.keys() == expected
    assert set(states(engine).values()) <= {"sent", "superseded"}
    for thread, keys in world.decided.items():
        root = visible[keys[0]]
        assert root.title == world.newest[thread]
        replies = [visible[key] for key in keys if ":reply:" in key]
        assert [reply.thread_ts for reply in replies] == [root.ts] * len(replies)
        assert [root.ts, *(reply.ts for reply in replies)] == sorted([root.ts, *(reply.ts for reply in replies)])
