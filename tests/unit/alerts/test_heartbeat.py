"""Whether nights run, as decided from the plan, the ledger and the time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sellerwatch.alerts.judging.heartbeat import ALIVE, Heartbeat, KnownNight, due_at, heartbeat
from sellerwatch.alerts.showing.nights import PHRASES, missing_words, night_blocks
from sellerwatch.settings.models import NightPlan

ZONE = ZoneInfo("America/Los_Angeles")
PLAN = NightPlan()
TODAY = date(2026, 11, 17)
YESTERDAY, BEFORE = TODAY - timedelta(days=1), TODAY - timedelta(days=2)


def at(clock, day=TODAY):
    return datetime.combine(day, time.fromisoformat(clock), ZONE).astimezone(UTC)


def ended(day):
    return {day: KnownNight(is_running=False, started_at=at("05:31", day))}


def began(day):
    return {day: KnownNight(is_running=True, started_at=at("05:31", day))}


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        ({}, "12:00", None),
        (ended(YESTERDAY), "06:29", ALIVE),
        (ended(YESTERDAY), "06:30", Heartbeat(1, TODAY, "not_begun")),
        (ended(YESTERDAY) | began(TODAY), "09:30", ALIVE),
        (ended(YESTERDAY) | began(TODAY), "09:31", Heartbeat(1, TODAY, "not_ended")),
        (ended(YESTERDAY) | ended(TODAY), "12:00", ALIVE),
        (ended(BEFORE), "12:00", Heartbeat(2, YESTERDAY, "not_begun")),
        (ended(BEFORE) | began(YESTERDAY), "12:00", Heartbeat(2, YESTERDAY, "not_ended")),
        (ended(BEFORE) | ended(TODAY), "12:00", ALIVE),
        (ended(TODAY), "12:00", ALIVE),
        (began(TODAY), "03:00", ALIVE),
    ],
    ids=[
        "a store without any night is new",
        "not due yet",
        "not begun in time",
        "at work",
        "did not end in time",
        "ran",
        "two in a row",
        "the first of two began",
        "an old gap is history",
        "the first night of a new store",
        "begun by hand before it was due",
    ],
)
def test_what_is_missing_is_told_by_the_ledger_alone(known, now, expected):
    assert heartbeat(PLAN, ZONE, known, at(now)) == expected


def test_scenario_32_a_past_night_by_hand_is_no_sign_of_life():
    assert heartbeat(PLAN, ZONE, ended(BEFORE) | ended(date(2026, 10, 1)), at("07:00", YESTERDAY)).missing == 1


def test_a_paused_plan_expects_nothing():
    assert heartbeat(PLAN.model_copy(update={"is_paused": True}), ZONE, ended(BEFORE), at("12:00")) is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 7), datetime(2026, 3, 7, 10, 30, tzinfo=UTC)),
        (date(2026, 3, 8), datetime(2026, 3, 8, 10, 30, tzinfo=UTC)),  # 02:30 does not exist
        (date(2026, 3, 9), datetime(2026, 3, 9, 9, 30, tzinfo=UTC)),
        (date(2026, 11, 1), datetime(2026, 11, 1, 10, 30, tzinfo=UTC)),
    ],
)
def test_a_night_is_due_by_the_stores_own_clock_when_the_clocks_change(day, expected):
    assert due_at(NightPlan(at="02:30"), ZONE, day) == expected


def test_both_languages_say_the_same_things():
    assert PHRASES["en"].keys() == PHRASES["zh"].keys()
    assert [missing_words(count, "zh") for count in (0, 1, 2)] == [
        "夜间任务正常运行",
        "1 次夜间任务未完成",
        "2 次夜间任务未完成",
    ]
    assert night_blocks("") == ()
    assert len(night_blocks("2026-11-17 not_begun", "zh")) == 2
