"""Fees and listings: documents whose notation is decided over all their cells, and what ``--`` and odd dates become."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports import flatfile
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.fee_preview import FEE_PREVIEW
from sellerwatch.reports.merchant_listings import MERCHANT_LISTING
from sellerwatch.reports.registry import BY_AMAZON_TYPE, REPORTS
from sellerwatch.reports.storage_fees import STORAGE_FEE


def context(code="US"):
    return DocumentContext(marketplace(code), "text/plain; charset=UTF-8", None, datetime(2026, 11, 21, 12, tzinfo=UTC))


def read(report, header, *lines, code="US"):
    return REPORTS[report].parse("\n".join([header, *lines]).encode(), context(code))


def fees(*lines, code="US"):
    header = "sku\tasin\tcurrency\tbrand\tyour-price\testimated-fee-total\titem-package-weight"
    parsed = read("fee_preview", header, *lines, code=code)
    return list(FEE_PREVIEW.rows(parsed.frames["fee_preview"])), parsed


def storage(*lines):
    header = "fnsku\tmonth_of_charge\tcurrency\testimated_monthly_storage_fee\tfulfillment_center"
    parsed = read("storage_fees", header, *lines)
    return list(STORAGE_FEE.rows(parsed.frames["storage_fee"])), parsed


def listings(*lines, code="US"):
    parsed = read("merchant_listings", "seller-sku\tprice\topen-date\tstatus", *lines, code=code)
    return list(MERCHANT_LISTING.rows(parsed.frames["merchant_listing"])), parsed


def test_two_dashes_are_null_in_numbers_and_texts_and_never_zero():
    (row,), parsed = fees("A\tB0A\t--\t--\t--\t -- \t--")

    assert (row.currency, row.brand, row.your_price_amount, row.fee_total_amount, row.package_weight) == (None,) * 5
    assert parsed.skipped == ()


def test_two_dashes_as_a_sku_are_a_sku():
    (row,), _ = fees("--\tB0A\tUSD\tx\t1.50\t1.00\t1.0")

    assert row.sku == "--"


def test_a_sku_of_several_stores_keeps_a_row_for_each():
    rows, _ = fees(
        "A\tB0A\tEUR\tx\t1,50\t1,00\t1", "A\tB0A\tSEK\tx\t15,50\t1,00\t1", "B\tB0B\tEUR\tx\t1,50\t1,00\t1", code="DE"
    )

    assert [(row.sku, row.ordinal) for row in rows] == [("A", 1), ("A", 2), ("B", 1)]


@pytest.mark.parametrize(("price", "weight"), [("1,50", Decimal(1234)), ("1.50", Decimal("1.234"))])
def test_a_weight_is_read_as_the_prices_prove(price, weight):
    (row,), _ = fees(f"A\tB0A\tEUR\tx\t{price}\t2\t1.234", code="DE")

    assert row.package_weight == weight


def test_a_weight_that_nothing_decides_sets_its_record_aside():
    rows, parsed = fees("A\tB0A\tEUR\tx\t2\t2\t1.234", "B\tB0B\tEUR\tx\t2\t2\t1", code="DE")

    assert [row.sku for row in rows] == ["B"]
    assert [(record.line, record.column, record.excerpt) for record in parsed.skipped] == [(2, "item-package-weight", "1.234")]


def test_a_column_in_doubt_from_end_to_end_refuses_the_document():
    with pytest.raises(DocumentError, match="no longer holds"):
        fees(*[f"A{number}\tB0A\tEUR\tx\t2\t2\t1.234" for number in range(1000)], code="DE")


def test_what_the_last_block_proves_holds_for_the_first(monkeypatch):
    monkeypatch.setattr(flatfile, "_BLOCK_BYTES", 64)

    rows, _ = fees(*[f"A{number}\tB0A\tEUR\tx\t1.234\t2\t1" for number in range(50)], "B\tB0B\tEUR\tx\t2,50\t2\t1", code="DE")

    assert {row.your_price_amount for row in rows} == {Decimal(1234), Decimal("2.5")}


@pytest.mark.parametrize("month", ["2026-10", " 2026-10 ", "2026-10-01"])
def test_a_month_is_its_first_day(month):
    (row,), _ = storage(f"X1\t{month}\tUSD\t1.50\tPHX7")

    assert row.charged_month_on == date(2026, 10, 1)


@pytest.mark.parametrize("month", ["October", "2026-13", "10", "--", ""])
def test_what_is_no_month_sets_its_record_aside(month):
    rows, parsed = storage(f"X1\t{month}\tUSD\t1.50\tPHX7")

    assert rows == []
    assert [record.column for record in parsed.skipped] == ["month_of_charge"]


def test_a_fee_that_stands_twice_is_charged_twice():
    rows, _ = storage(
        "X1\t2026-10\tUSD\t1.50\tPHX7",
        "X1\t2026-10\tUSD\t1.50\tPHX7",
        "X1\t2026-09\tUSD\t1.50\tPHX7",
        "X2\t2026-10\tUSD\t1.50\tPHX7",
    )

    assert [(row.fnsku, row.charged_month_on.month, row.ordinal) for row in rows] == [
        ("X1", 10, 1),
        ("X1", 10, 2),
        ("X1", 9, 1),
        ("X2", 10, 1),
    ]


def test_a_fee_without_a_warehouse_is_not_lost():
    (row,), _ = storage("X1\t2026-10\tUSD\t1.50")

    assert (row.fulfillment_center, row.storage_fee_amount) == (None, Decimal("1.5"))


def test_a_listing_is_kept_when_its_zone_is_not_known():
    (row,), parsed = listings("A\t1.50\t2025-03-04 05:06:07 CST\tActive")

    assert (row.sku, row.opened_at_utc) == ("A", None)
    assert parsed.notes == ("zone_unknown: 1 cells of 'open-date' name 'CST' and were left empty",)


@pytest.mark.parametrize(
    ("code", "expected"), [("US", datetime(2022, 5, 2, 9, tzinfo=UTC)), ("DE", datetime(2022, 2, 5, 9, tzinfo=UTC))]
)
def test_a_short_date_is_read_as_the_marketplace_writes_it(code, expected):
    (row,), _ = listings("A\t1.50\t05/02/2022 10:00:00 MET\tActive", code=code)

    assert row.opened_at_utc == expected


def test_a_header_in_a_language_nobody_has_seen_is_refused_and_shown():
    with pytest.raises(DocumentError, match="seller-sku") as caught:
        read("merchant_listings", "varenummer\tpris\tstatus", "A\t1.50\tActive")

    assert "'varenummer'" in caught.value.remedy


def test_orders_by_date_fill_the_table_of_all_orders():
    by_date = BY_AMAZON_TYPE["GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"]

    assert by_date.name == "orders_by_date"
    assert by_date.tables == REPORTS["all_orders"].tables
