"""`metric show`, `explain` and `verify` over a small warehouse with kept bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from sellerwatch.core.periods import Days
from sellerwatch.metrics.declared.measure import FED
from sellerwatch.metrics.measure import measure_night
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.file_imports import ImportedFile
from sellerwatch.warehouse.sealing.seal import seal_store
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.user_import import import_user_file
from sellerwatch.warehouse.workspace import open_workspace
from tests.conftest import NIGHT
from tests.metric_rows import alter_values
from tests.spec.small_world import coded_only
from tests.warehouse.shelf import MORNING, STORE, Shelf, flat, order, stock

YESTERDAY = NIGHT - timedelta(days=1)
OF_SALES = ("--store", STORE, "--subject", "A", "--date", str(YESTERDAY))


@pytest.fixture
def shelf(configured, ready_sqlite):
    """A night: four orders and the stock of a SKU, loaded, measured by the coded metrics, and sealed."""
    settings = load_settings()
    ready_sqlite(settings.data_folder / "warehouse.sqlite")
    workspace = open_workspace(settings)
    shelf = Shelf(replace(workspace, settings=coded_only(settings)))
    days = Days(date(2026, 10, 18), YESTERDAY)
    shelf.put(
        "all_orders", flat("all_orders", *(order(str(number), price=f"{number}.50") for number in (1, 2, 3, 4))), days=days
    )
    shelf.put("fba_inventory", flat("fba_inventory", stock("A")))
    shelf.load()
    measure_night(shelf.workspace, STORE, NIGHT)
    seal_store(shelf.workspace, STORE, NIGHT)
    yield shelf
    workspace.engine.dispose()


def alter(shelf, table, **cells):
    with writing(shelf.engine) as connection:
        connection.execute(update(table).values(**cells))


# --- metric show ---------------------------------------------------------------------------------------------------------


def test_values_are_shown_day_by_day_with_their_parts(sellerwatch, shelf):
    ran = sellerwatch("metric", "show", "gmv", "--store", STORE, "--subject", "A", "--from", str(YESTERDAY), "--to", str(NIGHT))

    assert ran.code == 0
    assert "gmv: Valid ordered sales (GMV), in currency" in ran.out
    row = ran.out.splitlines()[-1].split("\t")
    assert row[:7] == ["A", "US", "day", str(YESTERDAY), "12 USD", "12", ""]


def test_values_are_shown_as_json_with_their_definition(sellerwatch, shelf):
    ran = sellerwatch("metric", "show", "gmv", "--store", STORE, "--grain", "sku", "--to", str(NIGHT), "--json")

    assert (ran.code, ran.facts["unit"], ran.facts["scale"], ran.facts["in_the_catalogue"]) == (0, "currency", 1, None)
    (value,) = ran.facts["values"]
    assert (value["subject"], value["value"], value["numerator"], value["status"]) == ("A", 12.0, "12.000000", "ok")


def test_an_unknown_value_says_why(sellerwatch, shelf):
    ran = sellerwatch("metric", "show", "days_of_cover", "--store", STORE, "--to", str(NIGHT))

    assert "unknown (no_demand)" in ran.out
    assert ran.out.splitlines()[-1] == "  no_demand: nothing sold or shipped that stock could be divided by"


def test_days_without_a_value_end_with_exit_code_1(sellerwatch, shelf):
    ran = sellerwatch("metric", "show", "gmv", "--store", STORE, "--from", "2020-01-01", "--to", "2020-01-02")

    assert ran.code == 1
    assert "nothing is measured of these days" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gvm", "--store", STORE), "unknown metric 'gvm'. The nearest are gmv, "),
        (("gmv", "--store", STORE, "--subject", "B"), "unknown subject 'B' [gmv]. The nearest are A, "),
        (("gmv", "--store", "shop"), "shop"),
        (("gmv", "--store", STORE, "--marketplace", "DE"), "unknown marketplace 'DE' [gmv]. Use one of: US."),
        (("gmv", "--store", STORE, "--from", "2026-11-02", "--to", "2026-11-01"), "--from 2026-11-02 comes after"),
    ],
)
def test_a_wrong_argument_is_told_in_one_line_with_exit_code_2(sellerwatch, shelf, arguments, said):
    ran = sellerwatch("metric", "show", *arguments)

    assert ran.code == 2
    assert said in ran.err


# --- explain --------------------------------------------------------------------------------------------------------------


def test_a_value_is_walked_back_to_the_lines_of_the_kept_bytes(sellerwatch, shelf):
    ran = sellerwatch("explain", "gmv", *OF_SALES)

    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0] == f"gmv of {STORE} US A, day {YESTERDAY}: 12 USD"
    assert "  numerator   stored 12, facts 12" in lines
    assert "  4 facts, 1 more with --all" in lines
    assert any("amazon_order_id=2" in text and "line 3" in text for text in lines)
    document = next(item for item in shelf.documents() if "all_orders" in item.id)
    assert f"    sha256 {document.sha256}, manifest line 1: the kept bytes have this hash" in lines
    assert any(text.startswith("    line    3  2 |") and "2.50" in text for text in lines)
    assert lines[-1] == "the facts add up to what is stored"


def test_all_facts_and_lines_are_shown_when_asked_for_as_json_too(sellerwatch, shelf):
    ran = sellerwatch("explain", "gmv", *OF_SALES, "--all", "--json")

    assert (ran.code, ran.facts["verdict"], ran.facts["added_up"]["numerator"]) == (0, "same", "12")
    (part,), (document,) = ran.facts["parts"], ran.facts["documents"]
    assert (part["fact_count"], len(part["facts"]), part["facts"][0]["line"]) == (4, 4, 2)
    assert [line["line"] for line in document["lines"]] == [2, 3, 4, 5]
    assert (document["report"], document["trouble"]) == ("all_orders", None)


def test_facts_that_no_longer_give_the_value_end_with_exit_code_1(sellerwatch, shelf):
    alter(shelf, FACTS["order_line"], item_price_amount=1)

    ran = sellerwatch("explain", "gmv", *OF_SALES)

    assert ran.code == 1
    assert "stored 12, facts 4" in ran.out
    assert "THE FACTS DO NOT ADD UP" in ran.out


def test_bytes_that_are_not_what_was_received_are_not_read(sellerwatch, shelf):
    alter(shelf, DOCUMENT, sha256="0" * 64)

    ran = sellerwatch("explain", "gmv", *OF_SALES)

    assert ran.code == 1
    assert "the raw store does not list it" in ran.out
    assert "    line" not in ran.out


ANSWERS = b"store,kpi,period,period_from,numerator,denominator\ncascade,nps,month,2026-10-01,75,325\n"
OF_ANSWERS = ("--store", STORE, "--subject", STORE, "--date", str(NIGHT))


@pytest.fixture
def answered(shelf):
    """What buyers answered in October, imported and measured as every number that people feed."""
    settings = load_settings()
    fed = {name: metric for name, metric in settings.metrics.items() if metric.status in {*FED, "coded"}}
    workspace = replace(shelf.workspace, settings=replace(settings, metrics=fed))
    file = ImportedFile("answers.csv", ANSWERS, "anna", MORNING)
    import_user_file(workspace, file, table=USER_TABLES["declared_kpi"], is_dry_run=False)
    measure_night(workspace, STORE, NIGHT)
    return workspace


def test_what_people_typed_in_is_walked_back_to_the_line_of_their_file(sellerwatch, answered):
    ran = sellerwatch("explain", "nps", *OF_ANSWERS)

    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"nps of {STORE}, day {NIGHT}: 23.0769")
    assert "  as parts    (100 x numerator) / (denominator)" in lines
    assert "numerator: numerator = 100 x 75" in lines
    assert "  user_declared_kpi: numerator" in lines
    assert any("kpi=nps" in text and text.endswith("numerator=75.000000  <- import 1 line 2") for text in lines)
    assert "documents" not in ran.out
    place = lines.index("1 import behind it")
    assert lines[place + 1 : place + 3] == ["  import 1: answers.csv", f"    imported {MORNING:%Y-%m-%d %H:%M:%S} UTC by anna"]
    assert "the kept bytes have this hash" in lines[place + 3]
    assert lines[place + 4] == "    line    2  cascade | nps | month | 2026-10-01 | 75 | 325"
    assert lines[-1] == "the facts add up to what is stored"


def test_imports_are_told_as_json_too(sellerwatch, answered):
    ran = sellerwatch("explain", "nps", *OF_ANSWERS, "--json")

    assert (ran.code, ran.facts["verdict"], ran.facts["brought_since"]) == (0, "same", [])
    (item,) = ran.facts["imports"]
    assert (item["number"], item["file"], item["trouble"]) == (1, "answers.csv", None)
    assert [line["line"] for line in item["lines"]] == [2]
    (fact,) = ran.facts["parts"][0]["facts"]
    assert (fact["table"], fact["document"], fact["import"], fact["line"]) == ("user_declared_kpi", None, 1, 2)


def test_a_number_that_a_later_import_changed_says_what_was_brought_since(sellerwatch, answered):
    later = ImportedFile("answers.csv", ANSWERS.replace(b"75", b"80"), "anna", MORNING + timedelta(days=2))
    import_user_file(answered, later, table=USER_TABLES["declared_kpi"], is_dry_run=False)

    ran = sellerwatch("explain", "nps", *OF_ANSWERS)

    assert ran.code == 0
    assert "  brought since: import 2 (answers.csv)" in ran.out.splitlines()
    assert ran.out.splitlines()[-1].startswith("the facts of now give another value")


# --- verify ---------------------------------------------------------------------------------------------------------------


def test_verify_says_that_facts_and_values_are_as_sealed(sellerwatch, shelf):
    ran = sellerwatch("verify")

    assert ran.code == 0
    assert f"sealed in the night of {NIGHT}" in ran.out
    assert "as sealed" in ran.out
    assert ran.out.endswith(": intact\n")


def test_verify_names_an_altered_fact_and_an_altered_value(sellerwatch, shelf):
    alter(shelf, FACTS["fba_inventory"], sellable_units=50)
    with writing(shelf.engine) as connection:
        gmv = (METRIC_VALUE.c.metric == "gmv", METRIC_VALUE.c.subject == "A")
        alter_values(connection, *gmv, value=99.0)

    ran = sellerwatch("verify", "--json")

    assert (ran.code, ran.facts["intact"]) == (1, False)
    found = {item["place"]: item["what"] for item in ran.facts["findings"]}
    assert found[f"fba_inventory {NIGHT}/A"].startswith("sellable_units is 50, its line says 5")
    assert found[f"metric_value gmv/sku/US/A/day/{YESTERDAY}"] == "value is 99.0, its numerator and denominator give 12.0"
    assert len(found) == 2
    (seal,) = [item for item in ran.facts["seals"] if item["store"] == STORE]
    assert (seal["as_of"], seal["intact"], seal["unsealed"]) == (str(NIGHT), False, 0)


def test_verify_says_what_was_written_since_and_what_was_never_sealed(sellerwatch, shelf):
    shelf.put("fba_inventory", flat("fba_inventory", stock("A", "6")), hours=1)
    shelf.load()

    ran = sellerwatch("verify")

    assert ran.code == 0
    assert "2 documents or periods written since" in ran.out
    assert "alpine: 0 facts and values, never sealed" in ran.out


def test_verify_says_that_a_seal_whose_bytes_were_altered_cannot_be_read(sellerwatch, shelf):
    entry = list(shelf.workspace.raw.manifest.entries())[-1]
    shelf.workspace.raw.object_path(entry.sha256).write_bytes(b"{}")

    ran = sellerwatch("verify")

    assert ran.code == 1
    assert "the seals cannot be read" in ran.out
