"""`sellerwatch rebuild` on the command line: what it prints, its exit codes, and what it refuses."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from sellerwatch.cli import rebuild as command
from sellerwatch.rawstore.manifest import Received
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.shipped import shipped_config
from sellerwatch.warehouse.engine import open_engine, writing
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT
from tests.conftest import without_computed
from tests.warehouse.shelf import flat, stock

MOMENT = "2026-11-17T13:30:00+00:00"
STOCK = FACTS["fba_inventory"]


@pytest.fixture
def raw(outside, monkeypatch):
    """A raw store with a stock of thirty products and a page that is none, in the place where the command looks for it."""
    without_computed(shutil.copytree(shipped_config(), outside / "config"))
    monkeypatch.setenv("SELLERWATCH_DATA", "var")
    store = RawStore(Path("var/raw"))
    for number, body in enumerate([flat("fba_inventory", *(stock(f"S{n:02}") for n in range(30))), b"<html>busy</html>"]):
        day = f"2026-11-{17 + number}"
        received = Received("cascade", "US", "fba_inventory", day, day, str(number), "text/plain", "", MOMENT, MOMENT)
        store.put_bytes(body, received)
    return store


def test_what_was_rebuilt_is_told_and_what_could_not_be_used(sellerwatch, raw):
    ran = sellerwatch("rebuild", "--into", "new.sqlite")

    assert ran.code == 0
    assert "1 documents, 30 facts, 1 nights" in ran.out
    assert "set aside: cascade/US/fba_inventory/2026-11-18#1" in ran.out
    assert "what never came, and what went wrong, is not known" in ran.out
    assert "not made from bytes: report_window, night" in ran.out
    assert "compared" not in ran.out


def test_differences_are_told_with_their_place_and_end_with_exit_code_1(sellerwatch, raw):
    sellerwatch("rebuild", "--into", "var/warehouse.sqlite.new")
    Path("var/warehouse.sqlite.new").rename("var/warehouse.sqlite")
    equal = sellerwatch("rebuild", "--into", "equal.sqlite", "--compare")
    engine = open_engine("sqlite:///var/warehouse.sqlite")
    with writing(engine) as connection:
        connection.execute(update(STOCK).where(STOCK.c.sku == "S00").values(sellable_units=99))
        connection.execute(delete(STOCK).where(STOCK.c.sku > "S00"))
    engine.dispose()

    ran = sellerwatch("rebuild", "--into", "other.sqlite")

    assert (equal.code, "rows: equal" in equal.out) == (0, True)
    assert ran.code == 1
    assert "fba_inventory cascade/US/2026-11-17/S00: sellable_units is 99, rebuilt 5" in ran.out
    assert "fba_inventory: 10 more differences" in ran.out
    assert "30 differences in 1 tables" in ran.out
    assert sellerwatch("rebuild", "--into", "third.sqlite", "--no-compare", "--json").facts["compared"] is False


def test_a_present_warehouse_that_changes_meanwhile_is_told(sellerwatch, raw, monkeypatch):
    sellerwatch("rebuild", "--into", "var/warehouse.sqlite.new")
    Path("var/warehouse.sqlite.new").rename("var/warehouse.sqlite")
    compare = command.compare_with

    def change_and_compare(old, new, *, heard):
        with writing(old) as connection:
            first = connection.execute(select(DOCUMENT.c.id).where(DOCUMENT.c.state == "loaded")).scalars().first()
            connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == first).values(error="read again"))
        return compare(old, new, heard=heard)

    monkeypatch.setattr(command, "compare_with", change_and_compare)

    ran = sellerwatch("rebuild", "--into", "other.sqlite")

    assert ran.code == 1
    assert "has changed meanwhile" in ran.out


def test_a_person_who_asks_for_the_impossible_is_told_in_one_line(sellerwatch, raw):
    there_is_none = sellerwatch("rebuild", "--into", "new.sqlite", "--compare")
    shutil.rmtree("var/raw")
    empty = sellerwatch("rebuild", "--into", "new.sqlite")

    assert (there_is_none.code, empty.code) == (2, 2)
    assert "no present warehouse to compare with" in there_is_none.err
    assert "the raw store is empty" in empty.err
    assert not Path("new.sqlite").exists()


def test_an_import_that_cannot_be_done_again_is_told_and_ends_with_exit_code_1(sellerwatch, raw):
    body = b"sku,valid_from,valid_to,purchase_amount,currency\nA,2026-01-01,,5.00,USD\n"
    kind = 'application/octet-stream; name="costs.csv"; by="anna"'
    received = Received("", "", "user_tables", "", "", "import 1", kind, "", MOMENT, MOMENT, "imported")
    entry = raw.put_bytes(body, received)
    raw.object_path(entry.sha256).write_bytes(b"altered")

    ran = sellerwatch("rebuild", "--into", "new.sqlite")

    assert ran.code == 1
    assert "import 1: a document of the raw store was altered" in ran.out
