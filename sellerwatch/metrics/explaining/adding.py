"""Reading the facts of one aggregate and adding them up in plain code, which shares nothing with the engine that measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import select

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.catalogue import is_snapshot, kind_of
from sellerwatch.metrics.derived.registry import DERIVED, kinds_of, selectable
from sellerwatch.metrics.explaining.parts import Fact
from sellerwatch.metrics.known import Cover, KnownFeeds, cover_of
from sellerwatch.metrics.spans import Span
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.contract import LINE, Kind
from sellerwatch.reports.registry import TABLES
from sellerwatch.settings.catalogue import FactReading, Grain
from sellerwatch.settings.expressions import HERE, Aggregate, Condition, names_other_than

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Where:
    """Whose facts are read, and of which days."""

    store_id: str
    place: Marketplace
    grain: Grain
    subject: str
    span: Span


@dataclass(frozen=True, slots=True)
class Added:
    """A number in millionths, the facts behind it, how many cells were left out for which reason, and the facts' rows as read."""

    micros: int | None
    facts: tuple[Fact, ...]
    left_out: Mapping[str, int]
    rows: Sequence[Row] = ()


def added(run: Run, aggregate: Aggregate, reading: FactReading, where: Where, known: KnownFeeds) -> Added:
    """Read the facts of an aggregate on the known days of a period and add them up."""
    feed = known[reading.feed, where.place.code]
    days = [day for day in where.span.days if day in feed.days]
    cover = cover_of([feed], where.place, where.span.days)
    rows = _read(run, aggregate, reading, where, days)
    if not rows:
        is_unsaid = aggregate.function in _ONE_OF or (where.grain != "marketplace" and is_snapshot(aggregate.table))
        return Added(None if is_unsaid else 0, (), {})
    one_day = {"first": cover.first_known_on, "last": cover.last_known_on}
    met = [
        row
        for row in rows
        if all(_holds(condition, row, where.place) for condition in aggregate.where)
        and row[reading.day] == one_day.get(aggregate.function, row[reading.day])
    ]
    return _added(aggregate, reading, met, where.place, cover)


def _read(run: Run, aggregate: Aggregate, reading: FactReading, where: Where, days: Sequence[date]) -> list[Row]:
    table = selectable(run, aggregate.table)
    ours = [table.c.store_id == where.store_id, table.c.marketplace == where.place.code, table.c[reading.day].in_(days)]
    if where.grain != "marketplace":
        ours.append(table.c[reading.grains[where.grain]] == where.subject)
    order = [table.c[name] for name in (reading.day, *_key(aggregate.table), "document_id", LINE)]
    return [dict(row) for row in run.connection.execute(select(table).where(*ours).order_by(*order)).mappings()]


def _key(name: str) -> tuple[str, ...]:
    """Return what tells the rows of a fact table or derived fact apart, as far as its columns say it."""
    table = _table_of(name)
    columns = kinds_of(name)
    return tuple(column for column in TABLES[table].key if column in columns) if table in TABLES else ()


def _table_of(name: str) -> str:
    """Return the fact table that the rows of a derived fact come from, or its own name where it has rows of its own."""
    return (DERIVED[name].base or name) if name in DERIVED else name


_COMPARED: Final[Mapping[str, Callable[[Any, Sequence[Any]], bool]]] = {
    "=": lambda cell, wanted: cell is not None and cell in wanted,
    "in": lambda cell, wanted: cell is not None and cell in wanted,
    "!=": lambda cell, wanted: cell not in wanted,
    "not in": lambda cell, wanted: cell not in wanted,
    "names other than": names_other_than,
    "is blank": lambda cell, _: cell is None,
    "is not blank": lambda cell, _: cell is not None,
    "<": lambda cell, wanted: cell is not None and cell < wanted[0],
    "<=": lambda cell, wanted: cell is not None and cell <= wanted[0],
    ">": lambda cell, wanted: cell is not None and cell > wanted[0],
    ">=": lambda cell, wanted: cell is not None and cell >= wanted[0],
}
"""Every comparison of the catalogue; a blank cell equals nothing and differs from everything."""


def _holds(condition: Condition, row: Row, place: Marketplace) -> bool:
    wanted = [place.id if value == HERE else value for value in condition.literals]
    return _COMPARED[str(condition.operator)](row[condition.column], wanted)


_ONE_OF: Final[Mapping[str, Callable[[Sequence[Fraction]], Fraction]]] = {"min": min, "max": max}
"""Functions that take one of the cells."""


def _added(aggregate: Aggregate, reading: FactReading, met: list[Row], place: Marketplace, cover: Cover) -> Added:
    facts = tuple(_fact(aggregate, reading, row) for row in met)
    if aggregate.function == "count":
        return Added(len(met) * MICROS_PER_UNIT, facts, {}, met)
    if aggregate.function == "distinct":
        return Added(len({row[aggregate.columns[0]] for row in met} - {None}) * MICROS_PER_UNIT, facts, {}, met)
    products = [_product(aggregate, row) for row in met]
    is_foreign = [kind_of(aggregate) is Kind.MONEY and row["currency"] != place.currency for row in met]
    taken = [cell for cell, foreign in zip(products, is_foreign, strict=True) if cell is not None and not foreign]
    blank = products.count(None)
    foreign = sum(other and cell is not None for cell, other in zip(products, is_foreign, strict=True))
    left_out = {reason: count for reason, count in (("blank", blank), ("in another currency", foreign)) if count}
    return Added(_micros(aggregate, taken, cover, is_blank=bool(met) and blank == len(met)), facts, left_out, met)


def _micros(aggregate: Aggregate, taken: Sequence[Fraction], cover: Cover, *, is_blank: bool) -> int | None:
    """Return the number in millionths, what is left over cut off; None where every cell is blank."""
    if aggregate.function in _ONE_OF:
        return int(_ONE_OF[aggregate.function](taken) * MICROS_PER_UNIT) if taken else None
    if is_blank:
        return None
    total = sum(taken, Fraction(0)) * MICROS_PER_UNIT
    return int(total / cover.seen_days) if aggregate.function == "mean" else int(total)


def _product(aggregate: Aggregate, row: Row) -> Fraction | None:
    product = Fraction(1)
    for name in aggregate.columns:
        if row[name] is None:
            return None
        product *= Fraction(row[name])
    return product


def _fact(aggregate: Aggregate, reading: FactReading, row: Row) -> Fact:
    names = dict.fromkeys([reading.day, *_key(aggregate.table), *aggregate.columns, *(item.column for item in aggregate.where)])
    return fact_of(_table_of(aggregate.table), row, [*names, *(["currency"] if kind_of(aggregate) is Kind.MONEY else [])])


def fact_of(table: str, row: Row, names: Sequence[str]) -> Fact:
    """Return a row as a fact with these cells."""
    return Fact(table, {name: row[name] for name in names}, row["document_id"], row[LINE])
