"""The parts of a value that people fed: the rows of their tables as they are now, and the facts and values beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sellerwatch.metrics.declared.figure import Asked, Figure, as_row
from sellerwatch.metrics.declared.measure import DECLARED
from sellerwatch.metrics.declared.terms import Side, Term
from sellerwatch.metrics.declared.typed import of_store
from sellerwatch.metrics.derived.holding import Row
from sellerwatch.metrics.explaining.adding import fact_of
from sellerwatch.metrics.explaining.parts import Fact, Part, Worked
from sellerwatch.metrics.explaining.resting import user_fact
from sellerwatch.metrics.explaining.since import documents_since, imports_since
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.registry import TABLES
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.settings.catalogue import Metric

Subject = tuple[str, str, str]
_VALUE_KEY: Final = ("metric", "marketplace", "subject_kind", "subject", "period", "period_on")


@dataclass(frozen=True, slots=True)
class Said:
    """What people's tables say of a metric on a day, by subject, and which of the tables were read for it."""

    figures: Mapping[Subject, Figure]
    tables: frozenset[str]


def said(run: Run, metric: str) -> Said:
    """Ask people's tables as a night does, on the run's day."""
    asked = Asked(run)
    figures = {_subject(as_row(asked, metric, figure)): figure for figure in DECLARED.get(metric, of_store)(asked, metric)}
    return Said(figures, frozenset({*asked.tables, *asked.whole_tables}))


def _subject(row: Row) -> Subject:
    return (row["subject_kind"], row["marketplace"], row["subject"])


def work_out(run: Run, definition: Metric, value: Row, found: Said) -> Worked:
    """Return the parts of a value, and what was brought since it was written."""
    figure = found.figures.get(_subject(value), Figure())
    parts = tuple(_part(run, term, value["marketplace"]) for term in figure.terms)
    facts = [fact for part in parts for fact in part.facts]
    has_bottom = any(part.role == "denominator" for part in parts)
    return Worked(
        parts,
        _sum(parts, "numerator") if figure.top is not None else None,
        _sum(parts, "denominator") if figure.top is not None and has_bottom else None,
        _formula(figure.terms, definition.scale),
        newer=(*imports_since(run, value, found.tables), *documents_since(run, value, facts)),
    )


def _part(run: Run, term: Term, marketplace: str) -> Part:
    rows: list[Row] = [*term.rows]
    for read in term.reads:
        rows += [dict(row) for row in run.connection.execute(read).mappings()]
    name = USER_TABLES[term.table].table_name if term.table in USER_TABLES else term.table
    return Part(
        role=term.side,
        name=term.name,
        expression=f"{name}: {', '.join(term.cells) or 'rows'}",
        times=term.times,
        marketplace=marketplace,
        micros=term.micros,
        facts=tuple(_fact(term, row) for row in rows),
        left_out={},
    )


def _fact(term: Term, row: Row) -> Fact:
    """Return a row as a fact: of a table that people fill in, of a fact table, or a measured value."""
    if term.table in USER_TABLES:
        return user_fact(term.table, row, term.cells)
    if term.table in TABLES:
        return fact_of(term.table, row, list(dict.fromkeys((*TABLES[term.table].key, *term.cells))))
    return Fact(term.table, {name: row[name] for name in (*_VALUE_KEY, *term.cells)})


def _sum(parts: Iterable[Part], role: Side) -> int:
    return sum(part.times * (part.micros or 0) for part in parts if part.role == role)


def _formula(terms: Sequence[Term], scale: int) -> str:
    top, bottom = (_spelled([term for term in terms if term.side == side]) for side in ("numerator", "denominator"))
    if not bottom:
        return top
    return f"({top}) / ({bottom})" + (f" x {scale}" if scale != 1 else "")


def _spelled(terms: Iterable[Term]) -> str:
    words = (f"{'-' if term.times < 0 else '+'} {_times(abs(term.times))}{term.name}" for term in terms)
    return " ".join(words).removeprefix("+ ")


def _times(times: int) -> str:
    return "" if times == 1 else f"{times} x "
