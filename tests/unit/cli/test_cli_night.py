"""One real night through the command, and what the other commands then show of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import httpx
import pytest

from sellerwatch.cli import nightly as nightly_command
from sellerwatch.cli.demo_story import Told
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.workspace import open_workspace
from tests.conftest import without_computed

PLANNING = "GET_FBA_INVENTORY_PLANNING_DATA"
NIGHT = date(2026, 11, 17)


@pytest.fixture
def a_night_with_a_problem(sellerwatch, against_simulator, environment, simulator):
    without_computed(Path(environment["SELLERWATCH_CONFIG"]))
    faults = [{"fault": "fatal", "report_type": PLANNING, "times": None, "text": "no such role"}]
    httpx.post(f"{simulator.base_url}/_sim/amazon/faults", json=faults, trust_env=False).raise_for_status()
    return sellerwatch("nightly", "--store", "cascade", "--as-of", str(NIGHT))


def test_a_night_is_told_by_every_command_alike(sellerwatch, a_night_with_a_problem):
    ran = a_night_with_a_problem
    assert ran.code == 1
    assert ran.out.startswith("cascade 2026-11-17: incomplete\n  6 documents, ")
    assert "  pull: Amazon could not make the report: no such role [cascade/US/inventory_planning/2026-11-17" in ran.out

    status = sellerwatch("status", "--store", "cascade")
    assert status.out.startswith("cascade: last night 2026-11-17 incomplete\n")
    assert "US\tall_orders\t" in status.out
    assert (
        "\n  unfinished: cascade/US/inventory_planning/2026-11-17 is fatal\n    wanted by night, asked for once" in status.out
    )
    assert "\n    no such role\n" in status.out
    assert "  pull: Amazon could not make the report: no such role" in status.out
    assert "messages waiting: 0, refused for good: 0" in status.out

    found = sellerwatch("alerts", "--json").facts["alerts"]
    assert [item["tier"] for item in found] == sorted((item["tier"] for item in found), key=["red", "orange", "yellow"].index)
    assert {item["rule"] for item in found} == {"stockout_tiers", "pipeline_problems"}

    workspace = open_workspace(load_settings())
    shown = Told()
    told = "\n".join(shown.since_last(workspace))
    again = list(shown.since_last(workspace))
    workspace.engine.dispose()
    assert again == [], "what was shown is not shown again"
    in_digest = [item for item in found if item["tier"] == "yellow" and item["rule"] == "stockout_tiers"]
    assert told.count("[new message]") == len(found) - len(in_digest) + 1
    assert "no such role" in told


def test_today_is_the_stores_own_day(sellerwatch, against_simulator, monkeypatch):
    ran_for = []
    monkeypatch.setattr(nightly_command, "_attempt", lambda workspace, store, day, bar: _stop(ran_for, store, day))

    sellerwatch("nightly")

    # 05:30 in Los Angeles is 14:30 in Berlin: the same day.
    assert sorted(ran_for) == [("alpine", NIGHT), ("cascade", NIGHT)]


def _stop(ran_for, store, day):
    ran_for.append((store, day))
    return nightly_command.Stopped(store, day, nightly_command.SellerwatchError("enough"))
