"""From a window to what its API is asked: instants, days, options, the text of a query, the columns of an Ads report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from string import Template

from sellerwatch.amazon.source import Wish
from sellerwatch.core.marketplaces import BY_CODE, Marketplace
from sellerwatch.core.periods import Days, end_of_day, start_of_day, utc_text
from sellerwatch.reports.contract import Report, Source
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.models import CalendarPeriod, RangePeriod, ReportPull, SnapshotPeriod
from sellerwatch.warehouse.windows import LedgerRow

Instants = tuple[datetime | None, datetime | None]


def wish_for(row: LedgerRow, pull: ReportPull) -> Wish:
    """Return what the window's API is asked for; the same window always gives the same wish."""
    report, place, days = REPORTS[row.window.report], BY_CODE[row.window.marketplace], row.window.days
    start, end = asked_instants(days, pull, place)
    blanks = _blanks(days, place, row.asins)
    return Wish(
        report_type=report.amazon_type,
        marketplace=place,
        start=start,
        end=end,
        first_day=days.first,
        last_day=days.last,
        options={name: Template(value).safe_substitute(blanks) for name, value in pull.options.items()},
        query=Template(report.query).safe_substitute(blanks),
        columns=_columns(report),
    )


def reaching_back(wish: Wish, pull: ReportPull, now: datetime) -> Wish:
    """Return the wish for a report of the present whose content Amazon wants to be asked for by age.

    The start moves with the clock, so it is no part of the wish that a lost report is looked for by.
    """
    if not isinstance(pull, SnapshotPeriod) or not pull.reach_back_hours:
        return wish
    return Wish(
        report_type=wish.report_type,
        marketplace=wish.marketplace,
        start=now - timedelta(hours=pull.reach_back_hours),
        end=None,
        first_day=wish.first_day,
        last_day=wish.last_day,
        options=wish.options,
    )


def asked_instants(days: Days, pull: ReportPull, place: Marketplace) -> Instants:
    """Return the start and end sent to Amazon: local day bounds, plain dates, or nothing for the present."""
    if not isinstance(pull, RangePeriod | CalendarPeriod) or pull.sent_as == "nothing":
        return None, None
    if pull.sent_as == "days":
        return start_of_day(days.first, UTC), start_of_day(days.last, UTC)
    end = None if pull.sent_as == "until_now" else end_of_day(days.last, place.zone)
    return start_of_day(days.first, place.zone), end


def _blanks(days: Days, place: Marketplace, asins: tuple[str, ...]) -> Mapping[str, str]:
    """Return what the placeholders of options and queries stand for."""
    return {
        "start": utc_text(start_of_day(days.first, place.zone)),
        "end": utc_text(end_of_day(days.last, place.zone)),
        "first": days.first.isoformat(),
        "last": days.last.isoformat(),
        "marketplace": place.id,
        "asins": " ".join(asins),
        "quoted_asins": ", ".join(f'"{asin}"' for asin in asins),
    }


def _columns(report: Report) -> tuple[str, ...]:
    """Return the columns an Ads report is asked for: those its table keeps."""
    if report.source is not Source.ADS:
        return ()
    return tuple(column.header for column in report.tables[0].document_columns)
