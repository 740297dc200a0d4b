"""The shape of metrics.yaml: how facts are read, the named parts numbers are made of, and the metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, InstanceOf, Tag, model_validator

from sellerwatch.settings.expressions import (
    Aggregate,
    Combination,
    Condition,
    Expression,
    expanded,
    parse_conditions,
    parse_expression,
)
from sellerwatch.settings.models import Frozen, Name, Positive, Titles, Words

Grain = Literal["store", "marketplace", "parent_asin", "asin", "sku", "campaign"]
GRAINS: Final[tuple[Grain, ...]] = get_args(Grain)
"""What a catalogued metric can be measured for."""

Period = Literal["day", "d7", "d14", "d30", "d90", "week", "month", "month_to_date"]
PERIODS: Final[tuple[Period, ...]] = get_args(Period)
"""The runs of days: one day, the last so many, Sunday to Saturday, a calendar month, and one so far. Each is named by its last day."""

Status = Literal["computed", "coded", "user_table", "not_observable"]

LATER: Final[Mapping[str, tuple[str, int]]] = {"all_orders_year_ago": ("all_orders", 364)}
"""Feeds under another name, whose days count so many days later: what was 52 weeks ago, beside what is."""

Parsed = TypeVar("Parsed")


def _read(parse: Callable[[str], Parsed]) -> Callable[[object], object]:
    return lambda value: parse(value) if isinstance(value, str) else value


def _combined(text: str) -> Expression:
    found = parse_expression(text)
    if isinstance(found, Aggregate):
        message = f"{text!r} reads facts; give it a name under parts, and name that here"
        raise ValueError(message)  # noqa: TRY004 - pydantic makes a complaint of a ValueError
    return found


Conditions = Annotated[tuple[InstanceOf[Condition], ...], BeforeValidator(_read(parse_conditions))]
PartExpression = Annotated[InstanceOf[Aggregate] | InstanceOf[Combination], BeforeValidator(_read(parse_expression))]
PartsCombined = Annotated[InstanceOf[Combination], BeforeValidator(_read(_combined))]


def report_of(feed: str) -> str:
    """Return the report that a feed of the catalogue is."""
    return LATER[feed][0] if feed in LATER else feed


class FactReading(Frozen):
    """How the rows of a fact table are told apart by day and subject, and which feed says whether a day is known."""

    feed: Name
    day: Name
    grains: dict[Grain, Name] = Field(default_factory=dict)
    has_marketplace: Annotated[bool, Field(strict=True)] = True
    conditions: dict[Name, Conditions] = Field(default_factory=dict)

    def reads(self, grain: Grain) -> bool:
        """Tell whether a row of the table belongs to a subject of the grain."""
        return self.has_marketplace if grain == "marketplace" else grain in self.grains


class PartByGrain(Frozen):
    """A part that different facts give for different subjects."""

    marketplace: PartExpression | None = None
    parent_asin: PartExpression | None = None
    asin: PartExpression | None = None
    sku: PartExpression | None = None
    campaign: PartExpression | None = None


Part = Annotated[
    Annotated[PartExpression, Tag("one")] | Annotated[PartByGrain, Tag("by_grain")],
    Discriminator(lambda value: "by_grain" if isinstance(value, dict | PartByGrain) else "one"),
]
"""One expression for subjects of every grain, or one for each."""


class Metric(Frozen):
    """What a number means, who owns it and what it is made from.

    A metric with a numerator is computed from the catalogue alone; one that is ``coded`` has its SQL in sellerwatch/metrics.
    What people fill in gives those of a ``user_table``, and of the ``not_observable`` ones what they type in instead.
    """

    title: Titles
    family: Literal["financial", "customer", "process", "learning"]
    formula: Words
    subjects: Annotated[
        tuple[Literal["store", "marketplace", "parent_asin", "asin", "sku", "campaign", "feed", "check"], ...],
        Field(min_length=1),
    ]
    unit: Words
    better: Literal["higher", "lower", "between", "context"]
    feeds: tuple[Name, ...]
    owner: Name
    version: Positive
    status: Status = "coded"
    grains: dict[Grain, Annotated[tuple[Period, ...], Field(min_length=1)]] = Field(default_factory=dict)
    numerator: PartsCombined | None = None
    denominator: PartsCombined | None = None
    unknown: dict[Name, Name] = Field(default_factory=dict)
    provisional: dict[Name, Name] = Field(default_factory=dict)
    without_denominator: Name = "zero_denominator"
    without_cells: Name = "no_data"
    minimum: Positive | None = None
    baseline: str = ""
    amazon_limit: str = ""
    vanity: Literal["no", "yes", "if_alone"] = "no"
    drivers: tuple[Name, ...] = ()
    missing: str = ""

    @model_validator(mode="before")
    @classmethod
    def _subjects_of_grains(cls, value: Any) -> Any:  # noqa: ANN401 - what the file says, not yet checked
        if isinstance(value, dict) and "subjects" not in value and isinstance(value.get("grains"), dict):
            return value | {"subjects": list(value["grains"])}
        return value

    @model_validator(mode="after")
    def _holds_together(self) -> Metric:
        if (self.numerator is not None) != (self.status == "computed"):
            message = "a numerator and `status: computed` belong together"
            raise ValueError(message)
        if self.numerator is not None and not self.grains:
            message = "a computed metric says under grains what it is measured for, and over which periods"
            raise ValueError(message)
        if self.numerator is not None and self.scale > 1 and _has_factor(self.numerator, self.scale):
            message = "a metric in '%' is the quotient times 100 already; take the 100 out of its numerator"
            raise ValueError(message)
        if self.denominator is None and (self.minimum or self.without_denominator != "zero_denominator"):
            message = "minimum and without_denominator speak of a denominator, and there is none"
            raise ValueError(message)
        if self.status in {"user_table", "not_observable"} and not self.missing:
            message = f"a metric that is {self.status} says under missing what it lacks"
            raise ValueError(message)
        return self

    @property
    def is_measured(self) -> bool:
        """Tell whether a night gives it a value."""
        return self.status in {"computed", "coded"}

    @property
    def scale(self) -> int:
        """What the quotient is multiplied with."""
        return 100 if self.unit == "%" else 1


def _has_factor(expression: Expression, factor: int) -> bool:
    return isinstance(expression, Combination) and all(times % factor == 0 for _, times in expression.terms)


def _conditions_make_sense(facts: dict[str, FactReading]) -> dict[str, FactReading]:
    for table, reading in facts.items():
        for name in reading.conditions:
            expanded(Aggregate("count", table, (), (Condition(name),)), reading.conditions)
    return facts


def periods_of(metric: Metric, subject: str) -> tuple[Period, ...]:
    """Return the periods over which a metric is measured for subjects of a level."""
    return next((periods for grain, periods in metric.grains.items() if grain == subject), ("day",))


class MetricsFile(Frozen):
    """metrics.yaml."""

    facts: Annotated[dict[Name, FactReading], AfterValidator(_conditions_make_sense)] = Field(default_factory=dict)
    parts: dict[Name, Part] = Field(default_factory=dict)
    metrics: Annotated[dict[Name, Metric], Field(min_length=1)]


def expression_of(part: Expression | PartByGrain, grain: Grain) -> Expression | None:
    """Return what a part is for subjects of a grain; None where no facts give it."""
    found: Expression | None = getattr(part, grain) if isinstance(part, PartByGrain) else part
    return found


def expressions_of(part: Expression | PartByGrain) -> tuple[Expression, ...]:
    """Return every expression of a part."""
    if not isinstance(part, PartByGrain):
        return (part,)
    return tuple(found for found in (getattr(part, grain) for grain in PartByGrain.model_fields) if found is not None)


def names_in(expression: Expression | None) -> tuple[str, ...]:
    """Return the parts that an expression names."""
    return tuple(name for name, _ in expression.terms) if isinstance(expression, Combination) else ()


def first_cycle(edges: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return names that lead back to the first of them; empty when there are none."""
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done:
            return ()
        found = next(filter(None, (walk(other, (*path, name)) for other in edges.get(name, ()))), ())
        done.add(name)
        return found

    return next(filter(None, (walk(name, ()) for name in edges)), ())
