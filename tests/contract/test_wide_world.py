"""The product's readers take every document of the wide world whole, and both routes to a day's figures bring the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.registry import REPORTS
from sellerwatch.simulator.ports import ReportRequest
from sellerwatch.simulator.world.wide import WideWorld, wide_sellers

NOW = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
DAY = Days(date(2026, 11, 14), date(2026, 11, 14))
WEEK = Days(date(2026, 11, 9), date(2026, 11, 15))
BY_DAY_AND_CHILD = {"dateGranularity": "DAY", "asinGranularity": "CHILD"}


@pytest.fixture(scope="module")
def world():
    return WideWorld(wide_sellers(2))


def parsed(world, name, code, days, **options):
    """Render a report of the second seller and read it with the product's reader."""
    report = REPORTS[name]
    start, end = (datetime.combine(day, time.min, UTC) for day in (days.first, days.last))
    place, seller = BY_CODE[code], world.sellers[1]
    document = world.render(ReportRequest(seller.seller_id, report.amazon_type, (place.id,), start, end, options, NOW))
    found = report.parse(document.body, DocumentContext(place, document.content_type, days, NOW))
    assert (document.status, found.skipped, found.unknown_columns) == ("DONE", (), ())
    return found.frames


def asins_of(world, code):
    return sorted(parsed(world, "merchant_listings", code, DAY)["merchant_listing"]["asin"])


@pytest.mark.parametrize("code", ["US", "CA", "MX"])
def test_the_listings_name_three_hundred_products(world, code):
    asins = asins_of(world, code)

    assert len(set(asins)) == len(asins) == 300
    assert all(asin.startswith("B0W02") and len(asin) == 10 for asin in asins)


@pytest.mark.parametrize("code", ["US", "CA", "MX"])
def test_a_day_by_child_has_every_product_and_adds_up_to_the_day(world, code):
    frames = parsed(world, "sales_traffic", code, DAY, **BY_DAY_AND_CHILD)

    (whole,) = frames["sales_traffic_day"].to_dict("records")
    products = frames["sales_traffic_asin_day"]
    assert sorted(products["child_asin"]) == asins_of(world, code)
    assert set(products["currency"]) == {whole["currency"]} == {BY_CODE[code].currency}
    for name in ("units_ordered", "order_items", "sessions", "page_views", "ordered_product_sales_amount"):
        assert products[name].sum() == whole[name] > 0, name


def test_data_kiosk_and_the_daily_report_tell_the_same_of_every_product_and_day(world):
    asins = asins_of(world, "CA")[30:60]

    trends = parsed(world, "sales_traffic_trends", "CA", WEEK, date="DAY", asins=" ".join(asins))[
        "sales_traffic_trends_asin_day"
    ]
    for day in WEEK:
        daily = parsed(world, "sales_traffic", "CA", Days(day, day), **BY_DAY_AND_CHILD)["sales_traffic_asin_day"]
        shared = [name for name in daily.columns if name in trends.columns and name != "line"]
        of_day = trends[trends["sold_on"] == day].set_index("child_asin")[[name for name in shared if name != "child_asin"]]
        same = daily[daily["child_asin"].isin(asins)].set_index("child_asin")[of_day.columns]
        assert len(same) == 30
        assert of_day.sort_index().equals(same.sort_index())


def test_a_report_over_a_range_has_each_day_and_no_day_that_is_not_over(world):
    frames = parsed(world, "sales_traffic", "US", Days(date(2026, 11, 14), date(2026, 11, 17)), **BY_DAY_AND_CHILD)

    assert [str(day) for day in frames["sales_traffic_day"]["sold_on"]] == ["2026-11-14", "2026-11-15", "2026-11-16"]
