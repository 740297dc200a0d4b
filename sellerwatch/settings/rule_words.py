"""Rules in words: what a condition asks for, what is compared, and where the tiers begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rules import Band, Clause, Comparison, Conditions, Reference, Rule

_SIGNS: Final[Mapping[tuple[str, bool], str]] = {
    ("at_most", False): "<=",
    ("at_most", True): "<",
    ("at_least", False): ">=",
    ("at_least", True): ">",
}


def reference_in_words(reference: Reference) -> str:
    """Return what is compared with."""
    told = {
        "own_past": f"its own past ({reference.method})",
        "earlier": f"{reference.days} days before",
        "category": "its category",
        "target": "the target",
        "amazon_limit": "Amazon's limit",
        "metric": str(reference.metric),
        "constant": "" if reference.value is None else f"{reference.value:g}",
    }
    return told[reference.what]


def comparison_in_words(comparison: Comparison) -> str:
    """Return everything that is compared with, in the order in which it is looked for."""
    return " or else ".join(map(reference_in_words, comparison.to))


def _scaled_words(limit: float, comparison: Comparison | None) -> str:
    if comparison is None:
        return f"{limit:g}"
    named = comparison_in_words(comparison)
    said = {
        "ratio": f"{limit:g} x {named}",
        "change_pct": f"{limit:+g} % against {named}",
        "difference": f"{named} {limit:+g}" if limit else named,
    }
    return said[comparison.told_as]


def condition_in_words(clause: Clause, period: Period) -> str:
    """Return a condition."""
    sign = _SIGNS[clause.breach, clause.is_strict]
    return f"{clause.metric} ({clause.period or period}) {sign} {_scaled_words(clause.enter, clause.compared_with)}"


def conditions_in_words(conditions: Conditions, period: Period) -> str:
    """Return what makes a tier."""
    every = [condition_in_words(clause, period) for clause in conditions.all]
    some = [condition_in_words(clause, period) for clause in conditions.any]
    alternatives = " or ".join(some)
    return " and ".join([*every, *([f"({alternatives})" if every and len(some) > 1 else alternatives] if some else [])])


def band_in_words(rule: Rule, band: Band) -> str:
    """Return where a tier begins and where it is left."""
    sign = _SIGNS[rule.breach, rule.strictly]
    comparison = None if band.fixed else rule.compared_with
    unit = " falls in a row" if rule.falls else f" x {rule.relative_to}" if rule.relative_to else ""
    leave = "" if band.exit == band.enter else f" (left past {_scaled_words(band.exit, comparison)})"
    return f"{sign} {_scaled_words(band.enter, comparison)}{unit}{leave}"


def tiers_in_words(rule: Rule) -> Iterator[tuple[Tier, str]]:
    """Yield each tier of a rule with what it takes."""
    for tier in TIERS:
        if tier in rule.when:
            yield tier, conditions_in_words(rule.when[tier], rule.period)
        elif tier in rule.tiers:
            yield tier, band_in_words(rule, rule.tiers[tier])


def stages_in_words(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield what the rule is for each stage of life that has something of its own."""
    for stage, own in rule.lifecycle.items():
        if own.off:
            yield stage, "off"
        elif own.only:
            yield stage, f"{', '.join(own.only)} only"
        else:
            bands = [f"{tier} {band_in_words(rule, band)}" for tier, band in own.tiers.items()]
            yield (
                stage,
                "; ".join(bands or [f"{tier} {conditions_in_words(some, rule.period)}" for tier, some in own.when.items()]),
            )


def floors_in_words(rule: Rule) -> str:
    """Return the least that has to be there; empty where the rule asks for nothing."""
    parts = [f"{name} ({floor.period or rule.period}) >= {floor.at_least:g}" for name, floor in rule.minimum.items()]
    return ", ".join([*parts, *(["in stock"] if rule.only_in_stock else [])])
