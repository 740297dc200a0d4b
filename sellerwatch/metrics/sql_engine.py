"""The SQL engine: what the catalogue computes, as statements built from it and run inside the warehouse."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union,
)
from sqlalchemy.sql.selectable import FromClause

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.core.periods import Days
from sellerwatch.metrics.aggregates import KEY, Source, fill_source, source, source_name
from sellerwatch.metrics.basis import Due, due_spans, marks_of, remember
from sellerwatch.metrics.catalogue import Linear, Measurement, is_snapshot, measurements
from sellerwatch.metrics.covers import COVER, drop_covers, enter_covers, enter_known_days
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.known import known_feeds
from sellerwatch.metrics.shape import NO_TEXT, whole
from sellerwatch.metrics.spans import Span, spans
from sellerwatch.metrics.storing import MEASURED, MeasureReport, Run, store
from sellerwatch.settings.catalogue import Metric
from sellerwatch.settings.expressions import Aggregate
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

_MARKETPLACE_KIND: Final = "marketplace"


def measure_catalogue(run: Run) -> list[MeasureReport]:
    """Measure every metric that the catalogue computes, over the periods whose facts or definition have changed."""
    wanted = measurements(run.settings)
    if not wanted:
        return []
    due = _due(run, wanted, by_metric := _spans_of(run, wanted))
    working = [item for item in wanted if due[item.metric].is_new]
    if not working:
        return []
    sources = _sources(working)
    known = known_feeds(run, _feeds(run, working))
    enter_known_days(run, known, _reach(by_metric))
    enter_covers(run, known, _covers(run, working, sources, due))
    for item in sources.values():
        fill_source(run, item)
    reports = list(itertools.chain.from_iterable(_measure(run, item, sources) for item in working))
    for item in sources.values():
        item.held.drop(run.connection)
    drop_covers(run)
    remember(run, due)
    return reports


def _due(run: Run, wanted: Collection[Measurement], by_metric: Mapping[str, Collection[Span]]) -> dict[str, Due]:
    tables = dict.fromkeys(table for item in wanted for table in item.tables)
    marks = marks_of(run, tables, _reach(by_metric))
    return due_spans(run, wanted, by_metric, known_feeds(run, _feeds(run, wanted)), marks)


def _feeds(run: Run, wanted: Collection[Measurement]) -> list[str]:
    named = (feed for item in wanted for feed in item.feeds)
    return list(dict.fromkeys([*named, *(run.settings.facts[table].feed for item in wanted for table in item.tables)]))


def _spans_of(run: Run, wanted: Collection[Measurement]) -> dict[str, list[Span]]:
    """Return the spans of every metric; what is only seen as it stands is known this morning, the rest until yesterday."""
    found: dict[str, dict[Span, None]] = {}
    for item in wanted:
        is_of_today = all(is_snapshot(table) for table in item.tables)
        last = run.measuring.as_of - timedelta(days=0 if is_of_today else 1)
        own = found.setdefault(item.metric, {})
        own.update(dict.fromkeys(span for period in item.periods for span in spans(period, last)))
    return {metric: list(own) for metric, own in found.items()}


def _reach(by_metric: Mapping[str, Collection[Span]]) -> Days:
    """Return the days that all the spans lie in."""
    every = [span.days for own in by_metric.values() for span in own]
    return Days(min(days.first for days in every), max(days.last for days in every))


def _sources(wanted: Collection[Measurement]) -> dict[str, Source]:
    """Return what has to be read, by table and grain, each aggregate once."""
    needed: dict[tuple[Any, Any], dict[Aggregate, None]] = {}
    for item in wanted:
        for aggregate in item.aggregates:
            needed.setdefault((aggregate.table, item.grain), {})[aggregate] = None
    return {source_name(table, grain): source(table, grain, list(own)) for (table, grain), own in needed.items()}


def _covers(
    run: Run, wanted: Collection[Measurement], sources: Mapping[str, Source], due: Mapping[str, Due]
) -> Iterator[tuple[str, Collection[str], Collection[Span]]]:
    """Yield the periods of each metric, and for each table those of all the metrics that read it."""
    read: dict[str, dict[Span, None]] = {name: {} for name in sources}
    for item in wanted:
        own = [span for span in due[item.metric].digests if span in due[item.metric].is_new and span.period in item.periods]
        yield _name(item), item.feeds, own
        for table in item.tables:
            read[source_name(table, item.grain)].update(dict.fromkeys(own))
    for name, own_spans in read.items():
        yield name, [run.settings.facts[sources[name].table].feed], list(own_spans)


def _name(item: Measurement) -> str:
    return f"{item.metric} for {item.grain}"


def _measure(run: Run, item: Measurement, sources: Mapping[str, Source]) -> Iterator[MeasureReport]:
    run.connection.execute(delete(MEASURED))
    names = [column.name for column in MEASURED.columns]
    statement = _select(item, [sources[source_name(table, item.grain)] for table in item.tables])
    run.connection.execute(insert(MEASURED).from_select(names, statement))
    yield store(run, item.metric, item.grain, _looked_at(item, COVER.c.marketplace == METRIC_VALUE.c.marketplace))
    if item.grain == _MARKETPLACE_KIND and "store" in item.definition.grains:
        run.connection.execute(insert(MEASURED).from_select(names, _store_select(run, item)))
        run.connection.execute(delete(MEASURED).where(MEASURED.c.marketplace != EVERY_MARKETPLACE))
        yield store(run, item.metric, "store", _looked_at(item, METRIC_VALUE.c.marketplace == EVERY_MARKETPLACE))


def _looked_at(item: Measurement, is_there: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return which stored values are of the periods that are measured anew."""
    return exists().where(
        COVER.c.name == _name(item),
        COVER.c.period == METRIC_VALUE.c.period,
        COVER.c.period_on == METRIC_VALUE.c.period_on,
        is_there,
    )


class _Parts:
    """Where a metric's aggregates stand, and how they are read for a subject that a table does not name."""

    def __init__(self, item: Measurement, sources: Sequence[Source]) -> None:
        self._sources = {source.table: source for source in sources}
        self._grain = item.grain

    def value(self, linear: Linear) -> ColumnElement[Any]:
        """Return a sum of aggregates; null when one of them is."""
        return whole(sum((self._value(aggregate) * times for aggregate, times in linear), literal(0, BigInteger())))

    def _value(self, aggregate: Aggregate) -> ColumnElement[Any]:
        held, column = self._column(aggregate, "value")
        is_unsaid = aggregate.function in {"min", "max"} or (self._grain != _MARKETPLACE_KIND and is_snapshot(aggregate.table))
        absent = null() if is_unsaid else literal(0, BigInteger())
        return case((held.c.marketplace.is_(None), absent), else_=column)

    def any_of(self, kind: str, aggregates: Collection[Aggregate]) -> ColumnElement[bool]:
        """Tell whether cells of a kind are missing in one of the aggregates."""
        return or_(false(), *(func.coalesce(self._column(aggregate, kind)[1], 0) > 0 for aggregate in aggregates))

    def _column(self, aggregate: Aggregate, kind: str) -> tuple[FromClause, ColumnElement[Any]]:
        found = self._sources[aggregate.table]
        return found.held, found.held.c[f"{kind}_{found.aggregates.index(aggregate)}"]


def _select(item: Measurement, sources: Sequence[Source]) -> Select[Any]:
    """Return the rows of a metric, in the columns of `storing.MEASURED`."""
    subjects = _subjects(item, sources)
    cover = and_(*(COVER.c[name] == subjects.c[name] for name in ("marketplace", "period", "period_on")), COVER.c.name == _name(item))
    joined: FromClause = subjects.join(COVER, cover)
    for found in sources:
        joined = joined.outerjoin(found.held, and_(*(found.held.c[name] == subjects.c[name] for name in KEY)))
    parts = _Parts(item, sources)
    top = parts.value(item.numerator)
    bottom = parts.value(item.denominator) if item.denominator is not None else None
    why_unknown = _why_unknown(item, parts, top, bottom)
    is_void = why_unknown.in_(_voiding(item))
    why_doubted = _why_doubted(item, parts)
    return select(
        *(subjects.c[name] for name in KEY),
        case((is_void, null()), else_=top),
        case((is_void, null()), else_=bottom) if bottom is not None else literal(None, BigInteger()),
        COVER.c.currency if item.is_amount else NO_TEXT,
        case((why_unknown.is_not(None), "unknown"), (why_doubted.is_not(None), "provisional"), else_="ok"),
        func.coalesce(why_unknown, why_doubted),
        COVER.c.is_final,
        COVER.c.data_through,
    ).select_from(joined)


def _subjects(item: Measurement, sources: Sequence[Source]) -> FromClause:
    """Return the subjects and periods to give a value: every marketplace, and of the others those that facts name."""
    if item.grain == _MARKETPLACE_KIND:
        keys = select(COVER.c.marketplace, COVER.c.marketplace.label("subject"), COVER.c.period, COVER.c.period_on)
        return keys.where(COVER.c.name == _name(item)).subquery("subjects")
    return union(*(select(*(found.held.c[name] for name in KEY)) for found in sources)).subquery("subjects")


def _voiding(item: Measurement) -> list[str]:
    """Return the reasons for which not even the parts are worth keeping."""
    return ["not_observable", "no_data", *(reason for reason, _ in item.unknown)]


def _why_unknown(
    item: Measurement, parts: _Parts, top: ColumnElement[Any], bottom: ColumnElement[Any] | None
) -> ColumnElement[Any]:
    is_partial = COVER.c.known_days < COVER.c.days if item.denominator is None else COVER.c.known_days == 0
    is_blank = top.is_(None) if bottom is None else or_(top.is_(None), bottom.is_(None))
    return case(
        (~COVER.c.is_observable, "not_observable"),
        (or_(~COVER.c.is_comparable, is_partial, is_blank), "no_data"),
        *((parts.value(linear) > 0, literal(reason, Text())) for reason, linear in item.unknown),
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
    linears = (item.numerator, item.denominator or ())
    summed = tuple(dict.fromkeys(aggregate for linear in linears for aggregate, _ in linear))
    return case(
        (parts.any_of("foreign", summed), "other_currency"),
        *((parts.value(linear) > 0, literal(reason, Text())) for reason, linear in item.provisional),
        (parts.any_of("blank", summed), "blank_cells"),
        (COVER.c.known_days < COVER.c.days, "missing_days"),
        else_=NO_TEXT,
    )


def _store_select(run: Run, item: Measurement) -> Select[Any]:
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
    return (
        select(
            literal(EVERY_MARKETPLACE, Text()),
            subject,
            MEASURED.c.period,
            MEASURED.c.period_on,
            case((is_unknown, null()), else_=top),
            case((is_unknown, null()), else_=bottom) if has_denominator else literal(None, BigInteger()),
            currency if item.is_amount else NO_TEXT,
            case((why_unknown.is_not(None), "unknown"), (why_doubted.is_not(None), "provisional"), else_="ok"),
            func.coalesce(why_unknown, why_doubted),
            func.count().filter(~MEASURED.c.is_final) == 0,
            func.min(MEASURED.c.data_through),
        )
        .select_from(joined)
        .where(COVER.c.name == _name(item), MEASURED.c.period.in_(item.definition.grains["store"]))
        .group_by(subject, currency, MEASURED.c.period, MEASURED.c.period_on)
    )
