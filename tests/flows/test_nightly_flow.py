"""The nightly flow in Prefect's engine, against the simulator: what a good night, a bad one and a bad moment come to."""

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from sqlalchemy import select

from flows.nightly import nightly
from sellerwatch.cli.simulation import ALERT_CHANNEL, OPS_CHANNEL
from sellerwatch.core.errors import PermanentError, RetryableError
from sellerwatch.simulator.amazon.faults import parse_faults
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.ledger import DOCUMENT
from tasks import load as loading
from tests.conftest import NIGHT

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"


@pytest.fixture
def night(environment, monkeypatch):
    """Runs the flow as a worker does: everything it knows is in the environment."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return lambda: nightly("cascade", NIGHT, return_state=True)


def order_faults(simulator, *faults):
    sellers = [seller.seller_id for seller in simulator.world.sellers]
    simulator.amazon.faults.waiting.extend(parse_faults(list(faults), seller_ids=sellers))


def titles_in(simulator, channel):
    return [message.text for message in simulator.slack.channels[channel].messages.values()]


def artifact(key):
    with get_client(sync_client=True) as client:
        return client.request("GET", "/artifacts/{key}/latest", path_params={"key": key}).json()


def run_name(state):
    with get_client(sync_client=True) as client:
        return client.read_flow_run(state.state_details.flow_run_id).name


def loaded_reports(workspace):
    with reading(workspace.engine) as connection:
        found = connection.execute(select(DOCUMENT.c.window_id).where(DOCUMENT.c.state == "loaded"))
        return sorted({window.split("/")[2] for window in found.scalars()})


def test_a_good_night_completes_and_shows_its_numbers(night, simulator):
    state = night()

    assert state.is_completed(), state.message
    assert run_name(state) == "nightly-cascade-2026-11-17"
    assert artifact("night-cascade")["data"].startswith("# cascade 2026-11-17: complete\n\n- 7 documents, ")
    simulator.slack.journal.assert_only(posts=5, replies=1)
    assert simulator.amazon.unexpected == []


def test_a_report_that_fails_fails_the_night_after_everything_else_was_done(night, simulator, workspace):
    order_faults(simulator, {"fault": "fatal", "report_type": TRAFFIC, "text": "No such day.", "times": None})

    state = night()

    assert state.is_failed()
    assert "pull: Amazon could not make the report: No such day [cascade/US/sales_traffic/2026-11-14" in state.message
    assert loaded_reports(workspace) == ["all_orders", "fba_inventory", "inventory_planning"]
    assert len(titles_in(simulator, ALERT_CHANNEL)) == 6
    assert any("problem" in title for title in titles_in(simulator, OPS_CHANNEL))
    assert "**problem** pull: Amazon could not make the report" in artifact("night-cascade")["data"]
    assert simulator.slack.journal.unexpected() == []


def test_refused_credentials_fail_the_night_in_words_and_reach_operations(night, simulator):
    order_faults(simulator, {"fault": "wrong_secret"})

    state = night()

    assert state.is_failed()
    assert "invalid_client" in state.message
    assert "store cascade" in state.message
    assert titles_in(simulator, ALERT_CHANNEL) == []
    assert titles_in(simulator, OPS_CHANNEL) != []
    assert simulator.slack.journal.unexpected() == []


@pytest.mark.parametrize(("error", "calls"), [(RetryableError, 3), (PermanentError, 1)])
def test_only_what_may_pass_is_tried_again(environment, monkeypatch, error, calls):
    seen = []

    def fail(_workspace, *arguments):
        seen.append(arguments)
        raise error("the warehouse is busy")

    monkeypatch.setattr(loading, "load_night", fail)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    @flow
    def only_load():
        loading.load.with_options(retry_delay_seconds=0)("cascade", NIGHT)

    state = only_load(return_state=True)

    assert state.is_failed()
    assert seen == [("cascade", NIGHT)] * calls
