"""Prefect's own test harness: a server with an empty database on a free loopback port, for as long as the session lasts."""

import pytest
from prefect.settings import PREFECT_HOME, PREFECT_SERVER_ANALYTICS_ENABLED, temporary_settings
from prefect.testing.utilities import prefect_test_harness


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory):
    """Runs that need Prefect's engine ask for this; nothing of theirs reaches the person's own Prefect."""
    ours = {PREFECT_HOME: tmp_path_factory.mktemp("prefect"), PREFECT_SERVER_ANALYTICS_ENABLED: False}
    with temporary_settings(updates=ours), prefect_test_harness(server_startup_timeout=90):
        yield
