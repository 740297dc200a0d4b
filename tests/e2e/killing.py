"""What the kill tests share: a simulator with a data folder, the command run against it, and what both hold afterwards."""

import multiprocessing
import os
import re
import signal
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sellerwatch.cli.main import run
from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock
from sellerwatch.core.errors import ConfigError
from sellerwatch.rawstore.store import RawStore
from sellerwatch.rawstore.verify import verify
from sellerwatch.simulator.amazon.state import AmazonSettings
from sellerwatch.simulator.server import Simulator
from sellerwatch.warehouse.engine import open_engine
from tests.conftest import FEW, NIGHT, NIGHT_STARTS, StandingWorld, small_config
from tests.e2e.contents import contents, differences

STORE = "cascade"
SPEED = 120.0
PATIENCE_SECONDS = 60.0
LONG_LINKS = AmazonSettings(url_seconds=3600)
"""At this speed a link's five minutes are 2.5 seconds, which a busy machine may need for a download."""


class RememberedWorld(StandingWorld):
    """The standing world, drawing each document once: twenty runs ask for the same ones."""

    def __init__(self, world, moment):
        super().__init__(world, moment)
        self._made = {}

    def render(self, request):
        end = min(request.data_end, self._moment) if request.data_end else None
        request = replace(request, data_end=end, now=self._moment)
        if repr(request) not in self._made:
            self._made[repr(request)] = super().render(request)
        return self._made[repr(request)]


PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])
"""Forks each process from one that has imported everything: fifty starts of the interpreter would take longer than the nights."""


def run_command(arguments, variables, output):
    """Be the command line: its arguments, environment and output."""
    with Path(output).open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = arguments
    run()


@dataclass
class Place:
    """A simulated Amazon and Slack, and the folder of the one who watches them."""

    simulator: Simulator
    folder: Path
    config: Path
    command: tuple[str, ...] = ("nightly", "--store", STORE, "--as-of", NIGHT.isoformat())

    @property
    def warehouse_path(self):
        return self.folder / "warehouse.sqlite"

    @property
    def output_path(self):
        return self.folder.with_suffix(".log")

    def start(self):
        """Start the command in a process of its own."""
        arguments = ["sellerwatch", *self.command]
        variables = environment_for(self.simulator) | {
            CLOCK_VARIABLE: str(self.simulator.time.clock),
            "SELLERWATCH_CONFIG": str(self.config),
            "SELLERWATCH_DATA": str(self.folder),
        }
        process = PROCESSES.Process(target=run_command, args=(arguments, variables, str(self.output_path)))
        process.start()
        return process

    def run_to_the_end(self):
        process = self.start()
        process.join(PATIENCE_SECONDS)
        assert process.exitcode == 0, self.output_path.read_text()

    def signs(self):
        """How many signs of life there are: the warehouse's file, then every request but the looks, whose number varies."""
        calls = list(self.simulator.amazon.calls.items())
        made = sum(count.calls for (_, operation), count in calls if operation != "getReport")
        return self.warehouse_path.exists() + made + len(self.simulator.slack.journal.entries)

    def warehouse(self):
        """What the warehouse says, without how it came about."""
        engine = open_engine(f"sqlite:///{self.warehouse_path}")
        found = contents(engine, circumstances=False)
        engine.dispose()
        found["call_count"].clear()
        found["rate_bucket"].clear()  # what was called how often: looking for a report of the killed run is one more operation
        for row in found["outbox"].values():
            row["message"] = without_moment(row["message"])
        for row in found["metric_value"].values():
            if row["metric"] == "feed_age_hours":  # whole hours up to a moment that killing has put off
                row.update(numerator=None, value=None)
        for row in found["seal_leaf"].values():
            if row["name"] == "feed_age_hours":
                row["digest"] = None
        return found

    def messages(self):
        """Everything that stands in Slack: channel, root's key, own key, text."""
        return [
            (channel.channel_id, _key_of_root(channel, message), message.key, without_moment(message.text))
            for channel in self.simulator.slack.channels.values()
            for message in channel.messages.values()
        ]

    def orders(self):
        """Every report that was asked for: its type and what identifies its window."""
        orders = [report.order for report in self.simulator.amazon.reports.values()]
        return [(order.report_type, order.marketplace_ids, order.data_start, *order.options.items()) for order in orders]


def _key_of_root(channel, message):
    return channel.messages[message.thread_ts].key if message.thread_ts else message.key


def without_moment(value):
    """The message without the minute at which Amazon made its data: a report asked for later speaks of a later minute.

    How the minute is written is the product's to say (`moment_words`); here it is known by its clock alone.
    """
    return re.sub(
        r"data through \w{3} \d{1,2}, \d{4} \d\d:\d\d UTC", "data through", value if isinstance(value, str) else repr(value)
    )


@contextmanager
def open_place(world, folder, reports=FEW, *, prepare=lambda config: config):
    with Simulator(world, ScaledClock.starting(NIGHT_STARTS[STORE], SPEED), settings=LONG_LINKS) as simulator:
        # Who was killed after an update was taken rightly sends it again.
        simulator.slack.journal.expect({}, allow=["nothing_changed"])
        yield Place(simulator, folder, prepare(small_config(folder.with_suffix(".config"), reports)))


def wait_for_signs(place, process, wanted):
    """Wait until there are so many signs of life; False when the process ended before."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while place.signs() < wanted:
        if not process.is_alive():
            return False
        assert time.monotonic() < give_up_at, "the run neither goes on nor ends"
        time.sleep(0.002)
    return True


def kill(process):
    """Kill -9; True when it was still alive."""
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def step_reached(place):
    """In which step of the night the run was killed, told by what the warehouse holds.

    Documents are loaded while others are pulled: a night that had one to load was loading, whatever was still to come.
    """
    engine = open_engine(f"sqlite:///{place.warehouse_path}")
    try:
        found = contents(engine)
    except ConfigError:  # no tables yet
        return "open"
    finally:
        engine.dispose()
    steps = {
        "load": any(row["state"] == "raw" for row in found["document"].values()),
        "pull": not found["report_window"] or any(row["state"] != "done" for row in found["report_window"].values()),
        "measure": not found["metric_value"],
        "judge": any(row["outcome"] == "running" for row in found["night"].values()),
        "deliver": any(row["state"] != "sent" for row in found["outbox"].values()),
    }
    return next((name for name, is_unfinished in steps.items() if is_unfinished), "end")


def traces_of_killing(place, undisturbed):
    """Everything by which a night that was killed and run again differs from one that was not; in words, best none."""
    found = verify(RawStore(place.folder / "raw"))
    return [
        *differences(undisturbed.warehouse(), place.warehouse()),
        *(f"message missing: {message}" for message in beyond(undisturbed.messages(), place.messages())),
        *(f"message too many: {message}" for message in beyond(place.messages(), undisturbed.messages())),
        *(f"report not ordered: {order}" for order in beyond(undisturbed.orders(), place.orders())),
        *(f"report ordered too often: {order}" for order in beyond(place.orders(), undisturbed.orders())),
        *place.simulator.slack.journal.unexpected(),
        *map(str, place.simulator.amazon.unexpected),
        *map(str, found.findings),
        *(f"not in the manifest: {path}" for path in found.unlisted),
    ]


def beyond(these, those):
    return list((Counter(these) - Counter(those)).elements())
