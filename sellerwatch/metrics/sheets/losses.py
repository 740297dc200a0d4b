"""Worksheets of what stock costs: sales lost while it was out, and storage while it was not."""

from __future__ import annotations

from typing import Final

from sellerwatch.metrics.sheets.availability import velocity_of
from sellerwatch.metrics.sheets.inputs import Input, amount, count, measured, rows
from sellerwatch.metrics.sheets.kinds import Cell, Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, total
from sellerwatch.reports.inventory_planning import INVENTORY_PLANNING

# What a stock-out cost

OUT_OF_STOCK_DAYS: Final = ("oos_days", "days_out_of_stock")
LOST_TAKES: Final = (
    measured("velocity", "units per day", "daily_velocity"),
    measured("asp", "currency per unit", "price"),
)


def _lost(out_of_stock_days: Quantity, velocity: Quantity, asp: Quantity) -> Quantity:
    return out_of_stock_days * velocity * asp


# What storage costs

SURCHARGES: Final = tuple(
    amount(column.name, column.header.replace("-", "_"))
    for column in INVENTORY_PLANNING.columns
    if column.header.startswith("estimated-ais-")
)
"""The surcharge that Amazon expects, by the age of the units, under our name and under that of the planning report's column."""


def _expected(estimated_storage_cost: Quantity, **surcharges: Quantity) -> Quantity:
    return estimated_storage_cost + total(surcharges.values())


SHEETS: Final = (
    Sheet(
        "stockout_loss",
        "Sales that a stock-out cost; an estimate",
        (
            count("out_of_stock_days", *OUT_OF_STOCK_DAYS),
            *LOST_TAKES,
            count("units_sold_30d", "units_sold", "units_30d"),
            count("in_stock_days", "days_in_stock"),
        ),
        (
            cell("loss", "currency", _lost, "out_of_stock_days", "_pace", "asp"),
            cell("velocity", "units per day", lambda _pace: _pace),
            cell("estimate", "true or false", lambda loss: loss.value is not None),
            cell("_pace", "", lambda velocity: velocity),
            cell("_pace", "", velocity_of),
        ),
    ),
    Sheet(
        "stockout_loss",
        "The same over several SKUs",
        (
            Input(
                "skus",
                "rows of out_of_stock_days, velocity, asp",
                rows(count("out_of_stock_days", *OUT_OF_STOCK_DAYS), *LOST_TAKES),
                ("rows",),
            ),
        ),
        (
            cell("loss", "currency", lambda skus: total(_lost(**sku) for sku in skus)),
            cell("loss_by_row", "currency", lambda skus: [_lost(**sku) for sku in skus]),
        ),
    ),
    Sheet(
        "storage_cost",
        "Storage fees and the surcharge for old stock",
        (
            amount("monthly_storage", "monthly_storage_fee", "storage_fee"),
            amount("aged_surcharge", "aged_inventory_surcharge", "surcharge"),
        ),
        (cell("storage_cost", "currency", lambda monthly_storage, aged_surcharge: monthly_storage + aged_surcharge),),
        adds_up=True,
    ),
    Sheet(
        "storage_cost",
        "Storage and surcharge that Amazon expects for the next month, by the columns of the planning report",
        (amount("estimated_storage_cost", "estimated_storage_cost_next_month"), *SURCHARGES),
        (Cell("storage_cost", "currency", _expected, ("estimated_storage_cost",), tuple(item.name for item in SURCHARGES)),),
        adds_up=True,
    ),
)
