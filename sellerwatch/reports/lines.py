"""The lines of a plain flat file, a block at a time: judged by counting bytes, and split into cells without a loop."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

TAB, NEWLINE, QUOTE = b"\t\n" + b'"'

_TEXT = pd.ArrowDtype(pa.string())
_UINT16_MAX = 65_535


Split = Callable[[np.ndarray, int, Mapping[str, int]], dict[str, pa.Array]]
"""Makes columns of the lines marked to be kept, given the number of header cells and each column's place among them.

The cells are text, null where blank.
"""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one block of a document.

    Attributes:
        texts: each line, with its line end.
        numbers: the line of the document each begins on, from 1.
        tabs: how many cells each has, less one.
        is_blank: whether every cell of the line is empty.
        is_header: whether it is the header once more.
        is_torn: whether quotes stand in it that do not pair up, so that its cells are known by their looks only.
        split: makes columns of them.
    """

    texts: pa.Array
    numbers: np.ndarray
    tabs: np.ndarray
    is_blank: np.ndarray
    is_header: np.ndarray
    is_torn: np.ndarray
    split: Split


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a document that holds anything.

    Attributes:
        text: the line without its line end; empty when no line holds anything.
        number: which line of the document it is, from 1.
    """

    text: bytes
    number: int


def behind_header(blocks: Iterator[bytes]) -> tuple[Header, Iterator[bytes]]:
    """Return the header, and the blocks of what stands below it.

    Args:
        blocks: the document, in UTF-8 with plain newlines; only its last block may end within a line.
    """
    number = 0
    for block in blocks:
        start = 0
        while start < len(block):
            end = block.find(b"\n", start)
            end = len(block) if end < 0 else end
            number += 1
            if block[start:end].strip():
                rest = block[end + 1 :]
                return Header(block[start:end], number), chain([rest] if rest else [], blocks)
            start = end + 1
    return Header(b"", number), iter(())


def plain_lines(blocks: Iterable[bytes], header: Header) -> Iterator[Lines]:
    """Yield the lines below the header, in which a quote is a character like any other.

    Args:
        blocks: what stands below the header.
        header: the document's header.
    """
    first = header.number + 1
    for block in blocks:
        lines = lines_of(block if block[-1] == NEWLINE else block + b"\n", header.text, first)
        yield lines
        first += len(lines.texts)


def lines_of(block: bytes, header: bytes, first: int) -> Lines:
    """Return the lines of a block that ends with a line end, as an Arrow array over the same bytes."""
    characters = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(characters == NEWLINE) + 1
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    lengths = np.diff(offsets)
    counter = np.uint16 if lengths.max() <= _UINT16_MAX else np.int32
    tabs = np.add.reduceat((characters == TAB).view(np.uint8), offsets[:-1], dtype=counter).astype(np.int32)
    texts = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
    return Lines(
        texts=texts,
        numbers=np.arange(first, first + len(ends), dtype=np.int64),
        tabs=tabs,
        is_blank=lengths == tabs + 1,
        is_header=equal(texts, header + b"\n"),
        is_torn=np.zeros(len(ends), bool),
        split=partial(_split, texts, tabs),
    )


def equal(texts: pa.Array, line: bytes) -> np.ndarray:
    """Tell which texts are exactly that line."""
    return np.asarray(pc.equal(texts, pa.scalar(line.decode())).to_numpy(zero_copy_only=False), bool)


def _split(texts: pa.Array, tabs: np.ndarray, keep: np.ndarray, width: int, places: Mapping[str, int]) -> dict[str, pa.Array]:
    kept = texts if keep.all() else texts.filter(pa.array(keep))
    return _cells(_padded(kept, tabs[keep], width), width, places)


def _padded(texts: pa.Array, tabs: np.ndarray, width: int) -> pa.Array:
    """Return the lines with the trailing cells back that Amazon dropped because they were empty."""
    missing = np.maximum(width - 1 - tabs, 0)
    if not missing.any():
        return texts
    endings = pa.array(["\t" * count + "\n" for count in range(width)]).take(pa.array(missing))
    return pc.binary_join_element_wise(pc.utf8_rtrim(texts, "\n"), endings, "")


def _cells(texts: pa.Array, width: int, places: Mapping[str, int]) -> dict[str, pa.Array]:
    """Split the lines and return the columns at these places.

    Every line has as many cells as the header by now, or more of a free text that is not wanted: with ``usecols`` pandas cuts
    long lines without a word, and fails when all lines are short. A setting left at its default matters too: ``low_memory`` is twice as fast with Arrow strings.
    """
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    body = texts.buffers()[2]
    if not len(texts) or body is None:
        return {name: pa.array([], pa.string()) for name in places}
    frame = pd.read_csv(
        io.BytesIO(memoryview(body)[offsets[0] : offsets[len(texts)]]),
        sep="\t",
        lineterminator="\n",
        header=None,
        names=list(range(width)),
        usecols=sorted(places.values()),
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
    return {name: columns.column(str(place)).combine_chunks() for name, place in places.items()}
