"""What is unusual in a store tonight, in three statements: the core numbers, the days unlike others, and those of earlier breaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.unusual.score import Finding, Point, judge
from sellerwatch.core.periods import Days
from sellerwatch.metrics.comparison.comparable import declared_days
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.settings.load import Settings
from sellerwatch.settings.unusual import LEVEL
from sellerwatch.warehouse.tables.alerting import EVALUATION
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

WIDE: Final = frozenset({"store", "marketplace"})
"""The levels at which a rule says the same of a number as this would."""


class Watched(NamedTuple):
    """A core number in a marketplace."""

    metric: str
    marketplace: str


class History(NamedTuple):
    """Its mature days, and their currency."""

    points: Mapping[date, Point]
    currency: str | None


def find_unusual(
    connection: Connection, settings: Settings, store_id: str, as_of: date, alerts: Iterable[Alert]
) -> tuple[Finding, ...]:
    """Return what is unusual, of what no open alert speaks of.

    Args:
        connection: the warehouse.
        settings: what is looked at, and the days that are unlike others.
        store_id: the store.
        as_of: the night.
        alerts: all of the store's, as the night has left them.
    """
    known = _histories(connection, settings, store_id, as_of)
    if not known:
        return ()
    wide = [alert for alert in alerts if _speaks(settings, alert)]
    about = {watched: [alert for alert in wide if _is_about(settings, alert, watched)] for watched in known}
    unlike = _unlike(connection, settings, store_id, known, about)
    quiet = [watched for watched in sorted(known) if not any(alert.condition.is_open for alert in about[watched])]
    found = (_finding(settings, watched, known[watched], as_of, unlike[watched]) for watched in quiet)
    return tuple(item for item in found if item is not None)


def _histories(connection: Connection, settings: Settings, store_id: str, as_of: date) -> Mapping[Watched, History]:
    limits, table = settings.unusual, METRIC_VALUE.c
    if not limits.kpis:
        return {}
    reach = limits.settled_within + limits.days + 7 * limits.weeks
    rows = connection.execute(
        select(
            table.metric, table.marketplace, table.period_on, table.value, table.numerator, table.denominator, table.currency
        )
        .where(
            table.store_id == store_id,
            table.metric.in_(limits.kpis),
            table.period == "day",
            # Days by name, so that a database finds the marketplaces' rows without going through those of their products.
            table.period_on.in_([as_of - timedelta(days=back) for back in range(reach + 1)]),
            table.marketplace.in_(settings.store(store_id).marketplaces),
            table.subject_kind == LEVEL,
            table.subject == table.marketplace,
            table.is_final,
            table.value.is_not(None),
        )
        .order_by(table.period_on),
    )
    points: dict[Watched, dict[date, Point]] = defaultdict(dict)
    currencies: dict[Watched, str | None] = {}
    for row in rows:
        watched = Watched(row.metric, row.marketplace)
        points[watched][row.period_on] = Point(row.value, float(row.numerator or 0), float(row.denominator or 0))
        currencies[watched] = row.currency
    return {watched: History(days, currencies[watched]) for watched, days in points.items()}


def _speaks(settings: Settings, alert: Alert) -> bool:
    rule = settings.rules.get(alert.rule)
    return rule is not None and not rule.shadow and alert.subject.kind in WIDE


def _is_about(settings: Settings, alert: Alert, watched: Watched) -> bool:
    metrics = {watched.metric, *settings.unusual.kpis[watched.metric].unless}
    is_here = alert.subject.marketplace in {watched.marketplace, EVERY_MARKETPLACE}
    return is_here and not metrics.isdisjoint(settings.rules[alert.rule].metrics)


def _finding(settings: Settings, watched: Watched, history: History, as_of: date, left_out: Collection[date]) -> Finding | None:
    kpi = settings.unusual.kpis[watched.metric]
    found = judge(kpi, settings.unusual, history.points, as_of=as_of, left_out=left_out)
    if found is None:
        return None
    day, typical, z = found
    value = history.points[day].value
    change = 100 * (value - typical) / abs(typical)
    return Finding(watched.metric, watched.marketplace, day, value, typical, change, z, history.currency)


def _unlike(
    connection: Connection,
    settings: Settings,
    store_id: str,
    known: Mapping[Watched, History],
    about: Mapping[Watched, Sequence[Alert]],
) -> Mapping[Watched, set[date]]:
    """Return the days that nobody should compare with: declared ones, exempt ones, and those on which an alert of it breached."""
    every = [day for history in known.values() for day in history.points]
    reach = Days(min(every), max(every))
    declared = declared_days(connection, settings, store_id, {watched.metric for watched in known}, reach)
    breached = _breached(connection, {alert.fingerprint for alerts in about.values() for alert in alerts}, reach)
    return {
        watched: {
            *declared[watched.metric][watched.marketplace],
            *_exempt(settings, store_id, watched, reach),
            *(day for alert in about[watched] for day in breached.get(alert.fingerprint, ())),
        }
        for watched in known
    }


def _exempt(settings: Settings, store_id: str, watched: Watched, reach: Days) -> Iterator[date]:
    for item in settings.exemptions:
        if not item.subjects and (not item.marketplaces or watched.marketplace in item.marketplaces):
            yield from (day for day in reach if item.holds(watched.metric, store_id, day))


def _breached(connection: Connection, fingerprints: Collection[str], reach: Days) -> Mapping[str, set[date]]:
    if not fingerprints:
        return {}
    said = (EVALUATION.c.entered > 0, EVALUATION.c.valued_on.between(reach.first, reach.last))
    named = EVALUATION.c.fingerprint.in_(fingerprints)
    found: dict[str, set[date]] = defaultdict(set)
    for row in connection.execute(select(EVALUATION.c.fingerprint, EVALUATION.c.valued_on).where(named, *said)):
        found[row.fingerprint].add(row.valued_on)
    return found
