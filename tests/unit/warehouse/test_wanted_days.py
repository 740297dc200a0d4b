"""Which days a night wants: the settled past once, the recent past again, gaps as long as history reaches."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.core.periods import Days
from sellerwatch.settings.models import CalendarPeriod, ListedPeriod, RangePeriod, SnapshotPeriod
from sellerwatch.warehouse.wanting import LISTING, parts, wanted_days
from sellerwatch.warehouse.windows import Finished, Window

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


def had(days, *, night=None):
    """Finished windows of single days, wanted by the night before or the one named."""
    return Finished({Days(day, day): night or before(1) for day in days})


NOTHING = had(())
WEEKS = CalendarPeriod(
    period="weeks",
    history_periods=2,
    ready_after_days=3,
    settled_after_days=10,
    freshness_hours=300,
    cooldown_minutes=0,
    deadline_minutes=60,
)
MONTHS = WEEKS.model_copy(update={"period": "months", "ready_after_days": 15, "settled_after_days": 40})
LAST_WEEK, WEEK_BEFORE = Days(date(2026, 11, 8), date(2026, 11, 14)), Days(date(2026, 11, 1), date(2026, 11, 7))
"""Sunday to Saturday; the night is a Tuesday."""


def test_a_snapshot_is_of_the_night_itself():
    assert wanted_days(SNAPSHOT, NIGHT, had({NIGHT}, night=NIGHT)) == (Days(NIGHT, NIGHT),)


def test_the_first_night_wants_the_whole_history_up_to_yesterday():
    assert wanted_days(feed(), NIGHT, NOTHING) == (Days(before(30), before(1)),)


def test_a_usual_night_wants_the_last_days_again():
    covered = set(Days(before(40), before(2)))

    assert wanted_days(feed(), NIGHT, had(covered)) == (Days(before(10), before(1)),)


def test_a_gap_is_wanted_from_its_first_day_on():
    covered = set(Days(before(40), before(2))) - {before(20), before(15)}

    assert wanted_days(feed(), NIGHT, had(covered)) == (Days(before(20), before(1)),)


def test_a_gap_older_than_history_is_let_go():
    covered = set(Days(before(29), before(2)))

    assert wanted_days(feed(history=29), NIGHT, had(covered)) == (Days(before(10), before(1)),)


def test_a_report_for_single_days_is_wanted_day_by_day():
    assert wanted_days(feed(3, 3, 1), NIGHT, NOTHING) == tuple(Days(before(n), before(n)) for n in (3, 2, 1))


def test_a_backfills_report_over_many_days_does_not_keep_the_days_of_a_daily_feed_from_being_wanted():
    daily = feed(5, 2, 1).model_copy(update={"period": "daily"})
    over_many_days = {Days(before(90), before(1)): before(1), Days(before(4), before(4)): before(1)}

    assert wanted_days(daily, NIGHT, Finished(over_many_days)) == tuple(Days(before(n), before(n)) for n in (5, 4, 3, 2, 1))
    assert wanted_days(feed(5, 2), NIGHT, Finished(over_many_days)) == (Days(before(2), before(1)),)


def test_a_range_longer_than_one_report_takes_is_cut():
    assert [len(days) for days in wanted_days(feed(history=70), NIGHT, NOTHING)] == [31, 31, 8]


def every(nights):
    return SNAPSHOT.model_copy(update={"every_days": nights})


def test_a_feed_that_is_pulled_every_other_night_rests_the_night_after():
    assert wanted_days(every(2), NIGHT, had({before(1)}, night=before(1))) == ()
    assert wanted_days(every(2), NIGHT, had({before(2)}, night=before(2))) == (Days(NIGHT, NIGHT),)


def test_a_night_that_is_run_again_later_is_not_put_off_by_the_nights_after_it():
    assert wanted_days(every(7), NIGHT, had({before(-3)}, night=before(-3))) == (Days(NIGHT, NIGHT),)


def test_a_look_at_the_list_belongs_to_the_night():
    listed = ListedPeriod(period="listed", history_days=60, freshness_hours=480, cooldown_minutes=0, deadline_minutes=60)

    assert wanted_days(listed, NIGHT, NOTHING) == (Days(NIGHT, NIGHT),)
    assert parts(listed, ["B1"]) == {LISTING: ()}


def test_a_week_is_wanted_as_soon_as_amazon_has_it():
    assert wanted_days(WEEKS, NIGHT - timedelta(days=1), NOTHING) == (Days(date(2026, 10, 25), date(2026, 10, 31)), WEEK_BEFORE)
    assert wanted_days(WEEKS, NIGHT, NOTHING) == (WEEK_BEFORE, LAST_WEEK)


def test_a_week_that_was_had_is_wanted_once_more_when_it_has_settled():
    early = Finished({LAST_WEEK: NIGHT, WEEK_BEFORE: date(2026, 11, 10), Days(date(2026, 10, 25), date(2026, 10, 31)): NIGHT})

    assert wanted_days(WEEKS, date(2026, 11, 16), early) == ()
    assert wanted_days(WEEKS, NIGHT, early) == (WEEK_BEFORE,)
    assert wanted_days(WEEKS, NIGHT, Finished({**early.nights, WEEK_BEFORE: NIGHT})) == ()


def test_a_month_is_wanted_from_its_first_to_its_last_day():
    assert wanted_days(MONTHS, date(2026, 3, 15), NOTHING) == (
        Days(date(2026, 1, 1), date(2026, 1, 31)),
        Days(date(2026, 2, 1), date(2026, 2, 28)),
    )


def test_products_are_asked_for_in_parts_that_a_report_takes():
    some = feed().model_copy(update={"asins_per_report": 2})

    assert parts(some, ["B3", "B1", "B2"]) == {"asins-001": ("B1", "B2"), "asins-002": ("B3",)}
    assert parts(some, []) == {}
    assert parts(feed(), ["B1"]) == {"": ()}


def test_a_window_is_named_by_what_it_is():
    assert (
        Window("cascade", "US", "all_orders", Days(before(2), before(1))).id == "cascade/US/all_orders/2026-11-15..2026-11-16"
    )
    part = Window("cascade", "US", "settlement", Days(before(2), before(1)), "100200300")
    assert part.id == "cascade/US/settlement/2026-11-15..2026-11-16/100200300"
    assert Window("cascade", "US", "fba_inventory", Days(NIGHT, NIGHT)).id == "cascade/US/fba_inventory/2026-11-17"


feeds = st.builds(feed, history=st.integers(1, 60), repull=st.integers(1, 60), most=st.integers(1, 40))
covered_sets = st.sets(st.integers(0, 70)).map(lambda offsets: {before(offset) for offset in offsets})


@given(pull=feeds, covered=covered_sets)
def test_what_is_wanted_is_unbroken_ends_yesterday_and_leaves_no_gap_within_history(pull, covered):
    wanted = wanted_days(pull, NIGHT, had(covered))

    days = [day for run in wanted for day in run]
    history = set(Days(before(pull.history_days), before(1)))
    assert days == list(Days(days[0], before(1)))
    assert set(days) <= history
    assert history - covered <= set(days)
    assert history & set(Days(before(pull.repull_days), before(1))) <= set(days)
    assert all(len(run) <= pull.max_days for run in wanted)


@given(pull=feeds, covered=covered_sets)
def test_nothing_covered_is_wanted_again_before_the_first_gap_or_the_recent_past(pull, covered):
    first = wanted_days(pull, NIGHT, had(covered))[0].first

    assert first not in covered or first == before(min(pull.repull_days, pull.history_days))


@pytest.mark.parametrize("nights", [1, 5, 40])
@given(pull=feeds)
def test_night_after_night_no_day_is_ever_missed(nights, pull):
    covered = set()
    for night in range(nights):
        for run in wanted_days(pull, NIGHT + timedelta(days=night), had(covered)):
            covered |= set(run)

    last = NIGHT + timedelta(days=nights - 1)
    assert set(Days(before(pull.history_days), last - timedelta(days=1))) <= covered
