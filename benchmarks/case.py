"""One thing to measure, in a process of its own: `python -m benchmarks.case NAME ARGUMENT...` prints what it took as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import history, judging, metrics, planner, pulling, reference, storm
from benchmarks.orders import write_orders
from benchmarks.product import lay_down, let_reference_write, load, workspace_at

SMALL_ROWS = 12


def ours(url: str, folder: str) -> Callable[[], None]:
    """Load the documents that wait in the folder."""
    workspace = workspace_at(url, Path(folder))
    return lambda: load(workspace)


def put(url: str, folder: str, file: str, number: str) -> Callable[[], None]:
    """Receive a document, so that it waits."""
    workspace = workspace_at(url, Path(folder))
    return lambda: lay_down(workspace, Path(file).read_bytes(), number=int(number))


def put_small(url: str, folder: str, documents: str) -> Callable[[], None]:
    """Receive many documents of a few kilobytes."""
    workspace = workspace_at(url, Path(folder))

    def put_all() -> None:
        for number in range(int(documents)):
            file = write_orders(Path(folder) / "small.tsv.gz", SMALL_ROWS, is_later=False, series=number)
            lay_down(workspace, file.read_bytes(), number=number)

    return put_all


def prepare(url: str, folder: str) -> Callable[[], None]:
    """Make an empty warehouse that the reference pipelines can write to."""
    return lambda: let_reference_write(workspace_at(url, Path(folder)))


def best_sqlite(url: str, file: str) -> Callable[[], None]:
    """Run the best pipeline for SQLite."""
    return lambda: reference.best_sqlite(Path(url.removeprefix("sqlite:///")), Path(file))


def best_postgresql(url: str, file: str) -> Callable[[], None]:
    """Run the best pipeline for PostgreSQL."""
    return lambda: reference.best_postgres(url, Path(file))


def pandas(url: str, file: str) -> Callable[[], None]:
    """Run a user's plain pandas."""
    return lambda: reference.plain_pandas(url, Path(file))


CASES: dict[str, Callable[..., Callable[[], Mapping[str, float] | None]]] = {
    "ours": ours,
    "put": put,
    "put_small": put_small,
    "prepare": prepare,
    "best_sqlite": best_sqlite,
    "best_postgresql": best_postgresql,
    "pandas": pandas,
    "plan": planner.plan,
    "metrics_lay_down": metrics.lay_down,
    "metrics_night": metrics.night,
    "metrics_roll": metrics.roll,
    "history_lay_down": history.lay_down,
    "history_measure": history.measure,
    "history_pandas": history.pandas,
    "history": pulling.history,
    "sellers": pulling.sellers,
    "judge": judging.judge,
    "storm": storm.storm,
}
"""By name: what makes ready, and gives back what is measured."""


def main(name: str, *arguments: str) -> None:
    """Make a case ready, run it, and print what it tells, seconds of wall clock, seconds of processor and the peak of memory."""
    run = CASES[name](*arguments)
    wall, processor = time.perf_counter(), time.process_time()
    told = run() or {}
    taken = {**told, "wall": time.perf_counter() - wall, "processor": time.process_time() - processor, "peak_mb": _peak_mb()}
    sys.stdout.write(json.dumps(taken) + "\n")


def _peak_mb() -> float:
    """Return the most memory that the process has had so far, as Linux counts it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
