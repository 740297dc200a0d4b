"""The columns every measure's SELECT gives, and the arithmetic that means the same in both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    Select,
    Table,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    type_coerce,
)

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.measured_days import Measuring

Measure = Callable[[Measuring, Table], Select[Any]]
"""Builds the SELECT of one metric for one subject kind; the table is `measured_days.MEASURED_DAY`."""

COLUMNS: Final = (
    "marketplace",
    "subject",
    "period_on",
    "numerator",
    "denominator",
    "currency",
    "status",
    "reason",
    "is_final",
    "data_through",
)
"""What a measure selects, in this order. Numerator and denominator are whole millionths."""

NO_TEXT: Final = cast(null(), Text)
NO_NUMBER: Final = cast(null(), BigInteger)
FINAL: Final = literal(value=True, type_=Boolean())


def whole(expression: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum as a whole number; PostgreSQL widens sums of BIGINT to numeric."""
    return cast(expression, BigInteger)


def micros(count: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a count in millionths."""
    return whole(count) * MICROS_PER_UNIT


def raw_micros(amount: ColumnElement[Any]) -> ColumnElement[int]:
    """Return an amount column as the whole millionths it is stored in."""
    return type_coerce(amount, BigInteger)


def total(amount: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the sum of whole numbers, 0 for no rows."""
    return whole(func.coalesce(func.sum(amount), 0))


def quotient(numerator: ColumnElement[Any], denominator: ColumnElement[Any], scale: ColumnElement[Any]) -> ColumnElement[float]:
    """Return numerator / denominator x scale in double precision; a plain sum where there is no denominator.

    Both databases divide IEEE doubles that hold the same whole numbers, so the result is equal bit for bit.
    """
    top = cast(numerator, Double)
    return case(
        (denominator.is_(None), top / float(MICROS_PER_UNIT)),
        (denominator == 0, None),
        else_=top * cast(scale, Double) / cast(denominator, Double),
    )
