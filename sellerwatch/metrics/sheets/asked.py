"""What somebody asks of a worksheet beside its inputs: at which stage of life a product is, and from what volume on it is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final, get_args

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.sheets.answers import BELOW_MIN, fine_sign, without_volume
from sellerwatch.metrics.sheets.inputs import FLOOR, alike, not_negative, number, one_of
from sellerwatch.metrics.sheets.quantity import Quantity, total
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Stage
from sellerwatch.settings.rules import Band, Rule, StageTiers
from sellerwatch.settings.tiers import tiers_at

STAGE: Final = ("lifecycle", "lifecycle_stage", "stage")
"""Names of a product's stage of life, which some rules have other limits for."""


REPORTED: Final = ("reported", "reported_value")
"""How a report's own value of the KPI is called, which is only ever a check."""

LIMIT: Final = ("limit", "limit_pct", "target", "target_pct")
"""How a limit of one's own is called; the limit itself is still fine, or not, as for the usual one."""

_CHECKS: Final = dict.fromkeys(REPORTED, "reported") | dict.fromkeys(LIMIT, "limit")

ROUNDED_TO: Final = Fraction(1, 200)
"""Reports show two digits; what differs by more than half of the second is another number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An example without what is asked beside its inputs.

    Attributes:
        kpi: the KPI.
        inputs: the inputs.
        settings: what is configured, with the limits of the stage.
        floors: the least of an input, by what its name says.
        reported: what a report says the KPI is.
        limit: the limit or target that the KPI is held against, in place of the usual one.
    """

    kpi: str
    inputs: Mapping[str, object]
    settings: Settings
    floors: Mapping[str, Quantity] = field(default_factory=dict)
    reported: Quantity | None = None
    limit: Quantity | None = None


def asked(kpi: str, inputs: Mapping[str, object], settings: Settings, known: Iterable[str]) -> Asked:
    """Return an example without its stage and floors; a name that a worksheet of the KPI knows as its own input stays one.

    Raises:
        ConfigError: the stage is none, or a floor is no number.
    """
    own, floors, stage = set(known), dict[str, Quantity](), None
    checks: dict[str, Quantity] = {}
    kept: dict[str, object] = {}
    for spelling, value in inputs.items():
        name = alike(str(spelling))
        if name in STAGE and name not in own:
            stage = value
        elif name.startswith(FLOOR) and name not in own:
            floors[name.removeprefix(FLOOR)] = not_negative(value, f"worksheet {kpi}, {spelling}")
        elif name in _CHECKS and name not in own:
            checks[_CHECKS[name]] = number(value, f"worksheet {kpi}, {spelling}")
        else:
            kept[str(spelling)] = value
    if stage is not None:
        settings = _at_stage(kpi, one_of(*get_args(Stage))(stage, f"worksheet {kpi}, lifecycle"), settings)
    return Asked(kpi, kept, settings, floors, **checks)


def _at_stage(kpi: str, stage: Stage, settings: Settings) -> Settings:
    rules = {name: _rule_at(rule, stage) if rule.metric == kpi else rule for name, rule in settings.rules.items()}
    return replace(settings, rules=rules)


STAGES_OF_THE_PACK: Final[Mapping[tuple[str, str], StageTiers]] = {
    ("roas", "new"): StageTiers(tiers={"orange": Band(enter=1.5, exit=1.65)}),
    ("roas", "clearance"): StageTiers(only=("red",)),
}
"""Limits of stages that no rule can know, as a campaign has none, and that somebody who tells the stage here asks for."""


def _rule_at(rule: Rule, stage: Stage) -> Rule:
    own = rule.lifecycle.get(stage) or STAGES_OF_THE_PACK.get((rule.metric, stage))
    if own is None:
        return rule
    return rule.model_copy(update={"when": own.when} if own.when else {"tiers": tiers_at(rule.tiers, own)})


def judged_from(asked: Asked, names: Mapping[str, str], given: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs as they are judged: where an input does not come up to its floor, nothing is.

    Args:
        asked: the floors.
        names: the worksheet's inputs, by each of their spellings.
        given: what was given, by the inputs' names.
        found: the outputs.

    Raises:
        ConfigError: a floor is of nothing that is given, or a report's value has nothing to be held against.
    """
    checked = _checked(asked, found)
    is_short = [_volume(name, names, given).compares("<", floor) for name, floor in asked.floors.items()]
    return without_volume(checked) | {"reason": BELOW_MIN} if True in is_short else checked


def _checked(asked: Asked, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs with what a report's value and a limit of one's own say of the answer."""
    answer, checked = found.get(asked.kpi), dict(found)
    if asked.reported is None and asked.limit is None:
        return checked
    if not isinstance(answer, Quantity):
        raise ConfigError(
            "what is reported, or the limit, has nothing to be held against",
            remedy=f"Leave it out, or give what makes {asked.kpi}",
        )
    if asked.reported is not None:
        checked["mismatch_flag"] = abs(answer - asked.reported).compares(">", ROUNDED_TO)
    if asked.limit is not None:
        is_fine = answer.compares(fine_sign(asked.kpi, asked.settings), asked.limit)
        checked |= {"ok": is_fine, "breach": None if is_fine is None else not is_fine}
    return checked


def _over_rows(name: str, given: Mapping[str, Any]) -> Quantity | None:
    """Return the sum of what the floor is of, where rows tell it."""
    rows = [row for value in given.values() if isinstance(value, list) for row in value if isinstance(row, Mapping)]
    fields = {field for row in rows for field in row if f"_{field}".endswith(f"_{name}")}
    told = [row[field] for row in rows for field in fields]
    return total(told) if len(fields) == 1 and all(isinstance(item, Quantity) for item in told) else None


def _volume(name: str, names: Mapping[str, str], given: Mapping[str, Any]) -> Quantity:
    """Return the input that a floor is of: ``min_orders`` is of ``orders`` or of ``order_count``, ``min_units`` of ``units_shipped``."""
    spelled = (name, f"{name.removesuffix('s')}_count", *(other for other in given if other.startswith(f"{name}_")))
    meant = next((given[names[spelling]] for spelling in spelled if names.get(spelling) in given), _over_rows(name, given))
    if not isinstance(meant, Quantity):
        raise ConfigError(
            f"{FLOOR}{name} is the least of something that is not given", remedy=f"Give {name} too, or leave {FLOOR}{name} out"
        )
    return meant
