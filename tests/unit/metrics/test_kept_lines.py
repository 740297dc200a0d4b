"""The lines of kept documents: each stands where its facts say, and what is not read is not shown."""

from __future__ import annotations

import json

import pytest

from sellerwatch.core.errors import PermanentError
from sellerwatch.metrics.explaining.documents import HIDDEN, records_of
from sellerwatch.reports.contract import Content, Kind
from sellerwatch.reports.registry import REPORTS
from tests.golden.regenerate import cases
from tests.walking import walk

CASES = {case.name: case for case in cases()}


UNREAD = {"ledger_detail/hostile_text", "ledger_summary/text_within_quotes", "seller_feedback/germany"}
"""Cells with tabs within quotes, and headers in another language: more is hidden there than need be."""


def texts_of(row, report, table):
    """Return the cells of a row that are text, as the document has them."""
    cells = [row[column.name] for column in table.document_columns if column.kind is Kind.TEXT and column.name in row]
    cells = [cell for cell in cells if "?" not in cell]  # it stands for half a character, which no text can hold
    return [json.dumps(cell, ensure_ascii=False)[1:-1] if report.content is Content.JSON else cell for cell in cells]


def test_every_fact_of_every_golden_document_is_on_the_line_it_names(subtests):
    def check(case):
        report, expected = REPORTS[case.folder.parent.name], json.loads(case.expectation.read_text("utf-8"))
        if "refused" in expected:
            return
        text = case.data().decode(expected["encoding"], errors="replace").removeprefix("\ufeff")
        for table in report.tables:
            rows = expected["tables"].get(table.name, [])
            lines = records_of(report, table.name, text) if rows else []
            for row in rows:
                found = lines[row["line"] - 1]
                assert [cell for cell in texts_of(row, report, table) if cell not in found] == [], (table.name, row["line"])

    walk(subtests, {name: case for name, case in CASES.items() if name not in UNREAD}, check)


def test_cells_of_a_flat_file_that_nothing_reads_are_hidden():
    report = REPORTS["all_orders"]
    text = "amazon-order-id\tship-city\tnew-column\tsku\r\n1\tSpringfield\tx\tA\textra\r\n2\t\t\tB\r\n"

    assert records_of(report, "order_line", text)[1:3] == [f"1\t{HIDDEN}\t{HIDDEN}\tA\t{HIDDEN}", "2\t\t\tB"]


def test_cells_of_a_json_document_that_are_left_out_are_hidden():
    report = REPORTS["inventory_summaries"]
    page = {"payload": {"inventorySummaries": [{"sellerSku": "A", "stores": ["one"]}]}}

    assert records_of(report, "inventory_summary", json.dumps(page)) == [f'{{"sellerSku":"A","stores":"{HIDDEN}"}}']


@pytest.mark.parametrize("text", ["no JSON", "{}", "[]"])
def test_a_document_of_another_form_is_said_to_be_one(text):
    with pytest.raises(PermanentError, match="its records are not where the report has them"):
        records_of(REPORTS["sales_traffic"], "sales_traffic_day", text)
