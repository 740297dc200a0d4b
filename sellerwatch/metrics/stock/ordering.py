"""How many days are left to order more of each SKU, where somebody has entered how long goods take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.stock.forecast import Forecast
from sellerwatch.metrics.stock.inbound import Morning, Place, forecasts
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.user import USER

FAR: frozenset[str | None] = frozenset({"not_within_a_year"})
"""Reasons for which there is no last day to order because it is too far away to be named."""

HORIZON_DAYS = 365


def days_to_order(connection: Connection, measuring: Measuring, settings: Settings) -> Iterator[dict[str, object]]:
    """Yield one row a SKU, in the columns of `shape.COLUMNS`; none at all while nobody has entered a lead time.

    The value is below zero where the last day has passed, and 365 where it is further away than a year.
    """
    if connection.execute(select(USER["lead_time"].c.sku).limit(1)).first() is None:
        return
    through = _through(connection, measuring)
    for place, found in forecasts(connection, settings, Morning(measuring.store_id, measuring.as_of)).items():
        yield _row(measuring, place, found, through.get(place))


def _through(connection: Connection, measuring: Measuring) -> dict[Place, datetime | None]:
    """Return how far the data reaches that each SKU's cover rests on."""
    table = METRIC_VALUE.c
    rows = connection.execute(
        select(table.marketplace, table.subject, table.data_through).where(
            table.store_id == measuring.store_id,
            table.metric == "days_of_cover",
            table.subject_kind == "sku",
            table.period == "day",
            table.period_on == measuring.as_of,
        )
    )
    return {Place(marketplace, sku): at for marketplace, sku, at in rows}


def _row(measuring: Measuring, place: Place, found: Forecast, through: datetime | None) -> dict[str, object]:
    is_far = found.order_by is None and found.order_reason in FAR
    left = HORIZON_DAYS if is_far else (found.order_by - measuring.as_of).days if found.order_by else None
    return {
        "marketplace": place.marketplace,
        "subject": place.sku,
        "period_on": measuring.as_of,
        "numerator": None if left is None else left * MICROS_PER_UNIT,
        "denominator": None,
        "currency": None,
        "status": "unknown" if left is None else "ok" if is_far else found.order_status,
        "reason": None if is_far else found.order_reason,
        "is_final": True,
        "data_through": through,
    }
