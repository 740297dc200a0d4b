"""Two sums of the same thing, put side by side per marketplace, day, subject and measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.warehouse.checks.check import SCOPE, Scope
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.types import Micros

NO_TEXT: Final = cast(null(), Text)
NO_NUMBER: Final = cast(null(), BigInteger)
ONE: Final = literal(MICROS_PER_UNIT, BigInteger())
BELOW_MINIMUM: Final = "below_min_volume"
"""Reason of something too small to be judged."""

BLANK: Final = "blank_amounts"
"""Reason of a sum in which a cell is blank: what the blank one would have added is not known."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a fact table, and what of it is summed up.

    Attributes:
        table: the fact table's name.
        day: its column that holds the checked day.
        measures: what is summed, by the measure's name: the name of a column, or an expression in millionths.
        subject: what is compared one by one; the day as a whole where it is None.
        where: which rows count.
        on: the column of `SCOPE` that `day` is matched with.
    """

    table: str
    day: str
    measures: Mapping[str, str | ColumnElement[Any]]
    subject: ColumnElement[Any] | None = None
    where: tuple[ColumnElement[bool], ...] = ()
    on: Literal["day", "next_day", "day_before"] = "day"

    @property
    def facts(self) -> Table:
        """The fact table."""
        return FACTS[self.table]


def micros(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a count or an amount as whole millionths."""
    if isinstance(column.type, Micros):
        return type_coerce(column, BigInteger)
    return cast(column, BigInteger) * MICROS_PER_UNIT


def whole(expression: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum as a whole number; PostgreSQL widens sums of BIGINT to numeric."""
    return cast(expression, BigInteger)


def nearer(target: ColumnElement[int], one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    """Return the one of two numbers that lies nearer to the target; the other where one of them is null."""
    return case(
        (one.is_(None), other),
        (other.is_(None), one),
        (func.abs(one - target) <= func.abs(other - target), one),
        else_=other,
    )


def of_the_scope(facts: Table, scope: Scope, day: str, on: str = "day") -> ColumnElement[bool]:
    """Return the condition that joins a fact table with the days that are judged."""
    return and_(
        facts.c.store_id == scope.store_id,
        facts.c.marketplace == SCOPE.c.marketplace,
        facts.c[day] == SCOPE.c[on],
        SCOPE.c.is_judged.is_(True),
    )


def compare(scope: Scope, expected: Side, found: Side, *, only_common: bool = False) -> Select[Any]:
    """Return the comparison of two sides that name the same measures.

    Args:
        scope: what is checked.
        expected: the side that is believed.
        found: the side that is checked.
        only_common: leave out what one side does not have at all; otherwise it counts as 0 there.
    """
    both = union_all(*_parts(scope, expected, is_expected=True), *_parts(scope, found, is_expected=False)).subquery()
    key = (both.c.marketplace, both.c.day, both.c.measure, both.c.subject)
    sums = {name: whole(func.sum(both.c[name])) for name in ("expected", "found")}
    if not only_common:
        sums = {name: func.coalesce(amount, 0) for name, amount in sums.items()}
    compared = select(
        *key,
        func.max(both.c.currency).label("currency"),
        *(amount.label(name) for name, amount in sums.items()),
        case((func.sum(both.c.blanks) > 0, BLANK), else_=NO_TEXT).label("reason"),
    ).group_by(*key)
    if only_common:
        compared = compared.having(func.count(both.c.expected) > 0, func.count(both.c.found) > 0)
    return compared


def _parts(scope: Scope, side: Side, *, is_expected: bool) -> Iterator[Select[Any]]:
    """Yield one SELECT per measure: what it adds up to on this side, and nothing on the other."""
    facts = side.facts
    subject = literal("", Text()) if side.subject is None else func.coalesce(side.subject, "")
    currency = func.max(facts.c.currency) if "currency" in facts.c else NO_TEXT
    for measure, amount in side.measures.items():
        cells = micros(facts.c[amount]) if isinstance(amount, str) else amount
        is_money = isinstance(amount, str) and isinstance(facts.c[amount].type, Micros)
        total = whole(func.sum(cells))
        yield (
            select(
                facts.c.marketplace,
                SCOPE.c.day,
                literal(measure, Text()).label("measure"),
                subject.label("subject"),
                (currency if is_money else NO_TEXT).label("currency"),
                (total if is_expected else NO_NUMBER).label("expected"),
                (NO_NUMBER if is_expected else total).label("found"),
                (func.count() - func.count(cells)).label("blanks"),
            )
            .select_from(InOrder(SCOPE, facts, of_the_scope(facts, scope, side.day, side.on)))
            .where(*side.where)
            .group_by(facts.c.marketplace, SCOPE.c.day, *([] if side.subject is None else [subject]))
        )


class days_after(FunctionElement[date]):  # noqa: N801 - it is written like a function, as SQLAlchemy's own are
    """The day so many days after another one; negative numbers lead back."""

    type = Date()
    inherit_cache = True

    def __init__(self, day: ColumnElement[Any], days: int) -> None:
        """Keep both."""
        super().__init__(day, literal(days, Integer()))


@compiles(days_after, "sqlite")
def _days_after_in_sqlite(element: days_after, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own
    day, days = (compiler.process(part, **options) for part in element.clauses)
    return f"date({day}, {days} || ' days')"


@compiles(days_after, "postgresql")
def _days_after_in_postgresql(element: days_after, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as above
    day, days = (compiler.process(part, **options) for part in element.clauses)
    return f"({day} + {days})"
