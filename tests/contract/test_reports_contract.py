"""What every report promises, whichever module reads it: one test per promise, run for all of them."""

from __future__ import annotations

import dataclasses
import gzip
import importlib
import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.contract import ARROW_TYPES, LINE, PYTHON_TYPES, Content, Kind
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.header import fold
from sellerwatch.reports.registry import BY_AMAZON_TYPE, REPORTS, TABLES
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

PAIRS = [(report, table) for report in REPORTS.values() for table in report.tables]


def table_cases(select):
    chosen = [(report, table) for report, table in PAIRS if select(report)]
    return pytest.mark.parametrize(("report", "table"), chosen, ids=[f"{report.name}-{table.name}" for report, table in chosen])


def column_cases(select):
    chosen = [(report, table, c) for report, table in PAIRS for c in table.document_columns if select(table, c)]
    ids = [f"{report.name}-{table.name}-{column.name}" for report, table, column in chosen]
    return pytest.mark.parametrize(("report", "table", "column"), chosen, ids=ids)


every_report = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
every_table = table_cases(lambda report: True)
every_flat_table = table_cases(lambda report: report.content is Content.TSV)


def cell(column, number):
    if column.kind is Kind.TEXT:
        return f"{column.name}-{number}"
    if column.kind is Kind.DAY:
        return f"2026-11-{number:02d}"
    return GOOD_CELLS[column.kind]


def record(table, number=1, **cells):
    """One good record as Amazon's header to text; ``cells`` are by our names, None leaves the column out."""
    values = {column.header: cells.get(column.name, cell(column, number)) for column in table.document_columns}
    return {header: value for header, value in values.items() if value is not None}


def document(report, table, records):
    """The report's document with these records in the table, as bytes."""
    if report.content is Content.TSV:
        records = [*records, *COUNTERPARTS.get(table.name, no_counterparts)(records)]
        headers = list(dict.fromkeys(header for item in records for header in item))
        lines = [headers, *([item.get(header, "") for header in headers] for item in records)]
        return "\n".join("\t".join(cells) for cells in lines).encode()
    return json_document(report, table, records, record, US.marketplace.id)


def no_counterparts(records):
    return []


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

NEVER_BLANK = {"settlement": {"total_amount"}}
"""Columns without which a document as a whole means nothing."""


def parse(report, data, context=US):
    return report.parse(data, context)


def frame_of(report, table, records):
    return parse(report, document(report, table, records)).frames[table.name]


def skipped_of(table, parsed):
    """The table's records that were set aside; one that holds records of another table takes those along."""
    taken_along = [item for item in parsed.skipped if item.table != table.name]
    assert all(item.reason == "stands in a record that was set aside" for item in taken_along)
    return [item for item in parsed.skipped if item.table == table.name]


def assert_same_frames(one, other):
    assert one.frames.keys() == other.frames.keys()
    for name, frame in one.frames.items():
        pd.testing.assert_frame_equal(frame, other.frames[name])


# The tables themselves


def test_every_report_is_a_module_of_its_own_name():
    for name, report in REPORTS.items():
        assert importlib.import_module(f"sellerwatch.reports.{name}").REPORT is report
        assert BY_AMAZON_TYPE[report.amazon_type] is report
    assert len(BY_AMAZON_TYPE) == len(REPORTS)


def test_reports_that_fill_one_table_mean_the_same_table():
    assert {table.name for _, table in PAIRS} == set(TABLES)
    assert all(TABLES[table.name] is table for _, table in PAIRS)


@every_table
def test_a_typed_row_has_exactly_the_columns_of_its_table(report, table):
    hints = {field.name: field.type for field in dataclasses.fields(table.row)}
    resolved = {name: resolve(hint) for name, hint in hints.items()}

    assert list(hints) == [column.name for column in table.columns]
    for column in table.columns:
        expected = PYTHON_TYPES[column.kind]
        assert resolved[column.name] in (expected, expected | None), column.name
        assert (resolved[column.name] is expected) == (column.name in table.key), column.name
    assert table.row.__dataclass_params__.frozen
    assert table.row.__slots__ == tuple(hints)


def resolve(hint):
    known = {kind.__name__: kind for kind in PYTHON_TYPES.values()}
    first, *rest = [part.strip() for part in hint.split("|")]
    return known[first] | None if rest == ["None"] else known[first]


@every_table
def test_every_column_says_what_it_means(report, table):
    assert table.title
    for column in table.columns:
        assert re.fullmatch(r"[A-Z0-9].*\.", column.note), column
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name), column


@every_table
def test_no_two_columns_share_a_name_or_a_header(report, table):
    names = [column.name for column in table.columns]
    headers = [text for column in table.document_columns for text in (column.header, *column.also)]

    assert len(set(names)) == len(names)
    assert len(set(headers)) == len(headers)
    assert LINE not in names
    assert not set(headers) & set(report.left_out)


@every_table
def test_a_key_is_made_of_required_or_computed_columns(report, table):
    columns = {column.name: column for column in table.columns}

    assert all(columns[name].required or columns[name].is_computed for name in table.key)
    assert table.scope in table.key


# What comes out


@every_table
def test_a_frame_has_exactly_the_columns_and_types_of_its_table(report, table):
    frame = frame_of(report, table, [record(table)])

    assert list(frame.columns) == [*(column.name for column in table.columns), LINE]
    assert [frame[column.name].dtype for column in table.columns] == [pd.ArrowDtype(ARROW_TYPES[c.kind]) for c in table.columns]
    assert frame[LINE].dtype == "int64[pyarrow]"


@every_table
def test_a_full_record_leaves_no_cell_empty(report, table):
    frame = frame_of(report, table, [record(table)])

    assert frame.notna().all(axis=None)


@every_table
def test_typed_rows_carry_what_the_frame_carries(report, table):
    frame = frame_of(report, table, [record(table, 1), record(table, 2)])
    rows = list(table.rows(frame))

    assert [type(row) for row in rows] == [table.row, table.row]
    for column in table.document_columns:
        assert isinstance(getattr(rows[0], column.name), PYTHON_TYPES[column.kind])


@every_table
def test_the_line_tells_where_a_record_stands(report, table):
    frame = frame_of(report, table, [record(table, 1), record(table, 2)])

    assert frame[LINE].tolist() == ([2, 3] if report.content is Content.TSV else [1, 2])


@every_table
def test_text_comes_out_exactly_as_it_went_in(report, table):
    names = [column.name for column in table.document_columns if column.kind is Kind.TEXT]
    records = [record(table, number, **dict.fromkeys(names, text)) for number, text in enumerate(FAITHFUL_TEXTS, start=1)]

    frame = frame_of(report, table, records)

    for name in names:
        assert frame[name].tolist() == FAITHFUL_TEXTS, name


@every_table
def test_blank_is_null_and_never_zero(report, table):
    spared = NEVER_BLANK.get(table.name, set())
    names = [column.name for column in table.document_columns if column.name not in {*table.key, *spared}]
    keyed_by_item = {"sku"} if "item" in table.key else set()
    blanks = dict.fromkeys(set(names) - keyed_by_item, "")

    frame = frame_of(report, table, [record(table, **blanks)])

    assert frame.loc[0, list(blanks)].isna().all()


@every_table
def test_spaces_around_a_number_or_date_carry_no_meaning(report, table):
    plain = record(table)
    spaced = {
        column.header: f" {plain[column.header]} " if column.kind is not Kind.TEXT else plain[column.header]
        for column in table.document_columns
    }

    pd.testing.assert_frame_equal(frame_of(report, table, [plain]), frame_of(report, table, [spaced]))


@every_table
def test_parsing_twice_gives_the_same(report, table):
    data = document(report, table, [record(table, 1), record(table, 2)])

    once, again, from_file = parse(report, data), parse(report, data), parse(report, io.BytesIO(data))

    assert_same_frames(once, again)
    assert_same_frames(once, from_file)
    assert once.skipped == again.skipped == from_file.skipped == ()


@every_table
def test_a_key_names_one_row_even_when_a_record_comes_twice(report, table):
    parsed = parse(report, document(report, table, [record(table), record(table), record(table, 2)]))
    frame = parsed.frames[table.name]

    assert not frame.duplicated(list(table.key)).any()
    assert len(frame) + len(skipped_of(table, parsed)) == 3
    assert all("repeats the key" in item.reason for item in skipped_of(table, parsed))


# Columns that are not where, or what, they were


@column_cases(lambda table, column: column.required)
def test_a_missing_required_column_refuses_the_document_and_is_named(report, table, column):
    records = [record(table, number, **{column.name: None}) for number in (1, 2)]

    with pytest.raises(DocumentError) as caught:
        parse(report, document(report, table, records))

    assert repr(column.header) in caught.value.what
    assert table.name in caught.value.where
    assert all(repr(header) in caught.value.remedy for header in list(records[0])[:1])


@every_table
def test_missing_optional_columns_are_null(report, table):
    optional = [column.name for column in table.document_columns if not column.required and column.name != "sku"]

    frame = frame_of(report, table, [record(table, **dict.fromkeys(optional))])

    assert list(frame.columns)[:-1] == [column.name for column in table.columns]
    assert frame[optional].isna().all(axis=None)


@every_table
def test_an_unknown_column_is_named_and_changes_nothing_else(report, table):
    plain = parse(report, document(report, table, [record(table)]))

    parsed = parse(report, document(report, table, [{"brand-new column": "7", **record(table)}]))

    assert parsed.unknown_columns == ("brand-new column",)
    assert_same_frames(plain, parsed)


@every_report
def test_a_column_left_out_on_purpose_is_not_called_unknown(report):
    table = report.tables[0]
    extra = dict.fromkeys(report.left_out, "7")

    parsed = parse(report, document(report, table, [{**record(table), **extra}]))

    assert parsed.unknown_columns == ()
    assert all(report.left_out.values())


@every_table
def test_the_order_of_columns_does_not_matter(report, table):
    plain = record(table)

    turned = dict(reversed(plain.items()))

    pd.testing.assert_frame_equal(frame_of(report, table, [plain]), frame_of(report, table, [turned]))


@every_flat_table
def test_the_spelling_of_a_header_does_not_matter(report, table):
    plain = record(table)

    respelled = {header.upper().replace("-", " "): text for header, text in plain.items()}

    pd.testing.assert_frame_equal(frame_of(report, table, [plain]), frame_of(report, table, [respelled]))


@column_cases(lambda table, column: bool(column.also))
def test_another_name_of_a_column_is_read_as_the_column(report, table, column):
    plain = record(table)

    for other in column.also:
        renamed = {other if header == column.header else header: text for header, text in plain.items()}
        parsed = parse(report, document(report, table, [renamed]))
        assert parsed.frames[table.name].loc[0, column.name] == frame_of(report, table, [plain]).loc[0, column.name]
        assert parsed.unknown_columns == ()


# Records that cannot be used


@every_table
def test_a_cell_that_does_not_fit_sets_its_record_aside_and_no_other(report, table):
    spared = NEVER_BLANK.get(table.name, set())
    columns = [column for column in table.document_columns if column.kind in BAD_CELLS and column.name not in spared]
    good = [record(table, 1), record(table, 2)]
    bad = [record(table, 3, **{column.name: BAD_CELLS[column.kind]}) for column in columns]

    parsed = parse(report, document(report, table, [good[0], *bad, good[1]]))

    plain = frame_of(report, table, good)
    pd.testing.assert_frame_equal(parsed.frames[table.name].drop(columns=LINE), plain.drop(columns=LINE))
    second = 3 if report.content is Content.TSV else 2
    skipped = skipped_of(table, parsed)
    assert [item.line for item in skipped] == list(range(second, second + len(bad)))
    assert [(item.column, item.excerpt) for item in skipped] == [(c.header, BAD_CELLS[c.kind]) for c in columns]
    assert all(item.reason.startswith("expected ") for item in skipped)
    others = sum(len(frame) for name, frame in parsed.frames.items() if name != table.name)
    assert parsed.row_count == len(parsed.skipped) + 2 + others


@column_cases(lambda table, column: column.name in table.key)
def test_a_record_with_a_blank_key_is_set_aside(report, table, column):
    parsed = parse(report, document(report, table, [record(table, 1), record(table, 2, **{column.name: ""})]))

    assert len(parsed.frames[table.name]) == 1
    skipped = [(item.column, item.reason) for item in skipped_of(table, parsed)]
    assert skipped == [(column.header, "blank, but part of the key")]


# Documents of another shape


@every_flat_table
def test_line_ends_may_be_those_of_windows(report, table):
    data = document(report, table, [record(table, 1), record(table, 2)])

    assert_same_frames(parse(report, data), parse(report, data.replace(b"\n", b"\r\n") + b"\r\n"))


@every_table
def test_a_byte_order_mark_is_not_part_of_the_text(report, table):
    data = document(report, table, [record(table)])

    assert_same_frames(parse(report, data), parse(report, b"\xef\xbb\xbf" + data))


@every_flat_table
def test_trailing_cells_that_were_dropped_are_null(report, table):
    names = [column.name for column in table.document_columns]
    kept = max(names.index(name) for name in table.key if name in names) + 1
    blank = dict.fromkeys(set(names[kept:]) - NEVER_BLANK.get(table.name, set()), "")
    data = document(report, table, [record(table, 1), record(table, 2, **blank)])

    assert_same_frames(parse(report, data), parse(report, data.rstrip(b"\t")))


@table_cases(lambda report: report.content is Content.TSV and report.tables[0].name not in COUNTERPARTS)
def test_a_line_with_more_cells_than_the_header_is_set_aside(report, table):
    lines = document(report, table, [record(table, 1), record(table, 2)]).split(b"\n")

    parsed = parse(report, b"\n".join([lines[0], lines[1] + b"\textra", lines[2]]))

    assert parsed.frames[table.name][LINE].tolist() == [3]
    (skipped,) = parsed.skipped
    assert skipped.line == 2
    assert skipped.reason == f"{len(table.document_columns) + 1} cells, but the header has {len(table.document_columns)}"


@every_flat_table
def test_a_header_that_comes_again_is_no_record(report, table):
    header, *lines = document(report, table, [record(table, 1), record(table, 2)]).split(b"\n")

    parsed = parse(report, b"\n".join([header, lines[0], header, *lines[1:]]))

    assert parsed.frames[table.name][LINE].tolist() == [2, 4]
    assert parsed.notes == ("header_repeated: line 3",)
    assert parsed.row_count == len(lines)


@every_flat_table
def test_blank_lines_are_ignored_and_still_counted(report, table):
    header, *lines = document(report, table, [record(table, 1), record(table, 2)]).split(b"\n")
    tabs = b"\t" * header.count(b"\t")

    parsed = parse(report, b"\n".join([b"", header, b"", lines[0], tabs, *lines[1:], b"", b""]))

    assert parsed.frames[table.name][LINE].tolist() == [4, 6]
    assert parsed.skipped == ()


@every_flat_table
def test_a_document_with_a_header_only_is_valid_and_empty(report, table):
    header = document(report, table, [record(table)]).split(b"\n")[0]

    for data in (header, header + b"\n", header + b"\r\n"):
        parsed = parse(report, data)
        pd.testing.assert_frame_equal(parsed.frames[table.name], table.empty_frame())
        assert (parsed.row_count, parsed.notes) == (0, ())


@every_report
@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\r\n \n"], ids=["zero bytes", "mark only", "white space"])
def test_an_empty_document_has_no_records_and_says_so(report, data):
    parsed = parse(report, data)

    assert (parsed.row_count, parsed.notes) == (0, ("empty_document",))
    for table in report.tables:
        pd.testing.assert_frame_equal(parsed.frames[table.name], table.empty_frame())


@every_report
@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><html><body>503</body></html>",
        b'\xef\xbb\xbf\r\n<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        b"Please provide report options promotionStartDateFrom and promotionStartDateTo",
        b"\x00\x01\x02\xff\xfe",
        gzip.compress(b"sku"),
    ],
    ids=["html", "xml", "sentence", "binary", "gzip"],
)
def test_what_is_no_report_is_refused_with_a_remedy(report, data):
    with pytest.raises(DocumentError) as caught:
        parse(report, data)

    assert caught.value.where
    assert caught.value.remedy


# Characters


@every_table
def test_a_byte_the_served_charset_lacks_is_read_by_the_next_best(report, table):
    name = next(column.name for column in table.document_columns if column.kind is Kind.TEXT)
    data = document(report, table, [record(table, **{name: "caf@"})]).replace(b"caf@", b"caf\xe9")

    parsed = parse(report, data)

    assert parsed.frames[table.name].loc[0, name] == "café"
    assert parsed.encoding == "cp1252"


@every_table
def test_a_character_lost_before_it_reached_us_is_counted(report, table):
    name = next(column.name for column in table.document_columns if column.kind is Kind.TEXT)

    data = document(report, table, [record(table, **{name: "caf\ufffd \ufffd"})])

    parsed = parse(report, data)

    assert parsed.frames[table.name].loc[0, name] == "caf\ufffd \ufffd"
    assert parsed.replacement_count == data.count("\ufffd".encode())


@every_table
def test_japanese_text_is_read_as_served_or_as_the_marketplace_writes_it(report, table):
    name = next(column.name for column in table.document_columns if column.kind is Kind.TEXT)
    data = document(report, table, [record(table, **{name: "①高橋"})]).decode()
    data = data.replace(US.marketplace.id, marketplace("JP").id).encode("cp932")

    for content_type in ("text/plain; charset=Windows-31J", "", "text/plain; charset=ISO-8859-1"):
        parsed = parse(report, data, dataclasses.replace(US, marketplace=marketplace("JP"), content_type=content_type))
        assert parsed.frames[table.name].loc[0, name] == "①高橋"
        assert parsed.encoding == "cp932"


@every_table
def test_nul_never_reaches_a_frame(report, table):
    name = next(column.name for column in table.document_columns if column.kind is Kind.TEXT)
    raw = document(report, table, [record(table, **{name: "a@b"}), record(table, 2)])
    nul = b"\\u0000" if report.content is Content.JSON else b"\0"

    parsed = parse(report, raw.replace(b"@", nul))

    assert parsed.frames[table.name][name].tolist()[0] == "a\ufffdb"
    assert len(parsed.frames[table.name]) == 2


def test_every_kind_has_a_type_in_frames_and_in_rows():
    assert set(ARROW_TYPES) == set(PYTHON_TYPES) == set(Kind)
