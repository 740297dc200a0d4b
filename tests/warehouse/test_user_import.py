"""Tables that people fill in, brought into the warehouse: all of a file or nothing, and the same on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from sellerwatch.core.errors import PermanentError
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.reports.user.templates import csv_template
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse import user_import
from sellerwatch.warehouse.engine import open_engine, reading
from sellerwatch.warehouse.file_imports import ImportedFile
from sellerwatch.warehouse.schema import bring_up_to_date
from sellerwatch.warehouse.tables.user import FILE_IMPORT, USER
from sellerwatch.warehouse.user_import import import_again, import_user_file
from tests.conftest import ROOT

AT = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
HEADER = "sku,valid_from,valid_to,purchase_amount,currency\n"
FIRST = HEADER + "A,2026-01-01,,5.00,USD\nB,2026-01-01,,7,USD\n"
LATER = HEADER + "A,2026-06-01,2026-07-01,6.25,USD\n"


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
    return replace(shelf.workspace, settings=load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")}))


def bring(workspace, text, *, table=None, name="成本 2026.csv", is_dry_run=False):
    data = text if isinstance(text, bytes) else text.encode()
    done = import_user_file(
        workspace,
        ImportedFile(name, data, "anna", AT),
        table=USER_TABLES[table] if table else None,
        is_dry_run=is_dry_run,
    )
    return done.number, [{name: count for name, count in change.counts.items() if count} for change in done.changes]


def rows(workspace, name="unit_cost"):
    with reading(workspace.engine) as connection:
        return [dict(row) for row in connection.execute(select(USER[name]).order_by(*USER[name].primary_key)).mappings()]


def costs(workspace):
    names = ("sku", "valid_from", "valid_to", "purchase_amount", "import_number", "line")
    return [tuple(row[name] for name in names) for row in rows(workspace)]


def ledger(workspace):
    with reading(workspace.engine) as connection:
        return connection.execute(select(FILE_IMPORT).order_by(FILE_IMPORT.c.number)).all()


def test_rows_carry_the_import_and_the_line_they_came_from(workspace):
    assert bring(workspace, FIRST) == (1, [{"inserted": 2}])

    assert costs(workspace) == [
        ("A", date(2026, 1, 1), None, Decimal(5), 1, 2),
        ("B", date(2026, 1, 1), None, Decimal(7), 1, 3),
    ]
    assert {row["imported_at"] for row in rows(workspace)} == {AT}


def test_the_list_of_imports_says_who_brought_what_and_what_it_did(workspace):
    bring(workspace, FIRST)
    bring(workspace, LATER, name="more.csv")

    first, second = ledger(workspace)
    assert (first.file_name, first.imported_by, first.imported_at, first.kind) == ("成本 2026.csv", "anna", AT, "user_tables")
    assert second.outcome["unit_cost"] == {
        "inserted": 1, "replaced": 0, "closed": 1, "resumed": 1, "removed": 0, "unchanged": 0,
    }  # fmt: skip
    entry = next(item for item in workspace.raw.manifest.entries() if item.number == first.manifest_number)
    assert (workspace.raw.read(entry), entry.sha256) == (FIRST.encode(), first.sha256)


def test_the_same_file_again_changes_nothing_and_leaves_no_trace(workspace):
    bring(workspace, FIRST)
    bring(workspace, LATER)
    before = rows(workspace)

    for text in (FIRST, LATER):
        number, (counts,) = bring(workspace, text)
        assert (number, counts.keys()) == (None, {"unchanged"})
    assert rows(workspace) == before
    assert len(ledger(workspace)) == len(list(workspace.raw.manifest.entries())) == 2


def test_an_earlier_row_is_closed_holds_again_and_is_replaced_under_the_same_key(workspace, database_url):
    bring(workspace, FIRST)
    bring(workspace, LATER)
    bring(workspace, HEADER + "A,2026-07-01,,6.50,USD\n")

    assert [row[:5] for row in costs(workspace)] == [
        ("A", date(2026, 1, 1), date(2026, 6, 1), Decimal(5), 1),
        ("A", date(2026, 6, 1), date(2026, 7, 1), Decimal("6.25"), 2),
        ("A", date(2026, 7, 1), None, Decimal("6.5"), 3),
        ("B", date(2026, 1, 1), None, Decimal(7), 1),
    ]


def test_one_mistake_and_nothing_at_all_is_imported_or_kept(workspace):
    done = import_user_file(
        workspace, ImportedFile("a", (FIRST + "C,soon,,5,USD\n").encode(), "anna", AT), table=None, is_dry_run=False
    )

    assert [(finding.line, finding.column, finding.value) for finding in done.file.findings] == [(4, "valid_from", "soon")]
    assert (done.number, rows(workspace), ledger(workspace)) == (None, [], [])
    assert list(workspace.raw.manifest.entries()) == []


def test_a_failure_in_the_middle_leaves_the_warehouse_as_it_was_and_the_next_try_does_it_all(workspace, monkeypatch):
    bring(workspace, FIRST)
    before = rows(workspace)
    write = user_import._write

    def fail(*arguments):
        write(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(user_import, "_write", fail)
        with pytest.raises(KeyboardInterrupt):
            bring(workspace, LATER)

    assert (rows(workspace), len(ledger(workspace))) == (before, 1)
    assert bring(workspace, LATER) == (2, [{"inserted": 1, "closed": 1, "resumed": 1}])
    assert len(list(workspace.raw.manifest.entries())) == 2


def test_a_file_whose_import_was_cut_off_gives_way_to_the_next_one_when_all_is_made_again(workspace, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(user_import, "_write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bring(workspace, LATER)
    assert bring(workspace, FIRST) == (1, [{"inserted": 2}])
    before = rows(workspace)

    assert import_again(workspace) == 1
    assert rows(workspace) == before


BACK = "sku,valid_from,purchase_amount,currency,remove\nA,2026-06-01,,,yes\n"


def test_a_row_can_be_taken_back_and_all_of_it_is_made_again_the_same(workspace, database_url):
    bring(workspace, FIRST)
    first = costs(workspace)
    bring(workspace, HEADER + "A,2026-06-01,,6.25,USD\n")

    assert bring(workspace, BACK, name="back.csv") == (3, [{"removed": 1, "resumed": 1}])
    assert costs(workspace) == first
    assert ledger(workspace)[-1].outcome["unit_cost"]["removed"] == 1
    assert bring(workspace, BACK) == (None, [{}])
    before, listed = rows(workspace), ledger(workspace)
    assert import_again(workspace) == 3
    assert (rows(workspace), ledger(workspace)) == (before, listed)


def test_a_dry_run_tells_what_would_be_done_and_writes_nothing(workspace):
    assert bring(workspace, FIRST, is_dry_run=True) == (None, [{"inserted": 2}])
    assert (rows(workspace), list(workspace.raw.manifest.entries())) == ([], [])


def test_all_of_it_can_be_made_again_from_the_raw_store_alone(workspace):
    bring(workspace, FIRST, table="unit_cost")
    bring(workspace, LATER)
    bring(workspace, FIRST.replace("5.00", "5.50"))
    before, listed = rows(workspace), ledger(workspace)

    assert import_again(workspace) == 3
    assert (rows(workspace), ledger(workspace)) == (before, listed)


def test_making_it_again_stops_at_a_file_that_is_no_longer_fine_and_changes_nothing(workspace):
    bring(workspace, "store," + HEADER + "cascade,A,2026-01-01,,5,USD\n")
    before = rows(workspace)
    stores = {name: store for name, store in workspace.settings.stores.items() if name != "cascade"}
    changed = replace(workspace, settings=replace(workspace.settings, stores=stores))

    with pytest.raises(PermanentError, match="no longer fine: expected one of alpine"):
        import_again(changed)
    assert rows(workspace) == before


def test_every_table_takes_what_its_template_shows_and_gives_it_back(workspace, database_url):
    wrong = []
    for name, table in USER_TABLES.items():
        text = csv_template(table).decode("utf-8-sig").replace("EXAMPLE-", "").replace("example row: delete it", "")
        if bring(workspace, text) != (len(ledger(workspace)), [{"inserted": 1}]) or bring(workspace, text)[1] != [
            {"unchanged": 1}
        ]:
            wrong.append(name)
        assert len(rows(workspace, name)) == 1

    assert wrong == []
