"""Ads reports agree with each other, with the books and with the sales; they grow for two weeks. Also the inventory summaries."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, start_of_day
from sellerwatch.simulator.amazon.ads_types import ADS_REPORTS
from sellerwatch.simulator.documents.ad_days import counted_percent, split_cents
from sellerwatch.simulator.documents.ad_figures import split
from sellerwatch.simulator.documents.ads_reports import KINDS
from sellerwatch.simulator.ports import ReportRequest
from sellerwatch.simulator.world.catalogue import build_world
from sellerwatch.simulator.world.sellers import SELLERS

ECONOMICS = "analytics_economics_2024_03_15.economics"
FIRST, LAST = date(2026, 10, 12), date(2026, 10, 18)
CODES = ("US", "UK")


@pytest.fixture(scope="module")
def world():
    return build_world()


RENDERED = {}
"""What has been rendered: the world is the same for every test, and so are its bytes."""


def utc(day):
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def after(code, day, **age):
    return start_of_day(day + timedelta(days=1), BY_CODE[code].zone) + timedelta(**age)


def render(world, kind, code, *, now, first=FIRST, last=LAST, **options):
    market = BY_CODE[code]
    seller = next(item for item in SELLERS if market.id in item.marketplace_ids)
    request = ReportRequest(seller.seller_id, kind, (market.id,), utc(first), utc(last), options, now)
    key = (kind, code, now, first, last, *sorted(options.items()))
    if key not in RENDERED:
        RENDERED[key] = world.render(request)
    assert RENDERED[key].status == "DONE"
    return RENDERED[key]


def ads(world, kind, code="US", *, now=None, unit="DAILY", group="campaign", **days):
    now = now or after(code, LAST, days=20)
    return json.loads(render(world, kind, code, now=now, timeUnit=unit, groupBy=group, **days).body)


def cents(value):
    """Return an amount in cents, as the Ads API writes it or as Data Kiosk does."""
    return round(float(value["amount"] if isinstance(value, dict) else value) * 100)


def total(rows, *names):
    return {name: sum(cents(row[name]) for row in rows) for name in names}


SP_SUMS = (
    "impressions",
    "clicks",
    "cost",
    "purchases7d",
    "unitsSoldClicks14d",
    "sales1d",
    "sales14d",
    "attributedSalesSameSku14d",
)


@pytest.mark.parametrize("code", CODES)
def test_campaigns_products_and_search_terms_add_up_to_the_same(world, code):
    by_product = total(ads(world, "spAdvertisedProduct", code), *SP_SUMS)

    assert total(ads(world, "spCampaigns", code), *SP_SUMS) == by_product
    assert total(ads(world, "spCampaigns", code, unit="SUMMARY"), *SP_SUMS) == by_product
    assert total(ads(world, "spCampaigns", code, group="campaignPlacement"), *SP_SUMS) == by_product
    assert total(ads(world, "spSearchTerm", code), *SP_SUMS) == by_product
    display = ("impressions", "clicks", "cost", "purchases", "sales", "salesClicks")
    assert total(ads(world, "sdCampaigns", code), *display) == total(ads(world, "sdAdvertisedProduct", code), *display)
    assert by_product["sales14d"] > by_product["attributedSalesSameSku14d"] > 0


@pytest.mark.parametrize("code", CODES)
def test_spend_by_sku_adds_up_to_the_cost_of_advertising_in_the_books(world, code):
    now, market = after(code, LAST, days=20), BY_CODE[code]
    spent = Counter()
    for kind, name in (("spAdvertisedProduct", "advertisedSku"), ("sdAdvertisedProduct", "promotedSku")):
        for row in ads(world, kind, code):
            spent[row["date"], row[name]] += cents(row["cost"])
    brands = Counter()
    body = render(world, ECONOMICS, code, now=now, date="DAY", productId="MSKU").body
    for row in map(json.loads, body.splitlines()):
        for item in row["ads"]:
            if item["adTypeName"] == "Sponsored Brands charge":
                brands[row["startDate"]] += cents(item["charge"]["totalAmount"])
                spent[row["startDate"], row["msku"]] += cents(item["charge"]["totalAmount"])

    in_the_books = {
        (day.isoformat(), listing.sku): world._books.ad_cents(listing, day)
        for day in Days(FIRST, LAST)
        for listing in world._books.listings(market, day)
    }
    campaigns = Counter()
    for row in ads(world, "sbCampaigns", code):
        campaigns[row["date"]] += cents(row["cost"])
    assert spent == +Counter(in_the_books)
    assert campaigns == brands


@pytest.mark.parametrize("age", [{"hours": 5.5}, {"days": 2}])
def test_economics_charge_for_ads_what_the_ads_reports_show_at_any_moment(world, age):
    now = after("US", LAST, **age)
    names = {"spCampaigns": "Sponsored Products", "sbCampaigns": "Sponsored Brands", "sdCampaigns": "Sponsored Display"}

    charged = Counter()
    body = render(world, ECONOMICS, "US", now=now, date="RANGE", productId="PARENT_ASIN").body
    for row in map(json.loads, body.splitlines()):
        for item in row["ads"]:
            charged[item["adTypeName"]] += cents(item["charge"]["totalAmount"])

    assert charged == {f"{name} charge": total(ads(world, kind, now=now), "cost")["cost"] for kind, name in names.items()}


def test_sales_grow_for_two_weeks_after_the_click_and_then_stand(world):
    def sales(days):
        return total(ads(world, "spCampaigns", now=after("US", LAST, days=days)), "sales1d", "sales7d", "sales14d", "sales30d")

    seen = {days: sales(days) for days in (1, 4, 8, 15, 30)}

    assert seen[1]["sales14d"] < seen[4]["sales14d"] < seen[8]["sales14d"] < seen[15]["sales14d"]
    assert seen[15]["sales7d"] == seen[30]["sales7d"]
    final = seen[30]
    assert final["sales1d"] < final["sales7d"] < final["sales14d"] == final["sales30d"]


def test_a_day_that_has_just_ended_is_counted_in_part_and_the_running_day_not_at_all(world):
    early = ads(world, "spCampaigns", now=after("US", LAST, hours=5.5), first=LAST)
    late = ads(world, "spCampaigns", now=after("US", LAST, days=3), first=LAST)

    assert 0.75 < total(early, "cost")["cost"] / total(late, "cost")["cost"] < 0.81
    assert ads(world, "spCampaigns", now=after("US", LAST, hours=-3), first=LAST) == []
    assert [counted_percent(timedelta(hours=hours)) for hours in (-1, 0, 11, 12)] == [0, 80, 80, 100]


@pytest.mark.parametrize("code", CODES)
def test_ads_are_never_credited_with_more_than_was_sold(world, code):
    now, market = after(code, LAST, days=20), BY_CODE[code]
    last = LAST + timedelta(days=13)
    credited = total(ads(world, "spCampaigns", code), "sales14d")["sales14d"]
    credited += sum(total(ads(world, kind, code), "sales")["sales"] for kind in ("sbCampaigns", "sdCampaigns"))
    report = render(world, "GET_SALES_AND_TRAFFIC_REPORT", code, now=now, first=FIRST, last=last).body
    sold = sum(
        cents(row["salesByDate"]["orderedProductSales"]["amount"]) for row in json.loads(report)["salesAndTrafficByDate"]
    )

    assert 0 < credited < sold
    assert market.currency in report.decode()


def test_ratios_follow_from_the_sums_and_are_null_without_a_divisor(world):
    rows = ads(world, "spAdvertisedProduct")

    for row in rows:
        cost, sales = cents(row["cost"]), cents(row["sales7d"])
        assert float(row["costPerClick"]) == pytest.approx(cost / 100 / row["clicks"], abs=1e-3)
        assert (row["acosClicks7d"] is None) is (sales == 0)
        if sales:
            assert float(row["acosClicks7d"]) == pytest.approx(100 * cost / sales, abs=1e-3)
    assert {row["acosClicks7d"] is None for row in rows} == {True, False}


def test_ids_and_amounts_are_now_numbers_and_now_text(world):
    for kind in KINDS:
        rows = ads(world, kind)
        assert {type(row["campaignId"]) for row in rows} == {int, str}
        assert {type(row["cost"]) for row in rows} == {float, str}
        assert {type(row["clicks"]) for row in rows} == {int}


def test_a_campaign_has_one_name_and_a_row_for_each_of_its_days(world):
    rows = ads(world, "spCampaigns")

    names = {(int(row["campaignId"]), row["campaignName"]) for row in rows}
    assert len({campaign for campaign, _ in names}) == len(names)
    keys = Counter((row["date"], int(row["campaignId"])) for row in rows)
    assert set(keys.values()) == {1}
    summed = ads(world, "spCampaigns", unit="SUMMARY")
    assert {(row["startDate"], row["endDate"]) for row in summed} == {("2026-10-12", "2026-10-18")}
    assert "date" not in summed[0]


FILLED = {
    "spCampaigns": "campaignId campaignName campaignBudgetAmount impressions clicks cost spend purchases14d sales14d",
    "spAdvertisedProduct": "advertisedSku advertisedAsin adId adGroupId impressions clicks cost sales7d salesOtherSku7d",
    "spSearchTerm": "searchTerm keyword keywordId matchType targeting clicks cost purchases7d",
    "sbCampaigns": "campaignId costType impressions viewableImpressions clicks cost sales purchases newToBrandSales salesPromoted",
    "sdCampaigns": "campaignId impressions impressionsViews clicks cost sales salesClicks purchasesPromotedClicks",
    "sdAdvertisedProduct": "promotedSku promotedAsin adId impressions clicks cost sales unitsSold",
}


def test_every_report_type_has_its_own_columns_under_amazon_s_names(world):
    assert set(KINDS) == set(ADS_REPORTS) == set(FILLED)
    for kind, names in FILLED.items():
        known = ADS_REPORTS[kind].columns.union(*ADS_REPORTS[kind].groups.values())
        rows = ads(world, kind)
        assert set(names.split()) <= known
        assert all(row[name] is not None for row in rows for name in names.split())


def test_splits_add_up_to_the_whole():
    for whole in (0, 1, 7, 99, 12_345):
        assert sum(split_cents(whole).values()) == whole
        figures = Counter(clicks=whole, cents=3 * whole, purchases7=whole // 5)
        parts = list(split(figures, [55, 30, 15]))
        assert len(parts) == 3
        assert sum(parts, Counter()) == +figures


@pytest.mark.parametrize("code", CODES)
def test_inventory_summaries_show_the_stock_of_the_inventory_report(world, code):
    now = after(code, LAST, hours=14)
    summaries = json.loads(render(world, "getInventorySummaries", code, now=now).body)
    report = render(world, "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA", code, now=now)
    lines = csv.DictReader(io.StringIO(report.body.decode("cp1252")), delimiter="\t", quoting=csv.QUOTE_NONE)

    shown = {
        item["sellerSku"]: (
            item["asin"],
            item["fnSku"],
            item["inventoryDetails"]["fulfillableQuantity"],
            item["inventoryDetails"]["reservedQuantity"]["totalReservedQuantity"],
            item["inventoryDetails"]["unfulfillableQuantity"]["totalUnfulfillableQuantity"],
            item["inventoryDetails"]["inboundWorkingQuantity"],
            item["inventoryDetails"]["inboundShippedQuantity"],
            item["inventoryDetails"]["inboundReceivingQuantity"],
            item["totalQuantity"],
        )
        for item in summaries
    }
    columns = ("fulfillable", "reserved", "unsellable", "inbound-working", "inbound-shipped", "inbound-receiving", "total")
    assert shown == {
        row["sku"]: (row["asin"], row["fnsku"], *(int(row[f"afn-{name}-quantity"]) for name in columns)) for row in lines
    }
    assert len(summaries) >= 40


def test_a_summary_tells_when_its_stock_last_moved(world):
    now = after("US", LAST, hours=14)
    summaries = json.loads(render(world, "getInventorySummaries", "US", now=now).body)

    changed = {item["sellerSku"]: datetime.fromisoformat(item["lastUpdatedTime"]) for item in summaries}

    assert max(changed.values()) <= now
    assert len(set(changed.values())) > 2
    for item in summaries:
        if item["inventoryDetails"]["reservedQuantity"]["totalReservedQuantity"]:
            assert changed[item["sellerSku"]] > now - timedelta(hours=3)
