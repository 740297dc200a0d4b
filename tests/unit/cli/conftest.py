"""Running a command as the shell does, in this process."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from sellerwatch.cli.main import run

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def facts(self):
        """The one JSON object; anything beside it fails."""
        return json.loads(self.out)


@pytest.fixture
def outside(monkeypatch, tmp_path):
    """An environment without anything of ours in it, in an empty folder."""
    for name in [name for name in os.environ if name.startswith(("SELLERWATCH_", "SLACK_", "SP_API_", "CASCADE_", "ALPINE_"))]:
        monkeypatch.delenv(name)
    for name in ("FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "GITHUB_ACTIONS", "AWS_ENV"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def sellerwatch(outside, monkeypatch, capsys):
    """Run a command; no command may end in a traceback."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["sellerwatch", *arguments])
        with pytest.raises(SystemExit) as ended:
            run()
        out, err = capsys.readouterr()
        return Ran(ended.value.code or 0, out, err)

    return command


@pytest.fixture
def configured(unused, ready_sqlite):
    """The default configuration with its credentials and channels set, an empty warehouse, and nobody at the other end."""
    ready_sqlite(unused / "data" / "warehouse.sqlite")
    return unused


@pytest.fixture
def unused(outside, monkeypatch, tmp_path):
    """The same before the first command: there is no warehouse yet."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    stores = {f"{store}_{part}": "value" for store in ("CASCADE", "ALPINE") for part in (*CREDENTIALS, *ADVERTISING)}
    stores |= {"CASCADE_ADS_PROFILE_US": "1", "ALPINE_ADS_PROFILE_DE": "2", "ALPINE_ADS_PROFILE_UK": "3"}
    slack = {"SLACK_BOT_TOKEN": "xoxb-test", "SLACK_CHANNEL": "C0A"}
    nobody = {"SELLERWATCH_SP_API_URL": "http://127.0.0.1:9", "SELLERWATCH_SLACK_URL": "http://127.0.0.1:9/slack/api/"}
    places = {"SELLERWATCH_CONFIG": str(tmp_path / "config"), "SELLERWATCH_DATA": str(tmp_path / "data")}
    for name, value in (stores | slack | nobody | places).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def against_simulator(configured, environment, monkeypatch):
    """The same, with the simulated Amazon and Slack at the other end."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return configured


CREDENTIALS = ("LWA_APP_ID", "LWA_CLIENT_SECRET", "REFRESH_TOKEN")
ADVERTISING = ("ADS_CLIENT_ID", "ADS_CLIENT_SECRET", "ADS_REFRESH_TOKEN")
