"""Every sales and stock measure once more, as plain loops over small lists: slow, and nothing of the SQL in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class OrderedLine:
    place: str
    sku: str
    on: date
    quantity: int | None
    price: Decimal | None
    discount: Decimal | None
    currency: str | None
    order_status: str | None
    item_status: str | None
    fulfillment_channel: str
    sales_channel: str | None


@dataclass(frozen=True)
class Morning:
    place: str
    sku: str
    on: date
    sellable: int | None
    listed: bool | None


@dataclass(frozen=True)
class Number:
    """What a measure says of one subject on one day."""

    top: Fraction | None
    bottom: Fraction | None
    status: str
    reason: str | None

    def value(self, scale: int = 1) -> float | None:
        if self.top is None:
            return None
        return float(self.top if self.bottom is None else self.top * scale / self.bottom)


UNKNOWN_DAY = Number(None, None, "unknown", "no_data")


@dataclass(frozen=True)
class SmallWorld:
    night: date
    currencies: dict[str, str]
    lines: tuple[OrderedLine, ...]
    mornings: tuple[Morning, ...]
    known: dict[str, frozenset[date]]
    """Days of which the orders are in, by marketplace."""

    @property
    def days(self) -> list[date]:
        return [self.night - timedelta(days=back) for back in range(30, 0, -1)]


def sales(world: SmallWorld) -> Iterator[tuple[tuple[str, str, str, str, date], Number]]:
    for place in world.currencies:
        for on in world.days:
            lines = [item for item in world.lines if (item.place, item.on) == (place, on)]
            if on not in world.known[place]:
                yield from (
                    ((metric, "marketplace", place, place, on), UNKNOWN_DAY) for metric in ("gmv", "net_sales", "units")
                )
                continue
            groups = [("marketplace", place, lines)]
            groups += [
                ("sku", sku, [item for item in lines if item.sku == sku]) for sku in sorted({item.sku for item in lines})
            ]
            for kind, subject, chosen in groups:
                yield from (
                    ((metric, kind, place, subject, on), number) for metric, number in _sums(chosen, world.currencies[place])
                )


def _sums(lines: list[OrderedLine], currency: str) -> Iterator[tuple[str, Number]]:
    gmv = net = units = Fraction(0)
    doubts: set[str] = set()
    blank_quantity = is_priced = False
    for item in lines:
        if "Cancelled" in (item.order_status, item.item_status) or item.sales_channel == "Non-Amazon":
            continue
        if item.quantity is None:
            blank_quantity = True
        else:
            units += item.quantity
        if item.order_status == "Pending":
            doubts.add("pending_orders")
        elif item.price is None:
            doubts.add("price_missing")
        elif item.currency != currency:
            doubts.add("other_currency")
        else:
            is_priced = True
            gmv += Fraction(item.price)
            net += Fraction(item.price) - Fraction(item.discount or 0)
    doubt = next((name for name in ("other_currency", "price_missing", "pending_orders") if name in doubts), None)
    is_unknown = doubt == "other_currency" and not is_priced
    money_status = "unknown" if is_unknown else "provisional" if doubt else "ok"
    yield "gmv", Number(None if is_unknown else gmv, None, money_status, doubt)
    yield "net_sales", Number(None if is_unknown else net, None, money_status, doubt)
    yield (
        "units",
        Number(units, None, "provisional" if blank_quantity else "ok", "quantity_missing" if blank_quantity else None),
    )


def stock(world: SmallWorld) -> Iterator[tuple[tuple[str, str, str, str, date], Number]]:
    for place in world.currencies:
        tonight = [item for item in world.mornings if (item.place, item.on) == (place, world.night)]
        for morning in tonight:
            pace, cover = _pace_and_cover(world, place, morning)
            if pace:
                yield ("velocity", "sku", place, morning.sku, world.night), pace
            yield ("days_of_cover", "sku", place, morning.sku, world.night), cover
        yield ("stockout_rate", "marketplace", place, place, world.night), _stockout_rate(world, place)
        yield ("in_stock_rate", "marketplace", place, place, world.night), _in_stock_rate(world, place)
        losses = {item.sku: _loss(world, place, item.sku) for item in tonight if item.listed is not False}
        yield from ((("stockout_loss", "sku", place, sku, world.night), number) for sku, number in losses.items())
        yield ("stockout_loss", "marketplace", place, place, world.night), _all_losses(list(losses.values()))


def _taken(world: SmallWorld, place: str, sku: str, on: date) -> int:
    """Units that left Amazon's shelf on a day."""
    return sum(
        item.quantity or 0
        for item in world.lines
        if (item.place, item.sku, item.on) == (place, sku, on)
        and item.fulfillment_channel == "Amazon"
        and "Cancelled" not in (item.order_status, item.item_status)
    )


def _state(world: SmallWorld, place: str, sku: str, on: date) -> str:
    seen = [item for item in world.mornings if (item.place, item.on) == (place, on)]
    if not seen:
        return "unseen"
    mine = [item for item in seen if item.sku == sku]
    if not mine or mine[0].sellable is None or mine[0].listed is False:
        return "neither"
    return "in stock" if mine[0].sellable > 0 else "out"


def _pace_and_cover(world: SmallWorld, place: str, morning: Morning) -> tuple[Number | None, Number]:
    states = {on: _state(world, place, morning.sku, on) for on in world.days}
    is_known = sum(state != "unseen" for state in states.values()) >= 15
    counted = [on for on, state in states.items() if state == "in stock" or (state == "unseen" and not is_known)]
    units = Fraction(sum(_taken(world, place, morning.sku, on) for on in counted))
    length = Fraction(len(counted))
    status, reason = ("ok", None) if is_known else ("provisional", "short_history")
    if morning.listed is False:
        return None, Number(None, None, "unknown", "not_listed")
    is_thin = len(counted) < 3
    pace = Number(None, None, "unknown", "insufficient") if is_thin else Number(units, length, status, reason)
    if morning.sellable is None:
        return pace, Number(None, None, "unknown", "no_data")
    sold = sum(_taken(world, place, morning.sku, on) for on in world.days)
    never_in_stock = "out" in states.values() and "in stock" not in states.values()
    if morning.sellable <= 0 and (sold > 0 or never_in_stock):
        return pace, Number(Fraction(0), None, "ok", "out_of_stock")
    if is_thin:
        return pace, pace
    if units == 0:
        return pace, Number(None, None, "unknown", "no_demand")
    return pace, Number(morning.sellable * length, units, status, reason)


def _stockout_rate(world: SmallWorld, place: str) -> Number:
    sellers = {sku for sku in {item.sku for item in world.lines} if any(_taken(world, place, sku, on) > 0 for on in world.days)}
    states = [_state(world, place, sku, on) for sku in sellers for on in [*world.days[1:], world.night]]
    known = [state for state in states if state in {"in stock", "out"}]
    if not known:
        return UNKNOWN_DAY
    return Number(Fraction(known.count("out")), Fraction(len(known)), "ok", None)


def _in_stock_rate(world: SmallWorld, place: str) -> Number:
    """No world's orders reach back further than the 60 days that weigh."""
    top = bottom = 0
    for sku in {item.sku for item in world.lines}:
        units = sum(_taken(world, place, sku, world.night - timedelta(days=back)) for back in range(1, 61))
        states = [_state(world, place, sku, on) for on in [*world.days[1:], world.night]]
        known = [state for state in states if state in {"in stock", "out"}]
        if units > 0 and known:
            top += units * 1_000_000 * known.count("in stock") // len(known)
            bottom += units
    return Number(Fraction(top, 1_000_000), Fraction(bottom), "ok", None) if bottom else UNKNOWN_DAY


def _loss(world: SmallWorld, place: str, sku: str) -> Number:
    states = {on: _state(world, place, sku, on) for on in world.days}
    is_known = sum(state != "unseen" for state in states.values()) >= 15
    out = list(states.values()).count("out")
    counted = [on for on, state in states.items() if state == "in stock" or (state == "unseen" and not is_known)]
    units = sum(_taken(world, place, sku, on) for on in counted)
    status, reason = ("provisional", "short_history") if out and not is_known else ("ok", None)
    if out and len(counted) < 3:
        return Number(None, None, "unknown", "insufficient")
    if not out or not units:
        return Number(Fraction(0), None, status, reason)
    price = _price(world, place, sku)
    if price is None:
        return Number(None, None, "unknown", "no_price")
    return Number(Fraction(out * units * price // len(counted), 1_000_000), None, status, reason)


def _price(world: SmallWorld, place: str, sku: str) -> int | None:
    """Return the mean price of a unit in millionths."""
    sold = [
        item
        for item in world.lines
        if (item.place, item.sku) == (place, sku)
        and item.on in world.days
        and "Cancelled" not in (item.order_status, item.item_status)
        and item.order_status != "Pending"
        and item.sales_channel != "Non-Amazon"
        and item.price is not None
        and (item.quantity or 0) > 0
        and item.currency == world.currencies[place]
    ]
    units = sum(item.quantity or 0 for item in sold)
    return sum(int((item.price or 0) * 1_000_000) for item in sold) // units if units else None


def _all_losses(losses: list[Number]) -> Number:
    known = [item.top for item in losses if item.top is not None]
    if not known:
        return UNKNOWN_DAY
    reasons = {item.reason for item in losses}
    doubt = "missing_skus" if len(known) < len(losses) else "short_history" if "short_history" in reasons else None
    return Number(sum(known, Fraction(0)), None, "provisional" if doubt else "ok", doubt)
