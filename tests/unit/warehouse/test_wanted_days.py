"""Which days a night wants: the settled past once, the recent past again, gaps as long as history reaches."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.core.periods import Days
from sellerwatch.settings.models import RangePeriod, SnapshotPeriod
from sellerwatch.warehouse.windows import Window, wanted_days

NIGHT = date(2026, 11, 17)
SNAPSHOT = SnapshotPeriod(period="snapshot", freshness_hours=20, cooldown_minutes=30, deadline_minutes=60)


def feed(history=30, repull=10, most=31):
    return RangePeriod(
        period="range",
        history_days=history,
        repull_days=repull,
        max_days=most,
        settled_after_days=2,
        freshness_hours=26,
        cooldown_minutes=0,
        deadline_minutes=60,
    )


def before(days):
    return NIGHT - timedelta(days=days)


def test_a_snapshot_is_of_the_night_itself():
    assert wanted_days(SNAPSHOT, NIGHT, {NIGHT}) == (Days(NIGHT, NIGHT),)


def test_the_first_night_wants_the_whole_history_up_to_yesterday():
    assert wanted_days(feed(), NIGHT, set()) == (Days(before(30), before(1)),)


def test_a_usual_night_wants_the_last_days_again():
    covered = set(Days(before(40), before(2)))

    assert wanted_days(feed(), NIGHT, covered) == (Days(before(10), before(1)),)


def test_a_gap_is_wanted_from_its_first_day_on():
    covered = set(Days(before(40), before(2))) - {before(20), before(15)}

    assert wanted_days(feed(), NIGHT, covered) == (Days(before(20), before(1)),)


def test_a_gap_older_than_history_is_let_go():
    covered = set(Days(before(29), before(2)))

    assert wanted_days(feed(history=29), NIGHT, covered) == (Days(before(10), before(1)),)


def test_a_report_for_single_days_is_wanted_day_by_day():
    assert wanted_days(feed(3, 3, 1), NIGHT, set()) == tuple(Days(before(n), before(n)) for n in (3, 2, 1))


def test_a_range_longer_than_one_report_takes_is_cut():
    assert [len(days) for days in wanted_days(feed(history=70), NIGHT, set())] == [31, 31, 8]


def test_a_window_is_named_by_what_it_is():
    assert (
        Window("cascade", "US", "all_orders", Days(before(2), before(1))).id == "cascade/US/all_orders/2026-11-15..2026-11-16"
    )
    assert Window("cascade", "US", "fba_inventory", Days(NIGHT, NIGHT)).id == "cascade/US/fba_inventory/2026-11-17"


feeds = st.builds(feed, history=st.integers(1, 60), repull=st.integers(1, 60), most=st.integers(1, 40))
covered_sets = st.sets(st.integers(0, 70)).map(lambda offsets: {before(offset) for offset in offsets})


@given(pull=feeds, covered=covered_sets)
def test_what_is_wanted_is_unbroken_ends_yesterday_and_leaves_no_gap_within_history(pull, covered):
    wanted = wanted_days(pull, NIGHT, covered)

    days = [day for run in wanted for day in run]
    history = set(Days(before(pull.history_days), before(1)))
    assert days == list(Days(days[0], before(1)))
    assert set(days) <= history
    assert history - covered <= set(days)
    assert history & set(Days(before(pull.repull_days), before(1))) <= set(days)
    assert all(len(run) <= pull.max_days for run in wanted)


@given(pull=feeds, covered=covered_sets)
def test_nothing_covered_is_wanted_again_before_the_first_gap_or_the_recent_past(pull, covered):
    first = wanted_days(pull, NIGHT, covered)[0].first

    assert first not in covered or first == before(min(pull.repull_days, pull.history_days))


@pytest.mark.parametrize("nights", [1, 5, 40])
@given(pull=feeds)
def test_night_after_night_no_day_is_ever_missed(nights, pull):
    covered = set()
    for night in range(nights):
        for run in wanted_days(pull, NIGHT + timedelta(days=night), covered):
            covered |= set(run)

    last = NIGHT + timedelta(days=nights - 1)
    assert set(Days(before(pull.history_days), last - timedelta(days=1))) <= covered
