"""The rows of a metric, as SQL: every subject's numbers, and why one is unknown or provisional."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Table,
    Text,
    and_,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union,
)
from sqlalchemy.sql.selectable import FromClause

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.catalogue import Linear, Measurement, is_snapshot
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.shape import NO_NUMBER, NO_TEXT, whole
from sellerwatch.metrics.sql.aggregates import KEY, Source
from sellerwatch.metrics.sql.covers import COVER, is_said
from sellerwatch.metrics.storing import MEASURED, Run, value_of
from sellerwatch.settings.catalogue import Grain, Metric
from sellerwatch.settings.expressions import Aggregate
from sellerwatch.warehouse.dialect import InOrder

MARKETPLACE_KIND: Final = "marketplace"


class _Parts:
    """Where a metric's aggregates stand, and how they are read for a subject that a table does not name."""

    def __init__(self, item: Measurement, sources: Sequence[Source]) -> None:
        self._sources = {source.table: source for source in sources}
        self._grain = item.grain

    def value(self, linear: Linear) -> ColumnElement[Any]:
        """Return a sum of aggregates; null when one of them is."""
        return whole(sum((self._value(aggregate) * times for aggregate, times in linear), literal(0, BigInteger())))

    def _value(self, aggregate: Aggregate) -> ColumnElement[Any]:
        found = self._sources[aggregate.table]
        column = found.column(self._grain, "value", aggregate)
        is_unsaid = aggregate.function in {"min", "max"} or (self._grain != MARKETPLACE_KIND and is_snapshot(aggregate.table))
        absent = null() if is_unsaid else literal(0, BigInteger())
        return case((found.held[self._grain].c.marketplace.is_(None), absent), else_=column)

    def any_of(self, kind: str, aggregates: Collection[Aggregate]) -> ColumnElement[bool]:
        """Tell whether cells of a kind are missing in one of the aggregates."""
        columns = (self._sources[aggregate.table].column(self._grain, kind, aggregate) for aggregate in aggregates)
        return or_(false(), *(func.coalesce(column, 0) > 0 for column in columns if column is not None))


def rows_of(item: Measurement, sources: Sequence[Source]) -> Select[Any]:
    """Return the rows of a metric, in the columns of `storing.MEASURED`, but for the periods that are new.

    Args:
        item: the metric, for a grain.
        sources: where its aggregates stand.
    """
    found = _apart(item, sources, are_new=False)
    said = {name: found.c[name] for name in (*KEY, "currency", "is_final", "data_through")}
    return _named(item, item.grain, said | _said(item, found))


def numbers_of_new(item: Measurement, sources: Sequence[Source]) -> Select[Any]:
    """Return what is stored at once of the periods that are new, in the order that `storing.store_new` takes it in."""
    found = _apart(item, sources, are_new=True)
    said = _said(item, found)
    top, bottom, status, reason = said.values()
    value = value_of(status, top, bottom, literal(item.definition.scale, Integer()))
    return select(found.c.metric_period_id, found.c.subject, top, bottom, value, status, reason)


def _apart(item: Measurement, sources: Sequence[Source], *, are_new: bool) -> FromClause:
    """Set apart what is found, so that what the numbers are and why one is missing is found out once, and not in each column that asks."""
    return _found(item, sources).where(COVER.c.is_new == literal(are_new, Boolean())).offset(0).subquery("found")


def _said(item: Measurement, found: FromClause) -> dict[str, ColumnElement[Any]]:
    """Return the parts of a value, and what is said of it."""
    is_void = found.c.why_unknown.in_(_voiding(item))
    return {
        "numerator": case((is_void, null()), else_=found.c.top),
        "denominator": case((is_void, null()), else_=found.c.bottom) if item.denominator is not None else NO_NUMBER,
        "status": case(
            (found.c.why_unknown.is_not(None), "unknown"), (found.c.why_doubted.is_not(None), "provisional"), else_="ok"
        ),
        "reason": func.coalesce(found.c.why_unknown, found.c.why_doubted),
    }


def _named(item: Measurement, grain: Grain, columns: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
    """Return the columns of a metric's rows with those that say whose they are and what they mean."""
    always: dict[str, ColumnElement[Any]] = {
        "metric": literal(item.metric, Text()),
        "subject_kind": literal(grain, Text()),
        "scale": literal(item.definition.scale, Integer()),
        "definition_version": literal(item.definition.version, Integer()),
    }
    every = {**always, **columns}
    return select(*(every[column.name].label(column.name) for column in MEASURED.columns))


def _found(item: Measurement, sources: Sequence[Source]) -> Select[Any]:
    """Return what is found of every subject and period: the numbers, and why they are missing or doubted."""
    subjects = _subjects(item, sources)
    joined = _with_covers(item, subjects)
    for held in (found.held[item.grain] for found in sources):
        if held is not subjects:
            joined = joined.outerjoin(held, and_(*(held.c[name] == subjects.c[name] for name in KEY)))
    parts = _Parts(item, sources)
    top = parts.value(item.numerator)
    bottom = parts.value(item.denominator) if item.denominator is not None else None
    rows = select(
        *(subjects.c[name] for name in KEY),
        top.label("top"),
        *([] if bottom is None else [bottom.label("bottom")]),
        _why_unknown(item, parts, top, bottom).label("why_unknown"),
        _why_doubted(item, parts).label("why_doubted"),
        (COVER.c.currency if item.is_amount else NO_TEXT).label("currency"),
        COVER.c.is_final,
        COVER.c.data_through,
        COVER.c.metric_period_id,
    ).select_from(joined)
    return rows if item.grain == MARKETPLACE_KIND else rows.where(is_said())


def _with_covers(item: Measurement, subjects: FromClause) -> FromClause:
    """Join subjects to how much is known of their periods: period by period, so that rows come in the order of their keys."""
    is_same = and_(
        *(COVER.c[name] == subjects.c[name] for name in ("marketplace", "period", "period_on")),
        COVER.c.name == item.metric,
        COVER.c.grain == item.grain,
    )
    return InOrder(COVER, subjects, is_same) if isinstance(subjects, Table) else subjects.join(COVER, is_same)


def _subjects(item: Measurement, sources: Sequence[Source]) -> FromClause:
    """Return the subjects and periods to give a value: every marketplace, and of the others those that facts name."""
    if item.grain == MARKETPLACE_KIND:
        keys = select(COVER.c.marketplace, COVER.c.marketplace.label("subject"), COVER.c.period, COVER.c.period_on)
        return keys.where(COVER.c.name == item.metric, COVER.c.grain == item.grain).subquery("subjects")
    held = [found.held[item.grain] for found in sources]
    return (
        held[0] if len(held) == 1 else union(*(select(*(table.c[name] for name in KEY)) for table in held)).subquery("subjects")
    )


def _voiding(item: Measurement) -> list[str]:
    """Return the reasons for which not even the parts are worth keeping."""
    always = ["not_observable", "no_data", "other_currency", item.definition.without_cells]
    return [*always, *(reason for reason, _ in item.unknown)]


def _why_unknown(
    item: Measurement, parts: _Parts, top: ColumnElement[Any], bottom: ColumnElement[Any] | None
) -> ColumnElement[Any]:
    is_partial = COVER.c.known_days < COVER.c.days if item.denominator is None else COVER.c.known_days == 0
    is_blank = top.is_(None) if bottom is None else or_(top.is_(None), bottom.is_(None))
    return case(
        (~COVER.c.is_observable, "not_observable"),
        (or_(~COVER.c.is_comparable, is_partial), "no_data"),
        (and_(is_blank, parts.any_of("foreign", _summed(item))), "other_currency"),
        *((parts.value(linear) > 0, literal(reason, Text())) for reason, linear in item.unknown),
        (is_blank, literal(item.definition.without_cells, Text())),
        *_too_small(item.definition, bottom),
        else_=NO_TEXT,
    )


def _too_small(definition: Metric, bottom: ColumnElement[Any] | None) -> Iterator[tuple[ColumnElement[bool], Any]]:
    """Yield why nothing can be divided by the denominator."""
    if bottom is None:
        return
    yield bottom == 0, literal(definition.without_denominator, Text())
    yield bottom < 0, literal("negative_denominator", Text())
    if definition.minimum:
        yield bottom < definition.minimum * MICROS_PER_UNIT, literal("below_min_volume", Text())


def _why_doubted(item: Measurement, parts: _Parts) -> ColumnElement[Any]:
    summed = _summed(item)
    return case(
        (parts.any_of("foreign", summed), "other_currency"),
        *((parts.value(linear) > 0, literal(reason, Text())) for reason, linear in item.provisional),
        (parts.any_of("blank", summed), "blank_cells"),
        (_misses_days(summed), "missing_days"),
        else_=NO_TEXT,
    )


def _summed(item: Measurement) -> tuple[Aggregate, ...]:
    """Return the aggregates that the value itself is made of."""
    linears = (item.numerator, item.denominator or ())
    return tuple(dict.fromkeys(aggregate for linear in linears for aggregate, _ in linear))


def _misses_days(aggregates: Collection[Aggregate]) -> ColumnElement[bool]:
    """Tell whether days are missing: of a flow any, of what stands on shelves where its mean or beginning is asked for."""
    needs_every_day = any(aggregate.function in {"mean", "first"} for aggregate in aggregates)
    return (COVER.c.seen_days if needs_every_day else COVER.c.known_days) < COVER.c.days


def rows_of_store(run: Run, item: Measurement) -> Select[Any]:
    """Return the store's rows: the sums of its marketplaces, of each currency apart where there is money in them."""
    currency = COVER.c.currency if item.has_money else literal("", Text())
    named = literal(run.measuring.store_id, Text())
    subject = named + literal("/", Text()) + COVER.c.currency if item.has_money else named
    count, known = func.count(), func.count(MEASURED.c.numerator)
    top, bottom = whole(func.sum(MEASURED.c.numerator)), whole(func.sum(MEASURED.c.denominator))
    has_denominator = item.denominator is not None
    is_unknown = known == 0 if has_denominator else known < count
    why_unknown = case(
        (is_unknown, func.coalesce(func.min(case((MEASURED.c.numerator.is_(None), MEASURED.c.reason))), "no_data")),
        *_too_small(item.definition, bottom if has_denominator else None),
        else_=NO_TEXT,
    )
    why_doubted = case(
        (known < count, "missing_marketplaces"),
        else_=func.min(case((MEASURED.c.status == "provisional", MEASURED.c.reason))),
    )
    joined = MEASURED.join(COVER, and_(*(COVER.c[name] == MEASURED.c[name] for name in ("marketplace", "period", "period_on"))))
    rows = _named(
        item,
        "store",
        {
            "marketplace": literal(EVERY_MARKETPLACE, Text()),
            "subject": subject,
            "period": MEASURED.c.period,
            "period_on": MEASURED.c.period_on,
            "numerator": case((is_unknown, null()), else_=top),
            "denominator": case((is_unknown, null()), else_=bottom) if has_denominator else NO_NUMBER,
            "currency": currency if item.is_amount else NO_TEXT,
            "status": case((why_unknown.is_not(None), "unknown"), (why_doubted.is_not(None), "provisional"), else_="ok"),
            "reason": func.coalesce(why_unknown, why_doubted),
            "is_final": func.count().filter(~MEASURED.c.is_final) == 0,
            "data_through": func.min(MEASURED.c.data_through),
        },
    )
    return (
        rows.select_from(joined)
        .where(
            COVER.c.name == item.metric,
            COVER.c.grain == MARKETPLACE_KIND,
            MEASURED.c.metric == item.metric,
            MEASURED.c.subject_kind == MARKETPLACE_KIND,
            MEASURED.c.period.in_(item.definition.grains["store"]),
        )
        .group_by(subject, currency, MEASURED.c.period, MEASURED.c.period_on)
    )
