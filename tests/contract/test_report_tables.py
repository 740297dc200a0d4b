"""What the table of every report promises before any document is read."""

from __future__ import annotations

import dataclasses
import importlib
import re

from sellerwatch.reports.contract import ARROW_TYPES, LINE, PYTHON_TYPES, Kind
from sellerwatch.reports.registry import BY_AMAZON_TYPE, REPORTS, TABLES
from tests.contract.report_documents import CASES
from tests.walking import walk

BY_NAME = {f"{case.report.name}: {case.table.name}": case for case in CASES}


def test_every_report_is_a_module_of_its_own_name():
    for name, report in REPORTS.items():
        assert importlib.import_module(f"sellerwatch.reports.{name}").REPORT is report
        assert BY_AMAZON_TYPE[report.amazon_type] is report
    assert len(BY_AMAZON_TYPE) == len(REPORTS)


def test_reports_that_fill_one_table_mean_the_same_table():
    assert {case.table.name for case in CASES} == set(TABLES)
    assert all(TABLES[case.table.name] is case.table for case in CASES)


def test_every_kind_has_a_type_in_frames_and_in_rows():
    assert set(ARROW_TYPES) == set(PYTHON_TYPES) == set(Kind)


def test_a_typed_row_has_exactly_the_columns_of_its_table(subtests):
    def check(case):
        table, row = case.table, case.table.row
        resolved = {field.name: resolve(field.type) for field in dataclasses.fields(row)}

        assert list(resolved) == [column.name for column in table.columns]
        for column in table.columns:
            expected = PYTHON_TYPES[column.kind]
            assert resolved[column.name] in (expected, expected | None), column.name
            assert (resolved[column.name] is expected) == (column.name in table.key), column.name
        assert row.__dataclass_params__.frozen
        assert row.__slots__ == tuple(resolved)

    walk(subtests, BY_NAME, check)


def resolve(hint):
    known = {kind.__name__: kind for kind in PYTHON_TYPES.values()}
    first, *rest = [part.strip() for part in hint.split("|")]
    return known[first] | None if rest == ["None"] else known[first]


def test_every_column_says_what_it_means(subtests):
    def check(case):
        assert case.table.title
        for column in case.table.columns:
            assert re.fullmatch(r"[A-Z0-9].*\.", column.note), column
            assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name), column

    walk(subtests, BY_NAME, check)


def test_no_two_columns_share_a_name_or_a_header(subtests):
    def check(case):
        names = [column.name for column in case.table.columns]
        headers = [text for column in case.columns for text in (column.header, *column.also)]

        assert len(set(names)) == len(names)
        assert len(set(headers)) == len(headers)
        assert LINE not in names
        assert not set(headers) & set(case.report.left_out)

    walk(subtests, BY_NAME, check)


def test_a_key_is_made_of_required_or_computed_columns(subtests):
    def check(case):
        columns = {column.name: column for column in case.table.columns}

        assert all(columns[name].required or columns[name].is_computed for name in case.table.key)
        assert case.table.scope in case.table.key

    walk(subtests, BY_NAME, check)


def test_what_is_left_out_is_left_out_for_a_reason(subtests):
    def check(report):
        assert [header for header, reason in report.left_out.items() if not reason] == []

    walk(subtests, REPORTS, check)
