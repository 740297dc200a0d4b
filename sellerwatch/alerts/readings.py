"""What the warehouse says tonight about every subject of a rule, as one table: a value, or why there is none, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from sellerwatch.core.errors import PermanentError
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import TIERS
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

THIN_REASONS: Final = frozenset({"no_demand", "insufficient", "below_min_volume"})
"""Reasons for an unknown value that say there is too little to judge, not that data is missing."""

GONE_REASONS: Final[Mapping[str, str]] = {"not_listed": "Amazon no longer ships the offer"}
"""Reasons for an unknown value that say there is nothing to watch any more, and how people are told."""

VOLUME_DAYS: Final = 30


class RuleReadingError(PermanentError):
    """A rule cannot be read tonight; it alone is not judged, and its alerts stay as they are."""


class Subject(NamedTuple):
    """What an alert is about, within a store."""

    marketplace: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Readings:
    """What a rule reads of a night.

    Attributes:
        frame: one row a subject: ``marketplace``, ``kind``, ``id``; ``value``, NaN where unknown; ``outcome`` and ``reason``;
            ``data_through``, ``valued_on``, ``evidence``; ``enter_yellow`` to ``exit_red``, NaN where the subject has no such tier.
    """

    frame: pd.DataFrame


def read(connection: Connection, settings: Settings, rule: Rule, store_id: str, as_of: date) -> Readings:
    """Return tonight's value of the rule's metric for every subject that has one."""
    rows = connection.execute(
        select(
            METRIC_VALUE.c.marketplace,
            METRIC_VALUE.c.subject_kind.label("kind"),
            METRIC_VALUE.c.subject.label("id"),
            METRIC_VALUE.c.value,
            func.coalesce(METRIC_VALUE.c.reason, "").label("reason"),
            METRIC_VALUE.c.data_through,
        ).where(
            METRIC_VALUE.c.store_id == store_id,
            METRIC_VALUE.c.metric == rule.metric,
            METRIC_VALUE.c.subject_kind == rule.subject,
            METRIC_VALUE.c.period == "day",
            METRIC_VALUE.c.period_on == as_of,
        ),
    )
    frame = pd.DataFrame(rows.all(), columns=list(rows.keys()), dtype=object)
    frame["value"] = frame["value"].astype(float)
    frame["outcome"] = _outcomes(frame)
    frame["valued_on"] = as_of
    frame["evidence"] = ""
    if rule.minimum_units:
        _demand_volume(frame, units_sold(connection, store_id, as_of), rule.minimum_units)
    frame["reason"] = frame["reason"].replace(dict(GONE_REASONS))
    return Readings(frame.assign(**_limits(settings, rule, frame)))


def _outcomes(frame: pd.DataFrame) -> Any:  # noqa: ANN401 - numpy's own choice of strings
    """Return for each row whether there is a value, and what its lack means."""
    reason = frame["reason"]
    found = np.where(frame["value"].isna(), "no_data", "value")
    found = np.where(frame["value"].isna() & reason.isin(THIN_REASONS), "insufficient", found)
    return np.where(reason.isin(list(GONE_REASONS)), "not_applicable", found).astype(object)


def _demand_volume(frame: pd.DataFrame, sold: Mapping[tuple[str, str], float], minimum: int) -> None:
    units = np.array([sold.get(key, 0.0) or 0.0 for key in zip(frame["marketplace"], frame["id"], strict=True)], float)
    is_thin = (frame["outcome"] == "value").to_numpy(bool) & (units < minimum)
    frame.loc[is_thin, "outcome"] = "insufficient"
    frame.loc[is_thin, "reason"] = "below_min_volume"


def _limits(settings: Settings, rule: Rule, frame: pd.DataFrame) -> dict[str, Any]:
    factor: Any = 1.0
    if rule.relative_to:
        hours = {name: pull.freshness_hours for name, pull in settings.reports.items()}
        factor = frame["id"].map(hours).fillna(1.0).astype(float).to_numpy()
    bands = {tier: rule.tiers.get(tier) for tier in TIERS}
    enters = {f"enter_{tier}": (band.enter if band else np.nan) * factor for tier, band in bands.items()}
    return enters | {f"exit_{tier}": (band.exit if band else np.nan) * factor for tier, band in bands.items()}


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
