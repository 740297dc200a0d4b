"""A deployed backfill that is cancelled in the middle and resumed: in Prefect's own words, Cancel and Retry."""

from collections import Counter

import httpx
import pytest

from sellerwatch.core.clock import ScaledClock
from sellerwatch.simulator.server import Simulator
from sellerwatch.warehouse.backfills.ledger import read
from tests.conftest import NIGHT_STARTS
from tests.deployed import ask, deploy, eventually, serving, until, with_history, working

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)]

SPEED = 3.0
"""A report then takes twenty seconds: long enough to be cancelled while Amazon makes it."""

FORM = {
    "stores": ["cascade"],
    "feeds": ["sales_traffic"],
    "first_day": "2026-11-10",
    "last_day": "2026-11-11",
    "mode": "gaps",
    "reason": "two days are missing",
    "asked_by": "Ada",
}


@pytest.fixture
def simulator(demo_world):
    with Simulator(demo_world, ScaledClock.starting(NIGHT_STARTS["cascade"], SPEED)) as running:
        yield running


@pytest.fixture
def environment(environment, tmp_path):
    return with_history(environment, tmp_path / "with-history")


@pytest.fixture
def server(environment, tmp_path):
    with serving(environment, tmp_path / "prefect") as running:
        yield running


def set_state(server, run_id, kind, name):
    payload = {"state": {"type": kind, "name": name}, "force": kind == "CANCELLING"}
    answer = httpx.post(f"{server.ui_url}/api/flow_runs/{run_id}/set_state", json=payload, trust_env=False)
    assert answer.raise_for_status().json()["status"] == "ACCEPT", answer.text


def test_a_cancelled_backfill_is_resumed_by_retry_and_asks_for_nothing_twice(server, workspace, simulator, tmp_path):
    log = tmp_path / "worker.log"
    deployment_id = deploy(server, "backfill")
    with working(server, log):
        # The names alone do as well as the form's own choices, which the API insists on unless it is told not to.
        payload = {"parameters": {"history": FORM}, "enforce_parameter_schema": False}
        run_id = ask(server, f"deployments/{deployment_id}/create_flow_run", **payload)["id"]
        eventually(lambda: len(asked(simulator)) == 2)
        set_state(server, run_id, "CANCELLING", "Cancelling")
        cancelled = until(server, run_id)
        eventually(lambda: read(workspace, run_id).state == "cancelled")

        set_state(server, run_id, "SCHEDULED", "AwaitingRetry")
        ended = until(server, run_id, {"COMPLETED", "FAILED", "CRASHED"})

    assert cancelled["state_type"] == "CANCELLED", log.read_text()
    assert ended["state_type"] == "COMPLETED", log.read_text()
    done = read(workspace, run_id)
    assert (done.state, done.counts.windows_finished, done.order.asked_by) == ("complete", 2, "Ada")
    assert set(asked(simulator).values()) == {1}
    assert simulator.amazon.unexpected == []


def asked(simulator):
    """Return how often Amazon was asked for each day."""
    return Counter(report.order.data_start for report in simulator.amazon.reports.values())
