"""What only a file tells that a person imported pages nobody, opens nothing and clears nothing."""

from datetime import timedelta

from sqlalchemy import insert

from sellerwatch.core.periods import Days
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.ledger import DOCUMENT
from sellerwatch.warehouse.windows import IMPORTED, Window
from tests.spec.small_world import NIGHT, NOW


def imported(store, report="fba_inventory", made_at=NOW):
    """A file of tonight's stock that a person imported."""
    window = Window(store.store_id, "US", report, Days(NIGHT, NIGHT), IMPORTED)
    with writing(store.engine) as connection:
        windows.enter_imported(connection, window, NOW)
        connection.execute(
            insert(DOCUMENT).values(
                id=f"{window.id}#1",
                window_id=window.id,
                version=1,
                sha256="0" * 64,
                byte_count=1,
                state="loaded",
                row_count=1,
                skipped_count=0,
                notes=[],
                data_through=NOW,
                observed_at=made_at,
                received_at=NOW,
                manifest_number=99,
            )
        )


def test_stock_that_only_an_import_knows_opens_no_alert(store):
    imported(store)

    assert store.night(0, {"A": 1.0}) == []


def test_stock_that_only_an_import_knows_resolves_no_alert(store):
    assert [sent.kind for sent in store.night(-1, {"A": 1.0})] == ["root"]
    imported(store)

    store.night(0, {"A": 90.0})

    assert store.alert("A").status == "firing"


def test_once_amazon_has_spoken_the_alert_comes(store):
    imported(store, made_at=NOW - timedelta(hours=2))
    store.pulled(NIGHT, NIGHT, report="fba_inventory", received_at=NOW)

    assert [sent.kind for sent in store.night(0, {"A": 1.0})] == ["root"]


def test_an_import_of_another_feed_holds_nothing_back(store):
    imported(store, report="settlement")

    assert [sent.kind for sent in store.night(0, {"A": 1.0})] == ["root"]
