"""What the warehouse says tonight about every subject of a rule, and what that means for its condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from sellerwatch.alerts.reading.composite import depths_of, subjects_of
from sellerwatch.alerts.reading.falls import fallen
from sellerwatch.alerts.reading.floors import is_below, judged_days
from sellerwatch.alerts.reading.limits import ENTER, LIMITS, limits_of
from sellerwatch.alerts.reading.references import Watched, known_references
from sellerwatch.alerts.reading.standing import sellable_of, stages_of
from sellerwatch.alerts.reading.values import KEY, Asked, Series, aligned, values_of
from sellerwatch.core.errors import PermanentError, SellerwatchError
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rules import Rule

THIN_REASONS: Final = frozenset(
    {
        "no_demand",
        "insufficient",
        "below_min_volume",
        "negative_denominator",
        "zero_denominator",
        "too_few_days",
        "short_history",
        "no_baseline",
        "no_stock",
        "no_sales",
        "no_sales_last_year",
        "no_ad_sales",
        "no_spend",
        "no_orders",
        "no_shipments",
        "no_sessions",
        "no_page_views",
        "no_feedback",
        "no_customers",
        "no_impressions",
        "no_clicks",
        "no_cart_adds",
        "no_purchases",
    }
)
"""Reasons for an unknown value that say there is too little to judge, not that data is missing."""

GONE_REASONS: Final[Mapping[str, str]] = {"not_listed": "Amazon no longer ships the offer"}
"""Reasons for an unknown value that say there is nothing to watch any more, and how people are told."""

BELOW_VOLUME: Final = "below_min_volume"
NO_BASELINE: Final = "no_baseline"

COLUMNS: Final = (
    *KEY,
    "kind",
    "value",
    "outcome",
    "reason",
    "data_through",
    "valued_on",
    "evidence",
    "held",
    *LIMITS,
    "reference",
    "compared_with",
    "stage",
)


DTYPES: Final[Mapping[str, Literal["float64", "object"]]] = {
    **dict.fromkeys(("value", "reference", *LIMITS), "float64"),
    **dict.fromkeys(("data_through", "valued_on", "held"), "object"),
}
"""What the columns hold that are no text."""

_NOTHING: Final = pd.DataFrame({name: pd.Series(dtype=DTYPES.get(name, "str")) for name in COLUMNS})


class Subject(NamedTuple):
    """What an alert is about, within a store."""

    marketplace: str
    kind: str
    id: str


class RuleError(PermanentError):
    """One rule cannot be judged: what it reads makes no sense. The other rules are not touched by it."""


@dataclass(frozen=True, slots=True)
class Readings:
    """One rule on one night.

    Attributes:
        rule: the rule.
        as_of: the night.
        frame: a row a subject, with the columns of `COLUMNS`: what was measured and what that is worth (``outcome``), where the
            tiers begin and end for this subject (NaN: it has no such tier), and what they rest on.
    """

    rule: Rule
    as_of: date
    frame: pd.DataFrame


_Case: TypeAlias = tuple[Series, str, Series | str]
"""Of whom something is true, what their value is worth then, and why."""


class _Found(NamedTuple):
    """What was read, before it is said what it means."""

    measured: pd.DataFrame
    limits: pd.DataFrame
    evidence: Series
    reference: Series
    compared_with: Series
    held: Series | None = None
    """The conditions that hold, of a rule over several metrics."""


def read(connection: Connection, settings: Settings, rule: Rule, store_id: str, as_of: date) -> Readings:
    """Return what is known tonight of every subject of a rule that has a value.

    Raises:
        RuleError: what the rule reads cannot be judged.
    """
    asked = Asked(connection, settings, store_id, as_of, rule.subject, rule.settled)
    with _blaming(rule):
        frame = _frame(asked, rule)
    return Readings(rule, as_of, frame)


@contextmanager
def _blaming(rule: Rule) -> Iterator[None]:
    """Say of an error which rule it is that cannot be judged."""
    try:
        yield
    except RuleError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError, SellerwatchError) as error:
        what = error.what if isinstance(error, SellerwatchError) else f"{type(error).__name__}: {error}"
        raise RuleError(
            f"the rule cannot be judged: {what}",
            where=f"{rule.number}, {rule.metric}",
            remedy="Run `sellerwatch rules lint`; where it finds nothing, look at the metric with `sellerwatch metric show`",
        ) from error


def _frame(asked: Asked, rule: Rule) -> pd.DataFrame:
    index = subjects_of(asked, rule) if rule.is_composite else None
    stages = aligned_stages(asked, rule, index) if index is not None else None
    found = _composite(asked, rule, index, stages) if index is not None else _single(asked, rule)
    values = found.measured
    if values.empty:
        return _NOTHING.copy()
    if not np.isfinite(values["value"].dropna()).all():
        raise RuleError(f"a value of {rule.metric} is not finite", where=rule.number, remedy="Look at the facts behind it")
    if stages is None:
        stages = aligned_stages(asked, rule, values.index)
    outcome, reason = _outcomes(asked, rule, found, stages)
    frame = pd.DataFrame(
        {
            "kind": rule.subject,
            "value": values["value"],
            "outcome": outcome,
            "reason": reason,
            "data_through": values["data_through"],
            "valued_on": values["on"],
            "evidence": found.evidence,
            "held": pd.Series([()] * len(values), index=values.index) if found.held is None else found.held,
            **{name: found.limits[name] for name in LIMITS},
            "reference": found.reference,
            "compared_with": found.compared_with,
            "stage": "" if stages is None else stages.fillna(""),
        },
        index=values.index,
    )
    return frame.reset_index()[list(COLUMNS)].sort_values(KEY, ignore_index=True)


def aligned_stages(asked: Asked, rule: Rule, index: pd.Index) -> Series | None:
    """Return the stage of each subject; None where the rule is the same for all of them."""
    return aligned(stages_of(asked), index) if rule.lifecycle else None


def _composite(asked: Asked, rule: Rule, index: pd.Index, stages: Series | None) -> _Found:
    if index.empty:
        return _Found(pd.DataFrame(), pd.DataFrame(), *_nothing(index), pd.Series(dtype="str"))
    depths = depths_of(asked, rule, index, stages)
    values = pd.DataFrame(
        {"value": depths.value, "reason": depths.reason, "on": depths.on, "data_through": depths.data_through}, index=index
    )
    return _Found(values, depths.limits, depths.evidence, *_nothing(index), held=depths.held)


def _single(asked: Asked, rule: Rule) -> _Found:
    values = fallen(asked, rule, rule.falls) if rule.falls else values_of(asked, rule.metric, rule.period)
    index = values.index
    reference, words = _nothing(index)
    if values.empty:
        return _Found(values, pd.DataFrame(), words, reference, words)
    if rule.compared_with:
        known = known_references(asked, Watched(rule.metric, rule.period, values), rule.compared_with)
        reference, words = known.number, known.words
    elif rule.relative_to:
        reference = _freshness(asked.settings, index)
    has_reference = bool(rule.compared_with or rule.relative_to)
    limits = limits_of(rule, reference if has_reference else None, aligned_stages(asked, rule, index), index)
    return _Found(values, limits, _with_numbers(words, reference), reference, words)


def _with_numbers(words: Series, reference: Series) -> Series:
    """Return what is compared with, each with its number; empty where nothing is."""
    if not (is_said := words.ne("")).any():
        return words
    numbers = reference[is_said].map(" {:.6g}".format).astype("str")
    return words.where(~is_said, words[is_said].add(numbers).reindex(words.index))


def _nothing(index: pd.Index) -> tuple[Series, Series]:
    return pd.Series(np.nan, index=index, dtype="float64"), pd.Series("", index=index, dtype="str")


def _freshness(settings: Settings, index: pd.Index) -> Series:
    """Return the limit of each feed; 1 for a report that is not configured any more, whose alerts are closed."""
    limits = {name: float(report.freshness_hours) for name, report in settings.reports.items()}
    return pd.Series(index.get_level_values(1), index=index).map(limits).astype("float64").fillna(1.0)


def _outcomes(asked: Asked, rule: Rule, found: _Found, stages: Series | None) -> tuple[Series, Series]:
    """Return what each subject's value is worth, and why; the first that is true of it says so."""
    values, index = found.measured, found.measured.index
    reason = values["reason"]
    is_unknown = values["value"].isna()
    cases: list[_Case] = [
        (reason.isin(GONE_REASONS), "not_applicable", reason.map(GONE_REASONS)),
        *_off(rule, stages),
        *_exempt(asked, rule, index),
        (is_unknown & reason.isin(THIN_REASONS), "insufficient", reason),
        (is_unknown, "no_data", reason),
        *_too_little(asked, rule, values),
        (found.limits[list(ENTER.values())].isna().all(axis=1), "insufficient", NO_BASELINE),
    ]
    outcome, said = np.full(len(index), "value", dtype=object), np.array(reason, dtype=object)
    # Arrays, not columns: a column would look up each subject again for each case, which took a fifth of judging.
    for is_meant, name, why in reversed(cases):
        places = np.flatnonzero(is_meant.to_numpy(dtype=bool))
        outcome[places] = name
        said[places] = why if isinstance(why, str) else why.iloc[places]
    return pd.Series(outcome, index=index, dtype="str"), pd.Series(said, index=index, dtype="str").fillna("")


def _off(rule: Rule, stages: Series | None) -> Iterator[_Case]:
    """Yield who is in a stage of life in which the rule does not watch."""
    off = [stage for stage, own in rule.lifecycle.items() if own.off]
    if stages is not None and off:
        yield stages.isin(off), "not_applicable", "not watched while " + stages.astype("object")


def _exempt(asked: Asked, rule: Rule, index: pd.Index) -> Iterator[_Case]:
    """Yield whom people have exempted: their alerts are held as they are, and nothing is called resolved."""
    for item in asked.settings.exemptions:
        if any(item.holds(metric, asked.store_id, asked.as_of) for metric in rule.metrics):
            is_meant = np.ones(len(index), dtype=bool)
            if item.marketplaces:
                is_meant &= index.get_level_values(0).isin([*item.marketplaces, EVERY_MARKETPLACE])
            if item.subjects:
                is_meant &= index.get_level_values(1).isin(list(item.subjects))
            yield pd.Series(is_meant, index=index), "insufficient", f"{item.kind} until {item.to}: {item.why}"


def _too_little(asked: Asked, rule: Rule, values: pd.DataFrame) -> Iterator[_Case]:
    index = values.index
    if rule.only_in_stock:
        yield aligned(sellable_of(asked), index).eq(0), "insufficient", "out_of_stock"
    if rule.minimum:
        yield is_below(asked, rule, judged_days(asked, rule), values), "insufficient", BELOW_VOLUME
