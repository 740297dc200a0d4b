"""Reports of the Ads API: attribution windows apart, whole grains only, and nothing that belongs to another ad product."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.contract import Source
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.registry import REPORTS

US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, tzinfo=UTC))
ADS = {name: report for name, report in REPORTS.items() if report.source is Source.ADS}
every_ads_report = pytest.mark.parametrize("report", ADS.values(), ids=ADS.keys())


def row(report, **cells):
    (table,) = report.tables
    known = {"date": "2026-11-20", "campaignBudgetCurrencyCode": "USD"}
    return {column.header: known.get(column.header, 1) for column in table.document_columns if column.required} | cells


def read(report, *records):
    return report.parse(json.dumps(records).encode(), US)


@every_ads_report
def test_an_empty_array_says_that_nothing_was_advertised(report):
    parsed = report.parse(b"[]", US)

    assert [len(parsed.frames[table.name]) for table in report.tables] == [0]
    assert parsed.notes == ()


@every_ads_report
def test_every_attributed_number_names_its_window(report):
    (table,) = report.tables

    attributed = [c.name for c in table.columns if c.name.startswith(("purchases", "sales", "units", "new_to_brand"))]

    assert attributed
    assert all("_7d" in name or "_14d" in name for name in attributed)


@every_ads_report
def test_a_window_is_read_from_amazons_column_of_that_window(report):
    (table,) = report.tables
    headers = {column.name: column.header for column in table.columns}

    sales = {name: headers[name] for name in ("sales_7d_amount", "sales_14d_amount") if name in headers}

    is_sponsored_products = report.amazon_type.startswith("sp")
    without_suffix = {"sales_14d_amount": "sales"}
    assert sales == (
        {"sales_7d_amount": "sales7d", "sales_14d_amount": "sales14d"} if is_sponsored_products else without_suffix
    )


@every_ads_report
def test_a_day_is_replaced_as_a_whole_and_only_in_the_table_of_its_own_ad_product(report):
    (table,) = report.tables
    others = {other.name for name, found in REPORTS.items() if name != report.name for other in found.tables}

    assert table.scope == table.key[0] == "advertised_on"
    assert table.name not in others


@pytest.mark.parametrize("name", ["ads_sp_campaigns", "ads_sb_campaigns", "ads_sd_campaigns"])
def test_a_campaign_report_of_a_finer_grain_is_refused(name):
    with pytest.raises(DocumentError, match="more finely"):
        read(ADS[name], row(ADS[name]), row(ADS[name], adGroupId=7))


def test_campaigns_by_placement_are_refused():
    with pytest.raises(DocumentError, match="placementClassification"):
        read(ADS["ads_sp_campaigns"], row(ADS["ads_sp_campaigns"], placementClassification="Top of Search"))


def test_one_term_may_meet_several_keywords_of_an_ad_group():
    report = ADS["ads_sp_search_terms"]
    parsed = read(report, row(report, keywordId=1), row(report, keywordId=2), row(report, searchTerm="other"))

    rows = list(report.tables[0].rows(parsed.frames["ads_sp_search_term_day"]))

    assert [(item.keyword_id, item.ordinal) for item in rows] == [("1", 1), ("2", 2), (None, 1)]
    assert parsed.skipped == ()


def test_the_same_term_on_another_day_starts_from_one():
    report = ADS["ads_sp_search_terms"]

    parsed = read(report, row(report), row(report, date="2026-11-19"))

    assert parsed.frames["ads_sp_search_term_day"]["ordinal"].tolist() == [1, 1]


def test_an_ad_of_one_product_in_two_ad_groups_is_two_rows():
    report = ADS["ads_sp_products"]

    parsed = read(report, row(report, adId=1), row(report, adId=1, adGroupId=2), row(report, adId=1))

    assert len(parsed.frames["ads_sp_product_day"]) == 2
    assert [item.line for item in parsed.skipped] == [3]


def test_a_row_carries_exact_amounts_and_its_day():
    report = ADS["ads_sd_products"]
    parsed = read(report, row(report, cost="0.10", sales=0.3))

    (found,) = report.tables[0].rows(parsed.frames["ads_sd_product_day"])

    assert (found.advertised_on, found.cost_amount, found.sales_14d_amount) == (
        date(2026, 11, 20),
        Decimal("0.1"),
        Decimal("0.3"),
    )
