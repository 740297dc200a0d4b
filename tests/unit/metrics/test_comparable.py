"""With which periods of its own past a value may be compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.metrics.comparison import baselines
from sellerwatch.metrics.comparison.baselines import Baseline, Wanted
from sellerwatch.metrics.comparison.comparable import (
    METHODS,
    DayOf,
    Pair,
    _days_of_places,
    compared_periods,
    days_of,
    method_for,
    pairs,
)
from tests.spec.small_world import shipped_settings

ON = date(2026, 11, 17)


def ago(days):
    return ON - timedelta(days=days)


@pytest.mark.parametrize(
    ("method", "period", "newest", "oldest", "count"),
    [
        ("weekday_8w", "day", Days(ago(7), ago(7)), Days(ago(56), ago(56)), 8),
        ("weekday_8w", "week", Days(ago(13), ago(7)), Days(ago(62), ago(56)), 8),
        ("weekday_8w", "d7", Days(ago(13), ago(7)), Days(ago(62), ago(56)), 8),
        ("runs_8w", "d14", Days(ago(27), ago(14)), Days(ago(69), ago(56)), 4),
        ("median_28d", "day", Days(ago(1), ago(1)), Days(ago(28), ago(28)), 28),
        ("median_12m", "month", Days(date(2026, 10, 1), date(2026, 10, 31)), Days(date(2025, 11, 1), date(2025, 11, 30)), 12),
    ],
)
def test_each_method_goes_back_in_its_own_steps(method, period, newest, oldest, count):
    found = compared_periods(METHODS[method], period, ON)

    assert (found[0], found[-1], len(found)) == (newest, oldest, count)
    assert found == sorted(found, reverse=True)


def test_a_method_is_found_for_its_periods_alone():
    assert method_for("weekday_8w", "d7") is METHODS["weekday_8w"]
    with pytest.raises(ConfigError, match=r"unknown baseline for the period d14 'weekday_8w'.*runs_8w"):
        method_for("weekday_8w", "d14")
    with pytest.raises(ConfigError, match=r"baseline for the period d90.*none"):
        method_for("weekday_8w", "d90")


def test_a_compared_period_is_an_event_where_one_of_its_days_is():
    events = {"US": {ago(10)}, "*": set()}

    found = [pair for pair in pairs(METHODS["weekday_8w"], "week", [ON], events) if pair.is_event]

    assert found == [Pair("US", ON, ago(7), is_event=True)]
    assert len(list(pairs(METHODS["weekday_8w"], "week", [ON, ago(1)], events))) == 2 * 8 * 2
    assert not any(pair.is_event for pair in pairs(METHODS["median_12m"], "month", [ON], {"US": {date(2026, 10, 5)}}))


def test_the_days_of_compared_periods_begin_and_end_where_they_are_and_stand_once():
    told = [Pair("US", ON, date(2026, 11, 1), False), Pair("US", ago(1), date(2026, 11, 1), False)]

    assert list(days_of(told, "day")) == [
        DayOf(
            "US",
            date(2026, 11, 1),
            date(2026, 11, 1),
            datetime(2026, 11, 1, 7, tzinfo=UTC),
            datetime(2026, 11, 2, 8, tzinfo=UTC),
        )
    ]
    assert [item.day for item in days_of(told[:1], "week")] == [date(2026, 10, 26) + timedelta(days=day) for day in range(7)]
    assert list(days_of([Pair("*", ON, ago(7), False)], "day")) == []
    assert list(days_of([Pair("US", ON, ago(7), False)], "month")) == []


@pytest.mark.parametrize(
    ("value", "typical", "change"),
    [(12.0, 10.0, 20.0), (8.0, -10.0, 180.0), (None, 10.0, None), (1.0, 0.0, None), (1.0, None, None)],
)
def test_a_change_is_told_in_percent_of_what_is_usual(value, typical, change):
    assert Baseline(value, typical, None, "ok", None).change_pct == change


def test_a_statement_brings_along_no_more_than_it_can_take(tmp_path, monkeypatch):
    settings = shipped_settings(tmp_path)
    method = METHODS["weekday_8w"]
    wanted = Wanted("alpine", "units", "sku", "weekday_8w", tuple(ago(back) for back in range(5)))
    places = len(settings.store("alpine").marketplaces)

    def portions(room):
        monkeypatch.setattr(baselines, "ROOM", room)
        return [len(portion) for portion in baselines._portions(settings, wanted, method)]

    two_days = 2 * 8 * (places + 1) * 4 + 2 * 8 * places * 5
    assert portions(two_days) == [2, 2, 1]
    assert portions(two_days - 1) == [1] * 5
    assert portions(24_000) == [5]


@pytest.mark.parametrize(
    ("judged", "method", "period", "most"),
    [
        (1, "weekday_8w", "day", 8 * 3 * 4 + 8 * 2 * 5),
        (3, "median_28d", "day", 3 * 28 * 3 * 4 + (3 + 28) * 2 * 5),
        (2, "weekday_8w", "week", 2 * 8 * 3 * 4 + 2 * 8 * 7 * 2 * 5),
        (2, "median_12m", "month", 2 * 12 * 3 * 4),
    ],
)
def test_what_a_statement_brings_along_is_counted_at_most(judged, method, period, most):
    assert baselines._values_of(judged, METHODS[method], period, 2) == most


def test_a_declared_event_lasts_from_its_first_day_up_to_and_without_its_end(tmp_path):
    settings = replace(shipped_settings(tmp_path), events=())
    said = [
        SimpleNamespace(marketplace="US", valid_from=ago(3), valid_to=ago(1), kpis=""),
        SimpleNamespace(marketplace="*", valid_from=ago(6), valid_to=ago(5), kpis="units gmv"),
        SimpleNamespace(marketplace="*", valid_from=ago(8), valid_to=ago(7), kpis="sessions"),
        SimpleNamespace(marketplace="DE", valid_from=ago(9), valid_to=ago(8), kpis=""),
    ]

    found = _days_of_places(settings, "cascade", "units", said, Days(ago(10), ON))

    assert found == {place: {ago(3), ago(2), ago(6)} for place in ("US", "*")}
