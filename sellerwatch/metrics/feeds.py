"""What is known of the pipeline itself: how old each feed's data is, and how many problems the night had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.core.periods import start_of_day
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.warehouse.documents import newest_of_feeds
from sellerwatch.warehouse.problems import pipeline_problems_of
from sellerwatch.warehouse.tables.ledger import WINDOW
from sellerwatch.warehouse.windows import NO_NIGHT, PULLED

EVERY_MARKETPLACE: Final = "*"
"""Stands in the marketplace column of what concerns the whole store."""


def feed_ages(connection: Connection, measuring: Measuring, reports: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yield one row per marketplace and report, in the columns of `shape.COLUMNS`.

    A feed that never delivered anything counts from the first night that wanted it.
    """
    places = [place.code for place in measuring.marketplaces]
    newest = newest_of_feeds(connection, measuring.store_id, places, reports, measuring.as_of, known_by=measuring.now)
    silent = {place: [report for report in reports if (place, report) not in newest] for place in places}
    wanted = {key: on for place, own in silent.items() if own for key, on in _first_wanted(connection, measuring, place, own)}
    for place in measuring.marketplaces:
        for report in reports:
            first = wanted.get((place.code, report), measuring.as_of)
            yield _row(measuring, place, report, through=newest.get((place.code, report)), first_wanted=first)


def _row(
    measuring: Measuring, place: Marketplace, report: str, *, through: datetime | None, first_wanted: date
) -> dict[str, object]:
    since = through or start_of_day(first_wanted, place.zone)
    return {
        "marketplace": place.code,
        "subject": report,
        "period_on": measuring.as_of,
        "numerator": max(0, (measuring.now - since) // timedelta(hours=1)) * MICROS_PER_UNIT,
        "denominator": None,
        "currency": None,
        "status": "ok" if through else "provisional",
        "reason": None if through else "never_delivered",
        "is_final": True,
        "data_through": through,
    }


def problem_count(connection: Connection, measuring: Measuring) -> dict[str, object]:
    """Return the one row that counts what went wrong in the night, in the columns of `shape.COLUMNS`."""
    return {
        "marketplace": EVERY_MARKETPLACE,
        "subject": measuring.store_id,
        "period_on": measuring.as_of,
        "numerator": len(pipeline_problems_of(connection, measuring.store_id, measuring.as_of)) * MICROS_PER_UNIT,
        "denominator": None,
        "currency": None,
        "status": "ok",
        "reason": None,
        "is_final": True,
        "data_through": measuring.now,
    }


def _first_wanted(
    connection: Connection, measuring: Measuring, place: str, reports: Sequence[str]
) -> Iterator[tuple[tuple[str, str], date]]:
    """Yield the first night that wanted each of these feeds, with marketplace and report."""
    rows = connection.execute(
        select(WINDOW.c.report, func.min(WINDOW.c.entered_on))
        .where(
            WINDOW.c.store_id == measuring.store_id,
            WINDOW.c.marketplace == place,
            WINDOW.c.report.in_(reports),
            WINDOW.c.origin == PULLED,
            WINDOW.c.entered_on != NO_NIGHT,
        )
        .group_by(WINDOW.c.report),
    )
    yield from (((place, report), first) for report, first in rows)
