"""A flat file taken apart into cells, and put together again in any character set, with any line end."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace

from sellerwatch.simulator.amazon.damage import charset_of
from sellerwatch.simulator.hostile.kinds import Paper, Spoil
from sellerwatch.simulator.ports import Rendered

TEXT_TYPE = "text/plain"
BOM = "\ufeff"
QUOTE = '"'

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A flat file's cells and how they are written; ``label`` is what Content-Type says of the charset, empty for nothing."""

    header: Row
    rows: tuple[Row, ...]
    charset: str
    label: str
    line_end: str
    is_quoted: bool
    has_mark: bool = False
    ends_with_line_end: bool = True

    @property
    def body(self) -> bytes | None:
        """The document's bytes; None where the character set lacks one of its characters."""
        text = self.line_end.join(self._line(row) for row in (self.header, *self.rows))
        text += self.line_end if self.ends_with_line_end else ""
        try:
            return ((BOM if self.has_mark else "") + text).encode(self.charset)
        except UnicodeEncodeError:
            return None

    @property
    def content_type(self) -> str:
        """The Content-Type it is served with."""
        return f"{TEXT_TYPE};charset={self.label}" if self.label else TEXT_TYPE

    @property
    def is_ascii(self) -> bool:
        """Whether every character set would give the same bytes."""
        return all(cell.isascii() for row in self.rows for cell in row)

    def column(self, place: int) -> tuple[str, ...]:
        """Return the cells of a column, blank where a row is too short."""
        return tuple(row[place] if place < len(row) else "" for row in self.rows)

    def _line(self, row: Row) -> str:
        if not self.is_quoted:
            return "\t".join(row)
        return "\t".join(f'"{cell.replace(QUOTE, QUOTE * 2)}"' for cell in row)


def read_sheet(rendered: Rendered) -> Sheet | None:
    """Take a finished flat file apart; None for anything else."""
    if rendered.status != "DONE" or not rendered.body or not rendered.content_type.startswith(TEXT_TYPE):
        return None
    charset = charset_of(rendered.content_type)
    text = rendered.body.decode(charset)
    line_end = "\r\n" if "\r\n" in text else "\n"
    is_quoted = text.startswith(QUOTE)
    header, *rows = _cells(text.removesuffix(line_end), line_end, is_quoted=is_quoted)
    label = rendered.content_type.partition("charset=")[2]
    return Sheet(header, tuple(rows), charset, label, line_end, is_quoted)


def _cells(text: str, line_end: str, *, is_quoted: bool) -> list[Row]:
    if is_quoted:
        return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t")]
    return [tuple(line.split("\t")) for line in text.split(line_end)]


def written(sheet: Sheet, instead_of: Rendered) -> Rendered:
    """Return the sheet as a document, or the document as it was where the sheet cannot be written."""
    body = sheet.body
    return instead_of if body is None else replace(instead_of, body=body, content_type=sheet.content_type)


def on_sheet(change: Callable[[Sheet], Sheet]) -> Spoil:
    """Make mischief out of a change of cells or of their writing."""

    def spoil(paper: Paper) -> Rendered:
        sheet = read_sheet(paper.rendered)
        return paper.rendered if sheet is None else written(change(sheet), paper.rendered)

    return spoil
