"""The two ledgers: quoted or not, by day or by month, and equal events that all count."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.core.periods import Days
from sellerwatch.reports import ledger_detail, ledger_summary
from sellerwatch.reports.contract import Kind, Replace
from sellerwatch.reports.document import DocumentContext

DAYS = Days(date(2026, 11, 1), date(2026, 11, 20))
TWO_DAYS = Days(date(2026, 11, 19), date(2026, 11, 20))
US = DocumentContext(marketplace("US"), "text/plain; charset=UTF-8", DAYS, datetime(2026, 11, 21, 12, tzinfo=UTC))


def record(table, day, **cells):
    """One record as Amazon's header to text, by our names; every number is 0."""
    values = {column.name: "0" if column.kind is Kind.INTEGER else column.name for column in table.document_columns}
    values["happened_at_utc"] = "2026-11-20T00:00:00-0800"
    values |= {table.scope: day, **cells}
    return {column.header: values[column.name] for column in table.document_columns}


def quoted(records):
    lines = [list(records[0]), *(list(item.values()) for item in records)]
    return "\n".join("\t".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines).encode()


def balances(*records):
    parsed = ledger_summary.REPORT.parse(quoted([record(ledger_summary.LEDGER_SUMMARY, *item) for item in records]), US)
    return list(ledger_summary.LEDGER_SUMMARY.rows(parsed.frames["ledger_summary"]))


def events(*records):
    parsed = ledger_detail.REPORT.parse(
        quoted([record(ledger_detail.LEDGER_EVENT, day, **cells) for day, cells in records]), US
    )
    return list(ledger_detail.LEDGER_EVENT.rows(parsed.frames["ledger_event"]))


@pytest.mark.parametrize(
    ("written", "day", "period"),
    [
        ("11/20/2026", date(2026, 11, 20), "DAY"),
        ("2026-11-20", date(2026, 11, 20), "DAY"),
        ("11/01/2026", date(2026, 11, 1), "DAY"),
        ("11/2026", date(2026, 11, 1), "MONTH"),
    ],
)
def test_a_balance_says_whether_it_is_of_a_day_or_of_a_month(written, day, period):
    (row,) = balances([written])

    assert (row.balance_on, row.period) == (day, period)


def test_a_months_sum_is_never_the_balance_of_its_first_day():
    rows = balances(["11/2026"], ["11/01/2026"])

    assert [row.period for row in rows] == ["MONTH", "DAY"]


def test_periods_stay_with_their_rows_when_others_are_set_aside():
    table = ledger_summary.LEDGER_SUMMARY
    records = [record(table, "11/2026", lost_units="many"), record(table, "11/20/2026"), record(table, "11/2026", sku="B")]

    parsed = ledger_summary.REPORT.parse(quoted(records), US)

    frame = parsed.frames["ledger_summary"]
    assert list(zip(frame["line"], frame["period"], strict=True)) == [(3, "DAY"), (4, "MONTH")]
    assert [item.column for item in parsed.skipped] == ["Lost"]


def test_a_cell_that_is_no_day_is_shown_as_it_was_written():
    parsed = ledger_summary.REPORT.parse(quoted([record(ledger_summary.LEDGER_SUMMARY, "02/30/2026")]), US)

    assert [(item.column, item.excerpt) for item in parsed.skipped] == [("Date", "02/30/2026")]


def test_dispositions_and_places_of_one_product_are_balances_of_their_own():
    table = ledger_summary.LEDGER_SUMMARY
    variants = [{}, {"disposition": "DEFECTIVE"}, {"location": "CA"}, {"sku": "other"}, {"asin": "other"}, {"fnsku": "other"}]

    parsed = ledger_summary.REPORT.parse(quoted([record(table, "11/20/2026", **cells) for cells in variants]), US)

    assert len(parsed.frames["ledger_summary"]) == len(variants)
    assert parsed.skipped == ()


def test_a_ledger_replaces_whole_days():
    for table in (ledger_summary.LEDGER_SUMMARY, ledger_detail.LEDGER_EVENT):
        assert (table.replace, table.columns[0].name) == (Replace.BY_DAY, table.scope)


def test_equal_events_all_count():
    rows = events(("11/20/2026", {"units": "-1"}), ("11/20/2026", {"units": "-1"}), ("11/19/2026", {"units": "-1"}))

    assert [(row.happened_on.day, row.ordinal, row.units) for row in rows] == [(20, 1, -1), (20, 2, -1), (19, 1, -1)]


def test_events_without_a_product_are_kept():
    (row,) = events(("11/20/2026", {"fnsku": "", "asin": "", "sku": "", "disposition": ""}))

    assert (row.fnsku, row.asin, row.sku, row.disposition) == (None, None, None, None)
