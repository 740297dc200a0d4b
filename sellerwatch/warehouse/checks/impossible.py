"""What cannot be: counts below zero, orders on a day that their moment is not of, a SKU that is another product overnight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, Text, and_, case, func, literal, or_, select

from sellerwatch.warehouse.checks.check import SCOPE, Build, Check, Need, Scope
from sellerwatch.warehouse.checks.sales_sums import ORDERS
from sellerwatch.warehouse.checks.sides import NO_TEXT, ONE, micros, of_the_scope
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS

_LINE: Final = FACTS["order_line"]
_STOCK: Final = FACTS["fba_inventory"]


class Counted(NamedTuple):
    """A table, and its columns that count something there cannot be less than nothing of."""

    table: str
    reports: tuple[str, ...]
    day: str
    subject: str
    columns: tuple[str, ...]


_CAMPAIGN: Final = ("impressions", "clicks", "cost_amount")
COUNTED: Final = (
    Counted("order_line", ORDERS.reports, "purchased_on", "sku", ("quantity", "item_price_amount")),
    Counted(
        "sales_traffic_day",
        ("sales_traffic",),
        "sold_on",
        "marketplace",
        ("units_ordered", "order_items", "sessions", "page_views", "units_refunded", "units_shipped"),
    ),
    Counted(
        "sales_traffic_asin_day",
        ("sales_traffic",),
        "sold_on",
        "item",
        ("units_ordered", "order_items", "sessions", "page_views"),
    ),
    Counted(
        "fba_inventory", ("fba_inventory",), "snapshot_on", "sku", ("sellable_units", "total_units", "inbound_shipped_units")
    ),
    Counted("inventory_planning", ("inventory_planning",), "snapshot_on", "sku", ("sellable_units", "inbound_shipped_units")),
    Counted("fba_return", ("fba_returns",), "returned_on", "sku", ("units",)),
    Counted("merchant_return", ("merchant_returns",), "requested_on", "sku", ("units",)),
    Counted("ads_sp_campaign_day", ("ads_sp_campaigns",), "advertised_on", "campaign_id", _CAMPAIGN),
    Counted("ads_sb_campaign_day", ("ads_sb_campaigns",), "advertised_on", "campaign_id", _CAMPAIGN),
    Counted("ads_sd_campaign_day", ("ads_sd_campaigns",), "advertised_on", "campaign_id", _CAMPAIGN),
)
"""Ledgers and settlements are not here: what leaves is negative there, as Amazon books it."""


def _below_zero(item: Counted) -> Build:
    """Build the comparison of how many of each subject's rows count less than nothing with none."""
    facts = FACTS[item.table]
    subject = facts.c[item.subject]

    def build(scope: Scope) -> Select[Any]:
        is_negative = or_(*(facts.c[name] < 0 for name in item.columns))
        return (
            select(
                facts.c.marketplace,
                SCOPE.c.day,
                literal("negative_rows", Text()).label("measure"),
                subject.label("subject"),
                NO_TEXT.label("currency"),
                (ONE * 0).label("expected"),
                micros(func.count().filter(is_negative)).label("found"),
                NO_TEXT.label("reason"),
            )
            .select_from(InOrder(SCOPE, facts, of_the_scope(facts, scope, item.day)))
            .group_by(facts.c.marketplace, SCOPE.c.day, subject)
        )

    return build


def _on_other_days(scope: Scope) -> Select[Any]:
    """Compare how many order lines of a day were bought outside its hours, by the marketplace's clock as we know it now."""
    is_outside = or_(_LINE.c.purchased_at_utc < SCOPE.c.starts_at, _LINE.c.purchased_at_utc >= SCOPE.c.ends_at)
    return (
        select(
            _LINE.c.marketplace,
            SCOPE.c.day,
            literal("lines_of_other_days", Text()).label("measure"),
            func.coalesce(func.min(case((is_outside, _LINE.c.amazon_order_id))), "").label("subject"),
            NO_TEXT.label("currency"),
            (ONE * 0).label("expected"),
            micros(func.count().filter(is_outside)).label("found"),
            NO_TEXT.label("reason"),
        )
        .select_from(InOrder(SCOPE, _LINE, of_the_scope(_LINE, scope, "purchased_on")))
        .where(_LINE.c.purchased_at_utc.is_not(None))
        .group_by(_LINE.c.marketplace, SCOPE.c.day)
    )


def _another_product(scope: Scope) -> Select[Any]:
    """Compare each SKU's ASINs of the newest morning and of the one before with one.

    Older mornings are left out: what changed once would fail for as long as its day is looked at again.
    """
    before = _STOCK.alias()
    days = SCOPE.alias()
    newest = select(func.max(days.c.day)).where(days.c.marketplace == SCOPE.c.marketplace).correlate(SCOPE).scalar_subquery()
    changes = before.c.asin != _STOCK.c.asin
    named = _STOCK.c.sku + literal(": ") + before.c.asin + literal(" -> ") + _STOCK.c.asin
    earlier = and_(
        before.c.store_id == _STOCK.c.store_id,
        before.c.marketplace == _STOCK.c.marketplace,
        before.c.snapshot_on == SCOPE.c.known_before,
        before.c.sku == _STOCK.c.sku,
        before.c.asin.is_not(None),
    )
    return (
        select(
            _STOCK.c.marketplace,
            SCOPE.c.day,
            literal("asins", Text()).label("measure"),
            case((changes, named), else_=_STOCK.c.sku).label("subject"),
            NO_TEXT.label("currency"),
            ONE.label("expected"),
            case((changes, ONE * 2), else_=ONE).label("found"),
            NO_TEXT.label("reason"),
        )
        .select_from(InOrder(InOrder(SCOPE, _STOCK, of_the_scope(_STOCK, scope, "snapshot_on")), before, earlier))
        .where(SCOPE.c.day == newest, _STOCK.c.asin.is_not(None))
    )


def _checks() -> Iterator[Check]:
    for item in COUNTED:
        yield Check(
            f"{item.table}_negatives",
            "magnitude",
            f"the rows of {item.table} that count less than nothing: there should be none",
            (Need(item.reports),),
            _below_zero(item),
            "Metrics add these rows up as Amazon wrote them: look at the named ones in the document, and open a case with the report's id",
            is_settled=False,
        )
    yield Check(
        "order_line_hours",
        "keys",
        "the day of each order line with the marketplace's clock: the order should lie within the day's hours",
        (ORDERS,),
        _on_other_days,
        "The clock of the marketplace has changed since these days were loaded: have `sellerwatch backfill --mode reparse` read them again",
        is_settled=False,
    )
    yield Check(
        "sku_keeps_asin",
        "keys",
        "the ASIN of each SKU with the one it had the morning before",
        (Need(("fba_inventory",)),),
        _another_product,
        "The SKU sells another product now: its numbers by SKU run on over the change, and those of both ASINs stand apart. "
        "If that was not meant, correct the listing in Seller Central",
        is_settled=False,
    )


CHECKS: Final = tuple(_checks())
"""Checks of what cannot be."""
