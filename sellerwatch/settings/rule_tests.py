"""The shape of rule_tests.yaml: what a rule is to say of made-up numbers, night by night."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from sellerwatch.settings.models import Day, Frozen, Name, NotNegative, Number, Stage, Tier, Words

MISSING: Final = "_"
STALE: Final = "stale"
LONGEST: Final = 1_000
"""Nights that a test may have; each one is judged."""

_TOKEN: Final = re.compile(r"^(?P<said>-?\d+(?:\.\d+)?|_|stale|[a-z][a-z_]*)(?:x(?P<times>\d{1,4}))?$")


class Point(NamedTuple):
    """What a night measures: a value, or why there is none; ``stale``: the feeds behind it are late."""

    value: float | None = None
    reason: str = ""
    is_stale: bool = False
    is_missing: bool = False


def points(text: str) -> Iterator[Point]:
    """Yield the nights of a series such as ``12 6.5x3 _ stale no_demand``.

    Raises:
        ValueError: a word is no number, no ``_``, no ``stale`` and no reason.
    """
    for word in text.split():
        found = _TOKEN.match(word)
        if not found:
            message = f"{word!r} is no number, {MISSING}, {STALE} or reason; 5x3 repeats 5 three times"
            raise ValueError(message)
        yield from [_point(found["said"])] * int(found["times"] or 1)


def _point(said: str) -> Point:
    if said in {MISSING, STALE}:
        return Point(is_missing=True, is_stale=said == STALE)
    return Point(value=float(said)) if said[0] in "-0123456789" else Point(reason=said)


class Expected(Frozen):
    """What is to come of a night; what is left out is not looked at."""

    night: NotNegative
    tier: Tier | Literal["none"] | None = None
    outcome: Literal["value", "no_data", "insufficient", "not_applicable", "error", "absent"] | None = None
    events: tuple[Name, ...] | None = None


class RuleTest(Frozen):
    """One subject of one rule over some nights."""

    name: Words
    rule: Name
    series: Annotated[dict[str, str], Field(min_length=1)]
    expect: Annotated[tuple[Expected, ...], Field(min_length=1)]
    starts_on: Day | None = None
    judged_from: NotNegative = 0
    marketplace: Words = "US"
    subject: Words | None = None
    stage: Stage | None = None
    target: Number | None = None

    @model_validator(mode="after")
    def _has_nights(self) -> Self:
        lengths = {key: len(list(points(text))) for key, text in self.series.items()}
        if max(lengths.values()) > LONGEST:
            message = f"a test has at most {LONGEST} nights"
            raise ValueError(message)
        for item in self.expect:
            if item.night >= max(lengths.values()) or item.night < self.judged_from:
                message = f"night {item.night} is not judged: nights {self.judged_from} to {max(lengths.values()) - 1} are"
                raise ValueError(message)
        return self


class RuleTestsFile(Frozen):
    """rule_tests.yaml."""

    tests: Annotated[tuple[RuleTest, ...], Field(min_length=1)]
