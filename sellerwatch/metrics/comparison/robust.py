"""How far a number lies from its own past, so that one wild day of it does not decide."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

NORMAL: Final = 1.4826
"""Times the median absolute deviation: the standard deviation of numbers that are spread normally."""

LEAST_SHARE: Final = 0.05
"""Of the median: nothing is taken to be steadier than that."""


def spread_of(past: Sequence[float]) -> float:
    """Return the median of how far the numbers lie from their median."""
    typical = median(past)
    return median(abs(other - typical) for other in past)


def robust_z(value: float, past: Sequence[float], *, noise: float) -> float | None:
    """Return how many spreads a value lies from the median of the past; None where there is no spread at all.

    Args:
        value: to be judged.
        past: what it is compared with.
        noise: what chance alone does to such a value.
    """
    typical = median(past)
    spread = max(NORMAL * spread_of(past), noise, LEAST_SHARE * abs(typical))
    return (value - typical) / spread if spread else None
