"""The temporary tables that derived facts join: the days, what goods cost on them, what money is worth, and what was planned."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Date, MetaData, Table, Text, insert

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.money import to_micros
from sellerwatch.core.periods import Days
from sellerwatch.metrics.derived.holding import Row, holding, rate, rows_of_store, speaks_of
from sellerwatch.metrics.derived.plans import PLAN_DAY, plan_rows
from sellerwatch.metrics.measured_days import known_days
from sellerwatch.metrics.spans import reach
from sellerwatch.metrics.storing import Run

YEAR: Final = timedelta(days=364)
"""52 weeks: the same weekday of the year before."""

_TEMPORARY: Final = ["TEMPORARY"]
CALENDAR_DAY: Final = Table(
    "calendar_day",
    MetaData(),
    Column("store_id", Text, nullable=False),
    Column("marketplace", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("year_ago_on", Date, nullable=False),
    Column("has_orders", Boolean, nullable=False),
    Column("has_returns", Boolean, nullable=False),
    prefixes=_TEMPORARY,
)
"""Every day that any period reaches back to, in each marketplace of the store, and whether its orders and what came back to Amazon are in."""

DAY_RATE: Final = Table(
    "day_rate",
    MetaData(),
    Column("marketplace", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("rate", BigInteger, nullable=False),
    prefixes=_TEMPORARY,
)
"""What a currency of the user tables is worth in the marketplace's, in millionths; its own is worth one."""

SKU_COST: Final = Table(
    "sku_cost",
    MetaData(),
    Column("marketplace", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date, nullable=False),
    Column("currency", Text, nullable=False),
    Column("goods", BigInteger, nullable=False),
    Column("freight", BigInteger),
    Column("has_blank_part", Boolean, nullable=False),
    prefixes=_TEMPORARY,
)
"""What one unit costs, from a day up to, and not including, another: goods without freight, and freight."""

GOODS: Final = ("purchase_amount", "packaging_amount", "duty_amount", "other_amount")
EXPECTED: Final = ("packaging_amount", "duty_amount")
"""Parts without which the goods' cost is not complete; anything else that a unit costs may well be nothing."""

_INPUTS: Final = (CALENDAR_DAY, DAY_RATE, SKU_COST, PLAN_DAY)


@contextmanager
def derived_inputs(run: Run) -> Iterator[None]:
    """Create the temporary tables for one measuring."""
    for table in _INPUTS:
        table.create(run.connection)
    _fill(run)
    yield
    for table in _INPUTS:
        table.drop(run.connection)


def _fill(run: Run) -> None:
    days = reach(run.measuring.as_of)
    costs, rates = rows_of_store(run, "unit_cost"), rows_of_store(run, "fx_rate")
    promotions = rows_of_store(run, "promotion_cost")
    currencies = sorted({row["currency"] for row in (*costs, *promotions)})
    _enter(run, CALENDAR_DAY, _calendar(run, days))
    _enter(run, DAY_RATE, _rates(run.measuring.marketplaces, days, currencies, rates))
    _enter(run, SKU_COST, _costs(run.measuring.marketplaces, days, costs))
    _enter(run, PLAN_DAY, plan_rows(run, days, rates))


def _enter(run: Run, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    if found := list(rows):
        run.connection.execute(insert(table), found)


def _calendar(run: Run, days: Days) -> Iterator[dict[str, Any]]:
    for place in run.measuring.marketplaces:
        known = known_days(run.connection, run.measuring.store_id, place.code, "all_orders", days)
        returned = known_days(run.connection, run.measuring.store_id, place.code, "fba_returns", days)
        for day in days:
            yield {
                "store_id": run.measuring.store_id,
                "marketplace": place.code,
                "day": day,
                "currency": place.currency,
                "year_ago_on": day - YEAR,
                "has_orders": day in known,
                "has_returns": day in returned,
            }


def _rates(
    places: Iterable[Marketplace], days: Days, currencies: Sequence[str], rates: Sequence[Row]
) -> Iterator[dict[str, Any]]:
    for place, currency in itertools.product(places, currencies):
        for day in days:
            found = rate(rates, currency, place.currency, day)
            if found is not None:
                yield {"marketplace": place.code, "day": day, "currency": currency, "rate": to_micros(found)}


def _costs(places: Sequence[Marketplace], days: Days, costs: Iterable[Row]) -> Iterator[dict[str, Any]]:
    by_sku: dict[str, list[Row]] = {}
    for row in costs:
        by_sku.setdefault(row["sku"], []).append(row)
    for place, (sku, rows) in itertools.product(places, by_sku.items()):
        here = [row for row in rows if speaks_of(row, place.code)]
        for start, end in itertools.pairwise(_turns(here, days)):
            found = holding(here, start)
            if found:
                yield {"marketplace": place.code, "sku": sku, "valid_from": start, "valid_to": end, **_unit(found)}


def _turns(rows: Iterable[Row], days: Days) -> list[date]:
    """Return the days on which another row may begin to hold, the first and the one after the last included."""
    after = days.last + timedelta(days=1)
    named = {day for row in rows for day in (row["valid_from"], row["valid_to"]) if day is not None}
    return sorted({days.first, after, *(day for day in named if days.first < day < after)})


def _unit(row: Row) -> dict[str, Any]:
    freight = row["freight_amount"]
    return {
        "currency": row["currency"],
        "goods": sum(to_micros(row[name]) for name in GOODS if row[name] is not None),
        "freight": None if freight is None else to_micros(freight),
        "has_blank_part": any(row[name] is None for name in EXPECTED),
    }
