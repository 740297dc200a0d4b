"""The catalogue's expressions as text again, and the parts they are sums of, each under its name."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sellerwatch.settings.catalogue import Grain, expression_of
from sellerwatch.settings.expressions import HERE, NAMES, Aggregate, Combination, Condition, Expression, Literal_, expanded
from sellerwatch.settings.load import Settings


def spelled(expression: Expression) -> str:
    """Return an expression as the catalogue writes it."""
    if isinstance(expression, Aggregate):
        columns = "." + " * ".join(expression.columns) if expression.columns else ""
        where = " where " + " and ".join(_condition(item) for item in expression.where) if expression.where else ""
        return f"{expression.function}({expression.table}{columns}{where})"
    return _sum(expression)


def _sum(expression: Combination) -> str:
    terms = [f"{'-' if times < 0 else '+'} {_term(name, abs(times))}" for name, times in expression.terms]
    return " ".join(terms).removeprefix("+ ")


def _term(name: str, times: int) -> str:
    return name if times == 1 else f"{times} * {name}"


def _condition(condition: Condition) -> str:
    if condition.operator is None:
        return condition.column
    if not condition.literals:
        return f"{condition.column} {condition.operator}"
    values = ", ".join(_literal(value) for value in condition.literals)
    is_list = condition.operator in {"in", "not in", NAMES}
    return f"{condition.column} {condition.operator} {f'({values})' if is_list else values}"


def _literal(value: Literal_) -> str:
    if value == HERE or isinstance(value, Decimal):
        return str(value)
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


def named_aggregates(settings: Settings, expression: Expression | None, grain: Grain) -> Iterator[tuple[str, int, Aggregate]]:
    """Yield what an expression adds up for subjects of a grain: the part's name, how many times, and what is read."""
    yield from _named(settings, expression, grain, "", 1)


def _named(
    settings: Settings, expression: Expression | None, grain: Grain, name: str, times: int
) -> Iterator[tuple[str, int, Aggregate]]:
    if isinstance(expression, Aggregate):
        yield name, times, expanded(expression, settings.facts[expression.table].conditions)
    elif expression is not None:
        for part, count in expression.terms:
            yield from _named(settings, expression_of(settings.parts[part], grain), grain, part, times * count)
