"""The whole way of production: server, work pool, `prefect deploy --all`, and a worker that runs a night."""

import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
import yaml

from sellerwatch.cli import lifeline
from sellerwatch.cli.demo_prefect import PrefectServer
from sellerwatch.core.clock import ScaledClock
from sellerwatch.simulator.server import Simulator
from tests.conftest import NIGHT_STARTS, ROOT

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.timeout(300)]

FILE = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text(encoding="utf-8"))
PATIENCE_SECONDS = 120.0
SPEED = 60.0
ENDS = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@pytest.fixture
def simulator(demo_world):
    """Slower than elsewhere: the day must not be over before server, pool and worker are ready."""
    with Simulator(demo_world, ScaledClock.starting(NIGHT_STARTS["cascade"], SPEED)) as running:
        yield running


@pytest.fixture
def server(environment, tmp_path):
    folder = tmp_path / "prefect"
    folder.mkdir()
    inherited = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PREFECT_WORKER_QUERY_SECONDS": "1"}
    with PrefectServer(folder=folder, root=ROOT, environment=inherited | environment) as running:
        yield running


@pytest.fixture
def prefect(server):
    """Runs a command of Prefect's from the repository root, as the head of prefect.yaml says."""

    def command(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
            cwd=ROOT,
            env=server.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return command


@contextmanager
def working(server, log_path):
    """A worker that takes what the pool offers, with everything it needs in its environment."""
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "sellerwatch", "--type", "process"]
    with log_path.open("wb") as log:
        process = lifeline.start(command, folder=ROOT, environment=server.environment, log=log)
        try:
            yield
        finally:
            lifeline.stop(process)


def ask(server, path, **payload):
    answer = httpx.post(f"{server.ui_url}/api/{path}", json=payload, trust_env=False)
    return answer.raise_for_status().json()


def wait_for_end(server, run_id):
    """Return the run's name and the state it ended in, or was in when patience did."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        (run,) = ask(server, "flow_runs/filter", flow_runs={"id": {"any_": [run_id]}})
        if run["state_type"] in ENDS:
            break
        time.sleep(0.1)
    return run["name"], run["state_type"]


def test_a_worker_runs_the_deployed_night_to_its_end(server, prefect, simulator, tmp_path):
    prefect("work-pool", "create", "sellerwatch", "--type", "process")
    prefect("work-queue", "create", "nightly", "--pool", "sellerwatch", "--priority", "1")
    for _ in range(2):  # deploying again changes nothing
        prefect("deploy", "--all", "--prefect-file", "deployments/prefect.yaml")
    deployed = {item["name"]: item["id"] for item in ask(server, "deployments/filter")}
    assert sorted(deployed) == sorted(item["name"] for item in FILE["deployments"])

    ordered = ask(
        server,
        f"deployments/{deployed['nightly-cascade']}/create_flow_run",
        parameters={"store": "cascade", "as_of": "2026-11-17"},
    )
    with working(server, tmp_path / "worker.log"):
        ended = wait_for_end(server, ordered["id"])

    assert ended == ("nightly-cascade-2026-11-17", "COMPLETED"), (tmp_path / "worker.log").read_text()
    simulator.slack.journal.assert_only(posts=5)
    assert simulator.amazon.unexpected == []
