"""The whole weeks, months and quarters that brand analytics reports are asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day
from sellerwatch.simulator.documents.report_periods import PERIOD_AROUND
from sellerwatch.simulator.ports import ReportRequest

MONTHS_IN_QUARTER = 3


def _quarter(day: date) -> Days:
    first = day.replace(month=(day.month - 1) // MONTHS_IN_QUARTER * MONTHS_IN_QUARTER + 1, day=1)
    last_month = first.replace(month=first.month + MONTHS_IN_QUARTER - 1)
    return Days(first, PERIOD_AROUND["MONTH"](last_month).last)


BRAND_PERIODS: dict[str, Callable[[date], Days]] = {
    "WEEK": PERIOD_AROUND["WEEK"],
    "MONTH": PERIOD_AROUND["MONTH"],
    "QUARTER": _quarter,
}
"""The period a day belongs to, by the option reportPeriod."""


def asked_periods(request: ReportRequest, marketplace: Marketplace) -> list[Days] | str:
    """Return the ended periods asked for, or the text that says why there are none.

    The calendar dates of ``data_start`` and ``data_end`` count as they are written; their time of day is ignored.
    """
    period = request.options.get("reportPeriod", "")
    around = BRAND_PERIODS.get(period)
    if around is None:
        return f"The report option reportPeriod must be one of: {', '.join(BRAND_PERIODS)}."
    if request.data_start is None or request.data_end is None:
        return f"{request.report_type}: dataStartTime and dataEndTime are required."
    first, last = request.data_start.date(), request.data_end.date()
    if around(first).first != first or around(last).last != last or last < first:
        return f"{request.report_type}: dataStartTime and dataEndTime must be the first and the last day of a {period}."
    if end_of_day(last, marketplace.zone) > request.now:
        return f"{request.report_type}: the period up to {last} has not ended."
    return _split(Days(first, last), around)


def _split(days: Days, around: Callable[[date], Days]) -> list[Days]:
    found = [around(days.first)]
    while found[-1].last < days.last:
        found.append(around(found[-1].last + timedelta(days=1)))
    return found
