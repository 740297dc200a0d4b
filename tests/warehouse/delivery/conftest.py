"""A simulated Slack for the session, and for each test an empty workspace with an empty outbox on each database in turn."""

import pytest

from sellerwatch.simulator.server import Simulator
from tests.warehouse.delivery.slack_on_the_wire import NobodySells, SettlingClock, Wire


@pytest.fixture(scope="session")
def slack_server():
    with Simulator(NobodySells(), SettlingClock()) as running:
        yield running


@pytest.fixture
def wire(slack_server, warehouse):
    return Wire(slack_server, warehouse)
