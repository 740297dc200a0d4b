"""The store's calendar: runs of days, and days that are 23 or 25 hours long."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.core.marketplaces import MARKETPLACES
from sellerwatch.core.periods import Days, end_of_day, local_day, start_of_day, utc_text

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
ZONES = st.sampled_from(sorted({place.time_zone for place in MARKETPLACES})).map(ZoneInfo)


@st.composite
def runs(draw):
    first = draw(DAYS)
    return Days(first, first + timedelta(days=draw(st.integers(0, 90))))


@given(runs())
def test_a_run_has_each_of_its_days_once(days):
    listed = list(days)

    assert len(days) == len(listed) == len(set(listed))
    assert (listed[0], listed[-1]) == (days.first, days.last)
    assert all(day in days for day in listed)
    assert days.first - timedelta(days=1) not in days
    assert days.last + timedelta(days=1) not in days


@given(runs(), st.integers(1, 100))
def test_chunks_cover_a_run_without_gap_or_overlap(days, size):
    chunks = list(days.chunks(size))

    assert [day for chunk in chunks for day in chunk] == list(days)
    assert all(len(chunk) == size for chunk in chunks[:-1])
    assert len(chunks[-1]) <= size


@pytest.mark.parametrize("size", [0, -1])
def test_chunks_of_no_day_are_refused(size):
    with pytest.raises(ValueError, match="cannot end"):
        list(Days(date(2026, 1, 1), date(2026, 1, 2)).chunks(size))


def test_a_run_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="2026-01-01"):
        Days(date(2026, 1, 2), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("last", "text"),
    [(date(2026, 1, 1), "2026-01-01"), (date(2026, 1, 3), "2026-01-01..2026-01-03")],
)
def test_a_run_reads_as_its_ends(last, text):
    assert str(Days(date(2026, 1, 1), last)) == text


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Los_Angeles", date(2026, 11, 1), 25),
        ("America/Los_Angeles", date(2026, 3, 8), 23),
        ("America/Los_Angeles", date(2026, 11, 2), 24),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/London", date(2026, 3, 29), 23),
        ("Asia/Tokyo", date(2026, 11, 1), 24),
        # Cairo turns its clocks at midnight: this day begins at 01:00, the other ends an hour late.
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("Africa/Cairo", date(2026, 10, 29), 25),
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(zone, day, hours):
    length = end_of_day(day, ZoneInfo(zone)) - start_of_day(day, ZoneInfo(zone))

    assert length == timedelta(hours=hours)


def test_the_long_day_of_los_angeles_begins_in_summer_time_and_ends_in_winter_time():
    zone = ZoneInfo("America/Los_Angeles")

    assert start_of_day(date(2026, 11, 1), zone) == datetime(2026, 11, 1, 7, tzinfo=UTC)
    assert end_of_day(date(2026, 11, 1), zone) == datetime(2026, 11, 2, 8, tzinfo=UTC)


@given(DAYS, ZONES)
def test_days_meet_without_gap_in_every_marketplace(day, zone):
    start, end = start_of_day(day, zone), end_of_day(day, zone)

    assert end == start_of_day(day + timedelta(days=1), zone)
    assert local_day(start, zone) == day
    assert local_day(end - timedelta(microseconds=1), zone) == day
    assert local_day(start - timedelta(microseconds=1), zone) == day - timedelta(days=1)


def test_an_instant_without_an_offset_has_no_day_and_no_utc_text():
    naive = datetime(2026, 11, 17, 5, 30)  # noqa: DTZ001 - that is the point

    with pytest.raises(ValueError, match="without an offset"):
        local_day(naive, UTC)
    with pytest.raises(ValueError, match="without an offset"):
        utc_text(naive)


def test_utc_text_is_utc_to_the_second():
    instant = datetime(2026, 11, 17, 5, 30, 1, 999_999, tzinfo=ZoneInfo("America/Los_Angeles"))

    assert utc_text(instant) == "2026-11-17T13:30:01Z"
