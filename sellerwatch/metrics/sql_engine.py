"""The SQL engine: what the catalogue computes, as statements built from it and run inside the warehouse."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.sql.selectable import FromClause

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.aggregates import KEY, Source, add_up_periods, add_up_slices, drop_source, source
from sellerwatch.metrics.basis import Due, due_spans, remember
from sellerwatch.metrics.catalogue import Linear, Measurement, is_snapshot, measurements
from sellerwatch.metrics.covers import COVER, Covered, covered, drop_covers, enter_covers
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.known import KnownFeeds, known_feeds
from sellerwatch.metrics.settling import settle, settled
from sellerwatch.metrics.shape import NO_TEXT, whole
from sellerwatch.metrics.slices import Sliced, drop_slices, enter_slices
from sellerwatch.metrics.spans import Span, spans
from sellerwatch.metrics.storing import MEASURED, MeasureReport, Run, store
from sellerwatch.settings.catalogue import Grain, Metric, Period
from sellerwatch.settings.expressions import Aggregate
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

_MARKETPLACE_KIND: Final = "marketplace"
_NAMES: Final = [column.name for column in MEASURED.columns]

SourceKey: TypeAlias = tuple[str, bool]
"""A fact table, and whether it is read for marketplaces or for subjects in them."""


def measure_catalogue(run: Run) -> list[MeasureReport]:
    """Measure every metric that the catalogue computes, over the periods whose facts or definition have changed."""
    wanted = measurements(run.settings)
    if not wanted:
        return []
    known = known_feeds(run, _feeds(wanted))
    due = due_spans(run, wanted, _spans_of(run, wanted), known)
    stays = settled(run, due)
    changed = settle(run, (_covered(run, known, item, stays.get(item.metric, ())) for item in wanted))
    anew = {metric: item.without(stays.get(metric, ())) for metric, item in due.items()}
    working = [item for item in wanted if anew[item.metric].is_new]
    reports = [_measure_all(run, working, known, anew)] if working else []
    remember(run, due)
    return [*reports, *([MeasureReport(values=0, unknown=0, changed=changed)] if changed else [])]


def _covered(run: Run, known: KnownFeeds, item: Measurement, spans: Collection[Span]) -> tuple[Measurement, Covered]:
    own = [span for span in spans if span.period in item.periods]
    return item, covered(run, known, item.metric, item.grain, item.feeds, own)


def _measure_all(run: Run, working: Sequence[Measurement], known: KnownFeeds, due: Mapping[str, Due]) -> MeasureReport:
    covers = [covered(run, known, item.metric, item.grain, item.feeds, _due_of(item, due)) for item in working]
    living = [item for item, own in zip(working, covers, strict=True) if not own.is_void]
    sources = _sources(run, living)
    enter_covers(run, covers)
    _add_up(run, sources, _sliced(sources, living, due), known)
    for measurement, own in zip(working, covers, strict=True):
        _measure(run, measurement, {} if own.is_void else sources, own)
    report = store(run, and_(METRIC_VALUE.c.store_id == run.measuring.store_id, _LOOKED_AT))
    for item in sources.values():
        drop_source(run, item)
    drop_slices(run)
    drop_covers(run)
    return report


def _feeds(wanted: Collection[Measurement]) -> list[str]:
    return list(dict.fromkeys(feed for item in wanted for feed in item.feeds))


def _spans_of(run: Run, wanted: Collection[Measurement]) -> dict[str, list[Span]]:
    """Return the spans of every metric; what is only seen as it stands is known this morning, the rest until yesterday."""
    made: dict[tuple[Period, int], list[Span]] = {}
    found: dict[str, dict[Span, None]] = {}
    for item in wanted:
        back = 0 if all(is_snapshot(table) for table in item.tables) else 1
        own = found.setdefault(item.metric, {})
        for period in item.periods:
            if (period, back) not in made:
                made[period, back] = list(spans(period, run.measuring.as_of - timedelta(days=back)))
            own.update(dict.fromkeys(made[period, back]))
    return {metric: list(own) for metric, own in found.items()}


def _part(item: Measurement, table: str) -> SourceKey:
    return table, item.grain == _MARKETPLACE_KIND


def _sources(run: Run, wanted: Collection[Measurement]) -> dict[SourceKey, Source]:
    """Return what has to be read of each table, each aggregate once; what is of marketplaces apart, for it needs fewer groups."""
    needed: dict[SourceKey, tuple[dict[Grain, None], dict[Aggregate, None]]] = {}
    for item in wanted:
        for aggregate in item.aggregates:
            grains, aggregates = needed.setdefault(_part(item, aggregate.table), ({}, {}))
            grains[item.grain] = None
            aggregates[aggregate] = None
    return {
        key: source(key[0], run.settings.facts[key[0]], list(grains), list(aggregates))
        for key, (grains, aggregates) in needed.items()
    }


def _due_of(item: Measurement, due: Mapping[str, Due]) -> list[Span]:
    return [span for span in due[item.metric].digests if span in due[item.metric].is_new and span.period in item.periods]


def _sliced(sources: Mapping[SourceKey, Source], living: Collection[Measurement], due: Mapping[str, Due]) -> list[Sliced]:
    """Return for each source the periods of all metrics that read it."""
    spans: dict[SourceKey, dict[Grain, dict[Span, None]]] = {}
    for item in living:
        for table in item.tables:
            own = spans.setdefault(_part(item, table), {}).setdefault(item.grain, {})
            own.update(dict.fromkeys(_due_of(item, due)))
    return [
        Sliced(item.name, {grain: list(own) for grain, own in spans[key].items()}, item.has_one_day)
        for key, item in sources.items()
    ]


def _add_up(run: Run, sources: Mapping[SourceKey, Source], sliced: Collection[Sliced], known: KnownFeeds) -> None:
    """Let the warehouse read each fact that is new once, and add up all periods."""
    by_name = {item.name: item for item in sources.values()}
    days = {
        (name, place.code): known[item.reading.feed, place.code].days
        for name, item in by_name.items()
        for place in run.measuring.marketplaces
    }
    enter_slices(run, sliced, days)
    for item in by_name.values():
        add_up_slices(run, item)
        add_up_periods(run, item)


_LOOKED_AT: Final = and_(
    tuple_(METRIC_VALUE.c.metric, METRIC_VALUE.c.period, METRIC_VALUE.c.period_on).in_(
        select(COVER.c.name, COVER.c.period, COVER.c.period_on).distinct()
    ),
    exists().where(
        COVER.c.name == METRIC_VALUE.c.metric,
        COVER.c.period == METRIC_VALUE.c.period,
        COVER.c.period_on == METRIC_VALUE.c.period_on,
        or_(
            and_(COVER.c.grain == METRIC_VALUE.c.subject_kind, COVER.c.marketplace == METRIC_VALUE.c.marketplace),
            and_(COVER.c.grain == _MARKETPLACE_KIND, METRIC_VALUE.c.subject_kind == "store"),
        ),
    ),
)
"""Which stored values are of the periods that are measured anew; those of the store rest on its marketplaces.

The first half lets the databases find them by the key instead of asking the second of everything that is stored.
"""


def _measure(run: Run, item: Measurement, sources: Mapping[SourceKey, Source], covers: Covered) -> None:
    """Put the metric's rows into the temporary table, those of the store last: they are sums of the others."""
    if not sources:
        _enter_void(run, item, covers)
    else:
        own = [sources[_part(item, table)] for table in item.tables]
        run.connection.execute(insert(MEASURED).from_select(_NAMES, _select(item, own)))
    if item.grain == _MARKETPLACE_KIND and "store" in item.definition.grains:
        run.connection.execute(insert(MEASURED).from_select(_NAMES, _store_select(run, item)))


def _enter_void(run: Run, item: Measurement, covers: Covered) -> None:
    """Say of every marketplace that nothing is known; of products that nobody names there is nothing to say."""
    if item.grain != _MARKETPLACE_KIND:
        return
    rows = [
        {
            "metric": item.metric,
            "subject_kind": item.grain,
            "marketplace": place.code,
            "subject": place.code,
            "period": span.period,
            "period_on": span.on,
            "currency": place.currency if item.is_amount else None,
            "status": "unknown",
            "reason": "no_data" if cover.is_observable else "not_observable",
            "is_final": cover.is_final,
            "data_through": cover.data_through,
            "scale": item.definition.scale,
            "definition_version": item.definition.version,
        }
        for (place, span), cover in covers.covers.items()
    ]
    if rows:
        run.connection.execute(insert(MEASURED), rows)


def _always(item: Measurement, grain: Grain) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return literal(item.metric, Text()), literal(grain, Text())


def _meaning(item: Measurement) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return literal(item.definition.scale, Integer()), literal(item.definition.version, Integer())


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
        is_unsaid = aggregate.function in {"min", "max"} or (self._grain != _MARKETPLACE_KIND and is_snapshot(aggregate.table))
        absent = null() if is_unsaid else literal(0, BigInteger())
        return case((found.held[self._grain].c.marketplace.is_(None), absent), else_=column)

    def any_of(self, kind: str, aggregates: Collection[Aggregate]) -> ColumnElement[bool]:
        """Tell whether cells of a kind are missing in one of the aggregates."""
        columns = (self._sources[aggregate.table].column(self._grain, kind, aggregate) for aggregate in aggregates)
        return or_(false(), *(func.coalesce(column, 0) > 0 for column in columns if column is not None))


def _select(item: Measurement, sources: Sequence[Source]) -> Select[Any]:
    """Return the rows of a metric, in the columns of `storing.MEASURED`."""
    subjects = _subjects(item, sources)
    cover = and_(
        *(COVER.c[name] == subjects.c[name] for name in ("marketplace", "period", "period_on")),
        COVER.c.name == item.metric,
        COVER.c.grain == item.grain,
    )
    joined: FromClause = subjects.join(COVER, cover)
    for held in (found.held[item.grain] for found in sources):
        if held is not subjects:
            joined = joined.outerjoin(held, and_(*(held.c[name] == subjects.c[name] for name in KEY)))
    parts = _Parts(item, sources)
    top = parts.value(item.numerator)
    bottom = parts.value(item.denominator) if item.denominator is not None else None
    why_unknown = _why_unknown(item, parts, top, bottom)
    is_void = why_unknown.in_(_voiding(item))
    why_doubted = _why_doubted(item, parts)
    # Of products nothing is said where nothing is known; their marketplace says why.
    is_said = and_(COVER.c.is_observable, COVER.c.is_comparable, COVER.c.known_days > 0)
    rows = select(
        *_always(item, item.grain),
        *(subjects.c[name] for name in KEY),
        case((is_void, null()), else_=top),
        case((is_void, null()), else_=bottom) if bottom is not None else literal(None, BigInteger()),
        COVER.c.currency if item.is_amount else NO_TEXT,
        case((why_unknown.is_not(None), "unknown"), (why_doubted.is_not(None), "provisional"), else_="ok"),
        func.coalesce(why_unknown, why_doubted),
        COVER.c.is_final,
        COVER.c.data_through,
        *_meaning(item),
    ).select_from(joined)
    return rows if item.grain == _MARKETPLACE_KIND else rows.where(is_said)


def _subjects(item: Measurement, sources: Sequence[Source]) -> FromClause:
    """Return the subjects and periods to give a value: every marketplace, and of the others those that facts name."""
    if item.grain == _MARKETPLACE_KIND:
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
            *_always(item, "store"),
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
            *_meaning(item),
        )
        .select_from(joined)
        .where(
            COVER.c.name == item.metric,
            COVER.c.grain == _MARKETPLACE_KIND,
            MEASURED.c.metric == item.metric,
            MEASURED.c.subject_kind == _MARKETPLACE_KIND,
            MEASURED.c.period.in_(item.definition.grains["store"]),
        )
        .group_by(subject, currency, MEASURED.c.period, MEASURED.c.period_on)
    )
