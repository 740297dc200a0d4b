"""The parts of what stock there is: snapshots of thirty days, and what was sold on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.explaining.parts import Role
from sellerwatch.metrics.explaining.reads import (
    Coded,
    Counted,
    Known,
    Read,
    Row,
    Rows,
    Subject,
)
from sellerwatch.metrics.measured_days import WINDOW_DAYS
from sellerwatch.metrics.sales import LINE
from sellerwatch.metrics.stock.cover import (
    IS_IN_STOCK,
    IS_LISTED,
    IS_OUT,
    STOCK,
    TAKES_STOCK,
    is_to_be_kept,
)


def _snapshots(subject: Subject) -> list[ColumnElement[bool]]:
    window = subject.window
    return [*subject.rows_of(STOCK), STOCK.c.snapshot_on.between(window.first, window.last), IS_LISTED]


def _sold(subject: Subject) -> list[ColumnElement[bool]]:
    window = subject.window
    return [*subject.rows_of(LINE), LINE.c.purchased_on.between(window.first, window.last), TAKES_STOCK]


def morning(subject: Subject) -> list[ColumnElement[bool]]:
    """Choose the morning's snapshot."""
    return [*subject.rows_of(STOCK), STOCK.c.snapshot_on == subject.on]


def offered(subject: Subject) -> list[ColumnElement[bool]]:
    """Choose the SKUs of the morning's snapshot that Amazon ships."""
    return [*morning(subject), IS_LISTED]


def _sku_days(subject: Subject) -> list[ColumnElement[bool]]:
    sold = select(LINE.c.sku).where(*_sold(subject)).group_by(LINE.c.sku).having(func.sum(LINE.c.quantity) > 0)
    after, kept = subject.window.first, is_to_be_kept(subject.store_id, subject.on)
    days = (STOCK.c.snapshot_on > after, STOCK.c.snapshot_on <= subject.on)
    return [*subject.rows_of(STOCK), *days, or_(IS_IN_STOCK, IS_OUT), STOCK.c.sku.in_(sold), kept]


SHELF: Final = ("sellable_units", "has_afn_listing")
PACE_READS: Final[Mapping[str, Read]] = {
    "snapshots": Read(STOCK, "stock snapshots of the 30 days before, while Amazon ships the offer", SHELF, _snapshots),
    "sold": Read(
        LINE,
        "order lines of the 30 days before that take from Amazon's shelf and are not cancelled",
        ("purchased_on", "quantity", "fulfillment_channel"),
        _sold,
    ),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a SKU sells: units and days, each with the rows behind it."""

    units: int
    days: int
    sold: Rows
    in_stock: Rows
    days_added: int
    out: Rows
    all_units: int


def is_out(row: Row) -> bool:
    """Tell whether a snapshot says that there was nothing to sell; a blank says nothing."""
    return row["sellable_units"] is not None and row["sellable_units"] <= 0


def pace_of(known: Known) -> Pace:
    """Count the in-stock days and the units sold on them; while snapshots are few, days without one count as in stock."""
    in_stock = [row for row in known.rows["snapshots"] if (row["sellable_units"] or 0) > 0]
    out = [row for row in known.rows["snapshots"] if is_out(row)]
    days = {row["snapshot_on"] for row in in_stock}
    counts = days if known.is_known else days | _without(known)
    sold = [row for row in known.rows["sold"] if row["purchased_on"] in counts]
    added = 0 if known.is_known else WINDOW_DAYS - len(known.snapshot_days)
    every = sum(row["quantity"] or 0 for row in known.rows["sold"])
    units = sum(row["quantity"] or 0 for row in sold)
    return Pace(units, len(days) + added, sold, in_stock, added, out=out, all_units=every)


def _without(known: Known) -> set[date]:
    return {row["purchased_on"] for row in known.rows["sold"]} - known.snapshot_days


def _pace_parts(pace: Pace, units: Role, days: Role) -> list[Counted]:
    in_stock = (pace.days - pace.days_added) * MICROS_PER_UNIT
    found = [
        Counted(units, "units sold on days in stock", "sold", pace.units * MICROS_PER_UNIT, pace.sold),
        Counted(days, "days in stock", "snapshots", in_stock, pace.in_stock),
    ]
    if pace.days_added:
        name = "days without a snapshot of any SKU, taken as in stock"
        found.append(Counted(days, name, "snapshots", pace.days_added * MICROS_PER_UNIT, ()))
    return found


def _velocity(known: Known) -> tuple[list[Counted], int | None, int | None]:
    pace = pace_of(known)
    parts = _pace_parts(pace, "numerator", "denominator")
    return parts, pace.units * MICROS_PER_UNIT, pace.days * MICROS_PER_UNIT


def _cover(known: Known) -> tuple[list[Counted], int | None, int | None]:
    pace, morning = pace_of(known), known.rows["morning"]
    sellable = sum(row["sellable_units"] or 0 for row in morning)
    parts = [
        Counted("numerator", "sellable units in the morning", "morning", sellable * MICROS_PER_UNIT, morning),
        *_pace_parts(pace, "denominator", "numerator"),
    ]
    never_in_stock = not pace.in_stock and bool(pace.out)
    if sellable <= 0 and (pace.all_units > 0 or never_in_stock):
        return parts, 0, None
    return parts, sellable * pace.days * MICROS_PER_UNIT, pace.units * MICROS_PER_UNIT


def _stockout(known: Known) -> tuple[list[Counted], int | None, int | None]:
    rows = known.rows["sku_days"]
    out = [row for row in rows if row["sellable_units"] <= 0]
    parts = [
        Counted("numerator", "SKU-days with nothing sellable", "sku_days", len(out) * MICROS_PER_UNIT, out),
        Counted("denominator", "SKU-days whose stock is known", "sku_days", len(rows) * MICROS_PER_UNIT, rows),
    ]
    return parts, len(out) * MICROS_PER_UNIT, len(rows) * MICROS_PER_UNIT


STOCKED: Final[Mapping[str, Coded]] = {
    "velocity": Coded("units sold on days in stock / days in stock", PACE_READS, _velocity),
    "days_of_cover": Coded(
        "sellable units in the morning x days in stock / units sold on days in stock",
        {"morning": Read(STOCK, "the morning's stock snapshot", SHELF, morning), **PACE_READS},
        _cover,
    ),
    "stockout_rate": Coded(
        "SKU-days with nothing sellable / SKU-days whose stock is known x 100",
        {
            "sku_days": Read(
                STOCK,
                "stock snapshots of the 30 days up to the morning, of SKUs that sold in the 30 days before and are not in clearance",
                SHELF,
                _sku_days,
            )
        },
        _stockout,
    ),
}
"""The coded metrics of stock."""
