"""Reports that people downloaded, brought into the warehouse: facts like all others, and never news."""

import gzip
import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from sellerwatch.core.errors import ConfigError, PermanentError
from sellerwatch.core.periods import Days
from sellerwatch.metrics.feeds import feed_ages
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.reports.recognition import recognise_report
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse import documents, report_import, windows
from sellerwatch.warehouse.engine import open_engine, reading
from sellerwatch.warehouse.file_imports import ImportedFile, parameter
from sellerwatch.warehouse.report_import import Stated, import_report_file
from sellerwatch.warehouse.schema import bring_up_to_date
from sellerwatch.warehouse.tables.ledger import NIGHT as NIGHTS
from sellerwatch.warehouse.tables.ledger import PROBLEM
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.tables.user import FILE_IMPORT
from tests.conftest import NIGHT, ROOT
from tests.warehouse.shelf import MORNING, flat, order, stock

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
LEDGER = {"FNSKU": "X1", "ASIN": "B1", "MSKU": "A", "Disposition": "SELLABLE", "Location": "US"}


@pytest.fixture
def engine(request, tmp_path):
    """A warehouse on SQLite; on each database in turn for a test that asks for ``database_url``."""
    asked = "database_url" in request.fixturenames
    opened = open_engine(request.getfixturevalue("database_url") if asked else f"sqlite:///{tmp_path / 'warehouse.sqlite'}")
    bring_up_to_date(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def workspace(shelf):
    settings = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")})
    shelf.workspace = replace(shelf.workspace, settings=settings)
    return shelf.workspace


@pytest.fixture
def bring(workspace):
    def brought(data, *, days=OCTOBER, store="cascade", marketplace="US", made_at=MORNING, is_dry_run=False):
        found = recognise_report(data, None, where="file.txt")
        first, last = days or (None, None)
        stated = Stated(store, marketplace, first, last, made_at)
        return import_report_file(
            workspace, ImportedFile("file.txt", data, "anna", MORNING), found, stated, is_dry_run=is_dry_run
        )

    return brought


def everything(shelf, table):
    with reading(shelf.engine) as connection:
        return connection.execute(select(table)).all()


def test_an_imported_file_becomes_facts_with_the_document_and_line_they_came_from(shelf, bring, database_url):
    done = bring(flat("all_orders", order("1"), order("2", price="7.50")))

    assert done.document_id == "cascade/US/all_orders/2026-10-01..2026-10-31/imported#1"
    assert done.records == {"order_line": 2}
    assert shelf.facts("order_line", "amazon_order_id", "document_id", "line") == [
        ("1", done.document_id, 2),
        ("2", done.document_id, 3),
    ]
    window = shelf.window(done.window)
    assert (window.state, window.window.origin) == ("done", "imported")


def test_the_bytes_and_who_brought_them_are_kept(shelf, bring, workspace):
    data = gzip.compress(flat("all_orders", order("1")))
    done = bring(data)

    (entry,) = workspace.raw.manifest.entries()
    assert workspace.raw.read(entry) == gzip.decompress(data)
    assert parameter(entry.received.content_type, "by") == "anna"
    (noted,) = everything(shelf, FILE_IMPORT)
    assert (noted.kind, noted.document_id, noted.file_name) == ("report", done.document_id, "file.txt")
    assert noted.outcome == {"records": {"order_line": 1}, "set_aside": 0}


def test_the_same_file_again_changes_nothing(shelf, bring, workspace):
    data = flat("all_orders", order("1"))
    first = bring(data)
    again = bring(data, made_at=MORNING + timedelta(hours=1))

    assert (first.is_known, again.is_known, again.document_id) == (False, True, first.document_id)
    assert len(shelf.documents()) == len(everything(shelf, FILE_IMPORT)) == len(list(workspace.raw.manifest.entries())) == 1


def test_an_import_that_was_killed_before_it_was_loaded_is_finished_by_the_next_try(shelf, bring, monkeypatch):
    data = flat("all_orders", order("1"))
    with monkeypatch.context() as patched:
        patched.setattr(report_import, "load_night", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bring(data)

    assert bring(data).is_known
    assert shelf.facts("order_line", "amazon_order_id") == [("1",)]


def test_a_dry_run_counts_and_writes_nothing(shelf, bring, workspace):
    done = bring(flat("all_orders", order("1")), is_dry_run=True)

    assert (done.records, done.document_id) == ({"order_line": 1}, None)
    assert (shelf.documents(), list(workspace.raw.manifest.entries())) == ([], [])


def test_of_an_imported_and_a_pulled_document_the_one_made_later_holds(shelf, bring):
    shelf.put("all_orders", flat("all_orders", order("1", price="10.00")), days=Days(date(2026, 11, 1), date(2026, 11, 16)))
    shelf.load()

    bring(flat("all_orders", order("1", price="8.00")), made_at=MORNING - timedelta(hours=1))
    assert [str(price) for (price,) in shelf.facts("order_line", "item_price_amount")] == ["10.000000"]
    bring(flat("all_orders", order("1", price="12.00")), made_at=MORNING + timedelta(hours=1))
    assert [str(price) for (price,) in shelf.facts("order_line", "item_price_amount")] == ["12.000000"]


# --- never news -------------------------------------------------------------------------------------------------------


def newest(shelf, report="fba_inventory", as_of=NIGHT):
    with reading(shelf.engine) as connection:
        return documents.newest_data(connection, "cascade", "US", report, as_of)


def age(shelf, workspace, report):
    measuring = Measuring("cascade", NIGHT, MORNING, workspace.settings.marketplaces("cascade")[:1])
    with reading(shelf.engine) as connection:
        (row,) = feed_ages(connection, measuring, [report])
    return row["numerator"], row["reason"]


def test_an_import_makes_no_late_feed_look_fresh(shelf, bring, workspace):
    yesterday = NIGHT - timedelta(days=2)
    shelf.put("fba_inventory", flat("fba_inventory", stock("A")), hours=-48, as_of=yesterday, days=Days(yesterday, yesterday))
    shelf.load(yesterday)
    before = newest(shelf), age(shelf, workspace, "fba_inventory")

    bring(flat("fba_inventory", stock("A", "0")), days=None)

    assert shelf.facts("fba_inventory", "sellable_units")[-1] == (0,)
    assert (newest(shelf), age(shelf, workspace, "fba_inventory")) == before


def test_a_feed_that_never_delivered_is_no_older_and_no_fresher_for_an_import(shelf, bring, workspace):
    before = age(shelf, workspace, "all_orders")

    bring(flat("all_orders", order("1")))

    assert newest(shelf, "all_orders") is None
    assert age(shelf, workspace, "all_orders") == before


def test_an_import_begins_no_night_records_no_problem_and_sends_nothing(shelf, bring):
    bring(flat("all_orders", order("1"), order("2", units="many")))

    assert [record.line for record in shelf.skipped()] == [3]
    assert [everything(shelf, table) for table in (NIGHTS, PROBLEM, OUTBOX)] == [[], [], []]


def test_what_was_imported_is_pulled_all_the_same(shelf, bring):
    days = Days(NIGHT - timedelta(days=3), NIGHT - timedelta(days=1))
    bring(flat("all_orders", order("1")), days=(days.first, days.last))

    with reading(shelf.engine) as connection:
        assert windows.finished_windows(connection, "cascade", "US", "all_orders", "").covered == set()
        assert windows.windows_of_night(connection, "cascade", NIGHT) == []


def test_feeds_known_by_an_import_alone_are_named_until_amazon_has_spoken(shelf, bring, database_url):
    def alone():
        with reading(shelf.engine) as connection:
            return documents.known_by_import_alone(connection, "cascade", NIGHT)

    bring(flat("all_orders", order("1")))
    assert alone() == set()  # of October: history
    bring(flat("fba_inventory", stock("A")), days=None)
    assert alone() == {("US", "fba_inventory")}
    shelf.put("fba_inventory", flat("fba_inventory", stock("A")), hours=1)
    shelf.load()
    assert alone() == set()


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (
            {"store": None, "marketplace": None, "days": None},
            r"Add --store \(cascade, alpine\), --marketplace, --from .*, --to",
        ),
        ({"store": "alpine", "marketplace": None}, r"Add --marketplace \(DE, UK\)"),
        ({"days": (date(2026, 10, 1), None)}, r"Add --to"),
        ({"days": (date(2026, 10, 2), date(2026, 10, 1))}, "comes before --from"),
        ({"marketplace": "JP"}, "unknown marketplace of store cascade 'JP'"),
        ({"store": "nobody"}, "nobody"),
        ({"days": (date(2026, 11, 1), date(2026, 11, 20))}, "cannot tell of 2026-11-20"),
    ],
)
def test_what_file_and_person_leave_open_is_asked_for(shelf, bring, given, missing):
    with pytest.raises(ConfigError, match=missing):
        bring(flat("all_orders", order("1")), **given)
    assert shelf.documents() == []


def test_a_snapshot_has_no_days_and_is_of_the_day_it_was_made(bring):
    with pytest.raises(ConfigError, match="shows one moment"):
        bring(flat("fba_inventory", stock("A")))

    done = bring(flat("fba_inventory", stock("A")), days=None, made_at=datetime.fromisoformat("2026-11-03T01:00:00+00:00"))
    assert done.window.days == Days(date(2026, 11, 2), date(2026, 11, 2))  # still the 2nd in Los Angeles


def test_what_a_document_says_of_itself_need_not_be_said(shelf, bring):
    folder = ROOT / "tests" / "golden" / "sales_traffic" / "live_2026"
    data = (folder / "input.json").read_bytes()
    stated = json.loads(data)["reportSpecification"]
    made_at = datetime.fromisoformat(json.loads((folder / "context.json").read_text())["observed_at"])

    done = bring(data, days=None, marketplace=None, made_at=made_at)

    assert (done.window.marketplace, str(done.window.days.first)) == ("US", stated["dataStartTime"])
    assert len(shelf.facts("sales_traffic_day", "sold_on")) == done.records["sales_traffic_day"]


def test_days_that_would_be_emptied_are_refused(shelf, bring, database_url):
    def ledger(*days):
        rows = [LEDGER | {"Date": f"10/{number:02}/2026", "Ending Warehouse Balance": "5"} for number in days]
        return flat("ledger_summary", *rows)

    bring(ledger(1, 2, 3), days=(date(2026, 10, 1), date(2026, 10, 3)))

    with pytest.raises(ConfigError, match=r"no record of 2 of the days named.*the first is 2026-10-01"):
        bring(ledger(3, 4))
    assert bring(ledger(3, 4), days=(date(2026, 10, 3), date(2026, 10, 4))).records == {"ledger_summary": 2}
    assert [str(day) for (day,) in shelf.facts("ledger_summary", "balance_on")] == [
        "2026-10-01",
        "2026-10-02",
        "2026-10-03",
        "2026-10-04",
    ]


def test_a_file_without_a_record_or_without_a_usable_one_is_refused(shelf, bring):
    with pytest.raises(ConfigError, match="holds no record"):
        bring(flat("all_orders"))
    with pytest.raises(PermanentError, match="quantity"):
        bring(flat("all_orders", *(order(str(number), units="many") for number in range(3))))
    assert shelf.documents() == []


def test_a_document_that_the_load_sets_aside_is_no_success_and_wants_nothing(shelf, bring, workspace, monkeypatch):
    data = flat("all_orders", order("1"))
    with monkeypatch.context() as patched:
        patched.setattr(report_import, "load_night", lambda *_: None)
        with pytest.raises(PermanentError, match="could not be loaded: raw"):
            bring(data)
    (entry,) = workspace.raw.manifest.entries()
    workspace.raw.object_path(entry.sha256).write_bytes(b"altered")

    with pytest.raises(PermanentError, match="was altered"):
        bring(data)
    (document,) = shelf.documents()
    assert document.state == "quarantined"
    with reading(shelf.engine) as connection:
        assert [row.state for row in windows.windows_of_night(connection, "cascade", windows.NO_NIGHT)] == ["done"]
