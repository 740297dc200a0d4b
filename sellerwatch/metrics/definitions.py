"""What a metric means, version by version: a change of meaning without a new version is told, and several versions are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, func, insert, select

from sellerwatch.metrics.catalogue import Linear, Measurement, measurements
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.expressions import Aggregate, Condition
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.tables.measures import METRIC_DEFINITION, METRIC_VALUE

_REMEDY: Final = (
    "Raise its version there by one, so that every number can be matched with what it means, or put the old meaning back"
)

Meanings = Mapping[tuple[str, int, str], str]
"""By metric, version and grain: what is computed, spelled out."""


def note_definitions(run: Run) -> list[Problem]:
    """Keep what is computed by every version that is new, and return a problem for each metric that means something else by now.

    What is measured is the present meaning in any case; a number never mixes two.
    """
    meant = {(item.metric, item.definition.version, item.grain): meaning_of(item) for item in measurements(run.settings)}
    noted = _noted(run)
    rows = [
        {
            "store_id": run.measuring.store_id,
            "metric": metric,
            "version": version,
            "subject_kind": grain,
            "meaning": meaning,
            "first_measured_for": run.measuring.as_of,
        }
        for (metric, version, grain), meaning in meant.items()
        if (metric, version, grain) not in noted
    ]
    if rows:
        run.connection.execute(insert(METRIC_DEFINITION), rows)
    changed = sorted({key[:2] for key, meaning in meant.items() if noted.get(key, meaning) != meaning})
    where = run.settings.config_folder / "metrics.yaml"
    return [
        Problem(f"the definition of {metric} has changed and is still called version {version}", f"{where}, {metric}", _REMEDY)
        for metric, version in changed
    ]


def _noted(run: Run) -> Meanings:
    rows = run.connection.execute(select(METRIC_DEFINITION).where(METRIC_DEFINITION.c.store_id == run.measuring.store_id))
    return {(row.metric, row.version, row.subject_kind): row.meaning for row in rows}


def meaning_of(item: Measurement) -> str:
    """Return what is computed, down to columns and comparisons; it is stored and compared, so its form has to stay as it is."""
    parts = [_sum(item.numerator)]
    if item.denominator is not None:
        parts.append(f"divided by {_sum(item.denominator)}, {item.definition.without_denominator} where it is 0")
    if item.definition.minimum:
        parts.append(f"unknown below a denominator of {item.definition.minimum}")
    for word, conditions in (("unknown", item.unknown), ("provisional", item.provisional)):
        parts += [f"{word} as {reason} while above 0: {_sum(linear)}" for reason, linear in conditions]
    return "; ".join([*parts, f"in {item.definition.unit}"])


def _sum(linear: Linear) -> str:
    return " + ".join(
        _aggregate(aggregate) if times == 1 else f"{times} * {_aggregate(aggregate)}" for aggregate, times in linear
    )


def _aggregate(aggregate: Aggregate) -> str:
    columns = f".{' * '.join(aggregate.columns)}" if aggregate.columns else ""
    conditions = " and ".join(_condition(condition) for condition in aggregate.where)
    return f"{aggregate.function}({aggregate.table}{columns}{' where ' if conditions else ''}{conditions})"


def _condition(condition: Condition) -> str:
    values = ", ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in condition.literals)
    return f"{condition.column} {condition.operator or ''} {values}".strip()


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a metric's definition, and the first and last day of the periods that were measured by it."""

    metric: str
    version: int
    first_on: date
    last_on: date

    @property
    def words(self) -> str:
        """Return it as people read it."""
        return f"{self.metric}: version {self.version} of its definition, {self.first_on} to {self.last_on}"


def versions_in_use(connection: Connection, settings: Settings, store_id: str) -> tuple[Version, ...]:
    """Return the versions of every metric of which the warehouse holds more than one, oldest first.

    A number is made by one version alone, and carries it. When a definition changes, a night measures all periods anew that it
    still looks at; older ones keep the number, and the version, that they had. Looked at is what is measured of marketplaces.
    """
    rows = connection.execute(
        select(
            METRIC_VALUE.c.metric,
            METRIC_VALUE.c.definition_version,
            func.min(METRIC_VALUE.c.period_on),
            func.max(METRIC_VALUE.c.period_on),
        )
        .where(
            METRIC_VALUE.c.store_id == store_id,
            METRIC_VALUE.c.marketplace.in_([place.code for place in settings.marketplaces(store_id)]),
            METRIC_VALUE.c.metric.in_([name for name, metric in settings.metrics.items() if metric.is_measured]),
            METRIC_VALUE.c.subject_kind == "marketplace",
        )
        .group_by(METRIC_VALUE.c.metric, METRIC_VALUE.c.definition_version)
        .order_by(METRIC_VALUE.c.metric, METRIC_VALUE.c.definition_version),
    )
    return tuple(_of_changed(Version(*row) for row in rows))


def _of_changed(versions: Iterator[Version]) -> Iterator[Version]:
    for _, own in groupby(versions, key=lambda item: item.metric):
        several = list(own)
        if len(several) > 1:
            yield from several
