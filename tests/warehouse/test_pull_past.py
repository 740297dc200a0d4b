"""A backfill pulls what it wants of the past: newest first, at no report's expense twice, and never in the way of a night."""

import threading
from datetime import timedelta

import pytest

from sellerwatch.core.errors import PermanentError
from sellerwatch.core.periods import Days
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import is_awaited
from sellerwatch.warehouse.pull import pull_past
from sellerwatch.warehouse.windows import Window
from tests.warehouse.conftest import NIGHT, STORE

BACKFILL = "backfill b1"
RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"


def day(back):
    return Days(NIGHT - timedelta(days=back), NIGHT - timedelta(days=back))


@pytest.fixture
def want(night):
    """Let the backfill want these periods of a report."""

    def enter(report, *periods):
        with writing(night.workspace.engine) as connection:
            for days in periods:
                windows.enter_past(connection, Window(STORE, "US", report, days), BACKFILL)

    return enter


def pull(night, **options):
    return pull_past(night.workspace, STORE, BACKFILL, **options)


def rows(night):
    with reading(night.workspace.engine) as connection:
        return windows.windows_asked_by(connection, STORE, BACKFILL)


def asked_days(night):
    """Return the first day of each report that Amazon was asked for, in the order of asking."""
    reports = sorted(night.simulator.amazon.reports.values(), key=lambda report: report.created_at)
    return [report.order.data_start.date() for report in reports]


def test_what_a_backfill_wants_is_pulled_newest_first(night, want):
    want("sales_traffic", day(9), day(7), day(8))

    report = pull(night.only("sales_traffic"))

    assert (report.documents, report.windows, report.problems) == (3, 3, ())
    assert {row.state for row in rows(night)} == {"done"}
    assert asked_days(night) == [NIGHT - timedelta(days=back) for back in (7, 8, 9)]


def test_a_backfill_that_was_killed_goes_on_where_it_was(night, want):
    want("sales_traffic", *map(day, range(20, 25)))
    night.only("sales_traffic")

    def die(done, total, text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(night, progress=die)
    report = pull(night)

    assert (report.documents, report.windows) == (4, 5)
    assert night.calls()["createReport"] == 5
    assert len(night.manifest()) == 5


def test_a_night_that_begins_meanwhile_goes_first_and_the_backfill_goes_on_after_it(night, want):
    night.only("sales_traffic")
    want("sales_traffic", *map(day, range(20, 40)))
    pulled, thread = [], threading.Thread(target=lambda: pulled.append(night.pull()))

    def let_a_night_begin(until):
        if not thread.ident:
            thread.start()
            while not is_awaited(night.workspace.engine, STORE):
                thread.join(0.01)
        return False

    report = pull(night, meanwhile=let_a_night_begin)
    thread.join()

    recent = {NIGHT - timedelta(days=back) for back in range(1, 5)}
    asked = asked_days(night)
    of_the_night = [place for place, first in enumerate(asked) if first in recent]
    assert (pulled[0].documents, pulled[0].problems) == (4, ())
    assert (report.documents, report.is_whole, report.problems) == (20, True, ())
    assert len(asked) == 24
    assert of_the_night == [*range(of_the_night[0], of_the_night[0] + 4)]
    assert 0 < of_the_night[0] < 20


def test_periods_of_a_type_with_a_cool_down_are_asked_for_one_cool_down_apart(night, want):
    for back in (60, 30):
        want("fba_returns", Days(NIGHT - timedelta(days=back), NIGHT - timedelta(days=back - 29)))

    report = pull(night.only("fba_returns"))

    first, second = (made.created_at for made in night.simulator.amazon.reports.values())
    assert (report.documents, report.problems) == (2, ())
    assert second - first >= timedelta(hours=4)


def test_a_period_that_is_asked_for_again_waits_for_the_cool_down_of_its_own_last_report(night, want):
    month = Days(NIGHT - timedelta(days=30), NIGHT - timedelta(days=1))
    want("fba_returns", month)
    pull(night.only("fba_returns"))
    with writing(night.workspace.engine) as connection:
        windows.enter_past(connection, Window(STORE, "US", "fba_returns", month), "backfill b2")

    report = pull_past(night.workspace, STORE, "backfill b2")

    first, second = night.simulator.amazon.reports.values()
    assert (report.documents, report.problems) == (1, ())
    assert second.created_at - first.created_at >= timedelta(hours=4)


def test_a_report_that_is_asked_for_again_is_never_the_one_that_the_window_had(night, want):
    # given a run that died before it sent its request, minutes after the report before was made
    want("sales_traffic", day(20))
    pull(night.only("sales_traffic"))
    window = Window(STORE, "US", "sales_traffic", day(20))
    with writing(night.workspace.engine) as connection:
        windows.enter_past(connection, window, "backfill b2")
        windows.mark_requesting(connection, window, night.clock.now())

    report = pull_past(night.workspace, STORE, "backfill b2")

    with reading(night.workspace.engine) as connection:
        used = windows.read_window(connection, window).report_id
    assert report.documents == 1
    assert [made.report_id for made in night.simulator.amazon.reports.values()][1:] == [used]


def test_a_request_that_came_to_nothing_is_made_again_only_after_the_cool_down_of_what_was_asked_for_since(night, want):
    # given a run that died before it sent its request, and another report of the type that was asked for afterwards
    lost, other = (Days(NIGHT - timedelta(days=back), NIGHT - timedelta(days=back - 9)) for back in (60, 30))
    want("fba_returns", lost, other)
    night.only("fba_returns")
    with writing(night.workspace.engine) as connection:
        windows.mark_requesting(connection, Window(STORE, "US", "fba_returns", lost), night.clock.now() - timedelta(hours=5))

    report = pull(night)

    asked = sorted(night.simulator.amazon.reports.values(), key=lambda made: made.created_at)
    assert (report.documents, report.problems) == (2, ())
    assert [made.order.data_start.date() for made in asked] == [other.first, lost.first]
    assert asked[1].created_at - asked[0].created_at >= timedelta(hours=4)


def test_once_the_usual_time_is_known_a_report_costs_one_look(night, want):
    want("sales_traffic", *map(day, range(20, 24)))
    pull(night.only("sales_traffic"))
    before = night.calls()["getReport"]
    want("sales_traffic", *map(day, range(30, 40)))

    pull(night)

    assert night.calls()["getReport"] - before == 10


def test_the_calls_that_a_window_cost_are_noted_with_it(night, want):
    want("sales_traffic", day(20))

    pull(night.only("sales_traffic"))

    with reading(night.workspace.engine) as connection:
        row = connection.execute(windows.WINDOW.select()).one()
    made = night.calls()
    assert row.calls == made["createReport"] + made["getReport"] + made["getReportDocument"]
    assert row.attempts == 1
    assert row.making_seconds == 60


def test_quota_that_others_use_up_is_waited_for(night, want):
    want("sales_traffic", day(20))
    night.only("sales_traffic").order({"fault": "throttle", "operation": "createReport", "times": 9})

    report = pull(night)

    assert (report.documents, report.problems) == (1, ())


def test_documents_are_loaded_while_other_reports_are_waited_for(night, want):
    want("sales_traffic", *map(day, range(20, 45)))
    seen = []

    pull(night.only("sales_traffic"), meanwhile=lambda until: bool(seen.append(len(night.manifest()))))

    assert any(0 < count < 25 for count in seen)


def test_trouble_with_what_is_done_meanwhile_keeps_no_report_from_coming(night, want):
    want("sales_traffic", *map(day, range(20, 23)))
    tried = []

    def fail(until):
        tried.append("once")
        raise PermanentError("the disk is full")

    report = pull(night.only("sales_traffic"), meanwhile=fail)

    assert (report.documents, report.problems, tried) == (3, (), ["once"])
