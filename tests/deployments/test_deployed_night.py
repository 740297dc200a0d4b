"""The whole way of production: server, work pool, `prefect deploy --all`, and a worker that runs a night."""

import pytest
import yaml

from sellerwatch.core.clock import ScaledClock
from sellerwatch.simulator.server import Simulator
from tests.conftest import NIGHT_STARTS, ROOT
from tests.deployed import QUEUES, ask, prefect, serving, until, working

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)]

FILE = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text(encoding="utf-8"))
SPEED = 60.0


@pytest.fixture
def simulator(demo_world):
    """Slower than elsewhere: the day must not be over before server, pool and worker are ready."""
    with Simulator(demo_world, ScaledClock.starting(NIGHT_STARTS["cascade"], SPEED)) as running:
        yield running


@pytest.fixture
def server(environment, tmp_path):
    with serving(environment, tmp_path / "prefect") as running:
        yield running


def test_a_worker_runs_the_deployed_night_to_its_end(server, simulator, tmp_path):
    prefect(server, "work-pool", "create", "sellerwatch", "--type", "process")
    prefect(server, "work-queue", "create", "nightly", "--pool", "sellerwatch", "--priority", QUEUES["nightly"])
    for _ in range(2):  # deploying again changes nothing
        prefect(server, "deploy", "--all", "--prefect-file", "deployments/prefect.yaml")
    deployed = {item["name"]: item["id"] for item in ask(server, "deployments/filter")}
    assert sorted(deployed) == sorted(item["name"] for item in FILE["deployments"])

    ordered = ask(
        server,
        f"deployments/{deployed['nightly-cascade']}/create_flow_run",
        parameters={"store": "cascade", "as_of": "2026-11-17"},
    )
    with working(server, tmp_path / "worker.log"):
        run = until(server, ordered["id"])

    assert (run["name"], run["state_type"]) == ("nightly-cascade-2026-11-17", "COMPLETED"), (
        tmp_path / "worker.log"
    ).read_text()
    # Four red alerts, and the digest of the others, whose rows go on in its thread.
    simulator.slack.journal.assert_only(posts=5, replies=1)
    assert simulator.amazon.unexpected == []
