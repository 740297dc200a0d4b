"""A marketplace's order lines of one local day: the units sold, split into orders with a life of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import end_of_day, start_of_day
from sellerwatch.simulator.documents.shapes import Order, OrderKind, OrderLine, Status, StockDay
from sellerwatch.simulator.world.chance import draws
from sellerwatch.simulator.world.places import PLACES
from sellerwatch.simulator.world.plans import ListingPlan

ID_PREFIXES = {"US": (111, 112, 113, 114), "DE": (302, 303, 304, 305), "UK": (202, 203, 204, 205), "JP": (249, 250, 503)}
SERVICES = ("Expedited", "Expedited", "Expedited", "Standard", "SecondDay")
QUANTITY_SHARES = ((0.86, 1), (0.96, 2), (1.0, 3))
"""Share of orders with at most this quantity, ascending."""

DAY_CURVE = ((0.0, 0.0), (0.03, 5.5), (0.12, 8.5), (0.55, 15.0), (0.9, 21.5), (1.0, 24.0))
"""Share of a day's orders placed before the hour, ascending; few people buy before breakfast."""

REPLACEMENT_SHARE = 0.012
OFF_AMAZON_SHARE = 0.024
JOINED_SHARE = 0.05
SPLIT_SHARE = 0.25
CANCELLED_SHARE = 0.03
RELEASED_AT_ONCE_SHARE = 0.35
DISCOUNT_SHARES = {True: (0.6, 10), False: (0.01, 5)}
"""By whether the price is promoted: share of orders with a discount, and its percent."""

PROMPT_POSTING_SHARE = 0.96
HOUR = 3600


@dataclass(frozen=True, slots=True)
class _Piece:
    """Units of one listing bought at once, and the luck that decides everything else about them."""

    bought_at: datetime
    plan: ListingPlan
    quantity: int
    luck: tuple[float, ...]
    cancelled_at: datetime | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether it comes to nothing."""
        return self.cancelled_at is not None


def lines_on(
    stocked: Sequence[tuple[ListingPlan, StockDay]], marketplace: Marketplace, *, day: date, seed: int
) -> tuple[OrderLine, ...]:
    """Return the day's lines by purchase instant; what is not cancelled adds up to the units sold."""
    start, end = start_of_day(day, marketplace.zone), end_of_day(day, marketplace.zone)
    pieces = [piece for plan, stock in stocked for piece in _pieces(plan, stock, start=start, end=end, seed=seed)]
    pieces.sort(key=lambda piece: (piece.bought_at, piece.plan.listing.sku))
    lines: list[OrderLine] = []
    head: Order | None = None
    for piece in pieces:
        ordinary = _kind(piece) == "sale" and not piece.is_cancelled
        is_joined = head is not None and ordinary and piece.luck[5] < JOINED_SHARE and piece.plan.listing.is_fba
        order = head if head is not None and is_joined else _order(piece)
        lines.extend(_lines(piece, order, day))
        head = order if ordinary and piece.plan.listing.is_fba else None
    return tuple(lines)


def _pieces(plan: ListingPlan, stock: StockDay, *, start: datetime, end: datetime, seed: int) -> Iterator[_Piece]:
    """Yield the day's sold units in pieces, and sometimes one more that is cancelled before the day ends."""
    listing, left, number = plan.listing, stock.sold, 0
    seconds = (end - start).total_seconds()
    while left:
        luck = draws(seed, listing.marketplace.code, listing.sku, "order", stock.day, number)
        quantity = min(left, next(units for share, units in QUANTITY_SHARES if luck[0] < share))
        yield _Piece(start + timedelta(seconds=int(_day_share(luck[1]) * seconds)), plan, quantity, luck)
        left, number = left - quantity, number + 1
    luck = draws(seed, listing.marketplace.code, listing.sku, "cancelled", stock.day)
    if luck[0] < CANCELLED_SHARE * stock.sold and stock.opening > stock.sold:
        bought_at = start + timedelta(seconds=int(_day_share(luck[1]) * seconds))
        yield _Piece(bought_at, plan, 1, luck, cancelled_at=_cancelled_at(bought_at, end, luck))
    for number, order in enumerate(plan.withdrawn):
        if order.day == stock.day:
            luck = draws(seed, listing.marketplace.code, listing.sku, "withdrawn", stock.day, number)
            bought_at, cancelled_at = start + order.bought_after, start + order.cancelled_after
            yield _Piece(bought_at, plan, order.units, luck, cancelled_at=cancelled_at)


def _day_share(share: float) -> float:
    """Return how far into the day, from 0 up to 1, the order at this share of the day's orders is placed."""
    (low, hour), (high, next_hour) = next(pair for pair in pairwise(DAY_CURVE) if share < pair[1][0])
    return (hour + (next_hour - hour) * (share - low) / (high - low)) / 24


def _kind(piece: _Piece) -> OrderKind:
    if piece.is_cancelled or piece.plan.is_plain or not piece.plan.listing.is_fba:
        return "sale"
    if piece.luck[3] < REPLACEMENT_SHARE:
        return "replacement"
    return "off_amazon" if piece.luck[3] < OFF_AMAZON_SHARE else "sale"


def _order(piece: _Piece) -> Order:
    luck, kind, code = piece.luck, _kind(piece), piece.plan.listing.marketplace.code
    prefixes, places = ID_PREFIXES[code], PLACES[code]
    prefix = "S01" if kind == "off_amazon" else str(prefixes[int(luck[13] * len(prefixes))])
    return Order(
        order_id=f"{prefix}-{int(luck[6] * 10_000_000):07d}-{int(luck[7] * 10_000_000):07d}",
        kind=kind,
        milestones=_shipped_life(piece) if piece.cancelled_at is None else _cancelled_life(piece.bought_at, piece.cancelled_at),
        posted_at=piece.bought_at + timedelta(seconds=int(_posting_hours(luck) * HOUR)),
        place=places[int(luck[14] * len(places))],
        service=SERVICES[int(luck[15] * len(SERVICES))] if piece.plan.listing.is_fba else "Standard",
    )


def _shipped_life(piece: _Piece) -> tuple[tuple[datetime, Status], ...]:
    """Return the life of an order whose payment is checked, at once or within twenty hours, and that then ships."""
    luck = piece.luck
    late = (luck[9] - RELEASED_AT_ONCE_SHARE) / (1 - RELEASED_AT_ONCE_SHARE)
    hours = 0.05 if late < 0 else 0.5 + 19.5 * late
    released_at = piece.bought_at + timedelta(seconds=int(hours * HOUR))
    shipped_at = released_at + timedelta(seconds=int((2 + 12 * luck[10]) * HOUR))
    return (piece.bought_at, "Pending"), (released_at, "Shipping"), (shipped_at, "Shipped")


def _cancelled_life(bought_at: datetime, cancelled_at: datetime) -> tuple[tuple[datetime, Status], ...]:
    return (bought_at, "Pending"), (cancelled_at, "Cancelled")


def _cancelled_at(bought_at: datetime, end: datetime, luck: tuple[float, ...]) -> datetime:
    """Return an instant before local midnight, so that the day's stock comes out even."""
    return bought_at + timedelta(seconds=int((end - bought_at).total_seconds() * (0.02 + 0.9 * luck[9])))


def _posting_hours(luck: tuple[float, ...]) -> float:
    return 3 * luck[12] if luck[11] < PROMPT_POSTING_SHARE else 10 + 50 * luck[12]


def _lines(piece: _Piece, order: Order, day: date) -> list[OrderLine]:
    """Return the piece as one line, or now and then as two lines of the same SKU in the same order."""
    listing, quantity = piece.plan.listing, piece.quantity
    share, percent = DISCOUNT_SHARES[piece.plan.demand.is_promoted(day)]
    has_discount = order.kind == "sale" and not piece.is_cancelled and piece.luck[4] < share
    parts = (1, quantity - 1) if quantity > 1 and piece.luck[8] < SPLIT_SHARE else (quantity,)
    return [
        OrderLine(order, listing, part, listing.price_cents * part * percent // 100 if has_discount else 0) for part in parts
    ]
