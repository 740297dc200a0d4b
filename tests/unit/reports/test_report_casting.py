"""From text to typed cells, and what happens to the cells that refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.reports.casting import EXPECTED, cast_column
from sellerwatch.reports.contract import ARROW_TYPES, Kind


def cast(kind, *texts):
    array, bad = cast_column(pa.array(texts, pa.string()), kind)
    assert array.type == ARROW_TYPES[kind]
    return array.to_pylist(), bad


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.INTEGER, "12", 12),
        (Kind.INTEGER, "-3", -3),
        (Kind.INTEGER, " 12 ", 12),
        (Kind.INTEGER, "12.0", 12),
        (Kind.MONEY, "1234.56", Decimal("1234.56")),
        (Kind.MONEY, "-0.5", Decimal("-0.5")),
        (Kind.MONEY, "1980", Decimal(1980)),
        (Kind.DECIMAL, "0.1234565", Decimal("0.123456")),
        (Kind.DECIMAL, "0.1234575", Decimal("0.123458")),
        (Kind.DECIMAL, "0.0001234567890123456789012", Decimal("0.000123")),
        (Kind.DECIMAL, "9223372036854.7758074", Decimal("9223372036854.775807")),
        (Kind.MONEY, "-9223372036854.775807", Decimal("-9223372036854.775807")),
        (Kind.INSTANT, "2026-11-20T23:59:59+00:00", datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)),
        (Kind.INSTANT, "2026-11-20T23:59:59Z", datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)),
        (Kind.INSTANT, "2026-11-20T23:59:59-08:00", datetime(2026, 11, 21, 7, 59, 59, tzinfo=UTC)),
        (Kind.INSTANT, "2026-11-20T23:59:59.250+00:00", datetime(2026, 11, 20, 23, 59, 59, 250_000, tzinfo=UTC)),
        (Kind.DAY, "2026-11-20", date(2026, 11, 20)),
        (Kind.FLAG, "Yes", True),
        (Kind.FLAG, "no", False),
        (Kind.FLAG, "TRUE", True),
        (Kind.FLAG, "false", False),
        (Kind.TEXT, " 00501 ", " 00501 "),
    ],
)
def test_a_good_cell_is_read_exactly(kind, text, value):
    assert cast(kind, text) == ([value], [])


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.INTEGER, "12.5"),
        (Kind.INTEGER, "1,000"),
        (Kind.INTEGER, "99999999999999999999"),
        (Kind.INTEGER, "0x1F"),
        (Kind.INTEGER, "9" * 39),
        (Kind.INTEGER, "9" * 500),
        (Kind.MONEY, "9" * 30),
        (Kind.MONEY, "9" * 39),
        (Kind.MONEY, "9" * 500),
        (Kind.MONEY, "1e5"),
        (Kind.DECIMAL, "9e32"),
        (Kind.MONEY, "1.234,56"),
        (Kind.MONEY, "$5"),
        (Kind.MONEY, "999999999999999"),
        (Kind.MONEY, "9223372036854.775808"),
        (Kind.DECIMAL, "-9223372036854.7758076"),
        (Kind.DECIMAL, "nan"),
        (Kind.INSTANT, "2026-11-20T23:59:59"),
        (Kind.INSTANT, "0001-01-01T00:00:00+00:00"),
        (Kind.INSTANT, "9999-12-31T23:59:59+00:00"),
        (Kind.DAY, "11/20/2026"),
        (Kind.DAY, "2026-02-30"),
        (Kind.DAY, "0000-01-01"),
        (Kind.FLAG, "perhaps"),
    ],
)
def test_a_bad_cell_is_null_and_named_and_its_neighbours_stand(kind, text):
    good = {Kind.FLAG: "Yes", Kind.DAY: "2026-11-20", Kind.INSTANT: "2026-11-20T00:00:00Z"}.get(kind, "1")

    values, bad = cast(kind, good, text, None, good, text)

    assert bad == [1, 4]
    assert [value is None for value in values] == [False, True, True, False, True]


def test_blank_with_spaces_is_null_beside_a_cell_that_needs_trimming():
    assert cast(Kind.INTEGER, " ", "7", "") == ([None, 7, None], [])


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.TEXT])
def test_two_dashes_are_nothing_and_no_fault(kind):
    assert cast(kind, "--", " -- ") == ([None, None], [])


def test_two_dashes_may_be_a_text():
    assert cast(Kind.TEXT, "--") == (["--"], [])


@pytest.mark.parametrize("kind", Kind)
def test_a_column_of_nothing_stays_nothing(kind):
    assert cast(kind, None, None) == ([None, None], [])
    assert cast(kind) == ([], [])


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(9 * 10**12), max_value=9 * 10**12))
def test_an_amount_of_six_places_is_read_to_the_last_one(amount):
    assert cast(Kind.MONEY, f"{amount:f}") == ([amount], [])


@given(st.integers(0, 10**60), st.integers(0, 40))
def test_no_long_number_becomes_another_number(digits, places):
    exact = Decimal(digits).scaleb(-places)

    (value,), bad = cast(Kind.DECIMAL, f"{exact:f}")

    assert bad == [0] if value is None else abs(value - exact) <= Decimal("0.0000005")


def test_every_kind_says_what_it_expects():
    assert set(EXPECTED) == set(Kind)


@given(st.lists(st.one_of(st.integers(-(10**12), 10**12).map(str), st.text(max_size=5), st.none()), max_size=30))
def test_whatever_the_cells_a_column_comes_back_with_every_refusal_named(texts):
    values, bad = cast(Kind.INTEGER, *texts)

    assert len(values) == len(texts)
    assert all(values[row] is None for row in bad)
    refused_or_blank = {row for row, text in enumerate(texts) if values[row] is None}
    assert refused_or_blank - set(bad) <= {row for row, text in enumerate(texts) if text is None or not text.strip()}
