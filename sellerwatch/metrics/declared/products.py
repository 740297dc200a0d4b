"""What became of plans for products: launches, and stock for events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, func, select

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.money import to_micros
from sellerwatch.core.periods import local_day
from sellerwatch.metrics.declared.figure import NO_USER_DATA, UNSAID, Asked, Figure
from sellerwatch.metrics.declared.terms import Term, joined, total
from sellerwatch.metrics.declared.typed import Measure
from sellerwatch.metrics.derived.holding import Row
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

LOOKED_BACK: Final = timedelta(days=364)
"""Launches and events of the last 52 weeks are spoken of."""

_LAUNCH: Final = "product_launch"
_LISTED: Final = FACTS["merchant_listing"]
_STOCK: Final = FACTS["fba_inventory"]
_SHELF: Final = ("sellable_units",)
_LONGEST_FIRST: Final = ("d30", "d14", "d7", "day")


def launch_cycle(asked: Asked, _: str) -> Iterator[Figure]:
    """Yield the days from a project's start to the first day its product could be bought, and their mean."""
    own = [figure for row, on in _launches(asked) if (figure := _cycle(asked, row, on))]
    yield from own
    if not own:
        yield UNSAID
        return
    through = max(item.through for item in own if item.through)
    rows = [row for item in own for row in item.terms[0].rows]
    products = Term("denominator", "products", _LAUNCH, _micros(len(own)), (), rows)
    terms = (*joined(term for item in own for term in item.terms), products)
    yield Figure(total(terms, "numerator"), products.micros, through=through, terms=terms)


def _cycle(asked: Asked, row: Row, launched_on: date) -> Figure | None:
    if not asked.as_of - LOOKED_BACK <= launched_on <= asked.as_of:
        return None
    days = (launched_on - row["started_on"]).days
    passed = Term("numerator", "days from start to launch", _LAUNCH, _micros(days), ("started_on", "launched_on"), [row])
    terms = (passed, *_of_platform(row), *([] if row["launched_on"] else [_listing(asked, row["sku"])]))
    top = total(terms, "numerator")
    return Figure(top, None, None, launched_on, "sku", row["sku"], row["marketplace"], terms=terms)


def _of_platform(row: Row) -> Iterator[Term]:
    if row["platform_days"]:
        name, days = "days that the platform took", _micros(row["platform_days"])
        yield Term("numerator", name, _LAUNCH, days, ("platform_days",), [row], times=-1)


def _listing(asked: Asked, sku: str) -> Term:
    opened = select(_LISTED).where(*_is_listed(asked), _LISTED.c.sku == sku)
    return Term("rests on", "when the product was first listed", _LISTED.name, None, ("opened_at_utc",), reads=(opened,))


def _micros(count: int) -> int:
    return to_micros(Decimal(count))


def _launches(asked: Asked) -> Iterator[tuple[Row, date]]:
    """Yield each product with the day it was launched: as people say, or since when Amazon lists it."""
    everybodys_first = sorted(asked.rows(_LAUNCH), key=lambda row: row["store"] != EVERY)
    rows = {(row["marketplace"], row["sku"]): row for row in everybodys_first}.values()
    opened = _opened(asked) if any(row["launched_on"] is None for row in rows) else {}
    for row in rows:
        listed = [day for (_, sku), day in opened.items() if sku == row["sku"]]
        on = row["launched_on"] or min(listed, default=None)
        if on:
            yield row, on


def _opened(asked: Asked) -> dict[tuple[str, str], date]:
    named = (_LISTED.c.marketplace, _LISTED.c.sku)
    first = select(*named, func.min(_LISTED.c.opened_at_utc)).where(*_is_listed(asked)).group_by(*named)
    return {(place, sku): local_day(at, BY_CODE[place].zone) for place, sku, at in asked.run.connection.execute(first)}


def _is_listed(asked: Asked) -> list[ColumnElement[bool]]:
    return [_LISTED.c.store_id == asked.run.measuring.store_id, _LISTED.c.opened_at_utc.is_not(None)]


def launch_success(asked: Asked, _: str) -> Iterator[Figure]:
    """Yield the share of launched products that met their own rule; those too young for it wait."""
    judged = [(row, on + timedelta(days=row["success_after_days"])) for row, on in _launches(asked) if _has_rule(row)]
    ripe = [(row, on) for row, on in judged if asked.as_of - LOOKED_BACK <= on < asked.as_of]
    judgements = [(row, value) for row, on in ripe if (value := _value_of(asked, row, on)) is not None]
    if not judgements:
        yield Figure(reason="immature" if judged and not ripe else NO_USER_DATA if not judged else "no_data")
        return
    terms = _judged(asked, judgements)
    doubt = "missing_values" if len(judgements) < len(ripe) else None
    through = max(on for _, on in ripe)
    yield Figure(total(terms, "numerator"), total(terms, "denominator"), doubt, through, terms=terms)


def _judged(asked: Asked, judgements: Sequence[tuple[Row, Row]]) -> tuple[Term, ...]:
    """Return how many launched products met their rule and how many were judged, with the values they were judged by."""
    rule = ("success_kpi", "success_value", "success_after_days", "launched_on")
    rows, values = [row for row, _ in judgements], [value for _, value in judgements]
    good = [row for row, value in judgements if _succeeded(asked, row, value["value"])]
    return (
        Term("numerator", "products that met their rule", _LAUNCH, _micros(len(good)), rule, good),
        Term("denominator", "products that were judged", _LAUNCH, _micros(len(rows)), rule, rows),
        Term("rests on", "what their KPI was on the day", METRIC_VALUE.name, None, ("value",), values),
    )


def _has_rule(row: Row) -> bool:
    return None not in {row["success_kpi"], row["success_value"], row["success_after_days"]}


def _succeeded(asked: Asked, row: Row, value: float) -> bool:
    """Tell whether the product's KPI was good enough."""
    metric = asked.run.settings.metrics.get(row["success_kpi"])
    limit = float(row["success_value"])
    return value <= limit if metric and metric.better == "lower" else value >= limit


def _value_of(asked: Asked, row: Row, on: date) -> Row | None:
    """Return the KPI of the SKU on the day, over the longest window that is measured; None where it is not known."""
    table = METRIC_VALUE
    places = [place.code for place in asked.run.measuring.marketplaces if row["marketplace"] in {EVERY, place.code}]
    rows = asked.run.connection.execute(
        select(table).where(
            table.c.store_id == asked.run.measuring.store_id,
            table.c.metric == row["success_kpi"],
            table.c.period.in_(_LONGEST_FIRST),
            table.c.subject_kind == "sku",
            table.c.subject == row["sku"],
            table.c.period_on == on,
            table.c.value.is_not(None),
        )
    ).mappings()
    found: dict[tuple[str, str], Row] = {(value["period"], value["marketplace"]): dict(value) for value in rows}
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
    terms = joined(term for figure in known for term in figure.terms)
    yield Figure(
        total(terms, "numerator"),
        total(terms, "denominator"),
        None if len(known) == len(own) else "missing_values",
        max(item.through for item in known if item.through),
        terms=terms,
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
    terms = _beside(asked, codes, row, stocked=sum(units))
    return replace(figure, top=total(terms, "numerator"), bottom=total(terms, "denominator"), terms=terms)


def _beside(asked: Asked, codes: Iterable[str], row: Row, *, stocked: int) -> tuple[Term, ...]:
    """Return the stock and the forecast, the smaller taken from the larger: how far they are apart has no sign."""
    forecast = to_micros(row["forecast_units"])
    sign = 1 if _micros(stocked) >= forecast else -1
    reads = tuple(select(_STOCK).where(*_is_shelf(asked, code, row)) for code in codes)
    units = Term("numerator", "sellable units on the event's first day", _STOCK.name, _micros(stocked), _SHELF, reads=reads)
    planned = Term("numerator", "units forecast", "sales_forecast", forecast, ("forecast_units",), [row])
    return (replace(units, times=sign), replace(planned, times=-sign), replace(planned, side="denominator"))


def _stocked(asked: Asked, place: str, row: Row) -> int | None:
    units = select(func.sum(_STOCK.c.sellable_units)).where(*_is_shelf(asked, place, row))
    found: int | None = asked.run.connection.execute(units).scalar_one()
    return None if found is None else int(found)


def _is_shelf(asked: Asked, place: str, row: Row) -> list[ColumnElement[bool]]:
    return [
        _STOCK.c.store_id == asked.run.measuring.store_id,
        _STOCK.c.marketplace == place,
        _STOCK.c.sku == row["sku"],
        _STOCK.c.snapshot_on == row["period_from"],
    ]


PRODUCTS: Final[Mapping[str, Measure]] = {
    "new_product_cycle_days": launch_cycle,
    "new_product_success_rate": launch_success,
    "stocking_accuracy_dev": stocking_deviation,
}
"""Metrics of plans that are over."""
