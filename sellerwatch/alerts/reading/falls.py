"""How many times in a row a metric has fallen: sums of blocks of periods, each against the block before it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from sellerwatch.alerts.reading.values import KEY, Asked, Series, newest, values_on
from sellerwatch.core.periods import months_before
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.rule_checks import RUNS
from sellerwatch.settings.rules import Falls, Rule

SHORT_HISTORY: Final = "too_few_days"
"""Reason where the newest block has none before it to be held against."""


def fallen(asked: Asked, rule: Rule, falls: Falls) -> pd.DataFrame:
    """Return, in the columns of `values.values_of`, the number of falls in a row of each subject.

    The denominator that remains is the smallest of the blocks that were held against each other, so that a rule can ask for a
    least amount in each.
    """
    days = newest(asked, rule.metric, rule.period)
    newest_values = values_on(asked, rule.metric, rule.period, days.items())
    if newest_values.empty:
        return newest_values
    blocks = [_block(asked, rule, falls, days, number) for number in range(falls.most + 1)]
    index = newest_values.index
    held = [block.reindex(index) for block in blocks]
    sign = 1 if falls.direction == "down" else -1
    count, is_going_on = np.zeros(len(index)), np.ones(len(index), dtype=bool)
    thinnest = held[0]["amount"].to_numpy(dtype="float64")
    for later, earlier in itertools.pairwise(held):
        has_fallen = (sign * later["rate"] < sign * earlier["rate"]).to_numpy()
        is_going_on &= has_fallen
        count += is_going_on
        thinnest = np.where(is_going_on, np.fmin(thinnest, earlier["amount"].to_numpy(dtype="float64")), thinnest)
    is_known = (held[0]["rate"].notna() & held[1]["rate"].notna()).to_numpy()
    return newest_values.assign(
        value=pd.Series(np.where(is_known, count, np.nan), index=index),
        reason=newest_values["reason"].where(is_known, SHORT_HISTORY),
        denominator=pd.Series(thinnest, index=index),
    )


def _block(asked: Asked, rule: Rule, falls: Falls, days: Mapping[str, date], number: int) -> pd.DataFrame:
    """Return rate and denominator of a block; number 0 is the newest one. A block that lacks a period has none."""
    ends = [
        (place, end)
        for place, on in days.items()
        for end in _ends(rule.period, on, range(number * falls.block, (number + 1) * falls.block))
    ]
    rows = values_on(asked, rule.metric, rule.period, ends).dropna(subset=["numerator"])
    by_subject = rows[["numerator", "denominator"]].groupby(level=KEY)
    sums, counts = by_subject.sum(min_count=1), by_subject.size()
    whole = sums[(counts == falls.block)]
    amount: Series = whole["denominator"].fillna(1.0)
    return pd.DataFrame({"rate": whole["numerator"] / amount.where(amount > 0), "amount": amount})


def _ends(period: Period, on: date, back: range) -> list[date]:
    """Return the last days of earlier periods of the same kind that do not overlap."""
    if period == "month":
        every = [on, *(days.last for days in months_before(on, back.stop)[::-1])]
        return [every[steps] for steps in back]
    return [on - timedelta(days=RUNS.get(period, 1) * steps) for steps in back]
