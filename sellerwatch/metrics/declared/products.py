"""What became of plans for products: launches, and stock for events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.money import to_micros
from sellerwatch.core.periods import local_day
from sellerwatch.metrics.declared.figure import NO_USER_DATA, UNSAID, Asked, Figure
from sellerwatch.metrics.declared.typed import Measure
from sellerwatch.metrics.derived.holding import Row
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

LOOKED_BACK: Final = timedelta(days=364)
"""Launches and events of the last 52 weeks are spoken of."""

_LONGEST_FIRST: Final = ("d30", "d14", "d7", "day")


def launch_cycle(asked: Asked, _: str) -> Iterator[Figure]:
    """Yield the days from a project's start to the first day its product could be bought, and their mean."""
    own = [figure for row, on in _launches(asked) if (figure := _cycle(row, on, asked.as_of))]
    yield from own
    if not own:
        yield UNSAID
        return
    through = max(item.through for item in own if item.through)
    yield Figure(sum(item.top or 0 for item in own), to_micros(Decimal(len(own))), through=through)


def _cycle(row: Row, launched_on: date, as_of: date) -> Figure | None:
    if not as_of - LOOKED_BACK <= launched_on <= as_of:
        return None
    days = (launched_on - row["started_on"]).days - (row["platform_days"] or 0)
    return Figure(to_micros(Decimal(days)), None, None, launched_on, "sku", row["sku"], row["marketplace"])


def _launches(asked: Asked) -> Iterator[tuple[Row, date]]:
    """Yield each product with the day it was launched: as people say, or since when Amazon lists it."""
    everybodys_first = sorted(asked.rows("product_launch"), key=lambda row: row["store"] != EVERY)
    rows = {(row["marketplace"], row["sku"]): row for row in everybodys_first}.values()
    opened = _opened(asked) if any(row["launched_on"] is None for row in rows) else {}
    for row in rows:
        listed = [day for (_, sku), day in opened.items() if sku == row["sku"]]
        on = row["launched_on"] or min(listed, default=None)
        if on:
            yield row, on


def _opened(asked: Asked) -> dict[tuple[str, str], date]:
    table = FACTS["merchant_listing"]
    rows = asked.run.connection.execute(
        select(table.c.marketplace, table.c.sku, func.min(table.c.opened_at_utc))
        .where(table.c.store_id == asked.run.measuring.store_id, table.c.opened_at_utc.is_not(None))
        .group_by(table.c.marketplace, table.c.sku)
    )
    return {(place, sku): local_day(at, BY_CODE[place].zone) for place, sku, at in rows}


def launch_success(asked: Asked, _: str) -> Iterator[Figure]:
    """Yield the share of launched products that met their own rule; those too young for it wait."""
    judged = [(row, on + timedelta(days=row["success_after_days"])) for row, on in _launches(asked) if _has_rule(row)]
    ripe = [(row, on) for row, on in judged if asked.as_of - LOOKED_BACK <= on < asked.as_of]
    answers = [answer for row, on in ripe if (answer := _succeeded(asked, row, on)) is not None]
    if not answers:
        yield Figure(reason="immature" if judged and not ripe else NO_USER_DATA if not judged else "no_data")
        return
    doubt = "missing_values" if len(answers) < len(ripe) else None
    through = max(on for _, on in ripe)
    yield Figure(to_micros(Decimal(sum(answers))), to_micros(Decimal(len(answers))), doubt, through)


def _has_rule(row: Row) -> bool:
    return None not in {row["success_kpi"], row["success_value"], row["success_after_days"]}


def _succeeded(asked: Asked, row: Row, on: date) -> bool | None:
    """Tell whether the product's KPI was good enough on the day; None where it is not known."""
    value = _value_of(asked, row, on)
    if value is None:
        return None
    metric = asked.run.settings.metrics.get(row["success_kpi"])
    limit = float(row["success_value"])
    return value <= limit if metric and metric.better == "lower" else value >= limit


def _value_of(asked: Asked, row: Row, on: date) -> float | None:
    """Return the KPI of the SKU on the day, over the longest window that is measured."""
    table = METRIC_VALUE
    places = [place.code for place in asked.run.measuring.marketplaces if row["marketplace"] in {EVERY, place.code}]
    rows = asked.run.connection.execute(
        select(table.c.period, table.c.marketplace, table.c.value).where(
            table.c.store_id == asked.run.measuring.store_id,
            table.c.metric == row["success_kpi"],
            table.c.subject_kind == "sku",
            table.c.subject == row["sku"],
            table.c.period_on == on,
            table.c.value.is_not(None),
        )
    )
    found: dict[tuple[str, str], float] = {(period, place): value for period, place, value in rows}
    keys = ((period, place) for period in _LONGEST_FIRST for place in places)
    return next((found[key] for key in keys if key in found), None)


def stocking_deviation(asked: Asked, _: str) -> Iterator[Figure]:
    """Yield how far what lay ready on an event's first day was from the forecast, by SKU and of all of them weighted."""
    rows = [row for row in asked.rows("sales_forecast") if row["event"] != EVERY]
    past = [row for row in rows if asked.as_of - LOOKED_BACK <= row["period_from"] <= asked.as_of]
    own = [_deviation(asked, place, row) for place, row in _newest_of_each(asked, past)]
    yield from own
    known = [figure for figure in own if figure.top is not None]
    if not known:
        yield Figure(reason=own[0].reason) if own else UNSAID
        return
    yield Figure(
        sum(item.top or 0 for item in known),
        sum(item.bottom or 0 for item in known),
        None if len(known) == len(own) else "missing_values",
        max(item.through for item in known if item.through),
    )


def _newest_of_each(asked: Asked, rows: Iterable[Row]) -> list[tuple[str, Row]]:
    """Return the newest forecast of each SKU, with the marketplace it is for; one for several of them is for all together."""
    codes = [place.code for place in asked.run.measuring.marketplaces]
    found: dict[tuple[str, str], Row] = {}
    for row in sorted(rows, key=lambda row: (row["period_from"], row["store"] != EVERY, row["marketplace"] != EVERY)):
        place = codes[0] if row["marketplace"] == EVERY and len(codes) == 1 else row["marketplace"]
        if place in {EVERY, *codes}:
            found[place, row["sku"]] = row
    return [(place, row) for (place, _), row in found.items()]


def _deviation(asked: Asked, place: str, row: Row) -> Figure:
    codes = [one.code for one in asked.run.measuring.marketplaces if place in {EVERY, one.code}]
    units = [amount for code in codes if (amount := _stocked(asked, code, row)) is not None]
    figure = Figure(kind="sku", subject=row["sku"], place=place, through=row["period_from"])
    forecast: Decimal = row["forecast_units"]
    if not units or not forecast:
        return replace(figure, reason="zero_denominator" if units else "no_data")
    return replace(figure, top=to_micros(abs(sum(units) - forecast)), bottom=to_micros(forecast))


def _stocked(asked: Asked, place: str, row: Row) -> int | None:
    table = FACTS["fba_inventory"]
    found: int | None = asked.run.connection.execute(
        select(func.sum(table.c.sellable_units)).where(
            table.c.store_id == asked.run.measuring.store_id,
            table.c.marketplace == place,
            table.c.sku == row["sku"],
            table.c.snapshot_on == row["period_from"],
        )
    ).scalar_one()
    return None if found is None else int(found)


PRODUCTS: Final[Mapping[str, Measure]] = {
    "new_product_cycle_days": launch_cycle,
    "new_product_success_rate": launch_success,
    "stocking_accuracy_dev": stocking_deviation,
}
"""Metrics of plans that are over."""
