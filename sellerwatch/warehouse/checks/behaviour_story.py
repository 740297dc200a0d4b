"""Whether customers behave as they did: returns in their own band, and no orders that come in a burst or are all alike."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    cast,
    exists,
    extract,
    func,
    or_,
    select,
    union_all,
)

from sellerwatch.warehouse.checks.bands import (
    DAYS_IN_WEEK,
    EIGHT_WEEKS,
    FOUR_WEEKS,
    Past,
    band,
    complete_weeks,
    observed,
    on_known_day,
    per_hundred,
)
from sellerwatch.warehouse.checks.check import SCOPE, Check, Need, Scope
from sellerwatch.warehouse.checks.sales_sums import IS_SALE, ORDERS
from sellerwatch.warehouse.checks.sides import micros, whole
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS

_LINE, _RETURN = FACTS["order_line"], FACTS["fba_return"]
SECONDS_IN_HOUR: Final = 3_600


def _returns(scope: Scope) -> Select[Any]:
    """Compare the week's returned units per hundred ordered ones, by SKU and together, with the last eight weeks."""
    weeks, units = complete_weeks(), _weekly_units(scope)
    at = and_(units.c.marketplace == weeks.c.marketplace, units.c.week == weeks.c.number // DAYS_IN_WEEK)
    returned, ordered = func.sum(units.c.returned), func.sum(units.c.ordered)
    place = (weeks.c.marketplace, weeks.c.day, weeks.c.number, weeks.c.is_judged)
    value = per_hundred(returned, ordered)
    series = union_all(
        select(*observed("return_pct", place=weeks, subject=units.c.sku, value=value, volume=ordered))
        .join_from(weeks, units, at)
        .group_by(*place, units.c.sku),
        select(*observed("store_return_pct", place=weeks, value=value, volume=ordered))
        .join_from(weeks, units, at)
        .group_by(*place),
    ).subquery()
    return band(scope, select(series), EIGHT_WEEKS)


def _weekly_units(scope: Scope) -> Subquery:
    """Return each SKU's ordered and returned units by week; only what Amazon ships comes back to Amazon."""
    week = (SCOPE.c.number // DAYS_IN_WEEK).label("week")
    nothing = cast(0, BigInteger)
    ordered = (
        select(SCOPE.c.marketplace, week, _LINE.c.sku, whole(_LINE.c.quantity).label("ordered"), nothing.label("returned"))
        .select_from(InOrder(SCOPE, _LINE, on_known_day(_LINE, scope, "purchased_on")))
        .where(_LINE.c.fulfillment_channel == "Amazon", *IS_SALE)
    )
    returned = select(
        SCOPE.c.marketplace, week, _RETURN.c.sku, nothing.label("ordered"), whole(_RETURN.c.units).label("returned")
    ).select_from(InOrder(SCOPE, _RETURN, on_known_day(_RETURN, scope, "returned_on")))
    return union_all(ordered, returned).subquery("units")


def _bursts(scope: Scope) -> Select[Any]:
    """Compare three counts of a SKU's orders with the last four weeks: of the day, of its busiest hour, and of those most alike."""
    orders = _orders(scope)
    series = union_all(
        _counted("orders", orders, orders),
        _counted("orders_in_an_hour", _largest(orders, orders.c.hour), orders),
        _counted("orders_alike", _largest(orders, orders.c.price, orders.c.quantity, orders.c.promotion), orders),
    ).subquery()
    return band(scope, select(series), Past(step=1, count=FOUR_WEEKS.count, absent_is_zero=True, small_passes=True))


def _orders(scope: Scope) -> CTE:
    """Return the order lines of judged days, and of the past those of SKUs that may have a burst: no other past is looked at."""
    many = (
        select(_LINE.c.marketplace, _LINE.c.sku)
        .select_from(InOrder(SCOPE, _LINE, on_known_day(_LINE, scope, "purchased_on")))
        .where(SCOPE.c.is_judged.is_(True), *IS_SALE)
        .group_by(_LINE.c.marketplace, SCOPE.c.day, _LINE.c.sku)
        .having(func.count(_LINE.c.amazon_order_id.distinct()) >= scope.limits.minimum_rows)
        .cte("many")
    )
    has_many = exists().where(many.c.marketplace == _LINE.c.marketplace, many.c.sku == _LINE.c.sku)
    return (
        select(
            SCOPE.c.marketplace,
            SCOPE.c.day,
            SCOPE.c.number,
            SCOPE.c.is_judged,
            _LINE.c.sku,
            _LINE.c.amazon_order_id,
            _hour(_LINE.c.purchased_at_utc).label("hour"),
            micros(_LINE.c.item_price_amount).label("price"),
            _LINE.c.quantity,
            func.coalesce(_LINE.c.promotion_ids, "").label("promotion"),
        )
        .select_from(InOrder(SCOPE, _LINE, on_known_day(_LINE, scope, "purchased_on")))
        .where(or_(SCOPE.c.is_judged.is_(True), has_many), *IS_SALE)
        .cte("orders")
    )


def _hour(instant: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the number of the hour since 1970, which is the same whatever zone a connection is in."""
    return cast(extract("epoch", instant), BigInteger) // SECONDS_IN_HOUR


def _largest(orders: CTE, *alike: ColumnElement[Any]) -> Subquery:
    """Return of each SKU's day the largest number of orders that agree in these columns."""
    key = [orders.c[name] for name in ("marketplace", "day", "number", "is_judged", "sku")]
    number = func.count(orders.c.amazon_order_id.distinct()).label("orders")
    return select(*key, number).group_by(*key, *alike).subquery()


def _counted(measure: str, source: CTE | Subquery, orders: CTE) -> Select[Any]:
    is_each = source is orders
    number = func.count(source.c.amazon_order_id.distinct()) if is_each else func.max(source.c.orders)
    return select(*observed(measure, place=source, subject=source.c.sku, value=micros(number), volume=number)).group_by(
        source.c.marketplace, source.c.day, source.c.number, source.c.is_judged, source.c.sku
    )


CHECKS: Final = (
    Check(
        "return_band",
        "integrity",
        "returned units per hundred ordered ones of the week, by SKU and together, with the own last eight weeks",
        (ORDERS, Need(("fba_returns",))),
        _returns,
        "Look at the reasons and dates of the named SKU's returns: a bad batch, a listing that promises too much, or orders that were no orders",
        is_settled=False,
    ),
    Check(
        "order_bursts",
        "integrity",
        "each SKU's orders of the day, of its busiest hour, and of those at one price with one promotion, with its own last four weeks",
        (ORDERS,),
        _bursts,
        "Look whether a deal, a coupon or a mention explains it; if nothing does, sample the named SKU's orders of the day in Seller Central",
    ),
)
"""Checks of how customers behave."""
