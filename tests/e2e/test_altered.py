"""After a night of the demo world: a byte of a document, a fact and a metric are altered, and `verify` names each of them."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from sellerwatch.cli.nightly import run_night
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.workspace import open_workspace
from tests.commands import ran
from tests.conftest import NIGHT, NIGHT_STARTS
from tests.e2e.turned_clock import TurnedClock
from tests.metric_rows import alter_values

pytestmark = [pytest.mark.slow, pytest.mark.long]

STORE = "cascade"
ORDERS = FACTS["order_line"]


@pytest.fixture
def night(simulator, environment, database_url):
    """A warehouse after one night, on each database, and the environment that names it."""
    variables = environment | {"SELLERWATCH_WAREHOUSE_URL": database_url}
    workspace = open_workspace(load_settings(variables))
    clock = TurnedClock(NIGHT_STARTS[STORE])
    simulator.time.clock = clock
    run_night(replace(workspace, clock=clock), STORE, NIGHT, progress=lambda done, total, text: None)
    yield workspace, variables
    workspace.engine.dispose()


def told(variables, *arguments):
    result = ran(variables, *arguments, "--json")
    return result.exit_code, json.loads(result.stdout)


def one(workspace, table, *where):
    with reading(workspace.engine) as connection:
        chosen = select(table).where(*where).order_by(*table.primary_key).limit(1)
        return connection.execute(chosen).mappings().one()


def alter(workspace, table, row, **cells):
    same = [column == row[column.name] for column in table.primary_key]
    with writing(workspace.engine) as connection:
        if table is METRIC_VALUE:
            alter_values(connection, *same, **cells)
        else:
            connection.execute(update(table).where(*same).values(**cells))


@pytest.mark.timeout(300)
def test_a_byte_a_fact_and_a_metric_that_are_altered_are_named(night):
    workspace, variables = night
    code, found = told(variables, "verify")
    assert (code, found["intact"]) == (0, True)
    assert [seal["rows"] > 1000 for seal in found["seals"] if seal["store"] == STORE] == [True]

    order = one(workspace, ORDERS, ORDERS.c.quantity == 1)
    alter(workspace, ORDERS, order, quantity=7)
    cover = one(workspace, METRIC_VALUE, METRIC_VALUE.c.metric == "days_of_cover", METRIC_VALUE.c.status != "unknown")
    alter(workspace, METRIC_VALUE, cover, value=365.25)
    stock = one(workspace, DOCUMENT, DOCUMENT.c.id.contains("/fba_inventory/"))
    path = workspace.raw.object_path(stock["sha256"])
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    code, found = told(variables, "verify")

    assert code == 1
    places = {item["place"]: item["what"] for item in found["findings"]}
    assert places.pop(str(path)).startswith(f"the document was altered: {STORE} US fba_inventory {NIGHT}, manifest line ")
    name = f"order_line {order['amazon_order_id']}/{order['sku']}/{order['ordinal']}"
    assert places.pop(name).startswith("quantity is 7, its line says 1")
    name = f"metric_value days_of_cover/sku/US/{cover['subject']}/day/{NIGHT}"
    assert places.pop(name).startswith("value is 365.25, its numerator and denominator give")
    assert places == {}


@pytest.mark.timeout(300)
def test_the_cover_of_a_sku_is_walked_back_to_the_lines_of_its_documents(night):
    workspace, variables = night
    cover = one(workspace, METRIC_VALUE, METRIC_VALUE.c.metric == "days_of_cover", METRIC_VALUE.c.value > 0)

    arguments = ("--store", STORE, "--subject", cover["subject"], "--date", str(NIGHT), "--all")
    code, found = told(variables, "explain", "days_of_cover", *arguments)

    assert (code, found["verdict"]) == (0, "same")
    assert {document["report"] for document in found["documents"]} == {"all_orders", "fba_inventory"}
    for document in found["documents"]:
        assert document["trouble"] is None
        assert all(cover["subject"] in line["text"] for line in document["lines"])
        assert document["lines"]
