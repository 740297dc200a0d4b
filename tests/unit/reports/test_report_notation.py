"""Numbers and dates as countries write them: what a document proves, what its origin decides, and what stays in doubt."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sellerwatch.core.marketplaces import BY_CODE, MARKETPLACES
from sellerwatch.reports.casting import cast_records
from sellerwatch.reports.contract import Column, FactTable, Kind, Replace
from sellerwatch.reports.date_forms import Order
from sellerwatch.reports.notation import MARKS, ORDERS, Habits, decide
from sellerwatch.reports.number_forms import Mark

COLUMNS = (
    Column("price", "price", Kind.MONEY, "Price."),
    Column("units", "units", Kind.INTEGER, "Units."),
    Column("rated_on", "rated", Kind.DAY, "Day."),
    Column("posted_at", "posted", Kind.INSTANT, "Instant."),
    Column("word", "word", Kind.TEXT, "Word."),
)
TABLE = FactTable("shelf", COLUMNS, (), Replace.SNAPSHOT, "", tuple, "A shelf")
POINT, COMMA = Habits(mark=Mark.POINT), Habits(mark=Mark.COMMA)


def read(habits=None, **columns):
    """Return the columns as typed, and the rows set aside with their reasons."""
    cells = {name: pa.array(texts, pa.string()) for name, texts in columns.items()}
    notation = decide(cells, COLUMNS, habits or Habits())
    count = len(next(iter(cells.values())))
    facts = cast_records(cells, pa.array(range(count), pa.int64()), TABLE, notation.plain)
    values = {name: facts.columns.column(name).to_pylist() for name in columns}
    return values, {record.line: record.reason for record in facts.skipped}, (*notation.notes, *facts.notes)


def prices(*texts, habits=None):
    values, faults, _ = read(habits, price=texts)
    return [value if value is None else str(value.normalize()) for value in values["price"]], faults


def days(*texts, order=None):
    values, faults, _ = read(Habits(order=order), rated_on=texts)
    return values["rated_on"], faults


# Numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", "1234.56"),
        ("-2,50", "-2.5"),
        ("1,234.56", "1234.56"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("0,123", "0.123"),
        ("0.123", "0.123"),
        ("1234,567", "1234.567"),
        (",5", "0.5"),
        (".5", "0.5"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234", "1234"),
        ("1'234.5", "1234.5"),
        ("+7,5", "7.5"),
        ("12.5", "12.5"),
        ("7", "7"),
    ],
)
def test_a_number_that_can_be_read_in_one_way_needs_nothing_else(text, value):
    assert prices(text) == ([value], {})


@pytest.mark.parametrize("text", ["1.234", "1,234", "-12.345", "999,000"])
def test_thousands_or_a_fraction_is_not_guessed(text):
    values, faults = prices(text, "7")

    assert values == ["7"]
    assert faults == {
        0: "expected an amount such as 1234.56; nothing in the document tells whether this is thousands or a fraction"
    }


@pytest.mark.parametrize(
    ("proof", "text", "value"),
    [("2,50", "1.234", "1234"), ("2.50", "1.234", "1.234"), ("2,50", "1,234", "1.234"), ("2.50", "1,234", "1234")],
)
def test_what_one_cell_proves_holds_for_the_document(proof, text, value):
    assert prices(text, proof)[0][0] == value


def test_what_another_column_proves_holds_too():
    values, faults, notes = read(price=["2,50"], units=["1.234"])

    assert (values["units"], faults) == ([1234], {})
    assert notes == ("decimal_comma: numbers are written like 1.234,56",)


@pytest.mark.parametrize(("habits", "value"), [(POINT, "1.234"), (COMMA, "1234")])
def test_a_document_that_proves_nothing_follows_its_habit(habits, value):
    assert prices("1.234", habits=habits) == ([value], {})


def test_a_document_that_proves_the_other_mark_is_believed():
    assert prices("1.234,50", "1.234", habits=POINT) == (["1234.5", "1234"], {})


@pytest.mark.parametrize(("habits", "kept"), [(POINT, ["1.5"]), (COMMA, ["2.5"])])
def test_in_a_document_that_contradicts_itself_the_habit_holds_and_the_others_are_refused(habits, kept):
    values, faults = prices("1.5", "2,5", habits=habits)

    assert values == kept
    assert [reason.split(";")[0] for reason in faults.values()] == ["expected an amount such as 1234.56"]


def test_in_a_document_that_contradicts_itself_without_a_habit_only_what_is_certain_is_read():
    values, faults = prices("1.5", "2,5", "1.234")

    assert values == ["1.5", "2.5"]
    assert list(faults) == [2]


@pytest.mark.parametrize("text", ["1.23.456", "1,2,3", "12.34,56.7", "EUR 3", "3-", "1e5", ".", "1..5", "0.123,5"])
@pytest.mark.parametrize("habits", [None, POINT, COMMA])
def test_what_is_no_number_in_either_notation_is_refused(text, habits):
    assert prices(text, habits=habits)[0] == []


def test_nothing_and_two_dashes_are_null_and_never_zero():
    values, faults, _ = read(price=["", "--", " ", " -- ", None, "2,50"], posted_at=["--"] * 6, rated_on=["--"] * 6)

    assert (values["price"], faults) == ([None] * 5 + [Decimal("2.5")], {})
    assert values["posted_at"] == values["rated_on"] == [None] * 6


def test_text_is_left_alone():
    assert read(word=["1.234,56", "--", " 05/11/26 "], price=["2,5", "1", "1"])[0]["word"] == ["1.234,56", "--", " 05/11/26 "]


AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)


@settings(deadline=None, max_examples=40)
@given(st.lists(AMOUNTS, min_size=1, max_size=20), st.booleans(), st.sampled_from(["", ".", ","]))
def test_amounts_of_two_places_are_read_back_in_every_notation(amounts, is_comma, group):
    marks = str.maketrans({",": "g", ".": "d"})
    decimal = "," if is_comma else "."
    group = "" if group == decimal else group
    texts = [f"{amount:,.2f}".translate(marks).replace("g", group).replace("d", decimal) for amount in amounts]

    values, faults, _ = read(price=texts)

    assert (values["price"], faults) == (amounts, {})


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.one_of(st.text("0123456789.,- '", max_size=9), st.none()), max_size=20), st.sampled_from([None, POINT, COMMA])
)
def test_every_row_is_read_or_named(texts, habits):
    values, faults, _ = read(habits, price=[*texts, "1"])

    assert len(values["price"]) + len(faults) == len(texts) + 1


# Days


@pytest.mark.parametrize(
    "text",
    ["2026-11-05", "2026/11/05", "05.11.2026", "05.11.26", "5.11.2026", "2026-11-5", "2026.11.05", "2026-11-05 10:00:00"],
)
def test_a_day_that_shows_its_order_needs_nothing_else(text):
    assert days(text) == ([date(2026, 11, 5)], {})


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.MONTH_FIRST, date(2005, 11, 26)),
        (Order.DAY_FIRST, date(2026, 11, 5)),
        (Order.YEAR_FIRST, date(2005, 11, 26)),
    ],
)
def test_the_marketplace_decides_about_a_day_that_could_be_several(order, expected):
    text = {Order.MONTH_FIRST: "11/26/05", Order.DAY_FIRST: "05/11/26", Order.YEAR_FIRST: "05/11/26"}[order]

    assert days(text, order=order) == ([expected], {})


@pytest.mark.parametrize("text", ["05/11/26", "05/11/2026", "05-11-2026"])
def test_a_day_that_could_be_several_is_not_guessed(text):
    values, faults = days(text)

    assert values == []
    assert faults == {0: "expected a day such as 2026-11-20; nothing in the document tells the day from the month"}


@pytest.mark.parametrize(
    ("proof", "expected"), [("19/11/2026", date(2026, 11, 5)), ("11/19/2026", date(2026, 5, 11))], ids=["day", "month"]
)
@pytest.mark.parametrize("order", [None, Order.DAY_FIRST, Order.MONTH_FIRST])
def test_one_day_that_fits_one_order_proves_it_for_the_document(proof, expected, order):
    assert days("05/11/2026", proof, order=order) == ([expected, date(2026, 11, 19)], {})


def test_days_that_contradict_each_other_follow_the_marketplace():
    values, faults = days("19/11/2026", "11/19/2026", "05/11/2026", order=Order.DAY_FIRST)

    assert values == [date(2026, 11, 19), date(2026, 11, 5)]
    assert faults == {1: "expected a day such as 2026-11-20"}


def test_days_that_contradict_each_other_without_a_marketplace_leave_the_open_one_out():
    values, faults = days("19/11/2026", "11/19/2026", "05/11/2026")

    assert values == [date(2026, 11, 19)] * 2
    assert list(faults) == [2]


def test_a_habit_the_document_rules_out_is_not_followed():
    values, faults = days("13/12/11", "10/11/12", order=Order.MONTH_FIRST)

    assert (values, list(faults)) == ([], [0, 1])


@pytest.mark.parametrize("text", ["31/02/2026", "00/11/2026", "2026-13-45", "20261105", "05|11|2026", "123/11/26", "x"])
def test_what_is_no_day_is_refused(text):
    assert days(text, order=Order.DAY_FIRST) == ([], {0: "expected a day such as 2026-11-20"})


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.dates(date(2000, 1, 1), date(2099, 12, 31)), min_size=1, max_size=20),
    st.sampled_from(["%d/%m/%y", "%d.%m.%Y", "%d.%m.%y"]),
)
def test_european_days_are_read_back(expected, form):
    proof = date(2033, 12, 31)

    values, faults = days(*[day.strftime(form) for day in [*expected, proof]], order=Order.DAY_FIRST)

    assert (values, faults) == ([*expected, proof], {})


# Instants


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-05 07:35:42 UTC", datetime(2026, 11, 5, 7, 35, 42, tzinfo=UTC)),
        ("05.11.2026 07:35:42 UTC", datetime(2026, 11, 5, 7, 35, 42, tzinfo=UTC)),
        ("2026/11/05 07:35:42 JST", datetime(2026, 11, 4, 22, 35, 42, tzinfo=UTC)),
        ("2026-11-05 07:35:42 PST", datetime(2026, 11, 5, 15, 35, 42, tzinfo=UTC)),
        ("2026-07-05 07:35:42 pdt", datetime(2026, 7, 5, 14, 35, 42, tzinfo=UTC)),
        ("23/09/2021 10:34:38 MEST", datetime(2021, 9, 23, 8, 34, 38, tzinfo=UTC)),
        ("23/09/2021 9:34:38 BST", datetime(2021, 9, 23, 8, 34, 38, tzinfo=UTC)),
        ("2026-11-05T07:35:42+0100", datetime(2026, 11, 5, 6, 35, 42, tzinfo=UTC)),
        ("2026-11-05 07:35 -08:00", datetime(2026, 11, 5, 15, 35, tzinfo=UTC)),
        ("05.11.2026 07:35:42.250 Z", datetime(2026, 11, 5, 7, 35, 42, 250_000, tzinfo=UTC)),
        ("2026-11-05T07:35:42Z", datetime(2026, 11, 5, 7, 35, 42, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_with_the_zone_it_names(text, expected):
    values, faults, notes = read(posted_at=[text, "2026-11-05T00:00:00+00:00"])

    assert (values["posted_at"][0], faults, notes) == (expected, {}, ())


def test_a_zone_that_means_several_is_left_empty_and_noted():
    values, faults, notes = read(posted_at=["2026-11-05 07:35:42 IST", "2026-11-05 07:35:42 IST"])

    assert (values["posted_at"], faults) == ([None, None], {})
    assert notes == ("zone_unknown: 2 cells of 'posted' name 'IST' and were left empty",)


@pytest.mark.parametrize(
    ("offset", "expected", "reading"),
    [("", None, "left empty"), ("+00:00", datetime(2026, 11, 5, 7, 35, 42, tzinfo=UTC), "read with the offset +00:00")],
)
def test_a_time_without_a_zone_is_read_only_where_its_zone_is_known(offset, expected, reading):
    values, faults, notes = read(Habits(bare_offset=offset), posted_at=["2026/11/05 07:35:42"])

    assert (values["posted_at"], faults) == ([expected], {})
    assert notes == (f"zone_missing: 1 cells of 'posted' were {reading}",)


@pytest.mark.parametrize("text", ["05.11.2026", "2026-11-05", "05.11.2026 25:00:00 UTC", "31.02.2026 10:00:00 UTC", "soon"])
def test_what_is_no_instant_is_refused(text):
    _, faults, _ = read(posted_at=[text])

    assert faults == {0: "expected an instant with its offset, such as 2026-11-20T23:59:59+00:00"}


def test_habits_name_marketplaces_and_currencies_that_exist():
    assert set(ORDERS) <= set(BY_CODE)
    assert set(MARKS) <= {place.currency for place in MARKETPLACES}
