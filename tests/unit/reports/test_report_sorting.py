"""Facts come out in the order of their key, however few of them are held in memory, and records are compared only there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports import flatfile, sorting
from sellerwatch.reports.computed import ORDINAL
from sellerwatch.reports.contract import LINE, Column, FactTable, Kind, Replace
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.registry import REPORTS
from sellerwatch.reports.sorting import Sorter

NAMED = FactTable(
    name="shelf",
    columns=(
        Column("sku", "sku", Kind.TEXT, "Name.", required=True),
        Column("place", "place", Kind.TEXT, "Place.", required=True),
        Column("units", "quantity", Kind.INTEGER, "Units."),
    ),
    key=("sku", "place"),
    replace=Replace.SNAPSHOT,
    scope="sku",
    row=tuple,
    title="A shelf",
)
COUNTED = FactTable(
    name="shelf",
    columns=(*NAMED.columns, Column(ORDINAL, "", Kind.INTEGER, "Place among equals.")),
    key=("sku", "place", ORDINAL),
    replace=Replace.BY_ORDER,
    scope="sku",
    row=tuple,
    title="A shelf whose lines may be equal",
)
names = st.text(st.sampled_from("ab\tAé"), max_size=3)
records = st.lists(st.tuples(names, names), max_size=40)


def small_steps(patch, run_rows):
    """Let a handful of rows be many."""
    patch.setattr(sorting, "RUN_ROWS", run_rows)
    patch.setattr(sorting, "_STEP_ROWS", 2)
    patch.setattr(sorting, "_RANGE_STEPS", 2)


def facts(rows, first):
    sku, place = ([row[index] for row in rows] for index in (0, 1))
    lines = list(range(first, first + len(rows)))
    types = [("sku", pa.string()), ("place", pa.string()), ("units", pa.int64()), (LINE, pa.int64())]
    return pa.table([sku, place, lines, lines], schema=pa.schema(types))


def sort(table, rows, folder, *, block=5):
    sorter = Sorter(table, folder)
    for start in range(0, len(rows), block):
        sorter.add(facts(rows[start : start + block], 2 + start))
    return sorter.finish(), sorter


def listed(found, *columns):
    return [tuple(row[name] for name in columns) for batch in found.batches() for row in batch.to_pylist()]


@given(rows=records, run_rows=st.integers(1, 12))
def test_files_and_memory_give_the_same_rows_in_the_order_of_their_key(rows, run_rows):
    expected = sorted((*row, line) for line, row in enumerate(rows, start=2))

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        small_steps(patch, run_rows)
        in_files, _ = sort(COUNTED, rows, Path(folder))
        in_memory, _ = sort(COUNTED, rows, None)

        assert listed(in_files, "sku", "place", LINE) == listed(in_memory, "sku", "place", LINE)
        assert sorted(listed(in_files, "sku", "place", LINE)) == expected
        assert [row[:2] for row in listed(in_files, "sku", "place")] == [row[:2] for row in expected]
        assert in_files.row_count == in_memory.row_count == len(rows)
        assert {batch.schema for batch in in_files.batches()} <= {COUNTED.schema}


@given(rows=records, run_rows=st.integers(1, 12))
def test_equal_lines_are_counted_in_the_documents_order(rows, run_rows):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        small_steps(patch, run_rows)
        found, sorter = sort(COUNTED, rows, Path(folder))
        by_line = {row[0]: row[1] for row in listed(found, LINE, ORDINAL)}

    assert [by_line[line] for line in range(2, 2 + len(rows))] == [
        rows[: index + 1].count(row) for index, row in enumerate(rows)
    ]
    assert sorter.skipped == []


@given(rows=records, run_rows=st.integers(1, 12))
def test_of_records_with_one_key_the_first_is_kept_and_the_others_set_aside(rows, run_rows):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        small_steps(patch, run_rows)
        found, sorter = sort(NAMED, rows, Path(folder))
        kept = sorted(listed(found, LINE))

    first = [(line,) for line, row in enumerate(rows, start=2) if row not in rows[: line - 2]]
    assert kept == first
    assert sorted((item.line,) for item in sorter.skipped) == sorted({(line,) for line in range(2, 2 + len(rows))} - {*first})
    assert {item.reason for item in sorter.skipped} <= {"repeats the key of an earlier record"}


def test_cells_that_only_differ_in_where_a_tab_stands_are_two_keys():
    found, sorter = sort(NAMED, [("a\t", "b"), ("a", "\tb")], None)

    assert (found.row_count, sorter.skipped) == (2, [])


def test_a_blank_in_the_key_sets_the_record_aside_wherever_it_stands(tmp_path, monkeypatch):
    small_steps(monkeypatch, 2)
    rows = [("a", "x"), ("b", None), (None, None), ("c", "x"), ("d", "x")]

    found, sorter = sort(NAMED, rows, tmp_path, block=2)

    assert listed(found, "sku") == [("a",), ("c",), ("d",)]
    assert [(item.line, item.reason, item.excerpt) for item in sorter.skipped] == [
        (3, "blank place, but part of the key", "b"),
        (4, "blank sku, place, but part of the key", ""),
    ]


def test_only_the_result_is_left_in_the_folder(tmp_path, monkeypatch):
    small_steps(monkeypatch, 3)

    found, _ = sort(NAMED, [(f"{number:02}", "x") for number in range(20)], tmp_path)

    assert [*tmp_path.iterdir()] == [found.place]


def test_what_is_given_up_leaves_no_file(tmp_path, monkeypatch):
    small_steps(monkeypatch, 3)
    sorter = Sorter(NAMED, tmp_path)
    sorter.add(facts([("a", "x")] * 5, 2))
    assert len([*tmp_path.iterdir()]) == 1

    sorter.discard()

    assert [*tmp_path.iterdir()] == []


STREAMED = {name: report for name, report in REPORTS.items() if report.stream is not None}


def test_every_report_that_may_be_long_is_streamed():
    assert {"all_orders", "orders_by_date", "ledger_summary", "ledger_detail", "fba_inventory", "inventory_planning"} <= {
        *STREAMED
    }


CASES = [
    path
    for path in sorted((Path(__file__).parents[2] / "golden").glob("*/*/input.tsv"))
    if path.parents[1].name in STREAMED and '"refused"' not in (path.parent / "expect.json").read_text()
]
US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, 12, tzinfo=UTC))


def test_a_document_in_small_pieces_says_what_it_says_as_a_whole(tmp_path, monkeypatch):
    whole = {case: STREAMED[case.parents[1].name].parse(case.read_bytes(), US) for case in CASES}
    small_steps(monkeypatch, 2)
    monkeypatch.setattr(flatfile, "_BLOCK_BYTES", 300)

    for case, parsed in whole.items():
        report = STREAMED[case.parents[1].name]
        with case.open("rb") as file:
            found = report.stream(file, US, tmp_path)

        again = sorting.parsed_of(found, {table.name: table for table in report.tables})
        assert found.told == parsed.told, case
        for name, frame in parsed.frames.items():
            pd.testing.assert_frame_equal(again.frames[name], frame)
    assert len(CASES) > 15
