"""What moved a number, worked out by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from sellerwatch.metrics.decomposition import (
    MixAndRate,
    NotAProductError,
    Split,
    factors_of,
    log_mean,
    log_ratio,
    mix_and_rate,
    shapley,
    split_product,
)


def numbers(**given):
    return {name: Fraction(number) for name, number in given.items()}


BEFORE, AFTER = numbers(a=2, b=3), numbers(a=4, b=5)
"""From 6 to 20."""


def test_shapley_is_the_mean_over_both_orders():
    # First a, then b: 2 x 3 and 4 x 2. First b, then a: 2 x 2 and 2 x 5. In the mean 8 and 6.
    effects = numbers(a=8, b=6)

    assert split_product(BEFORE, AFTER, method="shapley") == Split("shapley", BEFORE, AFTER, Fraction(14), effects)


def test_shapley_of_three_weighs_every_order_alike():
    effects = shapley(lambda state: state["a"] * state["b"] * state["c"], numbers(a=1, b=1, c=1), numbers(a=2, b=3, c=4))

    # a: 1 x (1/3 of 1 x 1, 1/6 of 3 x 1, 1/6 of 1 x 4, 1/3 of 3 x 4).
    assert effects == {"a": Fraction(11, 2), "b": Fraction(8), "c": Fraction(19, 2)}


def test_lmdi_shares_by_logarithms():
    found = split_product(BEFORE, AFTER)
    mean = 14 / math.log(20 / 6)

    assert (found.method, found.before, found.after, found.change) == ("lmdi", BEFORE, AFTER, 14)
    assert found.log_mean == pytest.approx(mean)
    assert {name: float(effect) for name, effect in found.effects.items()} == pytest.approx(
        {"a": mean * math.log(2), "b": mean * math.log(5 / 3)}
    )


def test_factors_between_nought_and_one_have_logarithms_and_nought_has_none():
    small = numbers(a=Fraction(1, 2), b=3)

    assert split_product(small, AFTER).method == "lmdi"
    assert split_product(numbers(a=0, b=3), AFTER) == Split(
        "shapley", numbers(a=0, b=3), AFTER, Fraction(20), numbers(a=16, b=4)
    )
    with pytest.raises(ValueError, match=r"^LMDI takes logarithms, and a factor is not above zero$"):
        split_product(BEFORE, numbers(a=0, b=3), method="lmdi")


def test_the_logarithmic_mean_of_equal_numbers_is_that_number():
    assert (log_mean(Fraction(3), Fraction(3)), log_mean(Fraction(1), Fraction(2))) == (3.0, pytest.approx(1 / math.log(2)))


@pytest.mark.parametrize("after", [Fraction(1, 3), Fraction(3, 2), Fraction(7, 5), Fraction(8), 1 + Fraction(1, 10**18)])
def test_a_relative_change_is_told_by_its_logarithm_however_small(after):
    expected = 1e-18 if after < 1 + Fraction(1, 10**9) and after > 1 else math.log(after)

    for before in (Fraction(1), Fraction(7), Fraction(3, 7)):
        assert log_ratio(before, before * after) == pytest.approx(expected, rel=1e-14, abs=0.0)


SALES = numbers(sessions=100, order_items=10, units=20, sales=400)


def test_sales_are_sessions_times_conversion_times_units_of_an_order_times_price():
    first, second = factors_of(SALES, numbers(sessions=50, order_items=10, units=10, sales=300))

    assert first == numbers(sessions=100, conv=Fraction(1, 10), upo=2, price=20)
    assert second == numbers(sessions=50, conv=Fraction(1, 5), upo=1, price=30)


def test_a_factor_that_is_not_defined_is_that_of_the_other_period_or_one():
    nothing = numbers(sessions=100, order_items=0, units=0, sales=0)

    assert factors_of(SALES, nothing)[1] == numbers(sessions=100, conv=0, upo=2, price=20)
    assert factors_of(nothing, SALES)[0] == numbers(sessions=100, conv=0, upo=2, price=20)
    assert factors_of(nothing, nothing) == (numbers(sessions=100, conv=0, upo=1, price=1),) * 2


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"sessions": 0}, "order_items is 10 where what it is made from is 0"),
        ({"order_items": 0}, "units is 20 where what it is made from is 0"),
        ({"units": 0}, "sales is 400 where what it is made from is 0"),
        ({"sessions": 0, "order_items": 1, "units": 0}, "order_items is 1 where what it is made from is 0"),
    ],
)
def test_figures_that_make_no_product_are_refused_with_the_first_that_contradicts(broken, message):
    for periods in ((SALES, SALES | numbers(**broken)), (SALES | numbers(**broken), SALES)):
        with pytest.raises(NotAProductError, match=f"^{message}$"):
            factors_of(*periods)


def members(**given):
    return {name: tuple(map(Fraction, pair)) for name, pair in given.items()}


def test_a_rate_moves_because_others_weigh_more_and_because_the_rates_change():
    # Half A at 10 % and half B at 20 %; then three quarters A at 20 % and a quarter B at 40 %.
    found = mix_and_rate(members(A=(50, 5), B=(50, 10)), members(A=(75, 15), B=(25, 10)))

    # Mix: a quarter from B to A costs 2.5 points at the old rates and 5 at the new ones. Rates: the rest.
    assert found == MixAndRate(Fraction(15, 100), Fraction(25, 100), Fraction(-375, 10_000), Fraction(1375, 10_000))


def test_who_comes_or_goes_is_mix_at_the_rate_it_has():
    assert mix_and_rate(members(A=(50, 5)), members(A=(50, 5), B=(50, 25))) == MixAndRate(
        Fraction(1, 10), Fraction(3, 10), Fraction(2, 10), Fraction(0)
    )
    assert mix_and_rate(members(A=(50, 5), B=(50, 25)), members(A=(50, 5), B=(0, 0))) == MixAndRate(
        Fraction(3, 10), Fraction(1, 10), Fraction(-2, 10), Fraction(0)
    )


def test_events_that_come_from_nothing_are_refused():
    with pytest.raises(NotAProductError, match=r"^a member has events and no base that they could come from$"):
        mix_and_rate(members(A=(50, 5), B=(0, 3)), members(A=(50, 5)))
