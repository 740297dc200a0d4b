"""The shape of `telling` in routing.yaml: what of a run's news is held back, gathered, doubted, or sent to another channel."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.settings.catalogue import first_cycle
from sellerwatch.settings.models import Frozen, Name, Number, Positive, Tier, VariableName, each_once
from sellerwatch.settings.yamlfile import YamlFile

Names = Annotated[tuple[Name, ...], AfterValidator(each_once)]


class Inhibition(Frozen):
    """While an alert on the metric is open at the tier or deeper, and at the value or past it, alerts it explains are not told."""

    metric: Name
    tier: Tier
    value: Number | None = None
    holds: Literal["all"] | Annotated[Names, Field(min_length=1)]

    def covers(self, metric: str) -> bool:
        """Tell whether alerts on the metric are held; none is held by its own kind."""
        return metric != self.metric and (self.holds == "all" or metric in self.holds)


class DigestLimits(Frozen):
    """What is told as a row of one message for each channel, store and night instead of in a message of its own."""

    tiers: Annotated[tuple[Tier, ...], AfterValidator(each_once)] = ("yellow",)
    rows: Annotated[int, Field(gt=0, le=30, strict=True)] = 15
    new_roots: Positive = 8


class MassChange(Frozen):
    """From when on so many changes at once are taken for wrong data rather than for news."""

    share_pct: Annotated[Number, Field(gt=0, le=100)] = 30.0
    subjects: Positive = 20


class Route(Frozen):
    """A channel for some of the alerts: all that is named must fit."""

    channels: Annotated[tuple[VariableName, ...], Field(min_length=1)]
    stores: Names = ()
    owners: Names = ()
    categories: Names = ()

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not (self.stores or self.owners or self.categories):
            message = "a route without stores, owners or categories would take every alert; name at least one of them"
            raise ValueError(message)
        return self


class Telling(Frozen):
    """How a run's news reaches people."""

    inhibition: tuple[Inhibition, ...] = ()
    digest: DigestLimits = DigestLimits()
    mass_change: MassChange = MassChange()
    routes: tuple[Route, ...] = ()


def check_telling(telling: Telling, file: YamlFile, **known: Collection[str]) -> None:
    """Refuse names that no other file defines, and metrics that would hold each other.

    Args:
        telling: the section.
        file: routing.yaml, for the line of what is wrong.
        known: `metrics`, `stores` and `owners` that are configured.

    Raises:
        ConfigError: a metric, store or owner is not known, or holding leads back to where it began.
    """
    for number, item in enumerate(telling.inhibition):
        named = (item.metric, *(item.holds if item.holds != "all" else ()))
        _check_known(named, known["metrics"], "metric", file.where("telling", "inhibition", number))
    for number, route in enumerate(telling.routes):
        where = file.where("telling", "routes", number)
        _check_known(route.stores, known["stores"], "store", where)
        _check_known(route.owners, known["owners"], "owner", where)
    if cycle := first_cycle(_edges(telling.inhibition)):
        raise ConfigError(
            f"{cycle[0]} would be held by what it holds: {' > '.join(cycle)}",
            where=file.where("telling", "inhibition"),
            remedy="Take one of these steps out; of two alerts one has to be told",
        )


def _check_known(names: Collection[str], defined: Collection[str], what: str, where: str) -> None:
    for name in names:
        if name not in defined:
            raise unknown_value(name, defined, what=what, where=where)


def _edges(inhibition: tuple[Inhibition, ...]) -> Mapping[str, tuple[str, ...]]:
    sources = {item.metric for item in inhibition}
    return {
        source: tuple(
            sorted({other for item in inhibition if item.metric == source for other in sources if item.covers(other)})
        )
        for source in sorted(sources)
    }
