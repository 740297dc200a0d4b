"""TAB separated documents: lines judged and cells typed in blocks of tens of thousands, without a loop over good rows.

Most of Amazon's flat files have no quoting: a ``"`` is a character like any other. The ledgers put every cell in quotes.
Trailing empty cells may be missing, the header may come again in the middle, and a title may hold anything.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from sellerwatch.core.ahead import ahead
from sellerwatch.reports.belonging import BelongsTo
from sellerwatch.reports.casting import Facts, Plain, Spelling, cast_records
from sellerwatch.reports.computed import set_aside_unkeyed
from sellerwatch.reports.contract import LINE, Column, FactTable
from sellerwatch.reports.document import EMPTY_DOCUMENT, DocumentContext, Parsed, Reading, SkippedRecord, Told, as_file, excerpt
from sellerwatch.reports.encoding import Text, first_that_reads
from sellerwatch.reports.header import Layout, fold, match_header
from sellerwatch.reports.lines import Lines, behind_header, plain_lines
from sellerwatch.reports.quoted import quoted_lines
from sellerwatch.reports.sorting import Sorter, parsed_of

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
class FlatFile:
    """A report that is one table in a TAB separated document, read block by block.

    Attributes:
        table: the table it fills.
        left_out: known columns that are not kept.
        compute: makes the columns that are not in the document, from each block alone; the ordinal is made by sorting.
        form: how the report differs from a plain flat file.
        belongs_to: names what other document a record belongs to; such a record is left out, with a note.
    """

    table: FactTable
    left_out: Mapping[str, str]
    compute: Compute = nothing_computed
    form: Format = PLAIN
    belongs_to: BelongsTo | None = None

    def stream(self, file: BinaryIO, context: DocumentContext, folder: Path | None) -> Reading:
        """Read a document of any length; what is too much for memory is kept in ``folder``.

        Raises:
            DocumentError: it is no such report: a required column is missing, or it is markup or still compressed.
        """

        def attempt(text: Text) -> Reading:
            seen, sorter = _Seen(), Sorter(self.table, folder)
            try:
                for facts in _batches(text, self, seen):
                    sorter.add(_ours(_with_computed(facts, self, context), self, context, seen))
                facts = sorter.finish()
            except BaseException:
                sorter.discard()
                raise
            return Reading(seen.told(text, sorter.skipped), {self.table.name: facts})

        return first_that_reads(file, context, attempt)

    def parse(self, data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
        """Read a document into memory; the errors are those of `stream`."""
        return parsed_of(self.stream(as_file(data), context, None), {self.table.name: self.table})


@dataclass(frozen=True, slots=True)
class _Source:
    """What the blocks of one document have in common."""

    report: FlatFile
    layout: Layout
    context: DocumentContext
    ends_in_free_text: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """What was read from one block."""

    facts: Facts
    repeated_headers: tuple[int, ...]


@dataclass(slots=True)
class _Seen:
    """What the blocks that were read so far showed besides their facts."""

    layout: Layout | None = None
    row_count: int = 0
    skipped: list[SkippedRecord] = field(default_factory=list)
    repeated_headers: list[int] = field(default_factory=list)
    elsewhere: Counter[str] = field(default_factory=Counter)

    def told(self, text: Text, unkeyed: Iterable[SkippedRecord]) -> Told:
        return Told(
            encoding=text.encoding,
            replacement_count=text.replacement_count,
            unknown_columns=self.layout.unknown if self.layout else (),
            row_count=self.row_count - self.elsewhere.total(),
            skipped=tuple(sorted([*self.skipped, *unkeyed], key=lambda record: record.line)),
            notes=(*text.notes, *self._notes()),
        )

    def _notes(self) -> Iterator[str]:
        if self.layout is None:
            yield EMPTY_DOCUMENT
            return
        yield from (f"header_repeated: line {line}" for line in self.repeated_headers)
        yield from (f"column_repeated: {header!r}; the first one was read" for header in self.layout.repeated)
        yield from (f"left_out: {count} records of {name}" for name, count in sorted(self.elsewhere.items()))


def read_flat_file(
    data: BinaryIO | bytes,
    context: DocumentContext,
    *,
    table: FactTable,
    left_out: Mapping[str, str],
    compute: Compute = nothing_computed,
    form: Format = PLAIN,
) -> Parsed:
    """Read a TAB separated document into one table, as a whole: what is computed may depend on all of it.

    Args:
        data: the document's bytes, unpacked.
        context: what is known about the document.
        table: the table it fills.
        left_out: known columns that are not kept.
        compute: makes the columns that are not in the document, the ordinal among them.
        form: how the report differs from a plain flat file.

    Raises:
        DocumentError: it is no such report: a required column is missing, or it is markup or still compressed.
    """
    report = FlatFile(table, left_out, compute, form)

    def attempt(text: Text) -> Parsed:
        seen = _Seen()
        facts = _with_computed(_joined(list(_batches(text, report, seen)), report), report, context)
        frame, unkeyed = set_aside_unkeyed(table.frame(facts), table)
        return seen.told(text, unkeyed).with_frames({table.name: frame})

    return first_that_reads(as_file(data), context, attempt)


def _batches(text: Text, report: FlatFile, seen: _Seen) -> Iterator[pa.Table]:
    """Yield the typed columns of each block, noting what else there is to see."""
    header, blocks = behind_header(text.blocks(_BLOCK_BYTES))
    if not header.text:
        return
    is_quoted = report.form.is_quoted and header.text.startswith(b'"')
    names = _header_cells(header.text.decode(), is_quoted=is_quoted)
    layout = seen.layout = match_header(names, report.table, report.left_out, text.context)
    ends_in_free_text = fold(names[-1]) == fold(report.form.free_text) != ""
    source = _Source(report, layout, text.context, ends_in_free_text)
    lines = quoted_lines(blocks, header, _BLOCK_BYTES) if is_quoted else plain_lines(blocks, header)
    for block in ahead(partial(_read_block, source), lines):
        seen.row_count += block.facts.columns.num_rows + len(block.facts.skipped)
        seen.skipped.extend(block.facts.skipped)
        seen.repeated_headers.extend(block.repeated_headers)
        yield block.facts.columns


def _with_computed(facts: pa.Table, report: FlatFile, context: DocumentContext) -> pa.Table:
    for name, values in report.compute(facts, context).items():
        facts = facts.append_column(name, values)
    return facts


def _ours(facts: pa.Table, report: FlatFile, context: DocumentContext, seen: _Seen) -> pa.Table:
    """Return the records of this document, noting how many belong to others."""
    if report.belongs_to is None:
        return facts
    names = report.belongs_to(facts, context)
    if names.null_count == len(names):
        return facts
    seen.elsewhere.update(names.drop_null().to_pylist())
    return facts.filter(names.is_null())


def _header_cells(header: str, *, is_quoted: bool) -> list[str]:
    return next(csv.reader([header], delimiter="\t")) if is_quoted else header.split("\t")


def _read_block(source: _Source, lines: Lines) -> _Block:
    """Type the lines that hold records, and set aside those whose cells cannot be told to stand under the header."""
    width, table = source.layout.width, source.report.table
    is_long = (lines.tabs >= width) & (not source.ends_in_free_text)
    is_unfit = ~lines.is_blank & (is_long | (lines.is_torn & (lines.tabs != width - 1)))
    keep = ~(lines.is_blank | lines.is_header | is_unfit)
    numbers = lines.numbers[keep]
    written = lines.split(keep, width, source.layout.positions)
    facts = cast_records(written, pa.array(numbers), table, _spelling(source))
    unfit = tuple(_unfit(lines, row, width, table) for row in np.flatnonzero(is_unfit).tolist())
    return _Block(
        facts=Facts(_with_written(facts.columns, written, numbers, source.report.form), (*unfit, *facts.skipped)),
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
        respell = source.report.form.respell.get(column.name)
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


def _joined(blocks: list[pa.Table], report: FlatFile) -> pa.Table:
    """Return the facts of all blocks as one table."""
    if blocks:
        return pa.concat_tables(blocks)
    names = [column.name for column in report.table.document_columns]
    facts = report.table.schema.empty_table().select([*names, LINE])
    for name in report.form.written:
        facts = facts.append_column(name + WRITTEN, pa.array([], pa.string()))
    return facts
