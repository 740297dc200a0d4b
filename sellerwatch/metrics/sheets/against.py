"""The worksheet of a KPI whose limits are multiples or changes of something: a known value against what it is usually, or against a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from sellerwatch.metrics.sheets.answers import BELOW_MIN, names_of
from sellerwatch.metrics.sheets.configured import SIGNS_OF
from sellerwatch.metrics.sheets.inputs import Input, count, listed, number, signed
from sellerwatch.metrics.sheets.kinds import Cell, Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, Sign, quantity, total
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rules import Comparison, Rule
from sellerwatch.settings.tiers import depth

BASELINE: Final = "baseline"
ALSO: Final = ("usual", "plan", "planned", "own_median", "median", "own_mean", "own_past")
EARLIER: Final = ("earlier", "previous_months", "previous_weeks", "previous", "past_months")


@dataclass(frozen=True, slots=True)
class Relative:
    """Where a tier begins that is told as a multiple or a change of another number."""

    tier: Tier
    told_as: str
    sign: Sign
    limit: Fraction
    of: str

    def holds(self, value: Quantity, other: Quantity) -> bool | None:
        """Tell whether the value is in the tier."""
        return _TOLD[self.told_as](value, other).compares(self.sign, self.limit)


def change_pct(value: Quantity, other: Quantity) -> Quantity:
    """Return by how many percent of the other a value is more."""
    return (value - other).over(abs(other), "no_baseline") * 100


_TOLD: Final[Mapping[str, Callable[[Quantity, Quantity], Quantity]]] = {
    "change_pct": change_pct,
    "ratio": lambda value, other: value.over(other, "no_baseline"),
    "difference": lambda value, other: value - other,
}


def _relatives(settings: Settings, kpi: str) -> dict[Tier, Relative]:
    found: dict[Tier, Relative] = {}
    for rule in settings.rules.values():
        for item in _of_rule(rule, kpi):
            found.setdefault(item.tier, item)
    return found


def _of_rule(rule: Rule, kpi: str) -> Iterator[Relative]:
    """Yield the tiers of a rule that the KPI alone decides, and that are told of something else."""
    if rule.metric == kpi and rule.compared_with:
        for tier, band in rule.tiers.items():
            if not band.fixed:
                yield _relative(tier, rule.compared_with, SIGNS_OF[rule.breach, rule.strictly], band.enter)
    for tier, conditions in rule.when.items():
        alone = conditions.clauses[0]
        if len(conditions.clauses) == 1 and alone.metric == kpi and alone.compared_with:
            yield _relative(tier, alone.compared_with, SIGNS_OF[alone.breach, alone.is_strict], alone.enter)


def _relative(tier: Tier, compared: Comparison, sign: Sign, limit: float) -> Relative:
    return Relative(tier, compared.told_as, sign, Fraction(str(limit)), compared.to[0].metric or BASELINE)


def _entered(relatives: Mapping[Tier, Relative], value: Quantity, others: Mapping[str, Quantity]) -> dict[Tier, bool | None]:
    return {name: item.holds(value, others[item.of]) for name, item in relatives.items() if item.of in others}


def _deepest(entered: Mapping[Tier, bool | None]) -> Tier | None:
    return max((name for name, is_in in entered.items() if is_in), key=depth, default=None)


def _mean(earlier: Sequence[Quantity]) -> Quantity:
    known = [item for item in earlier if item.value is not None]
    return total(known).over(len(known), "no_baseline")


def _floors(settings: Settings, kpi: str) -> dict[str, Quantity]:
    """Return the least of what else the rule wants to see before it judges."""
    found = (rule.minimum for rule in settings.rules.values() if rule.metric == kpi and list(_of_rule(rule, kpi)))
    return {
        name: quantity(Fraction(str(least.at_least)))
        for name, least in next(found, {}).items()
        if "." not in name and name != kpi
    }


def _is_short(floors: Mapping[str, Quantity], given: Mapping[str, Quantity]) -> bool:
    return any(given[name].compares("<", least) for name, least in floors.items() if name in given)


def _others(settings: Settings, kpi: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.of for item in _relatives(settings, kpi).values() if item.of != BASELINE))


def against_sheet(kpi: str, settings: Settings) -> Sheet | None:
    """Return the worksheet of a known value of the KPI beside what it is compared with; None where no limit is told so."""
    own, *also = names_of(kpi, settings)
    relatives, others = _relatives(settings, kpi), _others(settings, kpi)
    if not relatives:
        return None

    floors = _floors(settings, kpi)

    def entered(**given: Quantity) -> dict[Tier, bool | None]:
        return dict.fromkeys(relatives, False) if _is_short(floors, given) else _entered(relatives, given.pop(own), given)

    def changed(**given: Quantity) -> Quantity:
        found = change_pct(given[own], given[BASELINE])
        return Quantity(found.value, BELOW_MIN) if _is_short(floors, given) else found

    def said(name: Tier) -> Cell:
        return cell(name, "true or false", lambda _entered: _entered.get(name))

    return Sheet(
        kpi,
        "What the limits say of a value beside what it is usually, or was planned to be",
        (
            signed(own, "as the KPI", *also, "value", "current", "now", "actual"),
            signed(BASELINE, "as the KPI", *ALSO),
            Input("earlier", "list of values as the KPI, whose mean is the baseline", listed(number), EARLIER),
            *map(count, floors),
            *(
                signed(name, "as configured", *([name.removesuffix("_pct")] if name.endswith("_pct") else []))
                for name in others
            ),
        ),
        (
            Cell("change_pct", "%", changed, (own, BASELINE), tuple(floors)),
            cell("tier", "yellow, orange or red", _deepest, "_entered"),
            *(said(name) for name in TIERS if name in relatives),
            cell(BASELINE, "as the KPI", _mean),
            Cell("_entered", "", entered, (own, BASELINE), (*others, *floors)),
            *(Cell("_entered", "", entered, (own, name), tuple(floors)) for name in others),
        ),
        ("tier",),
        is_kpi=False,
    )
