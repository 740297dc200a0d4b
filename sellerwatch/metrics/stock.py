"""Velocity over in-stock days, days of cover, and the stock-out rate."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Subquery,
    Table,
    and_,
    case,
    func,
    literal,
    or_,
    select,
)

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.measured_days import WINDOW_DAYS, Measuring
from sellerwatch.metrics.sales import IS_CANCELLED, LINE
from sellerwatch.metrics.shape import FINAL, NO_NUMBER, NO_TEXT, micros, total, whole
from sellerwatch.warehouse.tables.facts import FACTS

STOCK: Final = FACTS["fba_inventory"]
MIN_KNOWN_DAYS: Final = 15
"""With a snapshot for fewer of the 30 days, days without one are taken as in stock and the value is provisional."""

MIN_IN_STOCK_DAYS: Final = 3
"""Fewer in-stock days say nothing about how fast a SKU sells."""

TAKES_STOCK: Final = and_(LINE.c.fulfillment_channel == "Amazon", ~IS_CANCELLED)
"""Lines that leave Amazon's shelf, multi-channel orders included."""


def _units_by_day(measuring: Measuring) -> Subquery:
    window = measuring.window
    return (
        select(LINE.c.marketplace, LINE.c.sku, LINE.c.purchased_on.label("day"), total(LINE.c.quantity).label("units"))
        .where(
            LINE.c.store_id == measuring.store_id,
            LINE.c.purchased_on.between(window.first, window.last),
            TAKES_STOCK,
        )
        .group_by(LINE.c.marketplace, LINE.c.sku, LINE.c.purchased_on)
        .subquery("units_by_day")
    )


def _days_by_stock(measuring: Measuring) -> Subquery:
    """Count, per SKU, the days of the window with and without stock; days without a snapshot are in neither."""
    window = measuring.window
    return (
        select(
            STOCK.c.marketplace,
            STOCK.c.sku,
            total(case((STOCK.c.sellable_units > 0, 1), else_=0)).label("in_stock_days"),
            total(case((STOCK.c.sellable_units > 0, 0), else_=1)).label("out_days"),
        )
        .where(STOCK.c.store_id == measuring.store_id, STOCK.c.snapshot_on.between(window.first, window.last))
        .group_by(STOCK.c.marketplace, STOCK.c.sku)
        .subquery("days_by_stock")
    )


def _units_by_stock(measuring: Measuring) -> Subquery:
    """Sum, per SKU, the units of the window: all, those of in-stock days, and those of days known to be out of stock."""
    sold = _units_by_day(measuring)
    snapshot = and_(
        STOCK.c.store_id == measuring.store_id,
        STOCK.c.marketplace == sold.c.marketplace,
        STOCK.c.sku == sold.c.sku,
        STOCK.c.snapshot_on == sold.c.day,
    )
    return (
        select(
            sold.c.marketplace,
            sold.c.sku,
            total(sold.c.units).label("all_units"),
            total(case((STOCK.c.sellable_units > 0, sold.c.units), else_=0)).label("in_stock_units"),
            total(case((STOCK.c.sellable_units <= 0, sold.c.units), else_=0)).label("out_units"),
        )
        .select_from(sold.outerjoin(STOCK, snapshot))
        .group_by(sold.c.marketplace, sold.c.sku)
        .subquery("units_by_stock")
    )


def _pace(measuring: Measuring) -> Subquery:
    """Return, for every Amazon-fulfilled SKU of the morning's snapshot: its stock, and the units and days its pace is made of."""
    days, units = _days_by_stock(measuring), _units_by_stock(measuring)
    in_stock, out = func.coalesce(days.c.in_stock_days, 0), func.coalesce(days.c.out_days, 0)
    is_known = in_stock + out >= MIN_KNOWN_DAYS
    all_units = func.coalesce(units.c.all_units, 0)
    return (
        select(
            STOCK.c.marketplace,
            STOCK.c.sku,
            STOCK.c.sellable_units,
            STOCK.c.observed_at,
            all_units.label("all_units"),
            in_stock.label("in_stock_days"),
            out.label("out_days"),
            is_known.label("is_known"),
            case(
                (is_known, func.coalesce(units.c.in_stock_units, 0)), else_=all_units - func.coalesce(units.c.out_units, 0)
            ).label("pace_units"),
            case((is_known, in_stock), else_=WINDOW_DAYS - out).label("pace_days"),
        )
        .select_from(
            STOCK.outerjoin(days, and_(days.c.marketplace == STOCK.c.marketplace, days.c.sku == STOCK.c.sku)).outerjoin(
                units, and_(units.c.marketplace == STOCK.c.marketplace, units.c.sku == STOCK.c.sku)
            )
        )
        .where(
            STOCK.c.store_id == measuring.store_id,
            STOCK.c.snapshot_on == measuring.as_of,
            or_(STOCK.c.has_afn_listing.is_(None), STOCK.c.has_afn_listing),
        )
        .subquery("pace")
    )


def _period(measuring: Measuring) -> ColumnElement[Any]:
    return literal(measuring.as_of, Date())


def velocity_by_sku(measuring: Measuring, _: Table) -> Select[Any]:
    """Units per in-stock day."""
    pace = _pace(measuring)
    is_thin = pace.c.pace_days < MIN_IN_STOCK_DAYS
    return select(
        pace.c.marketplace,
        pace.c.sku.label("subject"),
        _period(measuring).label("period_on"),
        case((is_thin, NO_NUMBER), else_=micros(pace.c.pace_units)).label("numerator"),
        case((is_thin, NO_NUMBER), else_=micros(pace.c.pace_days)).label("denominator"),
        NO_TEXT.label("currency"),
        case((is_thin, "unknown"), (pace.c.is_known, "ok"), else_="provisional").label("status"),
        case((is_thin, "insufficient"), (pace.c.is_known, NO_TEXT), else_="short_history").label("reason"),
        FINAL.label("is_final"),
        pace.c.observed_at.label("data_through"),
    )


def cover_by_sku(measuring: Measuring, _: Table) -> Select[Any]:
    """Sellable units / velocity; nothing on the shelf of a SKU that sells, or was never seen in stock, is 0 days."""
    pace = _pace(measuring)
    never_in_stock = and_(pace.c.in_stock_days == 0, pace.c.out_days > 0)
    is_out = and_(pace.c.sellable_units <= 0, or_(pace.c.all_units > 0, never_in_stock))
    is_idle = pace.c.pace_units <= 0
    is_thin = pace.c.pace_days < MIN_IN_STOCK_DAYS
    unknown = or_(is_thin, is_idle)
    zero = literal(0, BigInteger())
    return select(
        pace.c.marketplace,
        pace.c.sku.label("subject"),
        _period(measuring).label("period_on"),
        case(
            (is_out, zero), (unknown, NO_NUMBER), else_=whole(pace.c.sellable_units) * whole(pace.c.pace_days) * MICROS_PER_UNIT
        ).label("numerator"),
        case((is_out, NO_NUMBER), (unknown, NO_NUMBER), else_=micros(pace.c.pace_units)).label("denominator"),
        NO_TEXT.label("currency"),
        case((is_out, "ok"), (unknown, "unknown"), (pace.c.is_known, "ok"), else_="provisional").label("status"),
        case(
            (is_out, "out_of_stock"),
            (is_thin, "insufficient"),
            (is_idle, "no_demand"),
            (pace.c.is_known, NO_TEXT),
            else_="short_history",
        ).label("reason"),
        FINAL.label("is_final"),
        pace.c.observed_at.label("data_through"),
    )


def stockout_rate_by_marketplace(measuring: Measuring, day: Table) -> Select[Any]:
    """SKU-days without stock / SKU-days with a snapshot, over the 30 days up to the morning and the SKUs that sold."""
    sold, window = _units_by_stock(measuring), measuring.window
    counted = (
        select(
            STOCK.c.marketplace,
            total(case((STOCK.c.sellable_units <= 0, 1), else_=0)).label("out"),
            whole(func.count()).label("known"),
            func.max(STOCK.c.observed_at).label("data_through"),
        )
        .select_from(STOCK.join(sold, and_(sold.c.marketplace == STOCK.c.marketplace, sold.c.sku == STOCK.c.sku)))
        .where(
            STOCK.c.store_id == measuring.store_id,
            STOCK.c.snapshot_on > window.first,
            STOCK.c.snapshot_on <= measuring.as_of,
            sold.c.all_units > 0,
        )
        .group_by(STOCK.c.marketplace)
        .subquery("counted")
    )
    places = select(day.c.marketplace).distinct().subquery("places")
    is_known = counted.c.known.is_not(None)
    return select(
        places.c.marketplace,
        places.c.marketplace.label("subject"),
        _period(measuring).label("period_on"),
        case((is_known, micros(counted.c.out)), else_=NO_NUMBER).label("numerator"),
        case((is_known, micros(counted.c.known)), else_=NO_NUMBER).label("denominator"),
        NO_TEXT.label("currency"),
        case((is_known, "ok"), else_="unknown").label("status"),
        case((is_known, NO_TEXT), else_="no_data").label("reason"),
        FINAL.label("is_final"),
        counted.c.data_through,
    ).select_from(places.outerjoin(counted, counted.c.marketplace == places.c.marketplace))
