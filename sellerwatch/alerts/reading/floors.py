"""Whether there is enough of a subject to judge it: the named least amounts over the same period, and stock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from sellerwatch.alerts.reading.values import Asked, Series, aligned, newest, sums_over, values_of
from sellerwatch.settings.catalogue import Period, periods_of
from sellerwatch.settings.rule_checks import DAILY_SUMS, RUNS, floored
from sellerwatch.settings.rules import Floor, Rule


def is_below(asked: Asked, rule: Rule, days: Mapping[str, date], values: pd.DataFrame) -> Series:
    """Tell of each subject whether less is there than the rule asks for. What is unknown is too little.

    Args:
        asked: whose values.
        rule: the rule with its least amounts.
        days: the last day of the judged period, by marketplace.
        values: of the rule's own metric, as they are judged; where falls are counted they say what the thinnest block has.
    """
    found = np.zeros(len(values.index), dtype=bool)
    for key, floor in rule.minimum.items():
        name, part = floored(key)
        is_own = rule.falls is not None and name == rule.metric and part == "denominator"
        there = values[part] if is_own else aligned(_amount(asked, rule, (key, floor), days), values.index)
        found |= (there.fillna(0.0) < floor.at_least).to_numpy()
    return pd.Series(found, index=values.index)


def _amount(asked: Asked, rule: Rule, wanted: tuple[str, Floor], days: Mapping[str, date]) -> Series:
    name, part = floored(wanted[0])
    period = wanted[1].period or rule.period
    if period in periods_of(asked.settings.metrics[name], rule.subject) or name not in DAILY_SUMS:
        return values_of(asked, name, period)[part or "value"]
    return sums_over(asked, name, {place: _run(asked, on, period) for place, on in days.items()})


def _run(asked: Asked, on: date, period: Period) -> tuple[date, date]:
    """Return the days of a period that ends on the judged day; of the night itself nothing is sold yet, so it ends the day before."""
    last = min(on, asked.as_of - timedelta(days=1))
    return last - timedelta(days=RUNS[period] - 1), last


def judged_days(asked: Asked, rule: Rule) -> dict[str, date]:
    """Return the last day of the period that the rule judges, by marketplace."""
    return newest(asked, rule.metric, rule.period)
