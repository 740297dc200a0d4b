"""What goes wrong beside the sales: units damaged or misplaced in the warehouse, and buyers who complain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sellerwatch.simulator.documents.shapes import Adjustment, Complaint, ComplaintKind, Listing, OrderLine, StockDay
from sellerwatch.simulator.world.chance import draws
from sellerwatch.simulator.world.words import ANSWERS, FEEDBACK, language_of

DAMAGED_SHARE = 0.004
MISPLACED_SHARE = 0.012
"""Share of a stocked listing's days with a damaged unit, and with a damaged or a misplaced one."""

FEEDBACK_SHARE = 1 / 90
CLAIM_SHARE = 0.0012
CHARGEBACK_SHARE = 0.0004
STAR_SHARES = ((0.13, 1), (0.22, 2), (0.34, 3), (0.5, 4), (1.0, 5))
"""Share of feedback with at most this many stars, ascending."""

ANSWERED_SHARE = 0.4


def adjustments_on(listing: Listing, stock: StockDay, seed: int) -> tuple[Adjustment, ...]:
    """Return the day's mishaps; only stock that is left at the day's end can have one."""
    if not listing.is_fba or stock.opening <= stock.sold:
        return ()
    luck = draws(seed, listing.marketplace.code, listing.sku, "warehouse", stock.day)
    if luck[0] >= MISPLACED_SHARE:
        return ()
    reference = f"{int(luck[1] * 10**12):012d}"
    return (Adjustment(listing, stock.day, "damaged" if luck[0] < DAMAGED_SHARE else "misplaced", reference),)


def complaints_on(lines: Sequence[OrderLine], seed: int) -> tuple[Complaint, ...]:
    """Return the complaints about these lines; one order has at most one of each kind, however many lines it has."""
    sales = (line for line in lines if line.order.kind == "sale" and not line.order.is_cancelled_in_the_end)
    first: dict[tuple[str, ComplaintKind], Complaint] = {}
    for line in sales:
        for complaint in _about(line, seed):
            first.setdefault((line.order.order_id, complaint.kind), complaint)
    return tuple(first.values())


def _about(line: OrderLine, seed: int) -> Iterator[Complaint]:
    luck = draws(seed, line.order.order_id, line.listing.sku, "complaint")
    shares: tuple[tuple[ComplaintKind, float], ...] = (
        ("feedback", FEEDBACK_SHARE),
        ("claim", CLAIM_SHARE),
        ("chargeback", CHARGEBACK_SHARE),
    )
    for number, (kind, share) in enumerate(shares):
        if luck[number] < share:
            yield _complaint(line, kind, luck)


def _complaint(line: OrderLine, kind: ComplaintKind, luck: tuple[float, ...]) -> Complaint:
    language = language_of(line.listing.marketplace)
    stars = next(number for share, number in STAR_SHARES if luck[4] < share) if kind == "feedback" else 0
    made_at = line.order.settled_at + timedelta(days=2, seconds=int(luck[5] * 14 * 86_400))
    answer = ANSWERS[language] if kind == "feedback" and luck[6] < ANSWERED_SHARE else ""
    return Complaint(line, kind, made_at, stars, FEEDBACK[language].get(stars, ""), answer)
