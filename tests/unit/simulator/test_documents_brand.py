"""Brand analytics, promotion and coupon documents follow from the world's orders and traffic, and refuse what Amazon refuses."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, start_of_day
from sellerwatch.simulator.documents.brand_periods import BRAND_PERIODS
from sellerwatch.simulator.documents.search_funnel import QUERY_SHARES, SPEEDS, queries_of
from sellerwatch.simulator.ports import ReportRequest
from sellerwatch.simulator.world.sellers import ALPINE, SELLERS

REPEAT = "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT"
QUERIES = "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT"
CATALOG = "GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT"
PROMOTIONS = "GET_PROMOTION_PERFORMANCE_REPORT"
COUPONS = "GET_COUPON_PERFORMANCE_REPORT"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
NIGHT = date(2026, 11, 17)
WEEK = Days(date(2026, 11, 1), date(2026, 11, 7))

PERCENTS = {"SameDay": 50, "OneDay": 30, "TwoDay": 20}


def ask(report_type: str, code: str, now: datetime, start=None, end=None, **options: str) -> ReportRequest:
    market = BY_CODE[code]
    seller = next(item for item in SELLERS if market.id in item.marketplace_ids)
    return ReportRequest(seller.seller_id, report_type, (market.id,), start, end, options, now)


def at(code: str, day: date, hours: float) -> datetime:
    return start_of_day(day, BY_CODE[code].zone) + timedelta(hours=hours)


def utc(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def brand(report_type: str, code: str, days: Days, **options: str) -> ReportRequest:
    return ask(report_type, code, at(code, NIGHT, 6), utc(days.first), utc(days.last), **{"reportPeriod": "WEEK", **options})


def starts(report_type: str, code: str, now: datetime, first: str, last: str) -> ReportRequest:
    kind = {PROMOTIONS: "promotionStartDate", COUPONS: "couponStartDate"}[report_type]
    return ask(report_type, code, now, **{f"{kind}From": first, f"{kind}To": last})


def document(world, request: ReportRequest) -> dict:
    rendered = world.render(request)
    assert rendered.status == "DONE", rendered.body
    assert rendered.content_type == "application/json;charset=UTF-8"
    return json.loads(rendered.body)


def order_rows(world, code: str, days: Days) -> list[dict[str, str]]:
    now = at(code, days.last, 24 * 5)
    body = world.render(ask(ORDERS, code, now, at(code, days.first, 0), at(code, days.last, 24))).body
    text = io.StringIO(body.decode("utf-8" if code == "US" else "cp1252"), newline="")
    return [
        row for row in csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE) if row["item-price"] not in {"", "0.00"}
    ]


@pytest.fixture(scope="module")
def catalog(world) -> dict[str, dict]:
    return {row["asin"]: row for row in document(world, brand(CATALOG, "US", WEEK))["dataByAsin"]}


# --- periods


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("WEEK", date(2026, 11, 1), date(2026, 11, 7)),
        ("MONTH", date(2026, 10, 1), date(2026, 10, 31)),
        ("QUARTER", date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_every_period_is_served_whole(world, period, first, last):
    found = document(world, brand(REPEAT, "UK", Days(first, last), reportPeriod=period))
    assert BRAND_PERIODS[period](last) == Days(first, last)
    assert {(row["startDate"], row["endDate"]) for row in found["dataByAsin"]} == {(first.isoformat(), last.isoformat())}
    assert found["reportSpecification"]["dataStartTime"] == first.isoformat()
    assert found["reportSpecification"]["reportOptions"] == {"reportPeriod": period}


@pytest.mark.parametrize("report_type", [REPEAT, QUERIES, CATALOG])
@pytest.mark.parametrize(
    ("first", "last", "options", "word"),
    [
        (date(2026, 11, 2), date(2026, 11, 8), {}, b"first and the last day"),
        (date(2026, 11, 1), date(2026, 11, 6), {}, b"first and the last day"),
        (date(2026, 11, 15), date(2026, 11, 21), {}, b"has not ended"),
        (date(2026, 11, 1), date(2026, 11, 7), {"reportPeriod": "DAY"}, b"reportPeriod"),
        (date(2026, 11, 1), date(2026, 11, 7), {"reportPeriod": ""}, b"reportPeriod"),
    ],
)
def test_other_periods_are_fatal_with_a_reason(world, report_type, first, last, options, word):
    request = brand(report_type, "US", Days(first, last), asin="B0SIMC0001", **options)
    rendered = world.render(request)
    assert rendered.status == "FATAL"
    assert word in rendered.body


def test_periods_need_both_dates(world):
    assert b"required" in world.render(ask(REPEAT, "US", at("US", NIGHT, 6), reportPeriod="WEEK")).body


# --- repeat purchase


def test_orders_per_product_are_those_of_the_orders(world):
    found = {row["asin"]: row for row in document(world, brand(REPEAT, "US", WEEK))["dataByAsin"]}
    orders: dict[str, set[str]] = {}
    cents: Counter[str] = Counter()
    for row in order_rows(world, "US", WEEK):
        orders.setdefault(row["asin"], set()).add(row["amazon-order-id"])
        cents[row["asin"]] += round(float(row["item-price"]) * 100)
    assert {asin: row["orders"] for asin, row in found.items()} == {asin: len(ids) for asin, ids in orders.items()}
    for asin, row in found.items():
        assert row["uniqueCustomers"] <= row["orders"]
        assert 0 <= row["repeatCustomersPctTotal"] <= 1
        assert row["repeatPurchaseRevenue"]["currencyCode"] == "USD"
        share = row["repeatPurchaseRevenue"]["amount"] * 100 / cents[asin]
        assert row["repeatPurchaseRevenuePctTotal"] == pytest.approx(share, abs=0.0001)


def test_several_periods_give_rows_of_each(world):
    found = document(world, brand(REPEAT, "US", Days(date(2026, 10, 25), WEEK.last)))["dataByAsin"]
    assert {row["startDate"] for row in found} == {"2026-10-25", "2026-11-01"}
    assert [row for row in found if row["startDate"] == "2026-11-01"] == document(world, brand(REPEAT, "US", WEEK))[
        "dataByAsin"
    ]


# --- search


def test_catalog_counts_stay_below_sessions_and_units(world, catalog):
    now = at("US", NIGHT, 6)
    traffic = document(world, ask(TRAFFIC, "US", now, utc(WEEK.first), utc(WEEK.last), asinGranularity="CHILD"))
    known = {row["childAsin"]: row for row in traffic["salesAndTrafficByAsin"]}
    assert len(catalog) > 90
    assert set(catalog) <= set(known)
    assert all(known[asin]["trafficByAsin"]["sessions"] < 2 * len(WEEK) for asin in set(known) - set(catalog))
    for asin, row in catalog.items():
        assert row["clickData"]["clickCount"] <= known[asin]["trafficByAsin"]["sessions"]
        assert row["purchaseData"]["purchaseCount"] <= known[asin]["salesByAsin"]["unitsOrdered"]
        sales = known[asin]["salesByAsin"]["orderedProductSales"]["amount"]
        assert row["purchaseData"]["searchTrafficSales"]["amount"] <= sales
    total = sum(row["purchaseData"]["purchaseCount"] for row in catalog.values())
    items = sum(row["salesByAsin"]["totalOrderItems"] for row in known.values())
    assert 0.5 < total / items < 0.7


def test_a_funnel_narrows_and_its_rates_are_fractions(catalog):
    for row in catalog.values():
        counts = [
            row["impressionData"]["impressionCount"],
            row["clickData"]["clickCount"],
            row["cartAddData"]["cartAddCount"],
            row["purchaseData"]["purchaseCount"],
        ]
        assert counts == sorted(counts, reverse=True)
        assert row["clickData"]["clickRate"] == pytest.approx(counts[1] / counts[0], abs=0.0001)
        assert row["purchaseData"]["conversionRate"] == pytest.approx(counts[3] / counts[1] if counts[1] else 0, abs=0.0001)


def test_shares_of_speeds_and_queries_do_not_exceed_the_whole():
    assert sum(percent for _, percent in SPEEDS) == 100
    assert sum(percent for percent, _ in QUERY_SHARES) <= 100
    assert all(others >= 1 for _, others in QUERY_SHARES)


def test_catalog_keeps_the_products_asked_for(world, catalog):
    wanted = sorted(catalog)[:2]
    found = document(world, brand(CATALOG, "US", WEEK, asins=f"{' '.join(wanted)} B0NOTMINE0"))["dataByAsin"]
    assert found == [catalog[asin] for asin in wanted]


def test_queries_of_a_product_add_up_to_less_than_its_catalog_row(world, catalog):
    wanted = sorted(catalog)[:12]
    found = document(world, brand(QUERIES, "US", WEEK, asin=" ".join(wanted)))["dataByAsin"]
    for asin in wanted:
        own = [row for row in found if row["asin"] == asin]
        for stage, count in (
            ("impression", "Impression"),
            ("click", "Click"),
            ("cartAdd", "CartAdd"),
            ("purchase", "Purchase"),
        ):
            whole = catalog[asin][f"{stage}Data"][f"{stage}Count"]
            assert sum(row[f"{stage}Data"][f"asin{count}Count"] for row in own) <= whole
        assert [row["searchQueryData"]["searchQueryScore"] for row in own] == list(range(1, len(own) + 1))


def test_a_query_has_the_same_totals_for_every_product_and_shares_below_one(world, catalog):
    family = [asin for asin in sorted(catalog) if asin.startswith("B0SIMC000")][:8]
    found = document(world, brand(QUERIES, "US", WEEK, asin=" ".join([*family, "B0NOTMINE0"])))["dataByAsin"]
    totals: dict[str, set[tuple[int, ...]]] = {}
    for row in found:
        click = row["clickData"]
        assert 0 < click["asinClickShare"] <= 1
        assert click["asinClickCount"] <= click["totalClickCount"]
        assert row["purchaseData"]["asinPurchaseCount"] <= row["purchaseData"]["totalPurchaseCount"]
        counts = (
            row["searchQueryData"]["searchQueryVolume"],
            click["totalClickCount"],
            row["impressionData"]["totalQueryImpressionCount"],
        )
        totals.setdefault(row["searchQueryData"]["searchQuery"], set()).add(counts)
    assert {"garden hose", "garden hose black", "cascade garden hose"} <= set(totals)
    assert all(len(found) == 1 for found in totals.values())
    assert len(found) > len(totals)


def test_search_rows_have_amazons_fields(world, catalog):
    asin = min(catalog)
    row = document(world, brand(QUERIES, "US", WEEK, asin=asin))["dataByAsin"][0]
    assert set(row) == {
        "startDate", "endDate", "asin", "searchQueryData", "impressionData", "clickData", "cartAddData", "purchaseData",
    }  # fmt: skip
    speeds = {f"total{speed}ShippingClickCount" for speed in PERCENTS}
    assert set(row["clickData"]) == {
        "totalClickCount", "totalClickRate", "asinClickCount", "asinClickShare", "totalMedianClickPrice", "asinMedianClickPrice", *speeds,
    }  # fmt: skip
    assert set(catalog[asin]["purchaseData"]) == {
        "purchaseCount", "searchTrafficSales", "conversionRate", "purchaseMedianPrice",
        "sameDayShippingPurchaseCount", "oneDayShippingPurchaseCount", "twoDayShippingPurchaseCount",
    }  # fmt: skip


def test_search_reports_refuse_missing_or_too_many_products_and_several_periods(world):
    assert b"asin is required" in world.render(brand(QUERIES, "US", WEEK)).body
    assert b"200 characters" in world.render(brand(QUERIES, "US", WEEK, asin="B0SIMC0001 " * 19)).body
    assert b"multiple periods" in world.render(brand(CATALOG, "US", Days(date(2026, 10, 25), WEEK.last))).body


# --- promotions


@pytest.mark.parametrize("report_type", [PROMOTIONS, COUPONS])
def test_missing_or_unreadable_options_are_fatal_with_amazons_text(world, report_type):
    kind = "promotion" if report_type == PROMOTIONS else "coupon"
    text = (
        f"Please provide report options {kind}StartDateFrom and {kind}StartDateTo in the standard ISO-8601 zoned date and time "
        'format. For example: "2011-12-03T10:15:30Z".'
    )
    now = at("US", NIGHT, 6)
    for first, last in (("2026-11-01", "2026-11-30T00:00:00Z"), ("soon", "later"), ("2026-11-01T00:00:00Z", "")):
        rendered = world.render(starts(report_type, "US", now, first, last))
        assert (rendered.status, rendered.body.decode()) == ("FATAL", text)
    assert world.render(ask(report_type, "US", now)).body.decode() == text


def test_promotions_sold_what_the_orders_say(world):
    now = at("US", NIGHT, 6)
    found = document(world, starts(PROMOTIONS, "US", now, "2026-10-01T00:00:00Z", "2026-11-10T00:00:00Z"))["promotions"]
    assert len(found) >= 3
    checked = found[-1]
    first = datetime.fromisoformat(checked["startDateTime"]).astimezone(BY_CODE["US"].zone)
    last = datetime.fromisoformat(checked["endDateTime"]).astimezone(BY_CODE["US"].zone)
    assert first.time().isoformat() == "00:00:00"
    assert last.time().isoformat() == "23:59:59"
    units: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for row in order_rows(world, "US", Days(first.date(), last.date())):
        units[row["asin"]] += int(row["quantity"])
        cents[row["asin"]] += round(float(row["item-price"]) * 100)
    for product in checked["includedProducts"]:
        assert product["productUnitsSold"] == units[product["asin"]]
        assert round(product["productRevenue"] * 100) == cents[product["asin"]]
    for promotion in found:
        assert promotion["unitsSold"] == sum(item["productUnitsSold"] for item in promotion["includedProducts"]) > 0
        assert promotion["glanceViews"] == sum(item["productGlanceViews"] for item in promotion["includedProducts"])
        assert promotion["revenue"] == pytest.approx(sum(item["productRevenue"] for item in promotion["includedProducts"]))
    assert {promotion["type"] for promotion in found} == {"BEST_DEAL", "PRICE_DISCOUNT"}
    assert len({promotion["promotionId"] for promotion in found}) == len(found)


def test_a_running_promotion_counts_to_yesterday_and_a_coming_one_nothing(world):
    starts_on = ("2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z")
    now = at("US", date(2026, 11, 14), 6)
    early = document(world, starts(PROMOTIONS, "US", now, *starts_on))["promotions"]
    late = document(world, starts(PROMOTIONS, "US", at("US", date(2026, 12, 2), 6), *starts_on))["promotions"]
    assert [item["promotionId"] for item in early] == [item["promotionId"] for item in late]
    running = [
        (one["unitsSold"], other["unitsSold"])
        for one, other in zip(early, late, strict=True)
        if one["startDateTime"] < "2026-11-14T08" < one["endDateTime"]
    ]
    coming = [one["unitsSold"] for one in early if one["startDateTime"] > "2026-11-14"]
    assert running
    assert all(0 < one < other for one, other in running)
    assert set(coming) == {0}


def test_promotions_of_two_marketplaces_stand_in_one_document(world):
    options = {"promotionStartDateFrom": "2026-10-01T00:00:00Z", "promotionStartDateTo": "2026-11-10T00:00:00Z"}
    request = ReportRequest(ALPINE.seller_id, PROMOTIONS, ALPINE.marketplace_ids, None, None, options, at("DE", NIGHT, 6))
    found = document(world, request)
    assert {item["marketplaceId"] for item in found["promotions"]} == set(ALPINE.marketplace_ids)
    assert found["reportSpecification"]["reportOptions"] == options


# --- coupons


def test_coupons_and_promotions_explain_every_discount(world):
    now = at("US", date(2026, 11, 10), 6)
    month = Days(date(2026, 10, 1), date(2026, 10, 31))
    found = document(world, starts(COUPONS, "US", now, "2026-10-01T00:00:00Z", "2026-10-31T00:00:00Z"))["coupons"]
    discounted = [row for row in order_rows(world, "US", month) if row["item-promotion-discount"]]
    five = [row for row in discounted if float(row["item-promotion-discount"]) / float(row["item-price"]) < 0.075]
    assert sum(coupon["redemptions"] for coupon in found) == len(five) > 20
    assert sum(coupon["totalDiscount"] for coupon in found) == pytest.approx(
        sum(float(row["item-promotion-discount"]) for row in five)
    )
    assert sum(coupon["sales"] for coupon in found) == pytest.approx(sum(float(row["item-price"]) for row in five))
    asins = {asin["asin"] for coupon in found for asin in coupon["asins"]}
    assert {row["asin"] for row in five} <= asins
    assert len({coupon["couponId"] for coupon in found}) == len(found) > 5


def test_a_coupons_budget_is_spent_by_discounts_and_fees(world):
    now = at("DE", NIGHT, 6)
    found = document(world, starts(COUPONS, "DE", now, "2026-09-30T00:00:00Z", "2026-11-30T00:00:00Z"))["coupons"]
    assert {coupon["startDateTime"] for coupon in found} == {"2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"}
    for coupon in found:
        assert coupon["budgetSpent"] == pytest.approx(coupon["totalDiscount"] + 0.6 * coupon["redemptions"])
        assert coupon["budgetRemaining"] == pytest.approx(coupon["budget"] - coupon["budgetSpent"])
        assert coupon["budgetPercentageUsed"] == pytest.approx(100 * coupon["budgetSpent"] / coupon["budget"], abs=0.01)
        assert (coupon["merchantId"], coupon["currencyCode"]) == (ALPINE.seller_id, "EUR")


def test_coupons_count_what_was_redeemed_by_now(world):
    window = ("2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z")
    early = document(world, starts(COUPONS, "US", at("US", date(2026, 11, 2), 6), *window))["coupons"]
    late = document(world, starts(COUPONS, "US", at("US", date(2026, 12, 3), 6), *window))["coupons"]
    assert sum(coupon["redemptions"] for coupon in early) < sum(coupon["redemptions"] for coupon in late)
    assert [coupon["couponId"] for coupon in early] == [coupon["couponId"] for coupon in late]


@pytest.mark.parametrize("title", ["Alder kettle", "Alder kettle, blue", 'Alder kettle, 5"', "--"])
def test_no_product_is_found_by_one_query_twice(title):
    queries = queries_of(SimpleNamespace(title=title))

    assert len(set(queries)) == len(queries) == len(QUERY_SHARES)
    assert all(queries)
