"""The shapes of events.yaml and categories.yaml: which days are unlike others, and what is usual in a category."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from sellerwatch.core.errors import unknown_value
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.settings.models import Day, Frozen, Name, Number, Words, each_once
from sellerwatch.settings.yamlfile import YamlFile


class Event(Frozen):
    """Days on which people buy otherwise than usual; both ends are included, and no marketplace stands for all of them."""

    name: Words
    marketplaces: Annotated[tuple[str, ...], AfterValidator(each_once)] = ()
    from_: Day = Field(alias="from")
    to: Day

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.to < self.from_:
            message = f"{self.name} ends ({self.to}) before it begins ({self.from_})"
            raise ValueError(message)
        return self

    def concerns(self, place: str, day: date) -> bool:
        """Tell whether the day is one of the event's in the marketplace."""
        return self.from_ <= day <= self.to and (not self.marketplaces or place in self.marketplaces)


class CategoryUsual(Frozen):
    """What is usual for one metric in a category."""

    typical: Number
    low: Number | None = None
    high: Number | None = None
    source: Words

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        known = [value for value in (self.low, self.typical, self.high) if value is not None]
        if known != sorted(known):
            message = "low, typical and high are in this order"
            raise ValueError(message)
        return self


class EventsFile(Frozen):
    """events.yaml."""

    events: tuple[Event, ...] = ()


class CategoriesFile(Frozen):
    """categories.yaml."""

    default: Words
    categories: Annotated[dict[Words, dict[Name, CategoryUsual]], Field(min_length=1)]


def check_events(events: EventsFile, file: YamlFile) -> None:
    """Refuse a marketplace that Amazon does not have.

    Raises:
        ConfigError: an event names one.
    """
    for number, event in enumerate(events.events):
        for code in event.marketplaces:
            marketplace(code, where=file.where("events", number, "marketplaces"))


def check_categories(categories: CategoriesFile, metrics: Collection[str], file: YamlFile) -> None:
    """Refuse a default that is no category, and a metric that is not in the catalogue.

    Raises:
        ConfigError: there is one.
    """
    if categories.default not in categories.categories:
        raise unknown_value(categories.default, categories.categories, what="category", where=file.where("default"))
    for name, usual in categories.categories.items():
        for metric in usual:
            if metric not in metrics:
                raise unknown_value(metric, metrics, what="metric", where=file.where("categories", name, metric))
