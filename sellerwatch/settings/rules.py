"""The shape of alert_rules.yaml and playbooks.yaml: what is judged, from where on, and what people are asked to do."""

from __future__ import annotations

import itertools
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from sellerwatch.settings.models import TIERS, Frozen, Name, NotNegative, Number, Positive, Tier, Titles

READ_BY_WATCHDOG: Final = "missing_nights"
"""The metric that no night measures: a night that does not run could not."""


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
    minimum_units: NotNegative = 0
    audience: Literal["alerts", "ops"] = "alerts"
    judged_by: Literal["night", "watchdog"] = "night"
    owner: Name
    playbook: str
    version: Positive

    @model_validator(mode="after")
    def _somebody_reads_it(self) -> Self:
        if (self.judged_by == "watchdog") != (self.metric == READ_BY_WATCHDOG):
            message = f"the watchdog reads {READ_BY_WATCHDOG} and nothing else, and nobody else reads it; {self.metric} is judged by the {self.judged_by}"
            raise ValueError(message)
        return self

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
