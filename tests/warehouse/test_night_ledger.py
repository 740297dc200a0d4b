"""The ledger of windows, nights, documents and problems, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from sellerwatch.core.errors import RetryableError
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days
from sellerwatch.settings.models import RangePeriod, SnapshotPeriod
from sellerwatch.warehouse import documents, nights, wanting, windows
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.problems import Problem, problems_of, record
from sellerwatch.warehouse.tables.ledger import DOCUMENT, PROBLEM
from sellerwatch.warehouse.tables.ledger import NIGHT as NIGHTS
from tests.warehouse.conftest import NIGHT, STORE
from tests.warehouse.shelf import MORNING, flat, stock

US = BY_CODE["US"]
NEXT = NIGHT + timedelta(days=1)
COMMON = {"freshness_hours": 26, "cooldown_minutes": 0, "deadline_minutes": 60}
RANGE = RangePeriod(period="range", history_days=30, repull_days=10, max_days=31, settled_after_days=2, **COMMON)
DAILY = RangePeriod(period="daily", history_days=3, repull_days=3, max_days=1, settled_after_days=2, **COMMON)
REPORTS = {"all_orders": RANGE, "sales_traffic": DAILY, "fba_inventory": SnapshotPeriod(period="snapshot", **COMMON)}


@pytest.fixture
def connection(engine):
    with writing(engine) as opened:
        yield opened


def want(connection, as_of=NIGHT, reports=REPORTS, places=(US,), **known):
    wanting.want(connection, STORE, places, reports, as_of, **known)
    return windows.windows_of_night(connection, STORE, as_of)


def finish(connection, rows, state="done"):
    for row in rows:
        windows.mark_finished(connection, row.window, state, MORNING)


def of(rows, report):
    return [str(row.window.days) for row in rows if row.window.report == report]


def test_a_first_night_wants_history_single_days_and_a_snapshot(connection):
    rows = want(connection)

    assert of(rows, "all_orders") == ["2026-10-18..2026-11-16"]
    assert of(rows, "sales_traffic") == ["2026-11-14", "2026-11-15", "2026-11-16"]
    assert of(rows, "fba_inventory") == ["2026-11-17"]
    assert {row.state for row in rows} == {"wanted"}


@pytest.mark.parametrize("state", ["done", "empty", "wanted"])
def test_wanting_the_same_night_again_adds_nothing(connection, state):
    first = want(connection)
    if state != "wanted":
        finish(connection, first, state)

    again = want(connection)

    assert [row.window for row in again] == [row.window for row in first]
    assert {row.state for row in again} == {state}


def test_a_report_or_marketplace_that_is_added_later_is_wanted_by_the_same_night(connection):
    finish(connection, want(connection, reports={"all_orders": RANGE}))

    rows = want(connection, places=(US, BY_CODE["CA"]))

    assert {row.window.marketplace for row in rows} == {"US", "CA"}
    assert [row.state for row in rows if (row.window.marketplace, row.window.report) == ("US", "all_orders")] == ["done"]


def test_a_later_night_wants_the_recent_days_again_and_takes_them_over(connection):
    finish(connection, want(connection))

    rows = want(connection, NEXT)

    assert of(rows, "all_orders") == ["2026-11-08..2026-11-17"]
    assert of(rows, "sales_traffic") == ["2026-11-15", "2026-11-16", "2026-11-17"]
    assert {row.state for row in rows} == {"wanted"}
    assert of(windows.windows_of_night(connection, STORE, NIGHT), "sales_traffic") == ["2026-11-14"]


def test_a_window_taken_over_starts_anew_but_for_its_cool_down_and_the_report_it_must_not_get_again(connection):
    (row,) = want(connection, reports={"sales_traffic": DAILY.model_copy(update={"history_days": 1, "repull_days": 1})})
    windows.mark_requesting(connection, row.window, MORNING)
    windows.mark_requested(connection, row.window, "7")
    windows.mark_cancelled(connection, row.window, MORNING)

    rows = want(connection, NEXT, {"sales_traffic": DAILY})

    found = next(item for item in rows if item.window == row.window)
    assert (found.state, found.report_id, found.asked_at, found.detail) == ("wanted", "7", MORNING, None)
    assert windows.mark_cancelled(connection, row.window, MORNING) == 1


def test_an_earlier_night_takes_nothing_from_a_later_one(connection):
    finish(connection, want(connection, NEXT, {"sales_traffic": DAILY}))

    rows = want(connection, NIGHT, {"sales_traffic": DAILY})

    assert of(rows, "sales_traffic") == ["2026-11-14"]
    assert len(windows.windows_of_night(connection, STORE, NEXT)) == 3


def test_what_an_earlier_night_left_unfinished_is_wanted_by_the_next(connection):
    want(connection, reports={"all_orders": RANGE})

    rows = want(connection, NEXT, {"all_orders": RANGE})

    assert of(rows, "all_orders") == ["2026-10-19..2026-11-17"]


def test_only_finished_windows_cover_days(connection):
    rows = want(connection, reports={"sales_traffic": DAILY})
    first, second, third = (row.window for row in rows)
    windows.mark_finished(connection, first, "done", MORNING)
    windows.mark_finished(connection, second, "empty", MORNING)
    windows.mark_fatal(connection, third, MORNING, "no")

    finished = windows.finished_windows(connection, STORE, "US", "sales_traffic", "")

    assert finished.covered == {first.days.first, second.days.first}
    assert finished.last_night == NIGHT
    assert windows.finished_windows(connection, STORE, "US", "all_orders", "").covered == set()


def test_a_found_report_that_was_not_had_is_wanted_by_the_next_night_and_one_that_was_is_not(connection):
    had, missed = (windows.Window(STORE, "US", "settlement", Days(NIGHT, NIGHT), name) for name in ("1", "2"))
    for window in (had, missed):
        windows.enter_found(connection, window, window.part, NIGHT)
    windows.mark_finished(connection, had, "done", MORNING)

    again = [windows.enter_found(connection, window, window.part, NEXT) for window in (had, missed)]

    assert again == [None, missed]
    assert [(row.window, row.state) for row in windows.windows_of_night(connection, STORE, NEXT)] == [(missed, "requested")]


def test_each_part_of_a_feed_has_a_history_of_its_own(connection):
    trends = {"sales_traffic_trends": RANGE.model_copy(update={"asins_per_report": 2})}
    rows = want(connection, reports=trends, asins={"US": ["B1", "B2"]})
    finish(connection, rows)

    rows = want(connection, NEXT, trends, asins={"US": ["B1", "B2", "B3"]})

    assert sorted((row.window.part, row.asins, str(row.window.days)) for row in rows) == [
        ("asins-001", ("B1", "B2"), "2026-11-08..2026-11-17"),
        ("asins-002", ("B3",), "2026-10-19..2026-11-17"),
    ]


def test_a_marketplace_that_amazon_makes_no_report_for_is_not_wanted(connection):
    stock_report = {"inventory_planning": REPORTS["fba_inventory"].model_copy(update={"not_in": ("US",)})}

    rows = want(connection, reports=stock_report, places=(US, BY_CODE["CA"]))

    assert [row.window.marketplace for row in rows] == ["CA"]


def test_a_report_found_in_the_list_is_entered_once_whichever_marketplace_lists_it(connection):
    found = windows.Window(STORE, "US", "settlement", Days(NIGHT, NIGHT), "100200300")

    assert windows.enter_found(connection, found, "100200300", NIGHT) == found
    assert windows.enter_found(connection, replace(found, marketplace="CA"), "100200300", NIGHT) is None
    assert [(row.state, row.report_id) for row in windows.windows_of_night(connection, STORE, NIGHT)] == [
        ("requested", "100200300")
    ]


def test_a_failure_between_them_takes_cancellations_out_of_a_row(connection):
    window = want(connection)[0].window

    counts = [windows.mark_cancelled(connection, window, MORNING)]
    windows.mark_fatal(connection, window, MORNING, "no")
    counts += [windows.mark_cancelled(connection, window, MORNING) for _ in range(2)]

    assert counts == [1, 1, 2]


def test_a_window_is_reopened_only_when_it_is_done(connection):
    first, second = (row.window for row in want(connection)[:2])
    windows.mark_finished(connection, first, "done", MORNING)
    windows.mark_requesting(connection, second, MORNING)

    for window in (first, second):
        windows.reopen(connection, window, "its document was set aside")

    assert [windows.read_window(connection, window).state for window in (first, second)] == ["wanted", "requesting"]


def test_a_night_begins_once(connection):
    nights.begin(connection, STORE, NIGHT, MORNING)
    nights.begin(connection, STORE, NIGHT, MORNING + timedelta(hours=1))

    assert connection.execute(select(NIGHTS.c.started_at)).scalars().all() == [MORNING]


def test_how_a_night_ended_is_written_once(connection):
    later = MORNING + timedelta(hours=1)
    nights.begin(connection, STORE, NIGHT, MORNING)

    for now in (MORNING, later):
        nights.finish(connection, STORE, NIGHT, problems=0, decided_at=MORNING, now=now)
    first = connection.execute(select(NIGHTS)).one()
    nights.finish(connection, STORE, NIGHT, problems=2, decided_at=MORNING, now=later)
    second = connection.execute(select(NIGHTS)).one()

    assert (first.outcome, first.finished_at) == ("complete", MORNING)
    assert (second.outcome, second.problem_count, second.finished_at) == ("incomplete", 2, later)


def test_a_night_decides_by_the_clock_until_everything_is_in(shelf):
    now = MORNING + timedelta(hours=9)
    shelf.put("fba_inventory", flat("fba_inventory", stock("A")))
    with writing(shelf.engine) as connection:
        want(connection)
        assert nights.deciding_moment(connection, STORE, NIGHT, now) == now

        finish(connection, want(connection))
        assert nights.deciding_moment(connection, STORE, NIGHT, now) == MORNING + timedelta(minutes=1)


def test_a_night_goes_on_deciding_by_the_same_moment_after_a_later_one_took_over_its_windows(shelf):
    sunday = Days(date(2026, 11, 15), date(2026, 11, 15))
    shelf.put("sales_traffic", b"{}", days=sunday, hours=2)
    arrived = MORNING + timedelta(hours=2, minutes=1)
    with writing(shelf.engine) as connection:
        nights.begin(connection, STORE, NIGHT, MORNING)
        first = nights.deciding_moment(connection, STORE, NIGHT, arrived + timedelta(hours=1))
        nights.finish(connection, STORE, NIGHT, problems=0, decided_at=first, now=first)
        want(connection, NEXT, {"sales_traffic": DAILY})
        second = nights.deciding_moment(connection, STORE, NIGHT, arrived + timedelta(days=2))

    assert first == second == arrived


def test_a_night_in_which_nothing_came_keeps_its_first_moment(connection):
    finish(connection, want(connection), "empty")
    nights.begin(connection, STORE, NIGHT, MORNING)
    first = nights.deciding_moment(connection, STORE, NIGHT, MORNING)
    nights.finish(connection, STORE, NIGHT, problems=0, decided_at=first, now=MORNING)

    assert nights.deciding_moment(connection, STORE, NIGHT, MORNING + timedelta(hours=5)) == first == MORNING


@pytest.mark.parametrize(
    ("as_of", "now", "live"),
    [
        (NIGHT, datetime(2026, 11, 17, 13, 30, tzinfo=UTC), True),
        (NIGHT, datetime(2026, 11, 19, 8, 0, tzinfo=UTC), True),
        (NIGHT, datetime(2026, 11, 19, 8, 1, tzinfo=UTC), False),
        (NIGHT - timedelta(days=1), datetime(2026, 11, 17, 13, 30, tzinfo=UTC), False),
        (NEXT, datetime(2026, 11, 18, 7, 59, tzinfo=UTC), False),
        (NEXT, datetime(2026, 11, 18, 8, 0, tzinfo=UTC), True),
    ],
    ids=["this_morning", "48_hours", "later", "a_newer_night_began", "tomorrow", "today_begins"],
)
def test_only_the_present_is_live(connection, as_of, now, live):
    nights.begin(connection, STORE, NIGHT, MORNING)

    assert nights.is_live(connection, STORE, as_of, now, US) is live


def test_the_same_problems_are_recorded_once_and_other_steps_and_nights_are_left_alone(connection):
    one, two = Problem("a", "here", "do"), Problem("b", "there", "")
    record(connection, STORE, NIGHT, "load", [two])
    record(connection, STORE, NEXT, "pull", [one])
    for _ in range(2):
        record(connection, STORE, NIGHT, "pull", [one, two])

    assert problems_of(connection, STORE, NIGHT) == [("load", two), ("pull", one), ("pull", two)]
    record(connection, STORE, NIGHT, "pull", [two])
    assert problems_of(connection, STORE, NIGHT) == [("load", two), ("pull", two)]
    record(connection, STORE, NIGHT, "pull", ())
    assert connection.execute(select(func.count()).select_from(PROBLEM)).scalar_one() == 2


def test_a_problem_says_what_where_and_what_to_do():
    problem = Problem.of(RetryableError("no answer.", where="report 7", remedy="Wait."), place="cascade/US")

    assert str(problem) == "no answer [cascade/US / report 7]. Wait."
    assert str(Problem("a", "b", "")) == "a [b]."


def test_the_same_document_is_entered_once_and_another_is_the_next_version(shelf):
    body = flat("fba_inventory", stock("A"))
    shelf.put("fba_inventory", body)
    shelf.put("fba_inventory", body)
    window = shelf.put("fba_inventory", body, hours=1, error="cut short")

    first, second = shelf.documents()
    assert (first.id, first.state, first.error) == (f"{window.id}#1", "raw", None)
    assert (second.id, second.state, second.error) == (f"{window.id}#2", "quarantined", "cut short")
    assert first.sha256 == second.sha256


def test_documents_wait_in_the_order_amazon_made_them(shelf):
    later = shelf.put("fba_inventory", flat("fba_inventory", stock("A")), hours=5)
    earlier = shelf.put("inventory_planning", b"", hours=1)

    with writing(shelf.engine) as connection:
        waiting = documents.waiting(connection, STORE)
        newest = replace(waiting[0], id=waiting[1].id)
        assert documents.waiting(connection, "alpine") == []

    assert [document.window for document in waiting] == [earlier, later]
    assert newest != waiting[0]


def test_the_newest_data_of_a_feed_is_as_the_night_knew_it(shelf):
    shelf.put("fba_inventory", flat("fba_inventory", stock("A")))
    shelf.put("fba_inventory", flat("fba_inventory", stock("A")), hours=24, as_of=NEXT)
    shelf.load()

    with writing(shelf.engine) as connection:
        known = [documents.newest_data(connection, STORE, "US", "fba_inventory", day) for day in (NIGHT, NEXT)]
        never = documents.newest_data(connection, STORE, "US", "all_orders", NEXT)

    assert known == [MORNING, MORNING + timedelta(hours=24)]
    assert never is None


def test_what_was_received_later_is_no_news_to_a_night_that_was_decided_before(shelf):
    shelf.put("fba_inventory", flat("fba_inventory", stock("A")))
    shelf.put("fba_inventory", flat("fba_inventory", stock("A")), hours=3)
    shelf.load()

    with writing(shelf.engine) as connection:
        first = connection.execute(select(func.min(DOCUMENT.c.received_at))).scalar_one()
        then = documents.newest_data(connection, STORE, "US", "fba_inventory", NIGHT, known_by=first)
        now = documents.newest_data(connection, STORE, "US", "fba_inventory", NIGHT)

    assert (then, now) == (MORNING, MORNING + timedelta(hours=3))
