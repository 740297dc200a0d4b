"""Production in small: a Prefect server, its work pool and queues, everything deployed, and a worker that takes runs."""

import subprocess
import sys
import time
from contextlib import contextmanager

import httpx

from sellerwatch.cli import lifeline
from sellerwatch.cli.demo_prefect import PrefectServer
from tests.conftest import FEW, ROOT, small_config

PATIENCE_SECONDS = 120.0
QUEUES = {"nightly": "1", "backfill": "2"}
ENDS = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def with_history(environment, folder):
    """Return the environment with a feed more than elsewhere: the one that the history of orders comes from."""
    return environment | {"SELLERWATCH_CONFIG": str(small_config(folder, (*FEW, "orders_by_date")))}


@contextmanager
def serving(environment, folder):
    """A Prefect server, and in its environment what a worker needs."""
    folder.mkdir()
    inherited = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PREFECT_WORKER_QUERY_SECONDS": "1"}
    with PrefectServer(folder=folder, root=ROOT, environment=inherited | environment) as running:
        running.wait_until_up()
        yield running


def prefect(server, *arguments):
    """Run a command of Prefect's from the repository root, as the head of prefect.yaml says."""
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


def deploy(server, name):
    """Make pool and queues, and deploy one deployment of prefect.yaml; return its id."""
    prefect(server, "work-pool", "create", "sellerwatch", "--type", "process")
    for queue, priority in QUEUES.items():
        prefect(server, "work-queue", "create", queue, "--pool", "sellerwatch", "--priority", priority)
    prefect(server, "deploy", "--name", name, "--prefect-file", "deployments/prefect.yaml")
    (found,) = ask(server, "deployments/filter", deployments={"name": {"any_": [name]}})
    return found["id"]


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
    """Ask again while the server says 503, as Prefect's own clients do: its database is busy for a moment."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = httpx.post(f"{server.ui_url}/api/{path}", json=payload, trust_env=False)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > give_up_at:
            return answer.raise_for_status().json()
        time.sleep(0.2)


def until(server, run_id, states=frozenset(ENDS)):
    """Return the run once it is in one of these states, or as it was when patience ended."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        (run,) = ask(server, "flow_runs/filter", flow_runs={"id": {"any_": [run_id]}})
        if run["state_type"] in states:
            break
        time.sleep(0.2)
    return run


def eventually(condition):
    """Wait until the condition holds."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, "patience has ended"
        time.sleep(0.2)
