"""Real and simulated time, and the text two processes share it with."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock, SystemClock, clock_from_environment
from sellerwatch.core.errors import ConfigError

SIMULATED = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)


def test_a_scaled_clock_advances_as_many_times_as_fast():
    began = SystemClock().now() - timedelta(seconds=10)

    clock = ScaledClock(real=began, simulated=SIMULATED, speed=60)

    passed = (clock.now() - SIMULATED).total_seconds()
    assert 600 <= passed < 600 + 60 * 5


def test_a_clock_that_starts_now_shows_its_time_in_utc():
    pacific = timezone(timedelta(hours=-8))

    shown = ScaledClock.starting(SIMULATED.astimezone(pacific), 1).now()

    assert shown.tzinfo is UTC
    assert SIMULATED <= shown < SIMULATED + timedelta(seconds=5)


@pytest.mark.parametrize("speed", [1.0, 60.0, 1234567.125, 0.1, 1 / 3])
def test_what_a_clock_writes_another_process_reads_to_the_last_digit(speed):
    clock = ScaledClock.starting(SIMULATED, speed)

    assert ScaledClock.parse(str(clock)) == clock


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2026-11-17T00:00:00+00:00",
        "2026-11-17T00:00:00+00:00=2026-11-17T00:00:00+00:00",
        "2026-11-17T00:00:00=2026-11-17T00:00:00+00:00@1",
        "2026-11-17T00:00:00+00:00=2026-11-17T00:00:00@1",
        "2026-11-17T00:00:00+00:00=2026-11-17T00:00:00+00:00@fast",
        "2026-11-17T00:00:00+00:00=2026-11-17T00:00:00+00:00@0",
        "2026-11-17T00:00:00+00:00=2026-11-17T00:00:00+00:00@-1",
        "2026-11-17T00:00:00+00:00=2026-11-17T00:00:00+00:00@nan",
        "2026-11-17T00:00:00+00:00=2026-11-17T00:00:00+00:00@inf",
        "2026-13-17T00:00:00+00:00=2026-11-17T00:00:00+00:00@1",
    ],
)
def test_text_that_is_no_clock_is_refused_with_the_form_it_should_have(text):
    with pytest.raises(ConfigError, match=r"REAL=SIMULATED@SPEED") as refused:
        ScaledClock.parse(text)

    assert CLOCK_VARIABLE in str(refused.value)


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_a_clock_that_could_not_tell_the_time_is_never_made(speed):
    with pytest.raises(ConfigError):
        ScaledClock.starting(SIMULATED, speed)


@pytest.mark.parametrize(("seconds", "slept"), [(30, 0.5), (0, 0), (-5, 0)])
def test_sleeping_takes_simulated_seconds_and_never_less_than_none(monkeypatch, seconds, slept):
    naps = []
    monkeypatch.setattr(time, "sleep", naps.append)

    ScaledClock.starting(SIMULATED, 60).sleep(seconds)

    assert naps == [slept]


@pytest.mark.parametrize(("seconds", "slept"), [(3, 3), (-5, 0)])
def test_the_system_clock_sleeps_real_seconds(monkeypatch, seconds, slept):
    naps = []
    monkeypatch.setattr(time, "sleep", naps.append)

    SystemClock().sleep(seconds)

    assert naps == [slept]


def test_the_environment_chooses_the_clock(monkeypatch):
    monkeypatch.delenv(CLOCK_VARIABLE, raising=False)
    assert clock_from_environment() == SystemClock()

    clock = ScaledClock.starting(SIMULATED, 60)
    monkeypatch.setenv(CLOCK_VARIABLE, str(clock))
    assert clock_from_environment() == clock
