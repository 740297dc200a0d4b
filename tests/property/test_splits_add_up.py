"""Whatever moves: the effects of a decomposition are the change, and weights stay a hundred."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.decomposition import (
    NotAProductError,
    factors_of,
    log_mean,
    mix_and_rate,
    product,
    shapley,
    split_product,
)
from sellerwatch.metrics.sheets.quantity import Quantity
from sellerwatch.metrics.sheets.scorecards import Cut, exempted, ladder_points, penalised, reweighted, score

NAMES = ("sessions", "conv", "upo", "price")
ANY = st.fractions(min_value=-1000, max_value=1000, max_denominator=100)
ABOVE_ZERO = st.fractions(min_value=Fraction(1, 1000), max_value=100_000, max_denominator=1000)
COUNTS = st.integers(0, 40)


def factors(numbers):
    return st.fixed_dictionaries(dict.fromkeys(NAMES, numbers))


def by_every_order(before, after):
    """The obvious way: change the factors one after the other, in each of the 24 orders, and take the mean."""
    effects = dict.fromkeys(NAMES, Fraction(0))
    orders = list(itertools.permutations(NAMES))
    for order in orders:
        state = dict(before)
        for name in order:
            worth = product(state)
            state[name] = after[name]
            effects[name] += (product(state) - worth) / len(orders)
    return effects


@settings(max_examples=40)
@given(factors(ANY), factors(ANY))
def test_shapley_is_the_mean_over_every_order_and_adds_up_exactly(before, after):
    effects = shapley(product, before, after)

    assert effects == by_every_order(before, after)
    assert sum(effects.values()) == product(after) - product(before)


@settings(max_examples=40)
@given(factors(ANY), factors(ANY), st.permutations(NAMES))
def test_the_order_in_which_factors_are_named_does_not_matter(before, after, order):
    effects = split_product(before, after).effects
    turned = split_product({name: before[name] for name in order}, {name: after[name] for name in order}).effects

    assert {name: float(turned[name]) for name in NAMES} == pytest.approx({name: float(effects[name]) for name in NAMES})


@settings(max_examples=40)
@given(factors(ABOVE_ZERO), factors(ABOVE_ZERO))
def test_lmdi_adds_up_within_rounding(before, after):
    split = split_product(before, after)

    assert split.method == "lmdi"
    size = max(abs(float(product(before))), abs(float(product(after))), 1.0)
    assert abs(float(sum(split.effects.values()) - split.change)) <= 1e-9 * size


@settings(max_examples=40)
@given(factors(ABOVE_ZERO), factors(ABOVE_ZERO))
def test_both_methods_give_what_did_not_change_no_part(before, after):
    after = after | {"price": before["price"]}

    assert split_product(before, after, method="lmdi").effects["price"] == 0
    assert split_product(before, after, method="shapley").effects["price"] == 0


@settings(max_examples=40)
@given(factors(ANY), factors(ANY))
def test_turning_time_round_turns_every_effect_round(before, after):
    forth, back = shapley(product, before, after), shapley(product, after, before)

    assert {name: -effect for name, effect in back.items()} == forth


@given(ABOVE_ZERO, ABOVE_ZERO)
def test_the_logarithmic_mean_lies_between_its_numbers(one, other):
    low, high = sorted((float(one), float(other)))

    assert low * (1 - 1e-12) <= log_mean(one, other) <= high * (1 + 1e-12)
    assert math.isclose(log_mean(one, other), log_mean(other, one), rel_tol=1e-9)


def figures():
    numbers = {name: COUNTS.map(Fraction) for name in ("sessions", "order_items", "units")}
    return st.fixed_dictionaries(numbers | {"sales": st.integers(-500, 5000).map(Fraction)})


@given(figures(), figures())
def test_factors_make_their_total_or_are_refused(before, after):
    try:
        first, second = factors_of(before, after)
    except NotAProductError:
        pairs = (("order_items", "sessions"), ("units", "order_items"), ("sales", "units"))
        assert any(period[top] and not period[bottom] for period in (before, after) for top, bottom in pairs)
        return

    assert (product(first), product(second)) == (before["sales"], after["sales"])


def members():
    return st.dictionaries(st.sampled_from("ABCDE"), st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1)


@given(members(), members())
def test_mix_and_rate_effect_are_the_change_of_the_rate(before, after):
    found = mix_and_rate(before, after)

    assert found.mix + found.rate == found.after - found.before


@given(members())
def test_members_that_keep_their_rates_make_no_rate_effect(before):
    after = {name: (base * (2 + index), events * (2 + index)) for index, (name, (base, events)) in enumerate(before.items())}

    assert mix_and_rate(before, after).rate == 0


WEIGHTS = (
    st.lists(st.integers(0, 100), min_size=2, max_size=6)
    .filter(sum)
    .map(lambda parts: {f"k{index}": Fraction(100 * part, sum(parts)) for index, part in enumerate(parts)})
)


@given(WEIGHTS, st.integers(0, 100))
def test_weights_set_anew_add_up_to_a_hundred(weights, new):
    assume(weights["k0"] != 100 or new == 100)

    kept = reweighted(weights, {"k0": Fraction(new)})

    assert sum(kept.values()) == 100
    assert kept["k0"] == new


@given(WEIGHTS)
def test_what_is_exempt_leaves_a_hundred_to_the_others(weights):
    assume(weights["k0"] != 100)

    kept = exempted(weights, ["k0"])

    assert sum(kept.values()) == 100
    assert "k0" not in kept


@given(WEIGHTS, st.sampled_from(["relative 10%", "10 points", "relative 100%", "100 points"]))
def test_a_penalty_never_raises_a_weight_and_loses_or_passes_on_what_it_frees(weights, cut):
    assume(weights["k0"] != 100)

    lost = penalised(weights, "k0", Cut.parse(cut), "forfeited")
    passed_on = penalised(weights, "k0", Cut.parse(cut), "redistributed")

    assert 0 <= lost["k0"] == passed_on["k0"] <= weights["k0"]
    assert sum(lost.values()) == 100 - (weights["k0"] - lost["k0"])
    assert sum(passed_on.values()) == 100


@given(WEIGHTS, st.data())
def test_a_score_lies_between_its_worst_and_its_best_points(weights, data):
    points = {name: Quantity(Fraction(data.draw(st.integers(0, 120)))) for name in weights}

    found = score(weights, points).value

    assert min(item.value for item in points.values()) <= found <= max(item.value for item in points.values())


@given(st.fractions(-1, 3), st.fractions(-1, 3))
def test_more_attained_is_never_worth_less(one, other):
    low, high = sorted((one, other))

    assert ladder_points(Quantity(low)).value <= ladder_points(Quantity(high)).value


@given(WEIGHTS.filter(lambda weights: len(weights) > 2))
def test_weights_that_are_not_a_hundred_are_refused(weights):
    with pytest.raises(ConfigError, match="add up to 100"):
        reweighted(weights | {"k0": weights["k0"] + 1}, {})
