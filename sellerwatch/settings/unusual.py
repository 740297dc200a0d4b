"""The shape of `unusual` in alert_rules.yaml: core numbers that no limit watches, and from when on one of them is worth a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.settings.catalogue import Metric, periods_of
from sellerwatch.settings.models import Frozen, Name, NotNegative, Number, Positive, each_once
from sellerwatch.settings.yamlfile import YamlFile

LEVEL = "marketplace"
"""The level that is looked at: numbers of a whole marketplace, not of its products."""


class Kpi(Frozen):
    """A core number, and what has to be there before it can be called unusual.

    ``volume`` says what ``at_least`` is of: the value itself where it counts something, the denominator of a rate. An open alert on
    the number, or on one named under ``unless``, says more than this line would.
    """

    volume: Literal["value", "denominator"]
    at_least: Annotated[Number, Field(gt=0)]
    change_pct: Annotated[Number, Field(gt=0)] = 20.0
    unless: Annotated[tuple[Name, ...], AfterValidator(each_once)] = ()


class Unusual(Frozen):
    """When a number is unusual: so many mature days in a row, each so far from the same weekday of the last weeks."""

    z: Annotated[Number, Field(gt=0)] = 3.5
    days: Annotated[int, Field(ge=2, strict=True)] = 2
    """One day alone is an accident."""
    weeks: Positive = 4
    needed: Positive = 3
    settled_within: Positive = 21
    silent_days: NotNegative = 7
    kpis: dict[Name, Kpi] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _weeks_suffice(self) -> Self:
        if self.needed > self.weeks:
            message = f"needed ({self.needed}) is more than the {self.weeks} weeks that are looked at"
            raise ValueError(message)
        return self


def check_unusual(unusual: Unusual, metrics: Mapping[str, Metric], file: YamlFile) -> None:
    """Refuse numbers that the catalogue does not have, or does not measure by the day for a marketplace.

    Raises:
        ConfigError: there is one.
    """
    for name, kpi in unusual.kpis.items():
        where = file.where("unusual", "kpis", name)
        for named in (name, *kpi.unless):
            if named not in metrics:
                raise unknown_value(named, metrics, what="metric", where=where)
        if LEVEL not in metrics[name].subjects or "day" not in periods_of(metrics[name], LEVEL):
            raise ConfigError(
                f"{name} is not measured by the day for a {LEVEL}",
                where=where,
                remedy="Name a metric that is; docs/metrics.md says over which periods each is measured",
            )
