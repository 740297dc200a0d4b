"""What becomes of the units that come back: in which state, for which reason, and which order they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sellerwatch.core.periods import start_of_day
from sellerwatch.simulator.documents.shapes import Listing, OrderLine, ReturnedUnit, ReturnFate, StockDay
from sellerwatch.simulator.world.chance import draws
from sellerwatch.simulator.world.words import RETURN_COMMENTS, language_of

DAMAGE_SHARES = ((0.5, "CUSTOMER_DAMAGED"), (0.85, "DEFECTIVE"), (1.0, "CARRIER_DAMAGED"))
"""Share of unsellable returns up to this disposition, ascending."""

REASONS = {
    "SELLABLE": ("UNWANTED_ITEM", "UNWANTED_ITEM", "ORDERED_WRONG_ITEM", "FOUND_BETTER_PRICE", "NO_REASON_GIVEN", "NOT_AS_DESCRIBED"),
    "CUSTOMER_DAMAGED": ("NOT_AS_DESCRIBED", "QUALITY_UNACCEPTABLE", "UNWANTED_ITEM", "CUSTOMER_DAMAGED"),
    "DEFECTIVE": ("DEFECTIVE", "DEFECTIVE", "MISSING_PARTS", "QUALITY_UNACCEPTABLE"),
    "CARRIER_DAMAGED": ("DAMAGED_BY_CARRIER", "UNDELIVERABLE_REFUSED"),
}  # fmt: skip
"""Reasons buyers give, by the state their unit arrives in; a repeated one is given more often."""

COMMENT_SHARE = 0.3
MOVED_SHARE = 0.04
LONGEST_MOVE_DAYS = 2
OPENS_AT_HOUR = 6
OPEN_SECONDS = 16 * 3600
PREFERENCE = {"sale": 0, "replacement": 1, "off_amazon": 2}
"""Which kind of order a return is looked for in first."""


def fates_on(listing: Listing, stock: StockDay, seed: int) -> tuple[ReturnFate, ...]:
    """Return the fates of the day's returned units, the sellable ones first."""
    return tuple(_fate(listing, stock, number, seed) for number in range(stock.returned))


def _fate(listing: Listing, stock: StockDay, number: int, seed: int) -> ReturnFate:
    luck = draws(seed, listing.marketplace.code, listing.sku, "return", stock.day, number)
    is_sellable = number < stock.returned_sellable
    state = "SELLABLE" if is_sellable else next(name for share, name in DAMAGE_SHARES if luck[0] < share)
    reason = REASONS[state][int(luck[1] * len(REASONS[state]))]
    opens_at = start_of_day(stock.day, listing.marketplace.zone) + timedelta(hours=OPENS_AT_HOUR)
    return ReturnFate(
        listing,
        returned_at=opens_at + timedelta(seconds=int(luck[2] * OPEN_SECONDS)),
        disposition=state,
        reason=reason,
        plate=f"LPN{listing.marketplace.code[:1]}{int(luck[3] * 10**9):09d}",
        comment=RETURN_COMMENTS[language_of(listing.marketplace)].get(reason, "") if luck[4] < COMMENT_SHARE else "",
        moved_by=timedelta(days=1 + int(luck[6] * LONGEST_MOVE_DAYS) if luck[5] < MOVED_SHARE else 0),
    )


def match_returns(fates: Sequence[ReturnFate], lines: Sequence[OrderLine], seed: int) -> Iterator[ReturnedUnit]:
    """Yield each fate with a unit bought on one of the lines, which are those of the same listing on the day of the sale.

    Ordinary sales come first; no unit is returned twice, because the world never takes back more than was bought that day.
    """
    kept = [line for line in lines if not line.order.is_cancelled_in_the_end]
    kept.sort(key=lambda line: (PREFERENCE[line.order.kind], draws(seed, line.order.order_id, "sent back")[0]))
    units = [line for line in kept for _ in range(line.quantity)]
    for fate, line in zip(fates, units, strict=False):
        yield ReturnedUnit(fate, line)
