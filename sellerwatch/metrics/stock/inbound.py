"""What is on its way to Amazon and how long goods take, read from stock reports and the tables that people fill in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, or_, select

from sellerwatch.metrics.stock.forecast import Arrival, Forecast, LeadTime, NotCounted, Pace, forecast
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.user import USER

ON_THE_MOVE: Final = frozenset({"shipped", "customs"})
"""Stages of goods that have left; what is only ordered or made is a plan."""

Found = Row[Any]


class Place(NamedTuple):
    """A SKU in a marketplace."""

    marketplace: str
    sku: str


@dataclass(frozen=True, slots=True)
class Morning:
    """Whose stock is asked about: of a store on a morning, all SKUs or those named."""

    store_id: str
    as_of: date
    only: tuple[Place, ...] = ()


class AtAmazon(NamedTuple):
    """What Amazon says is inbound; None where it says nothing."""

    planned: int | None
    moving: int | None


def forecasts(connection: Connection, settings: Settings, asked: Morning) -> dict[Place, Forecast]:
    """Return the forecast of every SKU whose cover was looked at on the morning, in four statements whatever their number."""
    inbound = _at_amazon(connection, asked)
    shipments, leads = _by_sku(_shipments(connection, asked)), _by_sku(_leads(connection, asked))
    found = {}
    for place, pace in _paces(connection, asked).items():
        own = [row for row in shipments[place.sku] if row.marketplace in {EVERY, place.marketplace}]
        routes = [row for sku in (EVERY, place.sku) for row in leads[sku] if row.marketplace in {EVERY, place.marketplace}]
        sorting = _Sorting(settings, asked.as_of, routes, inbound.get(place, AtAmazon(None, None)))
        arrivals, not_counted = _sort_out(sorting, own)
        lead_time = _lead_time(usual_route(routes))
        found[place] = forecast(pace, asked.as_of, arrivals=arrivals, not_counted=not_counted, lead_time=lead_time)
    return found


def _by_sku(rows: Iterable[Found]) -> Mapping[str, list[Found]]:
    found: dict[str, list[Found]] = defaultdict(list)
    for row in rows:
        found[row.sku].append(row)
    return found


def _narrowed(asked: Morning, statement: Select[Any], marketplace: Any, sku: Any) -> Select[Any]:  # noqa: ANN401 - two columns
    if not asked.only:
        return statement
    places, skus = {place.marketplace for place in asked.only}, [place.sku for place in asked.only]
    return statement.where(marketplace.in_(places), sku.in_(skus))


def _paces(connection: Connection, asked: Morning) -> dict[Place, Pace]:
    table = METRIC_VALUE.c
    statement = select(METRIC_VALUE).where(
        table.store_id == asked.store_id,
        table.metric.in_(("days_of_cover", "velocity")),
        table.subject_kind == "sku",
        table.period == "day",
        table.period_on == asked.as_of,
    )
    rows = connection.execute(_narrowed(asked, statement, table.marketplace, table.subject)).all()
    velocities = {Place(row.marketplace, row.subject): _exact(row) for row in rows if row.metric == "velocity"}
    covers = {Place(row.marketplace, row.subject): row for row in rows if row.metric == "days_of_cover"}
    return {place: Pace(_exact(row), velocities.get(place) or None, row.status, row.reason) for place, row in covers.items()}


def _exact(row: Found) -> Fraction | None:
    """Return the value as the quotient of its parts, which no rounding has touched."""
    if row.value is None:
        return None
    if row.denominator:
        return Fraction(row.numerator) / Fraction(row.denominator)
    return Fraction(row.value)


def _at_amazon(connection: Connection, asked: Morning) -> dict[Place, AtAmazon]:
    table = FACTS["fba_inventory"].c
    statement = select(
        table.marketplace, table.sku, table.inbound_working_units, table.inbound_shipped_units, table.inbound_receiving_units
    ).where(table.store_id == asked.store_id, table.snapshot_on == asked.as_of)
    return {
        Place(place, sku): AtAmazon(
            working, None if shipped is None and receiving is None else (shipped or 0) + (receiving or 0)
        )
        for place, sku, working, shipped, receiving in connection.execute(
            _narrowed(asked, statement, table.marketplace, table.sku)
        )
    }


def _shipments(connection: Connection, asked: Morning) -> Sequence[Found]:
    table = USER["in_transit"]
    statement = select(table).where(table.c.store.in_((EVERY, asked.store_id)), table.c.stage != "cancelled", table.c.units > 0)
    if asked.only:
        statement = statement.where(table.c.sku.in_([place.sku for place in asked.only]))
    return connection.execute(statement.order_by(table.c.expected_on, table.c.shipment)).all()


def _leads(connection: Connection, asked: Morning) -> Sequence[Found]:
    table = USER["lead_time"]
    return connection.execute(
        select(table)
        .where(
            table.c.store.in_((EVERY, asked.store_id)),
            table.c.valid_from <= asked.as_of,
            or_(table.c.valid_to.is_(None), table.c.valid_to > asked.as_of),
        )
        .order_by(*table.primary_key.columns),
    ).all()


def usual_route(rows: Iterable[Found], mode: str | None = None) -> Found | None:
    """Return the row that holds for a SKU: the one that names it, then its marketplace, then its store, goes first.

    Of several routes the usual one is taken, and where none is called so the slowest: whoever orders in time for it is safe.

    Args:
        rows: those that hold on the day.
        mode: of the way the goods travel, where that is known; a route of it goes first.
    """
    newest: dict[tuple[str, ...], Found] = {}
    for row in rows:  # in the order of the key, so that the row that began last comes last
        newest[row.store, row.marketplace, row.sku, row.route, row.mode] = row
    return max(newest.values(), key=lambda row: _rank(row, mode), default=None)


def _rank(row: Found, mode: str | None) -> tuple[object, ...]:
    named = (row.sku != EVERY, row.marketplace != EVERY, row.store != EVERY)
    return (row.mode == mode, *named, bool(row.is_usual), _known_days(row), row.route, row.mode)


def _known_days(row: Found) -> int:
    return sum(days or 0 for days in (row.production_days, row.transit_days, row.receiving_days))


def _lead_time(row: Found | None) -> LeadTime | None:
    if row is None:
        return None
    return LeadTime(
        days=_known_days(row),
        buffer_days=row.buffer_days or 0,
        is_complete=None not in {row.production_days, row.receiving_days},
        route=row.route,
    )


@dataclass(slots=True)
class _Sorting:
    """The shipments of one SKU on the way to being counted or not."""

    settings: Settings
    as_of: date
    routes: Sequence[Found]
    amazon: AtAmazon
    taken: int = 0
    """Units that Amazon calls inbound and a shipment of ours accounts for."""


def _sort_out(sorting: _Sorting, rows: Iterable[Found]) -> tuple[list[Arrival], list[NotCounted]]:
    """Tell what can be relied on from what cannot.

    Units of a shipment that Amazon knows are at most those that Amazon calls inbound: the rest has been received already.
    """
    items = [item for row in rows if (item := _judged(sorting, row)) is not None]
    arrivals = [item for item in items if isinstance(item, Arrival)]
    return arrivals, [*(item for item in items if isinstance(item, NotCounted)), *_undated(sorting)]


def _judged(sorting: _Sorting, row: Found) -> Arrival | NotCounted | None:
    """Return what a shipment is to the forecast; None for what is in stock already."""
    sellable_on, is_there = _sellable_on(sorting, row), row.stage == "arrived" or row.arrived_on is not None
    if is_there and sellable_on <= sorting.as_of:
        return None
    if not _is_for(sorting, row):
        return NotCounted("no_one_place", row.units, row.expected_on, row.shipment)
    units = _of_amazons(sorting, row.units) if row.amazon_shipment_id or is_there else row.units
    if units == 0:
        return NotCounted("not_inbound", row.units, row.expected_on, row.shipment)
    if not is_there and row.expected_on < sorting.as_of:
        return NotCounted("overdue", units, row.expected_on, row.shipment)
    if not is_there and row.stage not in ON_THE_MOVE:
        return NotCounted("not_left", units, row.expected_on, row.shipment)
    return Arrival(sellable_on, units, row.shipment)


def _sellable_on(sorting: _Sorting, row: Found) -> date:
    """Return the day at Amazon's door, plus the days until units can be sold where somebody has entered them."""
    route = usual_route(sorting.routes, row.mode)
    at_the_door: date = row.arrived_on or row.expected_on
    return at_the_door + timedelta(days=(route.receiving_days or 0) if route else 0)


def _is_for(sorting: _Sorting, row: Found) -> bool:
    """Tell whether the units can only be for this marketplace: counted in several, they would be there more than once."""
    stores = sorting.settings.stores
    places = [
        (store_id, code)
        for store_id, store in stores.items()
        for code in store.marketplaces
        if row.store in {EVERY, store_id} and row.marketplace in {EVERY, code}
    ]
    return len(places) == 1


def _of_amazons(sorting: _Sorting, units: int) -> int:
    amazon = sorting.amazon
    if amazon.moving is None:
        return units
    free = max(0, amazon.moving + (amazon.planned or 0) - sorting.taken)
    found = min(units, free)
    sorting.taken += found
    return found


def _undated(sorting: _Sorting) -> list[NotCounted]:
    """Return what Amazon calls on the move and no shipment of ours gives a day for."""
    left = (sorting.amazon.moving or 0) - sorting.taken
    return [NotCounted("no_date", left)] if left > 0 else []
