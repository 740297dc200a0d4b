"""Windows that a backfill wants stand in the same ledger as those of the nights."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from sellerwatch.core.periods import Days
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.documents import newest_data
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.ledger import WINDOW
from sellerwatch.warehouse.windows import Window
from tests.warehouse.shelf import flat

NIGHT = date(2026, 11, 17)
NOW = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
SPRING = Window("cascade", "US", "all_orders", Days(date(2026, 4, 1), date(2026, 4, 30)))
BACKFILL = "backfill b1"


def row_of(engine, window=SPRING):
    with reading(engine) as connection:
        return windows.read_window(connection, window)


def test_a_new_window_is_wanted_by_the_backfill_and_by_no_night(engine):
    with writing(engine) as connection:
        windows.enter_past(connection, SPRING, BACKFILL)
        of_backfill = windows.windows_asked_by(connection, "cascade", BACKFILL)
        of_night = windows.windows_of_night(connection, "cascade", NIGHT)

    assert [(row.window, row.state, row.asked_by) for row in of_backfill] == [(SPRING, "wanted", BACKFILL)]
    assert of_night == []


def test_a_report_on_its_way_is_taken_over_and_not_asked_for_again(engine):
    with writing(engine) as connection:
        windows.enter_past(connection, SPRING, "backfill before")
        windows.mark_requesting(connection, SPRING, NOW)
        windows.mark_requested(connection, SPRING, "r-1")

        windows.enter_past(connection, SPRING, BACKFILL)

    row = row_of(engine)
    assert (row.state, row.report_id, row.asked_by) == ("requested", "r-1", BACKFILL)


@pytest.mark.parametrize(("by", "state"), [("backfill before", "wanted"), (BACKFILL, "done")])
def test_a_finished_window_is_wanted_anew_unless_the_same_backfill_finished_it(engine, by, state):
    with writing(engine) as connection:
        windows.enter_past(connection, SPRING, by)
        windows.mark_finished(connection, SPRING, "done", NOW)

        windows.enter_past(connection, SPRING, BACKFILL)

    assert (row_of(engine).state, row_of(engine).asked_by) == (state, BACKFILL)


def test_what_was_finished_since_the_plan_was_made_stays_so_unless_it_is_to_be_renewed(engine):
    with writing(engine) as connection:
        windows.enter(connection, SPRING, NIGHT)
        windows.mark_finished(connection, SPRING, "done", NOW)

        windows.enter_all_past(connection, [(SPRING, ())], BACKFILL, renews=False)

    assert (row_of(engine).state, row_of(engine).asked_by) == ("done", BACKFILL)


@pytest.mark.parametrize(
    ("asked_at", "state"),
    [(NOW, "requested"), (NOW - timedelta(days=1), "wanted"), (None, "wanted")],
    ids=["today", "yesterday", "nobody knows when"],
)
def test_a_report_on_its_way_is_adopted_by_a_night_of_the_day_on_which_it_was_asked_for(engine, asked_at, state):
    with writing(engine) as connection:
        windows.enter_past(connection, SPRING, BACKFILL)
        windows.mark_requesting(connection, SPRING, asked_at)
        windows.mark_requested(connection, SPRING, "r-1")

        windows.enter(connection, SPRING, NIGHT)
        of_night = windows.windows_of_night(connection, "cascade", NIGHT)

    asked_by = BACKFILL if state == "requested" else "night"
    assert [(row.state, row.report_id, row.asked_by) for row in of_night] == [(state, "r-1", asked_by)]


def test_what_report_was_asked_for_last_and_when_is_known_when_its_window_is_wanted_anew(engine):
    with writing(engine) as connection:
        for want in (windows.enter_past, lambda *window: windows.enter(*window[:2], NIGHT)):
            windows.enter_past(connection, SPRING, "backfill before")
            windows.mark_requesting(connection, SPRING, NOW)
            windows.mark_requested(connection, SPRING, "r-1")
            windows.mark_finished(connection, SPRING, "done", NOW)

            want(connection, SPRING, BACKFILL)

            row = windows.read_window(connection, SPRING)
            assert (row.state, row.report_id) == ("wanted", "r-1")
            assert windows.last_asked_at(connection, SPRING) == NOW


def test_a_window_that_a_night_wants_stays_its_window(engine):
    with writing(engine) as connection:
        windows.enter(connection, SPRING, NIGHT)
        windows.enter_past(connection, SPRING, BACKFILL)
        of_night = windows.windows_of_night(connection, "cascade", NIGHT)

    assert [row.window for row in of_night] == [SPRING]


def test_every_time_a_report_is_asked_for_counts(engine):
    with writing(engine) as connection:
        windows.enter(connection, SPRING, NIGHT)
        for _ in range(3):
            windows.mark_requesting(connection, SPRING, NOW)
        attempts = connection.execute(windows.WINDOW.select()).one().attempts

    assert attempts == 3


def test_the_cool_down_of_a_type_counts_from_whichever_period_was_asked_for_last(engine):
    summer = Window("cascade", "US", "all_orders", Days(date(2026, 7, 1), date(2026, 7, 31)))
    elsewhere = Window("cascade", "CA", "all_orders", Days(date(2026, 7, 1), date(2026, 7, 31)))
    with writing(engine) as connection:
        for number, window in enumerate((SPRING, summer, elsewhere)):
            windows.enter(connection, window, NIGHT)
            windows.mark_requesting(connection, window, NOW + timedelta(minutes=number))
        last = windows.last_asked_at(connection, SPRING)

    assert last == NOW + timedelta(minutes=1)


def test_how_long_a_report_usually_takes_is_the_median_of_the_newest(engine):
    with writing(engine) as connection:
        before_any = windows.usual_seconds(connection, "all_orders")
        for number in range(windows.RECENT_REPORTS + 5):
            window = Window("cascade", "US", "all_orders", Days(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=number)))
            windows.enter(connection, window, NIGHT)
            windows.mark_finished(connection, window, "done", NOW + timedelta(hours=number))
            windows.note_making(connection, window, 1000 if number < 5 else 60 + number)
        usual = windows.usual_seconds(connection, "all_orders")

    assert before_any is None
    assert usual == 60 + 15


@pytest.mark.parametrize(("asked_by", "is_fresh"), [(BACKFILL, False), ("intraday", True)])
def test_what_only_a_backfill_wanted_makes_no_feed_look_fresh(shelf, asked_by, is_fresh):
    window = shelf.put("fba_returns", flat("fba_returns"), days=SPRING.days)
    nothing = Window("cascade", "US", "fba_returns", Days(date(2026, 5, 1), date(2026, 5, 30)))
    with writing(shelf.engine) as connection:
        windows.enter_past(connection, nothing, asked_by)
        windows.mark_finished(connection, nothing, "empty", NOW)
        connection.execute(
            update(WINDOW).where(WINDOW.c.id == window.id).values(wanted_for=windows.NO_NIGHT, asked_by=asked_by)
        )
    shelf.load()

    with reading(shelf.engine) as connection:
        newest = newest_data(connection, "cascade", "US", "fba_returns", NIGHT)

    assert (newest is not None) is is_fresh
