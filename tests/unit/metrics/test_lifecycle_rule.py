"""At which stage of its life a SKU is, by the numbers of one night and by what was decided before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sellerwatch.metrics.stock.lifecycle import Decision, _is_same, _is_too_soon, _since, begun, decide
from sellerwatch.metrics.stock.lifecycle_facts import SkuFacts
from sellerwatch.settings.load import load_settings
from tests.conftest import ROOT
from tests.walking import walk

NIGHT = date(2026, 11, 17)
LONG_AGO = 400


@pytest.fixture(scope="module")
def rules():
    return load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")}).lifecycle


def ago(days):
    return None if days is None else NIGHT - timedelta(days=days)


def sku(*, launched=None, received=None, sold=None, opened=None, known=LONG_AGO, **cells):
    """A SKU by how many days ago things happened to it."""
    return SkuFacts(
        "US",
        "A",
        launched_on=ago(launched),
        received_on=ago(received),
        sold_on=ago(sold),
        opened_on=ago(opened),
        known_from=ago(known),
        **cells,
    )


OLD = {"sold": 200, "sellable_units": 50, "inbound_units": 0}
AGED = {"aged_units": 50, "lying_units": 100}

BEGINNINGS = {
    "the earlier of receipt and sale": (sku(received=40, sold=30, opened=60), 40, "first_receipt"),
    "a sale alone": (sku(sold=30), 30, "first_sale"),
    "what people say outranks both": (sku(launched=10, received=40, sold=30), 10, "launched"),
    "a listing alone": (sku(opened=20), 20, "listed"),
    "nothing": (sku(), None, "unknown"),
    "a sale on the oldest known days may not be the first": (sku(sold=393), None, "before_history"),
    "one after them is": (sku(sold=392), 392, "first_sale"),
    "what was listed before orders are known may have sold before": (sku(sold=10, opened=700, known=30), 700, "listed"),
    "what was listed since has not": (sku(sold=10, opened=25, known=30), 10, "first_sale"),
    "what was listed on the oldest known day has not either": (sku(sold=10, opened=30, known=30), 10, "first_sale"),
    "no order is known of at all": (sku(received=10, known=None), None, "before_history"),
}


def test_a_life_begins_where_the_best_witness_says(rules, subtests):
    def begins(case):
        facts, days, how = case
        assert begun(facts, rules) == (ago(days), how)

    walk(subtests, BEGINNINGS, begins)


STAGES = {
    "new to the last day": (sku(sold=89), None, ("new", "first_sale")),
    "mature on the ninetieth": (sku(sold=90), None, ("mature", "age")),
    "of unknown age": (sku(sold=400), None, ("mature", "before_history")),
    "no sale in stock": (sku(**OLD), 80.0, ("clearance", "no_sale")),
    "no sale, mostly out of stock": (sku(**OLD), 79.9, ("mature", "age")),
    "no sale, stock not known": (sku(**OLD), None, ("mature", "age")),
    "no sale, nothing left": (sku(**OLD | {"sellable_units": 0}), 100.0, ("mature", "age")),
    "no sale, stock of today not known": (sku(**OLD | {"sellable_units": None}), 100.0, ("mature", "age")),
    "no sale, more is on its way": (sku(**OLD | {"inbound_units": 1}), 100.0, ("mature", "age")),
    "no sale, inbound not known": (sku(**OLD | {"inbound_units": None}), 100.0, ("mature", "age")),
    "no sale, orders known for too short": (sku(**OLD | {"opened": 300}, known=59), 100.0, ("mature", "age")),
    "no sale, orders known for just long enough": (sku(**OLD | {"opened": 300}, known=60), 100.0, ("clearance", "no_sale")),
    "as many sales as before": (sku(**OLD, **AGED, units_now=40, units_before=40), 100.0, ("mature", "age")),
    "a hair less than half the sales gone": (sku(**OLD, **AGED, units_now=101, units_before=201), 100.0, ("mature", "age")),
    "a hair less than half the stock old": (
        sku(**OLD, aged_units=99, lying_units=199, units_now=20, units_before=40),
        100.0,
        ("mature", "age"),
    ),
    "the last unit old": (
        sku(**OLD, aged_units=1, lying_units=1, units_now=20, units_before=40),
        100.0,
        ("clearance", "aged_and_falling"),
    ),
    "half the sales, half the stock old": (
        sku(**OLD, **AGED, units_now=20, units_before=40),
        100.0,
        ("clearance", "aged_and_falling"),
    ),
    "a little more sales": (sku(**OLD, **AGED, units_now=21, units_before=40), 100.0, ("mature", "age")),
    "a little less old stock": (
        sku(**OLD, **AGED | {"aged_units": 49}, units_now=20, units_before=40),
        100.0,
        ("mature", "age"),
    ),
    "stock of no known age": (sku(**OLD, units_now=1, units_before=40), 100.0, ("mature", "age")),
    "sales that began anew": (sku(**OLD, **AGED, units_now=5, units_before=0), 100.0, ("mature", "age")),
    "a new one that does not sell": (sku(**OLD | {"sold": 70}), 100.0, ("new", "first_sale")),
}


def test_a_stage_follows_from_age_sales_and_stock(rules, subtests):
    def stands(case):
        facts, share, (stage, reason) = case
        decision = decide(facts, rules, NIGHT, before=None, share=share)
        assert (decision.stage, decision.source, decision.reason) == (stage, "rule", reason)
        first_on, _ = begun(facts, rules)
        grown_on = NIGHT if first_on is None else first_on + timedelta(days=90)
        begins = {"new": first_on, "mature": grown_on, "clearance": NIGHT}
        assert (decision.first_on, decision.from_on) == (first_on, begins[stage])

    walk(subtests, STAGES, stands)


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("new", "new"),
        ("growth", "mature"),
        ("mature", "mature"),
        ("decline", "mature"),
        ("clearance", "clearance"),
        ("ended", "clearance"),
    ],
)
def test_each_of_peoples_words_outranks_the_rule(rules, word, stage):
    facts = sku(sold=10, said=word, said_from=ago(5))

    decision = decide(facts, rules, NIGHT, before=None, share=None)

    assert decision == Decision(stage, "user", "said", ago(5), word)
    assert decide(facts, rules, NIGHT, before=row("mature"), share=None).first_on == ago(200)


def test_a_word_without_its_day_decides_nothing(rules):
    assert decide(sku(sold=10, said="ended"), rules, NIGHT, before=None, share=None).stage == "new"


def row(stage, *, source="rule", reason="age", first=200):
    return {"stage": stage, "source": source, "reason": reason, "first_on": ago(first)}


def test_what_the_rule_found_old_needs_no_beginning_to_stay_so(rules):
    """Its first sale is no longer looked for."""
    decision = decide(sku(opened=20), rules, NIGHT, before=row("mature"), share=None)

    assert (decision.stage, decision.reason, decision.first_on) == ("mature", "age", ago(200))


def test_a_clearance_that_sells_again_has_recovered(rules):
    decision = decide(sku(units_now=9), rules, NIGHT, before=row("clearance", reason="no_sale"), share=None)

    assert decision == Decision("mature", "rule", "recovered", NIGHT, first_on=ago(200))


def test_where_people_say_no_more_the_rule_decides_afresh(rules):
    decision = decide(sku(sold=10), rules, NIGHT, before=row("clearance", source="user", reason="said"), share=None)

    assert (decision.stage, decision.reason) == ("new", "first_sale")


def stood(stage, *, source="rule", since=30, said=""):
    return row(stage, source=source) | {"since_on": ago(since), "said": said}


@pytest.mark.parametrize(
    ("decision", "before", "since"),
    [
        (Decision("new", "rule", "first_sale", ago(40)), None, 40),
        (Decision("new", "user", "said", ago(-5)), None, 0),
        (Decision("clearance", "user", "said", ago(10)), stood("mature"), 10),
        (Decision("clearance", "user", "said", ago(50)), stood("mature"), 29),
        (Decision("clearance", "user", "said", ago(-3)), stood("mature"), 0),
        (Decision("mature", "rule", "age", ago(10)), stood("new"), 10),
        (Decision("mature", "rule", "age", ago(40)), stood("new"), 29),
        (Decision("mature", "rule", "age", ago(10)), stood("clearance"), 0),
        (Decision("clearance", "rule", "no_sale", ago(10)), stood("new"), 0),
        (Decision("mature", "rule", "age", ago(10)), stood("new", source="user"), 0),
    ],
)
def test_a_stage_begins_on_its_own_day_after_the_one_before_or_with_the_night_that_changed_its_mind(decision, before, since):
    assert _since(decision, before, NIGHT) == ago(since)


@pytest.mark.parametrize(
    ("stage", "source", "before", "is_too_soon"),
    [
        ("clearance", "rule", stood("mature", since=13), True),
        ("clearance", "rule", stood("mature", since=14), False),
        ("mature", "rule", stood("clearance", since=1), True),
        ("mature", "rule", stood("new", since=1), False),
        ("mature", "rule", stood("mature", since=1), False),
        ("clearance", "user", stood("mature", since=1), False),
        ("clearance", "rule", stood("mature", source="user", since=1), False),
    ],
)
def test_the_rule_stays_a_fortnight_with_what_it_chose_between_mature_and_clearance(rules, stage, source, before, is_too_soon):
    assert _is_too_soon(Decision(stage, source, "why", NIGHT), before, NIGHT, rules) is is_too_soon


@pytest.mark.parametrize(
    ("changed", "is_same"),
    [
        ({}, True),
        ({"reason": "other", "first_on": None}, True),
        ({"stage": "new"}, False),
        ({"source": "user"}, False),
        ({"said": "ended"}, False),
    ],
)
def test_a_change_is_another_stage_source_or_word(changed, is_same):
    assert _is_same(Decision("mature", "rule", "age", NIGHT), stood("mature") | changed) is is_same
