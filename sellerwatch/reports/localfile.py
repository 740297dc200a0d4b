"""Flat files whose numbers and dates are written as a country writes them: read as text first, and typed as a whole.

A block cannot know what the next one proves, so the notation is decided over all cells of the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.casting import NOT_AVAILABLE, Facts, cast_records
from sellerwatch.reports.computed import ORDINAL, set_aside_unkeyed
from sellerwatch.reports.contract import LINE, Column, FactTable, Kind
from sellerwatch.reports.document import DocumentContext, Parsed, SkippedRecord
from sellerwatch.reports.flatfile import PLAIN, Compute, Format, nothing_computed, read_flat_file
from sellerwatch.reports.notation import MARKS, ORDERS, Habits, decide


@dataclass(frozen=True, slots=True)
class TextFile:
    """A flat file's cells as written.

    Attributes:
        parsed: what reading it showed besides its cells.
        cells: column name to text, null where blank.
        lines: the line of each record.
    """

    parsed: Parsed
    cells: Mapping[str, pa.Array]
    lines: pa.Array

    def chosen(self, rows: pa.Array) -> TextFile:
        """Return the records in these rows."""
        return replace(self, cells={name: text.take(rows) for name, text in self.cells.items()}, lines=self.lines.take(rows))


def read_local_file(
    data: BinaryIO | bytes,
    context: DocumentContext,
    *,
    table: FactTable,
    left_out: Mapping[str, str],
    compute: Compute = nothing_computed,
    form: Format = PLAIN,
) -> Parsed:
    """Read a TAB separated document into one table, whatever its notation.

    The arguments and errors are those of `flatfile.read_flat_file`. The marketplace says what a document that proves
    nothing is taken for.
    """
    text = read_text(data, context, table=table, left_out=left_out, form=form)
    place = context.marketplace
    habits = Habits(mark=MARKS.get(place.currency), order=ORDERS.get(place.code))
    notation = decide(text.cells, table.document_columns, habits)
    facts = cast_records(text.cells, text.lines, table, notation.plain)
    frame, unkeyed = finished(facts, table, context, compute)
    return replace(
        text.parsed,
        frames={table.name: frame},
        skipped=in_order([*text.parsed.skipped, *facts.skipped, *unkeyed]),
        notes=(*text.parsed.notes, *notation.notes, *facts.notes),
    )


def read_text(
    data: BinaryIO | bytes,
    context: DocumentContext,
    *,
    table: FactTable,
    left_out: Mapping[str, str],
    form: Format = PLAIN,
) -> TextFile:
    """Read the columns of a table from a flat file, all of them as text.

    Raises:
        DocumentError: as `flatfile.read_flat_file` does.
    """
    parsed = read_flat_file(data, context, table=as_text(table, table.document_columns), left_out=left_out, form=form)
    cells = pa.Table.from_pandas(parsed.frames[table.name], preserve_index=False)
    arrays = {name: cells.column(name).combine_chunks() for name in cells.column_names}
    lines = arrays.pop(LINE)
    return TextFile(parsed, arrays, lines)


def as_text(table: FactTable, columns: Iterable[Column]) -> FactTable:
    """Return a table of these columns that takes every cell as it is; an ordinal in its key keeps every row."""
    return replace(table, columns=tuple(replace(column, kind=Kind.TEXT) for column in columns), key=(ORDINAL,))


def finished(
    facts: Facts, table: FactTable, context: DocumentContext, compute: Compute
) -> tuple[pd.DataFrame, list[SkippedRecord]]:
    """Return the table's frame with its computed columns, and the records whose key is blank or taken."""
    columns = facts.columns
    for name, values in compute(columns, context).items():
        columns = columns.append_column(name, values)
    return set_aside_unkeyed(table.frame(columns), table)


def in_order(skipped: Iterable[SkippedRecord]) -> tuple[SkippedRecord, ...]:
    """Return the records set aside in the order of their lines."""
    return tuple(sorted(skipped, key=lambda record: record.line))


def _without_sign(words: pa.Array, _context: DocumentContext) -> pa.Array:
    return pc.if_else(pc.equal(words, NOT_AVAILABLE), pa.scalar(None, pa.string()), words)


def absent_texts(table: FactTable) -> Format:
    """Return the form of documents that write ``--`` for texts too; in a key it is kept, since a blank would lose the row."""
    names = [column.name for column in table.document_columns if column.kind is Kind.TEXT and column.name not in table.key]
    return Format(respell=dict.fromkeys(names, _without_sign))
