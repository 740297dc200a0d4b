"""`sellerwatch import` and the templates of `sellerwatch init`, as a person meets them."""

import getpass
import os
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import create_engine, insert, text

from sellerwatch.cli import import_file as import_command
from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.reports.user.templates import WORKBOOK
from sellerwatch.warehouse.tables.lifecycle import SKU_STAGE
from tests.conftest import NIGHT_STARTS
from tests.unit.reports.user_files import book
from tests.warehouse.shelf import flat, order, stock

COSTS = "sku,valid_from,purchase_amount,currency\nA,2026-01-01,5,USD\n"
OCTOBER = ("--from", "2026-10-01", "--to", "2026-10-31")
US = ("--store", "cascade", "--marketplace", "US")
MADE = ("--observed-at", "2026-11-01T08:00:00+00:00")


@pytest.fixture
def here(configured, outside, monkeypatch):
    """An empty folder, on the morning of a day in November."""
    monkeypatch.setenv(CLOCK_VARIABLE, str(ScaledClock.starting(NIGHT_STARTS["cascade"], 1.0)))
    return outside


def write(folder, content, name="file.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def asked(configured, statement):
    engine = create_engine(f"sqlite:///{configured / 'data' / 'warehouse.sqlite'}")
    with engine.connect() as connection:
        found = connection.execute(text(statement)).all()
    engine.dispose()
    return [tuple(row) for row in found]


def enter(configured, table, *rows):
    engine = create_engine(f"sqlite:///{configured / 'data' / 'warehouse.sqlite'}")
    with engine.begin() as connection:
        connection.execute(insert(table), rows)
    engine.dispose()


def test_a_table_is_imported_and_what_was_done_is_said(sellerwatch, here, configured):
    ran = sellerwatch("import", write(here, COSTS))

    assert (ran.code, ran.err) == (0, "")
    assert "unit_cost: 1 inserted" in ran.out
    assert "import 1: file.csv is in the warehouse" in ran.out
    assert asked(configured, "SELECT sku, import_number, line FROM user_unit_cost") == [("A", 1, 2)]
    assert asked(configured, "SELECT imported_by FROM file_import") == [(getpass.getuser(),)]


def test_the_same_file_again_says_that_nothing_was_changed(sellerwatch, here):
    path = write(here, COSTS)
    sellerwatch("import", path)

    assert "nothing was changed: the warehouse says all of it already" in sellerwatch("import", path).out


def test_json_says_what_was_done_to_each_table(sellerwatch, here):
    ran = sellerwatch("import", write(here, COSTS), "--table", "unit_cost", "--json", "--dry-run")

    assert ran.code == 0
    assert (ran.facts["kind"], ran.facts["import"], ran.facts["dry_run"], ran.facts["findings"]) == (
        "user_tables",
        None,
        True,
        [],
    )
    assert ran.facts["tables"]["unit_cost"]["inserted"] == 1
    assert "dry run: nothing was written" in sellerwatch("import", write(here, COSTS), "--dry-run").out


def test_rows_that_will_say_nothing_are_told(sellerwatch, here, configured):
    met = {
        "store_id": "cascade",
        "marketplace": "US",
        "stage": "new",
        "source": "rule",
        "said": "",
        "reason": "age",
        "detail": {},
    }
    days = {"since_on": date(2026, 1, 1), "decided_for": date(2026, 11, 16)}
    enter(configured, SKU_STAGE, *(met | days | {"sku": sku} for sku in ("WIDGET-001", "WIDGET-002")))
    costs = "sku,marketplace,valid_from,purchase_amount,currency\n"
    costs += "".join(
        f"{sku},{place},2026-01-01,5,USD\n" for sku, place in (("WIDGET-001", "US"), ("WIDGET-2", ""), ("WIDGET-002", "JP"))
    )
    targets = "store,kpi,period,valid_from,target_value\ncascade,gmv,month,2026-01-01,9\nalpine,gmv,month,2026-01-01,9\n"

    first, second = sellerwatch("import", write(here, costs)), sellerwatch("import", write(here, targets), "--json")

    assert (first.code, second.code) == (0, 0)
    assert "unknown_sku: unit_cost: no report has named WIDGET-2 (line 3); is line 3 WIDGET-00" in first.out
    assert "no_marketplace: unit_cost: JP (line 4): no store has it in stores.yaml" in first.out
    assert second.facts["notes"][-1] == ("no_marketplace: target: * (line 3): a store of several marketplaces needs it named")


def test_what_belongs_to_one_store_has_to_name_it_where_several_sell_in_the_place(sellerwatch, here, configured):
    stores = configured / "config" / "stores.yaml"
    text = stores.read_text().replace("marketplaces: [DE, UK]", "marketplaces: [US]")
    stores.write_text(text.replace("profiles: {DE: ALPINE_ADS_PROFILE_DE, UK: ALPINE_ADS_PROFILE_UK}", "profiles: {US: OTHER}"))
    targets = "store,marketplace,kpi,period,valid_from,target_value\n,US,gmv,month,2026-01-01,9\n,,acos,month,2026-01-01,9\n"

    notes = sellerwatch("import", write(here, targets), "--json").facts["notes"]

    assert notes[2:] == ["no_marketplace: target: US (line 2): several stores have it, and the one needs to be named"]


def test_what_is_for_several_stores_is_told_until_somebody_says_how_they_share_it(sellerwatch, here):
    columns = "store,po_number,sku,supplier,ordered_on,ordered_units,unit_amount,currency\n"
    orders = "".join(f"{store},1,{sku},s,2026-11-02,10,5,USD\n" for store, sku in (("", "A"), ("", "B"), ("cascade", "B")))
    parts = "store,valid_from,part\ncascade,2026-01-01,60\n"

    first = sellerwatch("import", write(here, columns + orders), "--json", "--dry-run").facts["notes"]
    sellerwatch("import", write(here, parts))
    second = sellerwatch("import", write(here, columns + orders), "--json").facts["notes"]
    sellerwatch("import", write(here, parts.replace("cascade", "alpine")))
    corrected = sellerwatch("import", write(here, columns + ",1,B,s,2026-11-02,10,6,USD\n"), "--json").facts["notes"]

    both = "for_all_and_one: purchase_order: 1 (line {}){}: there for all stores and for one as well; the row for all of them does not count"
    shared = "not_shared: purchase_order: 1 (line 2), 1 (line 3): for all stores, and cost_share says no part of {}"
    assert first[2:] == [shared.format("alpine, cascade"), both.format(3, ", 1 (line 4)")]
    assert second[2] == shared.format("alpine")
    assert corrected[2:] == [both.format(2, "")]


def test_a_row_is_taken_back_by_its_key_and_one_that_is_not_there_is_told(sellerwatch, here, configured):
    sellerwatch("import", write(here, COSTS))
    marked = "sku,valid_from,purchase_amount,currency,{}\nA,2026-01-01,,,yes\nB,2026-01-01,,,1\nC,2026-01-01,3,USD,no\n"

    ran = sellerwatch("import", write(here, marked.format("撤销")))

    assert "unit_cost: 1 inserted, 1 removed" in ran.out
    assert "not_there: unit_cost: * / * / B / 2026-01-01 (line 3): no such row to take back" in ran.out
    assert asked(configured, "SELECT sku FROM user_unit_cost") == [("C",)]
    wrong = sellerwatch("import", write(here, marked.format("remove").replace("yes", "maybe")), "--json")
    assert [(finding["line"], finding["column"], finding["expected"]) for finding in wrong.facts["findings"]] == [
        (2, "purchase_amount", "a value; purchase_amount (采购成本) is required"),
        (2, "currency", "a value; currency (币种) is required"),
        (2, "remove", "yes or no"),
    ]
    misspelt = sellerwatch("import", write(here, marked.format("remov")), "--json")
    assert misspelt.facts["findings"][0]["expected"] == "remove, or another header"


def test_everything_that_is_wrong_is_listed_and_the_exit_code_is_1(sellerwatch, here, configured):
    path = write(here, COSTS + "B,soon,five,USD\n")

    ran = sellerwatch("import", path)
    facts = sellerwatch("import", path, "--json")

    assert ran.code == facts.code == 1
    assert "3\tvalid_from\tsoon\ta day such as 2026-11-20" in ran.out
    assert "Nothing was imported: 2 to correct in file.csv" in ran.out
    assert facts.facts["findings"][1] == {
        "sheet": "",
        "line": 3,
        "column": "purchase_amount",
        "value": "five",
        "expected": "an amount such as 1234.56 from 0",
    }
    assert asked(configured, "SELECT count(*) FROM user_unit_cost") == [(0,)]


def test_findings_of_a_workbook_name_the_sheet(sellerwatch, here):
    ran = sellerwatch("import", write(here, book(["sku", "valid_from", "purchase_amount", "currency"], ["A"]), "costs.xlsx"))

    assert ran.code == 1
    assert "Sheet1\t2\tvalid_from\t" in ran.out


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        (COSTS, ("--table", "prices"), "unknown table 'prices'"),
        (COSTS, ("--table", "unit_cost", "--report", "all_orders"), "exclude each other"),
        (COSTS, ("--report", "orders"), "unknown report 'orders'"),
        ("a,b\n1,2\n", (), "the header is not that of any table"),
        (flat("fba_returns").replace(b"\t", b","), (), "the report fba_returns saved as CSV"),
        (b"PK\x03\x04", ("--report", "all_orders"), "a report is no workbook"),
        (flat("all_orders", order("1")), (), "Add --store (cascade, alpine), --marketplace, --from"),
        (flat("all_orders", order("1")), (*US, *OCTOBER, "--observed-at", "yesterday"), "is no instant"),
        (flat("all_orders", order("1")), (*US, *OCTOBER, "--observed-at", "2026-11-01T08:00:00"), "is no instant"),
        (flat("all_orders", order("1")), (*US, *OCTOBER, "--observed-at", "2999-01-01T00:00:00Z"), "lies in the future"),
    ],
)
def test_a_mistake_of_a_person_is_one_line_and_exit_code_2(sellerwatch, here, content, arguments, said):
    ran = sellerwatch("import", write(here, content), *arguments)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_file_that_is_not_there_is_one_line(sellerwatch, here):
    ran = sellerwatch("import", "nowhere.csv")

    assert (ran.code, ran.out) == (2, "")
    assert "the file cannot be read: No such file or directory [nowhere.csv]" in ran.err


def test_a_report_is_imported_with_what_its_file_does_not_say(sellerwatch, here, configured):
    path = write(here, flat("all_orders", order("1")), "orders.txt")

    ran = sellerwatch("import", path, *US, *OCTOBER, *MADE)
    again = sellerwatch("import", path, *US, *OCTOBER, *MADE, "--json")

    assert (ran.code, ran.err) == (0, "")
    assert "orders.txt: all_orders of cascade / US, 2026-10-01..2026-10-31" in ran.out
    assert "may_also_be: orders_by_date, which fills the same tables" in ran.out
    assert asked(configured, "SELECT amazon_order_id FROM order_line") == [("1",)]
    assert again.facts["is_known"]
    assert again.facts["observed_at"] == "2026-11-01T08:00:00+00:00"
    assert "this file has been imported before" in sellerwatch("import", path, *US, *OCTOBER, *MADE).out


def test_records_of_a_report_that_are_set_aside_are_listed_and_the_exit_code_is_1(sellerwatch, here):
    path = write(here, flat("all_orders", order("1"), order("2", units="many")), "orders.txt")

    ran = sellerwatch("import", path, "--report", "orders_by_date", *US, *OCTOBER, *MADE, "--dry-run")

    assert ran.code == 1
    assert "3\tquantity\t" in ran.out
    assert "1 record set aside; the rest is used" in ran.out
    assert "dry run: nothing was written" in ran.out


def test_a_snapshot_is_of_the_time_that_the_file_was_written(sellerwatch, here):
    path = write(here, flat("fba_inventory", stock("A")), "stock.txt")
    os.utime(path, (0, datetime(2025, 3, 1, 12, tzinfo=UTC).timestamp()))

    assert sellerwatch("import", path, *US, "--json").facts["first_day"] == "2025-03-01"


def test_an_account_without_a_name_can_import_too(sellerwatch, here, configured, monkeypatch):
    monkeypatch.setattr(import_command.getpass, "getuser", lambda: (_ for _ in ()).throw(KeyError("uid")))
    sellerwatch("import", write(here, COSTS))

    assert asked(configured, "SELECT imported_by FROM file_import") == [("unknown",)]


# --- templates --------------------------------------------------------------------------------------------------------


def test_init_writes_a_template_of_every_table_and_one_workbook(sellerwatch, outside):
    sellerwatch("init")

    names = {path.name for path in (outside / "templates").iterdir()}
    assert names == {*(f"{name}.csv" for name in USER_TABLES), WORKBOOK}


def test_init_never_overwrites_a_template_that_was_filled_in(sellerwatch, outside):
    sellerwatch("init")
    mine = outside / "templates" / "unit_cost.csv"
    mine.write_text(COSTS)
    (outside / "templates" / "target.csv").unlink()

    ran = sellerwatch("init")

    assert [line for line in ran.out.splitlines() if line.startswith("wrote")] == ["wrote templates/target.csv"]
    assert mine.read_text() == COSTS


def test_templates_that_cannot_be_written_are_said_and_stop_nothing(sellerwatch, outside):
    (outside / "templates").write_text("a file in the way")

    ran = sellerwatch("init")

    assert ran.code == 0
    assert "the templates of tables to fill in could not be written to templates: File exists" in ran.out


def test_a_template_just_written_is_refused_because_of_its_example_row(sellerwatch, outside):
    sellerwatch("init")

    ran = sellerwatch("import", "templates/unit_cost.csv")

    assert ran.code == 1
    assert "this is an example row: delete it" in ran.out
