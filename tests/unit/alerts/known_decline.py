"""Twelve nights of a store whose end is known: one SKU sells out, one is supplied in time, one has plenty.

Each sells four units a day. A restated stock report of the fourth night comes three nights late.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sellerwatch.core.periods import Days
from sellerwatch.rawstore.manifest import Received
from sellerwatch.rawstore.store import RawStore
from tests.warehouse.shelf import flat, order, stock

STORE = "cascade"
FIRST = date(2026, 11, 1)
NIGHTS = 12
LAST = FIRST + timedelta(days=NIGHTS - 1)
PACE = 4
SOLD_OUT = [max(0, 40 - PACE * night) for night in range(NIGHTS)]
"""Cover of 10 days on the first night, 7 on the fourth, 3 on the eighth, 1 on the tenth; nothing is left on the eleventh."""

SAVED = [40, 36, 32, 28, *(120 - PACE * night for night in range(NIGHTS - 4))]
PLENTY = [400] * NIGHTS
SHELF = {"SOLD-OUT": SOLD_OUT, "SAVED": SAVED, "PLENTY": PLENTY}


def night(number: int) -> date:
    return FIRST + timedelta(days=number)


def lay_down(folder: Path, *, nights: int = NIGHTS) -> RawStore:
    """Fill a raw store as the nights would have."""
    raw = RawStore(folder)
    for number in range(nights):
        as_of = night(number)
        first = as_of - timedelta(days=30) if number == 0 else as_of - timedelta(days=1)
        put(raw, "all_orders", Days(first, as_of - timedelta(days=1)), _orders(first, as_of), made=as_of)
        put(raw, "fba_inventory", Days(as_of, as_of), flat("fba_inventory", *_stock(number)), made=as_of)
        if number == 6:
            restated = [stock(sku, "400") for sku in SHELF]
            put(raw, "fba_inventory", Days(night(3), night(3)), flat("fba_inventory", *restated), made=as_of)
    return raw


def _stock(number: int) -> list[dict[str, str]]:
    return [stock(sku, str(units[number])) for sku, units in SHELF.items()]


def _orders(first: date, as_of: date) -> bytes:
    rows = [
        order(f"{sku}-{day}", sku, units=str(PACE))
        | {
            "purchase-date": f"{day}T18:00:00+00:00",
            "last-updated-date": f"{day}T20:00:00+00:00",
            "fulfillment-channel": "Amazon",
            "sales-channel": "Amazon.com",
        }
        for day in Days(first, as_of - timedelta(days=1))
        for sku in SHELF
    ]
    return flat("all_orders", *rows)


def put(raw: RawStore, report: str, days: Days, body: bytes, *, made: date) -> None:
    moment = datetime(made.year, made.month, made.day, 13, 30, tzinfo=UTC)
    raw.put_bytes(
        body,
        Received(
            store=STORE,
            marketplace="US",
            report=report,
            first_day=str(days.first),
            last_day=str(days.last),
            report_id=f"{report} {days} {made}",
            content_type="text/plain;charset=UTF-8",
            compression="",
            received_at=(moment + timedelta(minutes=1)).isoformat(),
            observed_at=(moment if days.last >= made - timedelta(days=1) else moment - timedelta(hours=1)).isoformat(),
            wanted_for=str(made),
            asked_by="night",
        ),
    )
