"""What scorecards refuse, and what they do at the ends of their scales."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.decomposition import split_product
from sellerwatch.metrics.sheets.quantity import quantity
from sellerwatch.metrics.sheets.scorecards import Cut, checked, exempted, penalised, reweighted, score

HALVES = {"a": Fraction(50), "b": Fraction(50)}


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: checked({"a": Fraction(110), "b": Fraction(-10)}), "a weight is negative"),
        (lambda: checked({}), "these add up to 0"),
        (lambda: score(HALVES, {"a": quantity(1)}), "b: a weight and points belong together"),
        (lambda: reweighted(HALVES, {"c": Fraction(1)}), "unknown KPI of the scorecard 'c'"),
        (lambda: reweighted(HALVES, {"a": Fraction(60), "b": Fraction(60)}), "add up to 120"),
        (lambda: exempted(HALVES, ["a", "b"]), "the others cannot make it 100"),
        (lambda: penalised(HALVES, "d", Cut.parse("10 points")), "unknown KPI of the scorecard 'd'"),
        (lambda: penalised(HALVES, "a", Cut.parse("10 points"), "lost"), "unknown use of the freed weight 'lost'"),
    ],
)
def test_a_scorecard_that_cannot_be_is_refused(mistake, message):
    with pytest.raises(ConfigError, match=message):
        mistake()


def test_weights_that_are_all_set_anew_stay_as_they_are_set():
    assert reweighted(HALVES, {"a": Fraction(30), "b": Fraction(70)}) == {"a": 30, "b": 70}


def test_a_cut_takes_no_more_than_there_is():
    assert penalised(HALVES, "a", Cut.parse("60 points")) == {"a": 0, "b": 50}


def test_logarithms_of_what_is_not_above_zero_are_refused():
    with pytest.raises(ValueError, match="not above zero"):
        split_product({"a": Fraction(0)}, {"a": Fraction(1)}, method="lmdi")
