"""``sellerwatch demo``: three nights of a simulated seller through the real Prefect flow, and what Slack was told."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Annotated, Any
from zoneinfo import ZoneInfo

import httpx
import typer
import yaml

from sellerwatch.amazon.endpoint import refuse_environment
from sellerwatch.briefs.night_report import INCOMPLETE
from sellerwatch.briefs.night_summary import NightSummary, summarise_night
from sellerwatch.cli.demo_prefect import PrefectServer, flow_root, run_nightly_flow
from sellerwatch.cli.demo_story import messages_of_night
from sellerwatch.cli.init import write_missing
from sellerwatch.cli.screen import Bar, progress_bar, say, say_json
from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock
from sellerwatch.core.errors import ConfigError, PermanentError, unknown_value
from sellerwatch.core.marketplaces import BY_ID
from sellerwatch.core.periods import start_of_day
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.models import TIERS
from sellerwatch.settings.shipped import shipped_config
from sellerwatch.simulator.amazon.state import AmazonSettings
from sellerwatch.simulator.ports import Seller
from sellerwatch.simulator.server import Simulator
from sellerwatch.simulator.world.catalogue import WORLDS, build_world
from sellerwatch.simulator.world.simulated import SimulatedWorld
from sellerwatch.warehouse.workspace import Workspace, open_workspace

NIGHTS = (date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 19))
NIGHT_STARTS = timedelta(hours=5, minutes=30)
SPEED = 300.0
"""Simulated seconds in a real one: Amazon's one call a minute becomes five a second."""

PATIENT = AmazonSettings(url_seconds=3600, inventory_token_seconds=600)
"""Links and page tokens live longer than Amazon's: what a computer does with them takes real time, and that is 300 times dearer here."""

HOSTILE_SPEED = 600.0
"""The same where reports are cancelled, stuck and asked for again: waiting for them must not fill the demo."""

RUN_AGAIN_AFTER = timedelta(hours=4)
"""How much later a person runs a night again that was incomplete."""

SETTLEMENTS_LOOK_BACK = r"(\n  settlement:\n(?:    .*\n)*?    history_days: )\d+"
SETTLEMENT_DAYS = 14
"""Settlements come every fortnight, so there is one of this age."""

MARKER = ".sellerwatch-demo"
REAL_SLACK = ("SLACK_BOT_TOKEN", "SLACK_CHANNEL")
OF_SLACK = ("SLACK_", "SELLERWATCH_SLACK")
OURS = ("SELLERWATCH_", "PREFECT_")
"""What the demo does not take over from outside: a server's address or key is somebody's real one."""


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


def demo(
    folder: Annotated[Path, typer.Option("--data", help="Where the demo leaves warehouse, log and Prefect database.")] = Path(
        "var/demo",
    ),
    world: Annotated[str, typer.Option(help="Which world the nights are of: demo, clean or hostile.")] = "demo",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run three nights of a simulated world through Prefect, with a simulated Amazon and Slack.

    In the hostile world documents and calls go wrong. An incomplete night is run once more, some hours later; what is then
    still missing is told and is no failure of the demo. With SLACK_BOT_TOKEN and SLACK_CHANNEL set, the messages go to that real workspace.
    """
    started = time.monotonic()
    if world not in WORLDS:
        raise unknown_value(world, WORLDS, what="world", where="demo")
    simulated = build_world(world)
    with stage(folder, simulated, is_quiet=as_json) as scene:
        nights = [_night(scene, as_of, is_quiet=as_json) for as_of in NIGHTS]
    seconds = round(time.monotonic() - started, 1)
    result = {"nights": nights, "quarantined": sum(night.pop("quarantined") for night in nights), "seconds": seconds}
    if as_json:
        say_json(result)
    else:
        _say_end(folder, result)
    if any(night["slack"]["unexpected"] for night in nights):
        raise typer.Exit(1)


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
        yield scene


def _set_up(running: ExitStack, folder: Path, root: Path, *, world: SimulatedWorld, is_quiet: bool) -> Stage:
    with progress_bar("starting", is_quiet=is_quiet) as bar:
        bar(0, 2, "a simulated Amazon and Slack")
        speed = HOSTILE_SPEED if world.mischief else SPEED
        clock = ScaledClock.starting(_night_start(NIGHTS[0], "America/Los_Angeles"), speed)
        simulator = running.enter_context(Simulator(world, clock, settings=PATIENT))
        environment, is_real = demo_environment(folder, simulator, Environment(dict(os.environ)))
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


def demo_environment(folder: Path, simulator: Simulator, outside: Environment) -> tuple[dict[str, str], bool]:
    """Return the demo's whole configuration, and whether Slack is real: the default one, with the simulated sellers as stores.

    A real Slack is one whose token and channel are both set; with one of them alone nothing of it is used.
    """
    config = folder.resolve() / "config"
    config.mkdir()
    _write_stores(config / "stores.yaml", simulator)
    write_missing(shipped_config(), config)
    look_back_less(config / "reports.yaml")
    is_real = all(outside.get(name) for name in REAL_SLACK)
    simulated = environment_for(simulator)
    if is_real:
        simulated = {name: value for name, value in simulated.items() if not name.startswith(OF_SLACK)}
    hidden = OURS if is_real else (*OURS, "SLACK_")
    inherited = {name: value for name, value in outside.values.items() if not name.startswith(hidden)}
    data = {"SELLERWATCH_CONFIG": str(config), "SELLERWATCH_DATA": str(folder.resolve())}
    return inherited | simulated | data, is_real


def look_back_less(path: Path) -> None:
    """Let the demo fetch the newest settlement of each marketplace only: earlier ones are large, and tell nothing more."""
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(SETTLEMENTS_LOOK_BACK, rf"\g<1>{SETTLEMENT_DAYS}", text), encoding="utf-8")


def _write_stores(path: Path, simulator: Simulator) -> None:
    """Name the simulated sellers as the stores, whatever a person has made of the default configuration."""
    stores = {seller.name: _store(seller) for seller in simulator.world.sellers}
    path.write_text(yaml.safe_dump({"stores": stores}, sort_keys=False), encoding="utf-8")


def _store(seller: Seller) -> dict[str, Any]:
    """Return the seller as a block of stores.yaml, by the variables that `environment_for` sets."""
    prefix = seller.name.upper()
    block: dict[str, Any] = {
        "title": seller.name.capitalize(),
        "marketplaces": [BY_ID[item].code for item in seller.marketplace_ids],
        "credentials": {part: f"{prefix}_{part.upper()}" for part in ("lwa_app_id", "lwa_client_secret", "refresh_token")},
    }
    if seller.ads:
        codes = [BY_ID[item].code for item in seller.ads.profiles]
        block["ads"] = {
            **{part: f"{prefix}_ADS_{part.upper()}" for part in ("client_id", "client_secret", "refresh_token")},
            "profiles": {code: f"{prefix}_ADS_PROFILE_{code}" for code in codes},
        }
    return block


def _night(scene: Stage, as_of: date, *, is_quiet: bool) -> dict[str, Any]:
    """Run one night of every store and return its numbers."""
    stores = sorted(scene.settings.stores, key=lambda name: _opening(scene, name, as_of))
    with progress_bar(f"night of {as_of}", is_quiet=is_quiet) as bar:
        summaries = [_store_night(scene, store_id, as_of, bar) for store_id in stores]
    journal = {} if scene.is_real_slack else _journal(scene.simulator)
    night = _numbers(as_of, summaries, journal)
    if not is_quiet:
        _say_night(scene, night, summaries)
    return night


def _opening(scene: Stage, store_id: str, as_of: date) -> datetime:
    return _night_start(as_of, scene.settings.marketplaces(store_id)[0].time_zone)


def _night_start(as_of: date, time_zone: str) -> datetime:
    return start_of_day(as_of, ZoneInfo(time_zone)) + NIGHT_STARTS


def _store_night(scene: Stage, store_id: str, as_of: date, bar: Bar) -> NightSummary:
    """Run the store's night at its 05:30; one that is incomplete where that had to be expected is run once more."""
    bar(0, len(scene.settings.stores), store_id)
    begins = _opening(scene, store_id, as_of)
    if _is_complete(scene, store_id, as_of, begins=begins):
        return summarise_night(_workspace(scene), store_id, as_of)
    _is_complete(scene, store_id, as_of, begins=begins + RUN_AGAIN_AFTER)
    return summarise_night(_workspace(scene), store_id, as_of)


def _is_complete(scene: Stage, store_id: str, as_of: date, *, begins: datetime) -> bool:
    """Run the flow and tell whether nothing is missing; the clock is the same text on both sides.

    Prefect shows a night with problems as failed. In the hostile world that is how it should be, so long as the night went
    through every step.

    Raises:
        PermanentError: the flow failed otherwise.
    """
    clock = ScaledClock.starting(begins, scene.speed)
    httpx.put(f"{scene.simulator.base_url}/_sim/clock", content=str(clock), trust_env=False).raise_for_status()
    environment = scene.environment | {CLOCK_VARIABLE: str(clock)}
    try:
        run_nightly_flow(scene.server, store_id, as_of, environment)
    except PermanentError as error:
        if not scene.is_hostile or INCOMPLETE not in error.what:
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


def _say_night(scene: Stage, night: dict[str, Any], summaries: list[NightSummary]) -> None:
    say()
    say(f"Night of {night['as_of']}", style="bold")
    say(f"  {night['documents']} documents pulled, {night['rows']:,} rows loaded, {night['metrics']:,} values measured")
    alerts = night["alerts"]
    say(
        f"  open alerts: {alerts['red']} red, {alerts['orange']} orange, {alerts['yellow']} yellow; resolved: {alerts['resolved']}"
    )
    slack = night["slack"]
    say(
        f"  Slack: {slack['posts']} posts, {slack['updates']} updates, {slack['replies']} replies, {slack['unexpected']} unexpected"
    )
    for summary in summaries:
        for _, problem in summary.problems:
            say(f"  {summary.store_id}: {problem}", style="red")
        for text in messages_of_night(_workspace(scene), summary):
            say(text)


def _say_end(folder: Path, result: dict[str, Any]) -> None:
    say()
    say(f"Done in {result['seconds']} s. Documents set aside: {result['quarantined']}.", style="bold")
    say(f"Look around: {folder}/warehouse.sqlite, {folder}/raw, {folder}/demo.log")
    say(f"Try: SELLERWATCH_CONFIG={folder}/config SELLERWATCH_DATA={folder} .venv/bin/sellerwatch alerts")
