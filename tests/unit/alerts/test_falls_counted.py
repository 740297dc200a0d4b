"""How many times in a row a metric has fallen, block against block."""

from __future__ import annotations

import math
from datetime import date, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from sellerwatch.alerts.reading import falls
from sellerwatch.alerts.reading.falls import SHORT_HISTORY, fallen
from sellerwatch.alerts.reading.values import COLUMNS, KEY
from sellerwatch.settings.rules import Falls

LAST = date(2026, 11, 16)
WEEK = timedelta(days=7)
SALES = Falls(direction="down", block=1, most=3)


def counted(monkeypatch, ends, history, *, how=SALES, period="d7", denominators=None):
    """Count the falls of subjects whose sums are given by the last days of their periods, newest first."""
    rows = []
    for name, sums in history.items():
        below = (denominators or {}).get(name, [None] * len(sums))
        rows += [
            ("US", name, end, top, "", top, bottom, "soon")
            for end, top, bottom in zip(ends, sums, below, strict=False)
            if top is not None
        ]
    known = pd.DataFrame(rows, columns=COLUMNS).astype({"numerator": "float64", "denominator": "float64"})

    def values_on(asked, metric, wanted, days):
        assert (asked, metric, wanted) == ("asked", "gmv", period)
        days = set(days)
        is_wanted = [(row.marketplace, row.on) in days for row in known.itertuples()]
        return known.loc[is_wanted].set_index(KEY)

    def newest(*given):
        assert given == ("asked", "gmv", period)
        return {"US": ends[0]}

    monkeypatch.setattr(falls, "newest", newest)
    monkeypatch.setattr(falls, "values_on", values_on)
    found = fallen("asked", SimpleNamespace(metric="gmv", period=period), how)
    return {
        row.Index[1]: (None if math.isnan(row.value) else row.value, row.reason, row.denominator) for row in found.itertuples()
    }


WEEKS = [LAST - WEEK * back for back in range(8)]


@pytest.mark.parametrize(
    ("sums", "times"),
    [
        ([5, 6, 7, 8], 3),
        ([5, 6, 7, 7], 2),
        ([5, 6, 5, 8], 1),
        ([6, 6, 7, 8], 0),
        ([7, 6, 7, 8], 0),
        ([5, 6, 7], 2),
        ([5, 6, None, 8], 1),
    ],
)
def test_falls_are_counted_from_the_newest_back_until_one_is_none(monkeypatch, sums, times):
    assert counted(monkeypatch, WEEKS, {"A": sums})["A"][:2] == (times, "")


def test_no_more_falls_are_looked_for_than_are_asked_for(monkeypatch):
    assert counted(monkeypatch, WEEKS, {"A": [1, 2, 3, 4, 5, 6]})["A"][0] == 3


def test_what_is_meant_to_fall_is_counted_when_it_rises(monkeypatch):
    rising = Falls(direction="up", block=1, most=3)

    assert counted(monkeypatch, WEEKS, {"A": [9, 8, 8, 5]}, how=rising)["A"][0] == 1


def test_without_an_earlier_block_nothing_can_be_said(monkeypatch):
    found = counted(monkeypatch, WEEKS, {"A": [5], "B": [5, None, 7]})

    assert found == {"A": (None, SHORT_HISTORY, 1.0), "B": (None, SHORT_HISTORY, 1.0)}
    assert counted(monkeypatch, WEEKS, {"A": [math.nan, 6, 7]})["A"][:2] == (None, SHORT_HISTORY)


def test_a_night_without_values_counts_nothing(monkeypatch):
    assert counted(monkeypatch, WEEKS, {}) == {}


def test_a_rate_falls_by_its_sums_and_a_block_of_nothing_is_none(monkeypatch):
    below = {"A": [100, 50, 40], "B": [100, 0, 40]}

    found = counted(monkeypatch, WEEKS, {"A": [10, 6, 6], "B": [10, 6, 6]}, denominators=below)

    assert found == {"A": (2, "", 40.0), "B": (None, SHORT_HISTORY, 100.0)}


def test_the_smallest_block_that_was_held_against_another_is_kept(monkeypatch):
    below = {"A": [100, 60, 40, 80], "B": [30, 60, 40, 20]}

    found = counted(monkeypatch, WEEKS, {"A": [10, 9, 7, 8], "B": [1, 3, 4, 0]}, denominators=below)

    assert found == {"A": (2, "", 40.0), "B": (2, "", 30.0)}


def test_blocks_of_several_periods_are_added_up_and_count_only_whole(monkeypatch):
    two = Falls(direction="down", block=2, most=2)

    assert counted(monkeypatch, WEEKS, {"A": [1, 2, 2, 2, 3, 3]}, how=two)["A"][:2] == (2, "")
    assert counted(monkeypatch, WEEKS, {"A": [1, 2, 2, None, 3, 3]}, how=two)["A"][:2] == (None, SHORT_HISTORY)


def test_months_are_whole_calendar_months_before_the_newest(monkeypatch):
    ends = [date(2026, 11, 16), date(2026, 10, 31), date(2026, 9, 30), date(2026, 8, 31)]

    assert counted(monkeypatch, ends, {"A": [5, 6, 7, 8]}, period="month")["A"][0] == 3
    two = Falls(direction="down", block=2, most=1)
    assert counted(monkeypatch, ends, {"A": [5, 6, 7, 8]}, how=two, period="month")["A"][0] == 1


def test_days_go_back_one_by_one(monkeypatch):
    ends = [LAST - timedelta(days=back) for back in range(4)]

    assert counted(monkeypatch, ends, {"A": [5, 6, 7, 8]}, period="day")["A"][0] == 3
