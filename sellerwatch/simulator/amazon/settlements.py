"""The settlements Amazon makes by itself: one per marketplace and fortnight, found with getReports, never asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sellerwatch.simulator.amazon.lifecycle import finish
from sellerwatch.simulator.amazon.report_types import SETTLEMENT
from sellerwatch.simulator.amazon.shelf import Span
from sellerwatch.simulator.amazon.state import RETENTION, AmazonState, Order, Report, new_report_id
from sellerwatch.simulator.ports import Seller

FIRST_PERIOD = datetime(2020, 1, 6, 8, tzinfo=UTC)
PUBLISHED_AFTER = timedelta(hours=12)
"""How long after a settlement's period its report can be listed."""


def publish_settlements(state: AmazonState, seller: Seller, *, only: str = "", during: Span | None = None) -> None:
    """Add every settlement of the seller that Amazon would still list now.

    Of these only the one with the report id ``only``, or those published ``during`` a time, if one is named: making one costs.

    Ids are made of the period, so a settlement that was listed by an earlier run of the simulator is found again.
    A marketplace whose world has nothing to settle in a period has no settlement, so what the world does not
    call DONE is left out.
    """
    for start, end in _periods(state):
        if during is not None and not during.since <= end + PUBLISHED_AFTER <= during.until:
            continue
        for marketplace_id in seller.marketplace_ids:
            report_id = new_report_id(seller.seller_id, SETTLEMENT, marketplace_id, start.isoformat())
            if report_id not in state.examined_settlements and only in {"", report_id}:
                order = Order(seller.seller_id, SETTLEMENT, (marketplace_id,), start, end, {})
                _publish(state, report_id, order, published_at=end + PUBLISHED_AFTER)


def _periods(state: AmazonState) -> Iterator[tuple[datetime, datetime]]:
    now = state.clock.now()
    length = timedelta(days=state.settings.settlement_days)
    start = FIRST_PERIOD + length * ((now - RETENTION - PUBLISHED_AFTER - FIRST_PERIOD) // length)
    while start + length + PUBLISHED_AFTER <= now:
        yield start, start + length
        start += length


def _publish(state: AmazonState, report_id: str, order: Order, *, published_at: datetime) -> None:
    state.examined_settlements.add(report_id)
    report = Report(report_id, order, published_at, published_at, published_at)
    if finish(state, report) == "DONE":
        state.reports[order.seller_id, report_id] = report
