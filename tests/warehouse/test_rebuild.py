"""A warehouse made anew from the raw store, step by step: what is entered, what is compared, and what is refused."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.metrics.history import measure_history
from sellerwatch.metrics.measure import measure_night
from sellerwatch.metrics.rebuild import rebuild
from sellerwatch.rawstore.manifest import Received
from sellerwatch.rawstore.verify import verify
from sellerwatch.reports.recognition import recognise_report
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse import documents, nights, windows
from sellerwatch.warehouse.checks.run import check_night
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.file_imports import ImportedFile
from sellerwatch.warehouse.rebuild import target as targets
from sellerwatch.warehouse.rebuild.compare import COMPARED, LISTED, NOT_REBUILT, READ_AS, compare
from sellerwatch.warehouse.rebuild.past import NO_LEDGER, read_ledger, read_past
from sellerwatch.warehouse.rebuild.target import declare_finished, opened_present, opened_target
from sellerwatch.warehouse.report_import import Stated, import_report_file
from sellerwatch.warehouse.tables.all import TABLES
from sellerwatch.warehouse.tables.backfills import BACKFILL
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import NIGHT, WINDOW
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.user import FILE_IMPORT, USER
from sellerwatch.warehouse.user_import import import_user_file
from sellerwatch.warehouse.windows import NO_NIGHT, Window
from tests.conftest import NIGHT as FIRST
from tests.conftest import ROOT
from tests.metric_rows import remove_values
from tests.spec.small_world import coded_only
from tests.warehouse.shelf import MORNING, STORE, flat, order, stock

COSTS = b"sku,valid_from,valid_to,purchase_amount,currency\nA,2026-01-01,,5.00,USD\n"
NOVEMBER = Days(date(2026, 11, 15), date(2026, 11, 16))
ORDERS = FACTS["order_line"]


def unheard(*_):
    """Hear how far it has come, and do nothing."""


class StandingClock:
    """A clock that a test sets."""

    def __init__(self):
        self.moment = MORNING

    def now(self):
        return self.moment

    def sleep(self, seconds):
        raise AssertionError


@pytest.fixture
def engine(sqlite_warehouse):
    return sqlite_warehouse


@pytest.fixture(scope="module")
def shipped():
    return load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")})


@pytest.fixture
def shelf(shelf, shipped):
    """A shelf with the default configuration, whose store is small, and with a clock that stands.

    Only what has code of its own is measured: how values are made anew does not depend on how many there are.
    """
    store = shipped.stores[STORE].model_copy(update={"reports": ("all_orders", "fba_inventory", "fba_returns")})
    settings = replace(coded_only(shipped), stores={STORE: store})
    shelf.workspace = replace(shelf.workspace, settings=settings, clock=StandingClock())
    return shelf


@pytest.fixture
def full_shelf(shelf, shipped):
    """The same, with every metric of the catalogue."""
    shelf.workspace = replace(shelf.workspace, settings=replace(shelf.workspace.settings, metrics=shipped.metrics))
    return shelf


def lay(shelf, report, body, *, at, days, part="", as_of=FIRST, asked_by="night", outcome="document", is_told=True):
    """Have a document come at a moment, noted in the manifest as the pull notes it, or as it did before it told more."""
    window = Window(STORE, "US", report, days, part)
    told = {"part": part, "wanted_for": str(as_of), "asked_by": asked_by} if is_told else {}
    problem = "its last byte is missing" if outcome == "damaged" else ""
    received = Received(
        STORE, "US", report, str(days.first), str(days.last), f"{window.id} {at}", "text/plain;charset=UTF-8", "",
        at.isoformat(), at.isoformat(), outcome, **told, problem=problem if is_told else "",
    )  # fmt: skip
    entry = shelf.workspace.raw.put_bytes(body, received)
    with writing(shelf.engine) as connection:
        if asked_by == "night":
            windows.enter(connection, window, as_of)
        else:
            windows.enter_past(connection, window, asked_by)
        documents.enter(connection, window, entry, error=problem or None)
        if not problem:
            windows.mark_finished(connection, window, "done", at)
    return window


def run_night(shelf, as_of, *, at):
    """Run a night without Amazon: load, check, measure, and note its end."""
    workspace = shelf.workspace
    workspace.clock.moment = at
    with writing(shelf.engine) as connection:
        nights.begin(connection, STORE, as_of, at)
    shelf.load(as_of)
    check_night(workspace, STORE, as_of)
    measure_night(workspace, STORE, as_of)
    with writing(shelf.engine) as connection:
        nights.finish(connection, STORE, as_of, problems=0, decided_at=at, now=at)


def two_nights(shelf, *, is_told=True):
    """Two nights, the second of which restates the first's orders, with what else happens between them."""
    day = timedelta(days=1)
    told = {"is_told": is_told}
    lay(shelf, "all_orders", flat("all_orders", order("1"), order("2", "B")), at=MORNING, days=NOVEMBER, **told)
    lay(shelf, "fba_inventory", flat("fba_inventory", stock("A"), stock("B", "0")), at=MORNING, days=Days(FIRST, FIRST), **told)
    with writing(shelf.engine) as connection:
        silent = Window(STORE, "US", "fba_returns", NOVEMBER)
        windows.enter(connection, silent, FIRST)
        windows.mark_finished(connection, silent, "empty", MORNING)
        windows.enter(connection, Window(STORE, "US", "fba_inventory", Days(FIRST + day, FIRST + day), "late"), FIRST + day)
    run_night(shelf, FIRST, at=MORNING + timedelta(minutes=9))
    import_user_file(
        shelf.workspace, ImportedFile("costs.csv", COSTS, "anna", MORNING + timedelta(hours=1)), table=None, is_dry_run=False
    )
    changed = flat("all_orders", order("1", units="3"), order("2", "B", status="Cancelled", units="0"))
    lay(shelf, "all_orders", changed, at=MORNING + day, days=Days(NOVEMBER.first, FIRST), as_of=FIRST + day, **told)
    run_night(shelf, FIRST + day, at=MORNING + day + timedelta(minutes=9))


@pytest.fixture
def begun(tmp_path, ready_sqlite):
    """A place in which a rebuild has begun: its tables are there, which spares most tests the time to make them."""
    url = ready_sqlite(tmp_path / "begun.sqlite")
    engine = open_engine(url)
    with writing(engine) as connection:
        targets._STEP.create(connection)
    engine.dispose()
    return url


@pytest.fixture
def anew(shelf, request):
    """Rebuilds the shelf's warehouse, on each database in turn where a test asks for ``database_url``; returns what differs too."""
    place = request.getfixturevalue("database_url" if "database_url" in request.fixturenames else "begun")

    def run(ledger=None):
        ledger = read_ledger(shelf.engine) if ledger is None else ledger
        past = read_past(shelf.workspace.raw, ledger, shelf.workspace.settings.stores)
        with opened_target(place, "sqlite:///elsewhere/warehouse.sqlite") as engine:
            done = rebuild(shelf.workspace, engine, past, heard=unheard)
            tables = compare(shelf.engine, engine, heard=unheard)
            declare_finished(engine)
        return done, [difference for table in tables for difference in table.listed]

    return run


def test_two_nights_are_done_again_with_their_restatement_their_imports_and_what_never_came(full_shelf, anew, database_url):
    two_nights(full_shelf)

    done, differences = anew()

    assert differences == []
    assert (done.documents, done.nights, done.set_aside, done.problems) == (3, 2, (), ())
    engine = open_engine(database_url)
    with reading(engine) as connection, reading(full_shelf.engine) as before:
        for table in (WINDOW, NIGHT):
            ordered = table.select().order_by(*table.primary_key)
            assert connection.execute(ordered).all() == before.execute(ordered).all()
        assert connection.execute(select(USER["unit_cost"].c.sku)).scalars().all() == ["A"]
        assert len(connection.execute(METRIC_VALUE.select()).all()) == done.metrics > 50
    engine.dispose()


def test_lines_written_before_they_told_who_wanted_them_are_placed_by_the_present_ledger(shelf, anew):
    two_nights(shelf, is_told=False)

    assert anew()[1] == []


def test_without_a_ledger_the_nights_are_those_that_documents_were_wanted_for(shelf, anew):
    two_nights(shelf)
    with writing(shelf.engine) as connection:
        remove_values(connection, METRIC_VALUE.c.metric.in_(["feed_age_hours", "check_failure"]))

    done, differences = anew(NO_LEDGER)

    # How old a feed is depends on the minute, and that there were no returns is in no document.
    unlike = [item for item in differences if item.table != "data_check" and "fba_returns" not in item.key.values()]
    assert done.nights == 2
    assert [item for item in unlike if item.key.get("metric") not in {"feed_age_hours", "check_failure"}] == []


def test_without_a_ledger_older_lines_belong_to_the_day_on_which_they_came(shelf, anew):
    two_nights(shelf, is_told=False)

    done, differences = anew(NO_LEDGER)

    assert done.nights == 2
    assert [item for item in differences if item.table in FACTS] == []


def test_a_backfill_is_measured_again_where_it_came(shelf, anew):
    lay(shelf, "all_orders", flat("all_orders", order("1")), at=MORNING, days=NOVEMBER)
    run_night(shelf, FIRST, at=MORNING + timedelta(minutes=9))
    october = Days(date(2026, 10, 1), date(2026, 10, 2))
    late = flat("orders_by_date", order("9") | {"purchase-date": "2026-10-02T18:00:00+00:00"})
    at = MORNING + timedelta(hours=2)
    lay(shelf, "orders_by_date", late, at=at, days=october, as_of=NO_NIGHT, asked_by="backfill b1")
    shelf.load()
    measure_history(shelf.workspace, STORE, october)
    with writing(shelf.engine) as connection:
        connection.execute(insert(BACKFILL).values(**a_backfill(october, at + timedelta(minutes=5))))

    assert anew()[1] == []


def test_without_a_ledger_a_backfill_is_told_by_what_was_asked_for(shelf):
    october = Days(date(2026, 10, 1), date(2026, 10, 2))
    lay(shelf, "orders_by_date", b"", at=MORNING, days=october, as_of=NO_NIGHT, asked_by="backfill b1")

    (event,) = read_past(shelf.workspace.raw, NO_LEDGER, [STORE]).events

    assert (event.name, event.stores, event.days, event.at) == ("backfill b1", (STORE,), october, MORNING)


def a_backfill(days, finished_at):
    empty = {"rows_before": {}, "rows_after": {}, "routes": [], "left_out": [], "problems": []}
    return empty | {
        "id": "b1", "asked_by": "Ada", "reason": "days are missing", "source": "cli", "stores": [STORE, "gone"],
        "feeds": ["orders_by_date"], "first_day": days.first, "last_day": days.last, "mode": "gaps", "state": "complete",
        "started_at": MORNING, "finished_at": finished_at, "windows_wanted": 1, "expected_seconds": 1,
    }  # fmt: skip


def test_a_report_that_a_person_imported_is_imported_again(shelf, anew):
    data = flat("all_orders", order("1"), order("2", units="many"))
    stated = Stated(STORE, "US", NOVEMBER.first, NOVEMBER.last, MORNING)
    file = ImportedFile("downloaded.txt", data, "anna", MORNING + timedelta(minutes=1))
    import_report_file(shelf.workspace, file, recognise_report(data, None, where="it"), stated, is_dry_run=False)

    done, differences = anew()

    assert differences == []
    assert done.documents == 1


def test_an_imported_file_whose_bytes_were_altered_is_named_and_the_rest_goes_on(shelf, anew):
    two_nights(shelf)
    data = flat("all_orders", order("3"))
    stated = Stated(STORE, "US", NOVEMBER.first, NOVEMBER.last, MORNING)
    file = ImportedFile("downloaded.txt", data, "anna", MORNING + timedelta(days=2))
    import_report_file(shelf.workspace, file, recognise_report(data, None, where="it"), stated, is_dry_run=False)
    with reading(shelf.engine) as connection:
        for sha256 in connection.execute(select(FILE_IMPORT.c.sha256)).scalars():
            shelf.workspace.raw.object_path(sha256).write_bytes(b"altered")

    done, differences = anew()

    (problem,) = done.problems
    assert problem.startswith("import 1: a document of the raw store was altered")
    assert [name for name, _ in done.set_aside] == [f"cascade/US/all_orders/{NOVEMBER}/imported#1"]
    assert {"user_unit_cost", "order_line", "document", "file_import"} <= {item.table for item in differences}


@pytest.mark.parametrize("is_told", [True, False])
def test_a_download_that_came_damaged_is_set_aside_again_for_the_same_reason(shelf, anew, is_told):
    days = Days(FIRST, FIRST)
    lay(shelf, "fba_inventory", b"sk", at=MORNING, days=days, outcome="damaged", is_told=is_told)
    lay(
        shelf, "fba_inventory", flat("fba_inventory", stock("A")), at=MORNING + timedelta(minutes=1), days=days, is_told=is_told
    )
    run_night(shelf, FIRST, at=MORNING + timedelta(minutes=9))

    done, differences = anew()

    assert differences == []
    assert [why for _, why in done.set_aside] == ["its last byte is missing"]


def test_parts_of_a_period_stay_apart(shelf, anew):
    for number in (1, 2):
        body = flat("fba_inventory", stock(f"S{number}"))
        lay(
            shelf, "fba_inventory", body, at=MORNING + timedelta(minutes=number), days=Days(FIRST, FIRST), part=f"hour-{number}"
        )
    run_night(shelf, FIRST, at=MORNING + timedelta(minutes=9))

    assert anew(NO_LEDGER)[0].documents == 2


def test_killed_at_any_event_it_goes_on_and_ends_as_if_nothing_had_happened(shelf, anew, database_url, monkeypatch):
    two_nights(shelf)
    past = read_past(shelf.workspace.raw, read_ledger(shelf.engine), [STORE])
    heard = []

    class Killed(BaseException):
        pass

    def die(number, total, name):
        heard.append(name)
        if len(heard) in {2, 4, 5}:
            raise Killed

    for _ in range(3):
        with pytest.raises(Killed), opened_target(database_url, "sqlite:///elsewhere.sqlite") as engine:
            rebuild(shelf.workspace, engine, past, heard=die)

    done, differences = anew()

    assert differences == []
    assert done.nights == 2
    assert list((shelf.workspace.raw.folder / "workbench").glob("rebuild-*")) == []


def test_the_present_warehouse_a_full_place_and_memory_are_refused(shelf, tmp_path, ready_sqlite):
    present = shelf.engine.url.render_as_string(hide_password=False)
    finished = ready_sqlite(tmp_path / "full.sqlite")
    cases = {
        present: "not to be touched",
        str(shelf.engine.url.database): "not to be touched",
        finished: "there is a database already",
        "sqlite://": "lost at once",
    }
    for place, words in cases.items():
        with pytest.raises(ConfigError, match=words), opened_target(place, present):
            raise AssertionError(place)


def test_a_finished_rebuild_is_a_warehouse_like_any_other(shelf, anew):
    lay(shelf, "fba_inventory", flat("fba_inventory", stock("A")), at=MORNING, days=Days(FIRST, FIRST))
    anew()

    with pytest.raises(ConfigError, match="no rebuild that was begun"):
        anew()


def test_a_present_warehouse_is_opened_as_it_is_or_not_at_all(tmp_path, ready_sqlite):
    with opened_present(f"sqlite:///{tmp_path / 'none.sqlite'}") as present:
        assert present is None
    assert not (tmp_path / "none.sqlite").exists()

    with opened_present(ready_sqlite(tmp_path / "good.sqlite")) as present:
        assert present is not None

    (tmp_path / "old.sqlite").touch()
    with pytest.raises(ConfigError, match="sellerwatch init"), opened_present(f"sqlite:///{tmp_path / 'old.sqlite'}"):
        raise AssertionError


def test_what_nothing_can_be_made_of_is_named(shelf):
    for store, report in ((STORE, "all_orders"), ("gone", "all_orders"), (STORE, "no_more"), (STORE, "no_more")):
        moment = datetime(2026, 11, 17, tzinfo=UTC).isoformat()
        received = Received(store, "US", report, "2026-11-16", "2026-11-16", store, "text/plain", "", moment, moment)
        shelf.workspace.raw.put_bytes(f"{store} {report}".encode(), received)

    past = read_past(shelf.workspace.raw, NO_LEDGER, [STORE])

    assert len(past.lines) == 1
    assert past.left_out == (
        "1 documents of store gone, which is not configured",
        "1 documents of the report no_more, which is unknown",
    )


def test_every_table_is_compared_or_named_with_the_reason_why_not():
    compared = {table.name for table in COMPARED}
    assert compared | READ_AS.keys() | NOT_REBUILT.keys() == {*TABLES, METRIC_VALUE.name}
    assert [compared & NOT_REBUILT.keys(), READ_AS.keys() & NOT_REBUILT.keys()] == [set(), set()]
    assert {table.name for table in READ_AS.values()} <= compared


def test_rows_of_one_side_only_and_changed_cells_are_counted_and_the_first_are_listed(shelf, anew, begun):
    lay(shelf, "all_orders", flat("all_orders", *(order(f"{n:03}") for n in range(150))), at=MORNING, days=NOVEMBER)
    shelf.load()
    anew()
    with writing(shelf.engine) as connection:
        connection.execute(delete(ORDERS).where(ORDERS.c.amazon_order_id == "000"))
        connection.execute(update(ORDERS).where(ORDERS.c.amazon_order_id == "149").values(item_price_amount=None))
    engine = open_engine(begun)

    tables = {table.table: table for table in compare(shelf.engine, engine, heard=unheard)}

    found = tables["order_line"]
    assert (found.rows, found.count) == (149, 2)
    assert [str(item) for item in found.listed] == [
        "order_line cascade/US/000/A/1: only in the rebuilt warehouse",
        "order_line cascade/US/149/A/1: item_price_amount is unknown, rebuilt 10.000000",
    ]
    with writing(engine) as connection:
        connection.execute(delete(ORDERS))
    (emptied,) = [table for table in compare(shelf.engine, engine, heard=unheard) if table.table == "order_line"]
    engine.dispose()
    assert (emptied.rows, emptied.count, len(emptied.listed)) == (0, 149, LISTED)
    assert "only in the present warehouse" in str(emptied.listed[0])


def test_keys_of_any_script_are_laid_side_by_side_in_the_same_order_on_both_databases(shelf, anew, database_url):
    skus = ["a", "B", "Z", "z", "_", "-", "ä", "中", "A b", "a-b", "ab", "É", "🙂"]
    body = flat("fba_inventory", *(stock(sku) for sku in skus))
    lay(shelf, "fba_inventory", body, at=MORNING, days=Days(FIRST, FIRST))
    shelf.load()

    assert anew()[1] == []


def test_a_line_without_what_is_told_since_keeps_the_hash_it_always_had(shelf):
    lay(shelf, "fba_inventory", b"x", at=MORNING, days=Days(FIRST, FIRST), is_told=False)
    (line,) = shelf.workspace.raw.manifest.path.read_text().splitlines()

    assert json.loads(line)["received"].keys() == {
        "store", "marketplace", "report", "first_day", "last_day", "report_id", "content_type", "compression",
        "received_at", "observed_at", "outcome",
    }  # fmt: skip
    assert verify(shelf.workspace.raw).is_intact


def test_a_path_and_a_url_name_the_same_kind_of_place():
    assert targets.url_of("var/new.sqlite") == "sqlite:///var/new.sqlite"
    assert targets.url_of("postgresql://me@there/new") == "postgresql://me@there/new"
