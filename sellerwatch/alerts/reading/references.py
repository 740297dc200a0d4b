"""What a value is compared with, for all subjects at once: the first thing of a rule's list that is known for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple, cast

import numpy as np
import pandas as pd
from sqlalchemy import or_, select

from sellerwatch.alerts.reading.values import KEY, Asked, Series, aligned, newest, unknown, values_of, values_on
from sellerwatch.metrics.comparison.baselines import Wanted, compared_rows
from sellerwatch.metrics.comparison.category import usual_now
from sellerwatch.metrics.comparison.comparable import MethodName
from sellerwatch.metrics.limits import limit_on
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.rule_words import reference_in_words
from sellerwatch.settings.rules import Comparison, Reference
from sellerwatch.warehouse.tables.user import USER


class Watched(NamedTuple):
    """A metric over a period, and what was measured of it."""

    metric: str
    period: Period
    measured: pd.DataFrame


class Known(NamedTuple):
    """What each subject is compared with: the number, and what it is in words; empty where nothing is known."""

    number: Series
    words: Series


def known_references(asked: Asked, watched: Watched, comparison: Comparison) -> Known:
    """Return the first reference of the list that is known for each subject."""
    index = watched.measured.index
    number, words = unknown(index), pd.Series("", index=index, dtype="str")
    for reference in comparison.to:
        found = aligned(_READERS[reference.what](asked, watched, reference), index)
        is_new = number.isna() & found.notna()
        number = number.where(~is_new, found)
        words = words.where(~is_new, reference_in_words(reference))
        if number.notna().all():
            break
    return Known(number, words)


def scaled(told_as: str, limit: float, reference: Series) -> Series:
    """Return a limit that is told as a multiple, a change or a difference, as a value of the metric.

    A multiple or a change of something that is not above zero means nothing, and is no limit.
    """
    if told_as == "difference":
        return reference + limit
    base = reference.where(reference > 0)
    return base * limit if told_as == "ratio" else base * (1 + limit / 100)


def _own_past(asked: Asked, watched: Watched, reference: Reference) -> Series:
    days = newest(asked, watched.metric, watched.period)
    wanted = Wanted(
        store_id=asked.store_id,
        metric=watched.metric,
        subject_kind=asked.kind,
        method=cast("MethodName", reference.method),
        days=tuple(sorted(set(days.values()))),
        period=watched.period,
    )
    found = [
        (row.marketplace, row.subject, row.typical)
        for row, needed in compared_rows(asked.connection, asked.settings, wanted)
        if row.compared >= needed and days.get(row.marketplace) == row.judged_on
    ]
    return _column(found)


def _earlier(asked: Asked, watched: Watched, reference: Reference) -> Series:
    back = timedelta(days=reference.days or 0)
    days = [(place, on - back) for place, on in newest(asked, watched.metric, watched.period).items()]
    return values_on(asked, watched.metric, watched.period, days)["value"]


def _metric(asked: Asked, watched: Watched, reference: Reference) -> Series:
    found = values_of(asked, str(reference.metric), reference.period or watched.period)
    return found["value"]


def _constant(_: Asked, watched: Watched, reference: Reference) -> Series:
    return pd.Series(float(reference.value or 0), index=watched.measured.index, dtype="float64")


def _amazon_limit(asked: Asked, watched: Watched, _: Reference) -> Series:
    limits = limit_on(asked.connection, asked.settings, asked.store_id, watched.metric, asked.as_of)
    return _by_place(watched.measured.index, {place: float(limit.value) for place, limit in limits.items()})


def _category(asked: Asked, watched: Watched, _: Reference) -> Series:
    places = asked.settings.store(asked.store_id).marketplaces
    usual = usual_now(asked.connection, asked.settings, asked.store_id, watched.metric, asked.as_of, places=places)
    found = _by_place(watched.measured.index, usual.by_default)
    if asked.kind != "sku" or not usual.by_sku:
        return found
    own = _column([(place, sku, value) for (place, sku), value in usual.by_sku.items()])
    is_named = watched.measured.index.isin(own.index)
    return found.where(~is_named, aligned(own, watched.measured.index))


def _by_place(index: pd.Index, numbers: Mapping[str, float | None]) -> Series:
    places = pd.Series(index.get_level_values(0), index=index)
    return places.map(numbers).astype("float64")


def _column(rows: list[tuple[str, str, float | None]]) -> Series:
    return pd.DataFrame(rows, columns=[*KEY, "number"]).set_index(KEY)["number"].astype("float64")


def _target(asked: Asked, watched: Watched, _: Reference) -> Series:
    """Return what people aim at: the row that names the subject goes first, then its marketplace, then its store, then the newest."""
    table = USER["target"]
    rows = asked.connection.execute(
        select(table).where(
            table.c.kpi == watched.metric,
            table.c.store.in_((EVERY, asked.store_id)),
            table.c.valid_from <= asked.as_of,
            or_(table.c.valid_to.is_(None), table.c.valid_to > asked.as_of),
        ),
    ).all()
    index = watched.measured.index
    places, ids = index.get_level_values(0), index.get_level_values(1)
    found = np.full(len(index), np.nan)
    for row in sorted(rows, key=_rank):  # what is said last holds
        is_meant = np.full(len(index), fill_value=True)
        if row.marketplace != EVERY:
            is_meant &= np.asarray(places == row.marketplace)
        if row.subject != EVERY:
            is_meant &= np.asarray(ids == row.subject)
        found[is_meant] = float(row.target_value)
    return pd.Series(found, index=index)


def _rank(row: Any) -> tuple[bool, bool, bool, date]:  # noqa: ANN401 - a row of a statement
    return (row.subject != EVERY, row.marketplace != EVERY, row.store != EVERY, row.valid_from)


_READERS: Final[Mapping[str, Callable[[Asked, Watched, Reference], Series]]] = {
    "own_past": _own_past,
    "earlier": _earlier,
    "metric": _metric,
    "constant": _constant,
    "amazon_limit": _amazon_limit,
    "category": _category,
    "target": _target,
}
"""How each kind of reference is read. A test walks them."""
