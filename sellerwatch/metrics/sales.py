"""GMV, net sales and units: sums over order lines by the marketplace's local purchase day."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, and_, case, false, func, literal, or_, select

from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.shape import NO_NUMBER, NO_TEXT, Measure, micros, raw_micros, total
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS

LINE: Final = FACTS["order_line"]
NON_AMAZON: Final = "Non-Amazon"
"""Sales channel of orders that Amazon only ships; they are no Amazon sales, though they take stock."""


def _said(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the cell, or the empty text for a blank one: a comparison with null would drop the line without a word."""
    return func.coalesce(column, "")


IS_CANCELLED: Final = or_(_said(LINE.c.order_status) == "Cancelled", _said(LINE.c.item_status) == "Cancelled")
IS_OURS: Final = _said(LINE.c.sales_channel) != NON_AMAZON
IS_ORDERED: Final = and_(LINE.c.amazon_order_id.is_not(None), IS_OURS, ~IS_CANCELLED)
"""Lines that count as sales; the first condition leaves out the empty row that a day without orders joins with."""

IS_PENDING: Final = and_(IS_ORDERED, _said(LINE.c.order_status) == "Pending")
IS_VALID: Final = and_(IS_ORDERED, _said(LINE.c.order_status) != "Pending")


def _is_priced(day: Table) -> ColumnElement[bool]:
    return and_(IS_VALID, LINE.c.item_price_amount.is_not(None), _said(LINE.c.currency) == day.c.currency)


def _is_foreign(day: Table) -> ColumnElement[bool]:
    return and_(IS_VALID, LINE.c.item_price_amount.is_not(None), _said(LINE.c.currency) != day.c.currency)


def _gmv(day: Table) -> ColumnElement[int]:
    return total(case((_is_priced(day), raw_micros(LINE.c.item_price_amount)), else_=0))


def _net_sales(day: Table) -> ColumnElement[int]:
    discount = func.coalesce(raw_micros(LINE.c.item_promotion_discount_amount), 0)
    return total(case((_is_priced(day), raw_micros(LINE.c.item_price_amount) - discount), else_=0))


def _units(_: Table) -> ColumnElement[int]:
    return micros(total(case((IS_ORDERED, LINE.c.quantity), else_=0)))


def _money_doubt(day: Table) -> ColumnElement[Any]:
    """Say why an amount will still change or is not complete; null when nothing is known against it."""
    return case(
        (_any(_is_foreign(day)), "other_currency"),
        (_any(and_(IS_VALID, LINE.c.item_price_amount.is_(None))), "price_missing"),
        (_any(IS_PENDING), "pending_orders"),
        else_=NO_TEXT,
    )


def _units_doubt(_: Table) -> ColumnElement[Any]:
    return case((_any(and_(IS_ORDERED, LINE.c.quantity.is_(None))), "quantity_missing"), else_=NO_TEXT)


def _is_void(day: Table, *, is_money: bool) -> ColumnElement[bool]:
    """Tell whether every price is in another currency: then nothing is known of the amount, least of all that it is 0."""
    return and_(_any(_is_foreign(day)), ~_any(_is_priced(day))) if is_money else false()


def _any(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return total(case((condition, 1), else_=0)) > 0


def _is_of_day(measuring: Measuring, day: Table) -> ColumnElement[bool]:
    return and_(
        LINE.c.store_id == measuring.store_id,
        LINE.c.marketplace == day.c.marketplace,
        LINE.c.purchased_on == day.c.day,
    )


def _by_marketplace(amount: Any, doubt: Any, *, is_money: bool) -> Measure:  # noqa: ANN401 - two column builders
    def build(measuring: Measuring, day: Table) -> Select[Any]:
        joined = day.outerjoin(LINE, _is_of_day(measuring, day))
        why, is_void = doubt(day), _is_void(day, is_money=is_money)
        return (
            select(
                day.c.marketplace,
                day.c.marketplace.label("subject"),
                day.c.day.label("period_on"),
                case((or_(~day.c.is_covered, is_void), NO_NUMBER), else_=amount(day)).label("numerator"),
                NO_NUMBER.label("denominator"),
                (day.c.currency if is_money else NO_TEXT).label("currency"),
                case((or_(~day.c.is_covered, is_void), "unknown"), (why.is_(None), "ok"), else_="provisional").label("status"),
                case((~day.c.is_covered, "no_data"), else_=why).label("reason"),
                day.c.is_final,
                day.c.data_through,
            )
            .select_from(joined)
            .group_by(day.c.marketplace, day.c.day, day.c.currency, day.c.is_covered, day.c.is_final, day.c.data_through)
        )

    return build


def _by_sku(amount: Any, doubt: Any, *, is_money: bool) -> Measure:  # noqa: ANN401 - two column builders
    def build(measuring: Measuring, day: Table) -> Select[Any]:
        why, is_void = doubt(day), _is_void(day, is_money=is_money)
        return (
            select(
                day.c.marketplace,
                LINE.c.sku.label("subject"),
                day.c.day.label("period_on"),
                case((is_void, NO_NUMBER), else_=amount(day)).label("numerator"),
                NO_NUMBER.label("denominator"),
                (day.c.currency if is_money else NO_TEXT).label("currency"),
                case((is_void, "unknown"), (why.is_(None), literal("ok")), else_="provisional").label("status"),
                why.label("reason"),
                day.c.is_final,
                day.c.data_through,
            )
            .select_from(InOrder(day, LINE, _is_of_day(measuring, day)))
            .where(day.c.is_covered)
            .group_by(day.c.marketplace, LINE.c.sku, day.c.day, day.c.currency, day.c.is_final, day.c.data_through)
        )

    return build


gmv_by_marketplace = _by_marketplace(_gmv, _money_doubt, is_money=True)
gmv_by_sku = _by_sku(_gmv, _money_doubt, is_money=True)
net_sales_by_marketplace = _by_marketplace(_net_sales, _money_doubt, is_money=True)
net_sales_by_sku = _by_sku(_net_sales, _money_doubt, is_money=True)
units_by_marketplace = _by_marketplace(_units, _units_doubt, is_money=False)
units_by_sku = _by_sku(_units, _units_doubt, is_money=False)
