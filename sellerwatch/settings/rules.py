"""The shape of alert_rules.yaml and playbooks.yaml: what is judged, from where on, and what people are asked to do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.models import TIERS, Frozen, Name, NotNegative, Number, Positive, Stage, Tier, Titles, Words
from sellerwatch.settings.need import ONCE, Need, NeededPeriods
from sellerwatch.settings.unusual import Unusual

Level = Literal["store", "marketplace", "parent_asin", "asin", "sku", "campaign", "feed", "check"]
"""What one alert of a rule can be about."""

Breach = Literal["at_most", "at_least"]
"""On which side of a limit the trouble lies."""

STAGED: Final = frozenset({"sku", "asin"})
"""The levels whose subjects have a stage of life."""


READ_BY_WATCHDOG: Final = "missing_nights"
"""The metric that no night measures: a night that does not run could not."""


class Band(Frozen):
    """Where a tier begins, and the value that has to be passed to leave it.

    In a rule that is compared with something both are multiples, percentages or differences of that; one that is ``fixed`` is a
    value of the metric. Where a milder tier would begin further out than a fixed one, the fixed one begins at ``otherwise``.
    """

    enter: Number
    exit: Number
    fixed: Annotated[bool, Field(strict=True)] = False
    otherwise: Number | None = None

    @model_validator(mode="after")
    def _otherwise_of_fixed(self) -> Self:
        if self.otherwise is not None and not self.fixed:
            message = "otherwise says where a fixed tier begins instead: add fixed: true, or take it out"
            raise ValueError(message)
        return self


class Reference(Frozen):
    """One thing that a value can be compared with.

    ``own_past``: the median of comparable periods, chosen by ``method``; ``earlier``: the value so many ``days`` before;
    ``category`` and ``target``: what people's tables or categories.yaml say; ``amazon_limit``: what Amazon's report asks for;
    ``metric``: another metric's value of the same subject; ``constant``: a number, for where nothing else is known.
    """

    what: Literal["own_past", "earlier", "category", "target", "amazon_limit", "metric", "constant"]
    method: Name | None = None
    days: Positive | None = None
    metric: Name | None = None
    period: Period | None = None
    value: Number | None = None

    @model_validator(mode="after")
    def _has_its_own(self) -> Self:
        needed = {"own_past": "method", "earlier": "days", "metric": "metric", "constant": "value"}.get(self.what)
        allowed = {needed, "period"} if self.what == "metric" else {needed}
        given = {name for name in ("method", "days", "metric", "period", "value") if getattr(self, name) is not None}
        if (needed and needed not in given) or given - allowed:
            takes = f"takes {' and '.join(sorted(filter(None, allowed)))}" if needed else "takes nothing more"
            message = f"{self.what} {takes}"
            raise ValueError(message)
        return self


def _one_or_more(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


class Comparison(Frozen):
    """What limits are told in, and what is compared with: the first of the list that is known for a subject."""

    told_as: Literal["ratio", "change_pct", "difference"] = Field(alias="as")
    to: Annotated[tuple[Reference, ...], Field(min_length=1), BeforeValidator(_one_or_more)]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The other metrics that are read."""
        return tuple(item.metric for item in self.to if item.metric)


_SIDES: Final[Mapping[str, tuple[Breach, bool]]] = {
    "at_least": ("at_least", False),
    "at_most": ("at_most", False),
    "above": ("at_least", True),
    "below": ("at_most", True),
}
"""How a condition names its limit: which side that is, and whether the limit itself is still fine."""


class Clause(Frozen):
    """One condition on one metric: the limit from which it holds, and the one past which it holds no longer."""

    metric: Name
    period: Period | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    above: Number | None = None
    below: Number | None = None
    exit: Number | None = None
    compared_with: Comparison | None = None

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        if len([name for name in _SIDES if getattr(self, name) is not None]) != 1:
            message = f"a condition has one limit: {', '.join(_SIDES)}"
            raise ValueError(message)
        sign = 1 if self.breach == "at_least" else -1
        if self.exit is not None and sign * self.exit > sign * self.enter:
            message = f"exit {self.exit:g} lies deeper than enter {self.enter:g}, so the condition could never hold"
            raise ValueError(message)
        return self

    @property
    def side(self) -> str:
        """The word that names the limit."""
        return next(name for name in _SIDES if getattr(self, name) is not None)

    @property
    def breach(self) -> Breach:
        """On which side of the limit the condition holds."""
        return _SIDES[self.side][0]

    @property
    def is_strict(self) -> bool:
        """Whether a value at the limit is still fine."""
        return _SIDES[self.side][1]

    @property
    def enter(self) -> float:
        """The limit."""
        limit: float = getattr(self, self.side)
        return limit


class Conditions(Frozen):
    """When a tier of a rule over several metrics is reached: all of the one list hold, and one at least of the other."""

    all: tuple[Clause, ...] = ()
    any: tuple[Clause, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.all and not self.any:
            message = "a tier needs at least one condition under all or any"
            raise ValueError(message)
        return self

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Every condition."""
        return (*self.all, *self.any)


class StageTiers(Frozen):
    """What a rule is for one stage of life: its own tiers or conditions, some of the rule's alone, or nothing."""

    tiers: dict[Tier, Band] = Field(default_factory=dict)
    when: dict[Tier, Conditions] = Field(default_factory=dict)
    only: tuple[Tier, ...] = ()
    off: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if sum(map(bool, (self.tiers, self.when, self.only, self.off))) != 1:
            message = "a stage has tiers, when or only, or is off"
            raise ValueError(message)
        return self


def _said_off(value: object) -> object:
    """YAML reads a bare ``off`` as false."""
    return {"off": True} if value is False or value == "off" else value


class Floor(Frozen):
    """The least that has to be there before a subject is judged."""

    at_least: Annotated[Number, Field(gt=0)]
    period: Period | None = None


def _floor(value: object) -> object:
    return {"at_least": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


class Falls(Frozen):
    """Judge how many times in a row a metric has fallen (or risen): of blocks of so many periods, each against the one before."""

    direction: Literal["down", "up"] = "down"
    block: Positive
    most: Positive


class Step(Frozen):
    """Who is told after so many hours without an acknowledgement, of an alert that is in this tier or a deeper one."""

    after_hours: Annotated[Number, Field(ge=0)]
    role: Name
    from_tier: Tier = "yellow"


class Rule(Frozen):
    """A watched metric with its tiers; or, with ``when``, several metrics whose conditions make up each tier."""

    number: str
    title: Titles
    metric: Name
    subject: Level
    period: Period = "day"
    unit: Words | None = None
    settled: Annotated[bool, Field(strict=True)] = False
    breach: Breach
    strictly: Annotated[bool, Field(strict=True)] = False
    tiers: Annotated[dict[Tier, Band], Field(min_length=1)]
    when: dict[Tier, Conditions] = Field(default_factory=dict)
    falls: Falls | None = None
    compared_with: Comparison | None = None
    relative_to: Literal["freshness_hours"] | None = None
    lifecycle: dict[Stage, Annotated[StageTiers, BeforeValidator(_said_off)]] = Field(default_factory=dict)
    minimum: dict[str, Annotated[Floor, BeforeValidator(_floor)]] = Field(default_factory=dict)
    only_in_stock: Annotated[bool, Field(strict=True)] = False
    step_down_periods: Positive = 2
    clear_periods: Positive = 2
    reopen_hours: NotNegative = 72
    need: Annotated[dict[Tier, NeededPeriods], Field(default_factory=dict)]
    """Of so many of the last periods a tier must be entered in so many, such as "2 of 3", before it counts; one where none is given."""
    hard_clear: Number | None = None
    """One period at or past this value, on the good side, resolves the alert without waiting for ``clear_periods``."""
    missing_periods: Positive = 3
    """After so many nights without a value in a row, what was counted is dropped."""
    flap_starts: Positive = 3
    flap_days: Positive = 14
    """An alert that starts so many times in so many days comes and goes: it grows quiet until it has not for as many days."""
    audience: Literal["alerts", "ops"] = "alerts"
    judged_by: Literal["night", "watchdog"] = "night"
    owner: Name
    deputy: Name | None = None
    escalation: tuple[Step, ...] = ()
    playbook: str
    shadow: Annotated[bool, Field(strict=True)] = False
    shadow_until: date | None = None
    """The last day on which the rule is tried; from the next one on its owner is reminded to decide."""
    missing: Words | None = None
    version: Positive

    def need_of(self, tier: Tier) -> Need:
        """Return how many periods must enter the tier."""
        return self.need.get(tier, ONCE)

    @property
    def periods_looked_back(self) -> int:
        """The most periods that any tier looks back over."""
        return max((need.of_last for need in self.need.values()), default=1)

    @model_validator(mode="before")
    @classmethod
    def _depth_of_conditions(cls, value: Any) -> Any:  # noqa: ANN401 - what the file says, not yet checked
        if not isinstance(value, dict) or not isinstance(value.get("when"), dict) or not value["when"]:
            return value
        if extra := {"tiers", "breach", "compared_with", "relative_to", "strictly", "falls"} & value.keys():
            message = f"a rule with when has its limits in the conditions; {min(extra)} does not go with it"
            raise ValueError(message)
        bands = {tier: {"enter": number, "exit": number} for number, tier in enumerate(TIERS, 1) if tier in value["when"]}
        return {**value, "breach": "at_least", "tiers": bands}

    @model_validator(mode="after")
    def _somebody_reads_it(self) -> Self:
        if (self.judged_by == "watchdog") != (self.metric == READ_BY_WATCHDOG):
            message = f"the watchdog reads {READ_BY_WATCHDOG} and nothing else, and nobody else reads it; {self.metric} is judged by the {self.judged_by}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _tiers_deepen(self) -> Self:
        _check_bands(self.tiers, self.breach)
        for stage, own in self.lifecycle.items():
            _check_bands(own.tiers, self.breach)
            if bool(own.when) != bool(self.when) and (own.when or own.tiers):
                message = f"the stage {stage} has {'when' if own.when else 'tiers'}, and the rule has not"
                raise ValueError(message)
            if lacking := [tier for tier in own.only if tier not in self.tiers]:
                message = f"the stage {stage} keeps the tier {lacking[0]}, which the rule has not"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        compared = [bool(part) for part in (self.compared_with, self.relative_to, self.falls)]
        for is_wrong, message in (
            (sum(compared) > 1, "compared_with, relative_to and falls exclude each other"),
            (_has_fixed(self) and not self.compared_with, "fixed goes with compared_with: without it every limit is fixed"),
            (
                self.shadow_until is not None and not self.shadow,
                "shadow_until is the end of a time in shadow: set shadow to true",
            ),
            (_is_unordered(self.escalation), "each step of an escalation comes later than the one before"),
        ):
            if is_wrong:
                raise ValueError(message)
        return self

    @property
    def is_composite(self) -> bool:
        """Whether several metrics decide: then the value is the depth that is reached, 0 to 3."""
        return bool(self.when)

    @property
    def has_no_value(self) -> bool:
        """Whether it judges no number of its own: several metrics, or falls in a row; its tiers are no limits of its metric then."""
        return self.is_composite or self.falls is not None

    @property
    def limits_are_values(self) -> bool:
        """Whether the tiers are values of the metric: not multiples or changes of something, and not counts of anything else."""
        return not (self.when or self.falls or self.compared_with or self.relative_to)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Every condition on a metric, those of the stages too."""
        every = (self.when, *(own.when for own in self.lifecycle.values()))
        return tuple(clause for when in every for conditions in when.values() for clause in conditions.clauses)

    @property
    def read_from(self) -> tuple[tuple[str, Period], ...]:
        """Metric and period of every value by which a subject is judged; what it is compared with is not among them."""
        named = ((clause.metric, clause.period or self.period) for clause in self.clauses)
        return tuple(dict.fromkeys(named)) if self.is_composite else ((self.metric, self.period),)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric that decides, the rule's own first; the floors' are not among them."""
        return tuple(dict.fromkeys(self._metrics()))

    def _metrics(self) -> Iterator[str]:
        yield self.metric
        yield from (self.compared_with.metrics if self.compared_with else ())
        for clause in self.clauses:
            yield clause.metric
            yield from (clause.compared_with.metrics if clause.compared_with else ())


def _has_fixed(rule: Rule) -> bool:
    every = (*rule.tiers.values(), *(band for own in rule.lifecycle.values() for band in own.tiers.values()))
    return any(band.fixed for band in every)


def _is_unordered(steps: tuple[Step, ...]) -> bool:
    return any(later.after_hours <= earlier.after_hours for earlier, later in itertools.pairwise(steps))


def _check_bands(tiers: Mapping[Tier, Band], breach: Breach) -> None:
    """Refuse tiers that do not deepen, and exits that lie inside; a fixed limit and one that is compared have no order yet."""
    present = [tiers[tier] for tier in TIERS if tier in tiers]
    sign = 1 if breach == "at_least" else -1
    for milder, deeper in itertools.pairwise(present):
        if milder.fixed == deeper.fixed and sign * deeper.enter <= sign * milder.enter:
            message = f"each deeper tier must begin further out; {deeper.enter:g} follows {milder.enter:g}"
            raise ValueError(message)
    for band in present:
        if sign * band.exit > sign * band.enter:
            message = f"exit {band.exit:g} lies deeper than enter {band.enter:g}, so the tier could never hold"
            raise ValueError(message)


class Playbook(Frozen):
    """The steps a tier asks people to take, in both languages."""

    title: Titles
    owner: Name
    version: Positive
    steps: dict[Tier, tuple[Titles, ...]]


class RulesFile(Frozen):
    """alert_rules.yaml."""

    rules: Annotated[dict[Name, Rule], Field(min_length=1)]
    unusual: Unusual = Unusual()


class PlaybooksFile(Frozen):
    """playbooks.yaml."""

    playbooks: dict[str, Playbook]
