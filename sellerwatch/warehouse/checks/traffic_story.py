"""Whether visits and orders tell the same story: conversion in its own band, no sales without visits, no visits that stop buying."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, Subquery, Text, and_, case, func, literal, select, union_all

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.warehouse.checks.bands import FOUR_WEEKS, band, observed, on_known_day, per_hundred
from sellerwatch.warehouse.checks.check import SCOPE, Check, Need, Scope
from sellerwatch.warehouse.checks.sales_sums import SALES_TRAFFIC
from sellerwatch.warehouse.checks.sides import BELOW_MINIMUM, NO_TEXT, ONE, days_after, micros, of_the_scope, whole
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS

TRENDS: Final = Need(("sales_traffic_trends",))
_DAY, _ASIN, _TREND = FACTS["sales_traffic_day"], FACTS["sales_traffic_asin_day"], FACTS["sales_traffic_trends_asin_day"]
_STOCK = FACTS["fba_inventory"]

RATE_DAYS: Final = 28
"""Days over which a product's usual rate of units per session is taken."""


def _conversion(scope: Scope) -> Select[Any]:
    """Compare the day's units per session, and its share of sessions in the app, with the last four weeks."""
    in_app, in_browser = _DAY.c.mobile_app_sessions, _DAY.c.browser_sessions
    sessions = func.coalesce(_DAY.c.sessions, 0)
    series = union_all(
        select(
            *observed(
                "unit_session_pct", place=SCOPE, value=per_hundred(_DAY.c.units_ordered, _DAY.c.sessions), volume=sessions
            )
        ).select_from(InOrder(SCOPE, _DAY, on_known_day(_DAY, scope, "sold_on"))),
        select(
            *observed("app_session_pct", place=SCOPE, value=per_hundred(in_app, in_app + in_browser), volume=sessions)
        ).select_from(InOrder(SCOPE, _DAY, on_known_day(_DAY, scope, "sold_on"))),
    ).subquery()
    return band(scope, select(series), FOUR_WEEKS)


def _product_conversion(scope: Scope) -> Select[Any]:
    """Compare each product's units per session with its last four weeks."""
    units, sessions = func.sum(_TREND.c.units_ordered), func.coalesce(func.sum(_TREND.c.sessions), 0)
    series = (
        select(
            *observed(
                "unit_session_pct",
                place=SCOPE,
                subject=_TREND.c.child_asin,
                value=per_hundred(units, sessions),
                volume=sessions,
            )
        )
        .select_from(InOrder(SCOPE, _TREND, on_known_day(_TREND, scope, "sold_on")))
        .group_by(SCOPE.c.marketplace, SCOPE.c.day, SCOPE.c.number, SCOPE.c.is_judged, _TREND.c.child_asin)
    )
    return band(scope, series, FOUR_WEEKS)


def _sales_without_sessions(scope: Scope) -> Select[Any]:
    """Compare whether there were sessions with whether there were sales, of the day and of each product.

    A single sale needs no visit on its own day: a subscription repeats itself, and who looked before midnight may buy after it.
    """
    of_day = (
        select(_DAY.c.marketplace, SCOPE.c.day, literal("", Text()).label("subject"), _DAY.c.units_ordered, _DAY.c.sessions)
        .select_from(InOrder(SCOPE, _DAY, of_the_scope(_DAY, scope, "sold_on")))
        .subquery()
    )
    of_product = (
        select(_ASIN.c.marketplace, SCOPE.c.day, _ASIN.c.item.label("subject"), _ASIN.c.units_ordered, _ASIN.c.sessions)
        .select_from(InOrder(SCOPE, _ASIN, of_the_scope(_ASIN, scope, "sold_on")))
        .where(_ASIN.c.asin_granularity == "CHILD")
        .subquery()
    )
    parts = [_visited(scope, of_day, "sessions"), _visited(scope, of_product, "product_sessions")]
    return select(union_all(*parts).subquery())


def _visited(scope: Scope, sold: Subquery, measure: str) -> Select[Any]:
    """Return whether what sold was visited: 1 is expected, and 0 is found without a session."""
    is_small = sold.c.units_ordered < scope.limits.minimum_rows
    return select(
        sold.c.marketplace,
        sold.c.day,
        literal(measure, Text()).label("measure"),
        sold.c.subject,
        NO_TEXT.label("currency"),
        ONE.label("expected"),
        case((sold.c.sessions.is_(None), None), (sold.c.sessions > 0, MICROS_PER_UNIT), else_=0).label("found"),
        case((is_small, BELOW_MINIMUM), (sold.c.sessions.is_(None), "no_data"), else_=NO_TEXT).label("reason"),
    ).where(sold.c.units_ordered > 0)


def _sessions_without_sales(scope: Scope) -> Select[Any]:
    """Compare a product's units with what as many sessions usually bring, where none were sold though it was in stock.

    Of a product that sold anything the units themselves are expected: how well it sells is the business of the bands.
    """
    shown, usual, stock = _shown(scope), _usual_rates(scope), _in_stock(scope)
    same = [usual.c[name] == shown.c[name] for name in ("marketplace", "day", "asin")]
    in_stock = [stock.c[name] == shown.c[name] for name in ("marketplace", "day", "asin")]
    likely = micros(shown.c.sessions) * usual.c.units // usual.c.sessions
    has_past = func.coalesce(usual.c.sessions, 0) > 0
    return (
        select(
            shown.c.marketplace,
            shown.c.day,
            literal("units", Text()).label("measure"),
            shown.c.asin.label("subject"),
            NO_TEXT.label("currency"),
            case((shown.c.units > 0, micros(shown.c.units)), (has_past, whole(likely))).label("expected"),
            micros(shown.c.units).label("found"),
            case((shown.c.sessions < scope.limits.minimum_rows, BELOW_MINIMUM), (has_past, NO_TEXT), else_="no_history").label(
                "reason"
            ),
        )
        .join_from(shown, stock, and_(*in_stock))
        .outerjoin(usual, and_(*same))
    )


def _shown(scope: Scope) -> Subquery:
    return (
        select(
            _TREND.c.marketplace,
            SCOPE.c.day,
            _TREND.c.child_asin.label("asin"),
            whole(func.coalesce(func.sum(_TREND.c.units_ordered), 0)).label("units"),
            whole(func.coalesce(func.sum(_TREND.c.sessions), 0)).label("sessions"),
        )
        .select_from(InOrder(SCOPE, _TREND, of_the_scope(_TREND, scope, "sold_on")))
        .group_by(_TREND.c.marketplace, SCOPE.c.day, _TREND.c.child_asin)
        .subquery("shown")
    )


def _usual_rates(scope: Scope) -> Subquery:
    """Return each product's units and sessions of the four weeks before each judged day."""
    is_before = and_(
        _TREND.c.store_id == scope.store_id,
        _TREND.c.marketplace == SCOPE.c.marketplace,
        _TREND.c.sold_on < SCOPE.c.day,
        _TREND.c.sold_on >= days_after(SCOPE.c.day, -RATE_DAYS),
        SCOPE.c.is_judged.is_(True),
    )
    return (
        select(
            _TREND.c.marketplace,
            SCOPE.c.day,
            _TREND.c.child_asin.label("asin"),
            whole(func.sum(_TREND.c.units_ordered)).label("units"),
            whole(func.sum(_TREND.c.sessions)).label("sessions"),
        )
        .select_from(InOrder(SCOPE, _TREND, is_before))
        .group_by(_TREND.c.marketplace, SCOPE.c.day, _TREND.c.child_asin)
        .subquery("usual")
    )


def _in_stock(scope: Scope) -> Subquery:
    """Return the products that could be bought on the morning of each judged day and on the next one."""
    morning = and_(
        _STOCK.c.store_id == scope.store_id,
        _STOCK.c.marketplace == SCOPE.c.marketplace,
        _STOCK.c.snapshot_on.in_((SCOPE.c.day, SCOPE.c.next_day)),
        SCOPE.c.is_judged.is_(True),
    )
    at_first, at_last = (
        func.sum(case((_STOCK.c.snapshot_on == day, _STOCK.c.sellable_units), else_=0))
        for day in (SCOPE.c.day, SCOPE.c.next_day)
    )
    return (
        select(SCOPE.c.marketplace, SCOPE.c.day, _STOCK.c.asin)
        .select_from(InOrder(SCOPE, _STOCK, morning))
        .group_by(SCOPE.c.marketplace, SCOPE.c.day, _STOCK.c.asin)
        .having(and_(at_first > 0, at_last > 0))
        .subquery("stock")
    )


_LOOK_FIRST: Final = "Look first whether a promotion, a price or a change of the listing explains it"

CHECKS: Final = (
    Check(
        "conversion_band",
        "integrity",
        "units per session, and the share of sessions in the app, with the marketplace's own last four weeks",
        (SALES_TRAFFIC,),
        _conversion,
        f"{_LOOK_FIRST}; if nothing does, visits or orders are not what they seem: sample the day's orders in Seller Central",
    ),
    Check(
        "product_conversion_band",
        "integrity",
        "each product's units per session with its own last four weeks",
        (TRENDS,),
        _product_conversion,
        f"{_LOOK_FIRST}; if nothing does, sample the named product's orders of the day in Seller Central",
    ),
    Check(
        "sales_without_sessions",
        "integrity",
        "whether what sold was visited: the day as a whole, and each product",
        (SALES_TRAFFIC,),
        _sales_without_sessions,
        "Run the night again: Amazon may publish sessions later than sales. If they stay 0, sample the named products' orders",
    ),
    Check(
        "sessions_without_sales",
        "integrity",
        "the units of each visited product with what as many sessions usually bring, where it was in stock and sold none",
        (TRENDS, Need(("fba_inventory",)), Need(("fba_inventory",), shift=1)),
        _sessions_without_sales,
        "Look whether the named product can be bought: offer, price, delivery promise. If it can, the visits are not buyers",
    ),
)
"""Checks of what visits and orders say of each other."""
