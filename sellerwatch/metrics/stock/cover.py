"""Velocity over in-stock days, days of cover, and the stock-out rate."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    MetaData,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
)

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.measured_days import WINDOW_DAYS, Measuring
from sellerwatch.metrics.sales import IS_CANCELLED, LINE
from sellerwatch.metrics.shape import FINAL, NO_NUMBER, NO_TEXT, micros, total, whole
from sellerwatch.metrics.stock.lifecycle import stage_on
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.types import Instant

STOCK: Final = FACTS["fba_inventory"]
MIN_KNOWN_DAYS: Final = 15
"""With a snapshot of the marketplace for fewer of the 30 days, days without one are taken as in stock and the value is provisional."""

MIN_IN_STOCK_DAYS: Final = 3
"""Fewer in-stock days say nothing about how fast a SKU sells."""

TAKES_STOCK: Final = and_(LINE.c.fulfillment_channel == "Amazon", ~IS_CANCELLED)
"""Lines that leave Amazon's shelf, multi-channel orders included."""

IS_LISTED: Final = or_(STOCK.c.has_afn_listing.is_(None), STOCK.c.has_afn_listing)
IS_IN_STOCK: Final = and_(IS_LISTED, STOCK.c.sellable_units > 0)
IS_OUT: Final = and_(IS_LISTED, STOCK.c.sellable_units <= 0)
"""A day with a blank stock cell, or without an offer that Amazon ships, is neither in stock nor out."""

PACE: Final = Table(
    "pace",
    MetaData(),
    Column("marketplace", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("sellable_units", BigInteger),
    Column("observed_at", Instant, nullable=False),
    Column("is_listed", Boolean, nullable=False),
    Column("all_units", BigInteger, nullable=False),
    Column("in_stock_days", BigInteger, nullable=False),
    Column("out_days", BigInteger, nullable=False),
    Column("is_known", Boolean, nullable=False),
    Column("pace_units", BigInteger, nullable=False),
    Column("pace_days", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The temporary table of every SKU of the morning's snapshot: its stock, and the units and days that its pace is made of."""


def _units_by_day(measuring: Measuring) -> Subquery:
    window = measuring.window
    return (
        select(LINE.c.marketplace, LINE.c.sku, LINE.c.purchased_on.label("day"), total(LINE.c.quantity).label("units"))
        .where(
            *measuring.owns(LINE),
            LINE.c.purchased_on.between(window.first, window.last),
            TAKES_STOCK,
        )
        .group_by(LINE.c.marketplace, LINE.c.sku, LINE.c.purchased_on)
        .subquery("units_by_day")
    )


def _snapshot_days(measuring: Measuring) -> Subquery:
    """List the days of the window on which the marketplace has a snapshot of any SKU."""
    window = measuring.window
    return (
        select(STOCK.c.marketplace, STOCK.c.snapshot_on)
        .where(*measuring.owns(STOCK), STOCK.c.snapshot_on.between(window.first, window.last))
        .distinct()
        .subquery("snapshot_days")
    )


def _known_days(measuring: Measuring) -> Subquery:
    days = _snapshot_days(measuring)
    counted = whole(func.count()).label("known_days")
    return select(days.c.marketplace, counted).group_by(days.c.marketplace).subquery("known_days")


def _days_by_stock(measuring: Measuring) -> Subquery:
    """Count, per SKU, the days of the window with and without stock."""
    window = measuring.window
    return (
        select(
            STOCK.c.marketplace,
            STOCK.c.sku,
            total(case((IS_IN_STOCK, 1), else_=0)).label("in_stock_days"),
            total(case((IS_OUT, 1), else_=0)).label("out_days"),
        )
        .where(*measuring.owns(STOCK), STOCK.c.snapshot_on.between(window.first, window.last))
        .group_by(STOCK.c.marketplace, STOCK.c.sku)
        .subquery("days_by_stock")
    )


def _units_by_stock(measuring: Measuring) -> Subquery:
    """Sum, per SKU, the units of the window: all, those of in-stock days, and those of days without any snapshot."""
    sold, days = _units_by_day(measuring), _snapshot_days(measuring)
    snapshot = and_(
        STOCK.c.store_id == measuring.store_id,
        STOCK.c.marketplace == sold.c.marketplace,
        STOCK.c.sku == sold.c.sku,
        STOCK.c.snapshot_on == sold.c.day,
    )
    same_day = and_(days.c.marketplace == sold.c.marketplace, days.c.snapshot_on == sold.c.day)
    return (
        select(
            sold.c.marketplace,
            sold.c.sku,
            total(sold.c.units).label("all_units"),
            total(case((IS_IN_STOCK, sold.c.units), else_=0)).label("in_stock_units"),
            total(case((days.c.snapshot_on.is_(None), sold.c.units), else_=0)).label("unseen_units"),
        )
        .select_from(sold.outerjoin(STOCK, snapshot).outerjoin(days, same_day))
        .group_by(sold.c.marketplace, sold.c.sku)
        .subquery("units_by_stock")
    )


def fill_pace(connection: Connection, measuring: Measuring) -> None:
    """Create the temporary table and fill it: several measures read it, and a month of stock and orders is behind each SKU."""
    PACE.create(connection)
    connection.execute(insert(PACE).from_select([column.name for column in PACE.columns], _pace(measuring)))


def _pace(measuring: Measuring) -> Select[Any]:
    """Return the rows of `PACE`.

    Its pace is that of its in-stock days. While the marketplace has too few snapshots, the days without any are added.
    """
    days, units, known = _days_by_stock(measuring), _units_by_stock(measuring), _known_days(measuring)
    known_days = func.coalesce(known.c.known_days, 0)
    is_known = known_days >= MIN_KNOWN_DAYS
    in_stock_days = func.coalesce(days.c.in_stock_days, 0)
    in_stock_units = func.coalesce(units.c.in_stock_units, 0)
    joined = (
        STOCK.outerjoin(days, and_(days.c.marketplace == STOCK.c.marketplace, days.c.sku == STOCK.c.sku))
        .outerjoin(units, and_(units.c.marketplace == STOCK.c.marketplace, units.c.sku == STOCK.c.sku))
        .outerjoin(known, known.c.marketplace == STOCK.c.marketplace)
    )
    return (
        select(
            STOCK.c.marketplace,
            STOCK.c.sku,
            STOCK.c.sellable_units,
            STOCK.c.observed_at,
            IS_LISTED.label("is_listed"),
            func.coalesce(units.c.all_units, 0).label("all_units"),
            in_stock_days.label("in_stock_days"),
            func.coalesce(days.c.out_days, 0).label("out_days"),
            is_known.label("is_known"),
            case(
                (is_known, in_stock_units),
                else_=in_stock_units + func.coalesce(units.c.unseen_units, 0),
            ).label("pace_units"),
            case((is_known, in_stock_days), else_=in_stock_days + WINDOW_DAYS - known_days).label("pace_days"),
        )
        .select_from(joined)
        .where(*measuring.owns(STOCK), STOCK.c.snapshot_on == measuring.as_of)
    )


def night_of(measuring: Measuring) -> ColumnElement[Any]:
    """Return the day that a night's own numbers are about."""
    return literal(measuring.as_of, Date())


def velocity_by_sku(measuring: Measuring, _: Table) -> Select[Any]:
    """Units per in-stock day."""
    pace = PACE
    is_thin = pace.c.pace_days < MIN_IN_STOCK_DAYS
    return select(
        pace.c.marketplace,
        pace.c.sku.label("subject"),
        night_of(measuring).label("period_on"),
        case((is_thin, NO_NUMBER), else_=micros(pace.c.pace_units)).label("numerator"),
        case((is_thin, NO_NUMBER), else_=micros(pace.c.pace_days)).label("denominator"),
        NO_TEXT.label("currency"),
        case((is_thin, "unknown"), (pace.c.is_known, "ok"), else_="provisional").label("status"),
        case((is_thin, "insufficient"), (pace.c.is_known, NO_TEXT), else_="short_history").label("reason"),
        FINAL.label("is_final"),
        pace.c.observed_at.label("data_through"),
    ).where(pace.c.is_listed)


def cover_by_sku(measuring: Measuring, _: Table) -> Select[Any]:
    """Sellable units / velocity; nothing on the shelf of a SKU that sells, or was never seen in stock, is 0 days.

    A SKU whose offer Amazon no longer ships is told apart from one that is missing: it has no cover to watch.
    """
    pace = PACE
    never_in_stock = and_(pace.c.in_stock_days == 0, pace.c.out_days > 0)
    is_out = and_(pace.c.sellable_units <= 0, or_(pace.c.all_units > 0, never_in_stock))
    why_unknown = case(
        (~pace.c.is_listed, "not_listed"),
        (pace.c.sellable_units.is_(None), "no_data"),
        (is_out, NO_TEXT),
        (pace.c.pace_days < MIN_IN_STOCK_DAYS, "insufficient"),
        (pace.c.pace_units <= 0, "no_demand"),
        else_=NO_TEXT,
    )
    is_unknown = why_unknown.is_not(None)
    on_hand = whole(pace.c.sellable_units) * whole(pace.c.pace_days) * MICROS_PER_UNIT
    return select(
        pace.c.marketplace,
        pace.c.sku.label("subject"),
        night_of(measuring).label("period_on"),
        case((is_unknown, NO_NUMBER), (is_out, literal(0, BigInteger())), else_=on_hand).label("numerator"),
        case((is_unknown, NO_NUMBER), (is_out, NO_NUMBER), else_=micros(pace.c.pace_units)).label("denominator"),
        NO_TEXT.label("currency"),
        case((is_unknown, "unknown"), (is_out, "ok"), (pace.c.is_known, "ok"), else_="provisional").label("status"),
        case(
            (is_unknown, why_unknown),
            (is_out, "out_of_stock"),
            (pace.c.is_known, NO_TEXT),
            else_="short_history",
        ).label("reason"),
        FINAL.label("is_final"),
        pace.c.observed_at.label("data_through"),
    )


def is_to_be_kept(store_id: str, night: date) -> ColumnElement[bool]:
    """Tell whether a snapshot is of a SKU that should not run out: one in clearance, as that night saw it, may."""
    stage = stage_on(store_id, night, decided_before=night + timedelta(days=1))
    leaving = select(stage.c.marketplace, stage.c.sku).where(stage.c.stage == "clearance")
    return tuple_(STOCK.c.marketplace, STOCK.c.sku).not_in(leaving)


def stockout_rate_by_marketplace(measuring: Measuring, day: Table) -> Select[Any]:
    """SKU-days without stock / SKU-days whose stock is known, over the 30 days up to the morning and the SKUs that sold.

    Those in clearance are meant to sell out.
    """
    sold, window = _units_by_stock(measuring), measuring.window
    counted = (
        select(
            STOCK.c.marketplace,
            total(case((IS_OUT, 1), else_=0)).label("out"),
            whole(func.count()).label("known"),
            func.max(STOCK.c.observed_at).label("data_through"),
        )
        .select_from(STOCK.join(sold, and_(sold.c.marketplace == STOCK.c.marketplace, sold.c.sku == STOCK.c.sku)))
        .where(
            *measuring.owns(STOCK),
            STOCK.c.snapshot_on > window.first,
            STOCK.c.snapshot_on <= measuring.as_of,
            or_(IS_IN_STOCK, IS_OUT),
            sold.c.all_units > 0,
            is_to_be_kept(measuring.store_id, measuring.as_of),
        )
        .group_by(STOCK.c.marketplace)
        .subquery("counted")
    )
    return ratio_by_marketplace(measuring, day, counted, micros(counted.c.out), micros(counted.c.known))


def ratio_by_marketplace(
    measuring: Measuring, day: Table, counted: Subquery, numerator: ColumnElement[int], denominator: ColumnElement[int]
) -> Select[Any]:
    """Return the night's ratio of every marketplace, unknown for those that were not counted.

    Args:
        measuring: the night.
        day: `measured_days.MEASURED_DAY`, which knows every marketplace.
        counted: a row for each marketplace of which something is known, with ``data_through``.
        numerator: made of the counted columns, in millionths.
        denominator: the same; not null where anything is known.
    """
    places = select(day.c.marketplace).distinct().subquery("places")
    is_known = denominator.is_not(None)
    return select(
        places.c.marketplace,
        places.c.marketplace.label("subject"),
        night_of(measuring).label("period_on"),
        case((is_known, numerator), else_=NO_NUMBER).label("numerator"),
        case((is_known, denominator), else_=NO_NUMBER).label("denominator"),
        NO_TEXT.label("currency"),
        case((is_known, "ok"), else_="unknown").label("status"),
        case((is_known, NO_TEXT), else_="no_data").label("reason"),
        FINAL.label("is_final"),
        counted.c.data_through,
    ).select_from(places.outerjoin(counted, counted.c.marketplace == places.c.marketplace))
