"""Sales as several feeds tell them: by day and by product, in orders, in Data Kiosk, in settlements and in advertising."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, Subquery, Text, and_, case, exists, func, literal, or_, select, union_all

from sellerwatch.warehouse.checks.check import SCOPE, Build, Check, Need, Scope
from sellerwatch.warehouse.checks.sides import BLANK, NO_TEXT, Side, compare, micros, nearer, of_the_scope, whole
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS

ORDERS: Final = Need(("all_orders", "orders_by_date"))
SALES_TRAFFIC: Final = Need(("sales_traffic",))

_LINE, _DAY, _ASIN = FACTS["order_line"], FACTS["sales_traffic_day"], FACTS["sales_traffic_asin_day"]
_SETTLED = FACTS["settlement_line"]

BY_ASIN: Final = {"units": "units_ordered", "sales": "ordered_product_sales_amount", "page_views": "page_views"}
"""What adds up over products, by measure. Sessions do not: one visitor looks at several products."""

IS_SALE: Final = (
    func.coalesce(_LINE.c.order_status, "") != "Cancelled",
    func.coalesce(_LINE.c.item_status, "") != "Cancelled",
    func.coalesce(_LINE.c.sales_channel, "") != "Non-Amazon",
    or_(_LINE.c.item_price_amount.is_(None), micros(_LINE.c.item_price_amount) != 0),
)
"""Order lines that sales and traffic counts too: not cancelled, not sold elsewhere, not a replacement, which costs nothing."""

_ORDERED: Final = Side(
    "order_line",
    "purchased_on",
    {"units": "quantity", "sales": "item_price_amount"},
    where=IS_SALE,
)


def _by_day_and_by_asin(scope: Scope) -> Select[Any]:
    """Compare each granularity's sum over products with the day.

    By child, Amazon lists parents too, and does not say whether a parent's row adds up its children: of the sums with and
    without such rows the nearer one counts.
    """
    sibling = _ASIN.alias()
    adds_up = and_(
        _ASIN.c.asin_granularity == "CHILD",
        _ASIN.c.item == _ASIN.c.parent_asin,
        exists().where(
            *(sibling.c[name] == _ASIN.c[name] for name in ("store_id", "marketplace", "sold_on", "parent_asin")),
            sibling.c.asin_granularity == _ASIN.c.asin_granularity,
            sibling.c.item != _ASIN.c.item,
        ),
    )
    rows = (
        select(_ASIN, case((adds_up, 1), else_=0).label("adds_up"))
        .select_from(InOrder(SCOPE, _ASIN, of_the_scope(_ASIN, scope, "sold_on")))
        .subquery()
    )
    return select(union_all(*(_one_measure(scope, rows, *measure) for measure in BY_ASIN.items())).subquery())


def _one_measure(scope: Scope, rows: Subquery, measure: str, column: str) -> Select[Any]:
    cells, day = micros(rows.c[column]), micros(_DAY.c[column])
    every = whole(func.sum(cells))
    alone = whole(func.sum(case((rows.c.adds_up == 1, 0), else_=cells)))
    same_day = and_(*(_DAY.c[name] == rows.c[name] for name in ("store_id", "marketplace", "sold_on")))
    return (
        select(
            rows.c.marketplace,
            rows.c.sold_on.label("day"),
            literal(measure, Text()).label("measure"),
            rows.c.asin_granularity.label("subject"),
            (func.max(_DAY.c.currency) if measure == "sales" else NO_TEXT).label("currency"),
            func.max(day).label("expected"),
            nearer(func.max(day), every, alone).label("found"),
            NO_TEXT.label("reason"),
        )
        .join_from(rows, _DAY, same_day)
        .where(_DAY.c.store_id == scope.store_id)
        .group_by(rows.c.marketplace, rows.c.sold_on, rows.c.asin_granularity)
    )


def _trends(scope: Scope) -> Select[Any]:
    """Compare product by product what both name; trends are asked for some products only."""
    trends = FACTS["sales_traffic_trends_asin_day"]
    return compare(
        scope,
        Side(
            "sales_traffic_asin_day",
            "sold_on",
            BY_ASIN,
            subject=_ASIN.c.child_asin,
            where=(_ASIN.c.asin_granularity == "CHILD",),
        ),
        Side("sales_traffic_trends_asin_day", "sold_on", BY_ASIN, subject=trends.c.child_asin),
        only_common=True,
    )


def _orders(scope: Scope) -> Select[Any]:
    by_day = {"units": "units_ordered", "sales": "ordered_product_sales_amount"}
    return compare(scope, Side("sales_traffic_day", "sold_on", by_day), _ORDERED)


def _economics(scope: Scope) -> Select[Any]:
    by_day = {"units": "units_ordered", "sales": "ordered_product_sales_amount"}
    return compare(scope, _ORDERED, Side("economics_day", "sold_on", by_day))


def _settlement_totals(scope: Scope) -> Select[Any]:
    """Compare each settlement's total with the sum of its lines."""
    head = FACTS["settlement"]
    lines = (
        select(_SETTLED.c.settlement_id, _SETTLED.c.marketplace, whole(func.sum(micros(_SETTLED.c.amount))).label("sum"))
        .where(_SETTLED.c.store_id == scope.store_id)
        .group_by(_SETTLED.c.settlement_id, _SETTLED.c.marketplace)
        .subquery()
    )
    same = and_(lines.c.settlement_id == head.c.settlement_id, lines.c.marketplace == head.c.marketplace)
    return (
        select(
            head.c.marketplace,
            SCOPE.c.day,
            literal("total", Text()).label("measure"),
            head.c.settlement_id.label("subject"),
            head.c.currency.label("currency"),
            micros(head.c.total_amount).label("expected"),
            func.coalesce(lines.c.sum, 0).label("found"),
            NO_TEXT.label("reason"),
        )
        .join_from(head, SCOPE, and_(head.c.store_id == scope.store_id, head.c.document_id == SCOPE.c.document_id))
        .outerjoin(lines, same)
    )


def _settled_orders(scope: Scope) -> Select[Any]:
    """Compare what orders brought, SKU by SKU, with their lines; an order that was settled in part is not comparable yet.

    Where Amazon shows a tax of its own, the order report's price may contain it: the nearer of both readings counts.
    """
    settled = _settled_items(scope)
    ordered = _lines_of(scope, settled)
    price = ordered.c.price
    is_part = settled.c.units != ordered.c.units
    same = and_(ordered.c.amazon_order_id == settled.c.amazon_order_id, ordered.c.sku == settled.c.sku)
    return (
        select(
            settled.c.marketplace,
            SCOPE.c.day,
            literal("principal", Text()).label("measure"),
            (settled.c.amazon_order_id + " " + settled.c.sku).label("subject"),
            ordered.c.currency,
            price.label("expected"),
            nearer(price, settled.c.principal, settled.c.taxed).label("found"),
            case((ordered.c.blanks > 0, BLANK), (is_part, "settled_in_part"), else_=NO_TEXT).label("reason"),
        )
        .join_from(settled, SCOPE, settled.c.document_id == SCOPE.c.document_id)
        .join(ordered, same)
    )


def _settled_items(scope: Scope) -> Subquery:
    """Return the items of the orders that the scope's settlements name, summed up over all settlements."""
    amount, sku = micros(_SETTLED.c.amount), func.coalesce(_SETTLED.c.sku, "")
    is_principal = _SETTLED.c.amount_description == "Principal"
    is_price = _SETTLED.c.amount_description.in_(("Principal", "Tax"))
    in_scope = _SETTLED.c.document_id == SCOPE.c.document_id
    named = select(_SETTLED.c.amazon_order_id).join(SCOPE, in_scope).where(_SETTLED.c.store_id == scope.store_id)
    return (
        select(
            _SETTLED.c.marketplace,
            _SETTLED.c.amazon_order_id,
            func.max(sku).label("sku"),
            whole(func.sum(case((is_principal, amount), else_=0))).label("principal"),
            whole(func.sum(case((is_price, amount), else_=0))).label("taxed"),
            whole(func.sum(case((is_principal, func.coalesce(_SETTLED.c.quantity, 0)), else_=0))).label("units"),
            func.max(SCOPE.c.document_id).label("document_id"),
        )
        .outerjoin_from(_SETTLED, SCOPE, in_scope)
        .where(
            _SETTLED.c.store_id == scope.store_id,
            _SETTLED.c.transaction_type == "Order",
            _SETTLED.c.amount_type == "ItemPrice",
            _SETTLED.c.amazon_order_id.in_(named),
        )
        .group_by(_SETTLED.c.marketplace, _SETTLED.c.amazon_order_id, _SETTLED.c.sku)
        .subquery()
    )


def _lines_of(scope: Scope, settled: Subquery) -> Subquery:
    """Return the order lines of the settled orders by SKU, whichever of the store's marketplaces they were sold in."""
    return (
        select(
            _LINE.c.amazon_order_id,
            _LINE.c.sku,
            whole(func.sum(micros(_LINE.c.item_price_amount))).label("price"),
            whole(func.sum(_LINE.c.quantity)).label("units"),
            func.max(_LINE.c.currency).label("currency"),
            (func.count() - func.count(_LINE.c.item_price_amount)).label("blanks"),
        )
        .where(
            _LINE.c.store_id == scope.store_id,
            _LINE.c.marketplace.in_(scope.places),
            _LINE.c.amazon_order_id.in_(select(settled.c.amazon_order_id)),
            *IS_SALE,
        )
        .group_by(_LINE.c.amazon_order_id, _LINE.c.sku)
        .subquery()
    )


ADS: Final = {"cost": "cost_amount", "clicks": "clicks", "impressions": "impressions"}


def _campaigns(products: str, campaigns: str) -> Build:
    def build(scope: Scope) -> Select[Any]:
        return compare(
            scope,
            Side(campaigns, "advertised_on", ADS, subject=FACTS[campaigns].c.campaign_id),
            Side(products, "advertised_on", ADS, subject=FACTS[products].c.campaign_id),
        )

    return build


_ASK_AGAIN: Final = (
    "Run the night again: it asks for the day anew. If the difference stays, compare both reports in Seller Central"
)

CHECKS: Final = (
    Check(
        "sales_traffic_by_asin",
        "sums",
        "sales and traffic of the day with the sum over its products",
        (SALES_TRAFFIC,),
        _by_day_and_by_asin,
        "Run the night again: Amazon fills the list of products later than the day. Until then trust the day, not the products",
    ),
    Check(
        "trends_vs_sales_traffic",
        "sums",
        "each product's sales and traffic with the trends of Data Kiosk",
        (SALES_TRAFFIC, Need(("sales_traffic_trends",))),
        _trends,
        _ASK_AGAIN,
    ),
    Check(
        "orders_vs_sales_traffic",
        "sums",
        "units and item prices of the day's order lines with sales and traffic",
        (ORDERS, SALES_TRAFFIC),
        _orders,
        "Run the night again. If the orders stay too few, pull them by order date for the day; if they are too many, look for orders of another marketplace",
    ),
    Check(
        "economics_vs_orders",
        "sums",
        "units and sales of the day's order lines with the economics of Data Kiosk",
        (ORDERS, Need(("economics",))),
        _economics,
        _ASK_AGAIN,
    ),
    Check(
        "settlement_total",
        "sums",
        "each settlement's total with the sum of its lines",
        (Need(("settlement",)),),
        _settlement_totals,
        "Load the settlement's document again from the raw store; its lines are not all in the warehouse",
        by="document",
        is_settled=False,
    ),
    Check(
        "settlement_vs_orders",
        "sums",
        "what each settled order brought with the item prices of its lines",
        (Need(("settlement",)),),
        _settled_orders,
        "Open the named orders in Seller Central and compare the item price with the settlement's principal",
        by="document",
        is_settled=False,
    ),
    Check(
        "ads_sp_products_vs_campaigns",
        "sums",
        "Sponsored Products: cost, clicks and impressions of each campaign with the sum over its advertised SKUs",
        (Need(("ads_sp_campaigns",)), Need(("ads_sp_products",))),
        _campaigns("ads_sp_product_day", "ads_sp_campaign_day"),
        _ASK_AGAIN,
    ),
    Check(
        "ads_sd_products_vs_campaigns",
        "sums",
        "Sponsored Display: cost, clicks and impressions of each campaign with the sum over its advertised SKUs",
        (Need(("ads_sd_campaigns",)), Need(("ads_sd_products",))),
        _campaigns("ads_sd_product_day", "ads_sd_campaign_day"),
        _ASK_AGAIN,
    ),
)
"""Checks that add up sales, money and advertising."""
