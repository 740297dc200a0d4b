"""What accounts for a fall: said with its share where few factors cover it, and not at all where they do not."""

from __future__ import annotations

import re

import pytest

from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.showing.alongside import WORDS as ALONGSIDE_WORDS
from sellerwatch.alerts.showing.at_hand import AtHand
from sellerwatch.alerts.showing.causes import FIGURES, MADE_OF, WORDS, cause_words, likely_causes
from sellerwatch.alerts.showing.facts import Asked, describe, prepare
from sellerwatch.messages.plain import line_text
from sellerwatch.warehouse.engine import reading
from tests.spec.small_world import NIGHT, day
from tests.unit.alerts.test_statements import counted

US = Subject("US", "marketplace", "US")
SIDES = ("numerator", "denominator")


def week(store, ends, subject=US, **figures):
    """Store the metrics of a week whose figures are given, such as sessions=1000."""
    for metric in {FIGURES[name][0] for name in figures}:
        parts = {FIGURES[name][1]: value for name, value in figures.items() if FIGURES[name][0] == metric}
        store.put(metric, subject.kind, subject.id, 1.0, on=day(ends), period="d7", **parts)


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


def moved(store, metric, subject, values, *, language="en"):
    """Store the values of the period before and of the later one; return the lines a message about the metric begins with."""
    period, days = ("d30", 30) if subject.kind == "sku" else ("d7", 7)
    for name, pair in values.items():
        for value, ends in zip(pair, (-days, 0), strict=True):
            reason = "no_data" if value is None else None
            store.put(name, subject.kind, subject.id, value, on=day(ends), period=period, reason=reason)
    asked = Asked(store.store_id, subject, NIGHT, values[metric][-1], period=period, language=language)
    with reading(store.engine) as connection:
        lead = describe(AtHand(connection, store.settings), metric, asked).lead
    return [line_text(block.line) for block in lead if "B0X" not in line_text(block.line)]


PRODUCT = Subject("US", "asin", "B0X")
FALLEN = {
    "unit_session_pct": (10.0, 7.0),
    "featured_offer_pct": (98.0, 61.0),
    "asp": (20.0, 25.0),
    "sessions": (1000.0, 1020.0),
}


def test_of_a_product_it_is_said_what_moved_with_its_conversion(store):
    (words,) = moved(store, "unit_session_pct", PRODUCT, FALLEN)
    assert words == (
        "Also moved in the 7 days to Tue, Nov 17, against the 7 before: "
        "Featured offer (Buy Box) percentage from 98% to 61%; Average selling price from $20.00 to $25.00."
    )
    (words,) = moved(store, "unit_session_pct", PRODUCT, FALLEN, language="zh")
    assert words.startswith("截至11月17日周二的 7 天与前 7 天相比，同期变化：")


def test_a_return_rate_of_a_sku_that_rose_names_the_reasons_that_rose(store):
    rates = {"return_rate": (6.0, 12.0), "return_rate_quality": (2.0, 8.0), "return_rate_size": (3.0, 3.0)}

    (words,) = moved(store, "return_rate", Subject("US", "sku", "B0X"), rates)

    assert words.endswith("against the 30 before: Return rate: quality from 2% to 8%.")


@pytest.mark.parametrize(
    "changed",
    [
        {"unit_session_pct": (7.0, 10.0)},
        {"unit_session_pct": (10.0, 9.9)},
        {"featured_offer_pct": (98.0, 97.0), "asp": (20.0, 20.5)},
        {"unit_session_pct": (None, 7.0)},
    ],
    ids=["it went the good way", "as good as no change", "nothing else moved", "nothing before"],
)
def test_nothing_is_said_of_a_product_where_it_would_mean_little(store, changed):
    assert moved(store, "unit_session_pct", PRODUCT, FALLEN | changed) == []


def test_of_wider_subjects_the_split_alone_is_said(store):
    assert moved(store, "unit_session_pct", US, FALLEN) == []


def test_a_products_conversion_is_split_as_that_of_a_marketplace_is(store):
    for ends, figures in ((-9, (1000, 100, 300)), (-2, (1000, 99, 150))):
        week(store, ends, PRODUCT, **dict(zip(("sessions", "order_items", "units"), figures, strict=True)))

    assert [name for name, _ in found(store, "unit_session_pct", PRODUCT).parts] == ["units_per_order"]


def test_what_moved_with_a_hundred_products_is_asked_in_one_statement(store):
    products = [Subject("US", "asin", f"B{number:03}") for number in range(100)]
    asked = [Asked(store.store_id, subject, NIGHT, 7.0, period="d7") for subject in products]
    with reading(store.engine) as connection, counted(store.engine) as said:
        at_hand = AtHand(connection, store.settings)
        prepare(at_hand, "unit_session_pct", asked)
        for item in asked:
            describe(at_hand, "unit_session_pct", item)

    assert sum(statement.startswith("SELECT") for statement in said) == 2, "the split, and what moved"


def test_every_figure_is_a_part_of_a_metric_of_the_catalogue(shipped):
    assert {side for _, side in FIGURES.values()} <= set(SIDES)
    for metric, side in FIGURES.values():
        assert getattr(shipped.metrics[metric], side) is not None
    for made in MADE_OF.values():
        figures = {name for pair in made.factors.values() for name in pair if name}
        for level in made.levels:
            assert all("d7" in shipped.metrics[FIGURES[name][0]].grains[level] for name in figures), (made.of, level)
    assert set(MADE_OF) <= set(shipped.metrics)
    assert all(shipped.metrics[metric].better == "higher" for metric in MADE_OF)


def test_every_factor_has_words_in_both_languages():
    named = {name for made in MADE_OF.values() for name in (made.of, *made.factors)}

    assert WORDS["en"].keys() >= named
    for said in (WORDS, ALONGSIDE_WORDS):
        assert said["en"].keys() == said["zh"].keys()
        for name, words in said["en"].items():
            assert sorted(re.findall(r"{(\w+)", words)) == sorted(re.findall(r"{(\w+)", said["zh"][name])), name


def test_a_night_whose_product_converts_less_says_what_moved_by_the_day_it_judged(store):
    """The newest settled week ends three days before the night."""
    store.judging_by("conversion")
    store.feeds()
    weeks = [(-3 - 7 * week, 10.0, 20.0) for week in range(1, 9)]
    for ends, conversion, price in (*weeks, (-3, 7.0, 25.0)):
        values = {"unit_session_pct": conversion, "sessions": 1000.0, "asp": price}
        for name, value in values.items():
            for kind, whose in (("marketplace", "US"), ("asin", "B0X")):
                store.put(name, kind, whose, value, on=day(ends), period="d7")

    store.judge()

    assert "Also moved in the 7 days to Sat, Nov 14, against the 7 before" in store.text("B0X")
    assert "Average selling price from $20.00 to $25.00" in " ".join(store.text("B0X").split())
