"""What a value is compared with: the median of comparable periods of its own past, with the median absolute deviation beside it.

Nothing is stored: a restated day would leave a stored baseline wrong without a trace. One statement gives the values of a night
with their baselines for every subject, and the same one those of a subject over time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection

from sellerwatch.core.periods import Days
from sellerwatch.metrics.comparison import comparable
from sellerwatch.metrics.comparison.comparable import DayOf, Method, MethodName, Offer, Pair
from sellerwatch.metrics.comparison.comparing import LEFT_OUT, Compared, compare
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.load import Settings

ROOM: Final = 24_000
"""So many values a statement may bring along; SQLite takes 32,766, and promotions need some."""

OFFERED: Final = ("promotion", "coupon")

Status = Literal["ok", "provisional", "unknown"]


class Key(NamedTuple):
    """A value: whose, and the last day of its period."""

    marketplace: str
    subject: str
    on: date


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which values are to be compared with what.

    Attributes:
        store_id: the store.
        metric: the metric.
        subject_kind: sku, asin, campaign, marketplace, store ...
        method: how periods of the past are chosen, by its name in `comparable.METHODS`.
        days: the last days of the values' periods.
        period: the values' period.
        subject: one subject alone.
    """

    store_id: str
    metric: str
    subject_kind: str
    method: MethodName
    days: tuple[date, ...]
    period: Period = "day"
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual, for one value.

    Attributes:
        value: the value itself; None where it is unknown.
        typical: the median of what it is compared with, or the usual value of its category.
        spread: the median absolute deviation; None for a category.
        status: of ``typical``; provisional while compared values may still change.
        reason: why it is unknown or provisional.
        compared: how many periods it is made of.
        left_out: how many were not comparable, by reason: out_of_stock, promotion, event, unknown.
        low: the lower end of what is usual in the category.
        high: the upper end.
        source: who says so, of a category.
    """

    value: float | None
    typical: float | None
    spread: float | None
    status: Status
    reason: str | None
    compared: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    source: str = ""

    @property
    def change_pct(self) -> float | None:
        """How far the value is from what is usual, in percent of that; None where one of them is unknown, or the usual is 0."""
        if self.value is None or not self.typical:
            return None
        return (self.value - self.typical) / abs(self.typical) * 100


def own_baselines(connection: Connection, settings: Settings, wanted: Wanted) -> dict[Key, Baseline]:
    """Return the values that are wanted, each with its baseline; what has no value row has none.

    Raises:
        ConfigError: the method is not known, or not for the period.
    """
    method = comparable.method_for(wanted.method, wanted.period)
    return {
        Key(row.marketplace, row.subject, row.judged_on): _baseline(row, method)
        for row in _rows(connection, settings, wanted, method)
    }


def compared_rows(connection: Connection, settings: Settings, wanted: Wanted) -> Iterator[tuple[Any, int]]:
    """Yield the rows of the statement as they are, for whoever looks at very many; and how many periods have to be comparable.

    Raises:
        ConfigError: the method is not known, or not for the period.
    """
    method = comparable.method_for(wanted.method, wanted.period)
    yield from ((row, method.needed) for row in _rows(connection, settings, wanted, method))


def _rows(connection: Connection, settings: Settings, wanted: Wanted, method: Method) -> Iterator[Any]:
    for days in _portions(settings, wanted, method):
        yield from connection.execute(compare(_compared(connection, settings, wanted, method, days)))


def _portions(settings: Settings, wanted: Wanted, method: Method) -> Iterator[tuple[date, ...]]:
    """Yield as many days at once as a statement can take with all that it brings along."""
    places = len(settings.store(wanted.store_id).marketplaces)
    size = 1
    while size < len(wanted.days) and _values_of(size + 1, method, wanted.period, places) <= ROOM:
        size += 1
    for start in range(0, len(wanted.days), size):
        yield wanted.days[start : start + size]


def _values_of(judged: int, method: Method, period: Period, places: int) -> int:
    """Return how many values at most the statement for so many days brings along: for each pair four, for each day five."""
    compared = min(judged * method.count, judged + method.step_days * method.count)
    return judged * method.count * (places + 1) * 4 + compared * comparable.DAYS_OF.get(period, 0) * places * 5


def _compared(connection: Connection, settings: Settings, wanted: Wanted, method: Method, judged: Sequence[date]) -> Compared:
    periods = [days for on in judged for days in comparable.compared_periods(method, wanted.period, on)]
    reach = Days(min(days.first for days in periods), max(days.last for days in periods))
    events = comparable.event_days(connection, settings, wanted.store_id, wanted.metric, reach)
    found: list[Pair] = list(comparable.pairs(method, wanted.period, judged, events))
    days: list[DayOf] = list(comparable.days_of(found, wanted.period))
    places = settings.marketplaces(wanted.store_id)
    ran: dict[str, list[Offer]] = {
        kind: comparable.offers(connection, wanted.store_id, places, kind, reach) for kind in OFFERED
    }
    return Compared(
        store_id=wanted.store_id,
        metric=wanted.metric,
        subject_kind=wanted.subject_kind,
        period=wanted.period,
        subject=wanted.subject,
        version=settings.metrics[wanted.metric].version,
        reach=reach,
        pairs=found,
        days=days,
        offers=ran,
    )


def _baseline(row: Any, method: Method) -> Baseline:  # noqa: ANN401 - a row of `comparing.compare`
    left_out = {why: count for why in LEFT_OUT if (count := getattr(row, why))}
    if row.compared < method.needed:
        return Baseline(row.value, None, None, "unknown", "too_few_days", row.compared, left_out)
    is_provisional = row.provisional > 0
    return Baseline(
        value=row.value,
        typical=row.typical,
        spread=row.spread,
        status="provisional" if is_provisional else "ok",
        reason="provisional_days" if is_provisional else None,
        compared=row.compared,
        left_out=left_out,
    )
