"""A seeded seller's nights as documents in a raw store: the bytes that Amazon would have given, at the moment it would have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from benchmarks.worlds.plans import PLACE
from sellerwatch.core.periods import Days, start_of_day
from sellerwatch.rawstore.manifest import Received
from sellerwatch.rawstore.store import RawStore
from sellerwatch.reports.registry import REPORTS
from sellerwatch.simulator.ports import ReportRequest
from sellerwatch.simulator.world.sellers import CASCADE
from sellerwatch.simulator.world.simulated import SimulatedWorld
from sellerwatch.warehouse.windows import BY_NIGHT

STORE: Final = "cascade"
FEEDS: Final = ("all_orders", "fba_inventory")
"""What the stock-out rule reads, and nothing else."""

NIGHT_STARTS: Final = timedelta(hours=5, minutes=30)
HISTORY_DAYS: Final = 30
REPULL_DAYS: Final = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A report of a night: its days, and the instant from which on it tells; None where it tells of the present."""

    report: str
    days: Days
    start: datetime | None


def lay_down_nights(raw: RawStore, world: SimulatedWorld, nights: Days) -> None:
    """Put every document of the nights into the raw store, the first night's with thirty days of orders."""
    for as_of in nights:
        moment = start_of_day(as_of, PLACE.zone) + NIGHT_STARTS
        for minutes, asked in enumerate(_asked(as_of, is_first=as_of == nights.first), start=1):
            _lay_down(raw, world, as_of, asked, moment + timedelta(minutes=minutes))


def _asked(as_of: date, *, is_first: bool) -> Iterator[Asked]:
    back = HISTORY_DAYS if is_first else REPULL_DAYS
    orders = Days(as_of - timedelta(days=back), as_of - timedelta(days=1))
    yield Asked("all_orders", orders, start_of_day(orders.first, PLACE.zone))
    yield Asked("fba_inventory", Days(as_of, as_of), None)


def _lay_down(raw: RawStore, world: SimulatedWorld, as_of: date, asked: Asked, made: datetime) -> None:
    request = ReportRequest(
        seller_id=CASCADE.seller_id,
        report_type=REPORTS[asked.report].amazon_type,
        marketplace_ids=(PLACE.id,),
        data_start=asked.start,
        data_end=None,
        options={},
        now=made,
    )
    rendered = world.render(request)
    if rendered.status != "DONE":
        message = f"{asked.report} of {as_of}: {rendered.status} {rendered.body!r}"
        raise RuntimeError(message)
    received = Received(
        store=STORE,
        marketplace=PLACE.code,
        report=asked.report,
        first_day=str(asked.days.first),
        last_day=str(asked.days.last),
        report_id=f"{asked.report} {as_of}",
        content_type=rendered.content_type,
        compression="",
        received_at=(made + timedelta(seconds=30)).isoformat(),
        observed_at=made.isoformat(),
        wanted_for=str(as_of),
        asked_by=BY_NIGHT,
    )
    raw.put_bytes(rendered.body, received)
