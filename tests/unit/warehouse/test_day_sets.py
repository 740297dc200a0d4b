"""Sets of days as numbers say what sets of dates say."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.core.periods import Days
from sellerwatch.warehouse.planning.day_sets import DaySets

FIRST = date(2026, 1, 1)
YEAR = DaySets(Days(FIRST, date(2026, 12, 31)))

day_sets = st.sets(st.integers(0, 364).map(lambda offset: FIRST + timedelta(days=offset)))


def number_of(days):
    joined = 0
    for day in days:
        joined |= YEAR.of(day, day)
    return joined


@given(first=st.integers(-50, 400), length=st.integers(0, 450))
def test_a_window_covers_the_days_that_it_shares_with_the_range(first, length):
    window = Days(FIRST + timedelta(days=first), FIRST + timedelta(days=first + length))

    covered = YEAR.of(window.first, window.last)

    assert covered == number_of(day for day in window if day in YEAR.range)


@given(days=day_sets, size=st.integers(1, 40))
def test_chunks_hold_every_day_once_newest_first_and_none_is_too_long(days, size):
    chunks = list(YEAR.chunks(number_of(days), size))

    assert sorted(day for chunk in chunks for day in chunk) == sorted(days)
    assert chunks == sorted(chunks, reverse=True)
    assert all(len(chunk) <= size for chunk in chunks)


@given(days=day_sets)
def test_runs_are_unbroken_and_as_few_as_can_be(days):
    runs = list(YEAR.runs(number_of(days)))

    assert len(runs) == sum(day - timedelta(days=1) not in days for day in days)
    assert {day for run in runs for day in run} == days


@given(days=day_sets.filter(bool))
def test_the_hull_reaches_from_the_oldest_to_the_newest_day(days):
    assert YEAR.hull(number_of(days)) == Days(min(days), max(days))


def test_a_run_is_cut_from_its_newest_day_on():
    assert [str(days) for days in YEAR.chunks(YEAR.of(date(2026, 3, 1), date(2026, 3, 10)), 4)] == [
        "2026-03-07..2026-03-10",
        "2026-03-03..2026-03-06",
        "2026-03-01..2026-03-02",
    ]


@pytest.mark.parametrize("window", [(date(2025, 1, 1), date(2025, 12, 31)), (date(2027, 1, 1), date(2027, 1, 2))])
def test_a_window_beside_the_range_covers_nothing(window):
    assert YEAR.of(*window) == 0
