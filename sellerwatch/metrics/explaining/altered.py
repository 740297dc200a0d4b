"""Naming the measured values of a period that are not what their parts and facts give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.explaining.explanation import in_units, micros_of, quotient_of, verdict_on, worker
from sellerwatch.metrics.explaining.parts import Worked
from sellerwatch.metrics.explaining.stored import Asked, values_between
from sellerwatch.rawstore.verify import Finding
from sellerwatch.settings.catalogue import Metric
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.workspace import Workspace

_LOOKED_AT: Final = 2_000
"""So many values of a period are added up again; of more, only the division is looked at."""


def values_altered(workspace: Workspace, store_id: str, metric: str, *, period: str, on: date) -> list[Finding]:
    """Return the values of a metric and period that their own parts contradict, or if there are none, those that their facts do.

    Where facts were altered too, all the values that hang on them would look altered with the one that was.
    """
    definition = workspace.settings.metrics.get(metric)
    if definition is None:
        return []
    with reading(workspace.engine) as connection:
        rows = values_between(connection, Asked(metric, store_id, period=period), on, on)
        divided = [(row, _wrongly_divided(row, definition)) for row in rows]
        if not any(what for _, what in divided):
            divided = _wrongly_added(workspace, connection, definition, rows[:_LOOKED_AT])
        return [Finding(_place(row), what) for row, what in divided if what]


def _wrongly_divided(row: Mapping[str, Any], definition: Metric) -> str:
    due = quotient_of(micros_of(row["numerator"]), micros_of(row["denominator"]), definition.scale)
    if row["value"] is None or row["value"] == due:
        return ""
    return f"value is {row['value']}, its numerator and denominator give {due}"


def _wrongly_added(
    workspace: Workspace, connection: Connection, definition: Metric, rows: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], str]]:
    """Return the rows, each with what its facts say against it; nothing where facts were brought since that may explain it."""
    try:
        work_out = worker(workspace, connection, definition, rows[0]) if rows else None
    except ConfigError:
        return []
    return [(row, _contradicted(row, work_out(row), definition)) for row in rows] if work_out else []


def _contradicted(row: Mapping[str, Any], worked: Worked, definition: Metric) -> str:
    if verdict_on(row, worked, definition.scale) != "differs":
        return ""
    stored = {name: micros_of(row[name]) for name in ("numerator", "denominator")}
    added = {"numerator": worked.numerator, "denominator": worked.denominator}
    return ", ".join(
        f"{name} is {in_units(stored[name])}, its facts add up to {in_units(added[name])}"
        for name in stored
        if stored[name] != added[name]
    )


def _place(row: Mapping[str, Any]) -> str:
    names = ("metric", "subject_kind", "marketplace", "subject", "period", "period_on")
    return f"metric_value {'/'.join(str(row[name]) for name in names)}"
