"""What stands to be lost a day of each SKU: its pace times the mean price of its last thirty days."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, func, select

from sellerwatch.alerts.readings import Subject
from sellerwatch.alerts.telling.stored import in_chunks
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

PRICE_DAYS: Final = 30


class Amount(NamedTuple):
    """Money of one currency."""

    amount: Decimal
    currency: str


Found: TypeAlias = Mapping[Subject, Amount]


def at_risk(connection: Connection, store_id: str, as_of: date, subjects: Collection[Subject]) -> Found:
    """Return the sales of a day of each SKU whose pace and price are known; other subjects have none."""
    found: dict[Subject, Amount] = {}
    for marketplace in sorted({subject.marketplace for subject in subjects}):
        skus = sorted({subject.id for subject in subjects if subject.marketplace == marketplace and subject.kind == "sku"})
        for names in in_chunks(skus):
            of = (
                METRIC_VALUE.c.store_id == store_id,
                METRIC_VALUE.c.marketplace == marketplace,
                METRIC_VALUE.c.subject.in_(names),
            )
            found |= {Subject(marketplace, "sku", sku): amount for sku, amount in _amounts(connection, of, as_of).items()}
    return found


def _amounts(connection: Connection, of: tuple[ColumnElement[bool], ...], as_of: date) -> dict[str, Amount]:
    paces = _paces(connection, of, as_of)
    sales, units = (_summed(connection, of, metric, as_of) for metric in ("gmv", "units"))
    return {
        sku: Amount(_cents(pace * sales[sku][0] / units[sku][0]), currency)
        for sku, pace in paces.items()
        if sku in sales and (currency := sales[sku][1]) and units.get(sku, (0.0, ""))[0] > 0
    }


def _paces(connection: Connection, of: tuple[ColumnElement[bool], ...], as_of: date) -> dict[str, float]:
    asked = select(METRIC_VALUE.c.subject, METRIC_VALUE.c.value).where(
        *of, *_daily("velocity"), METRIC_VALUE.c.period_on == as_of, METRIC_VALUE.c.value > 0
    )
    return {row.subject: row.value for row in connection.execute(asked)}


def _summed(
    connection: Connection, of: tuple[ColumnElement[bool], ...], metric: str, as_of: date
) -> dict[str, tuple[float, str | None]]:
    days = METRIC_VALUE.c.period_on.between(as_of - timedelta(days=PRICE_DAYS), as_of - timedelta(days=1))
    asked = select(
        METRIC_VALUE.c.subject,
        func.sum(METRIC_VALUE.c.value).label("total"),
        func.max(METRIC_VALUE.c.currency).label("currency"),
    ).where(*of, *_daily(metric), days, METRIC_VALUE.c.value.is_not(None))
    return {row.subject: (row.total, row.currency) for row in connection.execute(asked.group_by(METRIC_VALUE.c.subject))}


def _daily(metric: str) -> tuple[ColumnElement[bool], ...]:
    return METRIC_VALUE.c.metric == metric, METRIC_VALUE.c.subject_kind == "sku", METRIC_VALUE.c.period == "day"


def _cents(amount: float) -> Decimal:
    return Decimal(str(round(amount, 2)))
