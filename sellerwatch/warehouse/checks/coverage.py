"""Coverage: no SKU vanishes from a report, no day is left out, no marketplace is empty where another one is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, Text, and_, case, exists, literal, select

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.warehouse.checks.check import SCOPE, Build, Check, Need, Scope
from sellerwatch.warehouse.checks.sales_sums import ORDERS
from sellerwatch.warehouse.checks.sides import NO_TEXT, ONE, micros
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS


class Listing(NamedTuple):
    """A table that lists the same things in each document."""

    table: str
    reports: tuple[str, ...]
    day: str
    subject: str


LISTINGS: Final = (
    Listing("fba_inventory", ("fba_inventory",), "snapshot_on", "sku"),
    Listing("inventory_planning", ("inventory_planning",), "snapshot_on", "sku"),
    Listing("merchant_listing", ("merchant_listings",), "snapshot_on", "sku"),
    Listing("restock", ("restock",), "snapshot_on", "sku"),
    Listing("fee_preview", ("fee_preview",), "snapshot_on", "sku"),
    Listing("sales_traffic_asin_day", ("sales_traffic",), "sold_on", "item"),
    Listing("ledger_summary", ("ledger_summary",), "balance_on", "sku"),
)


def _listed(item: Listing) -> Build:
    """Build the comparison of what the document before listed with what the newest one lists."""
    before, now = FACTS[item.table].alias(), FACTS[item.table].alias()
    subject = before.c[item.subject]

    def build(scope: Scope) -> Select[Any]:
        is_still_listed = exists().where(
            now.c.store_id == scope.store_id,
            now.c.marketplace == SCOPE.c.marketplace,
            now.c[item.day] == SCOPE.c.day,
            now.c[item.subject] == subject,
        )
        listed = and_(
            before.c.store_id == scope.store_id,
            before.c.marketplace == SCOPE.c.marketplace,
            before.c[item.day] == SCOPE.c.known_before,
            SCOPE.c.is_judged.is_(True),
        )
        return (
            select(
                SCOPE.c.marketplace,
                SCOPE.c.day,
                literal(f"{item.subject}s", Text()).label("measure"),
                subject.label("subject"),
                NO_TEXT.label("currency"),
                ONE.label("expected"),
                case((is_still_listed, MICROS_PER_UNIT), else_=0).label("found"),
                NO_TEXT.label("reason"),
            )
            .select_from(InOrder(SCOPE, before, listed))
            .distinct()
        )

    return build


DAILY: Final = (
    ("orders", ORDERS.reports),
    ("sales_traffic", ("sales_traffic",)),
    ("ledger_summary", ("ledger_summary",)),
    ("ledger_detail", ("ledger_detail",)),
    ("economics", ("economics",)),
    ("ads_sp_campaigns", ("ads_sp_campaigns",)),
    ("ads_sp_products", ("ads_sp_products",)),
)
"""Feeds of which every day is wanted, by the name of their check."""


def _days(_scope: Scope) -> Select[Any]:
    """Compare the distance between a known day and the one before it with one day."""
    return select(
        SCOPE.c.marketplace,
        SCOPE.c.day,
        literal("days", Text()).label("measure"),
        literal("", Text()).label("subject"),
        NO_TEXT.label("currency"),
        ONE.label("expected"),
        micros(SCOPE.c.number - SCOPE.c.number_before).label("found"),
        NO_TEXT.label("reason"),
    ).where(SCOPE.c.is_judged.is_(True), SCOPE.c.number_before.is_not(None))


PLACED: Final = (
    ("fba_inventory", ("fba_inventory",), "snapshot_on"),
    ("inventory_planning", ("inventory_planning",), "snapshot_on"),
    ("sales_traffic_day", ("sales_traffic",), "sold_on"),
)
"""Tables in which every marketplace has rows on a day on which another one has."""


def _present(table: str, day: str) -> Build:
    """Build the comparison of each marketplace with the others of the store: rows here where there are rows there."""

    def build(scope: Scope) -> Select[Any]:
        facts = FACTS[table]
        ours = (facts.c.store_id == scope.store_id, facts.c.marketplace.in_(scope.places), facts.c[day] == SCOPE.c.day)
        is_here = exists().where(*ours, facts.c.marketplace == SCOPE.c.marketplace)
        is_elsewhere = exists().where(*ours, facts.c.marketplace != SCOPE.c.marketplace)
        return select(
            SCOPE.c.marketplace,
            SCOPE.c.day,
            literal("marketplaces", Text()).label("measure"),
            SCOPE.c.marketplace.label("subject"),
            NO_TEXT.label("currency"),
            ONE.label("expected"),
            case((is_here, MICROS_PER_UNIT), else_=0).label("found"),
            NO_TEXT.label("reason"),
        ).where(SCOPE.c.is_judged.is_(True), is_elsewhere)

    return build


def _checks() -> Iterator[Check]:
    for item in LISTINGS:
        yield Check(
            f"{item.table}_coverage",
            "coverage",
            f"what {item.table} lists with what the document before listed",
            (Need(item.reports),),
            _listed(item),
            "Look in Seller Central whether the named ones were deleted or suppressed; what a report no longer lists is unknown, not fine",
        )
    for name, reports in DAILY:
        yield Check(
            f"{name}_days",
            "coverage",
            f"the days of {name}: none should be missing between two that are there",
            (Need(reports),),
            _days,
            "Pull the missing days: raise history_days of the report in reports.yaml so that it reaches them, and run the night again",
            is_settled=False,
        )
    for table, reports, day in PLACED:
        yield Check(
            f"{table}_marketplaces",
            "coverage",
            f"the marketplaces with rows in {table}: all where one has",
            (Need(reports),),
            _present(table, day),
            "Look whether the account still sells in the marketplace; if not, take it out of stores.yaml. If so, open a case with the report's id",
        )


CHECKS: Final = tuple(_checks())
"""Checks of coverage."""
