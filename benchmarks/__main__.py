"""The benchmark: `python -m benchmarks [--quick]` prints one JSON line a figure; README.md says how to read them."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import history, judging, metrics, planner, postgres, pulling, storm
from benchmarks.figures import Figure, at_most, below, times_faster
from benchmarks.orders import write_orders

SLOWER_THAN_BEST, FASTER_THAN_PANDAS = 1.25, 3.0
PEAK_MB, GROWTH = 400.0, 1.1
FIVE_TIMES = 5
_ROOT = Path(__file__).resolve().parents[1]

Taken = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    rows: int
    repetitions: Mapping[str, int]
    nights: int
    days: int
    pace: float
    documents: int
    facts: metrics.Size
    skus: int
    messages: int


FULL = Sizes(
    1_000_000, {"sqlite": 3, "postgresql": 2}, 730, 365, 5.0, 300, metrics.Size(20_000, 365, 2_000, 500), 100_000, 1_200
)
QUICK = Sizes(20_000, {"sqlite": 1, "postgresql": 1}, 8, 8, 30.0, 30, metrics.Size(200, 40, 100, 50), 10_000, 60)


@dataclass(frozen=True, slots=True)
class Bench:
    """One run of the benchmark, in a folder of its own."""

    folder: Path
    sizes: Sizes
    files: tuple[Path, Path]
    server: str | None
    taken: dict[str, list[Taken]] = field(default_factory=dict)

    def place(self, database: str, name: str) -> tuple[str, Path]:
        """Return the URL and the raw store's folder of a new, empty warehouse."""
        folder = self.folder / f"{database}_{name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if database == "sqlite":
            return f"sqlite:///{folder / 'warehouse.sqlite'}", folder
        return postgres.create(str(self.server), folder.name), folder

    def copy(self, database: str, name: str) -> tuple[str, Path]:
        """Return the URL and the folder of a copy of a warehouse."""
        source, folder = self.folder / f"{database}_{name}", self.folder / f"{database}_{name}_copy"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)
        os.sync()  # what the copy left to write is not the measured one's to wait for
        if database == "sqlite":
            return f"sqlite:///{folder / 'warehouse.sqlite'}", folder
        return postgres.create(str(self.server), folder.name, source.name), folder

    def measure(self, figure: str, case: str, *arguments: object) -> None:
        """Run a case and note what it took under the figure's name."""
        self.taken.setdefault(figure, []).append(run(case, *arguments))

    def median(self, figure: str, what: str = "wall") -> float:
        """Return the median of what the figure's repetitions took."""
        return statistics.median(taken[what] for taken in self.taken[figure])


def run(case: str, *arguments: object) -> Taken:
    """Run a case in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.case", case, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=_ROOT, env={**os.environ, "PYTHONPATH": str(_ROOT)})
    taken: Taken = json.loads(done.stdout)
    return taken


def measure_all(bench: Bench) -> Iterator[Figure]:
    """Yield every figure as soon as it is known."""
    databases = ("sqlite", "postgresql") if bench.server else ("sqlite",)
    for database in databases:
        _prepare(bench, database)
        for _ in range(bench.sizes.repetitions[database]):
            _repeat(bench, database)
        _measure_once(bench, database)
        yield from _speed(bench, database)
    for database in databases:
        yield _small_documents(bench, database)
    yield from _memory(bench)
    yield from planner.figures(run, bench.folder, bench.sizes.nights)
    yield from metrics.figures(run, bench.folder, bench.sizes.facts)
    yield from history.figures(run, bench.folder, bench.sizes.facts.history_products, bench.sizes.facts.days)
    yield from pulling.figures(run, bench.folder, bench.sizes.days, bench.sizes.pace)
    yield from judging.figures(run, bench.folder, bench.sizes.skus)
    yield from storm.figures(run, bench.folder, bench.sizes.messages)


def _prepare(bench: Bench, database: str) -> None:
    """Make the warehouses that hold the previous version of the file."""
    earlier, later = bench.files
    url, folder = bench.place(database, "ours")
    run("put", url, folder, earlier, 0)
    run("ours", url, folder)
    run("put", url, folder, later, 1)
    url, folder = bench.place(database, "best")
    run("prepare", url, folder)
    run(f"best_{database}", url, earlier)


def _repeat(bench: Bench, database: str) -> None:
    """Measure each side once, one after the other, so that a busy moment of the machine meets both."""
    _, later = bench.files
    bench.measure(f"{database} best changed", f"best_{database}", bench.copy(database, "best")[0], later)
    bench.measure(f"{database} ours changed", "ours", *bench.copy(database, "ours"))


def _measure_once(bench: Bench, database: str) -> None:
    """Measure what has no narrow bound."""
    earlier, later = bench.files
    bench.measure(f"{database} pandas changed", "pandas", bench.copy(database, "best")[0], later)
    url, folder = bench.place(database, "best_empty")
    run("prepare", url, folder)
    bench.measure(f"{database} best empty", f"best_{database}", url, earlier)
    url, folder = bench.place(database, "ours_empty")
    run("put", url, folder, earlier, 0)
    bench.measure(f"{database} ours empty", "ours", url, folder)


def _speed(bench: Bench, database: str) -> Iterator[Figure]:
    for situation in ("changed", "empty"):
        ours, best = f"{database} ours {situation}", f"{database} best {situation}"
        name = f"{database}: load, {'a tenth of the rows changed' if situation == 'changed' else 'empty table'}"
        yield Figure(f"{name}: best pipeline", bench.median(best), "s")
        if situation == "changed":
            yield at_most(f"{name}: ours", bench.median(ours), "s", of=bench.median(best), bound=SLOWER_THAN_BEST)
        else:
            yield Figure(f"{name}: ours", bench.median(ours), "s", bench.median(ours) / bench.median(best))
        processor = (bench.median(ours, "processor"), bench.median(best, "processor"))
        yield Figure(f"{name}: ours, processor time", processor[0], "s", processor[0] / processor[1])
    pandas, seconds = bench.median(f"{database} pandas changed"), bench.median(f"{database} ours changed")
    yield Figure(f"{database}: load, a tenth of the rows changed: plain pandas", pandas, "s")
    yield times_faster(
        f"{database}: load, a tenth of the rows changed: ours against pandas", seconds, than=pandas, bound=FASTER_THAN_PANDAS
    )
    peak = max(taken["peak_mb"] for taken in bench.taken[f"{database} ours changed"])
    yield below(f"{database}: peak memory, a tenth of the rows changed", peak, "MB", bound=PEAK_MB)


def _small_documents(bench: Bench, database: str) -> Figure:
    url, folder = bench.place(database, "small")
    run("put_small", url, folder, bench.sizes.documents)
    taken = run("ours", url, folder)
    return Figure(f"{database}: small documents", bench.sizes.documents / taken["wall"], "documents/s")


def _memory(bench: Bench) -> Iterator[Figure]:
    """Load a file five times as long, and then its later version; both in the embedded warehouse, which stages in the process."""
    rows = FIVE_TIMES * bench.sizes.rows
    url, folder = bench.place("sqlite", "five_times")
    for number in (0, 1):
        file = write_orders(bench.folder / "five_times.tsv.gz", rows, is_later=bool(number))
        run("put", url, folder, file, number)
        bench.measure(f"five times {number}", "ours", url, folder)
    once = {0: "sqlite ours empty", 1: "sqlite ours changed"}
    for number, situation in enumerate(("empty table", "a tenth of the rows changed")):
        peak = bench.median(f"five times {number}", "peak_mb")
        name = f"sqlite: peak memory, five times the rows, {situation}"
        yield at_most(name, peak, "MB", of=bench.median(once[number], "peak_mb"), bound=GROWTH)


def main() -> int:
    """Run the benchmark; return 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows, once: to see that it works, not how fast it is")
    sizes = QUICK if parser.parse_args().quick else FULL
    with tempfile.TemporaryDirectory(prefix="sellerwatch-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the account that PostgreSQL runs under must get to its files
        files = tuple(write_orders(folder / f"{number}.tsv.gz", sizes.rows, is_later=bool(number)) for number in (0, 1))
        figures = [*_told(folder, sizes, (files[0], files[1]))]
    return 0 if all(figure.holds for figure in figures) else 1


def _told(folder: Path, sizes: Sizes, files: tuple[Path, Path]) -> Iterator[Figure]:
    place = postgres.programs()
    if place is None:
        sys.stderr.write("PostgreSQL's server programs are not installed: its figures are left out\n")
        yield from _each_told(Bench(folder, sizes, files, None))
        return
    (folder / "cluster").mkdir()
    with postgres.cluster(folder / "cluster", place) as server:
        yield from _each_told(Bench(folder, sizes, files, server))


def _each_told(bench: Bench) -> Iterator[Figure]:
    for figure in measure_all(bench):
        figure.tell()
        yield figure


if __name__ == "__main__":
    sys.exit(main())
