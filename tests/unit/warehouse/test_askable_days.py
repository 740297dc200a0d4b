"""Which days of a feed can be asked for, and that each other day is left out with a reason a person understands."""

from datetime import date, timedelta

import pytest

from sellerwatch.core.periods import Days
from sellerwatch.settings.models import CalendarPeriod, ListedPeriod, RangePeriod, SnapshotPeriod
from sellerwatch.warehouse.planning.askable import askable, is_of_the_present, whole_periods, why_no_past

TODAY = date(2026, 11, 25)
COMMON = {"freshness_hours": 26, "cooldown_minutes": 0, "deadline_minutes": 60}
RANGE = RangePeriod(period="range", history_days=30, repull_days=10, max_days=31, settled_after_days=2, **COMMON)
WEEKS = CalendarPeriod(period="weeks", history_periods=2, ready_after_days=3, settled_after_days=10, **COMMON)
MONTHS = WEEKS.model_copy(update={"period": "months", "ready_after_days": 15})


def ago(days):
    return TODAY - timedelta(days=days)


def left(found):
    return [(str(days), reason) for days, reason in found]


def test_all_days_gone_by_can_be_asked_for_where_no_limit_is_known():
    can = askable(RANGE, Days(date(2020, 1, 1), ago(1)), TODAY)

    assert (can.days, can.left_out) == (Days(date(2020, 1, 1), ago(1)), ())


def test_a_day_that_is_not_over_is_left_out():
    can = askable(RANGE, Days(ago(2), TODAY + timedelta(days=1)), TODAY)

    assert can.days == Days(ago(2), ago(1))
    assert left(can.left_out) == [("2026-11-25..2026-11-26", "the day is not over yet: in the store it is 2026-11-25")]


def test_what_amazon_no_longer_keeps_is_left_out():
    kept = RANGE.model_copy(update={"keeps_days": 60})

    can = askable(kept, Days(ago(90), ago(1)), TODAY)

    assert can.days == Days(ago(59), ago(1))
    assert left(can.left_out) == [
        ("2026-08-27..2026-09-26", "Amazon keeps it for 60 days: nothing before 2026-09-27 can be had")
    ]


@pytest.mark.parametrize("days", [Days(ago(90), ago(80)), Days(TODAY, TODAY)], ids=["gone", "not over"])
def test_of_some_days_nothing_can_be_had(days):
    can = askable(RANGE.model_copy(update={"keeps_days": 60}), days, TODAY)

    assert can.days is None
    assert [run for run, _ in can.left_out] == [days]


def test_a_settlement_list_is_as_long_as_amazon_keeps_it():
    listed = ListedPeriod(period="listed", history_days=60, keeps_days=89, **COMMON)

    assert askable(listed, Days(ago(200), ago(1)), TODAY).days == Days(ago(88), ago(1))


def test_whole_weeks_run_from_sunday_to_saturday_and_the_rest_is_left_out():
    whole, rest = whole_periods(WEEKS, Days(date(2026, 10, 30), date(2026, 11, 20)), TODAY)

    assert [str(week) for week in whole] == ["2026-11-08..2026-11-14", "2026-11-01..2026-11-07"]
    assert left(rest) == [
        (
            "2026-11-15..2026-11-20",
            "only whole weeks (Sunday to Saturday) can be asked for, and this one is 2026-11-15..2026-11-21",
        ),
        (
            "2026-10-30..2026-10-31",
            "only whole weeks (Sunday to Saturday) can be asked for, and this one is 2026-10-25..2026-10-31",
        ),
    ]


@pytest.mark.parametrize("today", [date(2026, 11, 16), date(2026, 11, 17)])
def test_a_week_is_asked_for_on_the_day_that_a_night_would(today):
    whole, rest = whole_periods(WEEKS, Days(date(2026, 11, 8), date(2026, 11, 14)), today)

    assert bool(whole) is (today == date(2026, 11, 17))
    assert [reason for _, reason in rest] == ["Amazon has it 3 days after its end, on 2026-11-17"][: not whole]


def test_months_are_as_long_as_they_are():
    whole, rest = whole_periods(MONTHS, Days(date(2026, 1, 2), date(2026, 4, 30)), TODAY)

    assert [str(month) for month in whole] == ["2026-04-01..2026-04-30", "2026-03-01..2026-03-31", "2026-02-01..2026-02-28"]
    assert [str(days) for days, _ in rest] == ["2026-01-02..2026-01-31"]


def test_weeks_and_months_leave_no_day_unexplained():
    days = Days(date(2025, 12, 3), date(2026, 11, 24))
    for pull in (WEEKS, MONTHS):
        whole, rest = whole_periods(pull, days, TODAY)

        assert sorted([*(day for one in whole for day in one), *(day for one, _ in rest for day in one)]) == list(days)


def test_a_report_of_the_present_says_what_to_take_instead():
    snapshot = SnapshotPeriod(period="snapshot", **COMMON)
    until_now = RANGE.model_copy(update={"sent_as": "until_now"})
    elsewhere = until_now.model_copy(update={"history_from": "orders_by_date"})

    assert [is_of_the_present(pull) for pull in (snapshot, until_now, RANGE, WEEKS)] == [True, True, False, False]
    assert why_no_past(snapshot, {}) == "a report of the present state: Amazon makes none of a day gone by"
    assert why_no_past(elsewhere, {"orders_by_date"}) == "asked for by last update, and so up to now; take orders_by_date"
    assert why_no_past(elsewhere, {}).endswith("; take orders_by_date, which the store does not pull")
    assert "history_from" in why_no_past(until_now, {})
