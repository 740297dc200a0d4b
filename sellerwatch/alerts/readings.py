"""What the warehouse says tonight about every subject of a rule, and what that means for its condition."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, select

from sellerwatch.alerts.machine import Judgement
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

THIN_REASONS: Final = frozenset({"no_demand", "insufficient", "below_min_volume"})
"""Reasons for an unknown value that say there is too little to judge, not that data is missing."""

GONE_REASONS: Final[Mapping[str, str]] = {"not_listed": "Amazon no longer ships the offer"}
"""Reasons for an unknown value that say there is nothing to watch any more, and how people are told."""

VOLUME_DAYS: Final = 30


class Subject(NamedTuple):
    """What an alert is about, within a store."""

    marketplace: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric value of tonight."""

    value: float | None
    status: str
    reason: str | None
    data_through: datetime | None


def read(connection: Connection, rule: Rule, store_id: str, as_of: date) -> dict[Subject, Reading]:
    """Return tonight's value of the rule's metric for every subject that has one."""
    rows = connection.execute(
        select(METRIC_VALUE).where(
            METRIC_VALUE.c.store_id == store_id,
            METRIC_VALUE.c.metric == rule.metric,
            METRIC_VALUE.c.subject_kind == rule.subject,
            METRIC_VALUE.c.period == "day",
            METRIC_VALUE.c.period_on == as_of,
        ),
    )
    return {
        Subject(row.marketplace, row.subject_kind, row.subject): Reading(row.value, row.status, row.reason, row.data_through)
        for row in rows
    }


def units_sold(connection: Connection, store_id: str, as_of: date) -> Mapping[tuple[str, str], float]:
    """Return the units each SKU of each marketplace sold in the last 30 complete days."""
    rows = connection.execute(
        select(METRIC_VALUE.c.marketplace, METRIC_VALUE.c.subject, func.sum(METRIC_VALUE.c.value))
        .where(
            METRIC_VALUE.c.store_id == store_id,
            METRIC_VALUE.c.metric == "units",
            METRIC_VALUE.c.subject_kind == "sku",
            METRIC_VALUE.c.period == "day",
            METRIC_VALUE.c.period_on.between(as_of - timedelta(days=VOLUME_DAYS), as_of - timedelta(days=1)),
        )
        .group_by(METRIC_VALUE.c.marketplace, METRIC_VALUE.c.subject),
    )
    return {(marketplace, sku): units for marketplace, sku, units in rows}


def judgement_of(
    reading: Reading | None,
    as_of: date,
    *,
    late_feeds: Collection[str],
    sold: float | None,
    minimum_units: int,
) -> Judgement:
    """Return what tonight's reading means.

    Args:
        reading: None where the subject is not in tonight's data: then it is unknown, not fine.
        as_of: the business day.
        late_feeds: feeds of the metric that are late in the subject's marketplace; any of them freezes the alert, whatever
            tonight's data says.
        sold: units of the last 30 days; None where the rule does not ask.
        minimum_units: with fewer the rule does not judge.
    """
    if late_feeds:
        return Judgement(as_of, "no_data", reason=f"{', '.join(sorted(late_feeds))} is late")
    if reading is None:
        return Judgement(as_of, "no_data", reason="not in tonight's data")
    if gone := GONE_REASONS.get(reading.reason or ""):
        return Judgement(as_of, "not_applicable", reason=gone)
    if reading.value is None:
        return Judgement(as_of, "insufficient" if reading.reason in THIN_REASONS else "no_data", reason=reading.reason or "")
    if sold is not None and sold < minimum_units:
        return Judgement(as_of, "insufficient", reason="below_min_volume")
    return Judgement(as_of, "value", reading.value)
