"""CSV files as spreadsheets and people write them: any usual delimiter, found by which one makes the header a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.reports.user.charset import decode
from sellerwatch.reports.user.sheet import Cell, Sheet, SheetRow, row_of

DELIMITERS: Final = (",", ";", "\t", "|", "，", "；")
HEADER_WITHIN: Final = 20
"""Rows in which a header is looked for: a title and a date may stand above it."""

_SEPARATOR_LINE: Final = "sep="
"""Excel writes this line, and reads the delimiter from it, where it is not the country's own."""


def read_csv(data: bytes, count_known: Callable[[tuple[Cell, ...]], int], *, where: str) -> Sheet:
    """Return the rows of a CSV file.

    Args:
        data: the file's bytes.
        count_known: how many cells of a row are headers of ours.
        where: the file, for error messages.

    Raises:
        ConfigError: its character set cannot be told, or its quotes do not pair up.
    """
    text, encoding = decode(data, where=where)
    named, body, skipped = _after_separator_line(text)
    delimiter = named or max(DELIMITERS, key=lambda one: _best_header(body, one, count_known))
    rows = tuple(_rows(body, delimiter, skipped, where))
    return Sheet("", rows, (f"encoding: {encoding}", f"delimiter: {'TAB' if delimiter == chr(9) else delimiter}"))


def _after_separator_line(text: str) -> tuple[str, str, int]:
    """Return the delimiter that the first line names, the text below it, and how many lines that leaves out."""
    first, _, rest = text.partition("\n")
    if first.casefold().startswith(_SEPARATOR_LINE) and len(first.rstrip("\r")) == len(_SEPARATOR_LINE) + 1:
        return first[len(_SEPARATOR_LINE)], rest, 1
    return "", text, 0


def _best_header(text: str, delimiter: str, count_known: Callable[[tuple[Cell, ...]], int]) -> tuple[int, int]:
    """Tell how many headers the best of the first rows has when it is cut at this delimiter, and how many cells."""
    head = "".join(text.splitlines(keepends=True)[:HEADER_WITHIN])
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        rows = [tuple(_cell(text) for text in cells) for cells in reader]
    except csv.Error:  # a cell without end: said with its line once the file is read
        return 0, 0
    return max(((count_known(cells), len(cells)) for cells in rows), default=(0, 0))


def _rows(text: str, delimiter: str, skipped: int, where: str) -> Iterator[SheetRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1 + skipped
    try:
        for cells in reader:
            row = row_of(line, [_cell(text) for text in cells])
            if row is not None:
                yield row
            line = reader.line_num + 1 + skipped
    except csv.Error as error:
        raise ConfigError(
            f"the quotes of a cell do not pair up: {error}",
            where=f"{where}, line {line}",
            remedy='Write a quote inside a quoted cell twice (""), or save the table as .xlsx',
        ) from error


def _cell(text: str) -> Cell:
    return text.strip() or None
