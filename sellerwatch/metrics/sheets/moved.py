"""Worksheets of what moved the sales, and of how much of a missed target the conversion explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, get_args

from sellerwatch.metrics.decomposition import SALES_CHAIN, Method, NotAProductError, factors_of, log_ratio, split_product
from sellerwatch.metrics.sheets.inputs import (
    Input,
    amount,
    count,
    one_of,
    part_of_one,
    record,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, total, unknown

# What moved the sales

FIGURES: Final = record(
    count("sessions"),
    count("order_items", "total_order_items", "orders"),
    count("units", "units_ordered"),
    amount("sales", "ordered_product_sales", "gmv"),
)
FIGURES_UNIT: Final = "sessions, order_items, units, sales of the period"

NO_LOGARITHM: Final = unknown("no_logarithm")


@dataclass(frozen=True, slots=True)
class _Moved:
    """What the cells of a decomposition show."""

    factors: tuple[Mapping[str, Any], Mapping[str, Any]]
    effects: Mapping[str, Quantity]
    method: str | None = None
    log_mean: Quantity = NO_LOGARITHM


def _moved(p0: Mapping[str, Quantity], p1: Mapping[str, Quantity], method: Method | None = None) -> _Moved:
    first, second = ({name: item.value for name, item in period.items() if item.value is not None} for period in (p0, p1))
    if min(len(first), len(second)) < len(p0):
        return _nothing("no_data")
    try:
        before, after = factors_of(first, second)
    except NotAProductError:
        is_late = any(not found["sessions"] and found["sales"] for found in (first, second))
        return _nothing("immature" if is_late else "inconsistent")
    if method == "lmdi" and min(*before.values(), *after.values()) <= 0:
        return _Moved((before, after), _unknown_effects("not_above_zero"), method)
    found = split_product(before, after, method=method)
    mean = NO_LOGARITHM if found.log_mean is None else Quantity(Fraction(found.log_mean))
    return _Moved((before, after), {name: Quantity(part) for name, part in found.effects.items()}, found.method, mean)


def _nothing(reason: str) -> _Moved:
    none = _unknown_effects(reason)
    return _Moved((none, none), none, log_mean=unknown(reason))


def _unknown_effects(reason: str) -> dict[str, Quantity]:
    return {name: unknown(reason) for name in SALES_CHAIN}


def _shares(moved: _Moved, delta: Quantity) -> dict[str, Quantity]:
    return {name: effect.over(delta, "no_change") * 100 for name, effect in moved.effects.items()}


MOVED: Final = (
    cell("effects", "currency by factor", lambda _moved: _moved.effects),
    cell("sum", "currency", lambda _moved: total(_moved.effects.values())),
    cell("delta", "currency", lambda p0, p1: p1["sales"] - p0["sales"]),
    cell("share_pct", "% of the change by factor", _shares, "_moved", "delta"),
    cell("factors0", "by factor", lambda _moved: _moved.factors[0]),
    cell("factors1", "by factor", lambda _moved: _moved.factors[1]),
    cell("method", "lmdi or shapley", lambda _moved: _moved.method),
    cell("log_mean", "currency", lambda _moved: _moved.log_mean.value),
    cell("_moved", "", _moved),
)

# The sentence "sales are at 60 % because conversion fell"


def _log_share(conv_plan: Quantity, conv_actual: Quantity, target_sales: Quantity, actual_sales: Quantity) -> Quantity:
    """Return the part of the gap that conversion explains, by logarithms of the two ratios."""
    conv, sales = conv_actual.over(conv_plan), actual_sales.over(target_sales, "no_target")
    known = [item.value for item in (conv, sales) if item.value is not None]
    if len(known) < len((conv, sales)):
        return conv if conv.value is None else sales
    if min(known) <= 0:
        return unknown("not_above_zero")
    if sales.value == 1:
        return unknown("no_gap")
    one = Fraction(1)
    return Quantity(Fraction(log_ratio(one, known[0]) / log_ratio(one, known[1])))


MESSAGE: Final = (
    cell("attainment", "%", lambda target_sales, actual_sales: actual_sales.over(target_sales, "no_target") * 100),
    cell("conv_change_pp", "percentage points", lambda conv_plan, conv_actual: (conv_actual - conv_plan) * 100),
    cell("conv_change_rel", "%", lambda conv_plan, conv_actual: (conv_actual - conv_plan).over(conv_plan) * 100),
    cell(
        "lmdi_conv_effect",
        "currency",
        lambda _log_share, target_sales, actual_sales: _log_share * (actual_sales - target_sales),
    ),
    cell("share_of_gap_explained", "%", lambda _log_share: _log_share * 100),
    cell("_log_share", "", _log_share),
)

SHEETS: Final = (
    Sheet(
        "gmv",
        "What moved the sales from one period to another",
        (
            Input("p0", FIGURES_UNIT, FIGURES),
            Input("p1", FIGURES_UNIT, FIGURES),
            Input("method", "lmdi or shapley", one_of(*get_args(Method))),
        ),
        MOVED,
    ),
    Sheet(
        "gmv",
        "How much of a missed target the conversion explains",
        (
            amount("target_sales"),
            amount("actual_sales"),
            Input("conv_plan", "part of one", part_of_one, ("conversion_plan", "planned_conversion")),
            Input("conv_actual", "part of one", part_of_one, ("conversion_actual", "actual_conversion")),
        ),
        MESSAGE,
        ("share_of_gap_explained",),
        is_kpi=False,
    ),
)
