"""Workbooks that people fill in: cells as Excel keeps them, and what a sheet can hide."""

import io
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook

from sellerwatch.core.errors import ConfigError
from sellerwatch.reports.user import workbook
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.reports.user.templates import workbook_template
from tests.unit.reports.user_files import book, found, read, rewritten, saved, values

HEADER = ["sku", "valid_from", "purchase_amount", "currency"]
DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - Excel's days have no zone
SHEET = "xl/worksheets/sheet1.xml"


def row(sku="A", day=DAY, amount=5.1, currency="USD"):
    return [sku, day, amount, currency]


def test_numbers_days_and_digits_are_what_excel_keeps():
    file = read(book(HEADER, row(), row(501), row("00501", date(2026, 1, 1), 3)))

    assert values(file, "sku", "valid_from", "purchase_amount") == [
        ("A", date(2026, 1, 1), Decimal("5.1")),
        ("501", date(2026, 1, 1), Decimal("5.1")),
        ("00501", date(2026, 1, 1), Decimal(3)),
    ]


def test_a_number_that_is_shown_with_leading_zeros_or_as_a_percentage_is_read_as_it_is_shown():
    def change(sheet):
        sheet["A2"].number_format = "00000"

    padded = read(book(HEADER, row(501), change=change))
    header = ["kpi", "period", "valid_from", "target_value", "weight_pct"]
    share = read(
        book(header, ["acos", "month", DAY, 15, 0.3], change=lambda sheet: setattr(sheet["E2"], "number_format", "0%")),
        "target",
    )

    assert values(padded, "sku") == [("00501",)]
    assert values(share, "weight_pct") == [(Decimal(30),)]


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        (row(1234567890123456), "sku", "keeps 15 digits"),
        (row(day=datetime(2026, 1, 1, 8, 30)), "valid_from", "without a time"),  # noqa: DTZ001 - as above
        (row(day=46027), "valid_from", "format the cells as dates"),
        (row(day=time(8, 30)), "valid_from", "a number, a day or text"),
        (row(amount="#N/A"), "purchase_amount", "an error of a formula"),
        (row(amount=DAY), "purchase_amount", "an amount"),
        (row(amount=True), "purchase_amount", "an amount"),
    ],
)
def test_cells_that_excel_keeps_as_something_else_are_refused(cells, column, expected):
    file = read(book(HEADER, cells))

    assert [finding.column for finding in file.findings] == [column]
    assert expected in file.findings[0].expected


def test_a_formula_gives_its_calculated_value_and_one_never_calculated_is_refused():
    formula = book(HEADER, row(amount="=2+3"))
    calculated = rewritten(formula, SHEET, lambda text: text.replace("<v />", "<v>5</v>").replace("<v></v>", "<v>5</v>"))

    assert values(read(calculated), "purchase_amount") == [(Decimal(5),)]
    assert found(read(formula)) == [(2, "purchase_amount", "=…")]
    assert "never calculated" in read(formula).findings[0].expected


def test_a_cell_merged_downwards_holds_for_every_row_of_it():
    def change(sheet):
        sheet.merge_cells("A2:A3")

    header = ["sku", "valid_from", "purchase_amount", "currency"]
    file = read(book(header, row(), [None, datetime(2026, 6, 1), 6, "USD"], change=change))  # noqa: DTZ001 - as above

    assert values(file, "sku", "purchase_amount") == [("A", Decimal("5.1")), ("A", Decimal(6))]


def test_a_cell_merged_across_columns_is_refused():
    file = read(book(HEADER, row(), change=lambda sheet: sheet.merge_cells("C2:D2")))

    assert (2, "purchase_amount", "5.1") in found(file)


def test_hidden_rows_are_read_and_said_and_hidden_sheets_are_left_out():
    def change(sheet):
        sheet.row_dimensions[3].hidden = True
        other = sheet.parent.create_sheet("old")
        other.append(HEADER)
        other.append(row("OLD"))
        other.sheet_state = "hidden"

    file = read(book(HEADER, row(), row("B"), change=change))

    assert [sku for (sku,) in values(file, "sku")] == ["A", "B"]
    assert any(note.startswith("hidden_rows: 1") for note in file.notes)
    assert any(note.startswith("hidden_sheet: 'old'") for note in file.notes)


def test_a_title_over_the_header_and_a_sheet_of_something_else_do_not_matter():
    def change(sheet):
        sheet.merge_cells("A1:D1")
        sheet.parent.create_sheet("Notes").append(["nothing", "here"])

    file = read(book(["Costs of 2026"], HEADER, row(), change=change))

    assert [one.rows[0].line for one in file.tables] == [3]
    assert "left_out: the sheet 'Notes' holds no table" in file.notes


def test_a_workbook_fills_several_tables_and_those_untouched_are_left_out():
    made = load_workbook(io.BytesIO(workbook_template()))
    made["unit_cost"].delete_rows(2)
    made["unit_cost"].append(["", "US", "A", DAY, None, 5, None, None, None, None, "USD"])
    made["fx_rate"].delete_rows(2)
    made["fx_rate"].append(["EUR", "USD", DAY, None, 1.1])

    file = read(saved(made))

    assert file.findings == ()
    assert [one.table.name for one in file.tables] == ["unit_cost", "fx_rate"]
    assert sum(note.startswith("left_out") for note in file.notes) == len(USER_TABLES) - 2


def test_a_table_filled_in_two_sheets_is_refused():
    def change(sheet):
        other = sheet.parent.create_sheet("more")
        other.append(HEADER)
        other.append(row("B"))

    assert [(finding.sheet, finding.value) for finding in read(book(HEADER, row(), change=change)).findings] == [
        ("more", "unit_cost")
    ]


def test_a_named_table_is_read_from_the_sheet_that_is_called_so():
    def change(sheet):
        sheet.title = "单位成本表"
        sheet.parent.create_sheet("other").append(["sku", "x"])

    assert values(read(book(HEADER, row(), change=change), "unit_cost"), "sku") == [("A",)]


def test_the_template_has_a_sheet_for_each_table_with_notes_and_lists():
    made = load_workbook(io.BytesIO(workbook_template()))

    assert made.sheetnames == list(USER_TABLES)
    for name, table in USER_TABLES.items():
        header = [cell.value for cell in made[name][1]]
        assert header == [*(column.name for column in table.columns), "example"]
        assert all(
            cell.comment and column.zh in cell.comment.text for cell, column in zip(made[name][1], table.columns, strict=False)
        )
    lists = [rule.formula1 for rule in made["lead_time"].data_validations.dataValidation]
    assert lists == ['"sea,air,rail,truck,express"']


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 no archive",
        rewritten(book(HEADER), "xl/workbook.xml", lambda text: text[:200]),
        rewritten(
            book(HEADER),
            "xl/workbook.xml",
            lambda text: text.replace('name="Sheet1"', 'name="other"', 1).replace("rId1", "rId99"),
        ),
        rewritten(
            book(HEADER), SHEET, lambda text: '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + text.split("?>")[-1]
        ),
    ],
    ids=["no archive", "cut short", "a part missing", "declares entities"],
)
def test_a_workbook_that_cannot_be_trusted_is_refused(data):
    with pytest.raises(ConfigError, match="workbook"):
        read(data)


def test_a_workbook_that_would_unpack_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(workbook, "_LARGEST_UNPACKED", 1000)

    with pytest.raises(ConfigError, match="unpacks to"):
        read(book(HEADER, row()))


def test_an_empty_workbook_is_refused():
    with pytest.raises(ConfigError, match="the file is empty"):
        read(saved(Workbook()))


def test_a_number_that_is_none_is_refused_and_a_day_in_text_form_is_read():
    plain = book(HEADER, row(day="day"))
    not_a_number = rewritten(plain, SHEET, lambda text: text.replace("<v>5.1</v>", "<v>1e999</v>"))
    iso = rewritten(book(HEADER, row(day=77)), SHEET, lambda text: text.replace('t="n"><v>77</v>', 't="d"><v>2026-01-01</v>'))

    assert (2, "purchase_amount") in [finding[:2] for finding in found(read(not_a_number))]
    assert values(read(iso), "valid_from") == [(date(2026, 1, 1),)]


def test_a_word_that_is_an_error_of_a_formula_is_refused_and_a_tick_is_a_yes():
    header = ["sku", "route", "mode", "valid_from", "transit_days", "is_usual"]
    file = read(book(header, ["A", "R", "sea", DAY, 30, True], ["#REF!", "R", "sea", DAY, 30, False]))

    assert found(file) == [(3, "sku", "#REF!")]
    assert [row.values["is_usual"] for row in file.tables[0].rows] == [True, False]
