"""`sellerwatch simulate`, and what only a process of its own can show: signals, pipes, `python -m`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import httpx
import pytest

from sellerwatch.cli import simulate as simulate_command
from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock, SystemClock
from sellerwatch.simulator.control import SimulatedTime

SECONDS = 30


@pytest.fixture
def start(outside):
    """Start the command in a process of its own; what is left of it at the end is killed."""
    started = []

    def run(*arguments, module="sellerwatch", **environment):
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=dict(os.environ) | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("module", ["sellerwatch", "sellerwatch.cli.main"])
def test_the_package_runs_as_a_module(start, module):
    process = start("verify", module=module)

    out, err = process.communicate(timeout=SECONDS)

    assert (process.returncode, out) == (2, "")
    assert err.startswith("Error: there is no configuration folder")


def test_simulate_serves_until_ctrl_c_and_its_json_can_be_read_from_a_pipe_meanwhile(start):
    process = start("simulate", "--port", "0", "--json", "--speed", "60", "--start", "2026-11-17T05:30:00-08:00")

    text = ""
    while not text.endswith("}\n"):
        text += process.stdout.readline()
    variables = json.loads(text)
    answer = httpx.get(f"{variables['SELLERWATCH_SP_API_URL']}/_sim/clock", trust_env=False).json()
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=SECONDS)

    assert answer["clock"] == variables[CLOCK_VARIABLE]
    assert (process.returncode, rest, err) == (0, "", "")


def test_simulate_on_a_port_in_use_is_one_line(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        process = start("simulate", "--port", str(taken.getsockname()[1]))
        out, err = process.communicate(timeout=SECONDS)

    assert (process.returncode, out) == (2, "")
    assert err.startswith("Error: cannot listen on port")
    assert err.count("\n") == 1


def test_a_terminal_that_lacks_a_character_gets_a_mark_instead_of_a_traceback(start, outside):
    (outside / "断货").write_text("")

    process = start("verify", SELLERWATCH_CONFIG="断货", PYTHONIOENCODING="ascii")
    _, err = process.communicate(timeout=SECONDS)

    assert process.returncode == 2
    assert err.startswith("Error: there is no configuration folder [??]")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--start", "noon"), "not an instant: 'noon' [--start]"),
        (("--start", "2026-11-17T05:30:00"), "has no offset"),
        (("--speed", "inf"), "is not a clock"),
        (("--world", "mars"), "'mars'"),
        (("--sales-and-traffic-quota", "hourly"), "once_in_15_minutes_per_application"),
        (("--sellers", "2"), "the world 'demo' has its own sellers"),
        (("--world", "wide", "--sellers", "21"), "1 to 20"),
        (("--port", "70000"), "port 70000 does not exist"),
    ],
)
def test_what_cannot_be_simulated_is_one_line(sellerwatch, arguments, said):
    ran = sellerwatch("simulate", "--port", "0", *arguments)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("start", "speed", "kind"),
    [("", 1.0, SystemClock), ("", 2.0, ScaledClock), ("2026-11-17T05:30:00-08:00", 1.0, ScaledClock)],
)
def test_time_is_the_computers_own_unless_asked_otherwise(start, speed, kind):
    clock = simulate_command._clock(start, speed)

    assert isinstance(clock, kind)
    if start:
        assert clock.simulated == datetime(2026, 11, 17, 13, 30, tzinfo=UTC)


def test_the_announcement_can_be_pasted_into_a_shell(sellerwatch, monkeypatch):
    monkeypatch.setattr(simulate_command, "serve", lambda simulator, *, on_ready: _ready(simulator, on_ready))

    ran = sellerwatch("simulate", "--port", "0")

    exports = [line for line in ran.out.splitlines() if line.startswith("export ")]
    assert any(line.startswith("export CASCADE_LWA_APP_ID='") for line in exports)
    assert not any(CLOCK_VARIABLE in line for line in exports)


def test_the_wide_world_has_as_many_sellers_and_the_quota_that_were_chosen(sellerwatch, monkeypatch):
    shown = {}

    def ready(simulator, *, on_ready):
        shown.update(settings=simulator.settings, sellers=len(simulator.world.sellers))
        _ready(simulator, on_ready)

    monkeypatch.setattr(simulate_command, "serve", ready)
    quota = "once_in_15_minutes_per_account"

    ran = sellerwatch("simulate", "--port", "0", "--world", "wide", "--sellers", "3", "--sales-and-traffic-quota", quota)

    assert (shown["settings"].sales_and_traffic_quota, shown["sellers"]) == (quota, 3)
    assert "export WIDE03_REFRESH_TOKEN='Atzr|sim-wide03-refresh-token'" in ran.out


def test_the_environment_opens_the_ads_api_of_each_seller_and_of_nobody_without_it(demo_world):
    cascade, alpine = demo_world.sellers
    world = SimpleNamespace(sellers=(replace(cascade, ads=None), alpine))
    simulator = SimpleNamespace(base_url="http://127.0.0.1:1", world=world, time=SimulatedTime(SystemClock()))

    variables = environment_for(simulator)

    assert variables["SELLERWATCH_ADS_URL"] == "http://127.0.0.1:1"
    assert {name: value for name, value in variables.items() if "_ADS_" in name and name != "SELLERWATCH_ADS_URL"} == {
        "ALPINE_ADS_CLIENT_ID": alpine.ads.client_id,
        "ALPINE_ADS_CLIENT_SECRET": alpine.ads.client_secret,
        "ALPINE_ADS_REFRESH_TOKEN": alpine.ads.refresh_token,
        "ALPINE_ADS_PROFILE_DE": "3100000000002",
        "ALPINE_ADS_PROFILE_UK": "3100000000003",
    }


def _ready(simulator, on_ready):
    with simulator:
        on_ready(simulator)
