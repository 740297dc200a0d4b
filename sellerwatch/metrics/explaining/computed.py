"""The parts of a value that the catalogue computes, added up once more."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from sqlalchemy import Connection, select

from sellerwatch.core.marketplaces import BY_CODE, Marketplace
from sellerwatch.metrics.derived.inputs import derived_inputs
from sellerwatch.metrics.derived.registry import DERIVED
from sellerwatch.metrics.explaining.adding import Where, added
from sellerwatch.metrics.explaining.parts import Part, Role, Worked
from sellerwatch.metrics.explaining.resting import Filled, Looked, resting, tables_behind
from sellerwatch.metrics.explaining.since import imports_since
from sellerwatch.metrics.explaining.spelled import named_aggregates, spelled
from sellerwatch.metrics.known import known_feeds
from sellerwatch.metrics.spans import spans
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.catalogue import Grain, Metric
from sellerwatch.settings.expressions import Aggregate, Expression
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

STORE = "store"


def work_out(run: Run, definition: Metric, value: Mapping[str, Any], filled: Filled) -> Worked:
    """Return the parts of a value, and the rows of people's tables that they rest on.

    The parts of a store are those of its marketplaces that have a number.

    Args:
        run: a measuring whose days hold the value's period.
        definition: what the metric means.
        value: the row of ``metric_value``.
        filled: what people filled in, which the values of one metric share.
    """
    grain: Grain = "marketplace" if value["subject_kind"] == STORE else value["subject_kind"]
    span = next(item for item in spans(value["period"], value["period_on"]) if item.on == value["period_on"])
    places = _places(run.connection, run, value)
    sides: list[tuple[Role, Expression | None]] = [
        ("numerator", definition.numerator),
        ("denominator", definition.denominator),
    ]
    named = [(role, item) for role, side in sides for item in named_aggregates(run.settings, side, grain)]
    feeds = dict.fromkeys(run.settings.facts[aggregate.table].feed for _, (_, _, aggregate) in named)
    known = known_feeds(run, list(feeds))
    parts: list[Part] = []
    looked: list[Looked] = []
    with derived_inputs(run) if any(aggregate.table in DERIVED for _, (_, _, aggregate) in named) else nullcontext():
        for (role, (name, times, aggregate)), place in itertools.product(named, places):
            where = Where(run.measuring.store_id, place, grain, value["subject"], span)
            found = added(run, aggregate, run.settings.facts[aggregate.table], where, known)
            text = spelled(aggregate)
            parts.append(Part(role, name, text, times, place.code, found.micros, found.facts, found.left_out))
            looked.append(Looked(aggregate, place, found.rows))
    return Worked(
        (*parts, *resting(filled, looked)),
        _sum(parts, "numerator"),
        _sum(parts, "denominator") if definition.denominator else None,
        formula_of(definition),
        newer=_newer(run, value, [item.aggregate for item in looked]),
    )


def _newer(run: Run, value: Mapping[str, Any], aggregates: Iterable[Aggregate]) -> tuple[str, ...]:
    """Name the imports that may have changed what a known value rests on; why one is unknown is no matter of its facts alone."""
    tables = tables_behind(aggregates)
    return tuple(imports_since(run, value, tables)) if tables and value["numerator"] is not None else ()


def formula_of(definition: Metric) -> str:
    """Return the formula in the catalogue's terms."""
    top, bottom = definition.numerator, definition.denominator
    if top is None:
        return ""
    scale = f" x {definition.scale}" if definition.scale != 1 else ""
    return f"({spelled(top)}) / ({spelled(bottom)}){scale}" if bottom else spelled(top)


def _sum(parts: Iterable[Part], role: Role) -> int | None:
    total = 0
    for part in parts:
        if part.role == role:
            if part.micros is None:
                return None
            total += part.times * part.micros
    return total


def _places(connection: Connection, run: Run, value: Mapping[str, Any]) -> Sequence[Marketplace]:
    if value["subject_kind"] != STORE:
        return [BY_CODE[value["marketplace"]]]
    _, _, currency = str(value["subject"]).rpartition("/")
    theirs = select(METRIC_VALUE.c.marketplace).where(
        METRIC_VALUE.c.subject_kind == "marketplace",
        METRIC_VALUE.c.numerator.is_not(None),
        *(METRIC_VALUE.c[name] == value[name] for name in ("store_id", "metric", "period", "period_on")),
    )
    known = set(connection.execute(theirs).scalars())
    every = run.measuring.marketplaces
    is_apart = value["subject"] != value["store_id"]
    return [place for place in every if place.code in known and (not is_apart or place.currency == currency)]
