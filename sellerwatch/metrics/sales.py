"""GMV, net sales and units: sums over order lines by the marketplace's local purchase day."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, and_, case, func, literal, or_, select

from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.shape import NO_NUMBER, NO_TEXT, Measure, micros, raw_micros, total
from sellerwatch.warehouse.tables.facts import FACTS

LINE: Final = FACTS["order_line"]
NON_AMAZON: Final = "Non-Amazon"
"""Sales channel of orders that Amazon only ships; they are no Amazon sales, though they take stock."""

IS_CANCELLED: Final = or_(LINE.c.order_status == "Cancelled", LINE.c.item_status == "Cancelled")
IS_OURS: Final = LINE.c.sales_channel != NON_AMAZON
IS_ORDERED: Final = and_(IS_OURS, ~IS_CANCELLED)
IS_PENDING: Final = and_(IS_ORDERED, LINE.c.order_status == "Pending")
IS_VALID: Final = and_(IS_ORDERED, LINE.c.order_status != "Pending")


def _gmv(day: Table) -> ColumnElement[int]:
    priced = and_(IS_VALID, LINE.c.currency == day.c.currency)
    return total(case((priced, raw_micros(LINE.c.item_price_amount)), else_=0))


def _net_sales(day: Table) -> ColumnElement[int]:
    priced = and_(IS_VALID, LINE.c.currency == day.c.currency)
    discount = func.coalesce(raw_micros(LINE.c.item_promotion_discount_amount), 0)
    return total(case((priced, raw_micros(LINE.c.item_price_amount) - discount), else_=0))


def _units(_: Table) -> ColumnElement[int]:
    return micros(total(case((IS_ORDERED, LINE.c.quantity), else_=0)))


def _money_doubt(day: Table) -> ColumnElement[Any]:
    """Say why an amount will still change or is not complete; null when nothing is known against it."""
    return case(
        (total(case((and_(IS_VALID, LINE.c.currency != day.c.currency), 1), else_=0)) > 0, "other_currency"),
        (total(case((and_(IS_VALID, LINE.c.item_price_amount.is_(None)), 1), else_=0)) > 0, "price_missing"),
        (total(case((IS_PENDING, 1), else_=0)) > 0, "pending_orders"),
        else_=NO_TEXT,
    )


def _no_doubt(_: Table) -> ColumnElement[Any]:
    return NO_TEXT


def _by_marketplace(amount: Any, doubt: Any, *, is_money: bool) -> Measure:  # noqa: ANN401 - two column builders
    def build(measuring: Measuring, day: Table) -> Select[Any]:
        joined = day.outerjoin(
            LINE,
            and_(
                LINE.c.store_id == measuring.store_id,
                LINE.c.marketplace == day.c.marketplace,
                LINE.c.purchased_on == day.c.day,
            ),
        )
        why = doubt(day)
        return (
            select(
                day.c.marketplace,
                day.c.marketplace.label("subject"),
                day.c.day.label("period_on"),
                case((day.c.is_covered, amount(day)), else_=NO_NUMBER).label("numerator"),
                NO_NUMBER.label("denominator"),
                (day.c.currency if is_money else NO_TEXT).label("currency"),
                case((~day.c.is_covered, "unknown"), (why.is_(None), "ok"), else_="provisional").label("status"),
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
        why = doubt(day)
        return (
            select(
                day.c.marketplace,
                LINE.c.sku.label("subject"),
                day.c.day.label("period_on"),
                amount(day).label("numerator"),
                NO_NUMBER.label("denominator"),
                (day.c.currency if is_money else NO_TEXT).label("currency"),
                case((why.is_(None), literal("ok")), else_="provisional").label("status"),
                why.label("reason"),
                day.c.is_final,
                day.c.data_through,
            )
            .select_from(day)
            .join(
                LINE,
                and_(
                    LINE.c.store_id == measuring.store_id,
                    LINE.c.marketplace == day.c.marketplace,
                    LINE.c.purchased_on == day.c.day,
                ),
            )
            .where(day.c.is_covered)
            .group_by(day.c.marketplace, LINE.c.sku, day.c.day, day.c.currency, day.c.is_final, day.c.data_through)
        )

    return build


gmv_by_marketplace = _by_marketplace(_gmv, _money_doubt, is_money=True)
gmv_by_sku = _by_sku(_gmv, _money_doubt, is_money=True)
net_sales_by_marketplace = _by_marketplace(_net_sales, _money_doubt, is_money=True)
net_sales_by_sku = _by_sku(_net_sales, _money_doubt, is_money=True)
units_by_marketplace = _by_marketplace(_units, _no_doubt, is_money=False)
units_by_sku = _by_sku(_units, _no_doubt, is_money=False)
