"""A number that may be unknown and then says why: arithmetic in which unknown stays unknown and never turns into 0."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

Sign = Literal["<", "<=", "=", ">", ">="]
Operand: TypeAlias = "Quantity | Fraction | int"

SIGNS: Final[Mapping[Sign, Callable[[Fraction, Fraction], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number, or None with the reason; a known number may carry a remark as its reason."""

    value: Fraction | None
    reason: str | None = None

    def __add__(self, other: Operand) -> Quantity:
        """Return the sum."""
        return _joined(self, other, operator.add)

    def __sub__(self, other: Operand) -> Quantity:
        """Return the difference."""
        return _joined(self, other, operator.sub)

    def __mul__(self, other: Operand) -> Quantity:
        """Return the product."""
        return _joined(self, other, operator.mul)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Operand) -> Quantity:
        """Return the difference of a plain number and this."""
        return quantity(other) - self

    def __abs__(self) -> Quantity:
        """Return the distance from zero."""
        return self if self.value is None else Quantity(abs(self.value))

    def over(self, other: Operand, without: str = "zero_denominator") -> Quantity:
        """Return the quotient; over zero it is unknown for the reason ``without``."""
        bottom = quantity(other)
        if bottom.value == 0:
            return unknown(without)
        return _joined(self, bottom, operator.truediv)

    def within(self, least: int, most: int) -> Quantity:
        """Return the number, or the bound that it has passed."""
        return self if self.value is None else Quantity(min(max(self.value, Fraction(least)), Fraction(most)))

    def compares(self, sign: Sign, other: Operand) -> bool | None:
        """Tell whether the comparison holds; None where a side is unknown."""
        limit = quantity(other)
        if self.value is None or limit.value is None:
            return None
        return SIGNS[sign](self.value, limit.value)

    def __float__(self) -> float:
        """Return the number as it is shown.

        Raises:
            ValueError: it is unknown.
        """
        if self.value is None:
            message = f"an unknown number ({self.reason}) has no value"
            raise ValueError(message)
        return float(self.value)


def quantity(number: Operand) -> Quantity:
    """Return the number as a quantity."""
    return number if isinstance(number, Quantity) else Quantity(Fraction(number))


def unknown(reason: str) -> Quantity:
    """Return a number that nobody knows."""
    return Quantity(None, reason)


def total(numbers: Iterable[Operand]) -> Quantity:
    """Return the sum; unknown where one of them is."""
    found = Quantity(Fraction(0))
    for number in numbers:
        found += number
    return found


def either(*answers: bool | None) -> bool | None:
    """Tell whether any holds: one that does settles it, and else one that is unknown leaves it open."""
    if any(answer is True for answer in answers):
        return True
    return None if None in answers else False


def both(*answers: bool | None) -> bool | None:
    """Tell whether all hold: one that does not settles it, and else one that is unknown leaves it open."""
    if any(answer is False for answer in answers):
        return False
    return None if None in answers else True


def _joined(one: Quantity, other: Operand, work: Callable[[Fraction, Fraction], Fraction]) -> Quantity:
    second = quantity(other)
    if one.value is None:
        return Quantity(None, one.reason)
    if second.value is None:
        return Quantity(None, second.reason)
    return Quantity(work(one.value, second.value))
