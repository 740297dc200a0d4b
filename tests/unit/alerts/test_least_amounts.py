"""Whether there is enough of a subject to judge it."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from sellerwatch.alerts.reading import floors
from sellerwatch.alerts.reading.floors import is_below, judged_days
from sellerwatch.alerts.reading.values import KEY
from sellerwatch.settings.rules import Falls, Floor
from tests.unit.alerts.one_sku import RULE

NIGHT = date(2026, 11, 17)
ON = NIGHT - timedelta(days=1)
DAYS = {"US": ON, "CA": NIGHT}
INDEX = pd.MultiIndex.from_tuples([("US", "A"), ("US", "B"), ("US", "C")], names=KEY)


def series(**cells):
    index = pd.MultiIndex.from_tuples([("US", name) for name in cells], names=KEY)
    return pd.Series(list(cells.values()), index=index, dtype="float64")


@pytest.fixture
def amounts(monkeypatch, shipped):
    """What was asked for of which metric, and what of it is there: of C nothing is known."""
    looked_up = []
    night = SimpleNamespace(settings=shipped, as_of=NIGHT, looked_up=looked_up)

    def values_of(asked, metric, period):
        assert asked is night
        looked_up.append(("values", metric, period))
        found = series(A=10.0, B=9.9)
        return pd.DataFrame({"value": found, "numerator": found * 2, "denominator": found * 3})

    def sums_over(asked, metric, days):
        assert asked is night
        looked_up.append(("sums", metric, days))
        return series(A=10.0, B=9.9)

    monkeypatch.setattr(floors, "values_of", values_of)
    monkeypatch.setattr(floors, "sums_over", sums_over)
    return night


def below(asked, minimum, *, values=None, **changes):
    rule = RULE.model_copy(update={"minimum": minimum, **changes})
    found = is_below(asked, rule, DAYS, pd.DataFrame(index=INDEX) if values is None else values)
    assert list(found.index) == list(INDEX)
    return found.tolist()


def test_without_a_least_amount_everybody_is_judged(amounts):
    assert below(amounts, {}) == [False, False, False]
    assert amounts.looked_up == []


def test_less_than_the_least_and_what_is_unknown_is_too_little(amounts):
    assert below(amounts, {"units": Floor(at_least=10)}, metric="units", period="day") == [False, True, True]
    assert below(amounts, {"units": Floor(at_least=0.5)}, metric="units", period="day") == [False, False, True]
    assert amounts.looked_up[0] == ("values", "units", "day")


def test_one_of_several_that_lacks_is_enough(amounts):
    both = {"units": Floor(at_least=1), "sessions": Floor(at_least=10)}

    assert below(amounts, both, subject="asin") == [False, True, True]
    assert below(amounts, dict(reversed(both.items())), subject="asin") == [False, True, True]


@pytest.mark.parametrize(("part", "least"), [("numerator", 20), ("denominator", 30)])
def test_a_part_of_a_metric_may_be_asked_for_over_a_period_of_its_own(amounts, part, least):
    minimum = {f"return_rate.{part}": Floor(at_least=least, period="d30")}

    assert below(amounts, minimum) == [False, True, True]
    assert amounts.looked_up == [("values", "return_rate", "d30")]


def test_a_sum_over_days_that_is_not_measured_is_added_up_and_leaves_the_night_out(amounts):
    asked = {"units": Floor(at_least=10, period="d14")}

    assert below(amounts, asked, subject="sku") == [False, True, True]
    until_yesterday = (ON - timedelta(days=13), ON)
    assert amounts.looked_up == [("sums", "units", {"US": until_yesterday, "CA": until_yesterday})]


def test_where_falls_are_counted_the_thinnest_block_has_to_have_enough(amounts):
    values = pd.DataFrame({"denominator": [5.0, 4.9, None]}, index=INDEX)
    falling = {"metric": "return_rate", "falls": Falls(direction="up", block=1, most=2), "period": "d30"}
    minimum = {"return_rate.denominator": Floor(at_least=5)}

    assert below(amounts, minimum, values=values, **falling) == [False, True, True]
    assert amounts.looked_up == []
    below(amounts, minimum, values=values, **falling | {"falls": None})
    below(amounts, {"return_rate.numerator": Floor(at_least=5)}, values=values, **falling)
    below(amounts, {"refund_rate.denominator": Floor(at_least=5)}, values=values, **falling)
    assert [metric for _, metric, _ in amounts.looked_up] == ["return_rate", "return_rate", "refund_rate"]


def test_the_judged_period_is_the_newest_of_the_rules_metric(monkeypatch):
    monkeypatch.setattr(floors, "newest", lambda *asked: asked)

    assert judged_days("asked", RULE.model_copy(update={"period": "d7"})) == ("asked", "days_of_cover", "d7")
