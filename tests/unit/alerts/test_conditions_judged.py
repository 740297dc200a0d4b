"""Rules over several metrics: how deep each subject is by the conditions that hold, and why it cannot be said."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest

from sellerwatch.alerts.reading import composite
from sellerwatch.alerts.reading.composite import Held, conditions_of, depths_of, subjects_of
from sellerwatch.alerts.reading.limits import ENTER, EXIT
from sellerwatch.alerts.reading.references import Known
from sellerwatch.alerts.reading.values import KEY
from sellerwatch.settings.models import TIERS
from sellerwatch.settings.rules import Rule

DAY, DAY_BEFORE = date(2026, 11, 16), date(2026, 11, 15)
BASE = {"number": "X1", "title": {"en": "x", "zh": "x"}, "owner": "lead", "playbook": "PB-1", "version": 1, "subject": "sku"}
ASKED = "whose values are asked for"
LOW_ROAS = {"metric": "roas", "below": 1, "exit": 1.2}
HIGH_ACOS = {"metric": "acos", "at_least": 90}


def rule_of(lifecycle=None, **when):
    return Rule.model_validate({**BASE, "metric": "roas", "when": when, "lifecycle": lifecycle or {}})


def index_of(*names):
    return pd.MultiIndex.from_tuples([("US", name) for name in names], names=KEY)


@pytest.fixture
def measured(monkeypatch):
    """Let a metric say so much of each subject: a number, a word for why there is none, or nothing at all."""
    given = {}

    def put(metric, *, on=DAY, through="soon", period="day", **cells):
        rows = {name: (None, cell) if isinstance(cell, str) else (cell, "") for name, cell in cells.items()}
        frame = pd.DataFrame(
            {
                "on": on,
                "value": [value for value, _ in rows.values()],
                "reason": [reason for _, reason in rows.values()],
                "data_through": through,
            },
            index=index_of(*rows),
        )
        given[metric, period] = frame.astype({"value": "float64"})

    def values_of(asked, metric, period):
        assert asked == ASKED
        return given[metric, period]

    monkeypatch.setattr(composite, "values_of", values_of)
    return put


def judged(rule, *names, stages=None):
    index = index_of(*names)
    found = depths_of(ASKED, rule, index, None if stages is None else pd.Series(stages, index=index))
    assert all(part.index.equals(index) for part in (found.value, found.reason, found.limits, found.evidence, found.held))
    return found


def depth(found):
    return [None if math.isnan(value) else int(value) for value in found.value]


def test_the_deepest_tier_of_which_all_conditions_hold_is_reached(measured):
    rule = rule_of(yellow={"all": [LOW_ROAS]}, red={"all": [LOW_ROAS, HIGH_ACOS]})
    measured("roas", A=0.9, B=0.9, C=1.0, D=2.0)
    measured("acos", A=90.0, B=89.0, C=95.0, D=10.0)

    found = judged(rule, "A", "B", "C", "D")

    assert depth(found) == [3, 1, 0, 0]
    assert list(found.reason) == [""] * 4
    assert list(found.evidence) == ["roas (day) < 1: 0.9; acos (day) >= 90: 90", "roas (day) < 1: 0.9", "", ""]
    yellow, red = rule.when["yellow"].all[0], rule.when["red"].all[1]
    assert list(found.held) == [(Held(yellow, "day", 0.9), Held(red, "day", 90.0)), (Held(yellow, "day", 0.9),), (), ()]


@pytest.mark.parametrize(
    ("clause", "holds"),
    [({"below": 1}, [0.9]), ({"at_most": 1}, [0.9, 1.0]), ({"at_least": 1}, [1.0, 1.1]), ({"above": 1}, [1.1])],
)
def test_each_side_of_a_limit(measured, clause, holds):
    measured("roas", A=0.9, B=1.0, C=1.1)

    found = judged(rule_of(red={"all": [{"metric": "roas", **clause}]}), "A", "B", "C")

    assert [value for value, deep in zip((0.9, 1.0, 1.1), depth(found), strict=True) if deep == 3] == holds


def test_one_of_several_is_enough_where_any_is_asked_for(measured):
    rule = rule_of(orange={"all": [LOW_ROAS], "any": [HIGH_ACOS, {"metric": "acos", "at_most": 5}]})
    measured("roas", A=0.5, B=0.5, C=0.5, D=5.0)
    measured("acos", A=95.0, B=3.0, C=50.0, D=95.0)

    assert depth(judged(rule, "A", "B", "C", "D")) == [2, 2, 0, 0]


def test_what_is_not_known_is_waited_for_unless_another_condition_refutes_the_tier(measured):
    rule = rule_of(red={"all": [LOW_ROAS, HIGH_ACOS]})
    measured("roas", A=0.5, B=5.0, C="immature", D=0.5, E="immature")
    measured("acos", A="no_data", B="no_data", C=95.0, E="no_data")

    found = judged(rule, "A", "B", "C", "D", "E")

    assert depth(found) == [None, 0, None, None, None]
    assert list(found.reason) == ["no_data", "", "immature", "not_named", "immature"]


def test_what_is_deep_already_is_told_while_a_deeper_condition_is_waited_for(measured):
    rule = rule_of(yellow={"all": [LOW_ROAS]}, red={"all": [HIGH_ACOS]})
    measured("roas", A=0.5, B=5.0)
    measured("acos", A="no_data", B="no_data")

    assert depth(judged(rule, "A", "B")) == [1, None]


def test_what_a_milder_tier_waits_for_is_waited_for_though_a_deeper_one_is_refuted(measured):
    rule = rule_of(yellow={"all": [HIGH_ACOS]}, red={"all": [LOW_ROAS]})
    measured("roas", A=5.0)
    measured("acos", A="no_data")

    assert depth(judged(rule, "A")) == [None]


def test_any_waits_for_the_others_only_while_none_is_known(measured):
    rule = rule_of(red={"any": [LOW_ROAS, HIGH_ACOS]})
    measured("roas", A=5.0, B="no_data", C=0.5)
    measured("acos", A="no_data", B="no_data", C="no_data")

    assert depth(judged(rule, "A", "B", "C")) == [0, None, 3]


@pytest.mark.parametrize("reason", ["not_observable", "no_user_data", "not_shared", "no_target", "missing_target"])
def test_a_tier_for_which_nobody_has_numbers_does_not_exist(measured, reason):
    rule = rule_of(yellow={"all": [LOW_ROAS]}, red={"all": [HIGH_ACOS]})
    measured("roas", A=0.5, B=5.0, C=reason)
    measured("acos", A=reason, B=reason, C=reason)

    found = judged(rule, "A", "B", "C")

    assert depth(found) == [1, 0, None]
    assert list(found.reason) == ["", "", reason]
    assert [math.isnan(limit) for limit in found.limits[ENTER["red"]]] == [True] * 3
    assert [math.isnan(limit) for limit in found.limits[ENTER["yellow"]]] == [False, False, True]


def test_a_depth_is_entered_at_its_number_and_left_past_the_exit_of_its_conditions(measured):
    rule = rule_of(yellow={"all": [LOW_ROAS]}, orange={"all": [{"metric": "roas", "below": 0.5, "exit": 0.6}]})
    measured("roas", A=1.1, B=1.3, C=0.55, D=0.4)

    limits = judged(rule, "A", "B", "C", "D").limits

    assert list(limits.columns) == [*ENTER.values(), *EXIT.values()]
    assert limits[ENTER["yellow"]].tolist() == [1.0] * 4
    assert limits[ENTER["orange"]].tolist() == [2.0] * 4
    assert limits[EXIT["yellow"]].tolist() == [0.0, 1.0, 1.0, 1.0], "1.1 has not left yellow, and is in none"
    assert limits[EXIT["orange"]].tolist() == [2.0, 2.0, 1.0, 2.0], "0.55 has not left orange, and is in yellow"
    assert all(limits[name].isna().all() for name in (ENTER["red"], EXIT["red"]))


def test_a_stage_of_life_has_conditions_of_its_own_some_of_the_rules_or_none(measured):
    rule = rule_of(
        {
            "new": {"when": {"red": {"all": [{"metric": "roas", "below": 0.3}]}}},
            "mature": {"only": ["yellow"]},
            "clearance": {"off": True},
        },
        yellow={"all": [LOW_ROAS]},
        orange={"all": [{"metric": "roas", "below": 0.5}]},
    )
    measured("roas", A=0.2, B=0.4, C=0.4, D=0.4, E=0.4)

    found = judged(rule, "A", "B", "C", "D", "E", stages=["new", "new", "mature", "clearance", None])

    assert depth(found) == [3, 0, 1, None, 2]
    assert [len(held) for held in found.held] == [1, 0, 1, 0, 1]
    assert found.evidence.tolist()[:2] == ["roas (day) < 0.3: 0.2", ""]
    exists = [[not math.isnan(cell) for cell in found.limits[ENTER[tier]]] for tier in TIERS]
    assert exists == [[False, False, True, False, True], [False, False, False, False, True], [True, True, False, False, False]]
    assert depth(judged(rule, "A")) == [2]


def test_days_are_the_newest_that_was_looked_at_and_data_that_of_the_rules_own_metric(measured):
    rule = rule_of(red={"all": [HIGH_ACOS, LOW_ROAS]})
    measured("roas", A=0.5, on=DAY_BEFORE, through="roas")
    measured("acos", A=95.0, on=DAY, through="acos")

    found = judged(rule, "A")

    assert (found.on.tolist(), found.data_through.tolist()) == ([DAY], ["roas"])
    turned = judged(rule_of(red={"all": [LOW_ROAS, HIGH_ACOS]}), "A")
    assert (turned.on.tolist(), turned.data_through.tolist()) == ([DAY], ["roas"])
    alone = judged(rule_of(red={"all": [LOW_ROAS]}), "A")
    assert (alone.on.tolist(), alone.data_through.tolist()) == ([DAY_BEFORE], ["roas"])
    other = judged(rule_of(red={"all": [HIGH_ACOS]}), "A")
    assert other.data_through.isna().all()


def compared(monkeypatch, numbers, words):
    """Let every metric be compared with these numbers."""

    def known(asked, watched, comparison):
        assert asked == ASKED
        assert (watched.metric, watched.period, comparison.told_as) == ("roas", "day", "ratio")
        index = watched.measured.index
        return Known(pd.Series(numbers, index=index, dtype="float64"), pd.Series(words, index=index))

    monkeypatch.setattr(composite, "known_references", known)


def test_a_condition_may_be_told_by_what_each_subject_is_compared_with(measured, monkeypatch):
    clause = {
        "metric": "roas",
        "below": 0.5,
        "compared_with": {"as": "ratio", "to": [{"what": "category"}, {"what": "target"}]},
    }
    rule = rule_of(red={"all": [clause]})
    measured("roas", A=0.9, B=1.1, C=0.1)
    compared(monkeypatch, [2.0, 2.0, None], ["the target", "the target", ""])

    found = judged(rule, "A", "B", "C")

    assert depth(found) == [3, 0, None]
    assert list(found.reason) == ["", "", "no_baseline"]
    (held,) = found.held.iloc[0]
    compared(monkeypatch, [None], [""])
    assert list(conditions_of(ASKED, rule, ("US", "C"))) == [
        "red not known: roas (day) < 0.5 x its category or else the target (no_baseline)"
    ]
    assert (held.compared_with, held.reference) == (rule.when["red"].all[0].compared_with.to[1], 2.0)


def test_every_subject_that_a_metric_names_is_judged_once(measured):
    measured("roas", A=1.0, B=1.0)
    measured("acos", period="d7", B=1.0, C=1.0)
    rule = rule_of(red={"all": [LOW_ROAS], "any": [HIGH_ACOS | {"period": "d7"}]})

    assert list(subjects_of(ASKED, rule)) == list(index_of("A", "B", "C"))


def test_each_condition_is_explained_for_one_subject_tier_by_tier(measured):
    rule = rule_of(yellow={"all": [LOW_ROAS]}, red={"all": [LOW_ROAS], "any": [HIGH_ACOS]})
    measured("roas", A=0.5, B=5.0)
    measured("acos", A="no_data", B=12.3456789)

    assert list(conditions_of(ASKED, rule, ("US", "A"))) == [
        "yellow holds: roas (day) < 1; it is 0.5",
        "red holds: roas (day) < 1; it is 0.5",
        "red not known: acos (day) >= 90 (no_data)",
    ]
    assert list(conditions_of(ASKED, rule, ("US", "B")))[1:] == [
        "red does not hold: roas (day) < 1; it is 5",
        "red does not hold: acos (day) >= 90; it is 12.3457",
    ]


def test_conditions_are_explained_as_they_are_in_the_subjects_stage_of_life(measured):
    rule = rule_of(
        {"mature": {"only": ["yellow"]}, "clearance": {"off": True}}, yellow={"all": [LOW_ROAS]}, red={"all": [HIGH_ACOS]}
    )
    measured("roas", A=0.5)
    measured("acos", A=95.0)

    said = {stage: list(conditions_of(ASKED, rule, ("US", "A"), stage)) for stage in ("mature", "clearance", "new")}

    yellow, red = "yellow holds: roas (day) < 1; it is 0.5", "red holds: acos (day) >= 90; it is 95"
    assert said == {"mature": [yellow], "clearance": [], "new": [yellow, red]}
