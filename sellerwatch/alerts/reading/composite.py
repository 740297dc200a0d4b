"""Rules over several metrics: which conditions hold of each subject, and how deep that takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sellerwatch.alerts.reading.limits import ENTER, EXIT, clause_limits
from sellerwatch.alerts.reading.references import Known, Watched, known_references
from sellerwatch.alerts.reading.values import KEY, Asked, Series, aligned, unknown, values_of
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rule_words import condition_in_words, reference_in_words
from sellerwatch.settings.rules import Clause, Conditions, Reference, Rule, StageTiers

Flags = NDArray[np.bool_]

NEVER_THERE: Final = frozenset({"not_observable", "no_user_data", "not_shared", "no_target", "missing_target"})
"""Reasons for which a condition is not waited for: nobody has what it needs, so the tier is not among the subject's."""


class Held(NamedTuple):
    """A condition that holds of a subject, with the numbers that say so."""

    clause: Clause
    period: Period
    value: float
    compared_with: Reference | None = None
    reference: float | None = None


class Truth(NamedTuple):
    """Of each subject: whether a condition holds, whether it has not been left, and whether either can be said."""

    holds: Flags
    stays: Flags
    is_known: Flags


@dataclass(frozen=True, slots=True)
class Judged:
    """What a clause comes to for every subject."""

    clause: Clause
    truth: Truth
    value: Series
    reason: Series
    known: Known | None
    """What each subject is compared with."""

    @property
    def is_waited_for(self) -> Flags:
        """Whether a missing value is to come, rather than one that nobody has."""
        found: Flags = (~self.reason.isin(NEVER_THERE) & ~self.truth.is_known).to_numpy()
        return found


@dataclass(frozen=True, slots=True)
class Depths:
    """How deep every subject is.

    Attributes:
        value: 0 for none of the tiers, 1 yellow, 2 orange, 3 red; NaN where it cannot be said.
        reason: why it cannot be said.
        limits: of each subject, with exits that hold it in what it has not left.
        evidence: the conditions that hold, as the rule writes them.
        held: the same as `Held`, to be said to people.
        on: the last day of the newest period that was looked at.
        data_through: of the metric that reaches least far.
    """

    value: Series
    reason: Series
    limits: pd.DataFrame
    evidence: Series
    held: Series
    on: Series
    data_through: Series


def subjects_of(asked: Asked, rule: Rule) -> pd.Index:
    """Return every subject that one of the metrics names."""
    found = [values_of(asked, metric, period).index for metric, period in rule.read_from]
    return reduce(lambda one, other: one.union(other), found)


def depths_of(asked: Asked, rule: Rule, index: pd.Index, stages: Series | None) -> Depths:
    """Judge every condition of a rule, and return how deep each subject is."""
    reading = _Reading(asked, rule, index, {}, {})
    found = reading.depths(rule.when)
    for stage, own in rule.lifecycle.items():
        if stages is not None and (is_meant := (stages == stage).to_numpy()).any():
            found = _chosen(is_meant, reading.depths(_when_at(rule, own)), found)
    return found


def conditions_of(asked: Asked, rule: Rule, subject: tuple[str, str], stage: str = "") -> Iterator[str]:
    """Yield each condition of a rule, with its tier and what it comes to for one subject in its stage of life."""
    index = pd.MultiIndex.from_tuples([subject], names=KEY)
    judging = _Reading(asked, rule, index, {}, {})
    own = next((tiers for name, tiers in rule.lifecycle.items() if name == stage), None)
    for tier, conditions in (_when_at(rule, own) if own else rule.when).items():
        for clause in conditions.clauses:
            yield f"{tier} {_comes_to(judging.clause(clause), rule.period)}"


def _comes_to(judged: Judged, period: Period) -> str:
    words = condition_in_words(judged.clause, period)
    if not judged.truth.is_known[0]:
        return f"not known: {words} ({judged.reason.iloc[0] or 'no_baseline'})"
    return f"{'holds' if judged.truth.holds[0] else 'does not hold'}: {words}; it is {judged.value.iloc[0]:.6g}"


def _when_at(rule: Rule, own: StageTiers) -> Mapping[Tier, Conditions]:
    return own.when or {tier: rule.when[tier] for tier in own.only}


def _chosen(is_meant: Flags, own: Depths, others: Depths) -> Depths:
    def either(name: str) -> Series:
        found: Series = getattr(others, name).where(~is_meant, getattr(own, name))
        return found

    limits = others.limits.where(~np.repeat(is_meant[:, None], others.limits.shape[1], axis=1), own.limits)
    names = ("value", "reason", "evidence", "held", "on", "data_through")
    value, reason, evidence, held, on, through = map(either, names)
    return Depths(value, reason, limits, evidence, held, on, through)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The metrics of a rule while its conditions are judged; each is read once."""

    asked: Asked
    rule: Rule
    index: pd.Index
    read: dict[tuple[str, Period], pd.DataFrame]
    judged: dict[str, Judged]

    def depths(self, when: Mapping[Tier, Conditions]) -> Depths:
        """Return how deep the subjects are under some conditions."""
        size = len(self.index)
        depth, held = np.zeros(size), np.zeros(size)
        is_waiting, has_tier = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
        exists: dict[Tier, Flags] = {}
        for number, tier in enumerate(TIERS, 1):
            if tier not in when:
                continue
            truth, waited = self._tier(when[tier])
            depth = np.where(truth.holds, number, depth)
            held = np.where(truth.stays, number, held)
            exists[tier] = truth.is_known | waited
            has_tier |= exists[tier]
            is_waiting |= waited
        # What is already too deep is known to be; what looks well is not while a condition is waited for.
        is_unsaid = (depth == 0) & is_waiting
        value = pd.Series(np.where(is_unsaid | ~has_tier, np.nan, depth), index=self.index)
        reason = pd.Series("", index=self.index, dtype="str").where(value.notna().to_numpy(), self._why(when))
        limits = _limits(exists, np.asarray(value, dtype="float64"), held, self.index)
        evidence, found = self._evidence(when, depth)
        return Depths(value, reason, limits, evidence, found, self._newest("on"), self._oldest())

    def _tier(self, conditions: Conditions) -> tuple[Truth, Flags]:
        all_of = [self.clause(clause) for clause in conditions.all]
        any_of = [self.clause(clause) for clause in conditions.any]
        found = [*(item.truth for item in all_of), *([_any(any_of)] if any_of else [])]
        truth = Truth(*(np.logical_and.reduce([getattr(one, name) for one in found]) for name in Truth._fields))
        # One condition that is known not to hold says enough of all of them.
        is_refuted = np.logical_or.reduce([one.is_known & ~one.holds & ~one.stays for one in found])
        known = Truth(truth.holds & truth.is_known, truth.stays & truth.is_known, truth.is_known | is_refuted)
        waited = np.logical_or.reduce([item.is_waited_for for item in (*all_of, *any_of)]) & ~known.is_known
        return known, waited

    def clause(self, clause: Clause) -> Judged:
        """Return what a condition comes to, judged once however often it is written."""
        name = clause.model_dump_json()
        if name not in self.judged:
            self.judged[name] = self._judge(clause)
        return self.judged[name]

    def _judge(self, clause: Clause) -> Judged:
        period = clause.period or self.rule.period
        values = self._values(clause.metric, period)
        known = None
        if clause.compared_with:
            known = known_references(self.asked, Watched(clause.metric, period, values), clause.compared_with)
        reference = known.number if known else None
        exit_at = clause.enter if clause.exit is None else clause.exit
        enter, leave = clause_limits(clause.compared_with, (clause.enter, exit_at), reference, self.index)
        holds, stays = _past(clause, values["value"], enter), _past(clause, values["value"], leave)
        is_known = (values["value"].notna() & enter.notna()).to_numpy()
        reason = values["reason"].where(values["value"].notna() | values["reason"].ne(""), "not_named")
        return Judged(clause, Truth(holds & is_known, (holds | stays) & is_known, is_known), values["value"], reason, known)

    def _values(self, metric: str, period: Period) -> pd.DataFrame:
        if (metric, period) not in self.read:
            found = values_of(self.asked, metric, period).reindex(self.index)
            found["reason"] = found["reason"].fillna("")
            self.read[metric, period] = found
        return self.read[metric, period]

    def _why(self, when: Mapping[Tier, Conditions]) -> Series:
        """Return the first reason for which a condition cannot be judged."""
        found = pd.Series("", index=self.index, dtype="str")
        for clause in (clause for conditions in when.values() for clause in conditions.clauses):
            judged = self.clause(clause)
            why = judged.reason.where(judged.reason.ne(""), "no_baseline")
            found = found.where(found.ne("") | judged.truth.is_known, why)
        return found

    def _evidence(self, when: Mapping[Tier, Conditions], depth: NDArray[np.float64]) -> tuple[Series, Series]:
        """Return of each subject that is in a tier what holds in it: as the rule writes it, and as it is said to people."""
        found: list[tuple[Held, ...]] = [()] * len(self.index)
        for number, tier in enumerate(TIERS, 1):
            for clause in when[tier].clauses if tier in when else ():
                judged = self.clause(clause)
                for place in np.flatnonzero((depth == number) & judged.truth.holds).tolist():
                    found[place] = (*found[place], self._held(judged, place))
        said = [
            "; ".join(f"{condition_in_words(item.clause, self.rule.period)}: {item.value:.6g}" for item in held)
            for held in found
        ]
        return pd.Series(said, index=self.index, dtype="str"), pd.Series(found, index=self.index, dtype="object")

    def _held(self, judged: Judged, place: int) -> Held:
        clause, value = judged.clause, float(judged.value.iloc[place])
        held = Held(clause, clause.period or self.rule.period, value)
        if clause.compared_with is None or judged.known is None:
            return held
        words = judged.known.words.iloc[place]
        reference = next((item for item in clause.compared_with.to if reference_in_words(item) == words), None)
        return held._replace(compared_with=reference, reference=float(judged.known.number.iloc[place]))

    def _newest(self, name: str) -> Series:
        found = [values[name] for values in self.read.values()]
        return pd.concat(found, axis=1).max(axis=1) if len(found) > 1 else found[0]

    def _oldest(self) -> Series:
        own = next((values for (metric, _), values in self.read.items() if metric == self.rule.metric), None)
        return own["data_through"] if own is not None else aligned(pd.Series(dtype="object"), self.index)


def _any(judged: list[Judged]) -> Truth:
    """Return whether one at least holds; those of which nothing is known say nothing while another is known."""
    parts = [item.truth for item in judged]
    return Truth(
        np.logical_or.reduce([part.holds for part in parts]),
        np.logical_or.reduce([part.stays for part in parts]),
        np.logical_or.reduce([part.is_known for part in parts]),
    )


def _past(clause: Clause, value: Series, limit: Series) -> Flags:
    compare: Mapping[str, Callable[[Series, Series], Series]] = {
        "at_least": Series.ge,
        "at_most": Series.le,
        "above": Series.gt,
        "below": Series.lt,
    }
    found: Flags = compare[clause.side](value, limit).to_numpy(dtype=bool)
    return found


def _limits(
    exists: Mapping[Tier, Flags], value: NDArray[np.float64], held: NDArray[np.float64], index: pd.Index
) -> pd.DataFrame:
    """Return limits under which a subject enters the tiers that it reaches and stays in those that it has not left."""
    found: dict[str, Series] = {}
    for number, tier in enumerate(TIERS, 1):
        there = exists.get(tier, np.zeros(len(index), dtype=bool))
        leave = np.where(held >= number, np.fmin(value, number), number)
        found[ENTER[tier]] = unknown(index).where(~there, float(number))
        found[EXIT[tier]] = unknown(index).where(~there, pd.Series(leave, index=index))
    return pd.DataFrame({name: found[name] for name in (*ENTER.values(), *EXIT.values())}, index=index)
