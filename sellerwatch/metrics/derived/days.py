"""Facts about days: sales a year ago, the target and the running costs of a day, and what a promotion brought by its last one."""

from __future__ import annotations

import itertools
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Join,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.derived.costs import order_cost
from sellerwatch.metrics.derived.declare import DerivedFact, made, rows_of, scaled, taken
from sellerwatch.metrics.derived.inputs import CALENDAR_DAY, DAY_RATE
from sellerwatch.metrics.derived.plans import PLAN_DAY, is_for
from sellerwatch.metrics.shape import raw_micros, total, whole
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.contract import Column, Kind
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS, SQL_TYPES
from sellerwatch.warehouse.tables.user import USER
from sellerwatch.warehouse.types import Instant

_NOBODY: Final = literal("", Text())
_COUNTED: Final = made("counted_on", Kind.DAY, "The day 364 days after the purchase: the same weekday.")
_YEAR_AGO_COLUMNS: Final = (
    _COUNTED,
    *taken("order_line", "sku", "asin", "currency", "order_status", "item_status", "sales_channel", "quantity"),
    *taken("order_line", "item_price_amount"),
)


def order_line_year_ago(_: Run) -> Select[Any]:
    """Order lines as of the same weekday a year later."""
    base = FACTS["order_line"]
    joined = InOrder(
        CALENDAR_DAY,
        base,
        and_(
            CALENDAR_DAY.c.store_id == base.c.store_id,
            CALENDAR_DAY.c.marketplace == base.c.marketplace,
            CALENDAR_DAY.c.year_ago_on == base.c.purchased_on,
        ),
    )
    return rows_of(base, _YEAR_AGO_COLUMNS, {"counted_on": CALENDAR_DAY.c.day}, joined=joined)


_ON_PLAN_COLUMNS: Final = (
    *taken("order_line", "purchased_on", "currency", "order_status", "item_status", "sales_channel", "item_price_amount"),
    made("target_state", Kind.TEXT, "known, missing, or no_rate: what there is of the day's target for valid ordered sales."),
)


def order_on_plan(_: Run) -> Select[Any]:
    """Order lines with whether their day has a target."""
    base, plan = FACTS["order_line"], PLAN_DAY
    is_of_day = and_(
        plan.c.store_id == base.c.store_id, plan.c.marketplace == base.c.marketplace, plan.c.day == base.c.purchased_on
    )
    return rows_of(base, _ON_PLAN_COLUMNS, {"target_state": plan.c.target_state}, joined=InOrder(plan, base, is_of_day))


def _planned(name: str, what: str, states: str) -> tuple[Column, ...]:
    return (
        made("day", Kind.DAY, "The local day."),
        made("currency", Kind.TEXT, "The marketplace's currency."),
        made(f"{name}_amount", Kind.MONEY, what),
        made(f"{name}_state", Kind.TEXT, states),
    )


_TARGET_COLUMNS: Final = _planned(
    "target", "The day's part of the target for valid ordered sales; blank without one.", "known, missing, or no_rate"
)
_OVERHEAD_COLUMNS: Final = _planned(
    "overhead",
    "The day's part of the running costs; blank where none are known, or nobody said how stores share them.",
    "known, missing, no_rate or not_shared",
)


def _of_plan(name: str) -> Select[Any]:
    plan = PLAN_DAY.c
    return select(
        plan.store_id,
        plan.marketplace,
        plan.mark.label("line"),
        cast(null(), Instant()).label("observed_at"),
        _NOBODY.label("document_id"),
        plan.day,
        plan.currency,
        type_coerce(plan[name], SQL_TYPES[Kind.MONEY]()).label(f"{name}_amount"),
        plan[f"{name}_state"],
    )


def target_day(_: Run) -> Select[Any]:
    """Days with their part of the target."""
    return _of_plan("target")


def overhead_day(_: Run) -> Select[Any]:
    """Days with their part of the running costs."""
    return _of_plan("overhead")


_PROMOTION_COLUMNS: Final = (
    made("ends_on", Kind.DAY, "The promotion's last day, on which it counts as a whole."),
    made("sku", Kind.TEXT, "The seller's SKU."),
    made("currency", Kind.TEXT, "The marketplace's currency."),
    made("incremental_sales_amount", Kind.MONEY, "Sales of the units beyond the baseline; blank where nothing was sold."),
    made("incremental_margin_amount", Kind.MONEY, "What these units leave over their goods; blank where that is not known."),
    made("promotion_cost_amount", Kind.MONEY, "Discounts, fees and additional advertising; blank without a rate."),
    made("has_blank_cost", Kind.FLAG, "whether the fee or the additional advertising is not known"),
    made("cost_state", Kind.TEXT, "known; missing where lines have no cost; no_rate"),
    made("unseen_days", Kind.INTEGER, "Days of the promotion whose orders are not in."),
)
_CANCELLED: Final = "Cancelled"


def promotion(run: Run) -> Select[Any]:
    """Promotions by SKU, with what they brought and cost."""
    summed = _summed(run).subquery("promotion_sums")
    units = summed.c.units
    margin = summed.c.sales - summed.c.goods
    sold = _beyond(summed.c.sales, units, summed.c.baseline)
    left = _beyond(margin, units, summed.c.baseline)
    own = {
        "incremental_sales_amount": sold,
        "incremental_margin_amount": case((summed.c.uncosted > 0, null()), else_=left),
        "promotion_cost_amount": summed.c.discounts + scaled(summed.c.fees, summed.c.rate),
        "cost_state": case(
            (summed.c.rate.is_(None), "no_rate"),
            (summed.c.without_rate > 0, "no_rate"),
            (summed.c.uncosted > 0, "missing"),
            else_="known",
        ),
    }
    return rows_of(summed, _PROMOTION_COLUMNS, own, joined=summed)


def _beyond(amount: ColumnElement[Any], units: ColumnElement[Any], baseline: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the part of an amount that the units beyond the baseline bring; null where no unit tells what one brings."""
    unit = literal(MICROS_PER_UNIT, BigInteger())
    each = whole(amount) // units
    return case((units > 0, amount - ((baseline // unit) * each + (baseline % unit) * each // unit)), else_=null())


def _summed(run: Run) -> Select[Any]:
    """Add up the order lines of each promotion that ends on one of the days."""
    told, end, rate = USER["promotion_cost"], CALENDAR_DAY, DAY_RATE
    lines = order_cost(run).subquery("promoted_lines")
    sums = {
        "units": total(lines.c.quantity),
        "sales": total(raw_micros(lines.c.item_price_amount)),
        "discounts": total(raw_micros(lines.c.item_promotion_discount_amount)),
        "goods": total(raw_micros(lines.c.goods_amount)),
    }
    # A promotion has no line of its own in a document; its mark changes with the orders of its days.
    mark = sum(sums.values(), type_coerce(told.c.line, BigInteger()))
    fees = func.coalesce(raw_micros(told.c.fee_amount), 0) + func.coalesce(raw_micros(told.c.extra_ads_amount), 0)
    is_uncosted = and_(lines.c.sku.is_not(None), lines.c.goods_amount.is_(None))
    return (
        select(
            end.c.store_id,
            end.c.marketplace,
            mark.label("line"),
            cast(null(), Instant()).label("observed_at"),
            _NOBODY.label("document_id"),
            told.c.ends_on,
            told.c.sku,
            end.c.currency,
            rate.c.rate,
            raw_micros(told.c.baseline_units).label("baseline"),
            fees.label("fees"),
            or_(told.c.fee_amount.is_(None), told.c.extra_ads_amount.is_(None)).label("has_blank_cost"),
            _unseen().label("unseen_days"),
            *(column.label(name) for name, column in sums.items()),
            total(case((is_uncosted, 1), else_=0)).label("uncosted"),
            total(case((lines.c.cost_state == "no_rate", 1), else_=0)).label("without_rate"),
        )
        .select_from(_with_lines(run, lines))
        .group_by(end.c.store_id, end.c.marketplace, end.c.currency, rate.c.rate, *_OF_PROMOTION)
    )


_OF_PROMOTION: Final = tuple(
    USER["promotion_cost"].c[name]
    for name in (
        *("store", "promotion", "sku", "line", "starts_on", "ends_on"),
        *("baseline_units", "fee_amount", "extra_ads_amount"),
    )
)


def _with_lines(run: Run, lines: Subquery) -> Join:
    """Join each promotion with its last day, what its currency is worth then, and the sales of its days."""
    told, end, rate = USER["promotion_cost"], CALENDAR_DAY, DAY_RATE
    named = itertools.product((run.measuring.store_id, EVERY), run.measuring.marketplaces, (False, True))
    scopes = [(store, EVERY if is_every else place.code, place) for store, place, is_every in named]
    is_here = or_(
        false(),
        *(
            and_(told.c.store == store, told.c.marketplace == code, end.c.marketplace == place.code)
            for store, code, place in scopes
            if is_for({"store": store, "marketplace": code}, place, run)
        ),
    )
    is_worth = and_(rate.c.marketplace == end.c.marketplace, rate.c.day == end.c.day, rate.c.currency == told.c.currency)
    is_sold = and_(
        lines.c.store_id == end.c.store_id,
        lines.c.marketplace == end.c.marketplace,
        lines.c.sku == told.c.sku,
        lines.c.purchased_on.between(told.c.starts_on, told.c.ends_on),
        lines.c.item_price_amount.is_not(None),
        lines.c.currency == end.c.currency,
        func.coalesce(lines.c.order_status, "").not_in([_CANCELLED, "Pending"]),
        func.coalesce(lines.c.item_status, "") != _CANCELLED,
        func.coalesce(lines.c.sales_channel, "") != "Non-Amazon",
    )
    joined = told.join(end, and_(end.c.day == told.c.ends_on, is_here))
    return joined.outerjoin(rate, is_worth).outerjoin(lines, is_sold)


def _unseen() -> ColumnElement[int]:
    """Count the promotion's days whose orders are not in; what began before the first day that is looked at counts as one."""
    told, day = USER["promotion_cost"], CALENDAR_DAY.alias("promoted_day")
    missing = (
        select(total(case((~day.c.has_orders, 1), else_=0)))
        .where(day.c.marketplace == CALENDAR_DAY.c.marketplace, day.c.day.between(told.c.starts_on, told.c.ends_on))
        .correlate(told, CALENDAR_DAY)
        .scalar_subquery()
    )
    first = select(func.min(CALENDAR_DAY.alias("first_day").c.day)).scalar_subquery()
    return missing + case((told.c.starts_on < first, 1), else_=0)


DAYS: Final = (
    DerivedFact(
        name="order_line_year_ago",
        title="One line of an order, 364 days later",
        base="order_line",
        columns=_YEAR_AGO_COLUMNS,
        select=order_line_year_ago,
    ),
    DerivedFact(
        name="order_on_plan",
        title="One line of an order, with whether its day has a target",
        base="order_line",
        columns=_ON_PLAN_COLUMNS,
        select=order_on_plan,
        users=("target", "event", "fx_rate"),
    ),
    DerivedFact(
        name="target_day",
        title="One day's part of the target for valid ordered sales",
        base="",
        columns=_TARGET_COLUMNS,
        select=target_day,
    ),
    DerivedFact(
        name="overhead_day",
        title="One day's part of the running costs",
        base="",
        columns=_OVERHEAD_COLUMNS,
        select=overhead_day,
    ),
    DerivedFact(
        name="promotion_run",
        title="One SKU's promotion, on its last day",
        base="",
        columns=_PROMOTION_COLUMNS,
        select=promotion,
        users=("promotion_cost", "unit_cost", "fx_rate"),
    ),
)
