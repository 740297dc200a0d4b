"""Amazon's own limits: kept by day as its reports tell them, and the constants that hold until one does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    tuple_,
    union_all,
)

from sellerwatch.core.periods import Days
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.measured_days import WINDOW_DAYS
from sellerwatch.metrics.shape import raw_micros
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.limits import METRIC_LIMIT

Keep = Literal["below", "above", "at"]
"""On which side of a limit Amazon wants the value."""

CONDITIONS: Final[Mapping[str, Keep]] = {"LESS_THAN": "below", "GREATER_THAN": "above", "EQUALS": "at"}
"""Amazon's words. Another one is read as the side on which the metric gets better."""

PER_CENT: Final = 100
"""Amazon's targets of rates are fractions of one; our rates are percentages."""


@dataclass(frozen=True, slots=True)
class AmazonLimit:
    """What Amazon holds a metric to.

    Attributes:
        value: in the metric's own unit.
        keep: on which side of it the value has to be.
        told_on: the day of the report that said so; None for a constant.
    """

    value: Decimal
    keep: Keep
    told_on: date | None = None

    def is_met(self, value: float) -> bool:
        """Tell whether a value is on the right side; one at a limit to keep below or above is not."""
        exact = Decimal(str(value))
        return {"below": exact < self.value, "above": exact > self.value, "at": exact == self.value}[self.keep]


@dataclass(frozen=True, slots=True)
class _Told:
    """Where a report tells the limit of a metric, on which side of it is better, and what holds until it does."""

    name: str
    keep: Keep
    constant: Decimal | None = None
    fulfillment: str | None = None


TOLD: Final[Mapping[str, _Told]] = {
    "odr": _Told("orderDefectRate", "below", Decimal(1), "mfn"),
    "odr_fba": _Told("orderDefectRate", "below", Decimal(1), "afn"),
    "late_shipment_rate": _Told("lateShipmentRate", "below", Decimal(4)),
    "cancel_rate": _Told("preFulfillmentCancellationRate", "below", Decimal("2.5")),
    "valid_tracking_rate": _Told("validTrackingRate", "above", Decimal(95)),
    "on_time_delivery_rate": _Told(
        "onTimeDeliveryRate", "above"
    ),  # Amazon's target differs by marketplace: only its report says
}
"""The metrics whose limit the account health report carries."""

_FACT: Final = FACTS["account_metric"]


def keep_limits(run: Run) -> None:
    """Keep the limits that the reports of the night and of the days before it tell, in place of those kept before."""
    measuring = run.measuring
    days = Days(measuring.as_of - timedelta(days=WINDOW_DAYS), measuring.as_of)
    run.connection.execute(
        delete(METRIC_LIMIT).where(
            *measuring.owns(METRIC_LIMIT),
            METRIC_LIMIT.c.metric.in_(TOLD),
            METRIC_LIMIT.c.told_on.between(days.first, days.last),
        ),
    )
    places = [(place.code, place.id) for place in measuring.marketplaces]
    whose = {"store": measuring.store_id, "places": places, "first_day": days.first, "last_day": days.last}
    run.connection.execute(_KEEP, whose)


def _side(told: _Told) -> ColumnElement[str]:
    return case(dict(CONDITIONS), value=_FACT.c.target_condition, else_=told.keep)


def _told_limits(metric: str, told: _Told) -> Select[Any]:
    """Return what the reports tell of one metric; of several targets of a day the strictest holds."""
    target = raw_micros(_FACT.c.target_value) * PER_CENT
    own = [] if told.fulfillment is None else [_FACT.c.fulfillment_type == told.fulfillment]
    return (
        select(
            _FACT.c.store_id,
            _FACT.c.marketplace,
            literal(metric, Text()),
            _FACT.c.snapshot_on,
            func.max(target) if told.keep == "above" else func.min(target),
            func.min(_side(told)),
            func.min(_FACT.c.document_id),
        )
        .where(
            _FACT.c.store_id == bindparam("store"),
            tuple_(_FACT.c.marketplace, _FACT.c.marketplace_id).in_(bindparam("places", expanding=True)),
            _FACT.c.snapshot_on.between(bindparam("first_day"), bindparam("last_day")),
            _FACT.c.metric == told.name,
            _FACT.c.target_value.is_not(None),
            *own,
        )
        .group_by(_FACT.c.store_id, _FACT.c.marketplace, _FACT.c.snapshot_on)
    )


_KEEP: Final = insert(METRIC_LIMIT).from_select(
    [column.name for column in METRIC_LIMIT.columns],
    union_all(*(_told_limits(metric, told) for metric, told in TOLD.items())),
)
"""Built once: of its parts only the store, its marketplaces and the days differ from night to night."""


def limits_over(
    connection: Connection, settings: Settings, store_id: str, metric: str, days: Days
) -> dict[tuple[str, date], AmazonLimit]:
    """Return the limit of a metric on each of some days, by marketplace; that of the whole store is the strictest of them.

    A limit holds until a newer report tells another one. Days without any, and without a constant, are left out.
    """
    told = _stored(connection, store_id, metric, days.last)
    found: dict[tuple[str, date], AmazonLimit] = {}
    for place in settings.store(store_id).marketplaces:
        found |= {(place, day): limit for day, limit in _day_by_day(told.get(place, []), metric, days)}
    for day in days:
        every = [limit for (_, on), limit in found.items() if on == day]
        if every:
            found[EVERY_MARKETPLACE, day] = _strictest(every)
    return found


def limit_on(connection: Connection, settings: Settings, store_id: str, metric: str, day: date) -> dict[str, AmazonLimit]:
    """Return the limit of a metric on a day, by marketplace and, under ``*``, for the whole store."""
    found = limits_over(connection, settings, store_id, metric, Days(day, day))
    return {marketplace: limit for (marketplace, _), limit in found.items()}


def _stored(connection: Connection, store_id: str, metric: str, last: date) -> dict[str, list[AmazonLimit]]:
    table = METRIC_LIMIT.c
    rows = connection.execute(
        select(table.marketplace, table.limit_value, table.keep, table.told_on)
        .where(table.store_id == store_id, table.metric == metric, table.told_on <= last)
        .order_by(table.told_on),
    )
    found: dict[str, list[AmazonLimit]] = {}
    for row in rows:
        found.setdefault(row.marketplace, []).append(AmazonLimit(row.limit_value, row.keep, row.told_on))
    return found


def _day_by_day(told: Collection[AmazonLimit], metric: str, days: Days) -> Iterator[tuple[date, AmazonLimit]]:
    waiting = list(told)
    holds = _constant(metric)
    for day in days:
        while waiting and waiting[0].told_on is not None and waiting[0].told_on <= day:
            holds = waiting.pop(0)
        if holds is not None:
            yield day, holds


def _constant(metric: str) -> AmazonLimit | None:
    told = TOLD.get(metric)
    return AmazonLimit(told.constant, told.keep) if told and told.constant is not None else None


def _strictest(limits: Collection[AmazonLimit]) -> AmazonLimit:
    return (max if all(limit.keep == "above" for limit in limits) else min)(limits, key=lambda limit: limit.value)
