"""TAB separated documents: lines that are not what they should be, and blocks that must not show."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports import flatfile
from sellerwatch.reports.contract import Column, FactTable, Kind, Replace
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.flatfile import read_flat_file

US = DocumentContext(marketplace("US"), "text/plain; charset=UTF-8", None, datetime(2026, 11, 21, tzinfo=UTC))
TABLE = FactTable(
    name="shelf",
    columns=(
        Column("sku", "sku", Kind.TEXT, "Name.", required=True),
        Column("title", "title", Kind.TEXT, "Title."),
        Column("units", "quantity", Kind.INTEGER, "Units."),
    ),
    key=("sku",),
    replace=Replace.SNAPSHOT,
    scope="sku",
    row=tuple,
    title="A shelf",
)


def read(text, left_out=()):
    data = text if isinstance(text, bytes) else text.encode()
    return read_flat_file(data, US, table=TABLE, left_out=dict.fromkeys(left_out, "unused"))


def cells(parsed):
    return [tuple(None if cell is pd.NA else cell for cell in row) for row in parsed.frames["shelf"].itertuples(index=False)]


def test_a_lone_quote_is_a_character_and_swallows_nothing():
    parsed = read('sku\ttitle\tquantity\nA\t27" arm\t1\nB\t"open\t2\nC\t"\t3\n')

    assert cells(parsed) == [("A", '27" arm', 1, 2), ("B", '"open', 2, 3), ("C", '"', 3, 4)]


def test_a_lone_carriage_return_is_part_of_its_cell():
    parsed = read("sku\ttitle\tquantity\nA\tone\rtwo\t1\nB\tx\t2\r\nC\t\r\t3\n")

    assert cells(parsed) == [("A", "one\rtwo", 1, 2), ("B", "x", 2, 3), ("C", "\r", 3, 4)]


def test_characters_other_programs_take_for_line_ends_are_not():
    parsed = read("sku\ttitle\tquantity\nA\tx\u2028y\x0bz\x0c\x1c\x85\t1\n")

    assert cells(parsed) == [("A", "x\u2028y\x0bz\x0c\x1c\x85", 1, 2)]


@pytest.mark.parametrize("first", ["A", "A\tx", "A\tx\t1"])
def test_the_first_line_may_be_short(first):
    parsed = read(f"sku\ttitle\tquantity\n{first}\nB\ty\t2\n")

    assert [row[0] for row in cells(parsed)] == ["A", "B"]
    assert cells(parsed)[1] == ("B", "y", 2, 3)


def test_all_lines_may_be_short():
    assert cells(read("sku\ttitle\tquantity\nA\nB\n")) == [("A", None, None, 2), ("B", None, None, 3)]


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_long_line_is_set_aside_wherever_it_stands(place):
    lines = ["sku\ttitle\tquantity", "A\tx\t1", "B\ty\t2", "C\tz\t3"]
    lines[place] += "\t\tmore"

    parsed = read("\n".join(lines))

    assert [row[-1] for row in cells(parsed)] == [line for line in (2, 3, 4) if line != place + 1]
    assert [(item.line, item.reason) for item in parsed.skipped] == [(place + 1, "5 cells, but the header has 3")]
    assert parsed.row_count == 3


def test_a_line_of_very_many_cells_is_counted_in_full():
    parsed = read("sku\ttitle\tquantity\nA\tx" + "\t" * 65_537 + "\nB\ty\t2\n")

    assert [item.reason for item in parsed.skipped] == ["65539 cells, but the header has 3"]
    assert cells(parsed) == [("B", "y", 2, 3)]


def test_a_long_cell_is_cut_only_in_the_excerpt():
    parsed = read("sku\ttitle\tquantity\nA\t" + "x" * 500 + "\t" + "9" * 500 + "\nB\t" + "y" * 500 + "\t1\n")

    assert cells(parsed) == [("B", "y" * 500, 1, 3)]
    assert len(parsed.skipped[0].excerpt) == 80


def test_a_column_in_which_nothing_fits_refuses_the_document():
    lines = "".join(f"S{number}\tx\t{number},5\n" for number in range(1000))

    with pytest.raises(DocumentError, match="'quantity' no longer holds a whole number: '0,5'"):
        read("sku\ttitle\tquantity\n" + lines)


def test_a_column_in_which_one_cell_of_many_fits_is_judged_cell_by_cell():
    lines = "".join(f"S{number}\tx\t{number},5\n" for number in range(999))

    parsed = read("sku\ttitle\tquantity\n" + lines + "S999\tx\t7\n")

    assert cells(parsed) == [("S999", "x", 7, 1001)]
    assert len(parsed.skipped) == 999


@pytest.mark.parametrize("size", [1, 7, 16, 40, 1000])
def test_blocks_do_not_show(size, monkeypatch):
    lines = ["sku\ttitle\tquantity", *(f"S{n}\ttitle {n}\t{n}" for n in range(40))]
    lines[5] += "\tlong"
    lines[9] = lines[0]
    lines[12] = ""
    lines[20] = "S19"
    lines[25] = "S24\tt\tx"
    text = "\n".join(lines)
    whole = read(text)

    monkeypatch.setattr(flatfile, "_BLOCK_BYTES", size)
    parsed = read(text)

    pd.testing.assert_frame_equal(parsed.frames["shelf"], whole.frames["shelf"])
    assert (parsed.skipped, parsed.notes, parsed.row_count) == (whole.skipped, whole.notes, whole.row_count)
    assert [item.line for item in whole.skipped] == [6, 26]
    assert whole.frames["shelf"]["line"].tolist() == [n for n in range(2, 42) if n not in (6, 10, 13, 26)]


def test_the_header_may_stand_below_blank_lines():
    parsed = read("\n \n\nsku\ttitle\tquantity\nA\tx\t1")

    assert cells(parsed) == [("A", "x", 1, 5)]


def test_a_column_named_twice_is_read_once_and_said():
    parsed = read("sku\ttitle\tquantity\tTitle\nA\tx\t1\ty\n")

    assert cells(parsed) == [("A", "x", 1, 2)]
    assert parsed.notes == ("column_repeated: 'Title'; the first one was read",)


def test_columns_left_out_are_neither_kept_nor_unknown():
    parsed = read("city\tsku\ttitle\tquantity\tnew one\nTown\tA\tx\t1\t5\n", left_out=["city"])

    assert cells(parsed) == [("A", "x", 1, 2)]
    assert parsed.unknown_columns == ("new one",)


def test_a_header_cell_without_a_name_is_no_news():
    assert read("sku\ttitle\tquantity\t\nA\tx\t1\t\n").unknown_columns == ()


def test_a_very_wide_header_is_shown_in_part_when_it_is_refused():
    header = "\t".join(f"column {number} {'x' * 90}" for number in range(300))

    with pytest.raises(DocumentError) as caught:
        read(header)

    assert "and 260 more" in str(caught.value)
    assert len(str(caught.value)) < 4000


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters="\t\n\r\0\ufeff", exclude_categories=["Cs"]), min_size=1, max_size=8),
            st.text(st.characters(exclude_characters="\t\n\r\0", exclude_categories=["Cs"]), max_size=8),
            st.integers(-(10**9), 10**9),
        ),
        max_size=15,
        unique_by=lambda row: row[0],
    )
)
def test_any_text_survives(rows):
    lines = [f"{sku}\t{title}\t{units}" for sku, title, units in rows]

    parsed = read("\n".join(["sku\ttitle\tquantity", *lines]))

    assert cells(parsed) == [(sku, title or None, units, line) for line, (sku, title, units) in enumerate(rows, start=2)]
    assert parsed.skipped == ()
