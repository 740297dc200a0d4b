"""One figure of the benchmark: a number, what it is measured against, and whether it holds."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the result.

    Attributes:
        name: what was measured.
        value: the median, in ``unit``.
        unit: ``s``, ``MB`` or ``documents/s``.
        ratio: the value over that of what it is compared with; None where it is compared with nothing.
        bound: what the ratio, or the value where there is none, may be at most; a speed-up is a ratio of at least the bound.
        holds: whether it is.
    """

    name: str
    value: float
    unit: str
    ratio: float | None = None
    bound: float | None = None
    holds: bool = True

    def tell(self) -> None:
        """Write the figure as one line of JSON."""
        rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(self).items()}
        sys.stdout.write(json.dumps(rounded) + "\n")
        sys.stdout.flush()


def at_most(name: str, value: float, unit: str, *, of: float, bound: float) -> Figure:
    """Return a figure that may be at most ``bound`` times as large as another one."""
    return Figure(name, value, unit, value / of, bound, value <= bound * of)


def times_faster(name: str, seconds: float, *, than: float, bound: float) -> Figure:
    """Return a duration that must be at least ``bound`` times as short as another one."""
    return Figure(name, seconds, "s", than / seconds, bound, than >= bound * seconds)


def below(name: str, value: float, unit: str, *, bound: float) -> Figure:
    """Return a figure that must be less than the bound by itself."""
    return Figure(name, value, unit, None, bound, value < bound)
