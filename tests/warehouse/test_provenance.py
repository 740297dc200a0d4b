"""Which document a fact names: the one that last changed it, whatever confirmed it since and in whatever order all were loaded."""

import itertools
from datetime import date

import pytest

from sellerwatch.core.periods import Days
from sellerwatch.warehouse import load, replacing
from tests.warehouse.conftest import NIGHT
from tests.warehouse.shelf import MORNING, flat, order, stock

ORDERS = Days(date(2026, 11, 7), date(2026, 11, 16))
LEDGER = "Date\tFNSKU\tASIN\tMSKU\tEvent Type\tQuantity\tFulfillment Center\tDisposition"


@pytest.fixture(params=[False, True], ids=["few_rows", "many_rows"], autouse=True)
def _many_rows(request, monkeypatch):
    """Take the way of few rows and that of many, which lay them down differently, for the same small documents."""
    if request.param:
        monkeypatch.setattr(replacing, "MANY_ROWS", 1)
        monkeypatch.setattr(load, "MANY_ROWS", 1)


def put_orders(shelf, *records, hours=0.0):
    shelf.put("all_orders", flat("all_orders", *records), days=ORDERS, hours=hours)


def provenance(shelf, table, *columns):
    """The rows with the hour of the document they name, and their line in it."""
    rows = shelf.facts(table, *columns, "observed_at", "document_id", "line")
    made = {row.id: row.observed_at for row in shelf.documents()}
    assert all(made[row[-2]] == row[-3] for row in rows)
    return [(*row[:-3], (row[-3] - MORNING).total_seconds() / 3600, row[-1]) for row in rows]


def test_a_row_names_the_document_that_last_changed_it(shelf):
    put_orders(shelf, order("1"), order("2"))
    put_orders(shelf, order("2", units="5"), order("1"), order("3"), hours=1)
    put_orders(shelf, order("3"), order("2", units="5"), hours=2)
    shelf.load()

    assert provenance(shelf, "order_line", "amazon_order_id", "quantity") == [("1", 1, 0, 2), ("2", 5, 1, 2), ("3", 1, 1, 4)]


def test_a_snapshot_names_the_newest_document_because_that_is_when_it_was_seen(shelf):
    shelf.put("fba_inventory", flat("fba_inventory", stock("A"), stock("B")))
    shelf.put("fba_inventory", flat("fba_inventory", stock("B"), stock("A")), hours=3)
    shelf.load()

    assert provenance(shelf, "fba_inventory", "sku") == [("A", 3, 3), ("B", 3, 2)]


@pytest.mark.slow
def test_documents_loaded_in_any_order_leave_the_same_rows_that_name_the_same_documents(shelf):
    def records(turn, number):
        lines = [[("1", 1), ("2", 1)], [("1", 2), ("3", 1)], [("1", 2), ("2", 1), ("3", 1)], [("1", 1), ("3", 4)]][number]
        return [order(f"{turn:02}-{name}", units=str(units)) for name, units in lines]

    seen = []
    for turn, permutation in enumerate(itertools.permutations(range(4))):
        for number in permutation:
            put_orders(shelf, *records(turn, number), hours=10 * turn + number)
            shelf.load()
        rows = provenance(shelf, "order_line", "amazon_order_id", "quantity")
        ours = [row for row in rows if row[0].startswith(f"{turn:02}-")]
        seen.append([(name[3:], units, hours - 10 * turn, line) for name, units, hours, line in ours])

    assert seen == [[("1", 1, 3, 2), ("2", 1, 0, 3), ("3", 4, 3, 3)]] * 24


def test_a_late_document_is_set_aside_when_a_newer_one_is_lost_that_would_have_to_follow_it(shelf):
    put_orders(shelf, order("1", units="2"), hours=5)
    shelf.load()
    (newer,) = shelf.documents()
    shelf.workspace.raw.object_path(newer.sha256).unlink()

    put_orders(shelf, order("1", units="1"))
    (problem,) = shelf.load().problems

    assert "cannot be read" in problem.what
    assert shelf.facts("order_line", "quantity") == [(2,)]


def test_rows_that_are_gone_go_and_those_of_others_stay(shelf):
    put_orders(shelf, order("1", "A"), order("1", "B"), order("2", "A"))
    put_orders(shelf, order("1", "B"), order("3", "A"), hours=1)
    shelf.load()

    assert shelf.facts("order_line", "amazon_order_id", "sku") == [("1", "B"), ("2", "A"), ("3", "A")]


def test_an_order_that_would_lose_a_line_to_a_gap_keeps_its_older_lines(shelf):
    put_orders(shelf, order("1", "A"), order("1", "B"), order("2", "A"))
    put_orders(shelf, order("1", "A", units="9"), order("1", "B", units="many"), order("2", "A", units="9"), hours=1)
    shelf.load()

    assert provenance(shelf, "order_line", "amazon_order_id", "sku", "quantity") == [
        ("1", "A", 1, 0, 2),
        ("1", "B", 1, 0, 3),
        ("2", "A", 9, 1, 4),
    ]
    assert "older_orders_kept: 1" in shelf.documents()[1].notes
    assert shelf.documents()[1].row_count == 1


def ledger(*days):
    lines = [f"11/{day:02}/2026\tX1\tB0A\tA\tShipments\t-{number}\tPHL7\tSELLABLE" for number, day in enumerate(days, start=1)]
    return "\n".join([LEDGER, *lines]).encode()


def test_days_that_a_document_was_not_asked_for_stay_as_they_are_and_are_counted(shelf):
    shelf.put("ledger_detail", ledger(14, 14, 15), days=Days(date(2026, 11, 14), date(2026, 11, 15)))
    shelf.put("ledger_detail", ledger(14, 15, 16, 16, 17), days=Days(date(2026, 11, 15), date(2026, 11, 16)), hours=1)
    report = shelf.load()

    assert provenance(shelf, "ledger_event", "happened_on", "ordinal") == [
        (date(2026, 11, 14), 1, 0, 2),
        (date(2026, 11, 14), 2, 0, 3),
        (date(2026, 11, 15), 1, 1, 3),
        (date(2026, 11, 16), 1, 1, 4),
        (date(2026, 11, 16), 2, 1, 5),
    ]
    assert shelf.documents()[1].notes == ["outside_asked_days: 2"]
    assert (report.rows, [row.row_count for row in shelf.documents()]) == (6, [3, 3])


def test_an_older_document_of_other_days_does_not_wait_for_newer_ones(shelf, monkeypatch):
    monday, tuesday = (Days(date(2026, 11, day), date(2026, 11, day)) for day in (16, 17))
    shelf.put("ledger_detail", ledger(17), days=tuesday, hours=5)
    shelf.load()
    (newer,) = shelf.documents()
    shelf.workspace.raw.object_path(newer.sha256).unlink()  # it is not asked for again

    shelf.put("ledger_detail", ledger(16, 16), days=monday)

    assert shelf.load().problems == ()
    assert shelf.facts("ledger_event", "happened_on") == [(date(2026, 11, 16),)] * 2 + [(date(2026, 11, 17),)]


def test_rows_that_do_not_reach_the_database_stop_everything(shelf, monkeypatch):
    put_orders(shelf, order("1"), order("2"))
    shelf.load()
    put_orders(shelf, order("1", units="7"), order("2", units="7"), hours=1)

    with monkeypatch.context() as lossy:
        lossy.setattr(replacing, "insert_rows", lambda connection, table, batches: None)
        lossy.setattr(replacing, "write_file", without_rows(replacing.write_file))
        with pytest.raises(load.PermanentError, match="2 rows of order_line were read, but 0 reached the warehouse"):
            shelf.load()

    assert shelf.facts("order_line", "quantity") == [(1,), (1,)]
    assert shelf.load().documents == 1
    assert shelf.facts("order_line", "quantity") == [(7,), (7,)]


def without_rows(write_file):
    return lambda path, table, batches: write_file(path, table, [])


def test_the_workbench_is_empty_after_every_document(shelf):
    put_orders(shelf, order("1"), order("2"))
    shelf.put("fba_inventory", b"<html>")
    shelf.load()

    assert [path for path in (shelf.workspace.raw.folder / "workbench").rglob("*") if path.is_file()] == []


def test_a_disk_without_room_is_no_fault_of_the_document_which_waits(shelf, monkeypatch):
    def fill(*arguments):
        raise OSError(28, "No space left on device")

    shelf.put("fba_inventory", flat("fba_inventory", stock("A")))
    with monkeypatch.context() as full:
        full.setattr("sellerwatch.reports.sorting.Sorter.finish", fill)
        with pytest.raises(load.PermanentError, match="no room to work: No space left on device"):
            shelf.load(as_of=NIGHT)

    assert shelf.load().documents == 1
