"""Scores of a period: blocks, ladders, weights that follow the season, penalties and the holdback. Who is paid what is not decided here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, get_args

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.metrics.sheets.quantity import Quantity, total, unknown

Weights = Mapping[str, Fraction]
Steps = Sequence[tuple[Fraction, Fraction]]
Freed = Literal["forfeited", "redistributed"]

FULL: Final = Fraction(100)
BLOCKS: Final = ("base", "challenge", "innovation")
BLOCK_WEIGHTS: Final[Weights] = dict(zip(BLOCKS, (Fraction(60), Fraction(30), Fraction(10)), strict=True))
LADDER: Final[Steps] = tuple(
    (Fraction(attained, 100), Fraction(points)) for attained, points in ((0, 0), (50, 50), (80, 80), (100, 100), (120, 120))
)
"""Attainment as a part of the target, and the points from there on."""


def capped_linear(attainment: Quantity) -> Quantity:
    """Return the attainment in points, at least 0 and at most 100."""
    return (attainment * 100).within(0, 100)


def all_or_nothing(attainment: Quantity) -> Quantity:
    """Return 100 points where the target is reached, and none else."""
    is_reached = attainment.compares(">=", 1)
    return attainment if is_reached is None else Quantity(FULL if is_reached else Fraction(0))


BASE_POLICIES: Final[Mapping[str, Callable[[Quantity], Quantity]]] = {
    "linear capped at 100": capped_linear,
    "all or nothing": all_or_nothing,
}
"""How the block with fixed targets may be scored."""


def ladder_points(attainment: Quantity, steps: Steps = LADDER) -> Quantity:
    """Return the points of the highest step that the attainment has reached; below the first step there are none.

    Raises:
        ConfigError: a step is not above the one before it.
    """
    bounds = [bound for bound, _ in steps]
    if not bounds or bounds != sorted(set(bounds)):
        raise ConfigError("the steps of a ladder have to rise", remedy="Write each as [attainment, points], lowest first")
    if attainment.value is None:
        return attainment
    reached = [points for bound, points in steps if attainment.value >= bound]
    return Quantity(reached[-1] if reached else Fraction(0))


def passed_points(is_passed: bool | None) -> Quantity:  # noqa: FBT001 - pass, fail or not decided is all there is to say
    """Return 100 points for a pass that somebody has signed, none for a fail, and nothing known before either."""
    return unknown("not_decided") if is_passed is None else Quantity(FULL if is_passed else Fraction(0))


def checked(weights: Weights) -> Weights:
    """Return the weights.

    Raises:
        ConfigError: one is negative, or they do not add up to 100.
    """
    if any(weight < 0 for weight in weights.values()):
        raise ConfigError("a weight is negative", remedy="Write weights from 0 to 100")
    if sum(weights.values()) != FULL:
        raise ConfigError(
            f"weights have to add up to 100, and these add up to {float(sum(weights.values())):g}", remedy="Correct them"
        )
    return weights


def weighed(weights: Weights, points: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Return what each member brings to the score: its points times its weight.

    Raises:
        ConfigError: a weight without points, or points without a weight.
    """
    if lacking := sorted(weights.keys() ^ points.keys()):
        raise ConfigError(f"{', '.join(lacking)}: a weight and points belong together", remedy="Give both or neither")
    return {name: points[name] * (weight / FULL) for name, weight in weights.items()}


def score(weights: Weights, points: Mapping[str, Quantity]) -> Quantity:
    """Return the points weighed and added up; unknown while those of one member are."""
    return total(weighed(weights, points).values())


def reweighted(weights: Weights, override: Weights) -> dict[str, Fraction]:
    """Return the weights with some of them set anew, the others scaled so that all add up to 100 again.

    Raises:
        ConfigError: a name has no weight, the new weights pass 100, or nothing is left to scale.
    """
    for name in override:
        if name not in weights:
            raise unknown_value(name, weights, what="KPI of the scorecard")
    left = FULL - sum(override.values())
    others = sum((weight for name, weight in checked(weights).items() if name not in override), Fraction(0))
    if left < 0 or (others == 0 and left != 0):
        raise ConfigError(
            f"the new weights add up to {float(FULL - left):g}, and the others cannot make it 100", remedy="Correct them"
        )
    scale = left / others if others else Fraction(0)
    return {name: override[name] if name in override else weight * scale for name, weight in weights.items()}


def exempted(weights: Weights, names: Collection[str]) -> dict[str, Fraction]:
    """Return the weights without those that do not count in this period, the rest scaled to 100.

    Raises:
        ConfigError: a name has no weight, or nothing is left.
    """
    kept = reweighted(weights, dict.fromkeys(names, Fraction(0)))
    return {name: weight for name, weight in kept.items() if name not in names}


@dataclass(frozen=True, slots=True)
class Cut:
    """How much of a weight is taken away: a part of itself, or points of it."""

    size: Fraction
    is_relative: bool

    @classmethod
    def parse(cls, text: str) -> Cut:
        """Read ``relative 10%`` or ``10 points``.

        Raises:
            ConfigError: the text is neither.
        """
        found = re.fullmatch(r"\s*(?:relative (?P<part>\d+(?:\.\d+)?) ?%|(?P<points>\d+(?:\.\d+)?) points?)\s*", text)
        if not found:
            raise ConfigError(f"{text!r} is no cut of a weight", remedy="Write it as 'relative 10%' or '10 points'")
        return cls(Fraction(found["part"] or found["points"]), is_relative=found["part"] is not None)

    def of(self, weight: Fraction) -> Fraction:
        """Return how much of the weight is taken away; never more than there is."""
        return min(weight, weight * self.size / FULL if self.is_relative else self.size)


def penalised(weights: Weights, name: str, cut: Cut, freed: Freed = "forfeited") -> dict[str, Fraction]:
    """Return the weights after the cut: what is freed is lost, or goes to the others in proportion to their weights.

    Raises:
        ConfigError: the name has no weight, or ``freed`` is another word.
    """
    if freed not in get_args(Freed):
        raise unknown_value(freed, get_args(Freed), what="use of the freed weight")
    if name not in weights:
        raise unknown_value(name, weights, what="KPI of the scorecard")
    kept = checked(weights)[name] - cut.of(weights[name])
    return {**weights, name: kept} if freed == "forfeited" else reweighted(weights, {name: kept})


@dataclass(frozen=True, slots=True)
class Holdback:
    """A score in two: what counts now, and what waits for the check of its numbers."""

    now: Quantity
    held: Quantity


def held_back(points: Quantity, part: Quantity, *, is_sound: bool | None) -> Holdback:
    """Hold back so many percent of a score until its numbers are found to be sound; those found wrong keep it frozen."""
    held = points * 0 if is_sound else points * part * Fraction(1, 100)
    return Holdback(now=points - held, held=held)
