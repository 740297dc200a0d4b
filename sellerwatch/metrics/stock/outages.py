"""What being out of stock comes to: Amazon's in-stock rate, and the sales that were lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Select, Subquery, Table, and_, case, func, literal, or_, select

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.sales import IS_VALID, LINE
from sellerwatch.metrics.shape import FINAL, NO_NUMBER, NO_TEXT, micros, raw_micros, total, whole
from sellerwatch.metrics.stock.cover import (
    IS_IN_STOCK,
    IS_OUT,
    MIN_IN_STOCK_DAYS,
    PACE,
    STOCK,
    TAKES_STOCK,
    night_of,
    ratio_by_marketplace,
)

WEIGHT_DAYS: Final = 60
"""Amazon weighs a SKU's days in stock by what it sold in so many days."""


def in_stock_rate_by_marketplace(measuring: Measuring, day: Table) -> Select[Any]:
    """Shares of days in stock, over the 30 mornings up to the night's, weighted by the units that left the shelf in 60 days."""
    shares = _in_stock_shares(measuring)
    counted = (
        select(
            shares.c.marketplace,
            total(shares.c.units * MICROS_PER_UNIT * shares.c.in_stock_days // shares.c.known_days).label("in_stock"),
            total(shares.c.units).label("units"),
            func.max(shares.c.data_through).label("data_through"),
        )
        .group_by(shares.c.marketplace)
        .subquery("weighted")
    )
    return ratio_by_marketplace(measuring, day, counted, counted.c.in_stock, micros(counted.c.units))


def _in_stock_shares(measuring: Measuring) -> Subquery:
    """Count, per SKU that sold in 60 days, its mornings with stock and those of which its stock is known."""
    sold = (
        select(LINE.c.marketplace, LINE.c.sku, total(LINE.c.quantity).label("units"))
        .where(
            *measuring.owns(LINE),
            LINE.c.purchased_on.between(measuring.as_of - timedelta(days=WEIGHT_DAYS), measuring.window.last),
            TAKES_STOCK,
        )
        .group_by(LINE.c.marketplace, LINE.c.sku)
        .subquery("sold")
    )
    return (
        select(
            STOCK.c.marketplace,
            sold.c.units,
            total(case((IS_IN_STOCK, 1), else_=0)).label("in_stock_days"),
            whole(func.count()).label("known_days"),
            func.max(STOCK.c.observed_at).label("data_through"),
        )
        .select_from(STOCK.join(sold, and_(sold.c.marketplace == STOCK.c.marketplace, sold.c.sku == STOCK.c.sku)))
        .where(
            *measuring.owns(STOCK),
            STOCK.c.snapshot_on > measuring.window.first,
            STOCK.c.snapshot_on <= measuring.as_of,
            or_(IS_IN_STOCK, IS_OUT),
            sold.c.units > 0,
        )
        .group_by(STOCK.c.marketplace, STOCK.c.sku, sold.c.units)
        .subquery("shares")
    )


def _prices(measuring: Measuring, places: Subquery) -> Subquery:
    """Return the mean price of a unit of each SKU over the window, in millionths of the marketplace's currency."""
    window = measuring.window
    units = total(LINE.c.quantity)
    return (
        select(
            LINE.c.marketplace,
            LINE.c.sku,
            case((units > 0, total(raw_micros(LINE.c.item_price_amount)) // units)).label("price"),
        )
        .select_from(LINE.join(places, places.c.marketplace == LINE.c.marketplace))
        .where(
            *measuring.owns(LINE),
            LINE.c.purchased_on.between(window.first, window.last),
            IS_VALID,
            LINE.c.item_price_amount.is_not(None),
            LINE.c.quantity > 0,
            LINE.c.currency == places.c.currency,
        )
        .group_by(LINE.c.marketplace, LINE.c.sku)
        .subquery("prices")
    )


def _losses(measuring: Measuring, day: Table) -> Subquery:
    """Return, for every offered SKU of the morning, the sales lost in the window, or why they are not known."""
    places = select(day.c.marketplace, day.c.currency).distinct().subquery("places_of_prices")
    pace, prices = PACE, _prices(measuring, places)
    why_unknown = case(
        (pace.c.out_days == 0, NO_TEXT),
        (pace.c.pace_days < MIN_IN_STOCK_DAYS, "insufficient"),
        (pace.c.pace_units <= 0, NO_TEXT),
        (prices.c.price.is_(None), "no_price"),
        else_=NO_TEXT,
    )
    is_nothing = or_(pace.c.out_days == 0, pace.c.pace_units <= 0)
    lost = whole(pace.c.out_days) * whole(pace.c.pace_units) * prices.c.price // whole(pace.c.pace_days)
    return (
        select(
            pace.c.marketplace,
            pace.c.sku,
            places.c.currency,
            case((why_unknown.is_not(None), NO_NUMBER), (is_nothing, literal(0, BigInteger())), else_=lost).label("lost"),
            why_unknown.label("why_unknown"),
            and_(~pace.c.is_known, pace.c.out_days > 0).label("is_short"),
            pace.c.observed_at,
        )
        .select_from(
            pace.join(places, places.c.marketplace == pace.c.marketplace).outerjoin(
                prices, and_(prices.c.marketplace == pace.c.marketplace, prices.c.sku == pace.c.sku)
            )
        )
        .where(pace.c.is_listed)
        .subquery("losses")
    )


def stockout_loss_by_sku(measuring: Measuring, day: Table) -> Select[Any]:
    """Days out of stock x units a day in stock x price of a unit."""
    lost = _losses(measuring, day)
    return select(
        lost.c.marketplace,
        lost.c.sku.label("subject"),
        night_of(measuring).label("period_on"),
        lost.c.lost.label("numerator"),
        NO_NUMBER.label("denominator"),
        lost.c.currency,
        case((lost.c.why_unknown.is_not(None), "unknown"), (lost.c.is_short, "provisional"), else_="ok").label("status"),
        case((lost.c.why_unknown.is_not(None), lost.c.why_unknown), (lost.c.is_short, "short_history"), else_=NO_TEXT).label(
            "reason"
        ),
        FINAL.label("is_final"),
        lost.c.observed_at.label("data_through"),
    )


def stockout_loss_by_marketplace(measuring: Measuring, day: Table) -> Select[Any]:
    """Sum of the SKUs' lost sales; those that are not known are missing in it."""
    lost = _losses(measuring, day)
    added = (
        select(
            lost.c.marketplace,
            whole(func.sum(lost.c.lost)).label("lost"),
            total(case((lost.c.why_unknown.is_not(None), 1), else_=0)).label("unknown"),
            total(case((lost.c.is_short, 1), else_=0)).label("short"),
            func.max(lost.c.observed_at).label("data_through"),
        )
        .group_by(lost.c.marketplace)
        .subquery("added")
    )
    places = select(day.c.marketplace, day.c.currency).distinct().subquery("places")
    is_known = added.c.lost.is_not(None)
    doubt = case((added.c.unknown > 0, "missing_skus"), (added.c.short > 0, "short_history"), else_=NO_TEXT)
    return select(
        places.c.marketplace,
        places.c.marketplace.label("subject"),
        night_of(measuring).label("period_on"),
        added.c.lost.label("numerator"),
        NO_NUMBER.label("denominator"),
        places.c.currency,
        case((~is_known, "unknown"), (doubt.is_not(None), "provisional"), else_="ok").label("status"),
        case((~is_known, "no_data"), else_=doubt).label("reason"),
        FINAL.label("is_final"),
        added.c.data_through,
    ).select_from(places.outerjoin(added, added.c.marketplace == places.c.marketplace))
