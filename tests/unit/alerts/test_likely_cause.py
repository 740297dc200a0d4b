"""What accounts for a fall: said with its share where few factors cover it, and not at all where they do not."""

from __future__ import annotations

import re

import pytest

from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.showing.at_hand import AtHand
from sellerwatch.alerts.showing.causes import FIGURES, MADE_OF, WORDS, cause_words, likely_causes
from sellerwatch.alerts.showing.facts import Asked, describe
from sellerwatch.messages.plain import line_text
from sellerwatch.warehouse.engine import reading
from tests.spec.small_world import NIGHT, day

US = Subject("US", "marketplace", "US")
SIDES = ("numerator", "denominator")


def week(store, ends, **figures):
    """Store the metrics of a week whose figures are given, such as sessions=1000."""
    for metric in {FIGURES[name][0] for name in figures}:
        parts = {FIGURES[name][1]: value for name, value in figures.items() if FIGURES[name][0] == metric}
        store.put(metric, "marketplace", "US", 1.0, on=day(ends), period="d7", **parts)


def two_weeks(store, before, after):
    names = ("sessions", "order_items", "units", "sales")
    for ends, figures in ((-9, before), (-2, after)):
        week(store, ends, **dict(zip(names, figures, strict=True)))


def found(store, metric="gmv_attainment_pct", subject=US):
    with reading(store.engine) as connection:
        return likely_causes(connection, store.store_id, [subject], metric, NIGHT).get(subject)


def test_a_factor_that_covers_the_fall_is_named_with_its_share(store):
    two_weeks(store, (1000, 100, 110, 2200), (990, 70, 77, 1540))

    cause = found(store)

    assert [name for name, _ in cause.parts] == ["conversion"]
    assert cause_words(cause, near=NIGHT) == (
        "Sales fell 30% in the 7 days to Sun, Nov 15, against the 7 before: conversion accounts for 97% of it."
    )
    assert cause_words(cause, "zh", near=NIGHT) == "截至11月15日周日的 7 天，销售额比前 7 天下降 30%：其中转化率占 97%。"


def test_two_factors_are_named_where_only_both_cover_it(store):
    two_weeks(store, (1000, 100, 100, 2000), (800, 60, 60, 1140))

    assert [name for name, _ in found(store).parts] == ["conversion", "sessions"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1000, 100, 110, 2200), (990, 99, 109, 2178)),
        ((1000, 100, 110, 2200), (1200, 120, 132, 2640)),
        ((1000, 100, 100, 2000), (1500, 75, 75, 1500)),
        ((0, 0, 0, 0), (990, 70, 77, 1540)),
        ((1000, 0, 0, 0), (990, 70, 77, 1540)),
    ],
    ids=["as good as no change", "a rise", "factors that offset each other", "nothing before", "no sale before"],
)
def test_nothing_is_said_where_it_would_mean_little(store, before, after):
    two_weeks(store, before, after)

    assert found(store) is None


def test_nothing_is_said_without_two_settled_weeks(store):
    week(store, -2, sessions=990, order_items=70, units=77, sales=1540)
    week(store, -9, sessions=1000, order_items=100)

    assert found(store) is None


def test_nothing_is_said_of_what_is_not_made_of_factors(store):
    two_weeks(store, (1000, 100, 110, 2200), (990, 70, 77, 1540))

    assert found(store, metric="return_rate") is None
    assert found(store, subject=Subject("US", "sku", "A")) is None


def test_a_conversion_and_the_return_of_ads_are_split_per_session_and_per_spend(store):
    two_weeks(store, (1000, 100, 110, 2200), (990, 70, 77, 1540))
    names = ("spend", "clicks", "purchases", "ad_sales")
    for ends, figures in ((-9, (100, 200, 20, 400)), (-2, (100, 120, 12, 240))):
        week(store, ends, **dict(zip(names, figures, strict=True)))

    assert cause_words(found(store, "unit_session_pct"), near=NIGHT).startswith("Conversion fell 29%")
    assert [name for name, _ in found(store, "roas").parts] == ["click_price"]


def test_the_message_says_it_before_what_to_do(store):
    two_weeks(store, (1000, 100, 110, 2200), (990, 70, 77, 1540))
    with reading(store.engine) as connection:
        shown = describe(AtHand(connection, store.settings), "gmv_attainment_pct", Asked(store.store_id, US, NIGHT, 70.0))

    assert line_text(shown.lead[0].line).startswith("Sales fell 30% in the 7 days to Sun, Nov 15")


def test_every_figure_is_a_part_of_a_metric_of_the_catalogue(shipped):
    assert {side for _, side in FIGURES.values()} <= set(SIDES)
    for metric, side in FIGURES.values():
        assert getattr(shipped.metrics[metric], side) is not None
        assert "d7" in shipped.metrics[metric].grains["marketplace"]
    assert set(MADE_OF) <= set(shipped.metrics)
    assert all(shipped.metrics[metric].better == "higher" for metric in MADE_OF)


def test_every_factor_has_words_in_both_languages():
    named = {name for made in MADE_OF.values() for name in (made.of, *made.factors)}

    assert WORDS["en"].keys() == WORDS["zh"].keys() >= named
    for name, words in WORDS["en"].items():
        assert sorted(re.findall(r"{(\w+)", words)) == sorted(re.findall(r"{(\w+)", WORDS["zh"][name])), name
