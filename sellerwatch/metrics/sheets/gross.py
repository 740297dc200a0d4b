"""Worksheets of gross profit and of unit cost: what goods cost, by unit, by day and by terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sellerwatch.metrics.sheets.configured import is_reached, ratio
from sellerwatch.metrics.sheets.inputs import (
    Input,
    amount,
    calendar_day,
    count,
    measured,
    number,
    optional,
    record,
    rows,
    text,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, total, unknown
from sellerwatch.settings.load import Settings


def _gross_pct(settings: Settings, gross_profit: Quantity, net_sales: Quantity) -> Quantity:
    """Return the margin; on days when more is refunded than sold there is none."""
    return ratio(settings, "gross_margin_pct", gross_profit, net_sales, without="no_sales")


def _cost_of_units(net_units: Quantity, unit_cost: Quantity, unsellable_returns: Quantity | None = None) -> Quantity:
    """Return what the units cost: those that buyers kept, and those that came back spoiled."""
    return (net_units + (unsellable_returns or 0)) * unit_cost


def _goods_by_date(lines: Sequence[Mapping[str, Any]], costs: Sequence[Mapping[str, Any]]) -> Quantity:
    """Return what the units cost, each at the cost that held on the day when it was shipped."""
    return total(line["units"] * _cost_on(line["ship_date"], costs) for line in lines)


def _cost_on(day: date, costs: Sequence[Mapping[str, Any]]) -> Quantity:
    valid = [row for row in costs if row["valid_from"] <= day]
    found: Quantity = max(valid, key=lambda row: row["valid_from"])["unit_cost"] if valid else unknown("missing_cost")
    return found


SHIPPED_LINES: Final = Input(
    "lines",
    "rows of ship_date and units",
    rows(Input("ship_date", "day", calendar_day, ("shipped_on", "day", "date")), count("units", "qty", "quantity")),
    ("shipments", "rows"),
)
COSTS_BY_DATE: Final = Input(
    "costs",
    "rows of valid_from and unit_cost",
    rows(Input("valid_from", "day", calendar_day, ("from", "since")), measured("unit_cost", "currency per unit", "cost")),
    ("cost_table", "unit_costs"),
)

GROSS_TAKES: Final = (
    amount("net_sales", "revenue", "sales"),
    amount("cogs", "cost_of_goods"),
    Input("net_units", "count", number, ("net_units_sold", "units")),
    measured("unit_cost", "currency per unit", "unit_cost_total", "cost_per_unit", "landed_cost", "landed_unit_cost"),
    measured("ex_works_cost", "currency per unit", "ex_works_unit_cost", "purchase_cost_per_unit"),
    measured("freight_per_unit", "currency per unit", "unit_freight"),
    count("unsellable_returns", "unsellable_units", "unsellable_returned_units"),
)
GROSS: Final = (
    cell("gross_profit", "currency", lambda net_sales, _goods: net_sales - _goods),
    cell("gross_margin_pct", "%", _gross_pct),
    cell("_goods", "", lambda cogs: cogs),
    cell("_goods", "", _cost_of_units),
    cell("unit_cost", "currency per unit", lambda ex_works_cost, freight_per_unit: ex_works_cost + freight_per_unit),
    cell(
        "gross_profit_ex_works",
        "currency",
        lambda net_sales, net_units, ex_works_cost, unsellable_returns=None: (
            net_sales - _cost_of_units(net_units, ex_works_cost, unsellable_returns)
        ),
    ),
)

COST_OF_A_UNIT: Final = record(
    measured("cost", "currency", "unit_cost", "amount"),
    optional(text("incoterm", "terms")),
    optional(text("currency")),
)


def _fall(settings: Settings, previous: Mapping[str, Any], current: Mapping[str, Any]) -> Quantity:
    """Return the fall of the cost; of other terms or currencies nothing can be said."""
    if any(previous[name] != current[name] for name in ("incoterm", "currency")):
        return unknown("incomparable")
    top, bottom = previous["cost"] - current["cost"], previous["cost"]
    return ratio(settings, "unit_cost_reduction_pct", top, bottom, without="no_cost")


SHEETS: Final = (
    Sheet("gross_profit", "Net sales less the goods", GROSS_TAKES, GROSS, ("gross_profit",), adds_up=True),
    *(
        Sheet(
            kpi,
            "The same by a table of costs: of each shipment, the cost that held on its day",
            (amount("net_sales", "revenue", "sales"), SHIPPED_LINES, COSTS_BY_DATE),
            (
                cell("gross_profit", "currency", lambda net_sales, cogs: net_sales - cogs),
                cell("gross_margin_pct", "%", _gross_pct),
                cell("cogs", "currency", _goods_by_date),
            ),
            (kpi,),
        )
        for kpi in ("gross_profit", "gross_margin_pct")
    ),
    Sheet(
        "gross_margin_pct",
        "Net sales less the goods, of net sales",
        (*GROSS_TAKES, amount("gross_profit")),
        GROSS,
        ("gross_margin_pct",),
        adds_up=True,
    ),
    Sheet(
        "unit_cost_reduction_pct",
        "Fall of the unit cost",
        (
            measured("previous", "currency", "previous_unit_cost", "previous_cost", "before"),
            measured("current", "currency", "current_unit_cost", "current_cost", "now"),
        ),
        (
            cell(
                "pct",
                "%",
                lambda settings, previous, current: ratio(
                    settings, "unit_cost_reduction_pct", previous - current, previous, without="no_cost"
                ),
            ),
            cell("ok", "true or false", lambda pct: is_reached("unit_cost_reduction_pct", pct)),
        ),
    ),
    Sheet(
        "unit_cost_reduction_pct",
        "The same of costs with their terms, which have to be alike",
        (
            Input("previous_cost", "cost with incoterm and currency", COST_OF_A_UNIT, ("previous", "before")),
            Input("current_cost", "cost with incoterm and currency", COST_OF_A_UNIT, ("current", "now")),
        ),
        (
            cell("pct", "%", _fall, "settings", "previous_cost", "current_cost"),
            cell("ok", "true or false", lambda pct: is_reached("unit_cost_reduction_pct", pct)),
        ),
    ),
)
