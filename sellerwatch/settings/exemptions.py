"""The shape of exemptions.yaml: times in which what is measured is as people wanted it, so that no alert is raised or resolved."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from sellerwatch.core.errors import unknown_name, unknown_value
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.settings.models import Day, Frozen, Name, Words, each_once
from sellerwatch.settings.yamlfile import YamlFile


class Exemption(Frozen):
    """Days in which some metrics of some subjects are not judged; what is left out stands for all."""

    kind: Literal["investment", "exemption"]
    metrics: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(each_once)]
    stores: Annotated[tuple[Name, ...], AfterValidator(each_once)] = ()
    marketplaces: Annotated[tuple[str, ...], AfterValidator(each_once)] = ()
    subjects: Annotated[tuple[Words, ...], AfterValidator(each_once)] = ()
    from_: Day = Field(alias="from")
    to: Day
    decided_by: Name
    decided_on: Day
    why: Words

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.to < self.from_:
            message = f"it ends ({self.to}) before it begins ({self.from_})"
            raise ValueError(message)
        return self

    def holds(self, metric: str, store_id: str, day: date) -> bool:
        """Tell whether the day lies in it for this metric of this store."""
        return metric in self.metrics and self.from_ <= day <= self.to and (not self.stores or store_id in self.stores)


class ExemptionsFile(Frozen):
    """exemptions.yaml."""

    exemptions: tuple[Exemption, ...] = ()


def check_exemptions(
    found: ExemptionsFile,
    file: YamlFile,
    *,
    metrics: Collection[str],
    stores: Collection[str],
    owners: Collection[str],
) -> None:
    """Refuse names that no other file defines.

    Raises:
        ConfigError: there is one.
    """
    for number, item in enumerate(found.exemptions):
        for name in item.metrics:
            if name not in metrics:
                where = file.where("exemptions", number, "metrics")
                raise unknown_name(name, metrics, what="metric", where=where, listed="docs/metrics.md lists all")
        for name in item.stores:
            if name not in stores:
                raise unknown_value(name, stores, what="store", where=file.where("exemptions", number, "stores"))
        for code in item.marketplaces:
            marketplace(code, where=file.where("exemptions", number, "marketplaces"))
        if item.decided_by not in owners:
            raise unknown_value(item.decided_by, owners, what="owner", where=file.where("exemptions", number, "decided_by"))
