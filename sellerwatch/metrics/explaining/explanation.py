"""One value with everything behind it, and whether its facts still give it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import Connection

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.money import MICROS_PER_UNIT, from_micros, to_micros
from sellerwatch.metrics.declared.measure import FED
from sellerwatch.metrics.explaining import coded, computed, of_people
from sellerwatch.metrics.explaining.documents import KeptDocument, documents_behind
from sellerwatch.metrics.explaining.imports import KeptImport, imports_behind
from sellerwatch.metrics.explaining.parts import Fact, Worked
from sellerwatch.metrics.explaining.reads import Subject
from sellerwatch.metrics.explaining.resting import Filled
from sellerwatch.metrics.explaining.stored import Asked, check_names, the_value
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.catalogue import Metric
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.workspace import Workspace

Verdict = Literal["same", "differs", "newer", "unknown"]
FACTS_SHOWN: Final = 3
"""So many facts of each part are shown, if no more are asked for."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A value and what is behind it.

    Attributes:
        value: the row of ``metric_value``.
        definition: what the metric means.
        worked: its parts, added up once more.
        verdict: whether the facts give the stored numerator and denominator; newer where they do not, and some were brought
            since; unknown where the value is and they give none either.
        shown: how many facts of each part are shown; None for all.
        documents: the documents of the facts that are shown, with their lines.
        document_count: how many documents are behind the value altogether.
        imports: the imports that the rows of people came with which are shown, with their lines.
        import_count: how many imports are behind the value altogether.
    """

    value: Mapping[str, Any]
    definition: Metric
    worked: Worked
    verdict: Verdict
    shown: int | None
    documents: tuple[KeptDocument, ...]
    document_count: int
    imports: tuple[KeptImport, ...]
    import_count: int


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
        facts = list(_shown_facts(worked, shown))
        documents = documents_behind(connection, workspace.raw, facts)
        imports = imports_behind(connection, workspace.raw, workspace.settings.stores, facts)
    every = list(_shown_facts(worked, None))
    return Explanation(
        value,
        definition,
        worked,
        verdict_on(value, worked, definition.scale),
        shown,
        tuple(documents),
        len({fact.document_id for fact in every} - {""}),
        tuple(imports),
        len({fact.import_number for fact in every} - {0}),
    )


def worked_out(workspace: Workspace, connection: Connection, definition: Metric, value: Mapping[str, Any]) -> Worked:
    """Add up the facts of a value once more.

    Raises:
        ConfigError: the metric is not made of facts.
    """
    return worker(workspace, connection, definition, value)(value)


def worker(
    workspace: Workspace, connection: Connection, definition: Metric, value: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], Worked]:
    """Return what adds up the facts of values of a metric, store and period as this one is of; what people say is read once.

    Raises:
        ConfigError: the metric is not made of facts.
    """
    if definition.status == "computed":
        # the value's period was over the day before: knowing the days of the feeds takes that
        run = _run(workspace, connection, value["store_id"], value["period_on"] + timedelta(days=1))
        filled = Filled(run)
        return lambda row: computed.work_out(run, definition, row, filled)
    if definition.status in FED:
        people = _run(workspace, connection, value["store_id"], value["period_on"])
        said = of_people.said(people, value["metric"])
        return lambda row: of_people.work_out(people, definition, row, said)
    if value["metric"] not in coded.CODED:
        raise ConfigError(
            f"{value['metric']} is not made of facts: {definition.formula}",
            where=str(value["subject"]),
            remedy="`sellerwatch status` shows feeds and problems, `sellerwatch check` the data checks",
        )
    return lambda row: coded.work_out(connection, row["metric"], _subject(row))


def _subject(value: Mapping[str, Any]) -> Subject:
    place = BY_CODE[value["marketplace"]]
    return Subject(value["store_id"], place, value["subject_kind"], value["subject"], value["period_on"])


def _run(workspace: Workspace, connection: Connection, store_id: str, as_of: date) -> Run:
    places = workspace.settings.marketplaces(store_id)
    return Run(connection, Measuring(store_id, as_of, workspace.clock.now(), places), workspace.settings)


def verdict_on(value: Mapping[str, Any], worked: Worked, scale: int) -> Verdict:
    """Tell whether what the facts add up to is what is stored."""
    if value["numerator"] is None:
        return "newer" if worked.newer and worked.numerator is not None else "unknown"
    stored = (micros_of(value["numerator"]), micros_of(value["denominator"]))
    is_same = stored == (worked.numerator, worked.denominator) and value["value"] in {None, quotient_of(*stored, scale)}
    return "same" if is_same else "newer" if worked.newer else "differs"


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
