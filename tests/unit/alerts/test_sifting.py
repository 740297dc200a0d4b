"""Which subjects of a night the machine looks at, and what it is told of each."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from sellerwatch.alerts.condition.machine import Judgement
from sellerwatch.alerts.judging.sift import ABSENT, Sifted, depths, sift
from sellerwatch.alerts.reading.limits import LIMITS
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.settings.rules import Band
from tests.unit.alerts.one_sku import RULE

NIGHT = date(2026, 11, 17)
THROUGH = datetime(2026, 11, 16, 8, tzinfo=UTC)
OWN = {"enter_yellow": 7.0, "enter_orange": 3.0, "enter_red": 1.0, "exit_yellow": 8.4, "exit_orange": 3.6, "exit_red": 1.2}
UPWARDS = RULE.model_copy(update={"breach": "at_least", "tiers": {"yellow": Band(enter=7, exit=6)}, "hard_clear": 2.0})


def row(sku, value, **other):
    said = {"outcome": "value", "reason": "", "data_through": THROUGH, "valued_on": NIGHT, "evidence": ""}
    place = {"marketplace": "US", "kind": "sku", "id": sku}
    return {**place, "value": math.nan if value is None else value, **said, **OWN, **other}


def frame(*rows):
    return pd.DataFrame(rows, columns=list(row("", 0.0) | (rows[0] if rows else {})))


def subject(sku, marketplace="US"):
    return Subject(marketplace, "sku", sku)


def sifted(*rows, rule=RULE, known=(), late=None):
    return list(sift(frame(*rows), rule, NIGHT, known=set(known), late=late or {}))


def told(*rows, **given):
    return {item.subject.id: item.judgement for item in sifted(*rows, **given)}


def test_a_breach_is_told_with_all_that_the_night_says_of_it():
    found = sifted(
        row("well", 40.0),
        row("short", 2.5, valued_on=date(2026, 11, 15), reason="short_history", evidence="40 units", reference=6.0),
    )

    assert found == [
        Sifted(
            subject("short"),
            Judgement(NIGHT, "value", 2.5, entered=2, kept=2, valued_on=date(2026, 11, 15)),
            "short_history",
            THROUGH,
            "40 units",
            tuple(OWN.values()),
        )
    ]
    assert [type(cell) for cell in (found[0].judgement.value, found[0].judgement.valued_on)] == [float, date]


def test_what_it_was_compared_with_and_the_conditions_that_hold_are_passed_on():
    rows = [row("A", 2.5, reference=6.0, held=("one",)), row("B", 2.5, reference=math.nan, held=())]

    assert [(item.reference, item.held) for item in sifted(*rows)] == [(6.0, ("one",)), (None, ())]


@pytest.mark.parametrize(
    ("value", "entered", "kept"),
    [(1.0, 3, 3), (1.1, 2, 3), (3.0, 2, 2), (3.5, 1, 2), (7.0, 1, 1), (8.4, 0, 1), (8.5, 0, 0)],
)
def test_a_value_is_told_by_the_deepest_tier_it_has_entered_and_not_left(value, entered, kept):
    (found,) = sifted(row("A", value), known=[subject("A")])

    assert (found.judgement.entered, found.judgement.kept) == (entered, kept)


def test_a_rule_that_breaches_upwards_compares_the_other_way():
    limits = {"enter_yellow": 7.0, "exit_yellow": 6.0, "enter_orange": math.nan, "exit_orange": math.nan}
    rows = [row(sku, value, **limits, enter_red=math.nan, exit_red=math.nan) for sku, value in (("A", 7.0), ("B", 6.9))]

    found = told(*rows, rule=UPWARDS, known=[subject("B")])

    assert {sku: (said.entered, said.kept) for sku, said in found.items()} == {"A": (1, 1), "B": (0, 1)}


def test_a_tier_that_a_subject_does_not_have_is_neither_entered_nor_kept():
    none = dict.fromkeys(LIMITS, math.nan)

    assert told(row("A", 0.0, **none), row("B", 0.0)).keys() == {"B"}
    assert depths(frame(row("A", 0.0, **none)), RULE, "enter").tolist() == [0]
    assert depths(frame(row("A", None)), RULE, "exit").tolist() == [0]


def test_what_enters_a_tier_has_not_left_it_whatever_its_exit_says():
    (found,) = sifted(row("A", 2.0, exit_orange=1.5, exit_yellow=1.5))

    assert (found.judgement.entered, found.judgement.kept) == (2, 2)


@pytest.mark.parametrize(
    ("rule", "value", "is_well"),
    [
        (RULE, 400.0, False),
        (RULE.model_copy(update={"hard_clear": 14.0}), 14.0, True),
        (RULE.model_copy(update={"hard_clear": 14.0}), 13.9, False),
        (UPWARDS, 2.0, True),
        (UPWARDS, 2.1, False),
    ],
)
def test_a_value_past_hard_clear_is_well(rule, value, is_well):
    (found,) = sifted(row("A", value), rule=rule, known=[subject("A")])

    assert found.judgement.is_well is is_well


def test_of_the_known_each_is_told_and_no_namesake_elsewhere():
    rows = [row("A", 40.0, marketplace="CA"), row("A", 40.0), row("B", 40.0)]

    (found,) = sifted(*rows, known=[subject("A")])

    assert (found.subject, found.judgement.value) == (subject("A"), 40.0)


def test_without_a_value_a_breach_is_none_and_a_known_subject_hears_why():
    rows = [row(sku, 0.5, outcome="insufficient", reason="too few days") for sku in ("A", "B")]

    assert told(*rows, known=[subject("A")]) == {"A": Judgement(NIGHT, "insufficient", reason="too few days")}


def test_a_value_that_nobody_knows_judges_nothing():
    assert told(row("A", None), known=[subject("A")]) == {"A": Judgement(NIGHT, "value")}


def test_nothing_is_judged_where_the_feed_is_late_and_the_known_wait():
    rows = [row("A", 0.5), row("B", 0.5), row("C", 0.5, marketplace="CA")]

    found = told(*rows, known=[subject("A")], late={"US": "all_orders is late"})

    assert found.keys() == {"A", "C"}
    assert found["A"] == Judgement(NIGHT, "no_data", reason="all_orders is late")
    assert found["C"].entered == 3


def test_a_known_subject_that_the_night_does_not_name_is_unknown_and_not_fine():
    found = sifted(row("B", 40.0), known=[subject("D"), subject("A"), subject("C", "CA")], late={"CA": "late"})

    assert found == [
        Sifted(subject("C", "CA"), Judgement(NIGHT, "no_data", reason="late"), "", None, ""),
        Sifted(subject("A"), Judgement(NIGHT, "no_data", reason=ABSENT), "", None, ""),
        Sifted(subject("D"), Judgement(NIGHT, "no_data", reason=ABSENT), "", None, ""),
    ]


def test_what_pandas_has_for_nothing_is_nothing():
    rows = [
        row("A", 0.5, data_through=pd.NaT, valued_on=pd.NaT, reason=None, evidence=np.nan),
        row("B", 0.5, valued_on=pd.Timestamp("2026-11-14")),
    ]

    first, second = sifted(*rows)

    assert (first.judgement.valued_on, first.reason, first.data_through, first.evidence) == (None, "", None, "")
    assert second.judgement.valued_on == date(2026, 11, 14)
    assert type(second.judgement.valued_on) is date
    assert second.data_through == THROUGH
