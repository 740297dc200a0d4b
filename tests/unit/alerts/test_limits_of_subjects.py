"""Where the tiers begin and end for each subject, by what it is compared with and its stage of life."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from sellerwatch.alerts.reading.limits import LIMITS, clause_limits, limits_of
from sellerwatch.settings.rules import Band, Comparison, StageTiers
from sellerwatch.settings.tiers import tiers_at
from tests.unit.alerts.one_sku import RULE

INDEX = pd.Index(["A", "B"], name="id")
NONE = math.nan


def compared(told_as):
    return Comparison.model_validate({"as": told_as, "to": {"what": "category"}})


def numbers(*values, index=INDEX):
    return pd.Series(values, index=index, dtype="float64")


def limits(rule, reference=None, stages=None):
    found = limits_of(rule, reference, stages, INDEX)
    assert list(found.columns) == list(LIMITS)
    assert list(found.index) == list(INDEX)
    return [tuple(None if math.isnan(cell) else cell for cell in row) for row in found.to_numpy().tolist()]


def tiers(**bands):
    return {name: Band(**dict(zip(("enter", "exit"), band, strict=True))) for name, band in bands.items()}


def rule(**changes):
    return RULE.model_copy(update=changes)


def test_without_a_comparison_every_subject_has_the_rules_own_limits():
    assert limits(RULE) == [(7.0, 3.0, 1.0, 8.4, 3.6, 1.2)] * 2


def test_a_tier_that_the_rule_lacks_has_no_limit():
    assert limits(rule(tiers=tiers(orange=(3, 4)))) == [(None, 3.0, None, None, 4.0, None)] * 2


@pytest.mark.parametrize(
    ("told_as", "found"),
    [("ratio", (20.0, 15.0)), ("change_pct", (10.2, 10.15)), ("difference", (12.0, 11.5))],
)
def test_limits_are_told_as_a_multiple_a_change_or_a_difference_of_what_each_is_compared_with(told_as, found):
    own = rule(tiers=tiers(red=(2, 1.5)), compared_with=compared(told_as), breach="at_least")

    first, second = limits(own, numbers(10.0, NONE))

    assert first == (None, None, pytest.approx(found[0]), None, None, pytest.approx(found[1]))
    assert second == (None,) * 6


def test_limits_relative_to_freshness_are_multiples():
    assert limits(rule(tiers=tiers(red=(4, 3))), numbers(24.0, 36.0)) == [
        (None, None, 96.0, None, None, 72.0),
        (None, None, 144.0, None, None, 108.0),
    ]


def test_a_fixed_tier_is_a_value_whatever_the_rule_compares_with():
    bands = tiers(yellow=(1.5, 1.4)) | {"red": Band(enter=25, exit=22, fixed=True)}

    assert limits(rule(tiers=bands, compared_with=compared("ratio"), breach="at_least"), numbers(10.0, 20.0)) == [
        (15.0, None, 25.0, 14.0, None, 22.0),
        (30.0, None, 25.0, 28.0, None, 22.0),
    ]


def overtaken(breach, reference, **band):
    bands = tiers(orange=(2, 1.8)) | {"red": Band(fixed=True, **band)}
    own = rule(tiers=bands, compared_with=compared("ratio"), breach=breach)
    return [(row[2], row[5]) for row in limits(own, numbers(*reference))]


def test_a_fixed_tier_that_a_milder_one_overtakes_begins_further_out():
    found = overtaken("at_least", (10.0, 12.5), enter=25, exit=20, otherwise=2.5)

    assert found == [(25.0, 20.0), (25.0, 20.0)], "twice 12.5 is not past 25"
    assert overtaken("at_least", (13.0, NONE), enter=25, exit=20, otherwise=2.5) == [(32.5, 26.0), (25.0, 20.0)]
    assert overtaken("at_most", (10.0, 15.0), enter=25, exit=30, otherwise=0.5) == [(5.0, 6.0), (25.0, 30.0)]
    assert overtaken("at_least", (13.0, 13.0), enter=0, exit=0, otherwise=2.5) == [(32.5, 32.5)] * 2
    assert overtaken("at_least", (13.0, 13.0), enter=25, exit=20) == [(25.0, 20.0)] * 2


def test_a_fixed_tier_without_a_milder_one_is_overtaken_by_nothing():
    alone = rule(tiers={"red": Band(enter=25, exit=22, fixed=True, otherwise=2.5)}, compared_with=compared("ratio"))

    assert limits(alone, numbers(100.0, 1.0)) == [(None, None, 25.0, None, None, 22.0)] * 2


@pytest.mark.parametrize(("breach", "outward"), [("at_least", math.inf), ("at_most", -math.inf)])
def test_at_a_strict_limit_a_value_is_still_fine(breach, outward):
    (found, _) = limits(rule(tiers=tiers(red=(3, 4)), strictly=True, breach=breach))

    assert (found[2], found[5]) == (np.nextafter(3.0, outward), np.nextafter(4.0, outward))


NEW = {"new": StageTiers(tiers=tiers(red=(2, 3))), "clearance": StageTiers(off=True), "mature": StageTiers(only=("yellow",))}


@pytest.mark.parametrize(
    ("stage", "found"),
    [
        ("new", (None, None, 2.0, None, None, 3.0)),
        ("clearance", (None,) * 6),
        ("mature", (7.0, None, None, 8.4, None, None)),
        (None, (7.0, 3.0, 1.0, 8.4, 3.6, 1.2)),
    ],
)
def test_a_stage_of_life_has_tiers_of_its_own_some_of_the_rules_or_none(stage, found):
    stages = pd.Series([stage, "unheard of"], index=INDEX)

    assert limits(rule(lifecycle=NEW), stages=stages) == [found, (7.0, 3.0, 1.0, 8.4, 3.6, 1.2)]
    assert limits(rule(lifecycle=NEW)) == [(7.0, 3.0, 1.0, 8.4, 3.6, 1.2)] * 2


def test_a_stage_is_compared_with_what_its_own_subjects_are_compared_with():
    own = rule(tiers=tiers(red=(1, 1)), compared_with=compared("ratio"), lifecycle={"new": StageTiers(tiers=tiers(red=(2, 3)))})

    found = limits(own, numbers(10.0, 20.0), pd.Series(["mature", "new"], index=INDEX))

    assert [(row[2], row[5]) for row in found] == [(10.0, 10.0), (40.0, 60.0)]


def test_what_a_stage_leaves_of_the_tiers():
    assert tiers_at(RULE.tiers, StageTiers(off=True)) == {}
    assert tiers_at(RULE.tiers, StageTiers(only=("red",))) == {"red": RULE.tiers["red"]}
    assert tiers_at(RULE.tiers, NEW["new"]) == tiers(red=(2, 3))


def test_a_conditions_limits_are_values_or_told_by_what_each_is_compared_with():
    reference = numbers(10.0, 20.0)

    plain = clause_limits(None, (2.0, 3.0), reference, INDEX)
    ratio = clause_limits(compared("ratio"), (2.0, 3.0), reference, INDEX)
    unknown = clause_limits(compared("ratio"), (2.0, 3.0), None, INDEX)

    assert [part.tolist() for part in plain] == [[2.0, 2.0], [3.0, 3.0]]
    assert [part.tolist() for part in ratio] == [[20.0, 40.0], [30.0, 60.0]]
    assert [part.tolist() for part in unknown] == [[2.0, 2.0], [3.0, 3.0]]
    assert all(list(part.index) == list(INDEX) for part in (*plain, *unknown))
