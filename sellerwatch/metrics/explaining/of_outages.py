"""The parts of being out of stock: shares of days in stock by what left the shelf, and the sales that were lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.explaining.of_stock import PACE_READS, SHELF, is_out, offered, pace_of
from sellerwatch.metrics.explaining.reads import (
    Coded,
    Counted,
    Known,
    Read,
    Rows,
    Subject,
    amount,
    by_sku,
    quantity,
)
from sellerwatch.metrics.sales import IS_VALID, LINE
from sellerwatch.metrics.stock.cover import (
    IS_IN_STOCK,
    IS_OUT,
    MIN_IN_STOCK_DAYS,
    STOCK,
    TAKES_STOCK,
)
from sellerwatch.metrics.stock.outages import WEIGHT_DAYS


def _left_shelf(subject: Subject) -> list[ColumnElement[bool]]:
    days = LINE.c.purchased_on.between(subject.on - timedelta(days=WEIGHT_DAYS), subject.window.last)
    return [*subject.rows_of(LINE), days, TAKES_STOCK]


def _priced_of_window(subject: Subject) -> list[ColumnElement[bool]]:
    window = subject.window
    has_price = (LINE.c.item_price_amount.is_not(None), LINE.c.quantity > 0, LINE.c.currency == subject.place.currency)
    return [*subject.rows_of(LINE), LINE.c.purchased_on.between(window.first, window.last), IS_VALID, *has_price]


def _known_mornings(subject: Subject) -> list[ColumnElement[bool]]:
    sold = select(LINE.c.sku).where(*_left_shelf(subject)).group_by(LINE.c.sku).having(func.sum(LINE.c.quantity) > 0)
    days = (STOCK.c.snapshot_on > subject.window.first, STOCK.c.snapshot_on <= subject.on)
    return [*subject.rows_of(STOCK), *days, or_(IS_IN_STOCK, IS_OUT), STOCK.c.sku.in_(sold)]


def _in_stock(known: Known) -> tuple[list[Counted], int | None, int | None]:
    mornings, left = by_sku(known.rows["mornings"]), by_sku(known.rows["left"])
    units = {sku: quantity(left[sku]) for sku in mornings}
    in_stock = [row for row in known.rows["mornings"] if row["sellable_units"] > 0]
    days = {sku: len(rows) for sku, rows in by_sku(in_stock).items()}
    shares = sum(units[sku] * MICROS_PER_UNIT * days.get(sku, 0) // len(rows) for sku, rows in mornings.items())
    weights = sum(units.values()) * MICROS_PER_UNIT
    lines = [row for sku in mornings for row in left[sku]]
    parts = [
        Counted(
            "numerator", "units of 60 days x share of mornings with stock, added up over the SKUs", "mornings", shares, in_stock
        ),
        Counted("denominator", "units that left the shelf in 60 days", "left", weights, lines),
    ]
    return (parts, shares, weights) if mornings else (parts, None, None)


def _price(lines: Rows) -> int | None:
    units = quantity(lines)
    return amount(lines, "item_price_amount") // units if units > 0 else None


def _loss_of(known: Known, sku: str, lines: Rows) -> int | None:
    """Return what a SKU lost; None where that cannot be told."""
    pace = pace_of(Known({name: by_sku(rows).get(sku, ()) for name, rows in known.rows.items()}, known.snapshot_days))
    if not pace.out:
        return 0
    if pace.days < MIN_IN_STOCK_DAYS:
        return None
    if pace.units <= 0:
        return 0
    price = _price(lines)
    return None if price is None else len(pace.out) * pace.units * price // pace.days


def _loss(known: Known) -> tuple[list[Counted], int | None, int | None]:
    priced = by_sku(known.rows["priced"])
    losses = {row["sku"]: _loss_of(known, row["sku"], priced.get(row["sku"], ())) for row in known.rows["morning"]}
    lost = {sku: loss for sku, loss in losses.items() if loss}
    out = [row for row in known.rows["snapshots"] if row["sku"] in lost and is_out(row)]
    sold, lines = ([row for row in known.rows[name] if row["sku"] in lost] for name in ("sold", "priced"))
    total = sum(lost.values())
    parts = [
        Counted("numerator", "days out of stock x units a day in stock x price of a unit", "snapshots", total, out),
        Counted("rests on", "units sold", "sold", quantity(sold) * MICROS_PER_UNIT, sold),
        Counted(
            "rests on", "sales that the price of a unit is taken from", "priced", amount(lines, "item_price_amount"), lines
        ),
    ]
    return parts, None if set(losses.values()) <= {None} else total, None


OUTAGES: Final[Mapping[str, Coded]] = {
    "in_stock_rate": Coded(
        "units of 60 days x share of mornings with stock / units of 60 days x 100",
        {
            "mornings": Read(
                STOCK,
                "stock snapshots of the 30 days up to the morning, of offered SKUs that sold in the 60 days before",
                SHELF,
                _known_mornings,
            ),
            "left": Read(
                LINE,
                "order lines of the 60 days before that take from Amazon's shelf and are not cancelled",
                ("purchased_on", "quantity", "fulfillment_channel"),
                _left_shelf,
            ),
        },
        _in_stock,
    ),
    "stockout_loss": Coded(
        "days out of stock x units sold on days in stock / days in stock x mean price of a unit",
        {
            "morning": Read(STOCK, "the morning's stock snapshot, of offered SKUs", SHELF, offered),
            **PACE_READS,
            "priced": Read(
                LINE,
                "order lines of the 30 days before with units and a price in the marketplace's currency, neither pending nor cancelled",
                ("purchased_on", "quantity", "item_price_amount", "currency"),
                _priced_of_window,
            ),
        },
        _loss,
    ),
}
"""The coded metrics of being out."""
