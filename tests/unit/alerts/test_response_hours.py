"""Working time and quiet hours, on ordinary days and on those of 23 and 25 hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.alerts.response.hours import Quiet, WorkingHours, after_working, awake, released
from sellerwatch.settings.routing import minutes

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingHours("Europe/Berlin", (0, 1, 2, 3, 4), 9 * 60, 17 * 60)
EVERY_HOUR = WorkingHours("Europe/Berlin", tuple(range(7)), 0, 24 * 60)
NIGHT = Quiet("Europe/Berlin", 20 * 60, 9 * 60)
ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Shanghai", "Australia/Lord_Howe", "Asia/Kathmandu")
instants = st.integers(0, 1_000_000).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-17T10:00", 3, "2026-11-17T13:00"),
        ("2026-11-17T10:00", 7, "2026-11-17T17:00"),
        ("2026-11-17T16:00", 2, "2026-11-18T10:00"),
        ("2026-11-17T05:40", 8, "2026-11-17T17:00"),
        ("2026-11-17T22:00", 1, "2026-11-18T10:00"),
        ("2026-11-20T16:00", 2, "2026-11-23T10:00"),
        ("2026-11-21T12:00", 0.5, "2026-11-23T09:30"),
        ("2026-11-16T09:00", 72, "2026-11-26T17:00"),
    ],
)
def test_only_working_hours_count(start, hours, end):
    assert after_working(berlin(start), hours, OFFICE) == berlin(end)


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-17", 24)])
def test_a_day_of_the_clock_change_has_the_hours_it_has(day, length):
    midnight = berlin(f"{day}T00:00").astimezone(UTC)

    assert after_working(midnight, length, EVERY_HOUR) == (berlin(f"{day}T00:00") + timedelta(days=1)).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "heard"),
    [
        ("2026-11-17T02:00", "2026-11-17T09:00"),
        ("2026-11-17T08:59", "2026-11-17T09:00"),
        ("2026-11-17T09:00", "2026-11-17T09:00"),
        ("2026-11-17T19:59", "2026-11-17T19:59"),
        ("2026-11-17T20:00", "2026-11-18T09:00"),
        ("2026-03-28T23:00", "2026-03-29T09:00"),
        ("2026-10-24T23:00", "2026-10-25T09:00"),
    ],
)
def test_quiet_hours_end_at_nine_on_every_kind_of_day(at, heard):
    assert released(berlin(at), NIGHT) == berlin(heard)


@pytest.mark.parametrize(
    ("start", "end", "at", "heard"),
    [
        ("00:00", "06:30", "2026-11-17T00:00", "2026-11-17T06:30"),
        ("22:00", "24:00", "2026-11-17T23:00", "2026-11-18T00:00"),
        ("13:00", "14:00", "2026-11-17T13:30", "2026-11-17T14:00"),
        ("21:00", "02:30", "2026-03-28T22:00", "2026-03-29T03:30"),
    ],
)
def test_quiet_hours_may_end_at_midnight_and_at_an_hour_that_is_left_out(start, end, at, heard):
    assert released(berlin(at), Quiet("Europe/Berlin", minutes(start), minutes(end))) == berlin(heard)


@pytest.mark.parametrize("quiet", [Quiet("UTC", 780, 840), Quiet("UTC", 900, 840)])
def test_quiet_hours_are_over_in_the_minute_they_end_and_never_hold_anything_into_the_past(quiet):
    within, after = (datetime(2026, 11, 17, *clock, tzinfo=UTC) for clock in ((13, 59, 30), (14, 0, 30)))

    assert (released(within, quiet), released(after, quiet)) == (datetime(2026, 11, 17, 14, tzinfo=UTC), after)
    assert released(within, quiet).tzinfo is UTC


def test_an_hour_that_comes_twice_is_quiet_both_times():
    quiet = Quiet("Europe/Berlin", 2 * 60, 3 * 60)
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert {released(first, quiet), released(second, quiet)} == {datetime(2026, 10, 25, 2, tzinfo=UTC)}


quiets = st.builds(Quiet, st.sampled_from(ZONES), st.integers(0, 1439), st.integers(0, 1439)).filter(
    lambda quiet: quiet.start != quiet.end
)


@given(instants, quiets)
def test_what_is_released_is_never_earlier_and_waits_less_than_a_day_and_a_bit(moment, quiet):
    heard = released(moment, quiet)

    assert moment <= heard <= moment + timedelta(hours=25)


@given(instants, st.integers(1, 6000), st.sampled_from(ZONES))
def test_working_hours_pass_no_faster_than_the_clock_and_add_up(start, minutes, zone):
    calendar = WorkingHours(zone, (0, 1, 2, 3, 4), 9 * 60, 18 * 60)

    half = after_working(start, minutes / 60, calendar)
    whole = after_working(start, minutes / 30, calendar)

    assert whole - start >= timedelta(minutes=2 * minutes)
    assert after_working(half, minutes / 60, calendar) == whole


@given(instants, quiets, quiets)
def test_people_in_two_places_are_told_when_both_may_hear_it_or_else_the_last_named(moment, one, other):
    heard = awake(moment, one, other)

    may_both_hear = released(heard, one) == heard == released(heard, other)
    assert may_both_hear or heard == released(moment, other)
    assert moment <= heard <= moment + timedelta(days=2)


def test_where_one_falls_asleep_as_the_other_wakes_up_both_are_waited_for():
    berlin_night, office = Quiet("Europe/Berlin", 20 * 60, 9 * 60), Quiet("Europe/Berlin", 9 * 60, 12 * 60)

    assert awake(berlin("2026-11-17T22:00"), berlin_night, office) == berlin("2026-11-18T12:00")
    assert awake(berlin("2026-11-17T22:00"), office, berlin_night) == berlin("2026-11-18T12:00")
    assert awake(berlin("2026-11-17T22:00"), None, None) == berlin("2026-11-17T22:00")
