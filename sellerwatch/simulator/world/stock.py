"""A listing's stock from day to day: sales limited by stock, shipments that land, returns that come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count

from sellerwatch.simulator.documents.shapes import StockDay
from sellerwatch.simulator.world.chance import draws
from sellerwatch.simulator.world.plans import ListingPlan, Shipment, shipment

REORDER_BELOW_DAYS = 36
REORDER_FOR_DAYS = 35
SMALLEST_POSITION = 25
SMALLEST_ORDER = 30
SHORTEST_LEAD_DAYS = 10
LEAD_SPREAD_DAYS = 5
RETURN_LAG_DAYS = 12
RETURN_SHARE = 0.045
SELLABLE_SHARE = 0.6


def stock_days(plan: ListingPlan, seed: int) -> Iterator[StockDay]:
    """Yield the listing's stock days from its first, without end."""
    listing = plan.listing
    stock, unsellable = plan.supply.opening, 0
    open_shipments, sold = list(plan.supply.shipments), list[int]()
    for offset in count():
        day = listing.listed_on + timedelta(days=offset)
        luck = draws(seed, listing.marketplace.code, listing.sku, "day", day)
        today = _one_day(plan, day, luck=luck, stock=stock, unsellable=unsellable, shipments=open_shipments, sold=sold)
        yield today
        sold.append(today.sold)
        stock = today.closing
        unsellable = today.returned_unsellable + (0 if day.day == 1 else unsellable)
        open_shipments = [item for item in open_shipments if item.lands_on > day]
        open_shipments += _reorder(plan, day, stock=stock, shipments=open_shipments, luck=luck[5])


def _one_day(  # noqa: PLR0913  the whole state of a day, each part by name
    plan: ListingPlan,
    day: date,
    *,
    luck: tuple[float, ...],
    stock: int,
    unsellable: int,
    shipments: Sequence[Shipment],
    sold: Sequence[int],
) -> StockDay:
    bought_then = sold[-RETURN_LAG_DAYS] if len(sold) >= RETURN_LAG_DAYS and not plan.is_plain else 0
    returned = min(bought_then, int(bought_then * RETURN_SHARE + luck[3]) if bought_then else 0)
    sellable = min(returned, int(returned * SELLABLE_SHARE + luck[4]))
    return StockDay(
        day,
        stock,
        unsellable,
        min(stock, plan.demand.wanted(day, luck)),
        sum(item.units for item in shipments if item.lands_on == day) if shipments else 0,
        sellable,
        returned - sellable,
        *(_inbound(shipments, day) if shipments else (0, 0, 0)),
    )


def _inbound(shipments: Sequence[Shipment], day: date) -> tuple[int, int, int]:
    """Return the units announced, under way and being received on the day."""
    working = sum(item.units for item in shipments if item.created_on <= day < item.shipped_on)
    shipped = sum(item.units for item in shipments if item.shipped_on <= day < item.receiving_on)
    receiving = sum(item.units for item in shipments if item.receiving_on <= day <= item.lands_on)
    return working, shipped, receiving


def _reorder(plan: ListingPlan, day: date, *, stock: int, shipments: Sequence[Shipment], luck: float) -> list[Shipment]:
    """Return the shipment that is ordered in the evening, if stock and inbound together have become too few."""
    start, level = plan.supply.reorders_from, plan.demand.level(day)
    position = stock + sum(item.units for item in shipments)
    if start is None or day < start or not level or position >= max(SMALLEST_POSITION, level * REORDER_BELOW_DAYS):
        return []
    units = max(SMALLEST_ORDER, int(level * REORDER_FOR_DAYS))
    created_on = day + timedelta(days=1)
    lead = SHORTEST_LEAD_DAYS + int(luck * LEAD_SPREAD_DAYS)
    return [shipment(units, created_on=created_on, lands_on=created_on + timedelta(days=lead))]
