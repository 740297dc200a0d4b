"""A condition as the text it is stored as, and back: what nothing has happened to yet is left out."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import Any, Final

from sellerwatch.alerts.condition.machine import Condition
from sellerwatch.warehouse.types import canonical_json

_DATES: Final = ("valued_on", "opened_on", "resolved_on", "stale_since")
_NAMES: Final = tuple(item.name for item in fields(Condition))
_values_of: Final = attrgetter(*_NAMES)
_EMPTY: Final[tuple[object, ...]] = _values_of(Condition())


def condition_to_dict(condition: Condition) -> dict[str, Any]:
    """Return what of the condition is not as in one that nothing has happened to, as JSON values; its days always."""
    values: dict[str, Any] = {
        name: value for name, value, empty in zip(_NAMES, _values_of(condition), _EMPTY, strict=True) if value != empty
    }
    for name in _DATES:
        values[name] = values[name].isoformat() if name in values else None
    if condition.recent:
        values["recent"] = [[day.isoformat(), entered] for day, entered in condition.recent]
    if condition.starts:
        values["starts"] = [day.isoformat() for day in condition.starts]
    return values


def text_of(condition: Condition) -> str:
    """Return the condition as it is stored."""
    return canonical_json(condition_to_dict(condition))


UNTOUCHED: Final = text_of(Condition())


def condition_from_dict(values: dict[str, Any]) -> Condition:
    """Return the condition that `condition_to_dict` wrote."""
    known = dict(values)
    for name in _DATES:
        if day := known.get(name):
            known[name] = date.fromisoformat(day)
    for name in ("calm", "reading"):
        if name in known:
            known[name] = tuple(known[name])
    if "recent" in known:
        known["recent"] = tuple((date.fromisoformat(day), entered) for day, entered in known["recent"])
    if "starts" in known:
        known["starts"] = tuple(map(date.fromisoformat, known["starts"]))
    return Condition(**known)


def condition_of(text: str) -> Condition:
    """Return the condition that was stored."""
    return condition_from_dict(json.loads(text))
