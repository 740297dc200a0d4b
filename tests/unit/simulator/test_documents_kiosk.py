"""Data Kiosk's rows agree with the reports, the settlement and the ads of the same world, and fit Amazon's schemas."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, start_of_day
from sellerwatch.simulator.amazon.kiosk_schema import QUERIES, TYPES
from sellerwatch.simulator.documents.kiosk_periods import inner_periods
from sellerwatch.simulator.documents.ranges import asked_days
from sellerwatch.simulator.documents.rendering import OTHER_APIS
from sellerwatch.simulator.documents.settlement_postings import Period, other_postings, trade_postings
from sellerwatch.simulator.ports import ReportRequest
from sellerwatch.simulator.world.catalogue import build_world
from sellerwatch.simulator.world.sellers import SELLERS

ECONOMICS = "analytics_economics_2024_03_15.economics"
TRENDS = "analytics_salesAndTraffic_2024_04_24.salesAndTrafficTrends"
BY_ASIN = "analytics_salesAndTraffic_2024_04_24.salesAndTrafficByAsin"
BY_DATE = "analytics_salesAndTraffic_2024_04_24.salesAndTrafficByDate"
REPORT = "GET_SALES_AND_TRAFFIC_REPORT"
CODES = ("US", "DE", "UK")
SHARED_SALES = ("unitsOrdered", "totalOrderItems", "orderedProductSales")


@pytest.fixture(scope="module")
def world():
    return build_world()


def utc(day):
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def ask(world, kind, code, first, last, *, now, **options):
    market = BY_CODE[code]
    seller = next(item for item in SELLERS if market.id in item.marketplace_ids)
    rendered = world.render(ReportRequest(seller.seller_id, kind, (market.id,), utc(first), utc(last), options, now))
    assert rendered.status == "DONE"
    return rendered.body


def rows_of(world, kind, code, first, last, *, now, **options):
    return [json.loads(line) for line in ask(world, kind, code, first, last, now=now, **options).splitlines()]


def report_of(world, code, first, last, *, now, **options):
    return json.loads(ask(world, REPORT, code, first, last, now=now, **options))


def after(code, day, **age):
    """Return the instant so long after the local day has ended."""
    return start_of_day(day + timedelta(days=1), BY_CODE[code].zone) + timedelta(**age)


def cents(amount):
    return round(amount["amount"] * 100)


def economics_of(world, code, first, last, *, now, date="DAY", productId="MSKU", **options):  # noqa: N803  Amazon's words
    return rows_of(world, ECONOMICS, code, first, last, now=now, date=date, productId=productId, **options)


def charges(row):
    """Return every fee and ad of a row in cents, by name."""
    fees = {fee["feeTypeName"]: cents(fee["charges"][0]["aggregatedDetail"]["totalAmount"]) for fee in row["fees"]}
    return fees | {item["adTypeName"]: cents(item["charge"]["totalAmount"]) for item in row["ads"]}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("age", [{"hours": 5.5}, {"hours": 30}, {"days": 9}], ids=["zeros first", "partly", "final"])
def test_trends_show_what_the_report_shows_of_each_child_asin_and_day(world, code, age):
    last = date(2026, 11, 16)
    now, first = after(code, last, **age), last - timedelta(days=2)
    days = list(Days(first, last))
    reports = {day: report_of(world, code, day, day, now=now, asinGranularity="CHILD")["salesAndTrafficByAsin"] for day in days}
    asins = sorted({row["childAsin"] for rows in reports.values() for row in rows})[:30]

    trends = rows_of(world, TRENDS, code, first, last, now=now, date="DAY", productId="CHILD", asins=" ".join(asins))

    shown = {
        (row["startDate"], row["childAsin"]): (
            {name: row["sales"][name] for name in SHARED_SALES},
            row["traffic"],
            row["parentAsin"],
        )
        for row in trends
    }
    expected = {
        (day.isoformat(), row["childAsin"]): (row["salesByAsin"], row["trafficByAsin"], row["parentAsin"])
        for day, rows in reports.items()
        for row in rows
        if row["childAsin"] in asins
    }
    assert shown == expected
    assert len(trends) == len(shown) > 40
    assert {row["asinAggregation"] for row in trends} == {"CHILD"}
    if age == {"hours": 5.5}:
        assert all(row["traffic"]["sessions"] == 0 for row in trends if row["startDate"] == last.isoformat())


def test_rows_by_date_and_by_product_are_the_report_s(world):
    first, last = date(2026, 11, 8), date(2026, 11, 14)
    now = after("DE", last, days=5)
    report = report_of(world, "DE", first, last, now=now, asinGranularity="SKU")

    by_date = rows_of(world, BY_DATE, "DE", first, last, now=now, date="DAY")
    by_week = rows_of(world, BY_DATE, "DE", first, last, now=now, date="WEEK")
    by_sku = rows_of(world, BY_ASIN, "DE", first, last, now=now, productId="SKU")

    assert [(row["startDate"], row["sales"], row["traffic"]) for row in by_date] == [
        (row["date"], row["salesByDate"], row["trafficByDate"]) for row in report["salesAndTrafficByDate"]
    ]
    weekly = report_of(world, "DE", first, last, now=now, dateGranularity="WEEK")["salesAndTrafficByDate"]
    assert [(row["sales"], row["traffic"]) for row in by_week] == [(row["salesByDate"], row["trafficByDate"]) for row in weekly]
    assert [(row["sku"], row["sales"]["unitsOrdered"], row["traffic"]) for row in by_sku] == [
        (row["sku"], row["salesByAsin"]["unitsOrdered"], row["trafficByAsin"]) for row in report["salesAndTrafficByAsin"]
    ]
    assert sum(row["sales"]["unitsShipped"] for row in by_sku) <= sum(row["sales"]["unitsShipped"] for row in by_date)
    assert {(row["startDate"], row["endDate"]) for row in by_sku} == {("2026-11-08", "2026-11-14")}


def test_no_asin_asked_for_is_no_row_and_the_running_day_has_none(world):
    day = date(2026, 11, 16)
    noon = after("US", day, hours=12)
    everything = {"date": "DAY", "productId": "CHILD"}

    assert rows_of(world, TRENDS, "US", day, day, now=noon, asins="", **everything) == []
    tomorrow = day + timedelta(days=1)
    assert rows_of(world, TRENDS, "US", tomorrow, tomorrow, now=noon, asins="B0SIMS9000", **everything) == []
    assert economics_of(world, "US", tomorrow, tomorrow, now=noon) == []


@pytest.mark.parametrize(
    ("granularity", "first", "last", "expected"),
    [
        ("WEEK", "2026-11-03", "2026-11-20", [("2026-11-08", "2026-11-14")]),
        ("WEEK", "2026-11-01", "2026-11-14", [("2026-11-01", "2026-11-07"), ("2026-11-08", "2026-11-14")]),
        ("WEEK", "2026-11-02", "2026-11-13", []),
        ("MONTH", "2026-09-02", "2026-11-29", [("2026-10-01", "2026-10-31")]),
        ("DAY", "2026-11-01", "2026-11-01", [("2026-11-01", "2026-11-01")]),
        ("RANGE", "2026-11-02", "2026-11-13", [("2026-11-02", "2026-11-13")]),
    ],
)
def test_weeks_and_months_shrink_inward(granularity, first, last, expected):
    found = inner_periods(date.fromisoformat(first), date.fromisoformat(last), granularity)

    assert [(cut.first.isoformat(), cut.last.isoformat()) for cut in found] == expected


@pytest.mark.parametrize("code", CODES)
def test_economics_sell_what_the_sales_report_sells(world, code):
    last = date(2026, 11, 16)
    now, first = after(code, last, hours=5.5), last - timedelta(days=4)
    economics = economics_of(world, code, first, last, now=now)

    sold = Counter()
    for row in economics:
        sold[row["startDate"], row["childAsin"], "units"] += row["sales"]["unitsOrdered"]
        sold[row["startDate"], row["childAsin"], "cents"] += cents(row["sales"]["orderedProductSales"])
    reported = Counter()
    for day in Days(first, last):
        for row in report_of(world, code, day, day, now=now, asinGranularity="CHILD")["salesAndTrafficByAsin"]:
            reported[day.isoformat(), row["childAsin"], "units"] += row["salesByAsin"]["unitsOrdered"]
            reported[day.isoformat(), row["childAsin"], "cents"] += cents(row["salesByAsin"]["orderedProductSales"])
    assert +sold == +reported
    assert sum(sold.values()) > 0


SETTLED = {
    "FBAPerUnitFulfillmentFee": "FBA fulfillment fees",
    "Commission": "Referral fees",
    "RefundCommission": "Refund administration fees",
    "Storage Fee": "FBA storage fees",
    "FBAInboundTransportationFee": "FBA inbound transportation fees",
    "DisposalComplete": "FBA disposal fees",
}


@pytest.mark.parametrize("code", ["US", "DE"])
def test_economics_charge_and_refund_what_the_settlement_posts(world, code):
    market, first, last = BY_CODE[code], date(2026, 10, 30), date(2026, 11, 9)
    now = after(code, last, days=3)
    period = Period(world._books, market, start_of_day(first, market.zone), after(code, last))
    posted = Counter()
    by_sku = Counter()
    for posting in trade_postings(period):
        name = SETTLED.get(posting.description)
        if name:
            posted[name] -= posting.cents
            by_sku[posting.occasion.sku, name] -= posting.cents
        if (
            posting.description == "Principal"
            and posting.occasion.transaction == "Refund"
            and posting.amount_type == "ItemPrice"
        ):
            posted["refunded"] -= posting.cents
    for posting in other_postings(period):
        name = "ads" if posting.amount_type == "Cost of Advertising" else SETTLED.get(posting.description, "")
        posted[name] -= posting.cents

    charged, charged_by_sku = Counter(), Counter()
    for row in economics_of(world, code, first, last, now=now):
        for name, amount in charges(row).items():
            charged["ads" if name.endswith("charge") else name] += amount
            charged_by_sku[row["msku"], name] += amount
        charged["refunded"] += cents(row["sales"]["refundedProductSales"])
    assert charged == {name: posted[name] for name in charged}
    assert set(charged) == {*SETTLED.values(), "ads", "refunded"}
    assert {key: charged_by_sku[key] for key in by_sku} == by_sku


def test_proceeds_are_sales_less_charges_and_the_seller_s_own_costs(world):
    first, last = date(2026, 11, 7), date(2026, 11, 9)
    rows = economics_of(world, "US", first, last, now=after("US", last, days=2))

    with_costs = 0
    for row in rows:
        sales, cost = row["sales"], row["cost"]
        typed_in = [cost["costOfGoodsSold"], (cost["fbaCost"] or cost["mfnCost"]).get("shippingToAmazonCost")]
        typed_in += [(cost["mfnCost"] or {}).get("fulfillmentCost")]
        unit_cost = sum(cents(amount) for amount in typed_in if amount)
        with_costs += bool(unit_cost)
        expected = cents(sales["netProductSales"]) - sum(charges(row).values()) - unit_cost * sales["netUnitsSold"]
        assert cents(row["netProceeds"]["total"]) == expected
        assert sales["netUnitsSold"] == sales["unitsOrdered"] - sales["unitsRefunded"]
        assert cents(sales["netProductSales"]) == cents(sales["orderedProductSales"]) - cents(sales["refundedProductSales"])
    assert 0 < with_costs < len(rows)


def test_every_cut_of_economics_adds_up_to_the_same(world):
    first, last = date(2026, 11, 1), date(2026, 11, 14)
    now = after("UK", last, days=2)
    cuts = [("DAY", "MSKU"), ("WEEK", "CHILD_ASIN"), ("RANGE", "PARENT_ASIN"), ("RANGE", "MSKU")]

    totals = []
    for period, product in cuts:
        rows = economics_of(world, "UK", first, last, now=now, date=period, productId=product)
        total = Counter()
        for row in rows:
            total["units"] += row["sales"]["unitsOrdered"]
            total["proceeds"] += cents(row["netProceeds"]["total"])
            total.update(charges(row))
        totals.append(total)
        has = {"msku": product == "MSKU", "childAsin": product != "PARENT_ASIN", "parentAsin": True}
        assert {name: row[name] is not None for name in has for row in rows} == has
    assert totals == [totals[0]] * len(cuts)


def test_fees_are_broken_down_when_asked_for(world):
    day = date(2026, 11, 8)
    now = after("US", day, days=1)

    plain = economics_of(world, "US", day, day, now=now)
    broken = economics_of(world, "US", day, day, now=now, components="FBA_FULFILLMENT_FEE FBA_STORAGE_FEE")

    def components(rows):
        return {(fee["feeTypeName"], bool(fee["charges"][0]["components"])) for row in rows for fee in row["fees"]}

    fees = {"FBA fulfillment fees", "FBA storage fees"}
    assert {name for name, is_broken in components(plain) if is_broken} == set()
    assert {name for name, is_broken in components(broken) if is_broken} == fees, "storage is charged on the eighth"
    assert ("Referral fees", False) in components(broken)


PLAIN = {
    "String": str,
    "Date": str,
    "Long": int,
    "Float": (int, float),
    "AsinGranularity": str,
}


def check(value, kind, where):
    """Hold a value against the schema: never null where that is promised, objects with no field but their own."""
    if value is None:
        assert not kind.endswith("!"), where
        return
    kind = kind.rstrip("!")
    if kind.startswith("["):
        for item in value:
            check(item, kind[1:-1], where)
    elif kind in TYPES:
        assert set(value) <= set(TYPES[kind]), where
        for name, inner in TYPES[kind].items():
            check(value.get(name), inner, f"{where}.{name}")
    else:
        assert isinstance(value, PLAIN[kind]), where
        assert not isinstance(value, bool), where


def test_every_row_fits_amazon_s_schema(world):
    first, last = date(2026, 11, 7), date(2026, 11, 9)
    asked = {
        ECONOMICS: {"date": "DAY", "productId": "MSKU", "components": "FBA_FULFILLMENT_FEE"},
        TRENDS: {"date": "DAY", "productId": "CHILD", "asins": "B0SIMS9000 B0SIMS9001"},
        BY_ASIN: {"productId": "PARENT"},
        BY_DATE: {"date": "DAY"},
    }
    assert set(asked) == set(QUERIES)
    for kind, options in asked.items():
        rows = rows_of(world, kind, "US", first, last, now=after("US", last, days=1), **options)
        assert rows
        for row in rows:
            check(row, f"{QUERIES[kind].row}!", kind)


def test_every_query_of_the_schema_can_be_rendered():
    assert set(QUERIES) <= set(OTHER_APIS)


def test_a_request_without_days_is_a_mistake_of_the_simulator():
    with pytest.raises(ValueError, match="needs a first and a last day"):
        asked_days(ReportRequest("A1", ECONOMICS, (), None, None, {}, utc(date(2026, 11, 1))))
