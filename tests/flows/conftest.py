"""Prefect's own test harness: a server with an empty database on a free loopback port, for as long as the session lasts."""

import pytest
from prefect.settings import PREFECT_HOME, PREFECT_SERVER_ANALYTICS_ENABLED, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from sellerwatch.core.clock import ScaledClock
from sellerwatch.simulator.server import Simulator
from tests.conftest import NIGHT_STARTS

SPEED = 60.0


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory):
    """Runs that need Prefect's engine ask for this; nothing of theirs reaches the person's own Prefect."""
    ours = {PREFECT_HOME: tmp_path_factory.mktemp("prefect"), PREFECT_SERVER_ANALYTICS_ENABLED: False}
    with temporary_settings(updates=ours), prefect_test_harness(server_startup_timeout=90):
        yield


@pytest.fixture
def simulator(demo_world):
    """Slower than elsewhere: Prefect's own work must not make Amazon's deadlines pass."""
    with Simulator(demo_world, ScaledClock.starting(NIGHT_STARTS["cascade"], SPEED)) as running:
        yield running
