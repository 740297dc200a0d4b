"""Restock advice, stranded stock and reimbursements: what is unknown stays unknown, and negatives stay negative."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports import reimbursements, restock, stranded_inventory
from sellerwatch.reports.contract import Kind
from sellerwatch.reports.document import DocumentContext

US = DocumentContext(marketplace("US"), "text/plain; charset=UTF-8", None, datetime(2026, 11, 21, 3, tzinfo=UTC))
GOOD = {
    Kind.INTEGER: "7",
    Kind.DECIMAL: "1.5",
    Kind.MONEY: "12.50",
    Kind.DAY: "2026-11-01",
    Kind.INSTANT: "2026-11-20T03:00:00Z",
}


def rows(report, *changes, context=US):
    table = report.tables[0]
    records = [
        {column.header: change.get(column.name, GOOD.get(column.kind, column.name)) for column in table.document_columns}
        for change in changes
    ]
    text = "\n".join("\t".join(line) for line in [list(records[0]), *(record.values() for record in records)])
    return list(table.rows(report.parse(text.encode(), context).frames[table.name]))


@pytest.mark.parametrize(
    ("written", "days"),
    [("207", 207), ("0", 0), ("365+", 365), (" 365+ ", 365), ("12.5", Decimal("12.5")), ("", None), ("--", None)],
)
def test_days_of_supply_end_where_amazon_stops_counting_and_blank_is_not_zero(written, days):
    (row,) = rows(restock.REPORT, {"supply_days": written, "total_supply_days": written})

    assert (row.supply_days, row.total_supply_days) == (days, days)


@pytest.mark.parametrize("written", ["none", "12/01/2026", "2026-12-01"])
def test_the_ship_date_is_kept_as_written(written):
    (row,) = rows(restock.REPORT, {"recommended_ship_text": written})

    assert row.recommended_ship_text == written


def test_one_sku_of_two_countries_is_two_rows():
    assert len(rows(restock.REPORT, {"country": "Germany"}, {"country": "France"})) == 2


@pytest.mark.parametrize("report", [restock.REPORT, stranded_inventory.REPORT], ids=lambda report: report.name)
def test_a_snapshot_is_of_the_local_day_on_which_amazon_made_it(report):
    (row,) = rows(report, {})

    assert row.snapshot_on == date(2026, 11, 20)


def test_one_sku_under_two_labels_is_two_stocks():
    stocks = rows(stranded_inventory.REPORT, {"fnsku": "X1"}, {"fnsku": "B0"})

    assert [(row.sku, row.fnsku, row.currency) for row in stocks] == [("sku", "X1", "USD"), ("sku", "B0", "USD")]


@pytest.mark.parametrize(
    ("written", "day"),
    [("2026-12-15", date(2026, 12, 15)), ("2026-12-15T03:00:00Z", date(2026, 12, 14)), ("", None), ("--", None)],
)
def test_an_auto_removal_has_a_local_day_or_none(written, day):
    (row,) = rows(stranded_inventory.REPORT, {"auto_removal_on": written})

    assert row.auto_removal_on == day


def test_a_reimbursement_taken_back_stays_negative_and_names_the_one_it_was_made_with():
    (row,) = rows(
        reimbursements.REPORT,
        {"total_amount": "-12.76", "cash_units": "-2", "inventory_units": "2", "original_reimbursement_id": "100"},
    )

    assert (row.total_amount, row.cash_units, row.inventory_units) == (Decimal("-12.76"), -2, 2)
    assert row.original_reimbursement_id == "100"


def test_the_lines_of_one_reimbursement_are_all_kept():
    lines = rows(reimbursements.REPORT, {}, {"sku": "B"}, {}, {"reimbursement_id": "other"})

    assert [(row.reimbursement_id, row.ordinal) for row in lines] == [
        ("reimbursement_id", 1),
        ("reimbursement_id", 2),
        ("reimbursement_id", 3),
        ("other", 1),
    ]


def test_an_approval_is_of_the_marketplaces_local_day():
    (row,) = rows(reimbursements.REPORT, {})

    assert row.approved_on == date(2026, 11, 19)
