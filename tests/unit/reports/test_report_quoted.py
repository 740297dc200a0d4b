"""Flat files in which every cell stands in quotes: what quotes protect, what they do when they do not pair, and no seams."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports import flatfile
from sellerwatch.reports.computed import ORDINAL
from sellerwatch.reports.contract import Column, FactTable, Kind, Replace
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.flatfile import Format, read_flat_file

US = DocumentContext(marketplace("US"), "text/plain; charset=UTF-8", None, datetime(2026, 11, 21, tzinfo=UTC))
TABLE = FactTable(
    name="shelf",
    columns=(
        Column("sku", "SKU", Kind.TEXT, "Name.", required=True),
        Column("title", "Title", Kind.TEXT, "Title."),
        Column("place", "Place", Kind.TEXT, "Place."),
    ),
    key=(ORDINAL,),
    replace=Replace.SNAPSHOT,
    scope="sku",
    row=tuple,
    title="A shelf",
)
QUOTED = Format(is_quoted=True)
HEADER = '"SKU"\t"Title"\t"Place"'


TEXTS = st.text(alphabet=st.sampled_from('ab"\t\n é'), max_size=4)
A_LINE = 64
"""More bytes than any line of such texts has: a block holds at least one."""


def read(text, form=QUOTED):
    return read_flat_file(text.encode(), US, table=TABLE, left_out={}, form=form)


def cells(parsed):
    return [tuple(None if cell is pd.NA else cell for cell in row) for row in parsed.frames["shelf"].itertuples(index=False)]


def quoted(*cells):
    return "\t".join('"' + cell.replace('"', '""') + '"' for cell in cells)


def document(*rows):
    return "\n".join([HEADER, *(quoted(*row) for row in rows)]) + "\n"


def test_quotes_around_a_cell_are_not_part_of_it():
    assert cells(read(document(("A", "pan", "x"), ("B", "", "y")))) == [("A", "pan", "x", 2), ("B", None, "y", 3)]


@pytest.mark.parametrize(
    "title",
    ['12" pan', '"', '""', '"pan"', 'a""b', "two\ttabs\t", "\t", "\n", "two\nlines\n", '"\t"', '"\n"', '\t"', '"\n', "'", "\\"],
)
def test_what_stands_within_quotes_is_text(title):
    parsed = read(document(("A", title, "x"), ("B", "pan", "y")))

    assert [row[:3] for row in cells(parsed)] == [("A", title, "x"), ("B", "pan", "y")]
    assert parsed.skipped == ()


def test_line_numbers_count_the_line_ends_within_quotes():
    parsed = read(document(("A", "one\ntwo\n\nthree", "x"), ("B", "pan", "y"), ("C", "\n", "z"), ("D", "pot", "z")))

    assert [row[-1] for row in cells(parsed)] == [2, 6, 7, 9]


def test_a_document_without_quotes_is_read_as_plain():
    parsed = read('SKU\tTitle\tPlace\nA\t12" pan\tx\nB\t"half\ty\n')

    assert cells(parsed) == [("A", '12" pan', "x", 2), ("B", '"half', "y", 3)]


def test_a_plain_report_keeps_its_quotes():
    parsed = read('SKU\tTitle\tPlace\n"A"\t"p""an"\tx\n', flatfile.PLAIN)

    assert cells(parsed) == [('"A"', '"p""an"', "x", 2)]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('"A"\t"12" pan"\t"x"', '12" pan'),
        ('"A"\t"pan 12""\t"x"', 'pan 12"'),
        ('"A"\t""pan" 12"\t"x"', '"pan" 12'),
        ('"A"\t"the "best" pan"\t"x"', 'the "best" pan'),
        ('"A"\t"""\t"x"', '"'),
    ],
)
def test_a_quote_nobody_doubled_is_a_character_and_harms_no_other_line(line, title):
    around = [quoted("B", 'tab\tand "quotes"', "y"), quoted("C", "two\nlines", "z")]

    parsed = read("\n".join([HEADER, around[0], line, around[1], ""]))

    assert [row[:3] for row in cells(parsed)] == [
        ("B", 'tab\tand "quotes"', "y"),
        ("A", title, "x"),
        ("C", "two\nlines", "z"),
    ]
    assert parsed.skipped == ()


@pytest.mark.parametrize("line", ['"A"\t"12" pan"', '"A"\t"12" pan"\t"x"\t"more"', '"A'])
def test_a_line_whose_cells_cannot_be_told_is_set_aside_alone(line):
    parsed = read("\n".join([HEADER, quoted("B", "pan", "y"), line, quoted("C", "pot", "z")]))

    assert [row[0] for row in cells(parsed)] == ["B", "C"]
    (skipped,) = parsed.skipped
    assert (skipped.line, skipped.reason.split(":")[0]) == (3, "quotes that do not pair up")


def test_a_lone_quote_below_the_header_is_set_aside_too():
    assert [(item.line, item.excerpt) for item in read(f'{HEADER}\n"').skipped] == [(2, '"')]


def test_trailing_cells_that_were_dropped_are_null_and_extra_ones_set_the_line_aside():
    parsed = read(
        "\n".join([HEADER, '"A"', '"B"\t"pan"', quoted("C", "pan", "x", "more"), '"D"\t\t"y"', quoted("E", "\t", "z")])
    )

    assert cells(parsed) == [("A", None, None, 2), ("B", "pan", None, 3), ("D", None, "y", 5), ("E", "\t", "z", 6)]
    assert [(record.line, record.reason) for record in parsed.skipped] == [(4, "4 cells, but the header has 3")]


@pytest.mark.parametrize("odd", ["pan", "tab\there"])
def test_repeated_headers_and_blank_lines_are_no_records(odd):
    parsed = read(
        "\n".join(["", HEADER, "", quoted("A", odd, "x"), HEADER, quoted("", "", ""), quoted("B", "pot", "y"), "", ""])
    )

    assert [(row[0], row[-1]) for row in cells(parsed)] == [("A", 4), ("B", 7)]
    assert parsed.notes == ("header_repeated: line 5",)
    assert parsed.row_count == 2


def test_windows_line_ends_and_a_byte_order_mark_are_not_part_of_a_cell():
    text = document(("A", "two\nlines", "x"), ("B", "pan", "y"))

    assert cells(read("\ufeff" + text.replace("\n", "\r\n"))) == cells(read(text))


@pytest.mark.parametrize("end", ["\n", ""])
def test_the_last_line_may_lack_its_end(end):
    assert cells(read(document(("A", "tab\there", "x")).rstrip("\n") + end)) == [("A", "tab\there", "x", 2)]


@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=12), size=st.integers(A_LINE, 4 * A_LINE))
def test_it_agrees_with_a_reader_that_looks_at_one_character_at_a_time(rows, size):
    text = document(*rows)
    expected = [tuple(cell or None for cell in row) for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t")][1:]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flatfile, "_BLOCK_BYTES", size)
        parsed = read(text)

    assert [row[:3] for row in cells(parsed)] == [row for row in expected if any(row)]
    assert parsed.skipped == ()


@pytest.mark.parametrize("size", [A_LINE, 99, 200, 1000])
def test_blocks_do_not_show(size, monkeypatch):
    rows = [quoted(f"S{n}", f"title {n}", "x") for n in range(40)]
    rows[3] = quoted("S3", 'tab\t"and"\nline', "x")
    rows[7] = '"S7"\t"12" pan"\t"x"'
    rows[11] = HEADER
    rows[15] = '"S15"\t"12" pan"'
    rows[20] = quoted("S20", "x", "y", "more")
    rows[30] = '"S30"'
    text = "\n".join([HEADER, *rows])
    whole = read(text)

    monkeypatch.setattr(flatfile, "_BLOCK_BYTES", size)
    parsed = read(text)

    pd.testing.assert_frame_equal(parsed.frames["shelf"], whole.frames["shelf"])
    assert [record.line for record in parsed.skipped] == [record.line for record in whole.skipped] == [18, 23]
    assert (parsed.notes, parsed.row_count) == (whole.notes, whole.row_count)


@given(text=st.text(alphabet=st.sampled_from('a"\t\n'), max_size=60), size=st.integers(1, 40))
def test_whatever_the_quotes_are_every_line_is_read_or_set_aside(text, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flatfile, "_BLOCK_BYTES", size)
        parsed = read(f"{HEADER}\n{text}\n" + quoted("END", "pan", "x"))

    assert parsed.row_count == len(parsed.frames["shelf"]) + len(parsed.skipped)
    lines = [row[-1] for row in cells(parsed)] + [record.line for record in parsed.skipped]
    assert len(set(lines)) == len(lines)
