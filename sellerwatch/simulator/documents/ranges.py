"""Which instants and local days a request is about, when it may leave either end open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day, local_day
from sellerwatch.simulator.ports import ReportRequest

USUAL_RANGE = timedelta(days=30)


def instants(request: ReportRequest) -> tuple[datetime, datetime]:
    """Return the range asked for, start included and end not; nothing after ``now``, thirty days where no start is given."""
    now = request.now.astimezone(UTC)
    end = min(request.data_end or now, now)
    return request.data_start or end - USUAL_RANGE, end


def days_touched(start: datetime, end: datetime, marketplace: Marketplace) -> list[date]:
    """Return every local day that has an instant in the range, in order."""
    if start >= end:
        return []
    last_instant = end - timedelta(microseconds=1)
    return list(Days(local_day(start, marketplace.zone), local_day(last_instant, marketplace.zone)))


def closed_days(request: ReportRequest, marketplace: Marketplace, *, closed_after: timedelta) -> list[date]:
    """Return the local days the range touches that ended at least ``closed_after`` before the report is made."""
    start, end = instants(request)
    days = days_touched(start, end, marketplace)
    return [day for day in days if end_of_day(day, marketplace.zone) + closed_after <= request.now]


def asked_days(request: ReportRequest) -> tuple[date, date]:
    """Return the first and last day asked for, as they were written.

    Raises:
        ValueError: the request lacks one of them; Data Kiosk and the Ads API insist on both.
    """
    if request.data_start is None or request.data_end is None:
        message = f"{request.report_type} needs a first and a last day"
        raise ValueError(message)
    return request.data_start.date(), request.data_end.date()
