"""SQL of the catalogue's comparisons: whether a row of a fact table meets one."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, and_, func, literal, or_
from sqlalchemy.sql.selectable import FromClause

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.derived.registry import kinds_of
from sellerwatch.metrics.shape import raw_micros
from sellerwatch.metrics.sql.slices import SLICE_DAY
from sellerwatch.reports.contract import Kind
from sellerwatch.settings.expressions import HERE, NAMES, Condition, without_blanks

IN_MICROS: Final = frozenset({Kind.MONEY, Kind.DECIMAL})
"""What the warehouse keeps in millionths."""

_OF_BLANKS: Final = frozenset({"is blank", "is not blank"})
_EQUAL: Final = frozenset({"=", "in"})
_EMPTY_NAMES: Final = 3
"""So many times two commas become one: of a list with no name between nine commas, one is left."""

_DIFFERING: Final = frozenset({"!=", "not in"})
_ORDERED: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def meets(table: str, facts: FromClause, condition: Condition) -> ColumnElement[bool]:
    """Return the comparison; a blank cell equals nothing, so it differs from everything."""
    column, kind = facts.c[condition.column], kinds_of(table)[condition.column]
    values = [_sql_value(kind, value) for value in condition.literals]
    said: ColumnElement[Any] = raw_micros(column) if kind in IN_MICROS else column
    if condition.operator in _OF_BLANKS:
        return column.is_(None) if condition.operator == "is blank" else column.is_not(None)
    if condition.operator == NAMES:
        return _names_other_than(column, [str(value) for value in condition.literals])
    if condition.operator in _DIFFERING:
        return or_(column.is_(None), said.not_in(values))
    if condition.operator in _EQUAL:
        return and_(column.is_not(None), said.in_(values))
    return and_(column.is_not(None), _ORDERED[condition.operator or ""](said, values[0]))


def _names_other_than(column: ColumnElement[Any], beginnings: Sequence[str]) -> ColumnElement[bool]:
    """Tell whether a name is left over: without blanks each has a comma before it, and those that begin so lose theirs."""
    tidy: ColumnElement[Any] = func.replace(column, " ", "", type_=Text)
    for _ in range(_EMPTY_NAMES):
        tidy = func.replace(tidy, ",,", ",", type_=Text)
    tidy = func.ltrim(func.rtrim(tidy, ","), ",", type_=Text)
    others: ColumnElement[Any] = literal(",").concat(tidy)
    for beginning in beginnings:
        others = func.replace(others, f",{without_blanks(beginning)}", "", type_=Text)
    return and_(column.is_not(None), tidy != "", others.contains(","))


def _sql_value(kind: Kind, value: object) -> Any:  # noqa: ANN401 - a column or a plain value
    if value == HERE:
        return SLICE_DAY.c.marketplace_id
    if not isinstance(value, Decimal):
        return value
    return int(value * MICROS_PER_UNIT) if kind in IN_MICROS else int(value)
