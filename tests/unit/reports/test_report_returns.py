"""Returns: a unit is one return whatever day it is said to have come, and buyers' words show nowhere."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports import fba_returns, merchant_returns
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.fba_returns import FBA_RETURN
from sellerwatch.reports.merchant_returns import MERCHANT_RETURN

US = DocumentContext(marketplace("US"), "text/plain; charset=UTF-8", None, datetime(2026, 11, 21, 12, tzinfo=UTC))
SECRET = "my name is on the box"
UNIT = {
    "return-date": "2026-11-10T10:00:00+00:00",
    "order-id": "111-1",
    "sku": "A",
    "asin": "B0A",
    "fnsku": "X1",
    "product-name": "Pan",
    "quantity": "1",
    "fulfillment-center-id": "LEX1",
    "detailed-disposition": "SELLABLE",
    "reason": "DEFECTIVE",
    "status": "Unit returned to inventory",
    "license-plate-number": "LPN1",
    "customer-comments": "",
}
REQUEST = {
    "Order ID": "111-1",
    "Return request date": "20-Aug-2026",
    "Return request status": "Approved",
    "Amazon RMA ID": "RMA1",
    "Currency code": "USD",
    "ASIN": "B0A",
    "Merchant SKU": "A",
    "Return quantity": "1",
    "Return Reason": "CR-DEFECTIVE",
    "Refunded Amount": "",
    "Tracking ID": SECRET,
    "SafeT Action reason": SECRET,
}


def document(plain, *changes):
    rows = [{**plain, **change} for change in changes]
    return "\n".join("\t".join(line) for line in [list(rows[0]), *(row.values() for row in rows)])


def returned(*changes):
    return fba_returns.parse(document(UNIT, *changes).encode(), US)


def requested(*changes):
    parsed = merchant_returns.parse(document(REQUEST, *changes).encode(), US)
    return list(MERCHANT_RETURN.rows(parsed.frames["merchant_return"]))


def units(parsed):
    return list(FBA_RETURN.rows(parsed.frames["fba_return"]))


def test_a_unit_has_the_same_name_whatever_day_it_is_said_to_have_come():
    (one,), (again,) = units(returned({})), units(returned({"return-date": "2026-11-15T10:00:00+00:00"}))

    assert one.return_id == again.return_id
    assert (one.returned_on, again.returned_on) == (date(2026, 11, 10), date(2026, 11, 15))


@pytest.mark.parametrize("change", [{"order-id": "111-2"}, {"license-plate-number": "LPN2"}])
def test_another_order_or_another_label_is_another_return(change):
    assert len({row.return_id for row in units(returned({}, change))}) == 2


@pytest.mark.parametrize("days", [(10, 15, 12), (15, 12, 10), (10, 12, 15)])
def test_a_unit_that_stands_in_one_document_twice_is_counted_once_at_its_latest_day(days):
    parsed = returned(*({"return-date": f"2026-11-{day}T10:00:00+00:00"} for day in days), {"license-plate-number": "LPN2"})

    assert [(row.license_plate_number, row.returned_on.day) for row in units(parsed)] == [("LPN1", 15), ("LPN2", 10)]
    assert [item.line for item in parsed.skipped] == [line for line, day in enumerate(days, start=2) if day != 15]
    assert all("repeats the key" in item.reason for item in parsed.skipped)
    assert parsed.frames["fba_return"]["line"].is_monotonic_increasing


@pytest.mark.parametrize("label", ["", "--"])
def test_units_without_a_label_are_all_counted(label):
    parsed = returned(*[{"license-plate-number": label}] * 3, {"license-plate-number": label, "return-date": ""})

    assert len({row.return_id for row in units(parsed)}) == 4
    assert parsed.skipped == ()


def test_a_document_without_status_moves_nothing():
    text = document({name: cell for name, cell in UNIT.items() if name != "status"}, {})

    (row,) = units(fba_returns.parse(text.encode(), US))

    assert (row.reason, row.return_status, row.license_plate_number) == ("DEFECTIVE", None, "LPN1")


def test_a_return_just_after_midnight_utc_is_of_the_day_before_in_pacific_time():
    (row,) = units(returned({"return-date": "2026-11-11T03:00:00+00:00"}))

    assert row.returned_on == date(2026, 11, 10)


@pytest.mark.parametrize(
    "comment", [f"one\t{SECRET}\tthree", f"one\n{SECRET}", f"one\n\n{SECRET}\tx\ty", f'"{SECRET}', f"\t{SECRET}"]
)
def test_a_buyers_comment_neither_costs_a_return_nor_shows_anywhere(comment):
    parsed = returned({"customer-comments": comment}, {"license-plate-number": "LPN2"})

    assert [row.license_plate_number for row in units(parsed)] == ["LPN1", "LPN2"]
    assert SECRET not in repr(parsed.skipped) + parsed.frames["fba_return"].to_csv()


def test_a_comment_is_hidden_even_where_it_stands_for_a_day():
    parsed = returned({}, {"return-date": SECRET}, {"return-date": "20.11.2026"})

    assert [(item.line, item.column, item.excerpt) for item in parsed.skipped] == [
        (3, "return-date", ""),
        (4, "return-date", "20.11.2026"),
    ]


def test_extra_cells_set_a_line_aside_when_the_last_column_is_no_comment():
    header, line = document({name: cell for name, cell in UNIT.items() if name != "customer-comments"}, {}).split("\n")

    parsed = fba_returns.parse(f"{header}\n{line}\textra".encode(), US)

    assert [item.reason for item in parsed.skipped] == ["13 cells, but the header has 12"]


def test_a_request_keeps_its_name_while_it_changes():
    (approved,) = requested({})
    (completed,) = requested({"Return request status": "Completed", "Refunded Amount": "12.50"})

    assert approved.return_id == completed.return_id == "111-1/RMA1/A"
    assert (approved.refunded_amount, str(completed.refunded_amount)) == (None, "12.500000")


def test_equal_lines_of_a_request_and_requests_without_an_id_are_all_kept():
    rows = requested({}, {}, {"Amazon RMA ID": ""}, {"Amazon RMA ID": "", "Return request date": "", "Merchant SKU": ""})

    assert [(row.return_id, row.ordinal) for row in rows] == [
        ("111-1/RMA1/A", 1),
        ("111-1/RMA1/A", 2),
        ("111-1/2026-08-20/A", 1),
        ("111-1//", 1),
    ]


@pytest.mark.parametrize("written", ["20-Aug-2026", "2026-08-20", "2026-08-20T10:00:00Z", "20.08.2026", "08/20/2026"])
def test_a_request_has_its_day_however_the_country_writes_it(written):
    (row,) = requested({"Return request date": written})

    assert row.requested_on == date(2026, 8, 20)


def test_nothing_that_leads_to_a_buyer_is_kept():
    for report in (fba_returns.REPORT, merchant_returns.REPORT):
        headers = {column.header for column in report.tables[0].columns}
        assert not headers & {"customer-comments", "Tracking ID", "SafeT Action reason"}
    assert SECRET not in repr(requested({}))
