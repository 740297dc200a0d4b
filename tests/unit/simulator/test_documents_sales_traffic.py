"""The sales and traffic report: required fields, sums that agree, late traffic, and the requests Amazon refuses."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import start_of_day
from sellerwatch.simulator.documents.daily_figures import traffic_share
from sellerwatch.simulator.documents.report_periods import periods
from sellerwatch.simulator.ports import ReportRequest
from sellerwatch.simulator.world.catalogue import SimulatedWorld
from sellerwatch.simulator.world.sellers import ALPINE, SELLERS

TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
NIGHT = date(2026, 11, 17)


def ask(report_type: str, code: str, now: datetime, start=None, end=None, **options: str) -> ReportRequest:
    market = BY_CODE[code]
    seller = next(item for item in SELLERS if market.id in item.marketplace_ids)
    return ReportRequest(seller.seller_id, report_type, (market.id,), start, end, options, now)


def at(code: str, day: date, hours: float) -> datetime:
    return start_of_day(day, BY_CODE[code].zone) + timedelta(hours=hours)


def utc(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def traffic(world: SimulatedWorld, code: str, now: datetime, first: date, last: date, **options: str) -> dict:
    return json.loads(world.render(ask(TRAFFIC, code, now, utc(first), utc(last), **options)).body)


SALES_BY_DATE = {
    "orderedProductSales",
    "unitsOrdered",
    "totalOrderItems",
    "averageSalesPerOrderItem",
    "averageUnitsPerOrderItem",
    "averageSellingPrice",
    "unitsRefunded",
    "refundRate",
    "claimsGranted",
    "claimsAmount",
    "shippedProductSales",
    "unitsShipped",
    "ordersShipped",
}
TRAFFIC_BY_DATE = {
    "browserPageViews",
    "mobileAppPageViews",
    "pageViews",
    "browserSessions",
    "mobileAppSessions",
    "sessions",
    "buyBoxPercentage",
    "orderItemSessionPercentage",
    "unitSessionPercentage",
    "averageOfferCount",
    "averageParentItems",
    "feedbackReceived",
    "negativeFeedbackReceived",
    "receivedNegativeFeedbackRate",
}
TRAFFIC_BY_ASIN = {
    "browserSessions",
    "mobileAppSessions",
    "sessions",
    "browserSessionPercentage",
    "mobileAppSessionPercentage",
    "sessionPercentage",
    "browserPageViews",
    "mobileAppPageViews",
    "pageViews",
    "browserPageViewsPercentage",
    "mobileAppPageViewsPercentage",
    "pageViewsPercentage",
    "buyBoxPercentage",
    "unitSessionPercentage",
}


@pytest.mark.parametrize(
    ("granularity", "keys"),
    [("PARENT", {"parentAsin"}), ("CHILD", {"parentAsin", "childAsin"}), ("SKU", {"parentAsin", "childAsin", "sku"})],
)
def test_the_business_report_has_every_required_field(world, granularity, keys):
    report = traffic(world, "DE", at("DE", NIGHT, 5.5), date(2026, 11, 1), NIGHT, asinGranularity=granularity)
    assert report["reportSpecification"] == {
        "reportType": TRAFFIC,
        "reportOptions": {"dateGranularity": "DAY", "asinGranularity": granularity},
        "dataStartTime": "2026-11-01",
        "dataEndTime": "2026-11-17",
        "marketplaceIds": [BY_CODE["DE"].id],
    }
    for row in report["salesAndTrafficByDate"]:
        assert set(row) == {"date", "salesByDate", "trafficByDate"}
        assert set(row["salesByDate"]) == SALES_BY_DATE
        assert set(row["trafficByDate"]) == TRAFFIC_BY_DATE
        assert row["salesByDate"]["orderedProductSales"]["currencyCode"] == "EUR"
        assert 0 <= row["trafficByDate"]["buyBoxPercentage"] <= 100
    for row in report["salesAndTrafficByAsin"]:
        assert set(row) == keys | {"salesByAsin", "trafficByAsin"}
        assert set(row["salesByAsin"]) == {"unitsOrdered", "orderedProductSales", "totalOrderItems"}
        assert set(row["trafficByAsin"]) == TRAFFIC_BY_ASIN
        assert 0 <= row["trafficByAsin"]["buyBoxPercentage"] <= 100


def test_only_days_that_have_ended_are_reported(world):
    report = traffic(world, "US", at("US", NIGHT, 5.5), date(2026, 11, 15), date(2026, 11, 20))
    assert [row["date"] for row in report["salesAndTrafficByDate"]] == ["2026-11-15", "2026-11-16"]


def test_a_range_without_any_data_gives_empty_lists(world):
    for first, last in ((NIGHT, NIGHT), (date(2026, 5, 1), date(2026, 5, 2))):
        report = traffic(world, "US", at("US", NIGHT, 5.5), first, last)
        assert report["salesAndTrafficByDate"] == report["salesAndTrafficByAsin"] == []


def test_products_and_days_add_up_to_the_same_totals(world):
    report = traffic(world, "US", at("US", NIGHT, 5.5), date(2026, 11, 2), date(2026, 11, 8), asinGranularity="CHILD")
    days, products = report["salesAndTrafficByDate"], report["salesAndTrafficByAsin"]
    for part, twin, fields in (
        ("salesByDate", "salesByAsin", ("unitsOrdered", "totalOrderItems")),
        ("trafficByDate", "trafficByAsin", ("sessions", "pageViews", "browserSessions", "mobileAppPageViews")),
    ):
        for field in fields:
            assert sum(row[part][field] for row in days) == sum(row[twin][field] for row in products) > 0


def test_by_sku_nothing_without_orders_is_listed_and_by_child_it_is(world):
    span = (date(2026, 11, 9), date(2026, 11, 9))
    now = at("US", NIGHT, 5.5)
    by_sku = traffic(world, "US", now, *span, asinGranularity="SKU")["salesAndTrafficByAsin"]
    by_child = traffic(world, "US", now, *span, asinGranularity="CHILD")["salesAndTrafficByAsin"]
    by_parent = traffic(world, "US", now, *span)["salesAndTrafficByAsin"]
    assert all(row["salesByAsin"]["unitsOrdered"] for row in by_sku)
    assert any(not row["salesByAsin"]["unitsOrdered"] for row in by_child)
    assert len(by_parent) < len(by_child)


def test_yesterday_has_sales_and_no_traffic_at_first_then_all_of_it(world):
    day = date(2026, 11, 16)
    seen = []
    for hours in (5.5, 12, 36, 80, 200):
        row = traffic(world, "US", at("US", NIGHT, hours), day, day)["salesAndTrafficByDate"][0]
        seen.append((row["trafficByDate"]["sessions"], row["salesByDate"]["unitsOrdered"]))
    sessions, units = [item[0] for item in seen], [item[1] for item in seen]
    assert sessions[0] == 0 < sessions[1] < sessions[2] < sessions[3] == sessions[4]
    assert 0.9 * units[4] < units[0] < units[3] == units[4]
    assert units == sorted(units)


def test_traffic_is_complete_after_three_days():
    assert [traffic_share(timedelta(hours=hours)) for hours in (5, 6, 24, 72)] == [0, 70, 98, 100]


def test_weeks_run_from_sunday_to_saturday_and_months_are_whole():
    weeks = list(periods(date(2026, 11, 11), date(2026, 11, 16), "WEEK"))
    assert [str(item) for item in weeks] == ["2026-11-08..2026-11-14", "2026-11-15..2026-11-21"]
    assert [str(item) for item in periods(date(2026, 11, 11), date(2026, 11, 11), "MONTH")] == ["2026-11-01..2026-11-30"]


def test_weekly_rows_sum_the_days_of_the_whole_week(world):
    now = at("DE", NIGHT, 24 * 7)
    days = traffic(world, "DE", now, date(2026, 11, 8), date(2026, 11, 14))["salesAndTrafficByDate"]
    weeks = traffic(world, "DE", now, date(2026, 11, 11), date(2026, 11, 11), dateGranularity="WEEK")["salesAndTrafficByDate"]
    assert [row["date"] for row in weeks] == ["2026-11-08"]
    assert weeks[0]["salesByDate"]["unitsOrdered"] == sum(row["salesByDate"]["unitsOrdered"] for row in days)


def test_a_start_more_than_two_years_ago_is_cancelled(world):
    assert world.render(ask(TRAFFIC, "US", at("US", NIGHT, 5), utc(date(2024, 11, 1)), utc(NIGHT))).status == "CANCELLED"


def test_several_marketplaces_or_unknown_options_are_fatal(world):
    now = at("DE", NIGHT, 5)
    both = ReportRequest(ALPINE.seller_id, TRAFFIC, ALPINE.marketplace_ids, utc(NIGHT), utc(NIGHT), {}, now)
    assert world.render(both).status == "FATAL"
    assert world.render(ask(TRAFFIC, "DE", now, dateGranularity="HOUR")).status == "FATAL"
    assert world.render(ask(TRAFFIC, "DE", now, asinGranularity="BRAND")).status == "FATAL"
