"""The benchmark runs and tells its figures in the form that `benchmarks/README.md` promises; how fast anything is, is not tested."""

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from benchmarks.figures import at_most, below, times_faster
from benchmarks.orders import HEADERS, write_orders
from benchmarks.storm import storm
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.all_orders import FILE
from sellerwatch.reports.document import DocumentContext
from tests.conftest import ROOT

US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, 12, tzinfo=UTC))
FIELDS = ["name", "value", "unit", "ratio", "bound", "holds"]


def test_a_bound_holds_up_to_and_including_itself():
    assert [at_most("n", value, "s", of=2.0, bound=1.25).holds for value in (2.4, 2.5, 2.6)] == [True, True, False]
    assert [times_faster("n", seconds, than=6.0, bound=3.0).holds for seconds in (1.9, 2.0, 2.1)] == [True, True, False]
    assert [below("n", value, "MB", bound=400.0).holds for value in (399.0, 400.0)] == [True, False]


def test_the_input_is_the_same_every_time_and_a_tenth_of_its_later_version_differs(tmp_path):
    earlier, again, later = (
        gzip.decompress(write_orders(tmp_path / "orders.gz", 20_000, is_later=is_later).read_bytes()).split(b"\n")
        for is_later in (False, False, True)
    )

    assert earlier == again
    assert earlier[0].decode().split("\t") == HEADERS
    assert 1_800 < sum(one != other for one, other in zip(earlier, later, strict=True)) < 2_200
    parsed = FILE.parse(b"\n".join(later), US)
    assert (parsed.row_count, parsed.skipped, parsed.unknown_columns) == (20_000, (), ())


def test_a_storm_loses_and_doubles_nothing_though_calls_fail(tmp_path):
    taken = storm(str(tmp_path), "24")()

    assert taken["wrong"] == 0
    assert taken["simulated"] >= 23


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_figure_is_told_as_one_line():
    run = subprocess.run([sys.executable, "-m", "benchmarks", "--quick"], cwd=ROOT, capture_output=True, text=True, check=False)

    figures = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.stderr in ("", "PostgreSQL's server programs are not installed: its figures are left out\n")
    assert {tuple(figure) for figure in figures} == {tuple(FIELDS)}
    assert len({figure["name"] for figure in figures}) == len(figures) >= 12
    assert run.returncode == (0 if all(figure["holds"] for figure in figures) else 1)
