"""The periods of Data Kiosk: days, Sunday weeks or months that lie wholly in the range asked for, where the report widens it."""

from __future__ import annotations

from datetime import date, datetime

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day
from sellerwatch.simulator.documents.report_periods import periods

WHOLE_RANGE = "RANGE"


def inner_periods(first: date, last: date, granularity: str) -> list[Days]:
    """Return the whole periods inside the range, in order; the range itself for ``RANGE``."""
    if granularity == WHOLE_RANGE:
        return [Days(first, last)] if first <= last else []
    return [cut for cut in periods(first, last, granularity) if first <= cut.first and cut.last <= last]


def ended_days(period: Days, marketplace: Marketplace, now: datetime) -> list[date]:
    """Return the period's local days that have ended."""
    return [day for day in period if end_of_day(day, marketplace.zone) <= now]
