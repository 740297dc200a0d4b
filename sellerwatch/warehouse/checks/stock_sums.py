"""Stock as several feeds tell it: the ledger with itself, with its events, and with the inventory reports."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, case, exists, func, literal, select

from sellerwatch.warehouse.checks.check import SCOPE, Check, Need, Scope
from sellerwatch.warehouse.checks.sides import NO_TEXT, Side, compare, micros, nearer, of_the_scope, whole
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS

LEDGER: Final = Need(("ledger_summary",))
INVENTORY: Final = Need(("fba_inventory",))

_LEDGER, _EVENT, _STOCK = FACTS["ledger_summary"], FACTS["ledger_event"], FACTS["fba_inventory"]
_PLAN = FACTS["inventory_planning"]
_BALANCE: Final = ("fnsku", "asin", "sku", "disposition", "location")
"""What a ledger balance is of, beside its day."""

_FLOWS: Final = (
    "received_units",
    "customer_shipped_units",
    "customer_returned_units",
    "vendor_returned_units",
    "transferred_units",
    "found_units",
    "lost_units",
    "damaged_units",
    "disposed_units",
    "other_event_units",
    "unknown_event_units",
)
"""Everything that changes a balance; outflows are negative."""


def _moved() -> ColumnElement[int]:
    return reduce(add, (func.coalesce(_LEDGER.c[name], 0) for name in _FLOWS))


def _named(*columns: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the names of a balance as one text."""
    texts: list[ColumnElement[str]] = [func.coalesce(column, "") for column in columns]
    return reduce(lambda left, right: left + " " + right, texts)


_BALANCE_NAME: Final = _named(_LEDGER.c.sku, _LEDGER.c.disposition, _LEDGER.c.location)


def _rows_balance(scope: Scope) -> Select[Any]:
    """Compare the end of each balance with its start and what moved.

    Whether units between warehouses belong to the balance Amazon does not say: the nearer of both readings counts.
    """
    end = micros(_LEDGER.c.ending_units)
    start = func.coalesce(_LEDGER.c.starting_units, 0) + _moved()
    expected = nearer(end, micros(start), micros(start + func.coalesce(_LEDGER.c.in_transit_units, 0)))
    return select(
        _LEDGER.c.marketplace,
        SCOPE.c.day,
        literal("ending_units", Text()).label("measure"),
        _BALANCE_NAME.label("subject"),
        NO_TEXT.label("currency"),
        expected.label("expected"),
        end.label("found"),
        NO_TEXT.label("reason"),
    ).select_from(InOrder(SCOPE, _LEDGER, of_the_scope(_LEDGER, scope, "balance_on")))


def _days_join(scope: Scope) -> Select[Any]:
    """Compare each day's start with the end of the day before, where that day is known too."""
    before = _LEDGER.alias()
    same = [before.c[name] == _LEDGER.c[name] for name in ("store_id", "marketplace", "period", *_BALANCE)]
    start = select(
        _LEDGER.c.marketplace,
        SCOPE.c.day,
        literal("starting_units", Text()).label("measure"),
        _BALANCE_NAME.label("subject"),
        NO_TEXT.label("currency"),
        micros(func.coalesce(before.c.ending_units, 0)).label("expected"),
        micros(_LEDGER.c.starting_units).label("found"),
        NO_TEXT.label("reason"),
    )
    return (
        start.select_from(InOrder(SCOPE, _LEDGER, of_the_scope(_LEDGER, scope, "balance_on")))
        .outerjoin(before, and_(*same, before.c.balance_on == SCOPE.c.day_before))
        .where(_LEDGER.c.period == "DAY", SCOPE.c.known_before == SCOPE.c.day_before, _was_there_before(scope))
    )


def _was_there_before(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the ledger said anything of the SKU the day before; it may list what is new only from then on."""
    known = _LEDGER.alias()
    return exists().where(
        known.c.store_id == scope.store_id,
        *(known.c[name] == _LEDGER.c[name] for name in ("marketplace", "period", "fnsku", "sku")),
        known.c.balance_on == SCOPE.c.day_before,
    )


def _events(scope: Scope) -> Select[Any]:
    """Compare what moved by the summary with the sum of the events, per stock and disposition."""
    return compare(
        scope,
        Side(
            "ledger_summary",
            "balance_on",
            {"moved_units": micros(_moved())},
            subject=_named(_LEDGER.c.fnsku, _LEDGER.c.sku, _LEDGER.c.disposition),
            where=(_LEDGER.c.period == "DAY",),
        ),
        Side(
            "ledger_event",
            "happened_on",
            {"moved_units": "units"},
            subject=_named(_EVENT.c.fnsku, _EVENT.c.sku, _EVENT.c.disposition),
        ),
    )


def _ledger_and_inventory(scope: Scope) -> Select[Any]:
    """Compare the sellable stock at the day's end with the next morning's snapshot.

    A unit under order may have left the ledger or not, so anything between the sellable units and those with the reserved
    ones is as expected.
    """
    ended = (
        select(_LEDGER.c.marketplace, SCOPE.c.day, _LEDGER.c.sku, whole(func.sum(_LEDGER.c.ending_units)).label("units"))
        .select_from(InOrder(SCOPE, _LEDGER, of_the_scope(_LEDGER, scope, "balance_on")))
        .where(_LEDGER.c.period == "DAY", _LEDGER.c.disposition == "SELLABLE")
        .group_by(_LEDGER.c.marketplace, SCOPE.c.day, _LEDGER.c.sku)
        .subquery()
    )
    low = _STOCK.c.sellable_units
    high = low + func.coalesce(_STOCK.c.reserved_units, 0)
    expected = case((ended.c.units < low, low), (ended.c.units > high, high), else_=ended.c.units)
    return (
        select(
            ended.c.marketplace,
            ended.c.day,
            literal("sellable_units", Text()).label("measure"),
            ended.c.sku.label("subject"),
            NO_TEXT.label("currency"),
            micros(expected).label("expected"),
            micros(ended.c.units).label("found"),
            NO_TEXT.label("reason"),
        )
        .join_from(ended, SCOPE, and_(SCOPE.c.marketplace == ended.c.marketplace, SCOPE.c.day == ended.c.day))
        .join(
            _STOCK,
            and_(
                _STOCK.c.store_id == scope.store_id,
                _STOCK.c.marketplace == ended.c.marketplace,
                _STOCK.c.snapshot_on == SCOPE.c.next_day,
                _STOCK.c.sku == ended.c.sku,
            ),
        )
    )


def _planning(scope: Scope) -> Select[Any]:
    """Compare the sellable units of the SKUs that both reports list; planning leaves out most that are sold out."""
    sellable = {"sellable_units": "sellable_units"}
    return compare(
        scope,
        Side("fba_inventory", "snapshot_on", sellable, subject=_STOCK.c.sku),
        Side("inventory_planning", "snapshot_on", sellable, subject=_PLAN.c.sku),
        only_common=True,
    )


def _restock(scope: Scope) -> Select[Any]:
    return compare(
        scope,
        Side("fba_inventory", "snapshot_on", {"sellable_units": "sellable_units"}, subject=_STOCK.c.sku),
        Side("restock", "snapshot_on", {"sellable_units": "available_units"}, subject=FACTS["restock"].c.sku),
        only_common=True,
    )


_LOOK: Final = "Compare the named SKUs in Seller Central; the inventory report is what alerts go by"

CHECKS: Final = (
    Check(
        "ledger_rows_balance",
        "sums",
        "the end of each ledger balance with its start and what moved",
        (LEDGER,),
        _rows_balance,
        "Run the night again: it asks for the day anew. If the difference stays, Amazon's ledger is wrong for the SKU; open a case",
    ),
    Check(
        "ledger_days_join",
        "sums",
        "each day's start in the ledger with the end of the day before",
        (LEDGER,),
        _days_join,
        "Run the night again: it asks for both days anew. Until then do not use the ledger's balances of the named SKUs",
    ),
    Check(
        "ledger_events_vs_summary",
        "sums",
        "what moved by the ledger's summary with the sum of its events",
        (LEDGER, Need(("ledger_detail",))),
        _events,
        "Run the night again: it asks for the day anew. If the difference stays, events are missing from one of the reports",
    ),
    Check(
        "ledger_vs_inventory",
        "sums",
        "sellable stock at the day's end by the ledger with the next morning's inventory report",
        (LEDGER, Need(("fba_inventory",), shift=1)),
        _ledger_and_inventory,
        _LOOK,
    ),
    Check(
        "planning_vs_inventory",
        "sums",
        "sellable units of each SKU by the planning report with the inventory report",
        (INVENTORY, Need(("inventory_planning",))),
        _planning,
        _LOOK,
    ),
    Check(
        "restock_vs_inventory",
        "sums",
        "sellable units of each SKU by the restock report with the inventory report",
        (INVENTORY, Need(("restock",))),
        _restock,
        _LOOK,
    ),
)
"""Checks that add up stock."""
