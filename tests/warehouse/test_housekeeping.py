"""Housekeeping, in both databases: what it removes, mends, explains and warns of, and what it leaves alone."""

import os
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from sellerwatch.core.errors import PermanentError
from sellerwatch.core.periods import Days
from sellerwatch.delivery import chores
from sellerwatch.delivery.chores import CHORES, do_chore, keep_house
from sellerwatch.rawstore.manifest import Received
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.models import RangePeriod
from sellerwatch.warehouse import housekeeping, nights, stuck, windows
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_with
from sellerwatch.warehouse.stuck import explain_stuck
from sellerwatch.warehouse.windows import Window
from sellerwatch.warehouse.workspace import Workspace
from tests.spec.small_world import NIGHT, NOW, HandClock, day, shipped_settings

STORE = "cascade"


class KeptPull(RangePeriod):
    """How a report is pulled of which Amazon gives so many days."""

    keeps_days: int


HOUR = timedelta(hours=1)


@pytest.fixture
def house(engine, tmp_path):
    """One store with the shipped configuration, a raw store of its own, and a clock that stands."""
    settings = shipped_settings(tmp_path / "data")
    settings = replace(settings, stores={STORE: settings.stores[STORE]})
    (tmp_path / "data").mkdir()
    return Workspace(settings, engine, RawStore(settings.raw_folder), HandClock())


def configured(house, **changes):
    store = house.settings.stores[STORE].model_copy(update=changes)
    return replace(house, settings=replace(house.settings, stores={STORE: store}))


def said(workspace, chore):
    return [(finding.weight, finding.what) for finding in do_chore(workspace, chore)]


# --- leftovers --------------------------------------------------------------------------------------------------------


def put(path, *, age):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_old_files_of_killed_runs_are_removed_and_young_ones_stay(house):
    raw = house.raw.folder
    old = [put(raw / place, age=25 * HOUR) for place in ("inbox/cascade/.part-1", "workbench/cascade/rows.sqlite", ".put-1")]
    young = put(raw / "inbox/cascade/.part-2", age=23 * HOUR)
    kept = put(raw / "objects/ab/cdef", age=2_000 * HOUR)

    found = said(house, "leftovers")

    assert found == [("done", "removed 3 files of killed runs")]
    assert [path.exists() for path in old] == [False] * 3
    assert (young.exists(), kept.exists()) == (True, True)
    assert said(house, "leftovers") == []


def test_what_a_run_that_is_at_work_has_open_stays(house):
    theirs = put(house.raw.folder / "inbox" / STORE / ".part-1", age=25 * HOUR)
    looks = put(house.raw.folder / "inbox" / f"{STORE}.intraday" / ".part-1", age=25 * HOUR)

    with alone_with(house.engine, STORE):
        found = said(house, "leftovers")

    assert found == [("done", "removed 1 file of killed runs")]
    assert (theirs.exists(), looks.exists()) == (True, False)


def test_a_folder_that_cannot_be_read_is_a_finding_that_says_where(house, monkeypatch):
    def refuse(_workspace):
        raise PermissionError(13, "Permission denied", "/raw/inbox")

    monkeypatch.setattr(chores, "CHORES", {**CHORES, "leftovers": refuse})

    (finding,) = do_chore(house, "leftovers")

    assert (finding.weight, finding.what, finding.place) == ("act", "Permission denied", "/raw/inbox")


# --- the raw store ----------------------------------------------------------------------------------------------------


def test_an_altered_document_needs_a_person_and_an_unlisted_one_does_not(house):
    received = Received(STORE, "US", "all_orders", "2026-11-16", "2026-11-16", "1", "text/plain", "", *[NOW.isoformat()] * 2)
    entry = house.raw.put_bytes(b"one", received)
    before = said(house, "raw store")
    house.raw.object_path(entry.sha256).write_bytes(b"0ne")
    put(house.raw.object_path("f" * 64), age=HOUR)

    after = said(house, "raw store")

    assert before == [("done", "compared 1 document with the manifest, 3 bytes")]
    name = f"{STORE} US all_orders 2026-11-16, manifest line 1"
    assert after[:2] == [("act", f"the document was altered: {name}"), ("look", "found 1 document in no line of the manifest")]


# --- stuck windows ----------------------------------------------------------------------------------------------------


def enter(house, report, first, last=None, *, part="", state="requested", asked=None, wanted_for=NIGHT, finished=False):
    window = Window(STORE, "US", report, Days(first, last or first), part)
    with writing(house.engine) as connection:
        if wanted_for == windows.NO_NIGHT:
            windows.enter_past(connection, window, "backfill b1")
        else:
            windows.enter(connection, window, wanted_for)
        if asked is not None:
            windows.mark_requesting(connection, window, asked)
            if state != "requesting":
                windows.mark_requested(connection, window, "r-1")
        if state == "cancelled_unknown":
            windows.mark_cancelled(connection, window, asked)
        if finished:
            windows.mark_finished(connection, window, "done", NOW)
    return window


def state_of(house, window):
    with reading(house.engine) as connection:
        row = windows.read_window(connection, window)
    return row.state, row.detail


@pytest.mark.parametrize(
    ("report", "days_ago", "ends"),
    [
        ("sales_traffic", 89, ("requested", None)),
        ("sales_traffic", 91, ("wanted", stuck.LOST)),
        ("sales_traffic_trends", 29, ("requested", None)),
        ("sales_traffic_trends", 31, ("wanted", stuck.LOST)),
        ("fba_inventory", 89, ("requested", None)),
        ("fba_inventory", 91, ("fatal", stuck.PAST)),
        ("inventory_summaries", 2, ("fatal", stuck.PAST)),
        ("settlement", 91, ("fatal", stuck.LOST)),
    ],
)
def test_a_report_that_amazon_no_longer_keeps_is_wanted_again_or_explained(house, report, days_ago, ends):
    asked = NOW - timedelta(days=days_ago)
    window = enter(house, report, day(-days_ago), asked=asked, part="r-1" if report == "settlement" else "")

    explain_stuck(house, STORE)

    assert state_of(house, window) == ends


@pytest.mark.parametrize("state", ["requesting", "requested", "cancelled_unknown"])
def test_whatever_state_a_window_is_stuck_in_a_backfill_can_take_it_over(house, state):
    window = enter(house, "sales_traffic", day(-100), state=state, asked=NOW - timedelta(days=100))

    found = said(house, "windows")

    assert found == [("done", "put back 1 window whose report is lost")]
    assert state_of(house, window)[0] == "wanted"
    assert said(house, "windows") == []


def test_the_snapshot_of_a_past_day_that_nobody_asked_for_is_explained_and_todays_is_not(house):
    past = enter(house, "fba_inventory", day(-2), wanted_for=day(-2))
    yesterday = enter(house, "inventory_planning", day(-1), wanted_for=day(-1))
    looks = enter(house, "settlement", day(-2), part="list", wanted_for=day(-2))
    today = enter(house, "fba_inventory", NIGHT)

    found = said(house, "windows")

    assert found == [("done", "explained 2 windows whose report cannot be had")]
    assert [state_of(house, window) for window in (past, yesterday, looks, today)] == [
        ("fatal", stuck.PAST),
        ("wanted", None),
        ("fatal", stuck.LOOKED_LATER),
        ("wanted", None),
    ]


def test_what_happened_before_stays_told(house):
    window = enter(house, "fba_inventory", day(-2), wanted_for=day(-2))
    with writing(house.engine) as connection:
        windows.mark_unasked(connection, window, "the role is missing")

    explain_stuck(house, STORE)

    assert state_of(house, window) == ("fatal", f"the role is missing; {stuck.PAST}")


def test_a_window_whose_days_others_brought_is_explained_by_them(house):
    window = enter(house, "ledger_summary", day(-120), day(-110), asked=NOW - timedelta(days=100))
    enter(house, "ledger_summary", day(-125), day(-105), asked=NOW, finished=True)

    explain_stuck(house, STORE)

    assert state_of(house, window) == ("fatal", stuck.COVERED)


def test_a_report_that_is_no_longer_pulled_is_said_to_be(house):
    window = enter(house, "sales_traffic", day(-100), asked=NOW - timedelta(days=100))

    explain_stuck(configured(house, without=("sales_traffic",)), STORE)

    assert state_of(house, window) == ("fatal", stuck.NOT_PULLED)


def test_what_waits_for_its_night_or_its_backfill_is_left_alone(house):
    old = enter(house, "sales_traffic", day(-100), wanted_for=day(-99))
    backfilled = enter(house, "sales_traffic", day(-300), wanted_for=windows.NO_NIGHT)

    explain_stuck(house, STORE)

    assert [state_of(house, window) for window in (old, backfilled)] == [("wanted", None)] * 2


def test_days_that_amazon_no_longer_gives_are_explained(house):
    window = enter(house, "sales_traffic", day(-800), asked=NOW - timedelta(days=100))
    pull = KeptPull.model_validate(house.settings.reports["sales_traffic"].model_dump() | {"keeps_days": 730})
    settings = replace(house.settings, reports={**house.settings.reports, "sales_traffic": pull})

    explain_stuck(replace(house, settings=settings), STORE)

    assert state_of(house, window) == ("fatal", stuck.TOO_OLD)


def test_the_windows_of_a_store_that_is_at_work_are_left_to_the_next_time(house):
    window = enter(house, "sales_traffic", day(-100), asked=NOW - timedelta(days=100))

    with alone_with(house.engine, STORE):
        found = said(house, "windows")

    assert found == [("look", "another run is at work on the store; its windows are looked at next time")]
    assert state_of(house, window)[0] == "requested"


# --- the database, freshness, disk and secrets ------------------------------------------------------------------------


def test_the_database_is_tended_and_what_was_written_stays(house):
    window = enter(house, "sales_traffic", day(-1))

    found = said(house, "database")

    assert found == [("done", "brought its statistics up to date")]
    assert state_of(house, window)[0] == "wanted"


def bytes_in_the_log(house):
    """How much of SQLite's log is not in its file yet."""
    return Path(f"{house.engine.url.database}-wal").stat().st_size


def rows_postgres_reckons_with(house):
    """How many windows PostgreSQL's planner believes there are; -1 before it was told."""
    with reading(house.engine) as connection:
        return connection.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'report_window'")).scalar_one()


def test_sqlites_log_is_emptied_and_postgresql_knows_how_large_its_tables_are(house):
    look, after = {"sqlite": (bytes_in_the_log, 0), "postgresql": (rows_postgres_reckons_with, 2)}[house.engine.dialect.name]
    for back in (-1, -2):
        enter(house, "sales_traffic", day(back))
    before = look(house)

    do_chore(house, "database")

    assert before != after
    assert look(house) == after


def test_feeds_are_late_by_their_own_limits_between_the_nights_too(house):
    """Wanted on the morning of the 17th, nothing came: at 32 hours stock is late, at 72 sales and traffic are."""
    few = configured(house, reports=("inventory_summaries", "sales_traffic"))
    for report in ("inventory_summaries", "sales_traffic"):
        enter(few, report, day(-1))
    nothing = said(few, "freshness")
    few.clock.moment = NOW + 20 * HOUR

    late = said(few, "freshness")

    assert nothing == []
    assert late == [("look", "inventory_summaries has brought nothing in 25 h, late after 20 h")]


def test_a_feed_with_data_is_as_old_as_its_data(house, monkeypatch):
    few = configured(house, reports=("inventory_summaries",))
    monkeypatch.setattr(housekeeping, "newest_data", lambda *_: NOW - 21 * HOUR)

    assert said(few, "freshness") == [("look", "inventory_summaries is 21 h old, late after 20 h")]


@pytest.mark.parametrize(("hours", "is_silent"), [(42, False), (43, True)])
def test_nights_that_no_longer_run_need_a_person(house, hours, is_silent):
    """After 48 hours a night pages nobody; that of the 17th began at 08:00 UTC."""
    with writing(house.engine) as connection:
        nights.begin(connection, STORE, NIGHT, NOW)
    house.clock.moment = NOW + hours * HOUR

    assert ("act" in [finding.weight for finding in do_chore(house, "freshness")]) is is_silent


GB = 10**9


@pytest.mark.parametrize(
    ("total", "free", "is_low"),
    [(100 * GB, 6 * GB, False), (100 * GB, 4.9 * GB, True), (10 * GB, 2.1 * GB, False), (10 * GB, 1.9 * GB, True)],
)
def test_too_little_room_for_a_night_needs_a_person(house, monkeypatch, total, free, is_low):
    usage = shutil._ntuple_diskusage(int(total), int(total - free), int(free))
    monkeypatch.setattr(housekeeping.shutil, "disk_usage", lambda _: usage)

    found = said(house, "disk")

    assert bool(found) is is_low
    assert all(weight == "act" and "GB are left" in what for weight, what in found)


@pytest.mark.parametrize(
    ("age", "weights"), [(None, []), (149, []), (150, ["look"]), (169, ["look"]), (170, ["act"]), (200, ["act"])]
)
def test_a_client_secret_is_warned_of_before_amazon_ends_it(house, age, weights):
    rotated_on = None if age is None else NIGHT - timedelta(days=age)

    found = do_chore(configured(house, secret_rotated_on=rotated_on), "secrets")

    assert [finding.weight for finding in found] == weights
    assert all(f"{age} days old" in finding.what for finding in found)


# --- all of it --------------------------------------------------------------------------------------------------------


def test_every_chore_is_done_and_the_gravest_finding_comes_first(house, monkeypatch):
    def refuse(_workspace):
        raise PermanentError("the manifest cannot be read", where="raw", remedy="Restore it")

    monkeypatch.setattr(chores, "CHORES", {**CHORES, "raw store": refuse})

    found = keep_house(house)

    assert [finding.weight for finding in found] == sorted(
        (finding.weight for finding in found), key=["act", "look", "done"].index
    )
    assert str(found[0]) == "the manifest cannot be read [raw]. Restore it."
    assert found[0].to_dict() == {
        "chore": "raw store",
        "weight": "act",
        "what": "the manifest cannot be read",
        "where": "raw",
        "do": "Restore it",
    }
    assert "database" in {finding.chore for finding in found}
