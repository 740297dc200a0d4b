"""What can happen to any flat file: its character set, its lines, its columns, and how it writes that there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import cycle

from sellerwatch.simulator.amazon.report_types import ORDERS_BY_DATE, ORDERS_BY_UPDATE
from sellerwatch.simulator.hostile.kinds import Paper
from sellerwatch.simulator.hostile.sheet import Row, Sheet, read_sheet, written
from sellerwatch.simulator.ports import Rendered

ABSENT = "--"
NEW_COLUMN = "announced-on-no-page"
OLD_CHARSETS = {"cp1252": "Cp1252", "cp932": "Windows-31J"}
WRONG_LABELS = {"cp1252": "UTF-8", "cp932": "ISO-8859-1"}
"""What a document in an old character set is wrongly labelled: seen live, the Japanese one too."""

DROPPED_COLUMNS: Mapping[str, str] = {
    ORDERS_BY_UPDATE: "signature-confirmation-recommended",
    ORDERS_BY_DATE: "signature-confirmation-recommended",
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": "store",
    "GET_FBA_INVENTORY_PLANNING_DATA": "DEPRECATED healthy-inventory-level",
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": "customer-comments",
    "GET_LEDGER_SUMMARY_VIEW_DATA": "Store",
    "GET_LEDGER_DETAIL_VIEW_DATA": "Store",
    "GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT": "Supplier part no.",
}
"""By report type, a column that some accounts, years or marketplaces lack; where it holds something, it is left alone."""


def in_utf8_with_mark(sheet: Sheet) -> Sheet:
    """Write it in UTF-8 behind a byte order mark."""
    return replace(sheet, charset="utf-8", label="UTF-8", has_mark=True)


def in_old_charset(paper: Paper) -> Rendered:
    """Write it in the marketplace's old character set, and say so."""
    return _in_charset(paper, OLD_CHARSETS)


def under_wrong_label(paper: Paper) -> Rendered:
    """Write it in the marketplace's old character set under the name of another; plain ASCII would be no mischief."""
    return _in_charset(paper, WRONG_LABELS)


def _in_charset(paper: Paper, labels: Mapping[str, str]) -> Rendered:
    sheet, charset = read_sheet(paper.rendered), paper.marketplace.charset
    if sheet is None or sheet.is_ascii:
        return paper.rendered
    return written(replace(sheet, charset=charset, label=labels[charset]), paper.rendered)


def without_label(sheet: Sheet) -> Sheet:
    """Serve it without a word on its character set."""
    return replace(sheet, label="")


def with_other_line_ends(sheet: Sheet) -> Sheet:
    r"""End its lines in \n where they ended in \r\n, and the other way round."""
    return replace(sheet, line_end="\n" if sheet.line_end == "\r\n" else "\r\n")


def with_short_rows(sheet: Sheet) -> Sheet:
    """Drop the empty cells at the end of every row, but never all of a row's cells."""
    return replace(sheet, rows=tuple(_without_blank_end(row) for row in sheet.rows))


def _without_blank_end(row: Row) -> Row:
    length = len(row)
    while length > 1 and not row[length - 1]:
        length -= 1
    return row[:length]


def with_repeated_header(sheet: Sheet) -> Sheet:
    """Say the header once more in the middle."""
    middle = len(sheet.rows) // 2
    return replace(sheet, rows=(*sheet.rows[:middle], sheet.header, *sheet.rows[middle:])) if sheet.rows else sheet


def with_ragged_end(sheet: Sheet) -> Sheet:
    """Put an empty line after the rows and no line end behind the last."""
    blank = ("",) * len(sheet.header)
    return replace(sheet, rows=(*sheet.rows, blank), ends_with_line_end=False)


STYLES: tuple[Callable[[str], str], ...] = (
    lambda name: name.replace("-", " ").replace("_", " ").title(),
    lambda name: name.replace("-", "_").replace(" ", "_").upper(),
    lambda name: name.replace("-", "").replace(" ", "").replace("_", ""),
)
"""How Amazon has spelt one and the same header over the years: with spaces, with underscores, with nothing."""


def with_respelt_header(sheet: Sheet) -> Sheet:
    """Spell the header's cells another way, a different one for each."""
    styles = cycle(STYLES)
    return replace(sheet, header=tuple(next(styles)(name) for name in sheet.header))


def with_new_last_column(sheet: Sheet) -> Sheet:
    """Add a column that nobody has heard of behind the last."""
    return _with_new_column(sheet, len(sheet.header))


def with_new_middle_column(sheet: Sheet) -> Sheet:
    """Add a column that nobody has heard of in the middle."""
    return _with_new_column(sheet, len(sheet.header) // 2)


def _with_new_column(sheet: Sheet, place: int) -> Sheet:
    header = (*sheet.header[:place], NEW_COLUMN, *sheet.header[place:])
    return replace(sheet, header=header, rows=tuple((*row[:place], "new", *row[place:]) for row in sheet.rows))


def with_moved_columns(sheet: Sheet) -> Sheet:
    """Put the last three columns first."""
    return replace(
        sheet,
        header=(*sheet.header[-3:], *sheet.header[:-3]),
        rows=tuple((*row[-3:], *row[:-3]) for row in sheet.rows),
    )


def without_optional_column(paper: Paper) -> Rendered:
    """Leave out a column that not every account has, where it says nothing that the warehouse would keep."""
    sheet, name = read_sheet(paper.rendered), DROPPED_COLUMNS.get(paper.request.report_type, "")
    if sheet is None or name not in sheet.header:
        return paper.rendered
    return written(without_column(sheet, name), paper.rendered)


def without_column(sheet: Sheet, name: str) -> Sheet:
    """Return the sheet without a column."""
    place = sheet.header.index(name)
    header, *rows = ((*row[:place], *row[place + 1 :]) for row in (sheet.header, *sheet.rows))
    return replace(sheet, header=header, rows=tuple(rows))


def with_dashes_for_nothing(sheet: Sheet) -> Sheet:
    """Write ``--`` where a column of numbers has nothing."""
    columns = [sheet.column(place) for place in range(len(sheet.header))]
    numeric = [_is_numeric(cells) for cells in columns]
    rows = tuple(tuple(ABSENT if not cell and numeric[place] else cell for place, cell in enumerate(row)) for row in sheet.rows)
    return replace(sheet, rows=rows)


def _is_numeric(cells: Row) -> bool:
    """Tell whether the column has numbers with decimals and nothing else: codes and counts may be names."""
    said = [cell for cell in cells if cell]
    return bool(said) and all("." in cell and cell.replace(".", "", 1).removeprefix("-").isdecimal() for cell in said)
