"""Days that settle: where the facts and the definition are what they were, a value stays and only becomes final."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, tuple_, update

from sellerwatch.metrics.basis import Due
from sellerwatch.metrics.catalogue import Measurement
from sellerwatch.metrics.covers import Covered, covers_of_store, reaches
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.spans import Span
from sellerwatch.metrics.storing import Run, mark_written
from sellerwatch.warehouse.dialect import COUNTED
from sellerwatch.warehouse.seal_marks import Period as SealedPeriod
from sellerwatch.warehouse.sealing.standing import periods_standing
from sellerwatch.warehouse.tables.measures import MEASURED_BASIS, METRIC_VALUE

_NAMED_AT_ONCE: Final = 1_000

Settled = Mapping[str, frozenset[Span]]
"""By metric, the spans whose values stay."""


def settled(run: Run, due: Mapping[str, Due]) -> Settled:
    """Return the settling spans whose values are what was sealed.

    The others are measured anew: what somebody altered would otherwise be sealed as if it had been measured.
    """
    asked: dict[SealedPeriod, Span] = {
        (metric, span.period, span.on): span for metric, item in due.items() for span in item.is_settling
    }
    found: dict[str, set[Span]] = {}
    for metric, period, on in periods_standing(run.connection, run.measuring.store_id, asked) if asked else ():
        found.setdefault(metric, set()).add(asked[metric, period, on])
    return {metric: frozenset(own) for metric, own in found.items()}


def settle(run: Run, items: Iterable[tuple[Measurement, Covered]]) -> int:
    """Say of values that stay how finally and how far their days are known now; return how many said otherwise before."""
    metrics: dict[_State, dict[str, None]] = {}
    periods: set[SealedPeriod] = set()
    for item, covers in items:
        periods |= {(item.metric, span.period, span.on) for _, span in covers.covers}
        for state in _states(run, item, covers):
            metrics.setdefault(state, {})[item.metric] = None
    changed = sum(_update(run, state, list(own)) for state, own in metrics.items())
    if changed:
        _mark(run, periods)
    return changed


@dataclass(frozen=True, slots=True)
class _State:
    """How finally and how far the values of a kind of subject, or of one subject, are known in a period and marketplace."""

    marketplace: str
    kind: str
    subject: str | None
    span: Span
    is_final: bool
    data_through: datetime | None


def _states(run: Run, item: Measurement, covers: Covered) -> Iterator[_State]:
    for (place, span), cover in covers.covers.items():
        yield _State(place.code, item.grain, None, span, cover.is_final, cover.data_through)
    if item.grain == "marketplace":
        for subject, _, span, own in covers_of_store(run.measuring.store_id, item, covers):
            is_final = all(cover.is_final for cover in own)
            yield _State(EVERY_MARKETPLACE, "store", subject, span, is_final, reaches(own))


def _update(run: Run, state: _State, metrics: Sequence[str]) -> int:
    news = {"is_final": state.is_final, "data_through": state.data_through}
    statement = update(METRIC_VALUE).where(
        METRIC_VALUE.c.store_id == run.measuring.store_id,
        METRIC_VALUE.c.metric.in_(metrics),
        METRIC_VALUE.c.period == state.span.period,
        METRIC_VALUE.c.period_on == state.span.on,
        METRIC_VALUE.c.marketplace == state.marketplace,
        METRIC_VALUE.c.subject_kind == state.kind,
        *([] if state.subject is None else [METRIC_VALUE.c.subject == state.subject]),
        or_(*(METRIC_VALUE.c[name].is_distinct_from(value) for name, value in news.items())),
    )
    return run.connection.execute(
        statement.values(**news, measured_for=run.measuring.as_of), execution_options=COUNTED
    ).rowcount


def _mark(run: Run, periods: Collection[SealedPeriod]) -> None:
    """Mark those of the periods that were written; after weeks without a night there are thousands."""
    names = [MEASURED_BASIS.c[name] for name in ("metric", "period", "period_on")]
    ordered = sorted(periods)
    for place in range(0, len(ordered), _NAMED_AT_ONCE):
        is_named = tuple_(*names).in_(ordered[place : place + _NAMED_AT_ONCE])
        looked_at = select(*names).where(MEASURED_BASIS.c.store_id == run.measuring.store_id, is_named)
        mark_written(run, looked_at.subquery("settled_period"))
