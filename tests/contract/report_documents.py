"""Documents of every report for the contract test: good and bad records by our names, written as Amazon writes them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property

import pandas as pd

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Report
from sellerwatch.reports.document import DocumentContext, Parsed, SkippedRecord
from sellerwatch.reports.header import fold
from sellerwatch.reports.registry import REPORTS
from tests.contract.json_documents import WHOLE_NUMBER, json_document

US = DocumentContext(marketplace("US"), "text/plain; charset=UTF-8", None, datetime(2026, 11, 21, 12, tzinfo=UTC))
GOOD_CELLS = {
    Kind.INTEGER: WHOLE_NUMBER,
    Kind.DECIMAL: "1.5",
    Kind.MONEY: "12.50",
    Kind.INSTANT: "2026-11-20T23:59:59+00:00",
    Kind.FLAG: "Yes",
}
BAD_CELLS = {
    Kind.INTEGER: "abc",
    Kind.DECIMAL: "1,5",
    Kind.MONEY: "USD 3",
    Kind.INSTANT: "20.11.2026",
    Kind.DAY: "2026-13-45",
    Kind.FLAG: "maybe",
}
FAITHFUL_TEXTS = [
    "NA",
    "null",
    "None",
    "nan",
    "#N/A",
    "00501",
    '"',
    'half "open',
    "  padded  ",
    "1e5",
    "折りたたみ傘",
    "café",
    "-",
]
NO_REPORTS = {
    "html": b"<!DOCTYPE html><html><body>503</body></html>",
    "xml": b'\xef\xbb\xbf\r\n<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "sentence": b"Please provide report options promotionStartDateFrom and promotionStartDateTo",
    "binary": b"\x00\x01\x02\xff\xfe",
    "gzip": gzip.compress(b"sku"),
}
NEVER_BLANK = {"settlement": {"total_amount"}}
"""Columns without which a document as a whole means nothing."""


@dataclass(frozen=True)
class Case:
    """One table of one report, with the documents that are made and the frames that are read for it."""

    report: Report
    table: FactTable

    @property
    def is_flat(self) -> bool:
        return self.report.content is Content.TSV

    @property
    def has_counterparts(self) -> bool:
        return self.table.name in COUNTERPARTS

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.table.document_columns

    @property
    def texts(self) -> list[str]:
        return [column.name for column in self.columns if column.kind is Kind.TEXT]

    @property
    def never_blank(self) -> set[str]:
        return NEVER_BLANK.get(self.table.name, set())

    def record(self, number: int = 1, **cells: str | None) -> dict[str, str]:
        """One good record as Amazon's header to text; ``cells`` are by our names, None leaves the column out."""
        values = {column.header: cells.get(column.name, cell(column, number)) for column in self.columns}
        return {header: value for header, value in values.items() if value is not None}

    def document(self, *records: dict[str, str]) -> bytes:
        """The report's document with these records in the table."""
        if not self.is_flat:
            return json_document(self.report, self.table, list(records), record_of, US.marketplace.id)
        beside = COUNTERPARTS[self.table.name](records) if self.has_counterparts else []
        headers = list(dict.fromkeys(header for item in (*records, *beside) for header in item))
        lines = [headers, *([item.get(header, "") for header in headers] for item in (*records, *beside))]
        return "\n".join("\t".join(cells) for cells in lines).encode()

    @cached_property
    def two(self) -> bytes:
        """A document of two good records."""
        return self.document(self.record(1), self.record(2))

    @cached_property
    def one_read(self) -> Parsed:
        return self.parse(self.document(self.record()))

    @cached_property
    def two_read(self) -> Parsed:
        return self.parse(self.two)

    def parse(self, data: bytes, context: DocumentContext = US) -> Parsed:
        return self.report.parse(data, context)

    def read(self, *records: dict[str, str]) -> pd.DataFrame:
        """The table's frame, of a document with these records."""
        return self.frame(self.parse(self.document(*records)))

    def frame(self, parsed: Parsed) -> pd.DataFrame:
        return frames_of(parsed)[self.table.name]

    def skipped(self, parsed: Parsed) -> list[SkippedRecord]:
        """The table's records that were set aside; one that holds records of another table takes those along."""
        taken_along = [item for item in parsed.skipped if item.table != self.table.name]
        assert all(item.reason == "stands in a record that was set aside" for item in taken_along)
        return [item for item in parsed.skipped if item.table == self.table.name]


def frames_of(parsed: Parsed) -> dict[str, pd.DataFrame]:
    """What was read, as table name to frame: the one place that knows how a parser hands it out."""
    return dict(parsed.frames)


def assert_same_facts(one: Parsed, other: Parsed) -> None:
    mine, theirs = frames_of(one), frames_of(other)
    assert mine.keys() == theirs.keys()
    for name, frame in mine.items():
        pd.testing.assert_frame_equal(frame, theirs[name])


def cases_of(report: Report) -> list[Case]:
    return [Case(report, table) for table in report.tables]


CASES = [case for report in REPORTS.values() for case in cases_of(report)]


def record_of(table: FactTable, number: int) -> dict[str, str]:
    return {column.header: cell(column, number) for column in table.document_columns}


def cell(column: Column, number: int) -> str:
    if column.kind is Kind.TEXT:
        return f"{column.name}-{number}"
    if column.kind is Kind.DAY:
        return f"2026-11-{number:02d}"
    return GOOD_CELLS[column.kind]


def settlement_summaries(records):
    """A summary for each settlement, whose total is that of its good lines; without it there is no settlement."""
    totals = {}
    for item in records:
        is_good = not set(BAD_CELLS.values()) & set(item.values())
        amount = cell_of(item, "amount").strip() if is_good else ""
        settlement_id = cell_of(item, "settlement-id")
        totals[settlement_id] = totals.get(settlement_id, 0) + Decimal(amount or 0)
    return [
        {spelled(records[0], "settlement-id"): name, "total-amount": f"{total:f}", "currency": "USD"}
        for name, total in totals.items()
        if name
    ]


def settlement_amounts(records):
    """One line for each settlement, as large as its total."""
    totals = {cell_of(item, "settlement-id"): cell_of(item, "total-amount") for item in reversed(records)}
    words = dict.fromkeys(["transaction-type", "amount-type", "amount-description"], "word")
    return [{spelled(records[0], "settlement-id"): name, **words, "amount": total} for name, total in totals.items() if name]


def cell_of(item, header):
    return item.get(spelled(item, header), "")


def spelled(item, header):
    return next((found for found in item if fold(found) == fold(header)), header)


COUNTERPARTS = {"settlement": settlement_amounts, "settlement_line": settlement_summaries}
"""Tables whose records need others beside them in the document: a settlement is taken whole or not at all."""
