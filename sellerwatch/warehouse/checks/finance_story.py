"""Whether money and goods tell the story of the orders: settlements, the ledger's shipments, and what advertising claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.warehouse.checks.bands import (
    DAYS_IN_WEEK,
    FOUR_WEEKS,
    band,
    complete_weeks,
    observed,
    on_known_day,
)
from sellerwatch.warehouse.checks.check import SCOPE, Build, Check, Need, Scope
from sellerwatch.warehouse.checks.sales_sums import IS_SALE, ORDERS, SALES_TRAFFIC
from sellerwatch.warehouse.checks.sides import (
    BELOW_MINIMUM,
    BLANK,
    NO_NUMBER,
    NO_TEXT,
    ONE,
    days_after,
    micros,
    of_the_scope,
    whole,
)
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS

SETTLEMENT: Final = Need(("settlement",))
_LINE, _DAY, _SETTLED, _LEDGER = (
    FACTS[name] for name in ("order_line", "sales_traffic_day", "settlement_line", "ledger_summary")
)

FORTNIGHT: Final = 14
"""Days of shipments that are compared at once."""

FRIDAY: Final = 5
"""What is left of a day's number when it is divided by seven. One fortnight a week is enough: they overlap."""


def _known_orders(scope: Scope) -> Select[Any]:
    """Compare each order that a settlement pays with the order reports: it should be there.

    What was settled soon after the first order the warehouse knows may have been bought before it.
    """
    paid = _paid_orders(scope)
    is_here = exists().where(
        _LINE.c.store_id == scope.store_id,
        _LINE.c.marketplace.in_(scope.places),
        _LINE.c.amazon_order_id == paid.c.amazon_order_id,
    )
    is_early = or_(
        paid.c.known_from.is_(None),
        paid.c.posted_on.is_(None),
        paid.c.posted_on < days_after(paid.c.known_from, scope.limits.wait_days),
    )
    return select(
        paid.c.marketplace,
        paid.c.day,
        literal("orders", Text()).label("measure"),
        paid.c.amazon_order_id.label("subject"),
        NO_TEXT.label("currency"),
        ONE.label("expected"),
        case((is_here, MICROS_PER_UNIT), else_=0).label("found"),
        case((is_here, NO_TEXT), (is_early, "before_history"), else_=NO_TEXT).label("reason"),
    )


def _paid_orders(scope: Scope) -> Subquery:
    """Return the orders whose goods the scope's settlements pay, of the store's own marketplaces, and since when orders are known."""
    domains = [BY_CODE[code].domain.lower() for code in scope.places]
    name = func.lower(_SETTLED.c.marketplace_name)
    known_from = (
        select(func.min(_LINE.c.purchased_on))
        .where(_LINE.c.store_id == scope.store_id, _LINE.c.marketplace == SCOPE.c.marketplace)
        .correlate(SCOPE)
        .scalar_subquery()
    )
    return (
        select(
            _SETTLED.c.marketplace,
            SCOPE.c.day,
            _SETTLED.c.amazon_order_id,
            func.min(_SETTLED.c.posted_on).label("posted_on"),
            known_from.label("known_from"),
        )
        .join_from(_SETTLED, SCOPE, _SETTLED.c.document_id == SCOPE.c.document_id)
        .where(
            _SETTLED.c.store_id == scope.store_id,
            _SETTLED.c.transaction_type == "Order",
            _SETTLED.c.amount_description == "Principal",
            _SETTLED.c.amazon_order_id.is_not(None),
            or_(_SETTLED.c.marketplace_name.is_(None), name.in_(domains)),
        )
        .group_by(_SETTLED.c.marketplace, SCOPE.c.marketplace, SCOPE.c.day, _SETTLED.c.amazon_order_id)
        .subquery("paid")
    )


def _settled_orders(scope: Scope) -> Select[Any]:
    """Compare each order that was shipped long enough ago with the settlements since: one of them should name it."""
    sold = (
        select(_LINE.c.marketplace, SCOPE.c.day, _LINE.c.amazon_order_id)
        .select_from(InOrder(SCOPE, _LINE, of_the_scope(_LINE, scope, "purchased_on")))
        .where(_LINE.c.order_status.like("Shipped%"), micros(_LINE.c.item_price_amount) > 0, *IS_SALE)
        .distinct()
        .cte("sold")
    )
    settled = (
        select(_SETTLED.c.amazon_order_id)
        .where(_SETTLED.c.store_id == scope.store_id, _SETTLED.c.amazon_order_id.in_(select(sold.c.amazon_order_id)))
        .distinct()
        .cte("settled")
    )
    return select(
        sold.c.marketplace,
        sold.c.day,
        literal("orders", Text()).label("measure"),
        sold.c.amazon_order_id.label("subject"),
        NO_TEXT.label("currency"),
        ONE.label("expected"),
        case((settled.c.amazon_order_id.is_(None), 0), else_=MICROS_PER_UNIT).label("found"),
        NO_TEXT.label("reason"),
    ).join_from(sold, settled, settled.c.amazon_order_id == sold.c.amazon_order_id, isouter=True)


def _shipments(scope: Scope) -> Select[Any]:
    """Compare the units that left by the ledger in a fortnight with those ordered for Amazon to ship, SKU by SKU.

    What left was ordered on those days or up to ``wait_days`` before them, and all that was ordered as long before their end has
    left: anything between the two sums is as expected.
    """
    moved = _moved(scope)
    total = {name: func.coalesce(func.sum(moved.c[name]), 0) for name in ("surely", "possibly", "shipped")}
    surely, possibly, shipped = (micros(total[name]) for name in ("surely", "possibly", "shipped"))
    days = FORTNIGHT + scope.limits.wait_days
    is_small = and_(total["possibly"] < scope.limits.minimum_rows, total["shipped"] < scope.limits.minimum_rows)
    return select(
        moved.c.marketplace,
        moved.c.day,
        literal("units", Text()).label("measure"),
        moved.c.sku.label("subject"),
        NO_TEXT.label("currency"),
        case((shipped < surely, surely), (shipped > possibly, possibly), else_=shipped).label("expected"),
        shipped.label("found"),
        case(
            (func.max(moved.c.known) < days, "no_history"),
            (func.sum(moved.c.blanks) > 0, BLANK),
            (is_small, BELOW_MINIMUM),
            else_=NO_TEXT,
        ).label("reason"),
    ).group_by(moved.c.marketplace, moved.c.day, moved.c.sku)


def _moved(scope: Scope) -> Subquery:
    """Return the units of each SKU in each judged fortnight: surely shipped in it, possibly shipped in it, and shipped."""
    ends, wait, nothing = _fortnights(scope), scope.limits.wait_days, cast(0, BigInteger)
    back = ends.c.number - SCOPE.c.number
    place = (ends.c.marketplace, ends.c.day, ends.c.known)

    def within(first: int, last: int) -> Any:  # noqa: ANN401 - a condition
        return and_(SCOPE.c.marketplace == ends.c.marketplace, back.between(first, last))

    units, ordered = whole(_LINE.c.quantity), within(0, FORTNIGHT + wait - 1)
    is_taken = (
        _LINE.c.fulfillment_channel == "Amazon",
        func.coalesce(_LINE.c.order_status, "") != "Cancelled",
        func.coalesce(_LINE.c.item_status, "") != "Cancelled",
    )
    orders = (
        select(
            *place,
            _LINE.c.sku,
            case((back.between(wait, FORTNIGHT - 1), units), else_=0).label("surely"),
            units.label("possibly"),
            nothing.label("shipped"),
            case((_LINE.c.quantity.is_(None), 1), else_=0).label("blanks"),
        )
        .join_from(ends, SCOPE, ordered)
        .join(_LINE, on_known_day(_LINE, scope, "purchased_on"))
        .where(*is_taken)
    )
    shipments = (
        select(
            *place,
            _LEDGER.c.sku,
            nothing.label("surely"),
            nothing.label("possibly"),
            whole(-func.coalesce(_LEDGER.c.customer_shipped_units, 0)).label("shipped"),
            nothing.label("blanks"),
        )
        .join_from(ends, SCOPE, within(0, FORTNIGHT - 1))
        .join(_LEDGER, on_known_day(_LEDGER, scope, "balance_on"))
        .where(_LEDGER.c.period == "DAY")
    )
    return union_all(orders, shipments).subquery("moved")


def _fortnights(scope: Scope) -> CTE:
    """Return the judged Fridays, with how many of the days that are needed are known."""
    end, day = SCOPE.alias("last"), SCOPE.alias("earlier")
    back = end.c.number - day.c.number
    needed = and_(day.c.marketplace == end.c.marketplace, back.between(0, FORTNIGHT + scope.limits.wait_days - 1))
    return (
        select(end.c.marketplace, end.c.day, end.c.number, func.count().label("known"))
        .join_from(end, day, needed)
        .where(end.c.is_judged.is_(True), end.c.number % DAYS_IN_WEEK == FRIDAY)
        .group_by(end.c.marketplace, end.c.day, end.c.number)
        .cte("fortnights")
    )


class Claimed(NamedTuple):
    """An advertising feed, and the sales it claims for its clicks."""

    kind: str
    title: str
    sales: str


CLAIMED: Final = (
    Claimed("sp", "Sponsored Products", "sales_7d_amount"),
    Claimed("sb", "Sponsored Brands", "sales_14d_amount"),
    Claimed("sd", "Sponsored Display", "sales_14d_amount"),
)


def _claims(claimed: Claimed) -> Build:
    """Build the comparison of a week's sales by advertising with all sales: a part cannot be more than the whole.

    By day it can: a sale is booked on the day of the click.
    """
    ads = FACTS[f"ads_{claimed.kind}_campaign_day"]

    def build(scope: Scope) -> Select[Any]:
        weeks, sides = complete_weeks(), []
        for facts, day, column, name in ((ads, "advertised_on", claimed.sales, "part"), (_DAY, "sold_on", _SALES, "whole")):
            amount = micros(facts.c[column])
            sides.append(
                select(
                    SCOPE.c.marketplace,
                    (SCOPE.c.number // DAYS_IN_WEEK).label("week"),
                    facts.c.currency,
                    (amount if name == "part" else NO_NUMBER).label("part"),
                    (amount if name == "whole" else NO_NUMBER).label("whole"),
                    case((amount.is_(None), 1), else_=0).label("blanks"),
                ).select_from(InOrder(SCOPE, facts, on_known_day(facts, scope, day)))
            )
        sold = union_all(*sides).subquery("sold")
        part, every = (whole(func.coalesce(func.sum(sold.c[name]), 0)) for name in ("part", "whole"))
        return (
            select(
                weeks.c.marketplace,
                weeks.c.day,
                literal("sales", Text()).label("measure"),
                literal("", Text()).label("subject"),
                func.max(sold.c.currency).label("currency"),
                case((part <= every, part), else_=every).label("expected"),
                part.label("found"),
                case((func.sum(sold.c.blanks) > 0, BLANK), else_=NO_TEXT).label("reason"),
            )
            .join_from(
                weeks,
                sold,
                and_(sold.c.marketplace == weeks.c.marketplace, sold.c.week == weeks.c.number // DAYS_IN_WEEK),
            )
            .where(weeks.c.is_judged.is_(True))
            .group_by(weeks.c.marketplace, weeks.c.day)
        )

    return build


_SALES: Final = "ordered_product_sales_amount"


def _ad_cost(scope: Scope) -> Select[Any]:
    """Compare the day's cost of Sponsored Products per hundred of all sales with the last four weeks."""
    ads = FACTS["ads_sp_campaign_day"]
    spent = (
        select(
            SCOPE.c.marketplace,
            SCOPE.c.day,
            whole(func.sum(micros(ads.c.cost_amount))).label("cost"),
            whole(func.coalesce(func.sum(ads.c.clicks), 0)).label("clicks"),
        )
        .select_from(InOrder(SCOPE, ads, on_known_day(ads, scope, "advertised_on")))
        .group_by(SCOPE.c.marketplace, SCOPE.c.day)
        .subquery("spent")
    )
    # Cost in millionths over sales in whole units of the currency: millionths times millionths would not fit 64 bits.
    sales = micros(_DAY.c[_SALES]) // MICROS_PER_UNIT
    share = case((sales > 0, whole(spent.c.cost * 100 // sales)), else_=NO_NUMBER)
    same = and_(spent.c.marketplace == SCOPE.c.marketplace, spent.c.day == SCOPE.c.day)
    series = (
        select(*observed("ad_cost_pct", place=SCOPE, value=share, volume=spent.c.clicks))
        .select_from(InOrder(SCOPE, _DAY, on_known_day(_DAY, scope, "sold_on")))
        .join(spent, same)
    )
    return band(scope, series, FOUR_WEEKS)


def _checks() -> Iterator[Check]:
    yield Check(
        "settled_orders_known",
        "integrity",
        "each order that a settlement pays with the order reports: it should be in them",
        (SETTLEMENT,),
        _known_orders,
        "Look the named orders up in Seller Central and pull the orders of their days by order date; what the reports never had was counted nowhere",
        by="document",
        is_settled=False,
    )
    yield Check(
        "shipped_orders_settled",
        "integrity",
        "each shipped order with the settlements since: one of them should pay it",
        (ORDERS, Need(("settlement",), waits=True)),
        _settled_orders,
        "Look the named orders up in Seller Central: is the money held back, was the order refunded before it was paid, or is a settlement missing",
    )
    yield Check(
        "shipments_vs_orders",
        "integrity",
        "the units of each SKU that left in a fortnight by the ledger with those ordered for Amazon to ship",
        (ORDERS, Need(("ledger_summary",))),
        _shipments,
        "Look at the named SKU's shipments in the ledger: units that left without an order, or orders that never left. Stock that ships for another marketplace of yours explains it too",
    )
    for claimed in CLAIMED:
        yield Check(
            f"ads_{claimed.kind}_sales_vs_all",
            "integrity",
            f"a week's sales that {claimed.title} claims with all sales: they cannot be more",
            (Need((f"ads_{claimed.kind}_campaigns",)), SALES_TRAFFIC),
            _claims(claimed),
            "Look whether the profile belongs to this marketplace, and whether both reports cover the whole week; until then trust no ratio of the two",
        )
    yield Check(
        "ads_sp_cost_band",
        "integrity",
        "the day's cost of Sponsored Products per hundred of all sales with the marketplace's own last four weeks",
        (Need(("ads_sp_campaigns",)), SALES_TRAFFIC),
        _ad_cost,
        "Look whether budgets or bids were changed, or sales fell; if neither, compare the cost with the advertising invoice",
    )


CHECKS: Final = tuple(_checks())
"""Checks of what money and goods say of the orders."""
