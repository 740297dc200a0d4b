"""TAB separated documents: lines judged and cells typed in blocks of tens of thousands, without a loop over good rows.

Amazon's flat files have no quoting: a ``"`` is a character like any other. Trailing empty cells may be missing, the header
may come again in the middle, and a title may hold anything but TAB and line end.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.casting import Facts, cast_records
from sellerwatch.reports.computed import set_aside_unkeyed
from sellerwatch.reports.contract import LINE, FactTable
from sellerwatch.reports.document import EMPTY_DOCUMENT, DocumentContext, Parsed, SkippedRecord, excerpt, read_bytes
from sellerwatch.reports.encoding import Decoded, decode
from sellerwatch.reports.header import Layout, match_header

Compute = Callable[[pa.Table, DocumentContext], Mapping[str, pa.Array]]
"""Makes a table's computed columns from the columns that were read."""

_BLOCK_BYTES = 8 << 20
"""Some 25,000 to 100,000 lines; smaller blocks cost calls, larger ones leave the cache and fetch new memory."""

_TEXT = pd.ArrowDtype(pa.string())
_TAB, _NEWLINE = 9, 10
_UINT16_MAX = 65_535


def nothing_computed(_facts: pa.Table, _context: DocumentContext) -> Mapping[str, pa.Array]:
    """Compute no column: every column of the table is in the document."""
    return {}


@dataclass(frozen=True, slots=True)
class _Source:
    """What the blocks of one document have in common."""

    table: FactTable
    layout: Layout
    header: bytes


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of one block, each with its line end, and where the block starts in the document."""

    texts: pa.Array
    first: int
    tabs: np.ndarray
    lengths: np.ndarray


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
) -> Parsed:
    """Read a TAB separated document into one table.

    Args:
        data: the document's bytes, unpacked.
        context: what is known about the document.
        table: the table it fills.
        left_out: known columns that are not kept.
        compute: makes the columns that are not in the document.

    Raises:
        DocumentError: it is no such report: a required column is missing, or it is markup or still compressed.
    """
    decoded = decode(read_bytes(data), context)
    start, number, header = _first_line(decoded.utf8)
    if not header:
        return _nothing(decoded, table)
    layout = match_header(header.decode().split("\t"), table, left_out, context)
    source = _Source(table, layout, header)
    blocks = [_read_block(lines, source) for lines in _blocks(decoded.utf8, start, number)]
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


def _first_line(text: bytes) -> tuple[int, int, bytes]:
    """Return where the body starts, the header's line number, and the header line; empty when no line holds anything."""
    start, number = 0, 0
    while start < len(text):
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        number += 1
        if text[start:end].strip():
            return end + 1, number, text[start:end]
        start = end + 1
    return start, number, b""


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


def _blocks(text: bytes, start: int, header_number: int) -> Iterator[_Lines]:
    """Yield the body in blocks of whole lines."""
    first = header_number + 1
    while start < len(text):
        end = _block_end(text, start)
        block = memoryview(text)[start:end]
        lines = _lines(block if block[-1] == _NEWLINE else bytes(block) + b"\n", first)
        yield lines
        start, first = end, first + len(lines.texts)


def _block_end(text: bytes, start: int) -> int:
    """Return where the block ends: after the last line end within its size, or after the one long line it starts with."""
    size_end = start + _BLOCK_BYTES
    if size_end >= len(text):
        return len(text)
    last = text.rfind(b"\n", start, size_end)
    end = last if last >= 0 else text.find(b"\n", size_end)
    return len(text) if end < 0 else end + 1


def _lines(block: bytes | memoryview, first: int) -> _Lines:
    """Return the block's lines as an Arrow array over the same bytes, with the number of TABs and bytes in each."""
    characters = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(characters == _NEWLINE) + 1
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    lengths = np.diff(offsets)
    counter = np.uint16 if lengths.max() <= _UINT16_MAX else np.int32
    tabs = np.add.reduceat((characters == _TAB).view(np.uint8), offsets[:-1], dtype=counter).astype(np.int32)
    texts = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
    return _Lines(texts, first, tabs, lengths)


def _read_block(lines: _Lines, source: _Source) -> _Block:
    """Type the lines that hold records, and set aside those that hold more cells than the header."""
    is_blank = lines.lengths == lines.tabs + 1
    is_header = _equal(lines.texts, source.header + b"\n")
    is_long = ~is_blank & (lines.tabs >= source.layout.width)
    numbers = np.arange(lines.first, lines.first + len(lines.texts), dtype=np.int64)
    keep = ~(is_blank | is_header | is_long)
    texts = lines.texts if keep.all() else lines.texts.filter(pa.array(keep))
    cells = _cells(_padded(texts, lines.tabs[keep], source.layout.width), source.layout)
    facts = cast_records(cells, pa.array(numbers[keep]), source.table)
    too_long = tuple(_too_long(lines, row, source) for row in np.flatnonzero(is_long).tolist())
    return _Block(
        facts=Facts(facts.columns, (*too_long, *facts.skipped)),
        repeated_headers=tuple(numbers[is_header].tolist()),
    )


def _equal(texts: pa.Array, line: bytes) -> np.ndarray:
    return np.asarray(pc.equal(texts, pa.scalar(line.decode())).to_numpy(zero_copy_only=False), bool)


def _too_long(lines: _Lines, row: int, source: _Source) -> SkippedRecord:
    """Describe a line whose extra cells would be lost, or whose cells stand under the wrong header."""
    return SkippedRecord(
        table=source.table.name,
        line=lines.first + row,
        column="",
        reason=f"{lines.tabs[row] + 1} cells, but the header has {source.layout.width}",
        excerpt=excerpt(lines.texts[row].as_py().split("\t")[0]),
    )


def _padded(texts: pa.Array, tabs: np.ndarray, width: int) -> pa.Array:
    """Return the lines with the trailing cells back that Amazon dropped because they were empty."""
    if (tabs == width - 1).all():
        return texts
    endings = pa.array(["\t" * count + "\n" for count in range(width)]).take(pa.array(width - 1 - tabs))
    return pc.binary_join_element_wise(pc.utf8_rtrim(texts, "\n"), endings, "")


def _cells(texts: pa.Array, layout: Layout) -> dict[str, pa.Array]:
    """Split the lines and return the columns the table knows, as text, null where blank.

    Every line has as many cells as the header by now: with ``usecols`` pandas cuts long lines without a word, and fails when
    all lines are short. A setting left at its default matters too: ``low_memory`` is twice as fast with Arrow strings.
    """
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    body = texts.buffers()[2]
    if not len(texts) or body is None:
        return {name: pa.array([], pa.string()) for name in layout.positions}
    frame = pd.read_csv(
        io.BytesIO(memoryview(body)[offsets[0] : offsets[len(texts)]]),
        sep="\t",
        lineterminator="\n",
        header=None,
        names=list(range(layout.width)),
        usecols=sorted(layout.positions.values()),
        dtype=_TEXT,
        engine="c",
        encoding="utf-8",
        quoting=csv.QUOTE_NONE,
        keep_default_na=False,
        na_values=[""],
        skip_blank_lines=False,
        index_col=False,
    )
    columns = pa.Table.from_pandas(frame, preserve_index=False)
    return {name: columns.column(str(place)).combine_chunks() for name, place in layout.positions.items()}


def _joined(blocks: list[_Block], source: _Source) -> pa.Table:
    """Return the facts of all blocks as one table."""
    if blocks:
        return pa.concat_tables([block.facts.columns for block in blocks])
    names = [column.name for column in source.table.document_columns]
    return source.table.schema.empty_table().select([*names, LINE])


def _notes(blocks: list[_Block], layout: Layout) -> Iterator[str]:
    yield from (f"header_repeated: line {line}" for block in blocks for line in block.repeated_headers)
    yield from (f"column_repeated: {header!r}; the first one was read" for header in layout.repeated)
