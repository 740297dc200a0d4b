"""A file that somebody downloaded: which report it is, told by the file alone."""

import gzip
import json
from dataclasses import replace
from datetime import date

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.reports import recognition
from sellerwatch.reports.contract import Content, Report, Source
from sellerwatch.reports.recognition import recognise_report, refuse_comma_separated
from sellerwatch.reports.registry import REPORTS
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"


def name_of(data, named=None):
    found = recognise_report(data, named, where="file")
    return found and found.report.name


def header(report: Report, delimiter="\t"):
    """Return the header with which a flat file has everything that it requires."""
    columns = [column.header for table in report.tables for column in table.document_columns if column.required]
    return delimiter.join(dict.fromkeys(columns)).encode() + b"\n"


def typical(report: str):
    """Return a golden document of the report that holds records."""
    folder = sorted(path for path in (GOLDEN / report).iterdir() if "live" in path.name or "example" in path.name)
    found = [*folder, *sorted((GOLDEN / report).iterdir())]
    return next(path for item in found if item.is_dir() for path in item.glob("input.*"))


def test_every_report_is_told_by_the_documents_kept_of_it_or_not_at_all():
    wrong, told = [], set()
    for path in sorted(GOLDEN.glob("*/*/input.*")):
        report = path.parts[-3]
        found = recognise_report(path.read_bytes(), None, where=str(path))
        if found is None or path.parts[-2] == "another_report":
            continue
        told.add(report)
        if report not in {found.report.name, *found.also}:
            wrong.append(f"{path} is taken for {found.report.name}")

    assert wrong == []
    # Nobody downloads the answer of an API.
    assert told == {name for name, report in REPORTS.items() if report.source is not Source.INVENTORY}


def test_a_header_with_what_a_report_requires_is_that_report():
    flat = [report for report in REPORTS.values() if report.content is Content.TSV]
    wrong = [report.name for report in flat if report.name not in _names(header(report))]

    assert len(flat) > 10
    assert wrong == []


def _names(data):
    found = recognise_report(data, None, where="file")
    return {found.report.name, *found.also} if found else set()


def test_of_two_reports_that_fill_the_same_tables_the_first_is_taken_and_the_other_named():
    found = recognise_report(header(REPORTS["orders_by_date"]), None, where="file")

    assert (found.report.name, found.also) == ("all_orders", ("orders_by_date",))


def test_a_file_that_fits_reports_of_different_tables_alike_is_refused_with_both_named(monkeypatch):
    one = REPORTS["fba_returns"]
    other = replace(one, name="other_returns", tables=tuple(replace(table, name="other_return") for table in one.tables))
    monkeypatch.setattr(recognition, "REPORTS", {report.name: report for report in (one, other)})

    with pytest.raises(ConfigError, match="any of several reports: fba_returns, other_returns"):
        recognise_report(header(one), None, where="file")


def test_a_report_that_a_person_names_is_believed():
    german = (GOLDEN / "seller_feedback" / "germany" / "input.tsv").read_bytes()

    assert name_of(german) is None
    assert name_of(german, REPORTS["seller_feedback"]) == "seller_feedback"


def test_a_document_says_its_marketplace_and_its_days_where_it_does():
    specification = {
        "reportType": "GET_SALES_AND_TRAFFIC_REPORT",
        "marketplaceIds": ["ATVPDKIKX0DER"],
        "dataStartTime": "2026-11-01",
        "dataEndTime": "2026-11-02T23:59:59Z",
    }
    found = recognise_report(json.dumps({"reportSpecification": specification}).encode(), None, where="file")
    trends = recognise_report(typical("sales_traffic_trends").read_bytes(), None, where="file")

    assert (found.report.name, found.marketplace_ids) == ("sales_traffic", ("ATVPDKIKX0DER",))
    assert found.days == Days(date(2026, 11, 1), date(2026, 11, 2))
    assert (trends.marketplace_ids, trends.days) == (("ATVPDKIKX0DER",), None)


def test_a_packed_file_is_read_and_a_damaged_one_refused():
    packed = gzip.compress(header(REPORTS["fba_inventory"]))

    assert name_of(packed) == "fba_inventory"
    with pytest.raises(ConfigError, match="packed file is damaged"):
        name_of(packed[:-9])


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"hello\n", b"a\tb\n1\t2\n", b"{", b"[1, 2]", b'{"a": []}', b'{"a": 1}\nnot json\n', b"[" * 100_000, b'{"a": 1} x']
)  # fmt: skip
def test_what_is_no_report_is_said_to_be_none(data):
    assert name_of(data) is None


def test_a_report_saved_as_csv_is_refused_with_the_form_to_download():
    with pytest.raises(ConfigError, match="the report fba_returns saved as CSV"):
        refuse_comma_separated(header(REPORTS["fba_returns"], ","), where="file")
    refuse_comma_separated(b"sku,price\n", where="file")
