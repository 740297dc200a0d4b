"""The product's readers take every document of the simulated Data Kiosk and Ads API: whole, known columns, nothing set aside."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days
from sellerwatch.reports.contract import Source
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.registry import REPORTS
from sellerwatch.simulator.amazon.ads_types import ADS_REPORTS
from sellerwatch.simulator.amazon.kiosk_schema import QUERIES
from sellerwatch.simulator.ports import ReportRequest
from sellerwatch.simulator.world.sellers import CASCADE

US = BY_CODE["US"]
DAYS = Days(date(2026, 11, 14), date(2026, 11, 16))
NOW = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
BY_SOURCE = {
    source: {report.name: report for report in REPORTS.values() if report.source is source}
    for source in (Source.ADS, Source.DATA_KIOSK)
}


def rendered(world, kind, **options):
    start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (DAYS.first, DAYS.last))
    return world.render(ReportRequest(CASCADE.seller_id, kind, (US.id,), start, end, options, NOW))


def read_whole(report, body, content_type):
    parsed = report.parse(body, DocumentContext(US, content_type, DAYS, NOW))

    assert parsed.skipped == ()
    assert parsed.unknown_columns == ()
    assert set(parsed.frames) == {table.name for table in report.tables}
    assert all(len(frame) for frame in parsed.frames.values())
    return parsed


@pytest.mark.parametrize("name", BY_SOURCE[Source.ADS])
def test_ads_reports_are_read_with_every_column_the_reader_knows(demo_world, name):
    report = BY_SOURCE[Source.ADS][name]
    columns = [column.header for table in report.tables for column in table.columns if column.header]
    kind = ADS_REPORTS[report.amazon_type]

    document = rendered(demo_world, report.amazon_type, timeUnit="DAILY", groupBy=next(iter(kind.groups)))
    rows = [{column: row.get(column) for column in columns} for row in json.loads(document.body)]

    assert set(columns) <= kind.columns.union(*kind.groups.values()), "the API would refuse the order"
    assert [column for column in columns if all(row[column] is None for row in rows)] == []
    read_whole(report, json.dumps(rows).encode(), document.content_type)


@pytest.mark.parametrize("name", BY_SOURCE[Source.DATA_KIOSK])
def test_data_kiosk_s_rows_are_read(demo_world, name):
    report = BY_SOURCE[Source.DATA_KIOSK][name]
    cut = {"economics": {"productId": "MSKU"}}.get(name, {"asins": "B0SIMS9000 B0SIMS9001 B0SIMC0003"})

    document = rendered(demo_world, report.amazon_type, date="DAY", **cut)

    assert report.amazon_type in QUERIES
    parsed = read_whole(report, document.body, document.content_type)
    assert parsed.row_count >= len(DAYS)
