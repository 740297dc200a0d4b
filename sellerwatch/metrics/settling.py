"""Periods whose numbers stay and of which alone is new how far the data reaches, and that nothing of it will change any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, update

from sellerwatch.metrics.basis import Due
from sellerwatch.metrics.catalogue import Measurement
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.known import Cover, KnownFeeds, cover_of
from sellerwatch.metrics.spans import Span
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.catalogue import Grain
from sellerwatch.warehouse.dialect import COUNTED
from sellerwatch.warehouse.seal_marks import mark_periods
from sellerwatch.warehouse.tables.measures import METRIC_VALUE


@dataclass(frozen=True, slots=True)
class _Settled:
    """Stored values of one metric and period, all of a marketplace or one of the store, and what is to be said of them."""

    metric: str
    span: Span
    kind: Grain
    marketplace: str
    subject: str | None
    is_final: bool
    data_through: datetime | None


def settle(run: Run, wanted: Collection[Measurement], known: KnownFeeds, due: Mapping[str, Due]) -> int:
    """Bring the stored values of settled periods up to date; return how many were not."""
    found = (item for measurement in wanted for item in _settled(run, measurement, known, due[measurement.metric].is_settled))
    written = [(item, count) for item, count in ((item, _write(run, item)) for item in found) if count]
    mark_periods(run.connection, run.measuring.store_id, {(item.metric, item.span.period, item.span.on) for item, _ in written})
    return sum(count for _, count in written)


def _settled(run: Run, item: Measurement, known: KnownFeeds, spans: Collection[Span]) -> Iterator[_Settled]:
    for span in spans:
        if span.period in item.periods:
            covers = {
                place: cover_of([known[feed, place.code] for feed in item.feeds], place, span.days)
                for place in run.measuring.marketplaces
            }
            for place, cover in covers.items():
                yield _Settled(item.metric, span, item.grain, place.code, None, cover.is_final, cover.data_through)
            if item.grain == "marketplace" and span.period in item.definition.grains.get("store", ()):
                by_subject: dict[str, list[Cover]] = {}
                for place, cover in covers.items():
                    subject = f"{run.measuring.store_id}/{place.currency}" if item.has_money else run.measuring.store_id
                    by_subject.setdefault(subject, []).append(cover)
                for subject, own in by_subject.items():
                    yield _of_store(item.metric, span, subject, own)


def _of_store(metric: str, span: Span, subject: str, covers: Collection[Cover]) -> _Settled:
    through = min((cover.data_through for cover in covers if cover.data_through), default=None)
    return _Settled(metric, span, "store", EVERY_MARKETPLACE, subject, all(cover.is_final for cover in covers), through)


def _write(run: Run, item: _Settled) -> int:
    values = METRIC_VALUE.c
    statement = update(METRIC_VALUE).where(
        values.store_id == run.measuring.store_id,
        values.metric == item.metric,
        values.period == item.span.period,
        values.period_on == item.span.on,
        values.subject_kind == item.kind,
        values.marketplace == item.marketplace,
        or_(values.is_final.is_distinct_from(item.is_final), values.data_through.is_distinct_from(item.data_through)),
    )
    if item.subject is not None:
        statement = statement.where(values.subject == item.subject)
    said = {"is_final": item.is_final, "data_through": item.data_through, "measured_for": run.measuring.as_of}
    return run.connection.execute(statement.values(**said), execution_options=COUNTED).rowcount
