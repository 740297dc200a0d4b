"""What stands beside every worksheet's answer: the names it goes by, and what the KPI's limits and targets say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sellerwatch.metrics.sheets.configured import TARGETS, is_in, is_reached, limited_tiers, sign_of, tier
from sellerwatch.metrics.sheets.kinds import Sheet
from sellerwatch.metrics.sheets.quantity import Quantity, Sign, unknown
from sellerwatch.settings.load import Settings

PLAIN_NAMES: Final[Mapping[str, str]] = {
    "%": "pct",
    "ratio": "ratio",
    "days": "days",
    "months": "months",
    "hours": "hours",
    "count": "count",
}
"""What an answer is called by its unit, whichever the KPI is."""

BELOW_MIN: Final = "below_min_volume"

DECISIONS: Final = ("breach", "yellow", "orange", "red")
"""What is not so while too little is there to be judged."""

UNDECIDED: Final = ("tier", "ok")
"""What nobody can say while too little is there to be judged."""


def beside(sheet: Sheet, found: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return what stands beside the outputs of a worksheet; an output of the same name goes first.

    A worksheet whose answer is something about the KPI, and not the KPI, has nothing beside it.
    """
    answer = _answer(sheet, found)
    if answer is None:
        return {}
    judged = unknown("inconsistent") if found.get("count_exceeds_base") is True else answer
    every = dict.fromkeys(names_of(sheet.kpi, settings), answer) | _judged(sheet.kpi, judged, settings)
    return {name: value for name, value in every.items() if name not in found}


def names_of(kpi: str, settings: Settings) -> Iterable[str]:
    """Return the names under which the answer stands: the KPI's own, and that of its unit."""
    metric = settings.metrics.get(kpi)
    plain = PLAIN_NAMES.get(metric.unit) if metric else None
    return (kpi, plain) if plain else (kpi,)


def _answer(sheet: Sheet, found: Mapping[str, Any]) -> Quantity | None:
    """Return the KPI as the worksheet has it; None where it says something else, or could not work it out from what is given."""
    is_cell = any(cell.name == sheet.kpi for cell in sheet.gives)
    name = sheet.kpi if is_cell else next(name for name in sheet.wanted if name in found)
    answer = found.get(name) if sheet.is_kpi else None
    return answer if isinstance(answer, Quantity) else None


def _judged(kpi: str, answer: Quantity, settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {}
    bands = limited_tiers(settings, kpi)
    if bands:
        entered: dict[str, bool | None] = {name: is_in(settings, kpi, name, answer) for name in bands}
        found |= {"tier": tier(settings, kpi, answer), "breach": _any(entered.values()), **entered}
    if kpi in TARGETS:
        found["ok"] = is_reached(kpi, answer)
    return without_volume(found) if answer.reason == BELOW_MIN else found


def fine_sign(kpi: str, settings: Settings) -> Sign:
    """Return how a value lies to a limit that it keeps: as for its usual target or limit, or else by which side is better."""
    if kpi in TARGETS:
        return TARGETS[kpi][0]
    first = next(iter(limited_tiers(settings, kpi)), None)
    if first:
        return _KEPT[sign_of(settings, kpi, first)]
    metric = settings.metrics.get(kpi)
    return "<=" if metric and metric.better == "lower" else ">="


_KEPT: Final[Mapping[Sign, Sign]] = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "=": "="}
"""How a value lies that does not lie so."""


def _any(entered: Iterable[bool | None]) -> bool | None:
    known = list(entered)
    return None if None in known else any(known)


def without_volume(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs as they are where too little is there to be judged: the numbers stay, and nothing is decided."""
    return {name: False if name in DECISIONS else None if name in UNDECIDED else value for name, value in found.items()}
