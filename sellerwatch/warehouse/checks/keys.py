"""What a primary key cannot see: records that came twice, orders of two marketplaces, foreign currencies, SKUs of two products."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, Text, and_, case, func, literal, select, union_all

from sellerwatch.warehouse.checks.check import SCOPE, Build, Check, Need, Scope
from sellerwatch.warehouse.checks.sales_sums import ORDERS
from sellerwatch.warehouse.checks.sides import BELOW_MINIMUM, NO_TEXT, ONE, micros, of_the_scope, whole
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS

_LINE: Final = FACTS["order_line"]


class Repeated(NamedTuple):
    """A table whose rows are told apart by their place alone, and the columns in which two of them should not agree."""

    table: str
    reports: tuple[str, ...]
    columns: tuple[str, ...]
    subject: str


REPEATED: Final = (
    Repeated(
        "order_line",
        ORDERS.reports,
        ("amazon_order_id", "sku", "asin", "quantity", "item_price_amount", "item_promotion_discount_amount", "item_status"),
        "amazon_order_id",
    ),
    Repeated("fee_preview", ("fee_preview",), ("snapshot_on", "amazon_store", "sku", "fnsku"), "sku"),
    Repeated(
        "storage_fee",
        ("storage_fees",),
        ("charged_month_on", "asin", "fnsku", "fulfillment_center", "storage_fee_amount", "average_on_hand_units"),
        "fnsku",
    ),
    Repeated("seller_feedback", ("seller_feedback",), ("rated_on", "amazon_order_id", "rating"), "amazon_order_id"),
    Repeated(
        "merchant_return",
        ("merchant_returns",),
        ("return_id", "amazon_order_id", "order_item_id", "sku", "units", "request_status"),
        "amazon_order_id",
    ),
    Repeated(
        "reimbursement",
        ("reimbursements",),
        ("reimbursement_id", "sku", "fnsku", "reason", "condition", "total_amount", "total_units"),
        "reimbursement_id",
    ),
    Repeated(
        "economics_charge",
        ("economics",),
        (
            "sold_on",
            "msku",
            "parent_asin",
            "charge_kind",
            "charge_type",
            "fee_identifier",
            "first_on",
            "last_on",
            "total_amount",
        ),
        "msku",
    ),
    Repeated(
        "ads_sp_search_term_day",
        ("ads_sp_search_terms",),
        ("advertised_on", "campaign_id", "ad_group_id", "search_term", "keyword_id", "targeting", "match_type"),
        "search_term",
    ),
)
"""Ledger events and settlement lines are not here: two equal ones are common, and their sums are checked instead."""


def _repeats(item: Repeated) -> Build:
    """Build the comparison of every record of the loaded documents with the number of rows that are equal to it: one.

    Of an older document only the rows are left that no newer one has replaced; too few of them say nothing.
    """
    facts = FACTS[item.table]
    equal = [facts.c[name] for name in item.columns]

    def build(scope: Scope) -> Select[Any]:
        rows_of_document = func.sum(func.count()).over(partition_by=SCOPE.c.document_id)
        return (
            select(
                SCOPE.c.marketplace,
                SCOPE.c.day,
                literal("rows", Text()).label("measure"),
                func.max(facts.c[item.subject]).label("subject"),
                NO_TEXT.label("currency"),
                ONE.label("expected"),
                whole(micros(func.count())).label("found"),
                case((rows_of_document < scope.limits.minimum_rows, BELOW_MINIMUM), else_=NO_TEXT).label("reason"),
            )
            .join_from(facts, SCOPE, and_(facts.c.store_id == scope.store_id, facts.c.document_id == SCOPE.c.document_id))
            .group_by(SCOPE.c.marketplace, SCOPE.c.day, SCOPE.c.document_id, *equal)
        )

    return build


def _two_marketplaces(scope: Scope) -> Select[Any]:
    """Compare each order's marketplaces with one: an order report that ignores its filter would count it in each."""
    other = _LINE.alias()
    orders = (
        select(_LINE.c.marketplace, SCOPE.c.day, _LINE.c.amazon_order_id)
        .select_from(InOrder(SCOPE, _LINE, of_the_scope(_LINE, scope, "purchased_on")))
        .distinct()
        .subquery()
    )
    return (
        select(
            orders.c.marketplace,
            orders.c.day,
            literal("marketplaces", Text()).label("measure"),
            orders.c.amazon_order_id.label("subject"),
            NO_TEXT.label("currency"),
            ONE.label("expected"),
            micros(func.count(other.c.marketplace.distinct())).label("found"),
            NO_TEXT.label("reason"),
        )
        .join_from(orders, other, other.c.amazon_order_id == orders.c.amazon_order_id)
        .where(other.c.store_id == scope.store_id, other.c.marketplace.in_(scope.places), literal(len(scope.places)) > 1)
        .group_by(orders.c.marketplace, orders.c.day, orders.c.amazon_order_id)
    )


class Priced(NamedTuple):
    """A table with amounts, and what they are of."""

    table: str
    reports: tuple[str, ...]
    day: str
    subject: str


PRICED: Final = (
    Priced("order_line", ORDERS.reports, "purchased_on", "sku"),
    Priced("sales_traffic_asin_day", ("sales_traffic",), "sold_on", "item"),
    Priced("sales_traffic_trends_asin_day", ("sales_traffic_trends",), "sold_on", "child_asin"),
    Priced("economics_day", ("economics",), "sold_on", "msku"),
)


def _one_currency(item: Priced) -> Build:
    """Build the comparison of each product's currency with the marketplace's: sums over two currencies mean nothing."""
    facts = FACTS[item.table]
    subject = facts.c[item.subject]

    def build(scope: Scope) -> Select[Any]:
        is_foreign = facts.c.currency != SCOPE.c.currency
        return (
            select(
                facts.c.marketplace,
                SCOPE.c.day,
                literal("foreign_rows", Text()).label("measure"),
                subject.label("subject"),
                NO_TEXT.label("currency"),
                (ONE * 0).label("expected"),
                micros(func.count().filter(is_foreign)).label("found"),
                NO_TEXT.label("reason"),
            )
            .select_from(InOrder(SCOPE, facts, of_the_scope(facts, scope, item.day)))
            .where(facts.c.currency.is_not(None))
            .group_by(facts.c.marketplace, SCOPE.c.day, subject)
        )

    return build


def _one_asin(scope: Scope) -> Select[Any]:
    """Compare the number of products that the day's inventory reports name for each SKU with one."""
    tables = [FACTS[name] for name in ("fba_inventory", "inventory_planning")]
    named = union_all(
        *(
            select(facts.c.marketplace, SCOPE.c.day, facts.c.sku, facts.c.asin)
            .select_from(InOrder(SCOPE, facts, of_the_scope(facts, scope, "snapshot_on")))
            .where(facts.c.asin.is_not(None))
            for facts in tables
        )
    ).subquery()
    return select(
        named.c.marketplace,
        named.c.day,
        literal("asins", Text()).label("measure"),
        named.c.sku.label("subject"),
        NO_TEXT.label("currency"),
        ONE.label("expected"),
        micros(func.count(named.c.asin.distinct())).label("found"),
        NO_TEXT.label("reason"),
    ).group_by(named.c.marketplace, named.c.day, named.c.sku)


def _checks() -> Iterator[Check]:
    for repeated in REPEATED:
        yield Check(
            f"{repeated.table}_repeats",
            "keys",
            f"each record of {repeated.table} with the others of its document: none should be equal",
            (Need(repeated.reports),),
            _repeats(repeated),
            "Look at the named records in the document: if Amazon wrote them twice, run the night again for another document",
            by="document",
            is_settled=False,
        )
    yield Check(
        "order_in_two_marketplaces",
        "keys",
        "the marketplaces of each order: it should be in one",
        (ORDERS,),
        _two_marketplaces,
        "Amazon's order report ignored its marketplace: units and sales of the named orders count twice. Open a case with the report's id",
        is_settled=False,
    )
    for priced in PRICED:
        yield Check(
            f"{priced.table}_currency",
            "keys",
            f"the currency of each product in {priced.table} with the marketplace's",
            (Need(priced.reports),),
            _one_currency(priced),
            "Amounts in two currencies cannot be added up: look whether the report holds another marketplace's rows",
            is_settled=False,
        )
    yield Check(
        "one_asin_per_sku",
        "keys",
        "the ASINs that the inventory reports name for each SKU: it should be one",
        (Need(("fba_inventory",)), Need(("inventory_planning",))),
        _one_asin,
        "Look in Seller Central which product the SKU is listed on, and close the other listing",
        is_settled=False,
    )


CHECKS: Final = tuple(_checks())
"""Checks of what a key cannot see."""
