"""SQL of one fact table's aggregates: a temporary table with a row per subject and period, three columns per aggregate."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    case,
    distinct,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import NamedFromClause

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.catalogue import kind_of
from sellerwatch.metrics.covers import COVER, KNOWN_DAY
from sellerwatch.metrics.derived.registry import kinds_of, selectable
from sellerwatch.metrics.shape import raw_micros, total, whole
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.contract import Kind
from sellerwatch.settings.catalogue import Grain
from sellerwatch.settings.expressions import HERE, Aggregate, Condition

KEY: Final = ("marketplace", "subject", "period", "period_on")
_ONE_DAY: Final = {"first": "first_known_on", "last": "last_known_on"}
_OF_BLANKS: Final = frozenset({"is blank", "is not blank"})
_EQUAL: Final = frozenset({"=", "in"})
_DIFFERING: Final = frozenset({"!=", "not in"})
_ORDERED: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_IN_MICROS: Final = frozenset({Kind.MONEY, Kind.DECIMAL})


@dataclass(frozen=True, slots=True)
class Source:
    """The aggregates of one fact table for one grain, and the temporary table that holds them.

    For the aggregate at place n: ``value_n`` is its number in millionths, null when every cell is blank or foreign;
    ``blank_n`` counts blank cells and ``foreign_n`` cells in another currency, both of which are missing in it.
    """

    table: str
    grain: Grain
    aggregates: tuple[Aggregate, ...]
    held: Table

    @property
    def name(self) -> str:
        """What its periods are listed under; no metric has such a name."""
        return f"facts {self.table}"


@lru_cache(maxsize=1024)
def source(table: str, grain: Grain, aggregates: tuple[Aggregate, ...]) -> Source:
    """Return the aggregates of a table with the temporary table for them; the same for the same, so that its SQL is compiled once."""
    numbers = [f"{kind}_{place}" for place in range(len(aggregates)) for kind in ("value", "blank", "foreign")]
    held = Table(
        f"part_{table}_{grain}",
        MetaData(),
        Column("marketplace", Text, primary_key=True),
        Column("subject", Text, primary_key=True),
        Column("period", Text, primary_key=True),
        Column("period_on", Date, primary_key=True),
        *(Column(name, BigInteger) for name in numbers),
        prefixes=["TEMPORARY"],
    )
    return Source(table, grain, aggregates, held)


def fill_source(run: Run, item: Source) -> None:
    """Create the temporary table and let the warehouse add up its facts."""
    item.held.create(run.connection)
    statement = insert(item.held).from_select([column.name for column in item.held.columns], _select(run, item))
    run.connection.execute(statement)


def _select(run: Run, item: Source) -> Select[Any]:
    """Add up the rows of the known days of every period; a fact of a day that is not known as a whole says too little."""
    table, reading = selectable(run, item.table), run.settings.facts[item.table]
    subject: ColumnElement[Any] = COVER.c.marketplace if item.grain == "marketplace" else table.c[reading.grains[item.grain]]
    known = COVER.join(
        KNOWN_DAY,
        and_(
            KNOWN_DAY.c.feed == reading.feed,
            KNOWN_DAY.c.marketplace == COVER.c.marketplace,
            KNOWN_DAY.c.day.between(COVER.c.first_on, COVER.c.period_on),
        ),
    ).join(
        table,
        and_(
            table.c.store_id == run.measuring.store_id,
            table.c.marketplace == KNOWN_DAY.c.marketplace,
            table.c[reading.day] == KNOWN_DAY.c.day,
        ),
    )
    keys = (COVER.c.marketplace, subject, COVER.c.period, COVER.c.period_on)
    numbers = [column for aggregate in item.aggregates for column in _columns(aggregate, table, reading.day)]
    return (
        select(*keys, *numbers)
        .select_from(known)
        .where(COVER.c.name == item.name, COVER.c.grain == item.grain, subject.is_not(None))
        .group_by(*keys)
    )


def _columns(aggregate: Aggregate, table: NamedFromClause, day: str) -> Iterator[ColumnElement[Any]]:
    """Yield value, blank and foreign of an aggregate."""
    is_met = and_(true(), *(_is_met(table, condition) for condition in aggregate.where))
    if aggregate.function in _ONE_DAY:
        is_met = and_(is_met, table.c[day] == COVER.c[_ONE_DAY[aggregate.function]])
    if aggregate.function in {"count", "distinct"}:
        yield from (_counted(aggregate, table, is_met), literal(0, BigInteger()), literal(0, BigInteger()))
        return
    cell = _product(aggregate, table)
    is_foreign = (
        and_(is_met, cell.is_not(None), table.c.currency.is_distinct_from(COVER.c.currency))
        if _is_money(aggregate)
        else false()
    )
    taken = case((and_(is_met, ~is_foreign), cell))
    blank = total(case((and_(is_met, cell.is_(None)), 1), else_=0))
    foreign = total(case((is_foreign, 1), else_=0))
    if aggregate.function in {"min", "max"}:
        yield whole(getattr(func, aggregate.function)(taken))
    else:
        met = total(case((is_met, 1), else_=0))
        added = total(taken) // func.max(COVER.c.seen_days) if aggregate.function == "mean" else total(taken)
        yield case((and_(met > 0, met == blank + foreign), null()), else_=added)
    yield blank
    yield foreign


def _counted(aggregate: Aggregate, table: NamedFromClause, is_met: ColumnElement[bool]) -> ColumnElement[int]:
    if aggregate.function == "count":
        return total(case((is_met, 1), else_=0)) * MICROS_PER_UNIT
    return whole(func.count(distinct(case((is_met, table.c[aggregate.columns[0]]))))) * MICROS_PER_UNIT


def _is_money(aggregate: Aggregate) -> bool:
    return kind_of(aggregate) is Kind.MONEY


def _product(aggregate: Aggregate, table: NamedFromClause) -> ColumnElement[Any]:
    """Return the row's number in whole millionths."""
    kinds = kinds_of(aggregate.table)
    product: ColumnElement[Any] = literal(1 if kind_of(aggregate) in _IN_MICROS else MICROS_PER_UNIT, BigInteger())
    for name in aggregate.columns:
        product = product * (raw_micros(table.c[name]) if kinds[name] in _IN_MICROS else table.c[name])
    return product


def _is_met(table: NamedFromClause, condition: Condition) -> ColumnElement[bool]:
    """Return the comparison; a blank cell equals nothing, so it differs from everything."""
    column, values = table.c[condition.column], [_sql_value(table, condition, value) for value in condition.literals]
    kind = kinds_of(table.name)[condition.column]
    said: ColumnElement[Any] = raw_micros(column) if kind in _IN_MICROS else column
    if condition.operator in _OF_BLANKS:
        return column.is_(None) if condition.operator == "is blank" else column.is_not(None)
    if condition.operator in _DIFFERING:
        return or_(column.is_(None), said.not_in(values))
    if condition.operator in _EQUAL:
        return and_(column.is_not(None), said.in_(values))
    return and_(column.is_not(None), _ORDERED[condition.operator or ""](said, values[0]))


def _sql_value(table: NamedFromClause, condition: Condition, value: object) -> Any:  # noqa: ANN401 - a column or a plain value
    if value == HERE:
        return COVER.c.marketplace_id
    if not isinstance(value, Decimal):
        return value
    kind = kinds_of(table.name)[condition.column]
    return int(value * MICROS_PER_UNIT) if kind in _IN_MICROS else int(value)
