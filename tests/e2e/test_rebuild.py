"""`sellerwatch rebuild`: three nights anew from the raw store equal those that ran, and what was altered is named."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from sellerwatch.cli.main import build_app
from sellerwatch.cli.nightly import run_night
from sellerwatch.core.clock import ScaledClock
from sellerwatch.settings.load import load_settings
from sellerwatch.simulator.world.story import NIGHTS
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.rebuild.compare import compare
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.workspace import open_workspace
from tests.conftest import NIGHT as FIRST
from tests.conftest import NIGHT_STARTS

pytestmark = pytest.mark.slow

STORE, SPEED = "cascade", 120.0
ORDERS = FACTS["order_line"]


@pytest.fixture
def present(simulator, environment, database_url):
    """A warehouse after three nights, and the environment that names it."""
    variables = environment | {"SELLERWATCH_WAREHOUSE_URL": database_url}
    workspace = open_workspace(load_settings(variables))
    for as_of in NIGHTS:
        clock = ScaledClock.starting(NIGHT_STARTS[STORE] + (as_of - FIRST), SPEED)
        simulator.time.clock = clock
        run_night(replace(workspace, clock=clock), STORE, as_of, progress=lambda done, total, text: None)
    simulator.amazon.calls.clear()
    simulator.slack.journal.clear()
    yield workspace, variables
    workspace.engine.dispose()


@pytest.fixture
def rebuild(tmp_path):
    """Runs the command into a new place, and returns its exit code and what it prints."""
    places = iter(range(9))

    def run(variables, *options):
        place = tmp_path / f"rebuilt-{next(places)}.sqlite"
        result = CliRunner().invoke(build_app(), ["rebuild", "--into", str(place), "--json", *options], env=variables)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, json.loads(result.stdout), place

    return run


def found(told):
    return {
        (item["table"], item["column"], item["old"], item["new"]) for table in told["tables"] for item in table["listed"]
    }


def test_three_nights_are_rebuilt_equal_and_nobody_is_called(simulator, present, rebuild):
    workspace, variables = present

    code, told, _ = rebuild(variables)

    assert found(told) == set()
    assert (code, told["equal"], told["compared"]) == (0, True, True)
    with reading(workspace.engine) as connection:
        nights = connection.execute(select(func.count()).select_from(NIGHT)).scalar_one()
        values = connection.execute(select(func.count()).select_from(METRIC_VALUE)).scalar_one()
    assert (told["nights"], told["metrics"]) == (nights, values) == (3, values)
    assert values > 100
    assert simulator.amazon.calls == {}
    assert simulator.slack.journal.entries == []
