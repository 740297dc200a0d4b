"""`sellerwatch nightly` leaves the same warehouse on SQLite and on PostgreSQL, down to the last column."""

import json
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from sellerwatch.cli import nightly
from sellerwatch.cli.demo_config import look_back_less
from sellerwatch.cli.main import build_app
from sellerwatch.cli.simulation import environment_for
from sellerwatch.settings.catalogue import GRAINS, PERIODS
from sellerwatch.settings.load import load_settings
from sellerwatch.simulator.server import Simulator
from sellerwatch.warehouse.tables.user import USER
from sellerwatch.warehouse.workspace import open_workspace
from tests.conftest import NIGHT_STARTS, ROOT
from tests.e2e.contents import contents, differences
from tests.e2e.turned_clock import TurnedClock

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.postgres]

BY_PRODUCT = {"sales_traffic_trends_asin_day", "search_query_performance"}
"""Filled from the second night on, when the products are known."""

IMPORTED = {"file_import", *(table.name for table in USER.values())}
NOBODY_ASKED_FOR = {"backfill", "mass_change", "mirror", "mirrored_message", "slack_action", "sweep"}
"""Filled by people, by what is configured beside Slack, or by housekeeping."""
EMPTY_ON_A_GOOD_NIGHT = {"problem", "skipped_record", "seal_due", *NOBODY_ASKED_FOR, *BY_PRODUCT, *IMPORTED}


def every_report(folder):
    """The default configuration, with the newest settlement only."""
    shutil.copytree(ROOT / "config", folder)
    look_back_less(folder / "reports.yaml")
    return folder


@pytest.fixture
def run_nightly(demo_world, tmp_path, monkeypatch):
    """Runs the command on an empty warehouse against a simulator of its own; both live by one clock that does not drift."""

    def run(url, folder):
        clock, opened = TurnedClock(NIGHT_STARTS["cascade"]), []

        def open_by_our_clock(settings):
            opened.append(replace(open_workspace(settings), clock=clock))
            return opened[-1]

        monkeypatch.setattr(nightly, "open_workspace", open_by_our_clock)
        with Simulator(demo_world, clock) as simulator:
            variables = environment_for(simulator) | {
                "SELLERWATCH_CONFIG": str(every_report(tmp_path / f"{folder}.config")),
                "SELLERWATCH_DATA": str(tmp_path / folder),
                "SELLERWATCH_WAREHOUSE_URL": url,
            }
            printed = [night(store, variables) for store in ("cascade", "alpine")]
            assert simulator.slack.journal.unexpected() == []
            posts = [entry for entry in simulator.slack.journal.entries if entry.kind == "post"]
            told = [(entry.channel, entry.arguments["text"]) for entry in posts]
        found = contents(opened[0].engine)
        for workspace in opened:
            workspace.engine.dispose()
        return printed, told, found

    return run


def night(store, variables):
    """Run the command for one store, since several would take turns with the one clock as it happens."""
    arguments = ["nightly", "--store", store, "--as-of", "2026-11-17", "--json"]
    result = CliRunner().invoke(build_app(), arguments, env=variables)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def assert_measured_in_full(values):
    """What is equal has to be there: every period, kind of subject and status, and every metric of a marketplace that has facts."""
    metrics = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")}).metrics
    of_marketplaces = {name for name, metric in metrics.items() if metric.is_measured and "marketplace" in metric.subjects}
    told = [value for value in values if value["value"] is not None]
    assert {value["period"] for value in told} == set(PERIODS)
    assert {value["subject_kind"] for value in told} == {*GRAINS, "feed", "check"}
    assert {value["status"] for value in values} == {"ok", "provisional", "unknown"}
    assert of_marketplaces <= {value["metric"] for value in values}
    assert len({value["metric"] for value in told if value["numerator"]}) > len(of_marketplaces) / 2


@pytest.mark.timeout(400)
def test_a_night_is_the_same_on_both_databases(run_nightly, tmp_path, postgres_url):
    printed, told, warehouse = run_nightly(f"sqlite:///{tmp_path / 'warehouse.sqlite'}", "one")
    printed_too, told_too, warehouse_too = run_nightly(postgres_url, "two")

    assert printed == printed_too
    assert told == told_too
    assert differences(warehouse, warehouse_too) == []
    assert {name for name, rows in warehouse.items() if not rows} == EMPTY_ON_A_GOOD_NIGHT
    assert_measured_in_full(warehouse["metric_value"].values())
    assert len(told) == 8, "five of the first store, two messages of their own and a digest of the second"
