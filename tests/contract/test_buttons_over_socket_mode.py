"""Buttons pressed in the simulated Slack, heard by the real slack-sdk client over a real web socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import httpx
import pytest

from sellerwatch.cli.listening import Listener
from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.clock import CLOCK_VARIABLE
from sellerwatch.core.errors import ConfigError
from sellerwatch.delivery.due import deliver_due
from sellerwatch.delivery.socket_mode import try_app_token
from sellerwatch.warehouse.tables.response import RESPONSE_EVENT
from tests.spec.small_world import shipped_settings
from tests.unit.alerts.judged_store import JudgedStore

PATIENCE = 200
"""Times a fiftieth of a second."""


def until(condition):
    pause = threading.Event()
    for _ in range(PATIENCE):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it did not come to that")


@pytest.fixture
def store(simulator, sqlite_warehouse, tmp_path):
    """A store with one orange alert whose message stands in the simulated Slack."""
    names = ("SELLERWATCH_SLACK_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_CHANNEL", "SLACK_OPS_CHANNEL")
    variables = {name: environment_for(simulator)[name] for name in names}
    judged = JudgedStore(sqlite_warehouse, shipped_settings(tmp_path, **variables), store_id="test_store")
    judged.night(0, {"A": 2.8})
    deliver_due(judged.workspace)
    return judged


@contextmanager
def listening(store):
    listener = Listener(store.workspace)
    ready = threading.Event()
    thread = threading.Thread(target=listener.run, args=(ready.set,), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield listener
    finally:
        listener.end()
        thread.join(15)
        assert not thread.is_alive()


@pytest.fixture
def press(simulator):
    """Press a button of the only message; return what the simulated Slack says of it."""

    def pressed(action, **more):
        channel = simulator.slack.channels["C0OPSALERTS"]
        ts = next(message.ts for message in channel.messages.values() if not message.is_reply)
        body = {"channel": channel.channel_id, "ts": ts, "action": action, **more}
        return httpx.post(f"{simulator.base_url}/_sim/slack/press", json=body, timeout=10).json()

    return pressed


def only_root(simulator):
    return next(iter(simulator.slack.channels["C0OPSALERTS"].messages.values()))


def test_scenario_17_a_press_delivered_twice_is_acknowledged_in_time_and_changes_the_message_once(simulator, store, press):
    with listening(store):
        answer = press("acknowledge", times=2)
        until(lambda: "Acknowledged by operations" in str(only_root(simulator).blocks))

    assert answer["acknowledged"] is True
    assert [row.kind for row in store.rows(RESPONSE_EVENT)] == ["opened", "acknowledged"]
    simulator.slack.journal.assert_only(posts=1, updates=1)


def test_a_connection_that_slack_renews_loses_no_press_and_why_is_whispered(simulator, store, press):
    with listening(store) as listener:
        first = simulator.slack.sockets.connections[0]
        httpx.post(f"{simulator.base_url}/_sim/slack/disconnect", json={})
        until(lambda: any(item is not first for item in simulator.slack.sockets.connections) and listener.health()[0])
        answer = press("why", user="U0LEAD0001")
        until(lambda: simulator.slack.whispers)

    [whisper] = simulator.slack.whispers
    assert answer["acknowledged"] is True
    assert (whisper.user_id, "2.8 days of cover" in str(whisper.blocks)) == ("U0LEAD0001", True)
    simulator.slack.journal.assert_only(posts=1, whispers=1)


def test_health_tells_whether_slack_is_heard_and_since_when(store):
    with listening(store) as listener:
        until(lambda: listener.health()[1]["hello_age_seconds"] is not None)
        is_well, said = listener.health()

    assert (is_well, said["connected"]) == (True, True)
    assert listener.health()[0] is False


def test_a_bot_token_in_the_place_of_the_app_token_is_refused_with_what_to_do(simulator, tmp_path):
    variables = environment_for(simulator)
    settings = shipped_settings(
        tmp_path, SELLERWATCH_SLACK_URL=variables["SELLERWATCH_SLACK_URL"], SLACK_APP_TOKEN=variables["SLACK_BOT_TOKEN"]
    )

    with pytest.raises(ConfigError, match=r"refuses the app-level token: not_allowed_token_type.*connections:write"):
        try_app_token(settings)


def test_the_command_answers_its_health_check_and_ends_on_sigterm(simulator, tmp_path):
    environment = {**os.environ, **environment_for(simulator), "SELLERWATCH_DATA": str(tmp_path / "data")}
    environment.pop(CLOCK_VARIABLE, None)
    command = [sys.executable, "-u", "-m", "sellerwatch.cli.main", "listen", "--health-port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            health = process.stdout.readline().split()[-1]
            assert "Listening" in process.stdout.readline()
            answer = httpx.get(health)
            lost = httpx.get(health.replace("/health", "/other"))
        finally:
            process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=20)

    assert (answer.status_code, answer.json()["connected"], lost.status_code) == (200, True, 404)
    assert (process.returncode, rest, errors) == (0, "Ended.\n", "")
