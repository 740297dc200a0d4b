"""`sellerwatch rebuild`: three nights anew from the raw store equal those that ran, and what was altered is named."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from sellerwatch.cli.nightly import run_night
from sellerwatch.settings.load import load_settings
from sellerwatch.simulator.world.story import NIGHTS
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.rebuild.compare import compare
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.workspace import open_workspace
from tests.commands import ran
from tests.conftest import NIGHT as FIRST
from tests.conftest import NIGHT_STARTS
from tests.e2e.hostile_nights import opened
from tests.e2e.test_hostile_world import small_world
from tests.e2e.turned_clock import TurnedClock
from tests.metric_rows import alter_values

pytestmark = pytest.mark.slow

STORE = "cascade"
ORDERS = FACTS["order_line"]


@pytest.fixture
def present(simulator, environment, request, tmp_path):
    """A warehouse after three nights, and the environment that names it; on each database where a test asks for ``database_url``."""
    asked = "database_url" in request.fixturenames
    url = request.getfixturevalue("database_url") if asked else f"sqlite:///{tmp_path / 'warehouse.sqlite'}"
    variables = environment | {"SELLERWATCH_WAREHOUSE_URL": url}
    workspace = open_workspace(load_settings(variables))
    for as_of in NIGHTS:
        clock = TurnedClock(NIGHT_STARTS[STORE] + (as_of - FIRST))
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
        result = ran(variables, "rebuild", "--into", str(place), "--json", *options)
        return result.exit_code, json.loads(result.stdout), place

    return run


def found(told):
    return {
        (item["table"], item["column"], str(item["old"]), str(item["new"]))
        for table in told["tables"]
        for item in table["listed"]
    }


def count(workspace, table):
    with reading(workspace.engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def same_key(table, row):
    return [column == row[column.name] for column in table.primary_key]


def alter_an_order_and_a_value(workspace):
    """Change one cell of a fact and one of a metric, as nobody should; return both keys and what the value was."""
    with writing(workspace.engine) as connection:
        one = select(ORDERS).where(ORDERS.c.quantity == 1).order_by(*ORDERS.primary_key).limit(1)
        order = connection.execute(one).mappings().one()
        connection.execute(update(ORDERS).where(*same_key(ORDERS, order)).values(quantity=7))
        sold = select(METRIC_VALUE).where(METRIC_VALUE.c.metric == "units", METRIC_VALUE.c.subject_kind == "marketplace")
        value = connection.execute(sold.order_by(METRIC_VALUE.c.period_on).limit(1)).mappings().one()
        alter_values(connection, *same_key(METRIC_VALUE, value), value=123456.5)
    return order, value


@pytest.mark.long
@pytest.mark.timeout(300)
def test_three_nights_are_rebuilt_equal_without_a_call_and_what_is_altered_then_is_named(
    simulator, present, rebuild, database_url
):
    workspace, variables = present

    code, told, _ = rebuild(variables)

    assert found(told) == set()
    assert (code, told["equal"], told["nights"]) == (0, True, 3)
    assert told["metrics"] == count(workspace, METRIC_VALUE) > 1000
    assert told["facts"] == sum(count(workspace, table) for table in FACTS.values()) > 1000
    assert simulator.amazon.calls == {}
    assert simulator.slack.journal.entries == []

    order, value = alter_an_order_and_a_value(workspace)
    code, told, _ = rebuild(variables)

    assert (code, told["equal"], told["present_has_changed"]) == (1, False, False)
    assert found(told) == {("order_line", "quantity", "7", "1"), ("metric_value", "value", "123456.5", str(value["value"]))}
    keys = {item["table"]: item["key"] for table in told["tables"] for item in table["listed"]}
    assert keys["order_line"]["amazon_order_id"] == order["amazon_order_id"]
    assert keys["metric_value"]["period_on"] == value["period_on"].isoformat()


@pytest.mark.long
def test_the_raw_store_alone_gives_the_same_and_an_altered_byte_is_named_with_what_hung_on_it(present, rebuild):
    workspace, variables = present
    alone = variables | {"SELLERWATCH_WAREHOUSE_URL": f"sqlite:///{variables['SELLERWATCH_DATA']}/gone.sqlite"}

    code, told, place = rebuild(alone)

    assert (code, told["compared"], told["equal"], told["nights"]) == (0, False, None, 3)
    assert told["seals"] == [{"store": STORE, "as_of": str(NIGHTS[-1]), "same": True}]
    assert "what never came" in told["notes"][-1]
    rebuilt = open_workspace(load_settings(alone | {"SELLERWATCH_WAREHOUSE_URL": f"sqlite:///{place}"}))
    tables = compare(workspace.engine, rebuilt.engine, heard=lambda *_: None)
    rebuilt.engine.dispose()
    assert [table for table in tables if table.count] == []

    with reading(workspace.engine) as connection:
        stock = select(DOCUMENT).where(DOCUMENT.c.id.contains("/fba_inventory/")).order_by(DOCUMENT.c.id)
        document = connection.execute(stock.limit(1)).one()
    path = workspace.raw.object_path(document.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    code, told, _ = rebuild(variables)

    assert code == 1
    assert [(item["document"], "was altered" in item["why"]) for item in told["set_aside"]] == [(document.id, True)]
    assert ("document", "state", "loaded", "quarantined") in found(told)
    assert ("fba_inventory", "", "True", "False") in found(told)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_nights_of_the_hostile_world_are_rebuilt_equal(tmp_path, rebuild):
    """Damaged downloads, cancelled reports, documents set aside and nights that were run again."""
    with opened(small_world(is_hostile=True), tmp_path / "hostile") as place:
        place.run(NIGHTS)
        assert place.problems != []
        settings = place.workspace.settings
        names = {"SELLERWATCH_CONFIG": settings.config_folder, "SELLERWATCH_DATA": settings.data_folder}
        variables = dict(settings.environment.values) | {name: str(value) for name, value in names.items()}

        code, told, _ = rebuild(variables | {"SELLERWATCH_WAREHOUSE_URL": settings.warehouse_url})

    assert found(told) == set()
    assert (code, told["equal"]) == (0, True)
    assert told["set_aside"] != []
