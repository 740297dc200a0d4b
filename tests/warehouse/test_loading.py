"""Loading a night: a bad document is set aside with its reason and the rest goes on; what is set aside is told once."""

import gzip
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sellerwatch.core.errors import PermanentError
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.core.periods import Days, end_of_day
from sellerwatch.reports.registry import REPORTS
from sellerwatch.warehouse import load
from tests.warehouse.conftest import NIGHT, STOCK, SteppingClock
from tests.warehouse.shelf import STORE, flat, order, stock

ORDERS = Days(date(2026, 11, 7), date(2026, 11, 16))
GOOD = flat("fba_inventory", stock("A"))
HTML = b"<html><body>503 Service Unavailable</body></html>"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (flat("fba_inventory", stock("A"), without=("afn-fulfillable-quantity",)), "afn-fulfillable-quantity"),
        (HTML, "HTML"),
        (gzip.compress(GOOD), "still compressed"),
        (b"\xff\xfe\x00", "required columns"),
        (flat("fba_inventory", stock("A", "lots"), stock("B", "none")), "no record of fba_inventory could be used"),
        (b"", "the document is empty"),
        (flat("fba_inventory", stock("")), "no record of fba_inventory could be used"),
    ],
    ids=["missing_column", "html", "compressed", "undecodable", "every_record_bad", "no_byte", "no_key"],
)
def test_a_document_that_cannot_be_used_is_set_aside_and_empties_nothing(shelf, body, says):
    shelf.put("fba_inventory", GOOD)
    shelf.load()

    window = shelf.put("fba_inventory", body, hours=2)
    report = shelf.load()

    assert (report.documents, report.quarantined) == (0, 1)
    assert shelf.facts("fba_inventory", "sku") == [("A",)]
    (problem,) = report.problems
    assert says in problem.what
    assert problem.place == f"{window.id}#2"
    assert shelf.documents()[1].state == "quarantined"
    assert next(shelf.workspace.raw.object_path(row.sha256).read_bytes() for row in shelf.documents()[1:]) == body


def test_the_window_of_a_bad_document_is_open_again_and_told_until_a_better_one_comes(shelf):
    window = shelf.put("fba_inventory", HTML)
    first = shelf.load()
    again = shelf.load()
    row = shelf.window(window)

    shelf.put("fba_inventory", GOOD, hours=1)
    mended = shelf.load()

    assert (row.state, row.detail) == ("wanted", f"its document {window.id}#1 was set aside")
    assert first.problems == again.problems != ()
    assert (mended.problems, shelf.window(window).state) == ((), "done")


def test_a_bad_document_does_not_reopen_a_window_that_a_better_one_fills(shelf):
    window = shelf.put("fba_inventory", HTML)
    shelf.put("fba_inventory", GOOD, hours=1)

    report = shelf.load()

    assert (report.documents, report.quarantined, report.problems) == (1, 1, ())
    assert shelf.window(window).state == "done"


def test_other_documents_are_loaded_when_one_is_bad(shelf):
    shelf.put("all_orders", HTML, days=ORDERS)
    shelf.put("fba_inventory", GOOD)

    report = shelf.load()

    assert (report.documents, report.rows, report.quarantined) == (1, 1, 1)


def test_nothing_more_is_loaded_once_the_time_there_was_is_over(shelf, monkeypatch):
    shelf.put("all_orders", flat("all_orders", order("1")), days=ORDERS)
    shelf.put("fba_inventory", GOOD)
    began_at = datetime(2026, 11, 17, 14, tzinfo=UTC)
    stepping = replace(shelf.workspace, clock=SteppingClock(began_at))
    until = began_at + timedelta(milliseconds=1.5)

    done = [load.load_some(stepping, STORE, until) for _ in range(2)]
    left = shelf.load()

    assert (done, left.documents) == ([True, False], 1)


def test_records_that_are_set_aside_are_stored_counted_and_told(shelf):
    body = flat("fba_inventory", stock("A"), stock("B", "lots"), stock("", "1"))

    window = shelf.put("fba_inventory", body)
    first = shelf.load()
    again = shelf.load()

    assert [(row.line, row.column_name, row.excerpt) for row in shelf.skipped()] == [
        (3, "afn-fulfillable-quantity", "lots"),
        (4, "sku", ""),
    ]
    (problem,) = first.problems
    assert problem.what == (
        "2 records of 3 set aside; the first, line 3, column 'afn-fulfillable-quantity': expected a whole number"
    )
    assert problem.place == f"{window.id}#1"
    assert again.problems == first.problems
    assert (shelf.documents()[0].row_count, shelf.documents()[0].skipped_count) == (1, 2)


def test_one_record_is_told_as_one(shelf):
    shelf.put("fba_inventory", flat("fba_inventory", stock("A"), stock("A")))

    (problem,) = shelf.load().problems

    assert problem.what == "1 record of 2 set aside; the first, line 3: repeats the key of an earlier record"


def test_an_amount_no_database_holds_sets_its_record_aside_and_no_other(shelf):
    largest = "9223372036854.775807"
    records = [order("1", price=largest), order("2", price="9223372036854.775808"), order("3", price=f"-{largest}")]
    shelf.put("all_orders", flat("all_orders", *records), days=ORDERS)

    (problem,) = shelf.load().problems

    assert "1 record of 3 set aside; the first, line 3, column 'item-price'" in problem.what
    assert shelf.facts("order_line", "item_price_amount") == [(Decimal(largest),), (-Decimal(largest),)]


def test_an_amount_that_is_computed_and_no_database_holds_sets_the_document_aside(shelf, monkeypatch):
    def overflow(connection, document, new):
        raise OverflowError("the amount 1e14 is larger than the warehouse holds")

    monkeypatch.setattr(load, "replace_facts", overflow)
    shelf.put("fba_inventory", GOOD)

    (problem,) = shelf.load().problems

    assert "larger than the warehouse holds" in problem.what


def test_a_parser_that_fails_is_one_bad_document_and_not_the_end_of_the_night(shelf, monkeypatch, caplog):
    def fail(data, context):
        raise ZeroDivisionError

    monkeypatch.setitem(load.REPORTS, "fba_inventory", replace(REPORTS["fba_inventory"], parse=fail, stream=None))
    shelf.put("fba_inventory", GOOD)

    (problem,) = shelf.load().problems

    assert "the parser failed on it: ZeroDivisionError" in problem.what
    assert "Traceback" in caplog.text


def test_a_document_the_raw_store_lost_is_told_by_name(shelf):
    window = shelf.put("fba_inventory", GOOD)
    shelf.workspace.raw.manifest.path.write_text("")

    (problem,) = shelf.load().problems

    assert "the raw store does not list the document" in problem.what
    assert window.id in problem.what


def test_an_altered_document_is_not_loaded(shelf):
    shelf.put("fba_inventory", GOOD)
    (document,) = shelf.documents()
    shelf.workspace.raw.object_path(document.sha256).write_bytes(GOOD + b"B\n")

    (problem,) = shelf.load().problems

    assert "was altered" in problem.what
    assert shelf.facts("fba_inventory") == []


def test_notes_say_what_is_worth_knowing(shelf):
    body = flat("fba_inventory", stock("A")).replace(b"\n", b"\tbrand-new\n", 1)
    shelf.put("fba_inventory", body)
    shelf.load()

    (document,) = shelf.documents()
    assert document.notes == ["unknown_column: brand-new"]
    assert document.data_through == document.observed_at


def test_a_document_without_rows_is_no_fresh_data(shelf):
    shelf.put("fba_inventory", flat("fba_inventory"))
    shelf.put("all_orders", b"", days=ORDERS)

    assert shelf.load().problems == ()
    assert [(document.state, document.data_through) for document in shelf.documents()] == [("loaded", None)] * 2


def test_a_document_of_returns_without_a_row_is_fresh_data_all_the_same(shelf):
    shelf.put("fba_returns", flat("fba_returns"), days=Days(NIGHT - timedelta(days=2), NIGHT - timedelta(days=1)))

    shelf.load()

    (document,) = shelf.documents()
    assert (document.state, document.row_count) == ("loaded", 0)
    assert document.data_through == end_of_day(NIGHT - timedelta(days=1), marketplace("US").zone)


def test_an_empty_document_empties_no_day_of_a_report_that_always_says_something(shelf):
    monday = Days(date(2026, 11, 16), date(2026, 11, 16))
    shelf.put("sales_traffic", b"", days=monday)

    (problem,) = shelf.load().problems

    assert "the document is empty" in problem.what


def test_a_full_disk_is_no_fault_of_the_document_which_waits(shelf, monkeypatch):
    def fill(connection, document, new):
        raise PermanentError("the warehouse refused: database or disk is full")

    shelf.put("fba_inventory", GOOD)
    with monkeypatch.context() as full:
        full.setattr(load, "replace_facts", fill)
        with pytest.raises(PermanentError, match="disk is full"):
            shelf.load()
    assert [document.state for document in shelf.documents()] == ["raw"]

    assert shelf.load().documents == 1


def test_only_the_night_that_wants_the_window_tells_of_it(shelf):
    shelf.put("fba_inventory", HTML)

    assert shelf.load(as_of=date(2026, 11, 18)).problems == ()
    assert len(shelf.load(as_of=NIGHT).problems) == 1


def test_a_document_with_a_missing_column_costs_another_report_and_is_mended_by_the_next_run(night):
    night.only("fba_inventory").order({"fault": "missing_column", "column": "afn-fulfillable-quantity"})
    night.pull()
    first = night.load()

    pulled = night.pull()
    second = night.load()

    assert "afn-fulfillable-quantity" in first.problems[0].what
    assert (pulled.documents, second.documents, second.problems) == (1, 1, ())
    assert night.states() == {STOCK: "done"}
    assert night.calls()["createReport"] == 2
