"""Measured values as frames: of one metric, for all subjects of a level at once, over the newest period that may be judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, Connection, and_, func, or_, select, type_coerce

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.measure import MEASURES
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

Series = pd.Series
KEY: Final = ["marketplace", "id"]
COLUMNS: Final = [*KEY, "on", "value", "reason", "numerator", "denominator", "data_through"]

WINDOWED: Final = frozenset(item.metric for item in MEASURES if item.periods == "window")
"""Coded metrics that speak of the days before the night; the others speak of the night itself."""

SETTLED_WITHIN: Final = timedelta(days=75)
"""A settled value that is older than this says nothing about today."""

FRESH_WITHIN: Final[Mapping[Period, timedelta]] = {"week": timedelta(days=13), "month": timedelta(days=61)}
"""How old the newest period may be that is not waited for; a run of days ends yesterday at the earliest."""

_YESTERDAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose values are wanted: every subject of a level of a store, as of a night."""

    connection: Connection
    settings: Settings
    store_id: str
    as_of: date
    kind: str
    is_settled: bool = False

    @property
    def places(self) -> list[str]:
        """The marketplaces that a subject can be of."""
        return [*self.settings.store(self.store_id).marketplaces, EVERY_MARKETPLACE]


def newest(asked: Asked, metric: str, period: Period) -> dict[str, date]:
    """Return the last day of the newest period that may be judged, by marketplace.

    What is measured for the night itself is judged for no other day. Of the rest the marketplace's own value says which period is
    the newest: a product may lack one that it is known to have sold nothing in.
    """
    definition = asked.settings.metrics[metric]
    if definition.status != "computed" and metric not in WINDOWED:
        return dict.fromkeys(asked.places, asked.as_of)
    table = METRIC_VALUE.c
    has_whole = "marketplace" in definition.subjects and asked.kind != "store"
    kind = "marketplace" if has_whole else asked.kind
    places = asked.settings.store(asked.store_id).marketplaces
    own = [table.subject.in_(places)] if has_whole else []
    oldest = asked.as_of - (SETTLED_WITHIN if asked.is_settled else FRESH_WITHIN.get(period, _YESTERDAY))
    statement = (
        select(table.marketplace, func.max(table.period_on))
        .where(
            table.store_id == asked.store_id,
            table.marketplace.in_(asked.places),
            table.metric == metric,
            table.subject_kind == kind,
            *own,
            table.period == period,
            table.period_on.between(oldest, asked.as_of),
            *([table.is_final] if asked.is_settled else []),
        )
        .group_by(table.marketplace)
    )
    return {row[0]: row[1] for row in asked.connection.execute(statement)}


def values_of(asked: Asked, metric: str, period: Period) -> pd.DataFrame:
    """Return the newest values that may be judged, by marketplace and subject."""
    return values_on(asked, metric, period, newest(asked, metric, period).items())


def values_on(asked: Asked, metric: str, period: Period, days: Iterable[tuple[str, date]]) -> pd.DataFrame:
    """Return the values of a metric over the periods that end on the named days of the marketplaces."""
    wanted = _of_days(days)
    if wanted is None:
        return _frame([])
    table = METRIC_VALUE.c
    rows = asked.connection.execute(
        select(
            table.marketplace,
            table.subject,
            table.period_on,
            table.value,
            table.reason,
            type_coerce(table.numerator, BigInteger),
            type_coerce(table.denominator, BigInteger),
            table.data_through,
        ).where(
            table.store_id == asked.store_id,
            table.metric == metric,
            table.subject_kind == asked.kind,
            table.period == period,
            wanted,
        ),
    )
    return _frame(rows.all())


def _of_days(days: Iterable[tuple[str, date]]) -> ColumnElement[bool] | None:
    """Return which values end on the days of their marketplaces; the days alone are said first, for the key to lead to them."""
    table = METRIC_VALUE.c
    by_day: dict[date, list[str]] = {}
    for marketplace, on in days:
        by_day.setdefault(on, []).append(marketplace)
    if not by_day:
        return None
    each = or_(*(and_(table.period_on == on, table.marketplace.in_(places)) for on, places in by_day.items()))
    return and_(table.period_on.in_(sorted(by_day)), each)


def _frame(rows: Sequence[Any]) -> pd.DataFrame:
    """Return the rows of a statement as a frame, column by column: by rows it took half of the time of reading few."""
    if not rows:
        return _NOTHING.copy()
    places, ids, on, value, reason, numerator, denominator, through = zip(*rows, strict=True)
    columns = {
        "on": on,
        "value": np.array(value, dtype="float64"),
        "reason": ["" if said is None else said for said in reason],
        "numerator": np.array(numerator, dtype="float64") / MICROS_PER_UNIT,
        "denominator": np.array(denominator, dtype="float64") / MICROS_PER_UNIT,
        "data_through": through,
    }
    return pd.DataFrame(columns, index=pd.MultiIndex.from_arrays([places, ids], names=KEY))


_NUMBERS: Final = ("value", "numerator", "denominator")
_NOTHING: Final = pd.DataFrame([], columns=COLUMNS).astype(dict.fromkeys(_NUMBERS, "float64")).set_index(KEY)


def subjects_on(asked: Asked, metric: str, period: Period, days: Iterable[tuple[str, date]]) -> set[tuple[str, str]]:
    """Return marketplace and name of every subject with a value over a period that ends on the named days of the marketplaces."""
    wanted = _of_days(days)
    if wanted is None:
        return set()
    table = METRIC_VALUE.c
    rows = asked.connection.execute(
        select(table.marketplace, table.subject)
        .distinct()
        .where(
            table.store_id == asked.store_id,
            table.metric == metric,
            table.subject_kind == asked.kind,
            table.period == period,
            table.value.is_not(None),
            wanted,
        )
    )
    return {(row.marketplace, row.subject) for row in rows}


def sums_over(asked: Asked, metric: str, days: Mapping[str, tuple[date, date]]) -> Series:
    """Return the sum of a metric's daily values over a run of days of each marketplace, by marketplace and subject."""
    table = METRIC_VALUE.c
    reach = [
        and_(table.marketplace == marketplace, table.period_on.between(first, last))
        for marketplace, (first, last) in days.items()
    ]
    rows = asked.connection.execute(
        select(table.marketplace, table.subject, func.sum(table.value))
        .where(
            table.store_id == asked.store_id,
            table.metric == metric,
            table.subject_kind == asked.kind,
            table.period == "day",
            table.period_on.between(min(first for first, _ in days.values()), max(last for _, last in days.values())),
            or_(*reach),
        )
        .group_by(table.marketplace, table.subject),
    )
    found = pd.DataFrame([tuple(row) for row in rows], columns=[*KEY, "sum"])
    return found.set_index(KEY)["sum"].astype("float64")


def aligned(series: Series, index: pd.Index) -> Series:
    """Return a column in the order of other subjects; NaN where it lacks one."""
    return series.reindex(index)


def unknown(index: pd.Index) -> Series:
    """Return a column of unknown numbers."""
    return pd.Series(np.nan, index=index, dtype="float64")
