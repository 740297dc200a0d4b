"""Measuring the past anew after its facts have changed: history is written, and nobody is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Connection, select

from sellerwatch.core.periods import Days, local_day
from sellerwatch.metrics.measure import Periods, measure_past
from sellerwatch.metrics.measured_days import WINDOW_DAYS
from sellerwatch.metrics.storing import MeasureReport
from sellerwatch.warehouse.backfills import ledger
from sellerwatch.warehouse.backfills.attempts import StoreProblem, for_each_store
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.sealing.seal import seal_night
from sellerwatch.warehouse.tables.ledger import NIGHT
from sellerwatch.warehouse.workspace import Workspace


def measure_backfill(workspace: Workspace, order_id: str) -> list[StoreProblem]:
    """Measure the days of a backfill in each of its stores; one store's failure stops no other."""
    days = ledger.read(workspace, order_id).order.days
    return for_each_store(workspace, order_id, "measure", lambda store_id: _measure_and_seal(workspace, store_id, days))


def _measure_and_seal(workspace: Workspace, store_id: str, days: Days) -> None:
    measure_history(workspace, store_id, days)
    seal_night(workspace, store_id, local_day(workspace.clock.now(), workspace.settings.marketplaces(store_id)[0].zone))


def measure_history(workspace: Workspace, store_id: str, days: Days) -> list[MeasureReport]:
    """Measure each of these days, and the nights that ran and looked back on one of them, one transaction after the other."""
    with reading(workspace.engine) as connection:
        nights = set(_nights_looking_back(connection, store_id, days))
    day_after = {stride.last + timedelta(days=1) for stride in days.chunks(WINDOW_DAYS)}
    return [
        measure_past(workspace, store_id, as_of, _periods(is_day_after=as_of in day_after, is_night=as_of in nights))
        for as_of in sorted(nights | day_after)
    ]


def _nights_looking_back(connection: Connection, store_id: str, days: Days) -> Iterator[date]:
    within = NIGHT.c.as_of.between(days.first + timedelta(days=1), days.last + timedelta(days=WINDOW_DAYS))
    yield from connection.execute(select(NIGHT.c.as_of).where(NIGHT.c.store_id == store_id, within)).scalars()


def _periods(*, is_day_after: bool, is_night: bool) -> list[Periods]:
    found: list[Periods] = ["window"] if is_day_after else []
    return [*found, "night"] if is_night else found
