"""A public client that sellerwatch does not use pulls reports from the simulator: amazon-sp-api, the JavaScript one.

It is no dependency: whoever wants to see it installs it into a folder of their own, as docs/simulator.md says.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.clock import ScaledClock
from sellerwatch.simulator.server import Simulator
from sellerwatch.simulator.world.catalogue import build_world

FOLDER_VARIABLE = "SELLERWATCH_OTHER_CLIENT"
SCRIPT = Path(__file__).parent / "other_client" / "pull_reports.cjs"
SPEED = 60.0
"""A report is ready after one real second, a link lives five, and an order can be cancelled for a third of one."""


@pytest.fixture(scope="module")
def folder() -> Path:
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        pytest.skip(f"{FOLDER_VARIABLE} names no folder with amazon-sp-api in its node_modules")
    if shutil.which("node") is None:
        pytest.skip("there is no node to run the JavaScript client")
    return Path(folder)


@pytest.fixture(scope="module")
def seen(folder):
    """What the client saw, and what the simulator saw of the client."""
    clock = ScaledClock.starting(datetime(2026, 11, 20, 8, tzinfo=UTC), SPEED)
    with Simulator(build_world("wide"), clock) as simulator:
        variables = environment_for(simulator) | {FOLDER_VARIABLE: str(folder), "PATH": os.environ["PATH"]}
        ran = subprocess.run(["node", str(SCRIPT)], env=variables, capture_output=True, text=True, timeout=60, check=False)  # noqa: S607
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout), simulator.amazon


@pytest.mark.slow
def test_it_logs_in_asks_waits_downloads_and_unzips(seen):
    result, amazon = seen

    assert result["traffic"] == {
        "seen": ["IN_QUEUE", "IN_PROGRESS", "DONE"],
        "compressed": "GZIP",
        "days": 1,
        "products": 300,
    }
    assert result["listings"] | {"seen": []} == {"seen": [], "compressed": "GZIP", "rows": 300, "first": "WIDE01-000"}
    assert result["query"] == {"lines": 3}
    assert amazon.unexpected == []


@pytest.mark.slow
def test_it_recognises_a_429_and_waits_it_out(seen):
    result, amazon = seen

    assert result["throttled"]["refusal"] == {
        "code": "QuotaExceeded",
        "message": "You exceeded your quota for the requested resource.",
    }
    assert result["throttled"]["after"] >= 13
    assert amazon.calls["A1SIMWIDE00001", "createReport"].throttled >= 2
    assert result["cancelled"] == {"status": 200, "ended": "CANCELLED"}


@pytest.mark.slow
def test_it_walks_the_pages_of_a_list_and_reads_refusals(seen):
    result, _ = seen

    assert sum(result["pages"]) == result["throttled"]["after"] + 1
    assert set(result["pages"][:-1]) == {2}
    assert result["refusals"] == {"unknown_type": "InvalidInput", "unknown_report": "NotFound"}
