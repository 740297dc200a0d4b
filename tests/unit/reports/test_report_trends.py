"""Sales and traffic from Data Kiosk: day by day, child by child, and no word about products that were not named."""

import json
from datetime import UTC, datetime

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.sales_traffic import SALES_TRAFFIC_ASIN_DAY
from sellerwatch.reports.sales_traffic_trends import SALES_TRAFFIC_TRENDS_ASIN_DAY, parse

US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, tzinfo=UTC))


def line(child="B0CHILD", day="2026-11-20", parent="B0PARENT", **cells):
    return {
        "startDate": day,
        "endDate": day,
        "asinAggregation": "CHILD",
        "parentAsin": parent,
        "childAsin": child,
        "sales": {"orderedProductSales": {"amount": 19.99, "currencyCode": "USD"}, "unitsOrdered": 1},
        "traffic": {"pageViews": 12, "sessions": 10},
    } | cells


def read(*records):
    return parse("\n".join(map(json.dumps, records)).encode(), US)


def test_what_is_replaced_is_one_product_on_one_day():
    frame = read(line(), line("B0OTHER"), line(day="2026-11-19")).frames["sales_traffic_trends_asin_day"]

    assert frame["asin_day"].tolist() == ["2026-11-20 B0CHILD", "2026-11-20 B0OTHER", "2026-11-19 B0CHILD"]


def test_a_child_that_moved_leaves_nothing_under_its_former_parent():
    one, other = (read(line(parent=parent)).frames["sales_traffic_trends_asin_day"]["asin_day"][0] for parent in ("A", "B"))

    assert one == other


def test_numbers_of_one_name_mean_the_same_in_the_report_and_in_the_query():
    report = {c.name: (c.kind, c.note, c.header.partition(".")[2]) for c in SALES_TRAFFIC_ASIN_DAY.document_columns}
    query = {c.name: (c.kind, c.note, c.header.partition(".")[2]) for c in SALES_TRAFFIC_TRENDS_ASIN_DAY.document_columns}

    shared = report.keys() & query.keys()

    assert {"units_ordered", "sessions", "page_views", "featured_offer_pct", "ordered_product_sales_amount"} <= shared
    assert all(report[name] == query[name] for name in shared - {"child_asin"})


@pytest.mark.parametrize(
    "cells", [{"endDate": "2026-11-30"}, {"asinAggregation": "PARENT"}, {"asinAggregation": "SKU"}, {"marketplaceId": "CA"}]
)
def test_other_grains_and_places_are_refused(cells):
    with pytest.raises(DocumentError):
        read(line(**cells))


def test_what_the_query_did_not_ask_for_is_taken_as_it_was_meant():
    bare = {name: value for name, value in line().items() if name not in ("endDate", "asinAggregation")}

    assert len(read(bare).frames["sales_traffic_trends_asin_day"]) == 1
