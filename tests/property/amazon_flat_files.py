"""How Amazon writes flat files: numbers, dates, quotes, blanks and character sets, as live accounts have seen them.

Written from what is known of Amazon's documents and not from the parsers, so that a parser's mistake is not repeated here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sellerwatch.reports.contract import Column, Kind

Cells = Mapping[str, object]
"""One record by our names of columns: typed values, None where there is nothing."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ZONES = {"US": ("PDT", -7), "DE": ("MET", 1), "JP": ("JST", 9)}
"""The abbreviation, and its hours from UTC, that listings name in each marketplace."""

FEEDBACK_DAYS = {"US": "%m/%d/%y", "DE": "%d.%m.%y", "JP": "%y/%m/%d"}
SETTLEMENT_TIMES = {"US": "%Y-%m-%d %H:%M:%S UTC", "DE": "%d.%m.%Y %H:%M:%S UTC", "JP": "%Y/%m/%d %H:%M:%S"}
COMMA_PLACES = ("DE",)
"""Where decimals are written like 1.234,56."""


@dataclass(frozen=True, slots=True)
class Place:
    """A marketplace and the form in which it serves a document.

    Attributes:
        code: the marketplace.
        charset: Python's name of the character set of the bytes.
        label: what the Content-Type names it; empty where it names none.
        has_mark: whether a byte order mark stands first.
        has_commas: whether decimals are written with a comma, where the report writes them as the country does.
    """

    code: str
    charset: str
    label: str
    has_mark: bool = False
    has_commas: bool = False

    @property
    def content_type(self) -> str:
        return f"text/plain; charset={self.label}" if self.label else "text/plain"


PLACES = (
    Place("US", "utf-8", "UTF-8"),
    Place("US", "utf-8", "UTF-8", has_mark=True),
    Place("US", "utf-8", ""),
    Place("US", "cp1252", "Cp1252"),
    Place("US", "cp1252", ""),
    Place("DE", "iso8859-1", "ISO-8859-1", has_commas=True),
    Place("DE", "utf-8", "UTF-8", has_commas=True),
    Place("DE", "utf-8", "UTF-8"),
    Place("JP", "cp932", "Windows-31J"),
    Place("JP", "cp932", ""),
    Place("JP", "cp932", "ISO-8859-1"),
)


def iso_day(day: date, _place: Place) -> str:
    return day.isoformat()


def month_first(day: date, _place: Place) -> str:
    return f"{day:%m/%d/%Y}"


def month_alone(day: date, _place: Place) -> str:
    return f"{day:%Y-%m}"


def named_month(day: date, _place: Place) -> str:
    return f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year}"


def as_feedback_dates(day: date, place: Place) -> str:
    return day.strftime(FEEDBACK_DAYS[place.code])


def iso_instant(instant: datetime, _place: Place) -> str:
    return instant.isoformat()


def pacific_instant(instant: datetime, _place: Place) -> str:
    return f"{instant - timedelta(hours=7):%Y-%m-%dT%H:%M:%S}-0700"


def zoned_instant(instant: datetime, place: Place) -> str:
    zone, hours = ZONES[place.code]
    return f"{instant + timedelta(hours=hours):%Y-%m-%d %H:%M:%S} {zone}"


def settled_instant(instant: datetime, place: Place) -> str:
    return instant.astimezone(UTC).strftime(SETTLEMENT_TIMES[place.code])


@dataclass(frozen=True, slots=True)
class Writing:
    """What is particular about one report's flat file.

    Attributes:
        day: writes a day.
        instant: writes an instant.
        flags: the words for no and yes.
        is_quoted: whether every cell stands in double quotes.
        is_local: whether numbers are written as the country does.
        absent: what may stand for a number or a date that there is none of.
        absent_text: what may stand for a text that there is none of.
        free_text: the header of a last column that Amazon does not keep TABs out of.
    """

    day: Callable[[date, Place], str] = iso_day
    instant: Callable[[datetime, Place], str] = iso_instant
    flags: tuple[str, str] = ("false", "true")
    is_quoted: bool = False
    is_local: bool = False
    absent: tuple[str, ...] = ("",)
    absent_text: tuple[str, ...] = ("",)
    free_text: str = ""


LOCAL = Writing(is_local=True)
LOCAL_WITH_SIGNS = {"is_local": True, "absent": ("", "--"), "absent_text": ("", "--")}
WRITINGS: Mapping[str, Writing] = {
    "all_orders": Writing(),
    "orders_by_date": Writing(),
    "fba_inventory": Writing(flags=("No", "Yes")),
    "inventory_planning": Writing(),
    "fee_preview": Writing(**LOCAL_WITH_SIGNS),
    "merchant_listings": Writing(instant=zoned_instant, is_local=True),
    "seller_feedback": Writing(day=as_feedback_dates, is_local=True),
    "settlement": Writing(instant=settled_instant, is_local=True),
    "storage_fees": Writing(day=month_alone, **LOCAL_WITH_SIGNS),
    "fba_returns": Writing(free_text="customer-comments"),
    "ledger_detail": Writing(day=month_first, instant=pacific_instant, is_quoted=True),
    "ledger_summary": Writing(day=month_first, is_quoted=True),
    "merchant_returns": Writing(day=named_month, is_local=True),
    "reimbursements": LOCAL,
    "restock": LOCAL,
    "stranded_inventory": LOCAL,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How the lines of one document are laid out.

    Attributes:
        line_end: ends a line.
        ends_last_line: whether the last line has a line end too.
        drops_trailing: whether empty cells at the end of a line are left out.
        repeated_header_at: after how many records the header comes again; None for never.
        absent: which of the signs for nothing this document uses.
    """

    line_end: str = "\n"
    ends_last_line: bool = True
    drops_trailing: bool = False
    repeated_header_at: int | None = None
    absent: int = 0


@dataclass(frozen=True, slots=True)
class FlatFile:
    """The columns of a document and everything that decides its bytes.

    Attributes:
        columns: those that are kept.
        writing: how the report is written.
        place: who serves it, and how.
        shape: how its lines are laid out.
        ignored: headers of columns that are known and not kept; records name their cells by header.
        order: every header in its order; the kept ones first where nothing else is said.
        spelled: header to what this document calls it, where that differs.
    """

    columns: tuple[Column, ...]
    writing: Writing
    place: Place
    shape: Shape
    ignored: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    spelled: Mapping[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> tuple[str, ...]:
        return self.order or (*(column.header for column in self.columns), *self.ignored)

    def render(self, records: list[Cells]) -> str:
        """Return the document's text, with one line per record."""
        lines = [self._line(self._cells(record)) for record in records]
        header = self._line([self.spelled.get(header, header) for header in self.headers])
        if self.shape.repeated_header_at is not None:
            lines.insert(self.shape.repeated_header_at, header)
        text = self.shape.line_end.join([header, *lines])
        return text + (self.shape.line_end if self.shape.ends_last_line else "")

    def encode(self, text: str) -> bytes:
        mark = b"\xef\xbb\xbf" if self.place.has_mark else b""
        return mark + text.encode(self.place.charset)

    def _cells(self, record: Cells) -> list[str]:
        by_header = {column.header: self._cell(column, record.get(column.name)) for column in self.columns}
        by_header |= {header: str(record.get(header) or "") for header in self.ignored}
        cells = [by_header[header] for header in self.headers]
        while self.shape.drops_trailing and cells[-1] == "":
            cells.pop()
        return cells

    def _line(self, cells: list[str]) -> str:
        quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells] if self.writing.is_quoted else cells
        return "\t".join(quoted)

    def _cell(self, column: Column, value: object) -> str:
        if value is None:
            signs = self.writing.absent_text if column.kind is Kind.TEXT else self.writing.absent
            return signs[self.shape.absent % len(signs)]
        return self._written(column.kind, value)

    def _written(self, kind: Kind, value: object) -> str:
        match kind:
            case Kind.DAY:
                return self.writing.day(value, self.place)
            case Kind.INSTANT:
                return self.writing.instant(value, self.place)
            case Kind.FLAG:
                return self.writing.flags[value]
            case Kind.DECIMAL | Kind.MONEY:
                return self._number(value)
            case _:
                return str(value)

    def _number(self, value: Decimal) -> str:
        if not (self.place.has_commas and self.writing.is_local):
            return f"{value:f}"
        return f"{value:,f}".translate(str.maketrans(",.", ".,"))
