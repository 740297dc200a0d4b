"""What a stock-out costs: sales a day at the price of late, what a gap will cost, what was lost; each made of stored metric values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, and_, func, select

from sellerwatch.alerts.phrases import say
from sellerwatch.messages.blocks import Field, Language, line
from sellerwatch.messages.figures import money
from sellerwatch.messages.wording import day_words
from sellerwatch.metrics.forecast import Forecast
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

NEAR_DAYS: Final = 30
"""A stock-out further away than this puts no sales at risk yet."""

PRICED_DAYS: Final = 30
"""A unit's price is that of so many days: sales over units."""


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Sales of a SKU that a stock-out takes.

    Attributes:
        a_day: velocity x price of a unit.
        lost: estimated lost sales of the last 30 days; None where nothing was lost, or nobody knows.
        currency: of both.
    """

    a_day: Decimal
    lost: Decimal | None
    currency: str

    def until_back(self, days: int) -> Decimal:
        """Return what a gap of so many days costs."""
        return self.a_day * days


@dataclass(frozen=True, slots=True)
class Sku:
    """One SKU on one morning."""

    store_id: str
    marketplace: str
    id: str
    as_of: date


def at_risk(connection: Connection, sku: Sku) -> AtRisk | None:
    """Return what is at risk; None where velocity, price or currency are not known, or nothing sells."""
    newest = {row.metric: row for row in connection.execute(_of_morning(sku)).all()}
    price, currency = _price(connection, sku)
    pace = newest.get("velocity")
    if pace is None or not pace.value or price is None or currency is None:
        return None
    lost = newest.get("stockout_loss")
    amount = Decimal(str(lost.value)) if lost is not None and lost.value and lost.currency == currency else None
    return AtRisk(Decimal(str(pace.value)) * price, amount, currency)


def risk_fields(found: AtRisk | None, forecast: Forecast, language: Language = "en") -> tuple[Field, ...]:
    """Return the lines of a message about it: the gap's cost where the next arrival is known, else that of a day."""
    if found is None or not _is_near(forecast):
        return ()
    if forecast.days_without and forecast.back_on:
        amount = money(found.until_back(forecast.days_without), found.currency, language, is_rough=True)
        words = say("until_back", language, amount=amount, day=day_words(forecast.back_on, language, near=forecast.as_of))
    else:
        words = say("a_day", language, amount=money(found.a_day, found.currency, language, is_rough=True))
    fields = [Field(say("at_risk", language), line(words))]
    if found.lost:
        lost = say("lost_so_far", language, amount=money(found.lost, found.currency, language, is_rough=True))
        fields.append(Field(say("lost", language), line(lost)))
    return tuple(fields)


def _is_near(forecast: Forecast) -> bool:
    return forecast.runs_out_on is not None and forecast.runs_out_on - forecast.as_of <= timedelta(days=NEAR_DAYS)


def _of_morning(sku: Sku) -> Any:  # noqa: ANN401 - a statement over chosen columns
    columns = (METRIC_VALUE.c.metric, METRIC_VALUE.c.value, METRIC_VALUE.c.currency)
    chosen = (METRIC_VALUE.c.metric.in_(("velocity", "stockout_loss")), METRIC_VALUE.c.period_on == sku.as_of)
    return select(*columns).where(*_of_sku(sku), *chosen)


def _price(connection: Connection, sku: Sku) -> tuple[Decimal | None, str | None]:
    """Return sales over units of the days of which both are known, in the currency of the sales."""
    sales, units = METRIC_VALUE.alias("sales"), METRIC_VALUE.alias("units")
    same = [
        sales.c[name] == units.c[name] for name in ("store_id", "marketplace", "subject_kind", "subject", "period", "period_on")
    ]
    days = sales.c.period_on.between(sku.as_of - timedelta(days=PRICED_DAYS), sku.as_of - timedelta(days=1))
    statement = (
        select(func.sum(sales.c.numerator), func.sum(units.c.numerator), func.min(sales.c.currency), func.max(sales.c.currency))
        .select_from(sales.join(units, and_(*same)))
        .where(*_of_sku(sku, sales), sales.c.metric == "gmv", units.c.metric == "units", days)
        .where(sales.c.numerator.is_not(None), units.c.numerator.is_not(None))
    )
    brought, sold, first, last = connection.execute(statement).one()
    if not brought or not sold or first != last:
        return None, None
    return brought / sold, first


def _of_sku(sku: Sku, table: Any = METRIC_VALUE) -> tuple[Any, ...]:  # noqa: ANN401 - the table, or another name of it
    wanted: Mapping[str, str] = {
        "store_id": sku.store_id,
        "marketplace": sku.marketplace,
        "subject_kind": "sku",
        "subject": sku.id,
        "period": "day",
    }
    return tuple(table.c[name] == value for name, value in wanted.items())
