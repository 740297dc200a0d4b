"""Magnitude: rows and main amounts of a feed's day against the same weekday's recent median and the day before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Select, Subquery, Text, and_, case, cast, func, literal, or_, select, union_all

from sellerwatch.warehouse.checks.check import SCOPE, Build, Check, Need, Scope
from sellerwatch.warehouse.checks.sales_sums import ORDERS
from sellerwatch.warehouse.checks.sides import BELOW_MINIMUM, NO_TEXT, micros, nearer, whole
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.types import Micros

WEEKS: Final = 4
"""Weeks whose same weekday is looked at."""

ENOUGH_WEEKS: Final = 2
"""With fewer, the median is not one."""


class Sized(NamedTuple):
    """A fact table with the column of its day, and the amounts by which a day is small or large."""

    table: str
    reports: tuple[str, ...]
    day: str
    amounts: tuple[str, ...]


SIZED: Final = (
    Sized("order_line", ORDERS.reports, "purchased_on", ("quantity", "item_price_amount")),
    Sized("sales_traffic_day", ("sales_traffic",), "sold_on", ("units_ordered", "ordered_product_sales_amount", "page_views")),
    Sized("sales_traffic_asin_day", ("sales_traffic",), "sold_on", ("units_ordered", "page_views")),
    Sized("sales_traffic_trends_asin_day", ("sales_traffic_trends",), "sold_on", ("units_ordered", "page_views")),
    Sized("economics_day", ("economics",), "sold_on", ("units_ordered", "net_proceeds_amount")),
    Sized("ledger_summary", ("ledger_summary",), "balance_on", ("ending_units",)),
    Sized("ledger_event", ("ledger_detail",), "happened_on", ()),
    Sized("fba_return", ("fba_returns",), "returned_on", ("units",)),
    Sized("fba_inventory", ("fba_inventory",), "snapshot_on", ("sellable_units", "total_units")),
    Sized("inventory_planning", ("inventory_planning",), "snapshot_on", ("sellable_units",)),
    Sized("merchant_listing", ("merchant_listings",), "snapshot_on", ()),
    Sized("restock", ("restock",), "snapshot_on", ("available_units",)),
    Sized("ads_sp_campaign_day", ("ads_sp_campaigns",), "advertised_on", ("cost_amount", "impressions")),
    Sized("ads_sp_product_day", ("ads_sp_products",), "advertised_on", ("cost_amount", "impressions")),
    Sized("ads_sb_campaign_day", ("ads_sb_campaigns",), "advertised_on", ("cost_amount", "impressions")),
    Sized("ads_sd_campaign_day", ("ads_sd_campaigns",), "advertised_on", ("cost_amount", "impressions")),
)


def _sizes(item: Sized, scope: Scope) -> Subquery:
    """Return every known day with its rows and amounts, one measure a row; a known day without rows has 0."""
    facts = FACTS[item.table]
    same_day = and_(
        facts.c.store_id == scope.store_id,
        facts.c.marketplace == SCOPE.c.marketplace,
        facts.c[item.day] == SCOPE.c.day,
    )
    key = (SCOPE.c.marketplace, SCOPE.c.day, SCOPE.c.number, SCOPE.c.is_judged)
    rows = func.count(facts.c.document_id)
    return union_all(
        *(
            select(
                *key,
                literal(name or "rows", Text()).label("measure"),
                (func.max(facts.c.currency) if name and isinstance(facts.c[name].type, Micros) else NO_TEXT).label("currency"),
                rows.label("rows"),
                whole(func.coalesce(func.sum(micros(facts.c[name])), 0) if name else micros(rows)).label("amount"),
            )
            .join_from(SCOPE, facts, same_day, isouter=True)
            .group_by(*key)
            for name in ("", *item.amounts)
        )
    ).subquery()


def _past(sizes: Subquery) -> Subquery:
    """Return each judged day with the amounts it is compared with: the day before, and the same weekday of the last weeks."""
    day, past = sizes.alias(), sizes.alias()
    distance = day.c.number - past.c.number
    is_yesterday = distance == 1
    is_weekday = and_(distance > 0, distance <= 7 * WEEKS, distance % 7 == 0)
    same = and_(past.c.marketplace == day.c.marketplace, past.c.measure == day.c.measure, or_(is_yesterday, is_weekday))
    part = (day.c.marketplace, day.c.day, day.c.measure, distance == 1)
    return (
        select(
            day.c.marketplace,
            day.c.day,
            day.c.measure,
            past.c.amount,
            past.c.rows,
            cast(case((is_yesterday, 1), else_=0), BigInteger).label("is_yesterday"),
            func.row_number().over(partition_by=part, order_by=past.c.amount).label("place"),
            func.count().over(partition_by=part).label("weeks"),
        )
        .join_from(day, past, same)
        .where(day.c.is_judged.is_(True))
        .subquery()
    )


def _references(past: Subquery) -> Subquery:
    """Return for each judged day the amount of the day before, the weekday's median, and the most rows among them."""
    is_middle = and_(
        past.c.is_yesterday == 0,
        past.c.weeks >= ENOUGH_WEEKS,
        or_(past.c.place * 2 == past.c.weeks, past.c.place * 2 == past.c.weeks + 1),
    )
    return (
        select(
            past.c.marketplace,
            past.c.day,
            past.c.measure,
            func.max(case((past.c.is_yesterday == 1, past.c.amount))).label("yesterday"),
            func.max(case((is_middle, past.c.amount))).label("median"),
            func.max(past.c.rows).label("rows"),
        )
        .group_by(past.c.marketplace, past.c.day, past.c.measure)
        .subquery()
    )


def _volume(item: Sized) -> Build:
    """Build the comparison of each day with the nearer of its two references: a day that is unlike both is off."""

    def build(scope: Scope) -> Select[Any]:
        sizes = _sizes(item, scope)
        known = _references(_past(sizes))
        same = and_(*(known.c[name] == sizes.c[name] for name in ("marketplace", "day", "measure")))
        expected = nearer(sizes.c.amount, known.c.median, known.c.yesterday)
        is_small = and_(sizes.c.rows < scope.limits.minimum_rows, func.coalesce(known.c.rows, 0) < scope.limits.minimum_rows)
        return (
            select(
                sizes.c.marketplace,
                sizes.c.day,
                sizes.c.measure,
                literal("", Text()).label("subject"),
                sizes.c.currency,
                expected.label("expected"),
                sizes.c.amount.label("found"),
                case((is_small, BELOW_MINIMUM), (expected.is_(None), "no_history"), else_=NO_TEXT).label("reason"),
            )
            .join_from(sizes, known, same, isouter=True)
            .where(sizes.c.is_judged.is_(True))
        )

    return build


def _checks() -> Iterator[Check]:
    for item in SIZED:
        yield Check(
            f"{item.table}_volume",
            "magnitude",
            f"rows and amounts of the day in {item.table} with the same weekday's median and the day before",
            (Need(item.reports),),
            _volume(item),
            "Look whether the day was special (a promotion, a stop). If not, run the night again: the document may be incomplete or doubled",
        )


CHECKS: Final = tuple(_checks())
"""Checks of magnitude."""
