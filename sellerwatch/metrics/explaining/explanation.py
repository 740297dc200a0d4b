"""One value with everything behind it, and whether its facts still give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import Connection

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.money import MICROS_PER_UNIT, from_micros, to_micros
from sellerwatch.metrics.explaining import coded, computed
from sellerwatch.metrics.explaining.documents import KeptDocument, documents_behind
from sellerwatch.metrics.explaining.parts import Fact, Worked
from sellerwatch.metrics.explaining.stored import Asked, check_names, the_value
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.catalogue import Metric
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.workspace import Workspace

Verdict = Literal["same", "differs", "unknown"]
FACTS_SHOWN: Final = 3
"""So many facts of each part are shown, if no more are asked for."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A value and what is behind it.

    Attributes:
        value: the row of ``metric_value``.
        definition: what the metric means.
        worked: its parts, added up once more.
        verdict: whether the facts give the stored numerator and denominator; unknown where the value is.
        shown: how many facts of each part are shown; None for all.
        documents: the documents of the facts that are shown, with their lines.
        document_count: how many documents are behind the value altogether.
    """

    value: Mapping[str, Any]
    definition: Metric
    worked: Worked
    verdict: Verdict
    shown: int | None
    documents: tuple[KeptDocument, ...]
    document_count: int


def explain_value(workspace: Workspace, asked: Asked, on: date, *, shown: int | None = FACTS_SHOWN) -> Explanation:
    """Walk a measured value back to the kept bytes.

    Raises:
        ConfigError: there is no such value, several of them, or it is not made of facts.
    """
    check_names(workspace.settings, asked)
    with reading(workspace.engine) as connection:
        value = the_value(connection, workspace.settings, asked, on)
        definition = workspace.settings.metrics[asked.metric]
        worked = worked_out(workspace, connection, definition, value)
        documents = documents_behind(connection, workspace.raw, _shown_facts(worked, shown))
    every = {fact.document_id for part in worked.parts for fact in part.facts}
    return Explanation(
        value, definition, worked, verdict_on(value, worked, definition.scale), shown, tuple(documents), len(every)
    )


def worked_out(workspace: Workspace, connection: Connection, definition: Metric, value: Mapping[str, Any]) -> Worked:
    """Add up the facts of a value once more.

    Raises:
        ConfigError: the metric is not made of facts.
    """
    if definition.status == "computed":
        return computed.work_out(_run(workspace, connection, value), definition, value)
    if value["metric"] not in coded.CODED:
        raise ConfigError(
            f"{value['metric']} is not made of facts: {definition.formula}",
            where=str(value["subject"]),
            remedy="`sellerwatch status` shows feeds and problems, `sellerwatch check` the data checks",
        )
    place = BY_CODE[value["marketplace"]]
    subject = coded.Subject(value["store_id"], place, value["subject_kind"], value["subject"], value["period_on"])
    return coded.work_out(connection, value["metric"], subject)


def _run(workspace: Workspace, connection: Connection, value: Mapping[str, Any]) -> Run:
    """Return what knowing the days of the feeds takes; the value's period was over the day before."""
    store_id, as_of = value["store_id"], value["period_on"] + timedelta(days=1)
    places = workspace.settings.marketplaces(store_id)
    return Run(connection, Measuring(store_id, as_of, workspace.clock.now(), places), workspace.settings)


def verdict_on(value: Mapping[str, Any], worked: Worked, scale: int) -> Verdict:
    """Tell whether what the facts add up to is what is stored."""
    if value["numerator"] is None:
        return "unknown"
    stored = (micros_of(value["numerator"]), micros_of(value["denominator"]))
    is_same = stored == (worked.numerator, worked.denominator) and value["value"] in {None, quotient_of(*stored, scale)}
    return "same" if is_same else "differs"


def micros_of(amount: Decimal | None) -> int | None:
    """Return a stored part in millionths."""
    return None if amount is None else to_micros(amount)


def quotient_of(numerator: int | None, denominator: int | None, scale: int) -> float | None:
    """Return the value that a numerator and denominator in millionths give, bit for bit as the warehouse divides."""
    if numerator is None or denominator == 0:
        return None
    return numerator / MICROS_PER_UNIT if denominator is None else float(numerator) * scale / denominator


def in_units(micros: int | None) -> str:
    """Return millionths as a number that people read."""
    return "none" if micros is None else f"{from_micros(micros):,f}".rstrip("0").rstrip(".")


def _shown_facts(worked: Worked, shown: int | None) -> Iterator[Fact]:
    for part in worked.parts:
        yield from part.facts[:shown]
