"""Empty tables to fill in: a CSV file each, and one workbook with a sheet each, its notes and its lists of allowed words."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from sellerwatch.reports.user.declare import EXAMPLE, NUMBERS, Means, UserColumn, UserTable
from sellerwatch.reports.user.tables import USER_TABLES

WORKBOOK: Final = "sellerwatch-tables.xlsx"
EXAMPLE_MARK: Final = "example row: delete it"
_ROWS: Final = 5000
"""Rows of a sheet that are prepared for input."""

_LONGEST_LIST: Final = 255
_NARROWEST: Final = 12


def templates() -> dict[str, bytes]:
    """Return every template by its file name."""
    files = {f"{table.name}.csv": csv_template(table) for table in USER_TABLES.values()}
    return {**files, WORKBOOK: workbook_template()}


def csv_template(table: UserTable) -> bytes:
    """Return the table's header and an example row; the mark at its start makes Excel read it as UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*(column.name for column in table.columns), EXAMPLE])
    writer.writerow([*(column.example for column in table.columns), EXAMPLE_MARK])
    return text.getvalue().encode("utf-8-sig")


def workbook_template() -> bytes:
    """Return a workbook with a sheet for each table."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in USER_TABLES.values():
        _fill(book.create_sheet(table.name), table)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _fill(sheet: Worksheet, table: UserTable) -> None:
    for place, column in enumerate(table.columns, start=1):
        _write_header(sheet, place, column)
        example = sheet.cell(row=2, column=place, value=_example(column))
        example.font = Font(italic=True, color="808080")
        _prepare(sheet, place, column)
    last = len(table.columns) + 1
    sheet.cell(row=1, column=last, value=EXAMPLE)
    sheet.cell(row=2, column=last, value=EXAMPLE_MARK).font = Font(italic=True, color="808080")
    sheet.freeze_panes = "A2"


def _write_header(sheet: Worksheet, place: int, column: UserColumn) -> None:
    cell = sheet.cell(row=1, column=place, value=column.name)
    cell.font = Font(bold=True)
    cell.alignment = Alignment(horizontal="left")
    if column.required:
        cell.fill = PatternFill("solid", fgColor="FFF2CC")
    must = "Required. " if column.required else ""
    cell.comment = Comment(f"{column.zh}\n{must}{column.note}{_allowed(column)}", "sellerwatch", width=320, height=140)
    sheet.column_dimensions[get_column_letter(place)].width = max(_NARROWEST, len(column.name) + 2)


def _allowed(column: UserColumn) -> str:
    if not column.choices:
        return ""
    words = (f"{word} ({others[0]})" if others else word for word, others in column.choices.items())
    return f"\nOne of: {', '.join(words)}"


def _example(column: UserColumn) -> date | Decimal | str | None:
    """Return the example in the type a workbook keeps it in."""
    if not column.example:
        return None
    if column.means is Means.DAY:
        return date.fromisoformat(column.example)
    return Decimal(column.example) if column.means in NUMBERS else column.example


def _prepare(sheet: Worksheet, place: int, column: UserColumn) -> None:
    """Give the cells below the header the list of their words, or the format that keeps what is typed as it is typed."""
    letter = get_column_letter(place)
    words = '"' + ",".join(column.choices) + '"'
    if column.choices and len(words) <= _LONGEST_LIST:
        validation = DataValidation(type="list", formula1=words, allow_blank=not column.required, showErrorMessage=True)
        validation.errorTitle, validation.error = column.name, f"One of: {', '.join(column.choices)}"
        validation.add(f"{letter}2:{letter}{_ROWS}")
        sheet.add_data_validation(validation)
    formats = {Means.TEXT: "@", Means.DAY: "yyyy-mm-dd"}
    if column.means in formats:
        sheet.column_dimensions[letter].number_format = formats[column.means]
        sheet.cell(row=2, column=place).number_format = formats[column.means]
