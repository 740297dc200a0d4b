"""Where the tiers of a rule begin and end for each subject: scaled by what is compared, and as its stage of life has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from sellerwatch.alerts.reading.references import scaled
from sellerwatch.alerts.reading.values import Series, unknown
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rules import Band, Comparison, Rule
from sellerwatch.settings.tiers import tiers_at

ENTER: Final[Mapping[Tier, str]] = {tier: f"enter_{tier}" for tier in TIERS}
EXIT: Final[Mapping[Tier, str]] = {tier: f"exit_{tier}" for tier in TIERS}
"""The columns of the limits."""

LIMITS: Final = (*ENTER.values(), *EXIT.values())
MULTIPLES: Final = "ratio"
"""How limits are told that are relative to the freshness of a feed."""


def limits_of(rule: Rule, reference: Series | None, stages: Series | None, index: pd.Index) -> pd.DataFrame:
    """Return the limits of each subject; NaN where a tier does not exist for it.

    Args:
        rule: a rule with tiers of its own.
        reference: what each subject is compared with; None where the limits are values.
        stages: the stage of each subject; None where the rule is the same for all.
        index: the subjects.
    """
    found = _frame(rule, rule.tiers, reference, index)
    for stage, own in rule.lifecycle.items():
        if stages is not None and (is_meant := (stages == stage).to_numpy()).any():
            meant = index[is_meant]
            part = reference.loc[is_meant] if reference is not None else None
            found.loc[is_meant, list(LIMITS)] = _frame(rule, tiers_at(rule.tiers, own), part, meant).to_numpy()
    return found


def _frame(rule: Rule, tiers: Mapping[Tier, Band], reference: Series | None, index: pd.Index) -> pd.DataFrame:
    outward = np.inf if rule.breach == "at_least" else -np.inf
    found = {name: unknown(index) for name in LIMITS}
    milder: Series | None = None
    for tier in TIERS:
        if tier not in tiers:
            continue
        enter, leave = _band(rule, tiers[tier], reference, milder, index)
        milder = enter
        # A value at a strict limit is still fine: the next number that a double can be is not.
        found[ENTER[tier]], found[EXIT[tier]] = (
            (_next(enter, outward), _next(leave, outward)) if rule.strictly else (enter, leave)
        )
    return pd.DataFrame(found, index=index)


def _next(limit: Series, outward: float) -> Series:
    return pd.Series(np.nextafter(limit.to_numpy(dtype="float64"), outward), index=limit.index)


def _band(rule: Rule, band: Band, reference: Series | None, milder: Series | None, index: pd.Index) -> tuple[Series, Series]:
    told_as = rule.compared_with.told_as if rule.compared_with else MULTIPLES
    if reference is None or band.fixed:
        enter = pd.Series(float(band.enter), index=index)
        leave = pd.Series(float(band.exit), index=index)
    else:
        enter, leave = scaled(told_as, band.enter, reference), scaled(told_as, band.exit, reference)
    if band.otherwise is None or reference is None or milder is None:
        return enter, leave
    sign = 1 if rule.breach == "at_least" else -1
    is_overtaken = (sign * milder > sign * enter).to_numpy()
    instead = scaled(told_as, band.otherwise, reference)
    further = instead * (band.exit / band.enter if band.enter else 1)
    return enter.where(~is_overtaken, instead), leave.where(~is_overtaken, further)


def clause_limits(
    comparison: Comparison | None, limits: tuple[float, float], reference: Series | None, index: pd.Index
) -> tuple[Series, Series]:
    """Return the limit from which a condition holds, and the one past which it holds no longer, of each subject."""
    if comparison is None or reference is None:
        enter, leave = (pd.Series(float(limit), index=index) for limit in limits)
        return enter, leave
    enter, leave = (scaled(comparison.told_as, limit, reference) for limit in limits)
    return enter, leave
