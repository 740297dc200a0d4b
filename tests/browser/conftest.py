"""A browser, and Prefect's own pages in it."""

import os
import shutil

import pytest

from sellerwatch.core.clock import ScaledClock
from sellerwatch.simulator.server import Simulator
from tests.conftest import NIGHT_STARTS
from tests.deployed import serving, with_history

SPEED = 60.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
def simulator(demo_world):
    """Slower than elsewhere: the day must not be over before server, pool and worker are ready."""
    with Simulator(demo_world, ScaledClock.starting(NIGHT_STARTS["cascade"], SPEED)) as running:
        yield running


@pytest.fixture
def environment(environment, tmp_path):
    return with_history(environment, tmp_path / "with-history")


@pytest.fixture
def server(environment, tmp_path):
    with serving(environment, tmp_path / "prefect") as running:
        yield running


@pytest.fixture
def page():
    """A page of the installed Chromium, whose calendar shows the month of the demo's story whenever the test runs."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no Chromium is installed; Debian's package is called chromium")
    with playwright.sync_playwright() as started:
        # Root may only start it without its sandbox, and it shows nothing here but our own server's pages.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = started.chromium.launch(executable_path=program, args=[*sandbox, "--no-proxy-server"])
        try:
            opened = browser.new_page(viewport={"width": 1280, "height": 1400})
            opened.set_default_timeout(20_000)
            # Prefect's page asks a host for analytics; nothing here leaves this machine.
            opened.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())
            opened.clock.set_fixed_time(NIGHT_STARTS["cascade"])
            yield opened
        finally:
            browser.close()
