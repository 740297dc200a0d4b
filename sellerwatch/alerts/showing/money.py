"""What a stock-out costs: sales a day at the price of late, what a gap will cost, what was lost; each made of stored metric values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, and_, func, select

from sellerwatch.alerts.showing.phrases import say
from sellerwatch.messages.blocks import Field, Language, line
from sellerwatch.messages.figures import money
from sellerwatch.messages.wording import day_words
from sellerwatch.metrics.stock.forecast import Forecast
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

    def key(self) -> tuple[str, date, str, str]:
        """Return what SKUs are sorted by that are read together: those of one store, day and marketplace."""
        return self.store_id, self.as_of, self.marketplace, self.id


class Paced(NamedTuple):
    """What sells a day."""

    a_day: float | None
    is_rough: bool
    """True where little stock history says so."""


class _Money(NamedTuple):
    amount: Decimal
    currency: str


def paces(connection: Connection, skus: Sequence[Sku]) -> Mapping[Sku, Paced]:
    """Return what sells of each SKU on the morning; all are of one store, marketplace and day."""
    table, by_id = METRIC_VALUE, {sku.id: sku for sku in skus}
    columns = (table.c.subject, table.c.value, table.c.status)
    chosen = (table.c.metric == "velocity", table.c.period_on == skus[0].as_of)
    rows = connection.execute(select(*columns).where(*_of_skus(skus), *chosen))
    return {by_id[row.subject]: Paced(row.value, is_rough=row.status == "provisional") for row in rows}


def money_at_risk(connection: Connection, skus: Sequence[Sku]) -> Mapping[Sku, AtRisk]:
    """Return what is at risk, of SKUs of one store, marketplace and day.

    Those are left out of which velocity, price or currency are not known, or nothing sells.
    """
    selling, prices, lost = paces(connection, skus), _prices(connection, skus), _lost(connection, skus)
    found: dict[Sku, AtRisk] = {}
    for sku in skus:
        pace, price = selling.get(sku), prices.get(sku.id)
        if pace is not None and pace.a_day and price is not None:
            loss = lost.get(sku.id)
            amount = loss.amount if loss is not None and loss.currency == price.currency else None
            found[sku] = AtRisk(Decimal(str(pace.a_day)) * price.amount, amount, price.currency)
    return found


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


def _lost(connection: Connection, skus: Sequence[Sku]) -> Mapping[str, _Money]:
    table = METRIC_VALUE
    chosen = (table.c.metric == "stockout_loss", table.c.period_on == skus[0].as_of, table.c.value != 0)
    rows = connection.execute(select(table.c.subject, table.c.value, table.c.currency).where(*_of_skus(skus), *chosen))
    return {row.subject: _Money(Decimal(str(row.value)), row.currency) for row in rows if row.currency}


def _prices(connection: Connection, skus: Sequence[Sku]) -> Mapping[str, _Money]:
    """Return sales over units of the days of which both are known, in the currency of the sales."""
    sales, units = METRIC_VALUE.alias("sales"), METRIC_VALUE.alias("units")
    same = [
        sales.c[name] == units.c[name] for name in ("store_id", "marketplace", "subject_kind", "subject", "period", "period_on")
    ]
    # Days by name, not between two: a database then looks at these SKUs alone, not at everything that was sold in a month.
    days = [skus[0].as_of - timedelta(days=back) for back in range(1, PRICED_DAYS + 1)]
    statement = (
        select(
            sales.c.subject,
            func.sum(sales.c.numerator).label("brought"),
            func.sum(units.c.numerator).label("sold"),
            func.min(sales.c.currency).label("currency"),
            func.max(sales.c.currency).label("other"),
        )
        .select_from(sales.join(units, and_(*same)))
        .where(*_of_skus(skus, sales), sales.c.metric == "gmv", units.c.metric == "units", sales.c.period_on.in_(days))
        .where(sales.c.numerator.is_not(None), units.c.numerator.is_not(None))
        .group_by(sales.c.subject)
    )
    return {
        row.subject: _Money(row.brought / row.sold, row.currency)
        for row in connection.execute(statement)
        if row.brought and row.sold and row.currency is not None and row.currency == row.other
    }


def _of_skus(skus: Sequence[Sku], table: Any = METRIC_VALUE) -> tuple[Any, ...]:  # noqa: ANN401 - the table, or another name of it
    wanted = {"store_id": skus[0].store_id, "marketplace": skus[0].marketplace, "subject_kind": "sku", "period": "day"}
    return (*(table.c[name] == value for name, value in wanted.items()), table.c.subject.in_([sku.id for sku in skus]))
