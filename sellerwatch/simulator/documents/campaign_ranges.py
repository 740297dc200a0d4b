"""When campaigns must begin to be in a promotion or coupon report: two instants given as report options."""

from __future__ import annotations

from datetime import datetime, timedelta

from sellerwatch.simulator.ports import ReportRequest

OLDEST = timedelta(days=730)


def asked_starts(request: ReportRequest, start_option: str, end_option: str) -> tuple[datetime, datetime] | str:
    """Return the range of starts asked for, two years back at most, or Amazon's text when an option is missing or unreadable."""
    start, end = _instant(request.options.get(start_option)), _instant(request.options.get(end_option))
    if start is None or end is None:
        return (
            f"Please provide report options {start_option} and {end_option} in the standard ISO-8601 zoned date and time "
            'format. For example: "2011-12-03T10:15:30Z".'
        )
    return max(start, request.now - OLDEST), end


def _instant(text: str | None) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return instant if instant.tzinfo else None
