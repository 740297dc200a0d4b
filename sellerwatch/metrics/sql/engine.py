"""The SQL engine: what the catalogue computes, as statements built from it and run inside the warehouse."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

from sqlalchemy import and_, exists, insert, or_, select, tuple_

from sellerwatch.metrics.catalogue import Measurement, is_snapshot, measurements
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.known import Cover, KnownFeeds, known_feeds
from sellerwatch.metrics.spans import Span, spans
from sellerwatch.metrics.sql.aggregates import Source, add_up_periods, add_up_slices, drop_source, source
from sellerwatch.metrics.sql.basis import Due, due_spans, remember
from sellerwatch.metrics.sql.covers import (
    COVER,
    Covered,
    covered,
    covers_of_store,
    drop_covers,
    enter_covers,
    enter_new_periods,
    entered,
    reaches,
)
from sellerwatch.metrics.sql.rows import MARKETPLACE_KIND, numbers_of_new, rows_of, rows_of_store
from sellerwatch.metrics.sql.settling import settle, settled
from sellerwatch.metrics.sql.slices import Sliced, drop_slices, enter_slices
from sellerwatch.metrics.storing import MEASURED, MeasureReport, Run, delete_empty, mark_written, store, store_new, summed
from sellerwatch.settings.catalogue import Grain, Period
from sellerwatch.settings.expressions import Aggregate
from sellerwatch.warehouse.tables.measures import METRIC_PERIOD

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
    return [*reports, *([MeasureReport(values=0, changed=changed)] if changed else [])]


def _covered(run: Run, known: KnownFeeds, item: Measurement, spans: Collection[Span]) -> tuple[Measurement, Covered]:
    own = [span for span in spans if span.period in item.periods]
    return item, covered(run, known, item.metric, item.grain, item.feeds, own)


def _measure_all(run: Run, working: Sequence[Measurement], known: KnownFeeds, due: Mapping[str, Due]) -> MeasureReport:
    covers = [covered(run, known, item.metric, item.grain, item.feeds, _due_of(item, due)) for item in working]
    living = [item for item, own in zip(working, covers, strict=True) if not own.is_void]
    sources = _sources(run, living)
    enter_covers(run, covers)
    _add_up(run, sources, _sliced(sources, living, due), known)
    for item, own in zip(working, covers, strict=True):
        if own.is_void and item.grain == MARKETPLACE_KIND:
            _enter_void(run, item, own)
    _measure(run, living, sources)
    report = store(run, and_(METRIC_PERIOD.c.store_id == run.measuring.store_id, _LOOKED_AT))
    new = _store_new(run, living, sources)
    for table in sources.values():
        drop_source(run, table)
    drop_slices(run)
    drop_covers(run)
    return summed([report, MeasureReport(values=new, changed=new)])


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
    return table, item.grain == MARKETPLACE_KIND


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
    tuple_(METRIC_PERIOD.c.metric, METRIC_PERIOD.c.period, METRIC_PERIOD.c.period_on).in_(
        select(COVER.c.name, COVER.c.period, COVER.c.period_on).where(~COVER.c.is_new).distinct()
    ),
    exists().where(
        COVER.c.name == METRIC_PERIOD.c.metric,
        COVER.c.period == METRIC_PERIOD.c.period,
        COVER.c.period_on == METRIC_PERIOD.c.period_on,
        or_(
            and_(COVER.c.grain == METRIC_PERIOD.c.subject_kind, COVER.c.marketplace == METRIC_PERIOD.c.marketplace),
            and_(COVER.c.grain == MARKETPLACE_KIND, METRIC_PERIOD.c.subject_kind == "store"),
        ),
    ),
)
"""Which stored values are of the periods that are measured anew; those of the store rest on its marketplaces.

The first half lets the databases find them by the key instead of asking the second of everything that is stored.
"""


def _measure(run: Run, living: Collection[Measurement], sources: Mapping[SourceKey, Source]) -> None:
    """Put the rows of all metrics into the temporary table, but for those that are stored at once."""
    wanted = entered(run, are_new=False)
    for item in living:
        if (item.metric, item.grain) in wanted:
            own = [sources[_part(item, table)] for table in item.tables]
            run.connection.execute(insert(MEASURED).from_select(_NAMES, rows_of(item, own)))
        if item.grain == MARKETPLACE_KIND:
            _add_up_store(run, item)


def _add_up_store(run: Run, item: Measurement) -> None:
    """Put the store's rows into the temporary table: they are sums of those of its marketplaces."""
    if "store" in item.definition.grains:
        run.connection.execute(insert(MEASURED).from_select(_NAMES, rows_of_store(run, item)))


def _store_new(run: Run, living: Collection[Measurement], sources: Mapping[SourceKey, Source]) -> int:
    """Store the rows of periods that nothing is stored of yet, and return how many there are.

    Of products, campaigns and the like there are many, and in most nights all of them are new: there is nothing to compare them
    with and nothing that could have vanished, so that they need not pass through a table of their own.
    """
    wanted = entered(run, are_new=True)
    new = [item for item in living if (item.metric, item.grain) in wanted]
    if not new:
        return 0
    enter_new_periods(run, new)
    count = sum(store_new(run, numbers_of_new(item, [sources[_part(item, table)] for table in item.tables])) for item in new)
    delete_empty(run, METRIC_PERIOD.c.id.in_(select(COVER.c.metric_period_id).where(COVER.c.is_new)))
    periods = select(COVER.c.name.label("metric"), COVER.c.period, COVER.c.period_on).where(COVER.c.is_new)
    mark_written(run, periods.subquery("new_period"))
    return count


def _enter_void(run: Run, item: Measurement, covers: Covered) -> None:
    """Say of every marketplace and of the store that nothing is known; of products that nobody names there is nothing to say."""
    places = [
        _void_row(item, item.grain, (place.code, place.code), place.currency, span, [cover])
        for (place, span), cover in covers.covers.items()
    ]
    store = [
        _void_row(item, "store", (EVERY_MARKETPLACE, subject), currency, span, own)
        for subject, currency, span, own in covers_of_store(run.measuring.store_id, item, covers)
    ]
    if rows := [*places, *store]:
        run.connection.execute(insert(MEASURED), rows)


def _void_row(
    item: Measurement, grain: Grain, named: tuple[str, str], currency: str | None, span: Span, covers: Collection[Cover]
) -> dict[str, object]:
    marketplace, subject = named
    return {
        "metric": item.metric,
        "subject_kind": grain,
        "marketplace": marketplace,
        "subject": subject,
        "period": span.period,
        "period_on": span.on,
        "currency": currency if item.is_amount else None,
        "status": "unknown",
        "reason": "no_data" if any(cover.is_observable for cover in covers) else "not_observable",
        "is_final": all(cover.is_final for cover in covers),
        "data_through": reaches(covers),
        "scale": item.definition.scale,
        "definition_version": item.definition.version,
    }
