"""A channel that nobody set is said before anything is pulled, judged or sent, and names every variable that is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from sellerwatch.alerts.readiness import require_channels, require_ready, require_watchers_channels
from sellerwatch.cli import nightly as nightly_command
from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.ledger import NIGHT, WINDOW
from sellerwatch.warehouse.workspace import open_workspace
from tests.walking import walk

LONG_AGO = date(2026, 1, 5)


@pytest.fixture
def unheard(configured, monkeypatch):
    """No channel is set."""
    monkeypatch.delenv("SLACK_CHANNEL")
    return configured


@pytest.fixture
def workspace(unheard):
    opened = open_workspace(load_settings())
    yield opened
    opened.engine.dispose()


def begun(workspace):
    with reading(workspace.engine) as connection:
        return [connection.scalar(select(func.count()).select_from(table)) for table in (NIGHT, WINDOW)]


@pytest.mark.parametrize(
    ("command", "listeners"),
    [
        (("nightly",), "alerts, ops, fallback"),
        (("nightly", "--json"), "alerts, ops, fallback"),
        (("evaluate",), "alerts, ops, fallback"),
        (("watchdog",), "ops, fallback"),
        (("tick",), "fallback"),
    ],
)
def test_what_posts_says_in_one_line_which_channel_is_missing_and_begins_nothing(sellerwatch, workspace, command, listeners):
    ran = sellerwatch(*command)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"Error: SLACK_CHANNEL is not set (the Slack channel for {listeners}) [environment]. "
        "Nothing was begun; set SLACK_CHANNEL, or SLACK_CHANNEL_FILE to a file that holds it.\n"
    )
    assert begun(workspace) == [0, 0]


def test_a_night_of_the_past_tells_nobody_and_needs_no_channel(sellerwatch, unheard, monkeypatch):
    ran_for = []

    def attempt(_workspace, store_id, day, _bar):
        ran_for.append((store_id, day))
        return nightly_command.Stopped(store_id, day, nightly_command.SellerwatchError("enough"))

    monkeypatch.setattr(nightly_command, "_attempt", attempt)

    sellerwatch("nightly", "--store", "cascade", "--as-of", str(LONG_AGO))

    assert ran_for == [("cascade", LONG_AGO)]


def test_every_variable_that_is_missing_is_named_at_once(unheard):
    routing = unheard / "config" / "routing.yaml"
    text = routing.read_text(encoding="utf-8")
    route = "routes: [{channels: [SLACK_FINANCE_CHANNEL, SLACK_ADS_CHANNEL], owners: [ads]}]"
    routing.write_text(text.replace("routes: []", route), encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        require_channels(load_settings())

    assert refused.value.what == (
        "SLACK_CHANNEL is not set (the Slack channel for alerts, ops, fallback); "
        "SLACK_ADS_CHANNEL is not set (the Slack channel for a route)"
    )
    assert "set SLACK_ADS_CHANNEL, or SLACK_ADS_CHANNEL_FILE to a file" in refused.value.remedy


def test_the_watchdog_speaks_where_the_ops_channel_alone_is_set(unheard, monkeypatch):
    """It is what tells that a night was refused for want of the other one."""
    monkeypatch.setenv("SLACK_OPS_CHANNEL", "C0OPS")

    require_watchers_channels(load_settings())
    with pytest.raises(ConfigError, match=r"SLACK_CHANNEL is not set \(the Slack channel for alerts\)"):
        require_channels(load_settings())


UNFIT = {
    "report": (
        lambda s: replace(s, reports={**s.reports, "fba_return": s.reports["fba_returns"]}),
        "unknown report 'fba_return'",
    ),
    "data check": (lambda s: replace(s, checks=s.checks.model_copy(update={"limits": {}})), "has no limits"),
    "metric": (lambda s: replace(s, facts={}), "unknown fact table"),
}
"""What the files can say that only a later step of a night works with, and what is said of it."""


def test_what_a_later_step_would_refuse_is_refused_before_the_first(workspace, subtests):
    def check(case):
        spoiled, said = case
        with pytest.raises(ConfigError, match=said):
            require_ready(replace(workspace, settings=spoiled(workspace.settings)), "cascade", LONG_AGO)

    walk(subtests, UNFIT, check)
