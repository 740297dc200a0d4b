"""The parts of sales: sums over the order lines of a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import ColumnElement

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.explaining.reads import (
    Coded,
    Counted,
    Known,
    Read,
    Subject,
    amount,
)
from sellerwatch.metrics.sales import IS_ORDERED, IS_VALID, LINE


def _lines(condition: ColumnElement[bool]) -> Callable[[Subject], list[ColumnElement[bool]]]:
    return lambda subject: [*subject.rows_of(LINE), LINE.c.purchased_on == subject.on, condition]


def _priced(subject: Subject) -> list[ColumnElement[bool]]:
    is_priced = (IS_VALID, LINE.c.item_price_amount.is_not(None), LINE.c.currency == subject.place.currency)
    return [*subject.rows_of(LINE), LINE.c.purchased_on == subject.on, *is_priced]


_PRICED: Final = Read(
    LINE,
    "order lines of the day that are neither pending nor cancelled, sold on Amazon, with a price in the marketplace's currency",
    ("order_status", "quantity", "item_price_amount", "item_promotion_discount_amount", "currency"),
    _priced,
)
_ORDERED: Final = Read(
    LINE,
    "order lines of the day that are not cancelled, sold on Amazon, pending ones included",
    ("order_status", "item_status", "quantity"),
    _lines(IS_ORDERED),
)


def _gmv(known: Known) -> tuple[list[Counted], int | None, int | None]:
    rows = known.rows["lines"]
    price = amount(rows, "item_price_amount")
    return [Counted("numerator", "item price", "lines", price, rows)], price, None


def _net_sales(known: Known) -> tuple[list[Counted], int | None, int | None]:
    rows = known.rows["lines"]
    discounted = [row for row in rows if row["item_promotion_discount_amount"]]
    price, discount = amount(rows, "item_price_amount"), amount(rows, "item_promotion_discount_amount")
    parts = [
        Counted("numerator", "item price", "lines", price, rows),
        Counted("numerator", "promotion discount", "lines", discount, discounted, times=-1),
    ]
    return parts, price - discount, None


def _units(known: Known) -> tuple[list[Counted], int | None, int | None]:
    rows = known.rows["lines"]
    units = sum(row["quantity"] or 0 for row in rows) * MICROS_PER_UNIT
    return [Counted("numerator", "quantity", "lines", units, rows)], units, None


SALES: Final[Mapping[str, Coded]] = {
    "gmv": Coded("item price", {"lines": _PRICED}, _gmv),
    "net_sales": Coded("item price - promotion discount", {"lines": _PRICED}, _net_sales),
    "units": Coded("quantity", {"lines": _ORDERED}, _units),
}
"""The coded metrics of sales."""
