"""How close a backfill comes to what Amazon's own limits force, against the simulator's buckets and on its clock."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, at_most, below
from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.clock import Clock, ScaledClock
from sellerwatch.core.periods import Days
from sellerwatch.core.side_by_side import side_by_side
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.models import Quota
from sellerwatch.simulator.amazon.state import AmazonSettings
from sellerwatch.simulator.server import Simulator
from sellerwatch.simulator.world.wide import WideWorld, wide_sellers
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.load import load_night, load_some
from sellerwatch.warehouse.planning.entering import enter_plan
from sellerwatch.warehouse.planning.history import plan_history
from sellerwatch.warehouse.pull import pull_night, pull_past
from sellerwatch.warehouse.tables.ledger import WINDOW
from sellerwatch.warehouse.windows import FINISHED
from sellerwatch.warehouse.workspace import Workspace, open_workspace

TRENDS_BOUND, DAILY_BOUND, SELLERS_BOUND = 1.05, 1.03, 1.05
SHARE_OF_DAILY: Final = 1 / 20
TOKENS_OF_DAILY_SECONDS: Final = 64_671.0
"""What one report a day of a year and three marketplaces costs at one a minute after the first fifteen: 18.0 h."""

START: Final = datetime(2026, 11, 25, 20, tzinfo=UTC)
LAST: Final = date(2026, 11, 24)
BACKFILL: Final = "backfill benchmark"
TRAFFIC: Final = "sales_traffic"
TRAFFIC_TYPE: Final = "GET_SALES_AND_TRAFFIC_REPORT"
REPORTS: Final = ("merchant_listings", TRAFFIC, "sales_traffic_trends")
ROWS_A_PAGE: Final = 20_000
"""A year of 30 products is one page: how large Amazon's are is not known."""

QUOTAS: Final[Mapping[str, tuple[Quota, ...]]] = {
    "none": (),
    "three_in_5_minutes": (Quota(operation="createReport", rate=0.01, burst=3, shared_by="both"),),
    "once_in_15_minutes_per_account": (Quota(operation="createReport", rate=1 / 900, burst=4, shared_by="account"),),
    "once_in_15_minutes_per_application": (Quota(operation="createReport", rate=1 / 900, burst=4, shared_by="application"),),
}
"""What is said of the quota of sales and traffic, each enforced by the simulator and configured here."""

SELLERS, PROCESSES = 20, 4
_ROOT = Path(__file__).resolve().parents[1]


class Leaping:
    """A clock that leaps over every wait: what is measured is Amazon's time, and not this machine's."""

    def __init__(self, start: datetime) -> None:
        self._now, self._lock = start, threading.Lock()

    def now(self) -> datetime:
        """Return the current instant, a millisecond later each time it is asked for."""
        with self._lock:
            self._now += timedelta(milliseconds=1)
            return self._now

    def sleep(self, seconds: float) -> None:
        """Leap."""
        with self._lock:
            self._now += timedelta(seconds=max(0.0, seconds))


def figures(run: Callable[..., Mapping[str, float]], folder: Path, days: int, pace: float) -> Iterator[Figure]:
    """Yield the figures; ``run`` runs a case in a process of its own.

    Args:
        run: gives back what a case took.
        folder: where the warehouses are made.
        days: how many days are pulled; 365 for the figures that are claimed.
        pace: how many times as fast as the computer's the clock of the many sellers runs; what the machine itself takes counts as often.
    """
    what = f"{days} days, 3 marketplaces, 300 products"
    taken = run("history", folder / "trends", "", "three_in_5_minutes", days)
    name = f"pull: {what}, by Data Kiosk"
    yield at_most(name, taken["seconds"], "s", of=taken["bound"], bound=TRENDS_BOUND)
    daily = TOKENS_OF_DAILY_SECONDS * days / 365
    yield at_most(f"{name}, against a report a day", taken["seconds"], "s", of=daily, bound=SHARE_OF_DAILY)
    throttled = taken["throttled"]
    for quota in QUOTAS:
        taken = run("history", folder / quota, "one_report_a_day", quota, days)
        yield at_most(
            f"pull: {what}, a report a day, quota {quota}", taken["seconds"], "s", of=taken["bound"], bound=DAILY_BOUND
        )
        throttled += taken["throttled"]
    taken = run("sellers", folder / "sellers", days, pace)
    name = f"pull: {SELLERS} sellers at once in {PROCESSES} processes"
    yield at_most(f"{name}, the slowest seller", taken["slowest"], "s", of=taken["slowest_bound"], bound=SELLERS_BOUND)
    yield at_most(f"{name}, whoever waited longest beyond its own bound", taken["worst"], "ratio", of=1.0, bound=SELLERS_BOUND)
    throttled += taken["throttled"]
    yield below("pull: calls that Amazon refused for their rate", throttled, "calls", bound=1)


def history(folder: str, route: str, quota: str, days: str) -> Callable[[], Mapping[str, float]]:
    """Make a seller who knows its products, and pull so many days of its sales and traffic."""
    clock, world = Leaping(START), WideWorld(wide_sellers(1))
    world.prepare()
    settings = AmazonSettings(query_rows=ROWS_A_PAGE, sales_and_traffic_quota=quota)

    def pulled() -> Mapping[str, float]:
        with Simulator(world, clock, settings=settings) as simulator:
            workspace = _workspace(Path(folder), environment_for(simulator), quota, clock)
            _learn_products(workspace, "wide01", clock)
            seconds, bound = _pull(workspace, "wide01", int(days), route or None)
            return {"seconds": seconds, "bound": bound, "throttled": _throttled(simulator)}

    return pulled


def sellers(folder: str, days: str, pace: str) -> Callable[[], Mapping[str, float]]:
    """Make many sellers, and pull them all at once in a few processes; each has its own number of days."""
    world = WideWorld(wide_sellers(SELLERS))
    world.prepare()
    longest = max(6, int(days) // 40)

    def pulled() -> Mapping[str, float]:
        with Simulator(world, ScaledClock.starting(START, float(pace))) as simulator:
            environment = environment_for(simulator)
            _workspace(Path(folder), environment, "none", simulator.time)
            found = _run_processes(Path(folder), environment, longest)
            slowest = max(found, key=lambda one: one[0])
            return {
                "slowest": slowest[0],
                "slowest_bound": slowest[1],
                "worst": max(seconds / bound for seconds, bound in found),
                "throttled": _throttled(simulator),
            }

    return pulled


def _run_processes(folder: Path, environment: Mapping[str, str], longest: int) -> list[tuple[float, float]]:
    """Return each seller's seconds and bound."""
    names = [seller.name for seller in wide_sellers(SELLERS)]
    commands = [
        [sys.executable, "-m", "benchmarks.pulling", str(folder), str(longest), *names[place::PROCESSES]]
        for place in range(PROCESSES)
    ]
    everything = {**os.environ, **environment, "PYTHONPATH": str(_ROOT)}
    running = [subprocess.Popen(command, cwd=_ROOT, env=everything, stdout=subprocess.PIPE) for command in commands]
    told = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        message = "a process of the sellers failed"
        raise RuntimeError(message)
    return [(seconds, bound) for text in told for seconds, bound in json.loads(text)]


def _workspace(folder: Path, environment: Mapping[str, str], quota: str, clock: Clock) -> Workspace:
    """Open a warehouse whose stores are the sellers of the wide world."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_ROOT / "config", folder / "config")
    (folder / "config" / "stores.yaml").write_text(_stores(), encoding="utf-8")
    return _open(folder, environment, quota, clock)


def _open(folder: Path, environment: Mapping[str, str], quota: str, clock: Clock) -> Workspace:
    places = {"SELLERWATCH_CONFIG": str(folder / "config"), "SELLERWATCH_DATA": str(folder / "data")}
    settings: Settings = load_settings({**environment, **places})
    changed = replace(settings, quotas={**settings.quotas, TRAFFIC_TYPE: QUOTAS[quota]})
    return replace(open_workspace(changed), clock=clock)


def _stores() -> str:
    lines = ["stores:"]
    for seller in wide_sellers(SELLERS):
        prefix = seller.name.upper()
        lines += [
            f"  {seller.name}:",
            f"    title: {seller.name}",
            "    marketplaces: [US, CA, MX]",
            f"    reports: [{', '.join(REPORTS)}]",
            "    credentials:",
            f"      lwa_app_id: {prefix}_LWA_APP_ID",
            f"      lwa_client_secret: {prefix}_LWA_CLIENT_SECRET",
            f"      refresh_token: {prefix}_REFRESH_TOKEN",
        ]
    return "\n".join(lines) + "\n"


def _learn_products(workspace: Workspace, store_id: str, clock: Clock) -> None:
    """Have a night of the listings, which name the products, and wait until the budget is full again."""
    store = workspace.settings.stores[store_id].model_copy(update={"reports": REPORTS[:1]})
    alone = replace(workspace, settings=replace(workspace.settings, stores={store_id: store}))
    today = START.date()
    pull_night(alone, store_id, today)
    load_night(alone, store_id, today)
    clock.sleep(3600)


def _pull(workspace: Workspace, store_id: str, days: int, route: str | None) -> tuple[float, float]:
    """Return the seconds that a backfill of the last days took, loading included, and those that Amazon's limits force."""
    plan = plan_history(workspace, [store_id], [TRAFFIC], Days(LAST - timedelta(days=days - 1), LAST), route=route)
    with writing(workspace.engine) as connection:
        enter_plan(connection, plan, BACKFILL)
    began_at = workspace.clock.now()
    report = pull_past(workspace, store_id, BACKFILL, meanwhile=partial(load_some, workspace, store_id))
    seconds = (workspace.clock.now() - began_at).total_seconds()
    with reading(workspace.engine) as connection:
        wanted = connection.execute(WINDOW.select().where(WINDOW.c.store_id == store_id, WINDOW.c.asked_by == BACKFILL)).all()
    if report.problems or len(wanted) != len(plan.requests) or any(row.state not in FINISHED for row in wanted):
        message = f"not everything was pulled: {report.problems[:3]}"
        raise RuntimeError(message)
    return seconds, plan.lower_bound_seconds


def _throttled(simulator: Simulator) -> int:
    return sum(count.throttled for count in simulator.amazon.calls.values())


def main(folder: str, longest: str, *names: str) -> None:
    """Pull some sellers side by side in this process, and print each one's seconds and bound as JSON."""
    clock = ScaledClock.parse(os.environ["SELLERWATCH_CLOCK"])
    workspace = _open(Path(folder), dict(os.environ), "none", clock)

    def pull(name: str) -> tuple[float, float]:
        days = int(longest) - int(name[-2:]) % 2
        return _pull(workspace, name, days, "one_report_a_day")

    sys.stdout.write(json.dumps([*side_by_side(pull, names).values()]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
