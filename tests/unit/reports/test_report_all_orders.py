"""All orders of a region, in whichever marketplace's document they come."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.registry import REPORTS
from tests.contract.report_documents import frames_of
from tests.warehouse.shelf import flat, order

REGION = [
    order("1") | {"sales-channel": "Amazon.de"},
    order("2") | {"sales-channel": "Amazon.fr"},
    order("3") | {"sales-channel": "Amazon.fr"},
    order("4") | {"sales-channel": "Non-Amazon"},
    order("5") | {"sales-channel": "Amazon.example"},
    order("6") | {"sales-channel": ""},
]


def read(code, report="all_orders", lines=REGION):
    context = DocumentContext(marketplace(code), "", None, datetime(2026, 11, 17, 12, tzinfo=UTC))
    parsed = REPORTS[report].parse(flat(report, *lines), context)
    return parsed, frames_of(parsed)["order_line"]["amazon_order_id"].tolist()


@pytest.mark.parametrize("report", ["all_orders", "orders_by_date"])
def test_a_document_of_the_whole_region_counts_each_order_in_its_own_marketplace(report):
    german, of_germany = read("DE", report)
    french, of_france = read("FR", report)

    assert of_germany == ["1", "4", "5", "6"]
    assert of_france == ["2", "3", "4", "5", "6"]
    assert german.notes == ("left_out: 2 records of Amazon.fr",)
    assert french.notes == ("left_out: 1 records of Amazon.de",)
    assert (german.row_count, german.skipped) == (4, ())


def test_a_document_of_one_marketplace_is_left_as_it_is():
    parsed, orders = read("DE", lines=REGION[:1])

    assert orders == ["1"]
    assert parsed.notes == ()
