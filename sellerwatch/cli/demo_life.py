"""What happens in the demo beside the nights: a past, a press in Slack, hours that pass, and data that comes late.

Everything goes the way it goes in production. Only what a person or a scheduler would start there is started from here.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeVar

import httpx

from sellerwatch.alerts.ticking import advance
from sellerwatch.cli import lifeline
from sellerwatch.cli.backfill import run_backfill
from sellerwatch.cli.demo_prefect import free_port
from sellerwatch.cli.demo_stage import Scene, Stage, workspace_at
from sellerwatch.cli.demo_tables import fill_in
from sellerwatch.cli.nightly import run_night
from sellerwatch.cli.screen import Bar
from sellerwatch.cli.simulation import ALERT_CHANNEL
from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock
from sellerwatch.core.errors import PermanentError
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.delivery.due import deliver_due
from sellerwatch.delivery.whispering import WebWhisper
from sellerwatch.metrics.catalogue import measurements
from sellerwatch.settings.load import Settings
from sellerwatch.simulator.world.story import NIGHTS
from sellerwatch.warehouse.backfills.order import Wording
from sellerwatch.warehouse.backfills.start import start

STORE: Final = "cascade"
EARLIER_NIGHTS: Final = 8
"""With tonight's nine days are known of each SKU, which is one more than a picture of a trend needs."""

EARLIER_FEEDS: Final = ("all_orders", "fba_inventory")
EARLIER_SPEED: Final = 1500.0
STOCK_REPORT: Final = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"

LATE_STORE: Final = "alpine"
LATE_PLACE: Final = "UK"
LATE_NIGHT: Final = NIGHTS[1]

TAKEN_SKU: Final = "CR-HEADLAMP-2P"
TAKEN_BY: Final = "U0SUPPLY01"
ACKNOWLEDGED_AT: Final = timedelta(hours=13, minutes=10)
TICKED_AT: Final = timedelta(hours=18)
"""After the four hours in which somebody has to acknowledge a red alert, however long a slow machine made the night."""

CORRECTED_AT: Final = timedelta(hours=13, minutes=10)
CORRECTED_FEED: Final = "orders_by_date"

LISTEN_SECONDS: Final = 90.0
PRESS_SECONDS: Final = 60.0

T = TypeVar("T")


# The past


def live_through_earlier_nights(stage: Stage, progress: Bar) -> None:
    """Run the nights before the first one: tables filled in, stock and orders of one store, no rules yet, and nothing to tell.

    They go through the nightly steps without Prefect, so that the demo is not mostly about a past that nobody is shown.
    """
    settings = _earlier_settings(stage.settings)
    for number in range(EARLIER_NIGHTS):
        day = NIGHTS[0] - timedelta(days=EARLIER_NIGHTS - number)
        progress(number, EARLIER_NIGHTS, f"{day}")
        clock = stage.set_clock(stage.local(STORE, day, timedelta(hours=5, minutes=30)), EARLIER_SPEED)
        with workspace_at(replace(stage, settings=settings), clock) as workspace:
            if not number:
                fill_in(workspace, stage.folder / "tables")
            run_night(workspace, STORE, day, progress=lambda *_: None)


def _earlier_settings(settings: Settings) -> Settings:
    catalogued = {item.metric for item in measurements(settings)}
    store = settings.stores[STORE].model_copy(update={"reports": EARLIER_FEEDS})
    metrics = {name: metric for name, metric in settings.metrics.items() if name not in catalogued}
    return replace(settings, stores={**settings.stores, STORE: store}, metrics=metrics, rules={})


# A feed that does not come


@contextmanager
def feed_fails(stage: Stage) -> Iterator[None]:
    """Let Amazon fail to make one marketplace's stock report for as long as the block runs."""
    faults = f"{stage.simulator.base_url}/_sim/amazon/faults"
    fault = {"fault": "fatal", "report_type": STOCK_REPORT, "marketplace_id": BY_CODE[LATE_PLACE].id, "times": None}
    httpx.post(faults, json=[fault], trust_env=False).raise_for_status()
    try:
        yield
    finally:
        httpx.delete(faults, trust_env=False).raise_for_status()


# A press


def acknowledge(stage: Stage) -> Scene:
    """Let a person press Acknowledge in the simulated Slack, with the real listener at the other end of the web socket."""
    clock = stage.set_clock(stage.local(STORE, NIGHTS[0], ACKNOWLEDGED_AT), speed=1.0)
    with workspace_at(stage, clock) as workspace, _listener(stage, clock):
        _press(stage, "acknowledge")
        messages = _until(lambda: tuple(stage.told.since_last(workspace)), "the press changed no message", PRESS_SECONDS)
    return Scene(
        f"13:10 in Los Angeles: somebody presses Acknowledge under {TAKEN_SKU}",
        "`sellerwatch listen` hears it over Socket Mode; the message says who is on it, and nobody else is called for it.",
        messages,
    )


@contextmanager
def _listener(stage: Stage, clock: ScaledClock) -> Iterator[None]:
    port = free_port()
    command = ["-m", "sellerwatch", "listen", "--health-port", str(port)]
    environment = stage.environment | {CLOCK_VARIABLE: str(clock)}
    with stage.server.log_path.open("ab") as log:
        process = lifeline.start([sys.executable, *command], folder=stage.server.root, environment=environment, log=log)
        try:
            _until(lambda: _is_well(port), "the listener does not hear Slack", LISTEN_SECONDS)
            yield
        finally:
            lifeline.stop(process)


def _is_well(port: int) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=2, trust_env=False).is_success
    return False


def _press(stage: Stage, action: str) -> None:
    channel = stage.simulator.slack.channels[ALERT_CHANNEL]
    ts = next(message.ts for message in channel.messages.values() if not message.is_reply and TAKEN_SKU in message.text)
    body = {"channel": ALERT_CHANNEL, "ts": ts, "action": action, "user": TAKEN_BY}
    httpx.post(f"{stage.simulator.base_url}/_sim/slack/press", json=body, timeout=10, trust_env=False).raise_for_status()


def _until(look: Callable[[], T], what: str, seconds: float) -> T:
    """Wait for something to be there.

    Raises:
        PermanentError: it does not come.
    """
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if found := look():
            return found
        time.sleep(0.1)
    raise PermanentError(what, where="demo", remedy="Read the end of demo.log in the demo folder")


# Hours that pass


def escalate(stage: Stage) -> Scene:
    """Look at the time once, as a deployment does every ten minutes."""
    clock = stage.set_clock(stage.local(STORE, NIGHTS[0], TICKED_AT))
    with workspace_at(stage, clock) as workspace:
        advance(workspace, WebWhisper(workspace.settings))
        deliver_due(workspace)
        messages = tuple(stage.told.since_last(workspace))
    return Scene(
        "18:00 in Los Angeles, more than four hours after the night: `sellerwatch tick` looks at the time",
        f"Nobody acknowledged the other red alerts, so the next of their chains is called. {TAKEN_SKU} is in hand and stays quiet.",
        messages,
    )


# Data that comes late


def correct(stage: Stage) -> Scene:
    """Fetch yesterday's orders once more, after the buyer of 300 has thought again; the backfill judges the night anew."""
    ordered = f"{NIGHTS[0]}"
    clock = stage.set_clock(stage.local(STORE, NIGHTS[1], CORRECTED_AT))
    wording = Wording([STORE], [CORRECTED_FEED], ordered, ordered, "again", "An order of 300 was withdrawn", "operations")
    with workspace_at(stage, clock) as workspace:
        planned = start(workspace, wording, order_id=str(uuid.uuid4()), source="cli")
        run_backfill(workspace, planned, is_quiet=True)
        messages = tuple(stage.told.since_last(workspace))
    return Scene(
        "13:10 in Los Angeles: an order of 300 coolers, on which the alert of the night rests, was withdrawn",
        f"`sellerwatch backfill --store {STORE} --feed {CORRECTED_FEED} --from {ordered} --to {ordered} --mode again`: "
        "Amazon tells of the same day something else, so the alert is taken back, with both numbers.",
        messages,
    )


# Pictures


def keep_pictures(stage: Stage) -> list[str]:
    """Write the pictures that the simulated Slack got into the demo's folder, and return their names."""
    pictures = [file for file in stage.simulator.slack.files.values() if file.body and file.name.endswith(".png")]
    folder = stage.folder / "pictures"
    folder.mkdir(exist_ok=True)
    names = []
    for number, file in enumerate(pictures, 1):
        path = folder / f"{number:02}.png"
        path.write_bytes(file.body or b"")
        names.append(str(path))
    return names
