"""kill -9 of the nightly run, at any moment: running it again gives the same warehouse, and nobody is told anything twice."""

import random
import signal
import time
from bisect import bisect_right
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from sellerwatch.simulator.amazon import operations
from sellerwatch.simulator.slack.journal import Journal
from tests.conftest import NIGHT_STARTS, without_computed
from tests.e2e.killing import (
    PATIENCE_SECONDS,
    STORE,
    RememberedWorld,
    kill,
    open_place,
    step_reached,
    traces_of_killing,
    wait_for_signs,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

AT_A_TIME = 2
ORDERS = 7
"""How many reports a first night orders."""


@dataclass(frozen=True)
class Trial:
    """Which night is killed, and how often.

    Attributes:
        prepare: makes the night's configuration of the one with few reports.
        posts: how many messages the night posts.
        kills: at how many moments, each in a run of its own.
        struck: steps of the night that must be among those.
    """

    prepare: Callable[[Path], Path]
    posts: int
    kills: int
    struck: set[str]


SHORT = Trial(without_computed, posts=4, kills=8, struck={"pull"})
"""Each step of a night, without the catalogue's SQL, which would be most of it and is measured in one transaction as the rest."""

WHOLE = Trial(lambda config: config, posts=5, kills=20, struck={"pull", "load"})


@pytest.fixture(
    scope="module", params=[pytest.param(SHORT, id="short"), pytest.param(WHOLE, id="whole", marks=pytest.mark.long)]
)
def trial(request):
    return request.param


@pytest.fixture(scope="module")
def places(trial, demo_world, tmp_path_factory):
    """Opens any number of places, each with a simulator and a folder of its own."""
    world, folder = RememberedWorld(demo_world, NIGHT_STARTS[STORE]), tmp_path_factory.mktemp("places")
    with ExitStack() as opened:
        yield lambda name: opened.enter_context(open_place(world, folder / name, prepare=trial.prepare))


@pytest.fixture(scope="module")
def undisturbed(trial, places):
    """A night that nobody killed, and when it gave each sign of life, in seconds from the first."""
    place = places("undisturbed")
    process, seen = place.start(), []
    while process.is_alive():
        seen.extend(time.monotonic() for _ in range(place.signs() - len(seen)))
        time.sleep(0.002)
    assert process.exitcode == 0, place.output_path.read_text()
    assert len(seen) > 1 + 3 * ORDERS + trial.posts  # the file; order, link and download of each report; posts; logins
    return place, [moment - seen[0] for moment in seen]


def kill_at(place, second, signs):
    """Kill a run where the undisturbed one was after so many seconds, whether the machine is slower or faster by now."""
    number = bisect_right(signs, second)
    process = place.start()
    if wait_for_signs(place, process, number):
        kill_after = time.monotonic() + second - signs[number - 1]
        while time.monotonic() < kill_after and place.signs() == number:
            time.sleep(0.002)
    return kill(process)


def test_killed_at_any_of_many_moments_the_night_ends_as_if_nothing_had_happened(trial, places, undisturbed):
    whole, signs = undisturbed
    kills = trial.kills
    chance = random.Random(20261117)
    seconds = [(number + chance.random()) * signs[-1] / kills for number in range(kills)]
    killed = [places(f"killed_{number}") for number in range(kills)]

    def run_killed_then_whole(place, second):
        was_alive = kill_at(place, second, signs)
        step = step_reached(place)
        place.run_to_the_end()
        return was_alive, step

    with ThreadPoolExecutor(AT_A_TIME) as workers:
        alive, steps = zip(*workers.map(run_killed_then_whole, killed, seconds), strict=True)

    assert alive == (True,) * kills
    assert trial.struck <= set(steps)
    assert {"measure", "judge", "deliver"} & set(steps)
    assert {place.folder.name: found for place in killed if (found := traces_of_killing(place, whole))} == {}


@pytest.mark.long
def test_killed_whenever_the_other_side_has_said_yes_the_night_asks_and_tells_once(trial, places, undisturbed, monkeypatch):
    """The worst moments: Amazon has taken the order, or Slack the message, and the answer finds nobody."""
    place, running, taken = places("killed_again_and_again"), [], []
    take_order, write_down = operations.new_report, Journal.record

    def take_order_and_kill(state, order):
        report = take_order(state, order)
        taken.append("order")
        running[-1].kill()
        return report

    def write_down_and_kill(journal, entry):
        written = write_down(journal, entry)
        if entry.kind == "post":
            taken.append("post")
            running[-1].kill()
        return written

    monkeypatch.setattr(operations, "new_report", take_order_and_kill)
    monkeypatch.setattr(Journal, "record", write_down_and_kill)
    for _ in range(ORDERS + trial.posts + 1):
        running.append(place.start())
        running[-1].join(PATIENCE_SECONDS)

    assert [process.exitcode for process in running] == [-signal.SIGKILL] * (ORDERS + trial.posts) + [0], (
        place.output_path.read_text()
    )
    assert taken == ["order"] * ORDERS + ["post"] * trial.posts
    assert traces_of_killing(place, undisturbed[0]) == []
