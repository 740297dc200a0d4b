"""What the demo has set up, and its time: one clock for the simulator, for the flows and for what is called directly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from sellerwatch.cli.demo_prefect import PrefectServer
from sellerwatch.cli.demo_story import Told
from sellerwatch.cli.screen import say
from sellerwatch.core.clock import ScaledClock
from sellerwatch.core.periods import start_of_day
from sellerwatch.settings.load import Settings
from sellerwatch.simulator.server import Simulator
from sellerwatch.warehouse.workspace import Workspace, open_workspace

NIGHT_STARTS = timedelta(hours=5, minutes=30)
SPEED = 300.0
"""Simulated seconds in a real one: Amazon's one call a minute becomes five a second."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the demo has set up."""

    folder: Path
    simulator: Simulator
    server: PrefectServer
    environment: dict[str, str]
    settings: Settings
    is_real_slack: bool
    speed: float = SPEED
    is_hostile: bool = False
    told: Told = field(default_factory=Told)

    def set_clock(self, moment: datetime, speed: float | None = None) -> ScaledClock:
        """Let it be this moment in the simulator, and return the clock for the other side."""
        clock = ScaledClock.starting(moment, speed or self.speed)
        httpx.put(f"{self.simulator.base_url}/_sim/clock", content=str(clock), trust_env=False).raise_for_status()
        return clock

    def local(self, store_id: str, day: date, hours: timedelta) -> datetime:
        """Return the moment so many hours after a local midnight of the store."""
        return start_of_day(day, ZoneInfo(self.settings.marketplaces(store_id)[0].time_zone)) + hours


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happens: what, why, and what Slack was told because of it."""

    headline: str
    why: str
    messages: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {"headline": self.headline, "why": self.why, "messages": list(self.messages)}


@contextmanager
def workspace_at(stage: Stage, clock: ScaledClock) -> Iterator[Workspace]:
    """Open the workspace for a call that is not made by a flow, at a moment of the demo."""
    opened = replace(open_workspace(stage.settings), clock=clock)
    try:
        yield opened
    finally:
        opened.engine.dispose()


def say_scene(scene: Scene) -> None:
    """Print what happened."""
    say()
    say(scene.headline, style="bold")
    say(f"  {scene.why}")
    for message in scene.messages:
        say(message)
