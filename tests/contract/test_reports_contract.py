"""What every feed promises, whichever module reads it: the promises stand here once, and each feed is held to all of them."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.contract import ARROW_TYPES, LINE, PYTHON_TYPES, Content, Kind
from sellerwatch.reports.document import DocumentError
from sellerwatch.reports.registry import REPORTS
from tests.contract.report_documents import (
    BAD_CELLS,
    CASES,
    FAITHFUL_TEXTS,
    NO_REPORTS,
    US,
    Case,
    assert_same_facts,
    cases_of,
    frames_of,
)
from tests.walking import walk


@dataclass(frozen=True, slots=True)
class Promise:
    """One sentence about every feed, and what shows that it holds for a table of a feed."""

    words: str
    check: Callable[[Case], None]
    concerns: Callable[[Case], bool]


PROMISES: list[Promise] = []


def promise(concerns=lambda _case: True):
    """Enter a check among the promises; its name is the promise, of the cases that ``concerns`` picks."""

    def enter(check):
        PROMISES.append(Promise(check.__name__.replace("_", " "), check, concerns))
        return check

    return enter


def of_flat_files(case):
    return case.is_flat


def of_the_report(case):
    """Pick one table of each report, for what concerns its documents and no table."""
    return case.table is case.report.tables[0]


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
def test_a_feed_keeps_every_promise(report, subtests):
    promised = {
        f"{case.table.name}: {promise.words}": (promise, case)
        for case in cases_of(report)
        for promise in PROMISES
        if promise.concerns(case)
    }

    walk(subtests, promised, lambda pair: pair[0].check(pair[1]))


def test_no_promise_is_empty(subtests):
    def check(promise):
        assert any(promise.concerns(case) for case in CASES)

    walk(subtests, {promise.words: promise for promise in PROMISES}, check)


# What comes out


@promise()
def a_frame_has_exactly_the_columns_and_types_of_its_table(case):
    frame, columns = case.frame(case.one_read), case.table.columns

    assert list(frame.columns) == [*(column.name for column in columns), LINE]
    assert [frame[column.name].dtype for column in columns] == [pd.ArrowDtype(ARROW_TYPES[c.kind]) for c in columns]
    assert frame[LINE].dtype == "int64[pyarrow]"


@promise()
def a_full_record_leaves_no_cell_empty(case):
    frame = case.frame(case.one_read)

    assert [name for name in frame if frame[name].isna().any()] == []
    assert len(frame) == 1


@promise()
def typed_rows_carry_what_the_frame_carries(case):
    rows = list(case.table.rows(case.frame(case.two_read)))

    assert [type(row) for row in rows] == [case.table.row, case.table.row]
    for column in case.columns:
        assert isinstance(getattr(rows[0], column.name), PYTHON_TYPES[column.kind]), column.name


@promise()
def the_line_tells_where_a_record_stands(case):
    assert case.frame(case.two_read)[LINE].tolist() == ([2, 3] if case.is_flat else [1, 2])


@promise()
def text_comes_out_exactly_as_it_went_in(case):
    records = [case.record(number, **dict.fromkeys(case.texts, text)) for number, text in enumerate(FAITHFUL_TEXTS, start=1)]

    frame = case.read(*records)

    assert {name: frame[name].tolist() for name in case.texts} == dict.fromkeys(case.texts, FAITHFUL_TEXTS)


@promise()
def blank_is_null_and_never_zero(case):
    spared = {*case.table.key, *case.never_blank, *({"sku"} if "item" in case.table.key else ())}
    blanks = {column.name: "" for column in case.columns if column.name not in spared}

    frame = case.read(case.record(**blanks))

    assert {name: frame.loc[0, name] for name in blanks if not pd.isna(frame.loc[0, name])} == {}


@promise()
def spaces_around_a_number_or_date_carry_no_meaning(case):
    plain = case.record()
    spaced = {
        column.header: f" {plain[column.header]} " if column.kind is not Kind.TEXT else plain[column.header]
        for column in case.columns
    }

    pd.testing.assert_frame_equal(case.frame(case.one_read), case.read(spaced))


@promise()
def parsing_twice_gives_the_same(case):
    again, from_file = case.parse(case.two), case.parse(io.BytesIO(case.two))

    assert_same_facts(case.two_read, again)
    assert_same_facts(case.two_read, from_file)
    assert case.two_read.skipped == again.skipped == from_file.skipped == ()


@promise()
def a_key_names_one_row_even_when_a_record_comes_twice(case):
    parsed = case.parse(case.document(case.record(), case.record(), case.record(2)))
    frame, skipped = case.frame(parsed), case.skipped(parsed)

    assert not frame.duplicated(list(case.table.key)).any()
    assert len(frame) + len(skipped) == 3
    assert [item.reason for item in skipped if "repeats the key" not in item.reason] == []


# Columns that are not where, or what, they were


@promise()
def a_missing_required_column_refuses_the_document_and_is_named(case):
    silent = {}
    for column in (column for column in case.columns if column.required):
        records = [case.record(number, **{column.name: None}) for number in (1, 2)]
        said, found = refusal_of(case, case.document(*records)), list(records[0])[:1]
        is_named = said and repr(column.header) in said.what and case.table.name in said.where
        if not (is_named and all(repr(header) in said.remedy for header in found)):
            silent[column.name] = said

    assert silent == {}


def refusal_of(case, data):
    try:
        case.parse(data)
    except DocumentError as error:
        return error
    return None


@promise()
def missing_optional_columns_are_null(case):
    optional = [column.name for column in case.columns if not column.required and column.name != "sku"]

    frame = case.read(case.record(**dict.fromkeys(optional)))

    assert list(frame.columns)[:-1] == [column.name for column in case.table.columns]
    assert {name: frame.loc[0, name] for name in optional if not pd.isna(frame.loc[0, name])} == {}


@promise()
def an_unknown_column_is_named_and_changes_nothing_else(case):
    parsed = case.parse(case.document({"brand-new column": "7", **case.record()}))

    assert parsed.unknown_columns == ("brand-new column",)
    assert_same_facts(case.one_read, parsed)


@promise(of_the_report)
def a_column_left_out_on_purpose_is_not_called_unknown(case):
    extra = dict.fromkeys(case.report.left_out, "7")

    parsed = case.parse(case.document({**case.record(), **extra}))

    assert parsed.unknown_columns == ()


@promise()
def the_order_of_columns_does_not_matter(case):
    turned = dict(reversed(case.record().items()))

    pd.testing.assert_frame_equal(case.frame(case.one_read), case.read(turned))


@promise(of_flat_files)
def the_spelling_of_a_header_does_not_matter(case):
    respelled = {header.upper().replace("-", " "): text for header, text in case.record().items()}

    pd.testing.assert_frame_equal(case.frame(case.one_read), case.read(respelled))


@promise(lambda case: any(column.also for column in case.columns))
def another_name_of_a_column_is_read_as_the_column(case):
    renamed = [column for column in case.columns if column.also]
    plain = case.frame(case.one_read)
    for place in range(max(len(column.also) for column in renamed)):
        names = {column.header: column.also[place] for column in renamed if place < len(column.also)}
        parsed = case.parse(case.document({names.get(header, header): text for header, text in case.record().items()}))
        frame, read = case.frame(parsed), [column.name for column in renamed if column.header in names]
        assert {name: frame.loc[0, name] for name in read} == {name: plain.loc[0, name] for name in read}
        assert parsed.unknown_columns == ()


# Records that cannot be used


@promise()
def a_cell_that_does_not_fit_sets_its_record_aside_and_no_other(case):
    columns = [column for column in case.columns if column.kind in BAD_CELLS and column.name not in case.never_blank]
    bad = [case.record(3, **{column.name: BAD_CELLS[column.kind]}) for column in columns]

    parsed = case.parse(case.document(case.record(1), *bad, case.record(2)))

    frame, plain = case.frame(parsed), case.frame(case.two_read)
    pd.testing.assert_frame_equal(frame.drop(columns=LINE), plain.drop(columns=LINE))
    second, skipped = 3 if case.is_flat else 2, case.skipped(parsed)
    assert [(item.column, item.excerpt) for item in skipped] == [(c.header, BAD_CELLS[c.kind]) for c in columns]
    assert [item.line for item in skipped] == list(range(second, second + len(bad)))
    assert [item for item in skipped if not item.reason.startswith("expected ")] == []
    others = sum(len(other) for name, other in frames_of(parsed).items() if name != case.table.name)
    assert parsed.row_count == len(parsed.skipped) + 2 + others


@promise(lambda case: any(column.name in case.table.key for column in case.columns))
def a_record_with_a_blank_key_is_set_aside(case):
    keys = [column for column in case.columns if column.name in case.table.key]
    blank = [case.record(number, **{column.name: ""}) for number, column in enumerate(keys, start=2)]

    parsed = case.parse(case.document(case.record(1), *blank))

    assert len(case.frame(parsed)) == 1
    skipped = [(item.column, item.reason) for item in case.skipped(parsed)]
    assert skipped == [(column.header, "blank, but part of the key") for column in keys]


# Documents of another shape


@promise(of_flat_files)
def line_ends_may_be_those_of_windows(case):
    assert_same_facts(case.two_read, case.parse(case.two.replace(b"\n", b"\r\n") + b"\r\n"))


@promise()
def a_byte_order_mark_is_not_part_of_the_text(case):
    assert_same_facts(case.two_read, case.parse(b"\xef\xbb\xbf" + case.two))


@promise(of_flat_files)
def trailing_cells_that_were_dropped_are_null(case):
    names = [column.name for column in case.columns]
    kept = max(names.index(name) for name in case.table.key if name in names) + 1
    blank = dict.fromkeys(set(names[kept:]) - case.never_blank, "")
    data = case.document(case.record(1), case.record(2, **blank))

    assert_same_facts(case.parse(data), case.parse(data.rstrip(b"\t")))


@promise(lambda case: case.is_flat and not case.has_counterparts)
def a_line_with_more_cells_than_the_header_is_set_aside(case):
    lines = case.two.split(b"\n")

    parsed = case.parse(b"\n".join([lines[0], lines[1] + b"\textra", lines[2]]))

    assert case.frame(parsed)[LINE].tolist() == [3]
    (skipped,) = parsed.skipped
    assert skipped.line == 2
    assert skipped.reason == f"{len(case.columns) + 1} cells, but the header has {len(case.columns)}"


@promise(of_flat_files)
def a_header_that_comes_again_is_no_record(case):
    header, *lines = case.two.split(b"\n")

    parsed = case.parse(b"\n".join([header, lines[0], header, *lines[1:]]))

    assert case.frame(parsed)[LINE].tolist() == [2, 4]
    assert parsed.notes == ("header_repeated: line 3",)
    assert parsed.row_count == len(lines)


@promise(of_flat_files)
def blank_lines_are_ignored_and_still_counted(case):
    header, *lines = case.two.split(b"\n")
    tabs = b"\t" * header.count(b"\t")

    parsed = case.parse(b"\n".join([b"", header, b"", lines[0], tabs, *lines[1:], b"", b""]))

    assert case.frame(parsed)[LINE].tolist() == [4, 6]
    assert parsed.skipped == ()


@promise(of_flat_files)
def a_document_with_a_header_only_is_valid_and_empty(case):
    header = case.two.split(b"\n")[0]

    for data in (header, header + b"\n", header + b"\r\n"):
        parsed = case.parse(data)
        pd.testing.assert_frame_equal(case.frame(parsed), case.table.empty_frame())
        assert (parsed.row_count, parsed.notes) == (0, ())


@promise(of_the_report)
def an_empty_document_has_no_records_and_says_so(case):
    for data in (b"", b"\xef\xbb\xbf", b"\n\r\n \n"):
        parsed = case.parse(data)

        assert (parsed.row_count, parsed.notes) == (0, ("empty_document",)), data
        for table in case.report.tables:
            pd.testing.assert_frame_equal(frames_of(parsed)[table.name], table.empty_frame())


@promise(of_the_report)
def what_is_no_report_is_refused_with_a_remedy(case):
    refusals = {name: refusal_of(case, data) for name, data in NO_REPORTS.items()}

    assert [name for name, said in refusals.items() if not (said and said.where and said.remedy)] == []


# Characters


@promise()
def a_byte_the_served_charset_lacks_is_read_by_the_next_best(case):
    name = case.texts[0]
    data = case.document(case.record(**{name: "caf@"})).replace(b"caf@", b"caf\xe9")

    parsed = case.parse(data)

    assert case.frame(parsed).loc[0, name] == "café"
    assert parsed.encoding == "cp1252"


@promise()
def a_character_lost_before_it_reached_us_is_counted(case):
    name = case.texts[0]
    data = case.document(case.record(**{name: "caf\ufffd \ufffd"}))

    parsed = case.parse(data)

    assert case.frame(parsed).loc[0, name] == "caf\ufffd \ufffd"
    assert parsed.replacement_count == data.count("\ufffd".encode())


@promise()
def japanese_text_is_read_as_served_or_as_the_marketplace_writes_it(case):
    name = case.texts[0]
    data = case.document(case.record(**{name: "①高橋"})).decode()
    data = data.replace(US.marketplace.id, marketplace("JP").id).encode("cp932")

    for content_type in ("text/plain; charset=Windows-31J", "", "text/plain; charset=ISO-8859-1"):
        parsed = case.parse(data, dataclasses.replace(US, marketplace=marketplace("JP"), content_type=content_type))
        assert case.frame(parsed).loc[0, name] == "①高橋", content_type
        assert parsed.encoding == "cp932", content_type


@promise()
def nul_never_reaches_a_frame(case):
    name = case.texts[0]
    raw = case.document(case.record(**{name: "a@b"}), case.record(2))
    nul = b"\\u0000" if case.report.content is Content.JSON else b"\0"

    parsed = case.parse(raw.replace(b"@", nul))

    assert case.frame(parsed)[name].tolist()[0] == "a\ufffdb"
    assert len(case.frame(parsed)) == 2
