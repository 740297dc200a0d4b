"""Which periods a night measures."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sellerwatch.core.periods import Days
from sellerwatch.metrics.measured_days import WINDOW_DAYS
from sellerwatch.metrics.spans import Span, is_rolling, reach, spans

LAST = date(2026, 11, 16)
"""A Monday."""


def days(first, last):
    return Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(("period", "length"), [("day", 1), ("d7", 7), ("d14", 14), ("d30", 30), ("d90", 90)])
def test_a_run_of_days_ends_on_each_day_of_the_window(period, length):
    found = list(spans(period, LAST))

    assert [span.on for span in found] == [LAST - timedelta(days=back) for back in range(WINDOW_DAYS - 1, -1, -1)]
    assert {(span.period, len(span.days)) for span in found} == {(period, length)}


def test_a_month_to_date_begins_on_its_first_and_ends_on_each_day_of_the_window():
    found = list(spans("month_to_date", LAST))

    assert (found[0], found[-1]) == (
        Span("month_to_date", days("2026-10-01", "2026-10-18")),
        Span("month_to_date", days("2026-11-01", "2026-11-16")),
    )
    assert len(found) == WINDOW_DAYS == 30


def test_whole_weeks_and_months_end_by_the_newest_day():
    weeks, ends_today = list(spans("week", LAST)), list(spans("week", date(2026, 11, 14)))

    assert [span.days for span in weeks] == [
        days("2026-10-11", "2026-10-17"),
        days("2026-10-18", "2026-10-24"),
        days("2026-10-25", "2026-10-31"),
        days("2026-11-01", "2026-11-07"),
        days("2026-11-08", "2026-11-14"),
    ]
    assert ends_today == weeks
    assert next(iter(spans("week", date(2026, 11, 13)))).days == days("2026-10-04", "2026-10-10"), "Saturday is to come"
    assert [span.days for span in spans("month", LAST)] == [days("2026-09-01", "2026-09-30"), days("2026-10-01", "2026-10-31")]
    assert [span.on.isoformat() for span in spans("month", date(2026, 11, 30))] == ["2026-10-31", "2026-11-30"]
    assert [span.on.isoformat() for span in spans("month", date(2026, 11, 29))] == ["2026-09-30", "2026-10-31"]


def test_a_night_may_look_as_far_back_as_its_longest_run():
    assert reach(date(2026, 11, 17)) == Days(LAST - timedelta(days=29 + 89), date(2026, 11, 17))


def test_rolling_periods_end_anew_every_day():
    kinds = ("day", "d7", "d14", "d30", "d90", "week", "month", "month_to_date")

    assert [kind for kind in kinds if is_rolling(kind)] == ["d7", "d14", "d30", "d90", "month_to_date"]
