"""Worksheets of returns: rates and their reasons, and whether mix or rates moved them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.sheets.configured import definition, is_in
from sellerwatch.metrics.sheets.inputs import (
    Input,
    by_name,
    count,
    listed,
    measured,
    optional,
    rows,
    text,
    whole,
    words,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, both, quantity, total, unknown
from sellerwatch.metrics.sheets.service import month_number
from sellerwatch.settings.load import Settings

# Returns

OWNERS: Final[Mapping[str, str]] = {
    "quality": "QC",
    "size": "listing",
    "described": "listing",
    "damage": "logistics",
    "logistics": "logistics",
    "delivery": "logistics",
    "changed_mind": "operations",
    "other": "operations",
}
"""Who looks into returns for a group of reasons."""


def _reason_groups(settings: Settings) -> dict[str, str]:
    """Return the group of each of Amazon's reasons, as the catalogue sorts them."""
    conditions = settings.facts["fba_return"].conditions if "fba_return" in settings.facts else {}
    return {str(code): group for group, tests in conditions.items() for test in tests for code in test.literals}


def _minimum(settings: Settings, min_units: Quantity | None) -> Quantity:
    return min_units or quantity(definition(settings, "return_rate").minimum or 0)


def _judged(settings: Settings, pct: Quantity, units_shipped: Quantity, min_units: Quantity | None = None) -> Quantity:
    """Return the rate that is judged: that of too few units is none."""
    if units_shipped.compares("<", _minimum(settings, min_units)) and pct.value is not None:
        return unknown("below_min_volume")
    return pct


def _returned(units_returned: Quantity, units_shipped: Quantity) -> Quantity:
    return units_returned.over(units_shipped, "no_shipments") * 100


def _red(settings: Settings, _judged: Quantity, category_baseline: Quantity | None = None) -> bool | None:
    """Tell whether the rate is red; where a category's usual rate is high, red begins further out."""
    if _judged.reason == "below_min_volume":
        return False
    is_over = _judged.compares(">=", category_baseline * Fraction(5, 2)) if category_baseline else True
    return both(is_in(settings, "return_rate", "red", _judged), is_over)


def _band(_judged: Quantity, red: bool | None, category_baseline: Quantity) -> str | None:  # noqa: FBT001 - a cell of the worksheet
    if red:
        return "red"
    bands = (("orange", category_baseline * 2), ("yellow", category_baseline * Fraction(3, 2)))
    return next((name for name, limit in bands if _judged.compares(">", limit)), None)


def _past(judged: Quantity, limit: Quantity) -> bool | None:
    return False if judged.reason == "below_min_volume" else judged.compares(">", limit)


def _by_reason(
    returns: Mapping[str, Quantity],
    units_shipped: Quantity,
    settings: Settings,
    groups: Mapping[str, str | None] | None = None,
) -> dict[str, Quantity]:
    """Return the rate of each group of reasons; a reason that no group names counts as other."""
    sorted_by = _reason_groups(settings) if groups is None else groups
    sums: dict[str, Quantity] = {}
    for code, units in returns.items():
        group = sorted_by.get(code) or "other"
        sums[group] = sums.get(group, quantity(0)) + units
    return {group: _returned(units, units_shipped) for group, units in sums.items()}


def _owner(by_reason: Mapping[str, Quantity]) -> str | None:
    known = {group: rate.value for group, rate in by_reason.items() if rate.value}
    largest = max(known, key=lambda group: known[group], default=None)
    return OWNERS.get(largest, "operations") if largest else None


BANDED: Final = (
    cell("red", "true or false", _red),
    cell("orange", "true or false", lambda _judged, category_baseline: _past(_judged, category_baseline * 2)),
    cell("yellow", "true or false", lambda _judged, category_baseline: _past(_judged, category_baseline * Fraction(3, 2))),
    cell("tier", "yellow, orange or red", _band),
)
RETURNS: Final = (
    cell("pct", "%", _returned),
    cell("units_returned", "count", lambda fba_units_returned, mfn_units_returned: fba_units_returned + mfn_units_returned),
    cell("pct_by_orders", "%", _returned, "returned_orders", "orders"),
    cell("pct_orders", "%", lambda pct_by_orders: pct_by_orders),
    cell("return_rate", "%", lambda _judged: _judged),
    *BANDED,
    cell("_judged", "", _judged),
)


def _units_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Quantity]:
    """Return the units of each reason."""
    units: dict[str, Quantity] = {}
    for row in rows:
        units[row["reason"] or ""] = units.get(row["reason"] or "", quantity(0)) + row["quantity"]
    return units


def _found_defective(rows: Sequence[Mapping[str, Any]], units_shipped: Quantity) -> Quantity:
    """Return the rate of what Amazon itself found defective, whatever the buyers say."""
    told = [row for row in rows if row["detailed_disposition"]]
    found = total(row["quantity"] for row in told if row["detailed_disposition"].upper() == DEFECTIVE)
    return _returned(found, units_shipped) if told else unknown("no_data")


DEFECTIVE: Final = "DEFECTIVE"
RETURN_ROWS: Final = Input(
    "rows",
    "rows of reason and quantity; detailed_disposition may be left out",
    rows(
        text("reason", "return_reason"),
        count("quantity", "qty", "units", "return_quantity"),
        optional(text("detailed_disposition", "disposition")),
    ),
    ("return_rows", "lines"),
)
REASONS: Final = (
    cell("returns", "units by reason", _units_of),
    cell("quality_by_disposition", "%", _found_defective),
    cell("by_reason", "% by group", _by_reason),
    cell("pct", "%", lambda returns, units_shipped: _returned(total(returns.values()), units_shipped)),
    cell("return_rate", "%", lambda _judged: _judged),
    *BANDED,
    cell("owner_of_largest", "text", _owner),
    cell("_judged", "", _judged),
)


COHORT_MONTHS: Final = 3


def _by_month(value: object, where: str) -> list[Quantity]:
    """Read the counts of the months in their order, which may have names."""
    found: list[Quantity] = listed(whole)(list(value.values()) if isinstance(value, Mapping) else value, where)
    return found


def _is_mature(returned_by_month: Sequence[Quantity]) -> bool:
    """Tell whether the month of the shipments and the two after it are over."""
    return len([item for item in returned_by_month if item.value is not None]) == COHORT_MONTHS


def _of_cohort_so_far(returned_by_month: Sequence[Quantity], units_shipped: Quantity) -> Quantity:
    return _returned(total(item for item in returned_by_month if item.value is not None), units_shipped)


def _of_cohort(returned_by_month: Sequence[Quantity], units_shipped: Quantity) -> Quantity:
    """Return the rate of a cohort whose months are over: a younger one would look better than it is."""
    if len(returned_by_month) > COHORT_MONTHS:
        raise ConfigError(f"{len(returned_by_month)} months", remedy="Write that of the shipments and the two after it")
    return _of_cohort_so_far(returned_by_month, units_shipped) if _is_mature(returned_by_month) else unknown("immature")


def _of_months(value: object, where: str) -> dict[int, Quantity]:
    """Read the units of each month."""
    given: dict[str, Quantity] = by_name(whole)(value, where)
    return {month_number(name, where): units for name, units in given.items()}


def _of_named_cohort(returns: Mapping[int, Quantity], shipped_month: int, units_shipped: Quantity) -> Quantity:
    """Return the rate over the month of the shipments and the two after it; what came back later has no part in it."""
    months = range(shipped_month, shipped_month + COHORT_MONTHS)
    return _of_cohort([returns.get(month, unknown("immature")) for month in months], units_shipped)


SHEETS: Final = (
    Sheet(
        "return_rate",
        "Units that came back, of those shipped",
        (
            count("units_shipped", "shipped", "units_shipped_30d"),
            count("units_returned", "returned", "units_refunded", "units_returned_30d"),
            count("fba_units_returned", "fba_returned", "fba_returns", "afn_units_returned"),
            count("mfn_units_returned", "mfn_returned", "mfn_returns", "fbm_units_returned"),
            count("min_units", "minimum", "min_volume"),
            measured("category_baseline", "%", "baseline"),
            count("orders", "orders_shipped", "shipped_orders"),
            count("returned_orders", "orders_returned"),
        ),
        RETURNS,
        ("pct",),
        adds_up=True,
    ),
    *(
        Sheet(
            kpi,
            "Returns by reason, and who looks into the largest group",
            (
                count("units_shipped", "shipped"),
                count("min_units", "minimum", "min_volume"),
                Input("returns", "units by reason", by_name(whole), ("reasons", "returned")),
                RETURN_ROWS,
                Input("groups", "group by reason; the catalogue's where left out", by_name(words), ("map", "reason_groups")),
                measured("category_baseline", "%", "baseline"),
            ),
            REASONS,
            ("by_reason",),
        )
        for kpi in ("return_rate_by_reason", "return_rate")
    ),
    Sheet(
        "return_rate",
        "Of one month's shipments, what came back in that month and the two after it, by name of the month",
        (
            count("units_shipped", "shipped"),
            Input("shipped_month", "month such as 2026-08", month_number, ("cohort_month", "ship_month")),
            Input("returns", "units by month; one that is left out is not over", _of_months, ("returned", "returned_by_month")),
        ),
        (
            cell("pct", "%", _of_named_cohort, "returns", "shipped_month", "units_shipped"),
            cell("red", "true or false", lambda settings, pct: is_in(settings, "return_rate", "red", pct)),
        ),
    ),
    Sheet(
        "return_rate",
        "Of one month's shipments, what came back in that month and the two after it",
        (
            count("units_shipped", "shipped"),
            Input(
                "returned_by_month",
                "three counts, in a list or by month; null for a month that is not over",
                _by_month,
                ("returns_by_month", "returned"),
            ),
        ),
        (
            cell("pct", "%", _of_cohort),
            cell("pct_so_far", "%", _of_cohort_so_far),
            cell("is_mature", "true or false", _is_mature),
            cell("red", "true or false", lambda settings, pct: is_in(settings, "return_rate", "red", pct)),
        ),
    ),
)
