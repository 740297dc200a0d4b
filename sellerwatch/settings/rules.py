"""The shape of alert_rules.yaml and playbooks.yaml: what is judged, from where on, and what people are asked to do."""

from __future__ import annotations

import itertools
import re
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sellerwatch.settings.models import TIERS, Frozen, Name, NotNegative, Number, Positive, Tier, Titles


class Need(NamedTuple):
    """How many of the last periods must enter a tier."""

    enough: int
    of_last: int


def _need(said: object) -> object:
    """Read "2 of 3", or "1"."""
    if isinstance(said, str) and (found := NEED.fullmatch(said.strip())):
        return Need(int(found["enough"]), int(found["of_last"] or found["enough"]))
    if isinstance(said, int) and not isinstance(said, bool):
        return Need(said, said)
    return said


def _is_possible(need: Need) -> Need:
    if not 1 <= need.enough <= need.of_last <= MOST_PERIODS:
        message = f"'{need.enough} of {need.of_last}' cannot be met; write '2 of 3' with at most {MOST_PERIODS} periods"
        raise ValueError(message)
    return need


NEED: Final = re.compile(r"(?P<enough>\d{1,3})(?: +of +(?P<of_last>\d{1,3}))?")
MOST_PERIODS: Final = 31
ONCE: Final = Need(1, 1)
NeededPeriods = Annotated[Need, BeforeValidator(_need), AfterValidator(_is_possible)]


class Band(Frozen):
    """Where a tier begins, and the value that has to be passed to leave it."""

    enter: Number
    exit: Number


class Rule(Frozen):
    """A watched metric with its tiers."""

    number: str
    title: Titles
    metric: Name
    subject: Literal["store", "marketplace", "sku", "feed", "check"]
    breach: Literal["at_most", "at_least"]
    tiers: Annotated[dict[Tier, Band], Field(min_length=1)]
    relative_to: Literal["freshness_hours"] | None = None
    step_down_periods: Positive
    clear_periods: Positive
    reopen_hours: NotNegative
    need: Annotated[dict[Tier, NeededPeriods], Field(default_factory=dict)]
    """Of so many of the last periods a tier must be entered in so many, such as "2 of 3", before it counts; one where none is given."""
    hard_clear: Number | None = None
    """One period at or past this value, on the good side, resolves the alert without waiting for ``clear_periods``."""
    missing_periods: Positive = 3
    """After so many nights without a value in a row, what was counted is dropped."""
    flap_starts: Positive = 3
    flap_days: Positive = 14
    """An alert that starts so many times in so many days comes and goes: it grows quiet until it has not for as many days."""
    minimum_units: NotNegative = 0
    audience: Literal["alerts", "ops"] = "alerts"
    owner: Name
    playbook: str
    version: Positive

    def need_of(self, tier: Tier) -> Need:
        """Return how many periods must enter the tier."""
        return self.need.get(tier, ONCE)

    @property
    def periods_looked_back(self) -> int:
        """The most periods that any tier looks back over."""
        return max((need.of_last for need in self.need.values()), default=1)

    @model_validator(mode="after")
    def _tiers_deepen(self) -> Self:
        present = [self.tiers[tier] for tier in TIERS if tier in self.tiers]
        sign = 1 if self.breach == "at_least" else -1
        for milder, deeper in itertools.pairwise(present):
            if sign * deeper.enter <= sign * milder.enter:
                message = f"each deeper tier must begin further out; {deeper.enter:g} follows {milder.enter:g}"
                raise ValueError(message)
        for band in present:
            if sign * band.exit > sign * band.enter:
                message = f"exit {band.exit:g} lies deeper than enter {band.enter:g}, so the tier could never hold"
                raise ValueError(message)
        return self


class Playbook(Frozen):
    """The steps a tier asks people to take."""

    title: str
    steps: dict[Tier, tuple[str, ...]]


class RulesFile(Frozen):
    """alert_rules.yaml."""

    rules: Annotated[dict[Name, Rule], Field(min_length=1)]


class PlaybooksFile(Frozen):
    """playbooks.yaml."""

    playbooks: dict[str, Playbook]
