"""What a figure is made of: numbers, each with the rows that say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

from sqlalchemy import Select

from sellerwatch.metrics.derived.holding import Row

Side = Literal["numerator", "denominator", "rests on"]
"""Where a number stands in a figure; what a figure only rests on is not added up."""


@dataclass(frozen=True, slots=True)
class Term:
    """A number on the way to a figure.

    Attributes:
        side: where it stands.
        name: what it is, in words.
        table: the table that says it: one that people fill in, a fact table, or metric_value.
        micros: the number in millionths; None for what is no number.
        cells: the columns that say it.
        rows: the rows that say it, where they were read already.
        reads: else the SELECTs that read them; measuring does not need them one by one.
        times: what the number is multiplied with.
    """

    side: Side
    name: str
    table: str
    micros: int | None
    cells: tuple[str, ...]
    rows: Sequence[Row] = ()
    reads: tuple[Select[Any], ...] = ()
    times: int = 1


def total(terms: Iterable[Term], side: Side) -> int:
    """Return what the numbers of one side add up to, in millionths."""
    return sum(term.times * (term.micros or 0) for term in terms if term.side == side)


def joined(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Join the terms that are the same of each subject: their numbers added up, their rows one after another."""
    groups: dict[tuple[object, ...], list[Term]] = {}
    for term in terms:
        groups.setdefault((term.side, term.name, term.table, term.times), []).append(term)
    return tuple(_as_one(group) for group in groups.values())


def _as_one(group: Sequence[Term]) -> Term:
    numbers = [term.micros for term in group if term.micros is not None]
    return replace(
        group[0],
        micros=sum(numbers) if numbers else None,
        rows=tuple(chain.from_iterable(term.rows for term in group)),
        reads=tuple(chain.from_iterable(term.reads for term in group)),
    )
