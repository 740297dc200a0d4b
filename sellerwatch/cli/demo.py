"""``sellerwatch demo``: three nights of a simulated seller through the real Prefect flow, and the whole life of an alert in Slack."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Annotated, Any

import httpx
import typer

from sellerwatch.amazon.endpoint import refuse_environment
from sellerwatch.briefs.night_report import INCOMPLETE
from sellerwatch.briefs.night_summary import NightSummary, summarise_night
from sellerwatch.cli.demo_config import LEFT_OUT, demo_environment
from sellerwatch.cli.demo_life import (
    LATE_NIGHT,
    LATE_STORE,
    acknowledge,
    correct,
    escalate,
    feed_fails,
    keep_pictures,
    live_through_earlier_nights,
)
from sellerwatch.cli.demo_prefect import PrefectServer, flow_root, run_nightly_flow
from sellerwatch.cli.demo_stage import NIGHT_STARTS, SPEED, Scene, Stage, say_scene
from sellerwatch.cli.screen import Bar, progress_bar, say, say_json
from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock
from sellerwatch.core.errors import ConfigError, PermanentError, unknown_value
from sellerwatch.core.periods import start_of_day
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import load_settings
from sellerwatch.settings.models import TIERS
from sellerwatch.simulator.amazon.state import AmazonSettings
from sellerwatch.simulator.server import Simulator
from sellerwatch.simulator.world.catalogue import WORLDS, build_world
from sellerwatch.simulator.world.simulated import SimulatedWorld
from sellerwatch.simulator.world.story import NIGHTS
from sellerwatch.warehouse.workspace import Workspace, open_workspace

WHAT_TO_SEE = (
    (
        "Two stores are looked at for the first time. Cascade's team reads English, Alpine's Chinese. Each red alert has a message of its own; "
        "yellow ones, and orange ones when there are many, share a digest."
    ),
    (
        "The grinder, a row of the digest until now, is orange and gets a message of its own. Amazon fails to make Alpine's stock report: "
        "what depends on it is frozen, and the feed itself is the alert."
    ),
    "The grinder climbs to red in its own message. The headlamp was restocked and is resolved, and the late feed is back.",
)
"""What each night shows, for whoever watches."""

THE_PAST = Scene(
    "Eight nights before",
    "`sellerwatch import` brings in two tables that people fill in: how long goods take, and what is at sea. Then Cascade's stock and "
    "orders alone, with no rule to judge them, and by direct calls in place of Prefect: the past that the pictures of trends need.",
    (),
)
PATIENT = AmazonSettings(url_seconds=7200, inventory_token_seconds=7200)
"""Links and page tokens live longer than Amazon's: what a computer does with them takes real time, and that is 300 times dearer here."""

HOSTILE_SPEED = 600.0
"""The same where reports are cancelled, stuck and asked for again: waiting for them must not fill the demo."""

RUN_AGAIN_AFTER = timedelta(hours=4)
"""How much later a person runs a night again that was incomplete."""

MARKER = ".sellerwatch-demo"


def demo(
    folder: Annotated[Path, typer.Option("--data", help="Where the demo leaves warehouse, log and Prefect database.")] = Path(
        "var/demo",
    ),
    world: Annotated[str, typer.Option(help="Which world the nights are of: demo, clean or hostile.")] = "demo",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run three nights of a simulated world through Prefect, with a simulated Amazon and Slack, and what happens between them.

    Somebody acknowledges, nobody acknowledges, data is corrected, a feed is late. In the hostile world documents and calls go wrong.
    An incomplete night is run once more, some hours later; what is then still missing is told and is no failure of the demo. With
    SLACK_BOT_TOKEN and SLACK_CHANNEL set, the messages go to that real workspace.
    """
    started = time.monotonic()
    if world not in WORLDS:
        raise unknown_value(world, WORLDS, what="world", where="demo")
    simulated = build_world(world)
    with stage(folder, simulated, is_quiet=as_json) as scene:
        nights, life = _live(scene, is_quiet=as_json)
        pictures = keep_pictures(scene)
    seconds = round(time.monotonic() - started, 1)
    result = {
        "nights": nights,
        "life": [happened.to_dict() for happened in life],
        "pictures": pictures,
        "quarantined": sum(night.pop("quarantined") for night in nights),
        "seconds": seconds,
    }
    if as_json:
        say_json(result)
    else:
        _say_end(folder, result)
    if any(night["slack"]["unexpected"] for night in nights):
        raise typer.Exit(1)


def _live(scene: Stage, *, is_quiet: bool) -> tuple[list[dict[str, Any]], list[Scene]]:
    """Let everything happen in its order; in the hostile world only the nights, which are trouble enough."""
    life: list[Scene] = []

    def show(happened: Scene) -> None:
        life.append(happened)
        if not is_quiet:
            say_scene(happened)

    def night(number: int) -> dict[str, Any]:
        numbers, happened = _night(scene, number, is_quiet=is_quiet)
        show(happened)
        return numbers

    if scene.is_hostile:
        scene.server.wait_until_up()
        return [night(number) for number in range(len(NIGHTS))], life
    with progress_bar("the eight nights before", is_quiet=is_quiet) as bar:
        live_through_earlier_nights(scene, bar)
    show(THE_PAST)
    scene.server.wait_until_up()  # it started while the past went by, which needs no Prefect
    first = night(0)
    if not scene.is_real_slack:
        show(acknowledge(scene))
    show(escalate(scene))
    with feed_fails(scene):
        second = night(1)
    show(correct(scene))
    return [first, second, night(2)], life


@contextmanager
def stage(folder: Path, world: SimulatedWorld, *, is_quiet: bool) -> Iterator[Stage]:
    """Start everything the demo needs, and stop all of it again, also after Ctrl-C."""
    refuse_environment(os.environ)
    root = flow_root()
    with ExitStack() as running:
        running.enter_context(own_folder(folder))
        scene = _set_up(running, folder, root, world=world, is_quiet=is_quiet)
        if not is_quiet:
            say(f"Prefect server at {scene.server.ui_url}, simulated Amazon at {scene.simulator.base_url}")
            say("Slack is your own workspace." if scene.is_real_slack else "Slack is simulated too.")
            if not scene.is_hostile:
                say(
                    f"{len(LEFT_OUT)} of {len(scene.settings.reports)} reports are left out: no alert of three nights rests on them."
                )
        yield scene


def _set_up(running: ExitStack, folder: Path, root: Path, *, world: SimulatedWorld, is_quiet: bool) -> Stage:
    with progress_bar("starting", is_quiet=is_quiet) as bar:
        bar(0, 2, "a simulated Amazon and Slack")
        speed = HOSTILE_SPEED if world.mischief else SPEED
        clock = ScaledClock.starting(start_of_day(NIGHTS[0], UTC), speed)
        simulator = running.enter_context(Simulator(world, clock, settings=PATIENT))
        left_out = () if world.mischief else LEFT_OUT
        environment, is_real = demo_environment(folder, simulator, Environment(dict(os.environ)), left_out=left_out)
        settings = load_settings(environment)
        bar(1, 2, "a private Prefect server")
        server = running.enter_context(PrefectServer(folder=folder.resolve(), root=root, environment=environment))
        is_hostile = world.mischief is not None
        return Stage(folder, simulator, server, server.environment, settings, is_real, speed, is_hostile=is_hostile)


@contextmanager
def own_folder(folder: Path) -> Iterator[None]:
    """Take the folder for this demo alone and empty it of an earlier one; a folder of anything else is not touched.

    Raises:
        ConfigError: the folder holds something else, another demo runs in it, or it cannot be written.
    """
    with ExitStack() as held:
        with _disk_errors(folder):
            if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
                raise _unusable("the demo folder is in use by something else", folder)
            folder.mkdir(parents=True, exist_ok=True)
            marker = held.enter_context((folder / MARKER).open("w", encoding="utf-8"))
            _lock(marker, folder)
            marker.write("The demo empties this folder when it starts.\n")
            marker.flush()
            _empty(folder)
        yield


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unusable(f"cannot write the demo folder: {error.strerror}", folder) from error


def _lock(marker: IO[str], folder: Path) -> None:
    """Hold the marker for as long as it is open; the kernel lets go of it however the demo ends."""
    try:
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _unusable("another demo is running in the demo folder", folder) from None


def _empty(folder: Path) -> None:
    """Remove everything but the marker, so that a removal that is cut short can be taken up again."""
    for path in folder.iterdir():
        if path.name == MARKER:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _unusable(what: str, folder: Path) -> ConfigError:
    return ConfigError(what, where=str(folder), remedy="Name another one with --data")


def _night(scene: Stage, number: int, *, is_quiet: bool) -> tuple[dict[str, Any], Scene]:
    """Run one night of every store and return its numbers, and what it told."""
    as_of = NIGHTS[number]
    before = 0 if scene.is_real_slack else _journal(scene.simulator)["unexpected"]
    stores = sorted(scene.settings.stores, key=lambda name: _opening(scene, name, as_of))
    with progress_bar(f"night of {as_of}", is_quiet=is_quiet) as bar:
        summaries = [_store_night(scene, store_id, as_of, bar) for store_id in stores]
    journal = {} if scene.is_real_slack else _journal(scene.simulator)
    numbers = _numbers(as_of, summaries, journal)
    numbers["slack"]["unexpected"] += before
    messages = (*_lines_of_night(numbers, summaries), *scene.told.since_last(_workspace(scene)))
    why = "What went wrong is told, and no failure of the demo." if scene.is_hostile else WHAT_TO_SEE[number]
    return numbers, Scene(f"Night of {as_of}, at 05:30 of each store", why, messages)


def _opening(scene: Stage, store_id: str, as_of: date) -> datetime:
    return scene.local(store_id, as_of, NIGHT_STARTS)


def _store_night(scene: Stage, store_id: str, as_of: date, bar: Bar) -> NightSummary:
    """Run the store's night at its 05:30; one that is incomplete in the hostile world is run once more."""
    bar(0, len(scene.settings.stores), store_id)
    begins = _opening(scene, store_id, as_of)
    is_complete = _is_complete(scene, store_id, as_of, begins=begins)
    if not is_complete and scene.is_hostile:
        _is_complete(scene, store_id, as_of, begins=begins + RUN_AGAIN_AFTER)
    return summarise_night(_workspace(scene), store_id, as_of)


def _is_complete(scene: Stage, store_id: str, as_of: date, *, begins: datetime) -> bool:
    """Run the flow and tell whether nothing is missing; the clock is the same text on both sides.

    Prefect shows a night with problems as failed. In the hostile world, and where a feed is made to fail, that is how it should
    be, so long as the night went through every step.

    Raises:
        PermanentError: the flow failed otherwise.
    """
    clock = scene.set_clock(begins)
    environment = scene.environment | {CLOCK_VARIABLE: str(clock)}
    try:
        run_nightly_flow(scene.server, store_id, as_of, environment)
    except PermanentError as error:
        is_meant = scene.is_hostile or (store_id, as_of) == (LATE_STORE, LATE_NIGHT)
        if not is_meant or INCOMPLETE not in error.what:
            raise
        return False
    return True


def _workspace(scene: Stage) -> Workspace:
    return open_workspace(scene.settings)


def _journal(simulator: Simulator) -> dict[str, int]:
    """Return what the simulated Slack saw since the last night, and forget it."""
    address = f"{simulator.base_url}/_sim/slack/journal"
    summary: dict[str, int] = httpx.get(address, trust_env=False).raise_for_status().json()["summary"]
    httpx.delete(address, trust_env=False).raise_for_status()
    return summary


def _numbers(as_of: date, summaries: list[NightSummary], journal: dict[str, int]) -> dict[str, Any]:
    sent = {name: sum(item.slack[name] for item in summaries) for name in ("posts", "updates", "replies")}
    seen = {name: journal.get(name, sent[name]) for name in sent}
    return {
        "as_of": as_of.isoformat(),
        "documents": sum(item.documents for item in summaries),
        "rows": sum(item.rows for item in summaries),
        "metrics": sum(item.metrics for item in summaries),
        "alerts": {name: sum(item.alerts[name] for item in summaries) for name in (*TIERS, "resolved")},
        "slack": seen | {"unexpected": journal.get("unexpected", 0)},
        "quarantined": sum(item.quarantined for item in summaries),
    }


def _lines_of_night(night: dict[str, Any], summaries: list[NightSummary]) -> Iterator[str]:
    alerts, slack = night["alerts"], night["slack"]
    yield f"  {night['documents']} documents pulled, {night['rows']:,} rows loaded, {night['metrics']:,} values measured"
    yield (
        f"  open alerts: {alerts['red']} red, {alerts['orange']} orange, {alerts['yellow']} yellow; resolved: {alerts['resolved']}"
    )
    yield (
        f"  Slack: {slack['posts']} posts, {slack['updates']} updates, {slack['replies']} replies, {slack['unexpected']} unexpected"
    )
    for summary in summaries:
        for _, problem in summary.problems:
            yield f"  {summary.store_id}: {problem}"


def _say_end(folder: Path, result: dict[str, Any]) -> None:
    say()
    say(f"Done in {result['seconds']} s. Documents set aside: {result['quarantined']}.", style="bold")
    if result["pictures"]:
        say(f"Pictures that stand in the threads: {result['pictures'][0]} to {result['pictures'][-1]}")
    say(f"Look around: {folder}/warehouse.sqlite, {folder}/raw, {folder}/demo.log")
    say(f"Try: SELLERWATCH_CONFIG={folder}/config SELLERWATCH_DATA={folder} .venv/bin/sellerwatch alerts")
