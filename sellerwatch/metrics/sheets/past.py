"""The worksheets that every KPI has: a value against the same KPI's own past, and against its limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from statistics import median
from typing import Final

from sellerwatch.metrics.comparison.robust import robust_z, spread_of
from sellerwatch.metrics.sheets.answers import names_of
from sellerwatch.metrics.sheets.inputs import Input, listed, number, signed
from sellerwatch.metrics.sheets.kinds import Cell, Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, unknown
from sellerwatch.settings.load import Settings

COUNTED: Final = frozenset({"count", "sessions", "units"})
"""Units of what counts something: chance alone spreads it by its root."""


def _known(history: Sequence[Quantity]) -> list[Fraction]:
    return [item.value for item in history if item.value is not None]


def _typical(settings: Settings, history: Sequence[Quantity]) -> Quantity:
    """Return the median of the periods that are known; too few say nothing."""
    known = _known(history)
    return Quantity(Fraction(median(known))) if len(known) >= settings.unusual.needed else unknown("too_few_days")


def _spread(typical: Quantity, history: Sequence[Quantity]) -> Quantity:
    return typical if typical.value is None else Quantity(Fraction(str(spread_of([float(item) for item in _known(history)]))))


def _z(typical: Quantity, value: Quantity, history: Sequence[Quantity], *, is_count: bool) -> Quantity:
    if typical.value is None or value.value is None:
        return typical if typical.value is None else value
    noise = math.sqrt(abs(typical.value)) if is_count else 0.0
    found = robust_z(float(value.value), [float(item) for item in _known(history)], noise=noise)
    return unknown("no_spread") if found is None else Quantity(Fraction(found))


def past_sheet(kpi: str, settings: Settings) -> Sheet:
    """Return the worksheet of a KPI's value against its own past."""
    metric = settings.metrics.get(kpi)
    is_count = metric is not None and metric.unit in COUNTED

    def z(typical: Quantity, value: Quantity, history: Sequence[Quantity]) -> Quantity:
        return _z(typical, value, history, is_count=is_count)

    return Sheet(
        kpi,
        "How far a value lies from the same KPI's own past",
        (
            signed("value", "as the KPI", "current", "today"),
            Input(
                "history",
                "list of values as the KPI, null where not known",
                listed(number),
                ("past", "baseline_values", "same_weekday", "same_weekdays", "earlier_weeks"),
            ),
        ),
        (
            cell("change_pct", "%", lambda value, typical: (value - typical).over(abs(typical), "no_baseline") * 100),
            cell("typical", "as the KPI", _typical),
            cell("median", "as the KPI", lambda typical: typical),
            cell("spread", "as the KPI", _spread),
            cell("robust_z", "spreads", z),
            cell(
                "unusual",
                "true or false",
                lambda settings, robust_z: abs(robust_z).compares(">=", Fraction(str(settings.unusual.z))),
            ),
        ),
        is_kpi=False,
    )


def value_sheet(kpi: str, settings: Settings) -> Sheet:
    """Return the worksheet of a KPI that is known already: what its limits and targets say of it."""
    own, *also = names_of(kpi, settings)
    return Sheet(
        kpi,
        "What the limits and targets say of a value that is known",
        (signed(own, "as the KPI", *also, "value"),),
        (Cell(kpi, "as the KPI", lambda **given: given[own], (own,)),),
    )
