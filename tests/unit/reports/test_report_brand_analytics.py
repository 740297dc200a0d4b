"""Brand Analytics: periods that do not take each other's place, and products a document does not speak of."""

import json
from datetime import UTC, datetime

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.registry import REPORTS

US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, tzinfo=UTC))
BRAND = [REPORTS[name] for name in ("repeat_purchase", "search_query_performance", "search_catalog_performance")]
every_brand_report = pytest.mark.parametrize("report", BRAND, ids=[report.name for report in BRAND])


def record(report, **cells):
    flat = {column.header: 1 for column in report.tables[0].document_columns if column.required}
    flat |= {"startDate": "2026-11-01", "endDate": "2026-11-07", "asin": "B0ONE"} | cells
    tree = {}
    for path, value in flat.items():
        *parents, leaf = path.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[leaf] = value
    return tree


def document(records, period="WEEK", **specification):
    asked = {"reportOptions": {"reportPeriod": period}, "marketplaceIds": [US.marketplace.id], **specification}
    return json.dumps({"reportSpecification": asked, "dataByAsin": records}).encode()


def scopes(report, *records, period="WEEK"):
    (table,) = report.tables
    return report.parse(document(records, period), US).frames[table.name][table.scope].tolist()


@every_brand_report
def test_a_month_does_not_take_the_place_of_the_week_that_begins_with_it(report):
    week, month, quarter = (scopes(report, record(report), period=period) for period in ("WEEK", "MONTH", "QUARTER"))

    assert len({*week, *month, *quarter}) == 3


@every_brand_report
def test_every_period_of_a_document_takes_its_own_place(report):
    one, other = scopes(report, record(report), record(report, startDate="2026-11-08"))

    assert one != other


def test_the_repeat_purchases_of_a_period_come_as_a_whole():
    one, other = scopes(BRAND[0], record(BRAND[0]), record(BRAND[0], asin="B0TWO"))

    assert one == other == "WEEK 2026-11-01"


@pytest.mark.parametrize("report", BRAND[1:], ids=lambda report: report.name)
def test_a_document_of_some_products_says_nothing_of_the_others(report):
    assert scopes(report, record(report), record(report, asin="B0TWO")) == ["WEEK 2026-11-01 B0ONE", "WEEK 2026-11-01 B0TWO"]


def test_queries_that_differ_in_case_or_spaces_are_different_queries():
    report = REPORTS["search_query_performance"]
    queries = ["umbrella", "Umbrella", " umbrella"]

    parsed = report.parse(document([record(report, **{"searchQueryData.searchQuery": query}) for query in queries]), US)

    assert parsed.frames["search_query_performance"]["search_query"].tolist() == queries


def test_the_currency_is_taken_from_any_price_there_is():
    report = REPORTS["search_query_performance"]
    path = "cartAddData.asinMedianCartAddPrice"

    parsed = report.parse(document([record(report, **{f"{path}.amount": 5, f"{path}.currencyCode": "USD"})]), US)

    assert parsed.frames["search_query_performance"]["currency"].tolist() == ["USD"]


@every_brand_report
@pytest.mark.parametrize(
    "specification",
    [
        {"marketplaceIds": ["A1PA6795UKMFR9"]},
        {"marketplaceIds": None},
        {"reportOptions": None},
        {"reportOptions": {}},
        {"reportOptions": {"reportPeriod": "DAY"}},
    ],
)
def test_a_document_that_cannot_be_placed_is_refused(report, specification):
    with pytest.raises(DocumentError) as caught:
        report.parse(document([record(report)], **specification), US)

    assert caught.value.remedy


@every_brand_report
def test_a_document_that_does_not_say_what_was_asked_for_is_refused(report):
    with pytest.raises(DocumentError, match="reportSpecification"):
        report.parse(b'{"dataByAsin": []}', US)


@every_brand_report
def test_no_share_is_called_a_percentage(report):
    decimals = [
        column for column in report.tables[0].columns if "share" in column.header.lower() or "pct" in column.header.lower()
    ]

    assert all(column.name.endswith("_fraction") for column in decimals)
