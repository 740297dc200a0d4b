"""Which tier a value reaches, and which it has not yet left."""

from __future__ import annotations

from collections.abc import Mapping

from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rules import Band, Rule, StageTiers


def depth(tier: Tier | None) -> int:
    """Return 0 for no tier, 1 for yellow, 2 for orange, 3 for red."""
    return 0 if tier is None else TIERS.index(tier) + 1


def tiers_at(tiers: Mapping[Tier, Band], own: StageTiers) -> Mapping[Tier, Band]:
    """Return the tiers that a stage leaves or has."""
    if own.off:
        return {}
    return own.tiers or {tier: band for tier, band in tiers.items() if tier in own.only}


def scaled(rule: Rule, factor: float) -> Mapping[Tier, Band]:
    """Return the rule's bands multiplied by what they are relative to."""
    return {tier: Band(enter=band.enter * factor, exit=band.exit * factor) for tier, band in rule.tiers.items()}


def reached(rule: Rule, bands: Mapping[Tier, Band], value: float) -> Tier | None:
    """Return the deepest tier whose ``enter`` the value is at or past."""
    return _deepest(rule, {tier: band.enter for tier, band in bands.items()}, value)


def held(rule: Rule, bands: Mapping[Tier, Band], value: float) -> Tier | None:
    """Return the deepest tier whose ``exit`` the value has not passed."""
    return _deepest(rule, {tier: band.exit for tier, band in bands.items()}, value)


def _deepest(rule: Rule, limits: Mapping[Tier, float], value: float) -> Tier | None:
    inside = [tier for tier, limit in limits.items() if (value <= limit if rule.breach == "at_most" else value >= limit)]
    return max(inside, key=depth, default=None)
