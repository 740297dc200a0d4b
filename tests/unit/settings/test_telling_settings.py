"""What routing.yaml may say about telling, and what it refuses with which words."""

import shutil

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.load import load_settings
from tests.conftest import ROOT

HOLDS = "    - {metric: account_health, tier: red, value: 2, holds: all}\n"


@pytest.fixture
def load(tmp_path):
    """Load the shipped configuration with one text of routing.yaml replaced."""

    def loaded(old, new):
        folder = tmp_path / "config"
        shutil.copytree(ROOT / "config", folder)
        text = (folder / "routing.yaml").read_text(encoding="utf-8")
        assert old in text
        (folder / "routing.yaml").write_text(text.replace(old, new), encoding="utf-8")
        return load_settings({"SELLERWATCH_CONFIG": str(folder), "SELLERWATCH_DATA": str(tmp_path)})

    return loaded


def test_what_is_held_by_what_it_holds_is_refused(load):
    with pytest.raises(
        ConfigError, match="account_health would be held by what it holds: account_health > days_of_cover > acc"
    ):
        load(HOLDS, HOLDS + "    - {metric: days_of_cover, tier: red, holds: [account_health]}\n")


def test_a_chain_that_leads_back_is_refused(load):
    more = "    - {metric: gmv, tier: red, holds: [sessions]}\n    - {metric: sessions, tier: red, holds: [days_of_cover]}\n"

    with pytest.raises(ConfigError, match="days_of_cover would be held by what it holds"):
        load(HOLDS, more)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (HOLDS, HOLDS.replace("account_health", "acount"), "unknown metric 'acount'"),
        (HOLDS, HOLDS.replace("all", "[]"), "holds"),
        (HOLDS, HOLDS.replace("value: 2", "value: deactivated"), "value"),
        ("rows: 15", "rows: 0", "rows"),
        ("rows: 15", "rows: 31", "rows"),
        ("rows: 15", "row: 15", "row"),
        ("routes: []", "routes: [{channels: [SLACK_X]}]", "would take every alert"),
        ("routes: []", "routes: [{channels: [SLACK_X], stores: [nowhere]}]", "unknown store 'nowhere'"),
        ("routes: []", "routes: [{channels: [SLACK_X], owners: [nobody]}]", "unknown owner 'nobody'"),
        ("quiet_hours: null", 'quiet_hours: {start: "9:00", end: "10:00"}', "a time of day such as"),
        ("quiet_hours: null", 'quiet_hours: {start: "09:00", end: "09:00"}', "would never end"),
        ("share_pct: 30", "share_pct: 0", "share_pct"),
    ],
)
def test_a_slip_is_refused_with_its_place(load, old, new, message):
    with pytest.raises(ConfigError) as raised:
        load(old, new)

    assert message in str(raised.value)
    assert "routing.yaml" in str(raised.value)
