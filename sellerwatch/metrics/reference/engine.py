"""The reference engine: the catalogue once more, read by plain loops over pandas frames. Slow, obvious, and nothing of the SQL in it.

It takes the same definitions and knowledge of days as the SQL engine; how rows are chosen, added up and judged is written anew.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.metrics.catalogue import Linear, Measurement, is_snapshot, kind_of
from sellerwatch.metrics.known import Cover, KnownFeeds, cover_of
from sellerwatch.metrics.spans import Span
from sellerwatch.reports.contract import Kind
from sellerwatch.settings.catalogue import FactReading
from sellerwatch.settings.expressions import HERE, Aggregate, Condition, names_other_than

Row = dict[Hashable, Any]


@dataclass(frozen=True, slots=True)
class Number:
    """What a metric says of one subject and period."""

    metric: str
    grain: str
    marketplace: str
    subject: str
    span: Span
    numerator: Fraction | None
    denominator: Fraction | None
    status: str
    reason: str | None
    is_final: bool

    def value(self, scale: int) -> float | None:
        """Return the quotient, or the sum where there is no denominator; None where it is unknown."""
        if self.status == "unknown" or self.numerator is None:
            return None
        return float(self.numerator if self.denominator is None else self.numerator * scale / self.denominator)


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to measure: the rows of each table and day, how they are read, and which days of which feed are known."""

    store_id: str
    places: tuple[Marketplace, ...]
    rows: Mapping[tuple[str, str, date], list[Row]]
    readings: Mapping[str, FactReading]
    known: KnownFeeds


def rows_by_day(table: str, frame: pd.DataFrame, reading: FactReading) -> dict[tuple[str, str, date], list[Row]]:
    """Return the rows of a fact table by table, marketplace and day; a blank cell is None."""
    blank_as_none = frame.astype(object).where(frame.notna(), None)
    found: dict[tuple[str, str, date], list[Row]] = {}
    for row in blank_as_none.to_dict("records"):
        found.setdefault((table, row["marketplace"], row[reading.day]), []).append(row)
    return found


@dataclass(frozen=True, slots=True)
class _Sum:
    """One aggregate of one subject: its number, and whether cells were left out of it."""

    value: Fraction | None
    has_blank: bool = False
    has_foreign: bool = False


def measure(item: Measurement, facts: Facts, spans: list[Span]) -> Iterator[Number]:
    """Yield what the metric says of every subject in these spans; the store's numbers last."""
    found: list[tuple[Number, Marketplace]] = []
    for span in spans:
        for place in facts.places:
            cover = _cover(item.feeds, facts, place, span)
            found.extend(
                (_number(item, facts, place, span, cover, subject), place) for subject in _subjects(item, facts, place, span)
            )
    yield from (number for number, _ in found)
    if item.grain == "marketplace":
        yield from _of_store(item, facts, found)


def _cover(feeds: tuple[str, ...], facts: Facts, place: Marketplace, span: Span) -> Cover:
    return cover_of([facts.known[feed, place.code] for feed in feeds], place, span.days)


def _subjects(item: Measurement, facts: Facts, place: Marketplace, span: Span) -> list[str]:
    if item.grain == "marketplace":
        return [place.code]
    cover = _cover(item.feeds, facts, place, span)
    if not (cover.is_observable and cover.is_comparable and cover.known_days):
        return []
    named = {row[facts.readings[table].grains[item.grain]] for table in item.tables for row in _rows(table, facts, place, span)}
    return sorted(named - {None})


def _rows(table: str, facts: Facts, place: Marketplace, span: Span) -> list[Row]:
    """Return the rows of the marketplace on known days of the span."""
    known = facts.known[facts.readings[table].feed, place.code].days
    return [row for day in span.days if day in known for row in facts.rows.get((table, place.code, day), ())]


def _number(item: Measurement, facts: Facts, place: Marketplace, span: Span, cover: Cover, subject: str) -> Number:
    sums = {aggregate: _added(aggregate, item, facts, place, span, subject) for aggregate in item.aggregates}
    top = _combined(item.numerator, sums)
    bottom = _combined(item.denominator, sums) if item.denominator is not None else None
    unknown = _why_unknown(item, cover, sums, top, bottom)
    doubted = _why_doubted(item, cover, sums)
    always = {"not_observable", "no_data", "other_currency", item.definition.without_cells}
    is_void = unknown in always.union(reason for reason, _ in item.unknown)
    return Number(
        metric=item.metric,
        grain=item.grain,
        marketplace=place.code,
        subject=subject,
        span=span,
        numerator=None if is_void else top,
        denominator=None if is_void else bottom,
        status="unknown" if unknown else "provisional" if doubted else "ok",
        reason=unknown or doubted,
        is_final=cover.is_final,
    )


def _combined(linear: Linear, sums: Mapping[Aggregate, _Sum]) -> Fraction | None:
    total = Fraction(0)
    for aggregate, times in linear:
        value = sums[aggregate].value
        if value is None:
            return None
        total += times * value
    return total


def _why_unknown(
    item: Measurement, cover: Cover, sums: Mapping[Aggregate, _Sum], top: Fraction | None, bottom: Fraction | None
) -> str | None:
    if not cover.is_observable:
        return "not_observable"
    is_ratio = item.denominator is not None
    enough = cover.known_days > 0 if is_ratio else cover.known_days == cover.days
    if not cover.is_comparable or not enough:
        return "no_data"
    is_blank = top is None or (is_ratio and bottom is None)
    if is_blank and any(sums[aggregate].has_foreign for aggregate in _used(item)):
        return "other_currency"
    for reason, linear in item.unknown:
        if (_combined(linear, sums) or 0) > 0:
            return reason
    if is_blank:
        return item.definition.without_cells
    return _too_small(item, bottom) if is_ratio else None


def _too_small(item: Measurement, bottom: Fraction | None) -> str | None:
    if not bottom:
        return item.definition.without_denominator
    if bottom < 0:
        return "negative_denominator"
    return "below_min_volume" if item.definition.minimum and bottom < item.definition.minimum else None


def _why_doubted(item: Measurement, cover: Cover, sums: Mapping[Aggregate, _Sum]) -> str | None:
    used = _used(item)
    if any(sums[aggregate].has_foreign for aggregate in used):
        return "other_currency"
    for reason, linear in item.provisional:
        if (_combined(linear, sums) or 0) > 0:
            return reason
    if any(sums[aggregate].has_blank for aggregate in used):
        return "blank_cells"
    wants_all = any(aggregate.function in {"first", "mean"} for aggregate in used)
    days = cover.seen_days if wants_all else cover.known_days
    return "missing_days" if days < cover.days else None


def _used(item: Measurement) -> list[Aggregate]:
    return [aggregate for linear in (item.numerator, item.denominator or ()) for aggregate, _ in linear]


def _added(aggregate: Aggregate, item: Measurement, facts: Facts, place: Marketplace, span: Span, subject: str) -> _Sum:
    reading = facts.readings[aggregate.table]
    rows = _rows(aggregate.table, facts, place, span)
    if item.grain != "marketplace":
        rows = [row for row in rows if row[reading.grains[item.grain]] == subject]
    if not rows:
        is_unsaid = aggregate.function in {"min", "max"} or (item.grain != "marketplace" and is_snapshot(aggregate.table))
        return _Sum(None if is_unsaid else Fraction(0))
    cover = _cover((reading.feed,), facts, place, span)
    met = [row for row in rows if _is_met(aggregate, row, place)]
    met = [row for row in met if _is_on(aggregate.function, row[reading.day], cover)]
    if aggregate.function == "count":
        return _Sum(Fraction(len(met)))
    if aggregate.function == "distinct":
        return _Sum(Fraction(len({row[aggregate.columns[0]] for row in met} - {None})))
    return _summed(aggregate, met, place, cover)


def _is_on(function: str, day: date, cover: Cover) -> bool:
    one_day = {"first": cover.first_known_on, "last": cover.last_known_on}
    return function not in one_day or day == one_day[function]


def _summed(aggregate: Aggregate, met: list[Row], place: Marketplace, cover: Cover) -> _Sum:
    cells = [(_product(aggregate, row), row) for row in met]
    blank = sum(cell is None for cell, _ in cells)
    is_money = kind_of(aggregate) is Kind.MONEY
    foreign = [cell for cell, row in cells if cell is not None and is_money and row["currency"] != place.currency]
    taken = [cell for cell, row in cells if cell is not None and not (is_money and row["currency"] != place.currency)]
    found = _Sum(None, has_blank=blank > 0, has_foreign=bool(foreign))
    if aggregate.function in {"min", "max"}:
        pick = min if aggregate.function == "min" else max
        return _Sum(pick(taken, default=None), found.has_blank, found.has_foreign)
    if met and blank + len(foreign) == len(met):
        return found
    total = sum(taken, Fraction(0))
    return _Sum(_mean(total, cover) if aggregate.function == "mean" else total, found.has_blank, found.has_foreign)


def _mean(total: Fraction, cover: Cover) -> Fraction:
    """Return the mean in whole millionths, what is left over cut off, as a warehouse of whole numbers has it."""
    micros = total * 1_000_000 / cover.seen_days
    return Fraction(int(micros), 1_000_000)


def _product(aggregate: Aggregate, row: Row) -> Fraction | None:
    product = Fraction(1)
    for name in aggregate.columns:
        if row[name] is None:
            return None
        product *= Fraction(row[name])
    return product


def _is_met(aggregate: Aggregate, row: Row, place: Marketplace) -> bool:
    return all(_holds(condition, row[condition.column], place) for condition in aggregate.where)


def _holds(condition: Condition, cell: Any, place: Marketplace) -> bool:  # noqa: ANN401 - a cell of any kind
    """Tell whether the comparison holds; a blank cell equals nothing, and so differs from everything."""
    wanted = [place.id if value == HERE else value for value in condition.literals]
    match condition.operator:
        case "is blank":
            return cell is None
        case "is not blank":
            return cell is not None
        case "names other than":
            return names_other_than(cell, map(str, wanted))
        case "!=" | "not in":
            return cell not in wanted
        case "=" | "in":
            return cell is not None and cell in wanted
        case _:
            return cell is not None and _is_ordered(condition.operator, cell, wanted[0])


def _is_ordered(operator: str | None, cell: Any, bound: Any) -> bool:  # noqa: ANN401 - numbers of any kind
    number, limit = Decimal(cell), Decimal(bound)
    answers = {"<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit}
    return answers[operator or ""]


def _of_store(item: Measurement, facts: Facts, found: list[tuple[Number, Marketplace]]) -> Iterator[Number]:
    """Yield the store's sums over its marketplaces, each currency apart where there is money in them."""
    groups: dict[tuple[Span, str], list[Number]] = {}
    for number, place in found:
        if number.span.period in item.definition.grains.get("store", ()):
            subject = f"{facts.store_id}/{place.currency}" if item.has_money else facts.store_id
            groups.setdefault((number.span, subject), []).append(number)
    for (span, subject), numbers in groups.items():
        yield _store_number(item, span, subject, numbers)


def _store_number(item: Measurement, span: Span, subject: str, numbers: list[Number]) -> Number:
    known = [number for number in numbers if number.numerator is not None]
    is_ratio = item.denominator is not None
    is_unknown = not known if is_ratio else len(known) < len(numbers)
    top = sum((number.numerator or Fraction(0) for number in known), Fraction(0))
    bottom = sum((number.denominator or Fraction(0) for number in known), Fraction(0)) if is_ratio else None
    unknown: str | None = None
    if is_unknown:
        unknown = min(number.reason or "" for number in numbers if number.numerator is None)
    elif is_ratio:
        unknown = _too_small(item, bottom)
    doubts = [number.reason for number in numbers if number.status == "provisional" and number.reason]
    doubted = "missing_marketplaces" if len(known) < len(numbers) else min(doubts, default=None)
    return Number(
        metric=item.metric,
        grain="store",
        marketplace="*",
        subject=subject,
        span=span,
        numerator=None if is_unknown else top,
        denominator=None if is_unknown else bottom,
        status="unknown" if unknown else "provisional" if doubted else "ok",
        reason=unknown or doubted,
        is_final=all(number.is_final for number in numbers),
    )
