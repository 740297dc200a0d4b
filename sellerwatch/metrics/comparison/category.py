"""What is usual in a category: by the table that people fill in, or by the shipped categories.yaml, for each value that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select

from sellerwatch.metrics.comparison.baselines import Baseline, Key
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.user import USER

SHIPPED: Final = "categories.yaml"
"""Said before the source of what the user's table does not give."""

Found = Row[Any]


class OfCategory(NamedTuple):
    """Which values are to be compared with their category."""

    store_id: str
    metric: str
    subject_kind: str
    days: tuple[date, ...]
    period: Period = "day"
    subject: str | None = None


def categories_on(connection: Connection, store_id: str, day: date) -> Callable[[str, str], str | None]:
    """Return what gives the category of a marketplace's SKU on a day, by the table lifecycle_stage; None where it has none."""
    stages = _stages(connection, store_id)

    def category(marketplace: str, sku: str) -> str | None:
        named = _holding(stages.get(sku, ()), marketplace, day)
        return None if named is None else str(named.category)

    return category


def category_baselines(connection: Connection, settings: Settings, wanted: OfCategory) -> dict[Key, Baseline]:
    """Return the values that are wanted, each with what is usual in its category.

    A SKU's category is that of lifecycle_stage on the day; what has none is compared with the default category.
    """
    stages = _stages(connection, wanted.store_id) if wanted.subject_kind == "sku" else {}
    usual = _usual(connection, wanted)
    found = {}
    for row in connection.execute(_values(wanted)):
        named = _holding(stages.get(row.subject, ()), row.marketplace, row.period_on)
        category = named.category if named else settings.categories.default
        own = _holding(usual.get(category, ()), row.marketplace, row.period_on)
        key = Key(row.marketplace, row.subject, row.period_on)
        found[key] = _of_user(row.value, own) if own else _shipped(settings, wanted.metric, category, row.value)
    return found


class Usual(NamedTuple):
    """What is usual on a day: of what no table names, by marketplace, and of the SKUs that lifecycle_stage gives a category."""

    by_default: Mapping[str, float | None]
    by_sku: Mapping[tuple[str, str], float | None]


def usual_now(
    connection: Connection, settings: Settings, store_id: str, metric: str, day: date, *, places: Collection[str]
) -> Usual:
    """Return what is usual for a metric, for whoever compares very many subjects at once."""
    wanted = OfCategory(store_id, metric, "sku", (day,))
    stages, usual = _stages(connection, store_id), _usual(connection, wanted)

    def typical(category: str, place: str) -> float | None:
        own = _holding(usual.get(category, ()), place, day)
        return (_of_user(None, own) if own else _shipped(settings, metric, category, None)).typical

    named = {(place, sku): _holding(rows, place, day) for sku, rows in stages.items() for place in places}
    return Usual(
        by_default={place: typical(settings.categories.default, place) for place in places},
        by_sku={key: typical(row.category, key[0]) for key, row in named.items() if row},
    )


def _values(wanted: OfCategory) -> Any:  # noqa: ANN401 - a SELECT
    table = METRIC_VALUE.c
    statement = select(table.marketplace, table.subject, table.period_on, table.value).where(
        table.store_id == wanted.store_id,
        table.metric == wanted.metric,
        table.subject_kind == wanted.subject_kind,
        table.period == wanted.period,
        table.period_on.in_(wanted.days),
    )
    return statement if wanted.subject is None else statement.where(table.subject == wanted.subject)


def _stages(connection: Connection, store_id: str) -> Mapping[str, Sequence[Found]]:
    table = USER["lifecycle_stage"]
    rows = connection.execute(
        select(table).where(table.c.store.in_((EVERY, store_id)), table.c.category.is_not(None)),
    )
    return _grouped((row.sku, row) for row in rows)


def _usual(connection: Connection, wanted: OfCategory) -> Mapping[str, Sequence[Found]]:
    table = USER["category_baseline"]
    rows = connection.execute(select(table).where(table.c.kpi == wanted.metric))
    return _grouped((row.category, row) for row in rows)


def _grouped(rows: Iterable[tuple[str, Found]]) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {}
    for name, row in rows:
        found.setdefault(name, []).append(row)
    return found


def _holding(rows: Iterable[Found], marketplace: str, day: date) -> Found | None:
    """Return the row that holds on the day: the one that names the marketplace, then the store, goes first; then the newest."""
    holding = (
        row
        for row in rows
        if row.marketplace in {EVERY, marketplace} and row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
    )
    return max(holding, key=_rank, default=None)


def _rank(row: Found) -> tuple[bool, bool, date]:
    return (row.marketplace != EVERY, getattr(row, "store", EVERY) != EVERY, row.valid_from)


def _of_user(value: float | None, row: Found) -> Baseline:
    return Baseline(
        value=value,
        typical=float(row.typical_value),
        spread=None,
        status="ok",
        reason=None,
        low=_number(row.low_value),
        high=_number(row.high_value),
        source=row.source,
    )


def _shipped(settings: Settings, metric: str, category: str, value: float | None) -> Baseline:
    """Return what categories.yaml says; a category that it does not know is not taken for the default one."""
    usual = settings.categories.categories.get(category, {}).get(metric)
    if usual is None:
        return Baseline(value, None, None, "unknown", "no_category_baseline")
    return Baseline(
        value=value,
        typical=usual.typical,
        spread=None,
        status="ok",
        reason=None,
        low=usual.low,
        high=usual.high,
        source=f"{SHIPPED}: {usual.source}",
    )


def _number(value: Any) -> float | None:  # noqa: ANN401 - a Decimal or None
    return None if value is None else float(value)
