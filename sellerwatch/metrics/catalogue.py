"""The catalogue made ready to be measured: every name looked up, every column checked against the facts there are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.metrics.derived.registry import READABLE, kinds_of, says_how_things_stand
from sellerwatch.reports.contract import Kind
from sellerwatch.settings.catalogue import FactReading, Grain, Metric, Period, expression_of, report_of
from sellerwatch.settings.expressions import HERE, NAMES, Aggregate, Combination, Condition, Expression, expanded
from sellerwatch.settings.load import Settings

Dimension = Literal["currency", "count"]
Linear: TypeAlias = tuple[tuple[Aggregate, int], ...]
"""Aggregates, each times a whole number, added up."""

NUMBERS: Final = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.MONEY})
_ORDERED: Final = frozenset({"<", "<=", ">", ">="})
_LITERALS: Final[Mapping[Kind, type]] = {
    Kind.TEXT: str,
    Kind.INTEGER: Decimal,
    Kind.DECIMAL: Decimal,
    Kind.MONEY: Decimal,
    Kind.FLAG: bool,
}
"""What a column of each kind may be compared with."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric for one grain, down to the rows it is made of.

    ``unknown`` and ``provisional`` give for each reason what has to be above zero for it to hold.
    """

    metric: str
    definition: Metric
    grain: Grain
    periods: tuple[Period, ...]
    numerator: Linear
    denominator: Linear | None
    unknown: tuple[tuple[str, Linear], ...]
    provisional: tuple[tuple[str, Linear], ...]
    feeds: tuple[str, ...]

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """Every aggregate that is needed, once."""
        linears = [self.numerator, self.denominator or (), *(linear for _, linear in (*self.unknown, *self.provisional))]
        return tuple(dict.fromkeys(aggregate for linear in linears for aggregate, _ in linear))

    @property
    def tables(self) -> tuple[str, ...]:
        """The fact tables it reads."""
        return tuple(dict.fromkeys(aggregate.table for aggregate in self.aggregates))

    @property
    def is_amount(self) -> bool:
        """Tell whether the value itself is money."""
        return self.denominator is None and has_money(self.numerator)

    @property
    def has_money(self) -> bool:
        """Tell whether currencies matter: then marketplaces are never added up across them."""
        return has_money(self.numerator) or has_money(self.denominator or ())


def kind_of(aggregate: Aggregate) -> Kind:
    """Return what the aggregate is: money or a decimal where one of its columns is."""
    if aggregate.function in {"count", "distinct"}:
        return Kind.INTEGER
    kinds = {_kind(aggregate.table, name) for name in aggregate.columns}
    return next((kind for kind in (Kind.MONEY, Kind.DECIMAL) if kind in kinds), Kind.INTEGER)


def has_money(linear: Linear) -> bool:
    """Tell whether amounts are among what is added up."""
    return any(kind_of(aggregate) is Kind.MONEY for aggregate, _ in linear)


def is_snapshot(table: str) -> bool:
    """Tell whether the table says how things stood on a day: what it does not name is unknown, not zero."""
    return says_how_things_stand(table)


def measurements(settings: Settings) -> tuple[Measurement, ...]:
    """Return everything that the catalogue computes, the grain store left out: it is the sum of the marketplaces.

    Raises:
        ConfigError: a name, column, unit, grain or feed of the catalogue does not fit.
    """
    _check_readings(settings)
    return tuple(itertools.chain.from_iterable(_of_metric(settings, *item) for item in settings.metrics.items()))


def _of_metric(settings: Settings, metric_id: str, metric: Metric) -> Iterator[Measurement]:
    if metric.status != "computed":
        return
    resolving = _Resolving(settings, metric_id, metric)
    resolving.check_store()
    for grain, periods in metric.grains.items():
        if grain != "store":
            yield resolving.measurement(grain, periods)


@dataclass(frozen=True, slots=True)
class _Resolving:
    """One metric on its way from names to columns."""

    settings: Settings
    metric_id: str
    metric: Metric

    def wrong(self, what: str, remedy: str) -> ConfigError:
        """Build the error for a metric that does not hold together."""
        return ConfigError(what, where=f"{self.settings.config_folder / 'metrics.yaml'}, {self.metric_id}", remedy=remedy)

    def measurement(self, grain: Grain, periods: tuple[Period, ...]) -> Measurement:
        """Return the metric for a grain."""
        numerator = self._needed(self.metric.numerator, grain)
        denominator = self._needed(self.metric.denominator, grain) if self.metric.denominator else None
        self._check_unit(numerator, denominator)
        found = Measurement(
            metric=self.metric_id,
            definition=self.metric,
            grain=grain,
            periods=periods,
            numerator=numerator,
            denominator=denominator,
            unknown=tuple(self._conditions(self.metric.unknown, grain)),
            provisional=tuple(self._conditions(self.metric.provisional, grain)),
            feeds=(),
        )
        found = replace(found, feeds=tuple(dict.fromkeys(self.settings.facts[table].feed for table in found.tables)))
        self._check_feeds(found)
        self._check_grains(found)
        return found

    def check_store(self) -> None:
        """A store is the sum of its marketplaces, so it has no period that they lack."""
        store, places = self.metric.grains.get("store", ()), self.metric.grains.get("marketplace", ())
        if lacking := [period for period in store if period not in places]:
            raise self.wrong(
                f"the store has the period {lacking[0]} and its marketplaces have not",
                "A store is the sum of its marketplaces: list the period there too",
            )

    def _needed(self, expression: Expression | None, grain: Grain) -> Linear:
        linear = self._linear(expression, grain, 1)
        if linear is None:
            raise self.wrong(f"its parts are not given for each {grain}", "Take the grain out, or give each part for it")
        return linear

    def _conditions(self, named: Mapping[str, str], grain: Grain) -> Iterator[tuple[str, Linear]]:
        """Yield what each reason rests on; a part that the grain lacks gives no reason there."""
        for reason, part in named.items():
            linear = self._linear(Combination(((part, 1),)), grain, 1)
            if linear is not None:
                yield reason, linear

    def _linear(self, expression: Expression | None, grain: Grain, times: int) -> Linear | None:
        if expression is None:
            return None
        if isinstance(expression, Aggregate):
            checked = _checked(self.settings, expression)
            is_there = self.settings.facts[checked.table].reads(grain)
            return ((checked, times),) if is_there else None
        found: list[tuple[Aggregate, int]] = []
        for name, count in expression.terms:
            linear = self._linear(expression_of(self.settings.parts[name], grain), grain, times * count)
            if linear is None:
                return None
            found.extend(linear)
        self._check_one_dimension(tuple(found))
        return tuple(found)

    def _check_one_dimension(self, linear: Linear) -> None:
        if len({_dimension((item,)) for item in linear}) > 1:
            raise self.wrong("it adds amounts and counts", "Add only what has one unit")

    def _check_unit(self, numerator: Linear, denominator: Linear | None) -> None:
        top, bottom = _dimension(numerator), _dimension(denominator) if denominator else None
        unit = self.metric.unit
        if unit in {"%", "ratio"}:
            fits = bottom == top
        elif unit.startswith("currency"):
            fits = top == "currency" and bottom == (None if unit == "currency" else "count")
        else:
            fits = top == "count" and bottom in {None, "count"}
        if not fits:
            parts = f"{top}" + (f" / {bottom}" if bottom else "")
            raise self.wrong(f"its unit is {unit!r} and it is {parts}", "Correct the unit, the numerator or the denominator")

    def _check_feeds(self, found: Measurement) -> None:
        if missing := sorted(set(map(report_of, found.feeds)) - set(self.metric.feeds)):
            raise self.wrong(f"it reads facts of {', '.join(missing)}, which its feeds do not name", "Add it to feeds")

    def _check_grains(self, found: Measurement) -> None:
        if "store" in self.metric.grains and any(item.function in {"min", "max"} for item in found.aggregates):
            raise self.wrong("a smallest or greatest value cannot be added up", "Take the grain store out")


def _dimension(linear: Linear) -> Dimension:
    return "currency" if has_money(linear) else "count"


def _kind(table: str, column: str) -> Kind:
    return kinds_of(table)[column]


def _check_readings(settings: Settings) -> None:
    for table, reading in settings.facts.items():
        where = f"{settings.config_folder / 'metrics.yaml'}, facts, {table}"
        if table not in READABLE:
            raise unknown_value(table, READABLE, what="fact table", where=where)
        _check_reading(table, reading, where)


def _check_reading(table: str, reading: FactReading, where: str) -> None:
    columns = kinds_of(table)
    for name, kind in ((reading.day, Kind.DAY), *((column, Kind.TEXT) for column in reading.grains.values())):
        if columns.get(name) is not kind:
            raise unknown_value(name, [column for column in columns if columns[column] is kind], what="column", where=where)
    for conditions in reading.conditions.values():
        for condition in conditions:
            _check_condition(table, condition, where, named=tuple(reading.conditions))


def _checked(settings: Settings, aggregate: Aggregate) -> Aggregate:
    """Return the aggregate with its conditions spelled out, once everything it names is there."""
    where = f"{settings.config_folder / 'metrics.yaml'}, parts, {aggregate.function}({aggregate.table} ...)"
    if aggregate.table not in settings.facts:
        raise unknown_value(aggregate.table, settings.facts, what="fact table", where=where)
    columns = kinds_of(aggregate.table)
    for name in aggregate.columns:
        if name not in columns:
            raise unknown_value(name, columns, what="column", where=where)
    try:
        found = expanded(aggregate, settings.facts[aggregate.table].conditions)
    except ValueError as error:
        raise ConfigError(str(error), where=where, remedy="Correct the name, or add the condition to the table") from error
    for condition in found.where:
        _check_condition(found.table, condition, where)
    _check_columns(found, columns, where)
    return found


def _check_columns(aggregate: Aggregate, columns: Mapping[str, Kind], where: str) -> None:
    kinds = [columns[name] for name in aggregate.columns]
    if aggregate.function in {"count", "distinct"}:
        if len(kinds) != (aggregate.function == "distinct"):
            remedy = "Count rows as count(table where ...), and different values as distinct(table.column)"
            raise ConfigError(f"{aggregate.function} takes another number of columns", where=where, remedy=remedy)
        return
    if not NUMBERS.issuperset(kinds) or sum(kind is not Kind.INTEGER for kind in kinds) > 1:
        remedy = "Name a column of numbers, and at most one amount or decimal in a product"
        raise ConfigError(f"{' * '.join(aggregate.columns)} cannot be added up", where=where, remedy=remedy)
    if Kind.MONEY in kinds and "currency" not in columns:
        remedy = "Name a column of a table that tells its currency"
        raise ConfigError(f"the currency of {aggregate.table} is not known", where=where, remedy=remedy)


def _check_condition(table: str, condition: Condition, where: str, *, named: tuple[str, ...] = ()) -> None:
    if not condition.operator and condition.column in named:
        return
    columns = kinds_of(table)
    if condition.column not in columns:
        raise unknown_value(condition.column, columns, what="column", where=where)
    kind = columns[condition.column]
    is_here = condition.literals == (HERE,)
    fits = all(isinstance(value, _LITERALS.get(kind, type(None))) for value in condition.literals)
    is_number_or_text = (condition.operator in _ORDERED and kind not in NUMBERS) or (
        condition.operator == NAMES and kind is not Kind.TEXT
    )
    if not (fits or is_here) or is_number_or_text:
        raise ConfigError(
            f"{condition.column} is {kind.value} and cannot be compared that way",
            where=where,
            remedy='Write texts in "quotes", numbers and true or false without',
        )
