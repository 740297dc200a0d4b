"""TAB separated documents: lines judged and cells typed in blocks of tens of thousands, without a loop over good rows.

Most of Amazon's flat files have no quoting: a ``"`` is a character like any other. The ledgers put every cell in quotes.
Trailing empty cells may be missing, the header may come again in the middle, and a title may hold anything.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from sellerwatch.reports.casting import Facts, Plain, Spelling, cast_records
from sellerwatch.reports.computed import set_aside_unkeyed
from sellerwatch.reports.contract import LINE, Column, FactTable
from sellerwatch.reports.document import EMPTY_DOCUMENT, DocumentContext, Parsed, SkippedRecord, excerpt, read_bytes
from sellerwatch.reports.encoding import Decoded, decode
from sellerwatch.reports.header import Layout, fold, match_header
from sellerwatch.reports.lines import Header, Lines, plain_lines
from sellerwatch.reports.quoted import quoted_lines

Compute = Callable[[pa.Table, DocumentContext], Mapping[str, pa.Array]]
"""Makes a table's computed columns from the columns that were read."""

Respell = Callable[[pa.Array, DocumentContext], pa.Array]
"""Turns cells of a form only this report uses into the form every report uses, and leaves alone what it does not know.

It is given each different text once; blanks are not among them.
"""

WRITTEN = "_written"
"""What is added to a column's name when the column is wanted as the document writes it."""

_BLOCK_BYTES = 8 << 20
"""Some 25,000 to 100,000 lines; smaller blocks cost calls, larger ones leave the cache and fetch new memory."""


def nothing_computed(_facts: pa.Table, _context: DocumentContext) -> Mapping[str, pa.Array]:
    """Compute no column: every column of the table is in the document."""
    return {}


@dataclass(frozen=True, slots=True)
class Format:
    """How a report's flat files differ from the plain ones.

    Attributes:
        is_quoted: every cell stands in quotes; a document whose header does not is plain all the same.
        respell: column name to what turns its cells into the usual form before they are typed.
        written: columns that computing needs as the document writes them too, under their name with `WRITTEN` added.
        free_text: the header of a column that is left out and may hold TABs. Where it is a document's last, a line with more
            cells than the header is whole: the rest is more of that text.
    """

    is_quoted: bool = False
    respell: Mapping[str, Respell] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    free_text: str = ""


PLAIN = Format()


@dataclass(frozen=True, slots=True)
class _Source:
    """What the blocks of one document have in common."""

    table: FactTable
    layout: Layout
    context: DocumentContext
    form: Format
    ends_in_free_text: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """What was read from one block."""

    facts: Facts
    repeated_headers: tuple[int, ...]


def read_flat_file(
    data: BinaryIO | bytes,
    context: DocumentContext,
    *,
    table: FactTable,
    left_out: Mapping[str, str],
    compute: Compute = nothing_computed,
    form: Format = PLAIN,
) -> Parsed:
    """Read a TAB separated document into one table.

    Args:
        data: the document's bytes, unpacked.
        context: what is known about the document.
        table: the table it fills.
        left_out: known columns that are not kept.
        compute: makes the columns that are not in the document.
        form: how the report differs from a plain flat file.

    Raises:
        DocumentError: it is no such report: a required column is missing, or it is markup or still compressed.
    """
    decoded = decode(read_bytes(data), context)
    header = _first_line(decoded.utf8)
    if not header.text:
        return _nothing(decoded, table)
    is_quoted = form.is_quoted and header.text.startswith(b'"')
    names = _header_cells(header.text.decode(), is_quoted=is_quoted)
    layout = match_header(names, table, left_out, context)
    source = _Source(table, layout, context, form, ends_in_free_text=fold(names[-1]) == fold(form.free_text) != "")
    lines = (quoted_lines if is_quoted else plain_lines)(decoded.utf8, header, _BLOCK_BYTES)
    blocks = [_read_block(block, source) for block in lines]
    facts = _joined(blocks, source)
    for name, values in compute(facts, context).items():
        facts = facts.append_column(name, values)
    frame, unkeyed = set_aside_unkeyed(table.frame(facts), table)
    skipped = [record for block in blocks for record in block.facts.skipped]
    return Parsed(
        frames={table.name: frame},
        encoding=decoded.encoding,
        replacement_count=decoded.replacement_count,
        unknown_columns=layout.unknown,
        row_count=len(facts) + len(skipped),
        skipped=tuple(sorted([*skipped, *unkeyed], key=lambda record: record.line)),
        notes=(*decoded.notes, *_notes(blocks, layout)),
    )


def _first_line(text: bytes) -> Header:
    start, number = 0, 0
    while start < len(text):
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        number += 1
        if text[start:end].strip():
            return Header(text[start:end], number, end + 1)
        start = end + 1
    return Header(b"", number, start)


def _header_cells(header: str, *, is_quoted: bool) -> list[str]:
    return next(csv.reader([header], delimiter="\t")) if is_quoted else header.split("\t")


def _nothing(decoded: Decoded, table: FactTable) -> Parsed:
    return Parsed(
        frames={table.name: table.empty_frame()},
        encoding=decoded.encoding,
        replacement_count=decoded.replacement_count,
        unknown_columns=(),
        row_count=0,
        skipped=(),
        notes=(*decoded.notes, EMPTY_DOCUMENT),
    )


def _read_block(lines: Lines, source: _Source) -> _Block:
    """Type the lines that hold records, and set aside those whose cells cannot be told to stand under the header."""
    width = source.layout.width
    is_long = (lines.tabs >= width) & (not source.ends_in_free_text)
    is_unfit = ~lines.is_blank & (is_long | (lines.is_torn & (lines.tabs != width - 1)))
    keep = ~(lines.is_blank | lines.is_header | is_unfit)
    numbers = lines.numbers[keep]
    written = lines.split(keep, width, source.layout.positions)
    facts = cast_records(written, pa.array(numbers), source.table, _spelling(source))
    unfit = tuple(_unfit(lines, row, width, source.table) for row in np.flatnonzero(is_unfit).tolist())
    return _Block(
        facts=Facts(_with_written(facts.columns, written, numbers, source.form), (*unfit, *facts.skipped)),
        repeated_headers=tuple(lines.numbers[lines.is_header].tolist()),
    )


def _unfit(lines: Lines, row: int, width: int, table: FactTable) -> SkippedRecord:
    """Describe a line whose extra cells would be lost, or whose cells stand under the wrong header."""
    cell_count = f"{lines.tabs[row] + 1} cells, but the header has {width}"
    return SkippedRecord(
        table=table.name,
        line=int(lines.numbers[row]),
        column="",
        reason=f"quotes that do not pair up: {cell_count}" if lines.is_torn[row] else cell_count,
        excerpt=excerpt(lines.texts[row].as_py().rstrip("\n").split("\t")[0]),
    )


def _spelling(source: _Source) -> Spelling:
    """Return what turns the report's own forms of cells into the usual ones."""

    def plain(text: pa.Array, column: Column) -> Plain:
        respell = source.form.respell.get(column.name)
        if respell is None:
            return Plain(text)
        values = text.dictionary_encode()
        return Plain(respell(values.dictionary, source.context).take(values.indices))

    return plain


def _with_written(facts: pa.Table, cells: Mapping[str, pa.Array], numbers: np.ndarray, form: Format) -> pa.Table:
    """Return the facts with the columns that are wanted as written, without the cells of the records set aside."""
    for name in form.written:
        kept = np.searchsorted(numbers, facts.column(LINE).to_numpy())
        facts = facts.append_column(name + WRITTEN, cells[name].take(pa.array(kept)))
    return facts


def _joined(blocks: list[_Block], source: _Source) -> pa.Table:
    """Return the facts of all blocks as one table."""
    if blocks:
        return pa.concat_tables([block.facts.columns for block in blocks])
    names = [column.name for column in source.table.document_columns]
    facts = source.table.schema.empty_table().select([*names, LINE])
    for name in source.form.written:
        facts = facts.append_column(name + WRITTEN, pa.array([], pa.string()))
    return facts


def _notes(blocks: list[_Block], layout: Layout) -> Iterator[str]:
    yield from (f"header_repeated: line {line}" for block in blocks for line in block.repeated_headers)
    yield from (f"column_repeated: {header!r}; the first one was read" for header in layout.repeated)
