"""Days that settle: where the facts and the definition are what they were, values stay, and their period becomes final."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, update

from sellerwatch.metrics.catalogue import Measurement
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.spans import Span
from sellerwatch.metrics.sql.basis import Due
from sellerwatch.metrics.sql.covers import Covered, covers_of_store, reaches
from sellerwatch.metrics.storing import Run
from sellerwatch.warehouse.seal_marks import STANDING, Period, mark_periods
from sellerwatch.warehouse.sealing.standing import periods_sealed
from sellerwatch.warehouse.tables.measures import METRIC_PERIOD


def settled(run: Run, due: Mapping[str, Due]) -> Mapping[str, frozenset[Span]]:
    """Return by metric the settling spans whose values stay: those that were sealed.

    The others are measured anew: what somebody altered before would otherwise be sealed as if it had been measured.
    """
    asked: dict[Period, Span] = {
        (metric, span.period, span.on): span for metric, item in due.items() for span in item.is_settling
    }
    found: dict[str, set[Span]] = {}
    for period in periods_sealed(run.connection, run.measuring.store_id, asked) if asked else ():
        found.setdefault(period[0], set()).add(asked[period])
    return {metric: frozenset(own) for metric, own in found.items()}


def settle(run: Run, items: Iterable[tuple[Measurement, Covered]]) -> int:
    """Say of periods whose values stay how finally and how far they are known now; return of how many something else was said.

    The values themselves are not read, nor are they sealed anew: what somebody altered goes on contradicting its seal.
    """
    metrics: dict[_State, dict[str, None]] = {}
    for item, covers in items:
        for state in _states(run, item, covers):
            metrics.setdefault(state, {})[item.metric] = None
    changed = [period for state, own in metrics.items() for period in _update(run, state, list(own))]
    mark_periods(run.connection, run.measuring.store_id, changed, kind=STANDING)
    return len(changed)


@dataclass(frozen=True, slots=True)
class _State:
    """How finally and how far the values of a kind of subject, or of one that is apart, are known in a period and marketplace."""

    marketplace: str
    kind: str
    apart: str
    span: Span
    is_final: bool
    data_through: datetime | None


def _states(run: Run, item: Measurement, covers: Covered) -> Iterator[_State]:
    for (place, span), cover in covers.covers.items():
        yield _State(place.code, item.grain, "", span, cover.is_final, cover.data_through)
    if item.grain == "marketplace":
        for subject, _, span, own in covers_of_store(run.measuring.store_id, item, covers):
            is_final = all(cover.is_final for cover in own)
            yield _State(EVERY_MARKETPLACE, "store", subject, span, is_final, reaches(own))


def _update(run: Run, state: _State, metrics: Sequence[str]) -> list[Period]:
    news = {"is_final": state.is_final, "data_through": state.data_through}
    statement = update(METRIC_PERIOD).where(
        METRIC_PERIOD.c.store_id == run.measuring.store_id,
        METRIC_PERIOD.c.metric.in_(metrics),
        METRIC_PERIOD.c.period == state.span.period,
        METRIC_PERIOD.c.period_on == state.span.on,
        METRIC_PERIOD.c.marketplace == state.marketplace,
        METRIC_PERIOD.c.subject_kind == state.kind,
        METRIC_PERIOD.c.apart == state.apart,
        or_(*(METRIC_PERIOD.c[name].is_distinct_from(value) for name, value in news.items())),
    )
    settled = run.connection.execute(statement.values(**news).returning(METRIC_PERIOD.c.metric)).scalars()
    return [(metric, state.span.period, state.span.on) for metric in settled]
