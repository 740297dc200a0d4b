"""What moved a number: its change split exactly over the factors it is made of, and over mix and rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Final, Literal

Method = Literal["lmdi", "shapley"]
Worth = Callable[[Mapping[str, Fraction]], Fraction]

SALES_CHAIN: Final[Mapping[str, tuple[str, str | None]]] = {
    "sessions": ("sessions", None),
    "conv": ("order_items", "sessions"),
    "upo": ("units", "order_items"),
    "price": ("sales", "units"),
}
"""Sales as a product of four factors, each a figure of the period divided by the one before it."""


class NotAProductError(ValueError):
    """The factors cannot make the total: something of a period is missing or not published yet."""


@dataclass(frozen=True, slots=True)
class Split:
    """A change and the part that each factor has in it.

    Attributes:
        method: how it was split.
        before: each factor in the first period.
        after: each factor in the second.
        change: the total after less the total before.
        effects: the part of each factor; they add up to the change.
        log_mean: the logarithmic mean of both totals; only LMDI has one.
    """

    method: Method
    before: Mapping[str, Fraction]
    after: Mapping[str, Fraction]
    change: Fraction
    effects: Mapping[str, Fraction]
    log_mean: float | None = None


def split_product(before: Mapping[str, Fraction], after: Mapping[str, Fraction], *, method: Method | None = None) -> Split:
    """Split the change of a product over its factors.

    Args:
        before: each factor in the first period.
        after: the same factors in the second.
        method: LMDI where left out, and Shapley where a factor is zero or negative and has no logarithm.

    Raises:
        ValueError: LMDI was asked for and a factor is not above zero.
    """
    is_positive = all(factor > 0 for factor in (*before.values(), *after.values()))
    chosen = method or ("lmdi" if is_positive else "shapley")
    change = product(after) - product(before)
    if chosen == "shapley":
        return Split("shapley", before, after, change, shapley(product, before, after))
    if not is_positive:
        message = "LMDI takes logarithms, and a factor is not above zero"
        raise ValueError(message)
    mean = log_mean(product(before), product(after))
    effects = {name: Fraction(mean * log_ratio(before[name], after[name])) for name in before}
    return Split("lmdi", before, after, change, effects, mean)


def product(factors: Mapping[str, Fraction]) -> Fraction:
    """Return the factors multiplied."""
    return math.prod(factors.values(), start=Fraction(1))


def shapley(worth: Worth, before: Mapping[str, Fraction], after: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Return each name's part in the change of any number made of them: its mean over every order in which they may change.

    Exact, and right for zeros and negative numbers. The work doubles with each name: meant for a handful.
    """
    return {name: sum(_steps(name, worth, before, after), Fraction(0)) for name in before}


def _steps(name: str, worth: Worth, before: Mapping[str, Fraction], after: Mapping[str, Fraction]) -> Iterator[Fraction]:
    others = [other for other in before if other != name]
    for size in range(len(others) + 1):
        weight = Fraction(math.factorial(size) * math.factorial(len(others) - size), math.factorial(len(before)))
        for changed in combinations(others, size):
            state = {other: (after if other in changed else before)[other] for other in before}
            yield weight * (worth(state | {name: after[name]}) - worth(state))


def log_mean(one: Fraction, other: Fraction) -> float:
    """Return the logarithmic mean of two numbers above zero; of equal ones, that number."""
    return float(one) if one == other else float(other - one) / log_ratio(one, other)


def log_ratio(before: Fraction, after: Fraction) -> float:
    """Return ln(after / before), from the relative change where the two are close: little is lost there."""
    change = float((after - before) / before)
    near = 0.5
    return (
        math.log1p(change)
        if abs(change) < near
        else math.log(after.numerator * before.denominator) - math.log(after.denominator * before.numerator)
    )


def factors_of(
    before: Mapping[str, Fraction], after: Mapping[str, Fraction], chain: Mapping[str, tuple[str, str | None]] = SALES_CHAIN
) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """Return the factors of two periods from their figures.

    A factor over a figure of zero is not defined; it is taken as it is in the other period, so that it has no part in the
    change. The last figure of the chain is the total.

    Raises:
        NotAProductError: a figure is zero and one that is made from it is not.
    """
    ratios = [{name: _ratio(figures, *pair) for name, pair in chain.items()} for figures in (before, after)]
    filled = []
    for own, other, figures in ((ratios[0], ratios[1], before), (ratios[1], ratios[0], after)):
        factors = {name: _first_known(own[name], other[name]) for name in chain}
        last = list(chain.values())[-1][0]
        if product(factors) != figures[last]:
            zero = next(top for top, bottom in chain.values() if bottom and figures[bottom] == 0 and figures[top] != 0)
            message = f"{zero} is {float(figures[zero]):g} where what it is made from is 0"
            raise NotAProductError(message)
        filled.append(factors)
    return filled[0], filled[1]


def _ratio(figures: Mapping[str, Fraction], top: str, bottom: str | None) -> Fraction | None:
    if bottom is None:
        return figures[top]
    return figures[top] / figures[bottom] if figures[bottom] else None


def _first_known(own: Fraction | None, other: Fraction | None) -> Fraction:
    """Return the factor, that of the other period where it is not defined, or 1 where it is in neither."""
    return next((factor for factor in (own, other) if factor is not None), Fraction(1))


@dataclass(frozen=True, slots=True)
class MixAndRate:
    """The change of a rate: how much of it is that other members weigh more, and how much that their own rates changed."""

    before: Fraction
    after: Fraction
    mix: Fraction
    rate: Fraction


def mix_and_rate(before: Mapping[str, Sequence[Fraction]], after: Mapping[str, Sequence[Fraction]]) -> MixAndRate:
    """Split the change of a rate of rates into mix and rate effect; together they are the change.

    Both effects are the mean of changing the mix first and changing the rates first. A member without a rate in one period
    (new, or gone) is taken to have had the same rate: its coming or going is mix.

    Args:
        before: base and events of each member, such as units shipped and returned.
        after: the same of the later period.

    Raises:
        ZeroDivisionError: a period has no base at all.
        NotAProductError: a member has events and no base.
    """
    shares = [{name: Fraction(base) for name, (base, _) in period.items()} for period in (before, after)]
    totals = [sum(period.values(), Fraction(0)) for period in shares]
    mix = rate = Fraction(0)
    for name in before.keys() | after.keys():
        share0, share1 = (period.get(name, Fraction(0)) / whole for period, whole in zip(shares, totals, strict=True))
        rate0, rate1 = (_member_rate(period.get(name)) for period in (before, after))
        known0, known1 = _first_known(rate0, rate1), _first_known(rate1, rate0)
        mix += (share1 - share0) * (known0 + known1) / 2
        rate += (known1 - known0) * (share0 + share1) / 2
    events = [sum((Fraction(found) for _, found in period.values()), Fraction(0)) for period in (before, after)]
    rates = [found / whole for found, whole in zip(events, totals, strict=True)]
    if mix + rate != rates[1] - rates[0]:
        message = "a member has events and no base that they could come from"
        raise NotAProductError(message)
    return MixAndRate(before=rates[0], after=rates[1], mix=mix, rate=rate)


def _member_rate(figures: Sequence[Fraction] | None) -> Fraction | None:
    return Fraction(figures[1]) / Fraction(figures[0]) if figures and figures[0] else None
