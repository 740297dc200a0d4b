"""Public clients that sellerwatch does not use pull reports from the simulator: the JavaScript amazon-sp-api, and Amazon's own SDK.

They are no dependencies: whoever wants to see it installs them into a folder of their own, as docs/simulator.md says.
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

pytestmark = pytest.mark.slow

FOLDER_VARIABLE = "SELLERWATCH_OTHER_CLIENT"
SCRIPTS = Path(__file__).parent / "other_client"
SPEED = 30.0
"""A report is ready after two real seconds, a link lives ten, and an order can be cancelled for two thirds of one."""

SELLER = "A1SIMWIDE00001"


def run(script, package):
    """Return what the client saw, and what the simulator saw of the client."""
    folder, node = os.environ.get(FOLDER_VARIABLE), shutil.which("node")
    if folder is None or not (Path(folder) / "node_modules" / package).is_dir():
        pytest.skip(f"{FOLDER_VARIABLE} names no folder with {package} in its node_modules")
    if node is None:
        pytest.skip("there is no node to run the JavaScript client")
    clock = ScaledClock.starting(datetime(2026, 11, 20, 8, tzinfo=UTC), SPEED)
    with Simulator(build_world("wide"), clock) as simulator:
        variables = environment_for(simulator) | {FOLDER_VARIABLE: folder}
        ran = subprocess.run(
            [node, str(SCRIPTS / script)], env=variables, capture_output=True, text=True, timeout=60, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout), simulator.amazon


@pytest.fixture(scope="module")
def seen():
    return run("pull_with_amazon_sp_api.cjs", "amazon-sp-api")


def test_it_logs_in_asks_waits_downloads_and_unzips(seen):
    result, amazon = seen

    for kind, told in {"traffic": {"days": 1, "products": 300}, "listings": {"rows": 300, "first": "WIDE01-000"}}.items():
        assert result[kind] == {"seen": result[kind]["seen"], "compressed": "GZIP", **told}
        assert result[kind]["seen"] in (["IN_QUEUE", "IN_PROGRESS", "DONE"], ["IN_PROGRESS", "DONE"], ["DONE"])
    assert result["query"] == {"lines": 3}
    assert amazon.unexpected == []


def test_it_recognises_a_429_and_waits_it_out(seen):
    result, amazon = seen

    assert result["throttled"]["refusal"] == {
        "code": "QuotaExceeded",
        "message": "You exceeded your quota for the requested resource.",
    }
    assert result["throttled"]["after"] >= 13, "the burst is 15, and two were used before"
    assert amazon.calls[SELLER, "createReport"].throttled >= 2
    assert result["cancelled"] == {"status": 200, "ended": "CANCELLED"}


def test_it_walks_the_pages_of_a_list_and_reads_refusals(seen):
    result, _ = seen

    assert sum(result["pages"]) == result["throttled"]["after"] + 1
    assert set(result["pages"][:-1]) == {2}
    assert result["refusals"] == {"unknown_type": "InvalidInput", "unknown_report": "NotFound"}


def test_amazons_own_sdk_reads_every_answer_by_its_models():
    result, amazon = run("pull_with_amazons_sdk.mjs", "@amazon-sp-api-release/amazon-sp-api-sdk-js")

    report = {"type": "GET_MERCHANT_LISTINGS_ALL_DATA", "status": "DONE", "compressionAlgorithm": "GZIP", "lines": 301}
    assert result["report"] == report
    assert result["query"] == {"status": "DONE", "lines": 3}
    assert (result["throttled"]["status"], result["throttled"]["code"]) == (429, "QuotaExceeded")
    assert sum(result["pages"]) == result["throttled"]["made"] >= 14, "the burst is 15, and one was used before"
    assert set(result["pages"][:-1]) == {6}
    assert amazon.unexpected == []
