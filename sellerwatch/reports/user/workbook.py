"""Workbooks: the cells as Excel last calculated them, in the types it keeps them in.

A workbook is a ZIP archive of XML. It is read as a stream, its XML by a parser that expands no entities, and not at all when it
would unpack to more than a table that people fill in can hold.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from sellerwatch.core.errors import ConfigError
from sellerwatch.reports.user.sheet import Cell, Sheet, SheetRow, Unusable, row_of
from sellerwatch.reports.user.sheet_layout import SheetLayout, read_layouts

SIGNATURE: Final = b"PK\x03\x04"
_LARGEST_UNPACKED: Final = 256 << 20
_WIDEST: Final = 200
"""Columns that are looked at; formatting alone can make a sheet 16,384 wide."""

_EXACT_DIGITS: Final = 15
"""Excel keeps no more digits of a number; what lies beyond has become zeros."""

_ERRORS: Final = re.compile(r"^#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)$")
_PADDED: Final = re.compile(r"^0+$")


def read_workbook(data: bytes, *, where: str) -> list[Sheet]:
    """Return the rows of each visible sheet.

    Raises:
        ConfigError: it is no workbook, it is protected by a password, or it is too large.
    """
    _refuse_large(data, where)
    try:
        layouts = read_layouts(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            return [_sheet(sheet, layouts[sheet.title]) for sheet in book.worksheets]
        finally:
            book.close()
    except (InvalidFileException, DefusedXmlException, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise _unreadable(f"the workbook cannot be read: {type(error).__name__}", where) from error


def _refuse_large(data: bytes, where: str) -> None:
    try:
        size = sum(item.file_size for item in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except zipfile.BadZipFile as error:
        raise _unreadable("the file is no workbook", where) from error
    if size > _LARGEST_UNPACKED:
        raise ConfigError(
            f"the workbook unpacks to {size >> 20} MB; {_LARGEST_UNPACKED >> 20} MB are read at most",
            where=where,
            remedy="Keep the table alone in a new workbook, or save it as CSV UTF-8",
        )


def _unreadable(what: str, where: str) -> ConfigError:
    return ConfigError(what, where=where, remedy="Save it anew as .xlsx without a password, or as CSV UTF-8")


def _sheet(sheet: Any, layout: SheetLayout) -> Sheet:  # noqa: ANN401 - openpyxl's read-only sheet has no public type
    if layout.is_hidden:
        return Sheet(sheet.title, (), (f"hidden_sheet: {sheet.title!r} was left out",))
    sheet.reset_dimensions()  # programs write wrong ones
    rows = tuple(_rows(sheet, layout))
    hidden = [row.line for row in rows if row.line in layout.hidden_rows]
    notes = (f"hidden_rows: {len(hidden)} hidden rows were read too, the first is line {hidden[0]}",) if hidden else ()
    return Sheet(sheet.title, rows, notes)


def _rows(sheet: Any, layout: SheetLayout) -> Iterator[SheetRow]:  # noqa: ANN401 - as above
    above: dict[int, Cell] = {}
    for line, cells in enumerate(sheet.iter_rows(max_col=_WIDEST), start=1):
        values = [_cell(cell, layout, line, place) for place, cell in enumerate(cells)]
        _fill_merged(values, above, layout, line)
        row = row_of(line, values)
        if row is not None:
            yield row


def _fill_merged(values: list[Cell], above: dict[int, Cell], layout: SheetLayout, line: int) -> None:
    """Give each row of a cell merged downwards its value: whoever merged them meant it for all of them."""
    for place, first in layout.merged_down(line):
        if line == first:
            above[place] = values[place] if place < len(values) else None
        elif above.get(place) is not None:
            values.extend([None] * (place + 1 - len(values)))
            values[place] = above[place]


def _cell(cell: Any, layout: SheetLayout, line: int, place: int) -> Cell:  # noqa: ANN401 - openpyxl's cells have several types
    if (line, place) in layout.uncalculated:
        return Unusable("=…", "a value; the formula was never calculated: open the workbook in Excel and save it")
    if (line, place) in layout.merged_across:
        return Unusable(str(cell.value), "a cell of its own; this one is merged with the next column's")
    return _value(cell.value, str(getattr(cell, "number_format", "") or ""))


def _value(value: object, number_format: str) -> Cell:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime):
        return _day(value)
    if isinstance(value, date):
        return value
    return Unusable(_duration(value), "a number, a day or text")


def _text(value: str) -> Cell:
    bare = value.strip()
    if _ERRORS.match(bare):
        return Unusable(bare, "a value; this is an error of a formula")
    return bare or None


def _number(value: float, number_format: str) -> Cell:
    """Return the number as it is shown where the format shows more than the number: leading zeros and per cent."""
    exact = Decimal(repr(value))
    if not exact.is_finite():
        return Unusable(str(value), "a number")
    if "%" in number_format:
        return f"{(exact * 100).normalize():f}%"
    if exact == exact.to_integral_value():
        digits = f"{exact:f}".split(".", 1)[0]
        if len(digits.lstrip("-")) > _EXACT_DIGITS:
            return Unusable(
                digits, f"text; Excel keeps {_EXACT_DIGITS} digits of a number: format the column as text and type it anew"
            )
        return digits.zfill(len(number_format)) if _PADDED.match(number_format) and len(number_format) > 1 else Decimal(digits)
    return exact


def _day(value: datetime) -> Cell:
    if value.time() == time(0):
        return value.date()
    return Unusable(value.isoformat(sep=" "), "a day without a time")


def _duration(value: object) -> str:
    return str(value) if isinstance(value, time | timedelta) else type(value).__name__
