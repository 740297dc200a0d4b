"""The lines of a flat file in which every cell stands in double quotes: cells end where the quotes say, not the TABs.

Inside quotes a TAB or a line end is part of the text, and a quote is written twice. A line that does not keep to this (a
lone quote in a title) is read by the looks of its cell ends, and damages no other line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.lines import NEWLINE, QUOTE, TAB, Header, Lines, equal, lines_of

_IS_EDGE = np.zeros(256, bool)
_IS_EDGE[[TAB, NEWLINE, QUOTE]] = True
"""What may stand before an opening quote and after a closing one: the end of a cell, or the other half of a doubled quote."""


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of one block, one line's after the other's.

    Attributes:
        texts: without the quotes around them.
        has_quotes: whether quotes stand within any of them.
        firsts: the place of each line's first cell.
        counts: how many cells each line has.
    """

    texts: pa.Array
    has_quotes: bool
    firsts: np.ndarray
    counts: np.ndarray


def quoted_lines(blocks: Iterable[bytes], header: Header, size: int) -> Iterator[Lines]:
    """Yield the lines below the header, whose cells stand in quotes.

    Args:
        blocks: what stands below the header.
        header: the document's header.
        size: bytes in which at least one line must end; where none does, quotes do not pair up.
    """
    first = header.number + 1
    for whole in _whole_lines(blocks, size):
        block = whole if whole[-1] == NEWLINE else whole + b"\n"
        plain = _without_quotes(block)
        yield _lines(block, header.text, first) if plain is None else lines_of(plain, _bare(header.text), first)
        first += block.count(b"\n")


def _whole_lines(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes cut where cells end; what follows the last such place goes with the next block."""
    rest = b""
    for block in blocks:
        text = rest + block
        end = _last_line_end(text, may_guess=len(text) >= size)
        if end:
            yield text[:end]
        rest = text[end:]
    if rest:
        yield rest


def _bare(line: bytes) -> bytes:
    return line.replace(b'"\t"', b"\t")[1:-1]


def _without_quotes(block: bytes) -> bytes | None:
    """Return the block as a plain one, or None when a cell holds a TAB or a line end, or quotes are not what they should be.

    This is several times as fast as telling cells by their quotes, and nearly every block allows it: each TAB and line end
    stands between two quotes of its own, and what quotes are left come in pairs.
    """
    if not (block.startswith(b'"') and block.endswith(b'"\n') and block != b'"\n'):
        return None
    plain = block[1:-2]
    for end in (b"\t", b"\n"):
        if plain.count(end) != plain.count(b'"' + end + b'"'):
            return None
        plain = plain.replace(b'"' + end + b'"', end)
    plain += b"\n"
    if b'"' not in plain:
        return plain
    return None if b'"' in plain.replace(b'""', b"") else plain.replace(b'""', b'"')


def _last_line_end(text: bytes, *, may_guess: bool) -> int:
    """Return the place behind the last line end that stands between two cells, or 0 when there is none.

    It has quotes on both sides and an even number of quotes before it. Where quotes do not pair up at all, and no more text
    is to be waited for, the last one with quotes on both sides must do.
    """
    last = place = text.rfind(b'"\n"')
    quote_count = text.count(b'"', 0, place + 1)
    while place >= 0 and quote_count % 2:
        before = text.rfind(b'"\n"', 0, place + 1)
        quote_count -= text.count(b'"', before + 1, place + 1)
        place = before
    found = last if place < 0 and may_guess else place
    return found + 2 if found >= 0 else 0


def _lines(block: bytes, header: bytes, first: int) -> Lines:
    """Return the lines of a block whose cells only their quotes can tell."""
    characters = np.frombuffer(block, np.uint8)
    ends, is_torn = _cell_ends(characters)
    texts, has_quotes = _unwrapped(characters, ends)
    lasts = np.flatnonzero(characters[ends] == NEWLINE)
    firsts = np.concatenate(([0], lasts[:-1] + 1))
    counts = lasts - firsts + 1
    offsets = np.concatenate(([0], ends[lasts] + 1)).astype(np.int32)
    cell_offsets = np.frombuffer(texts.buffers()[1], np.int32)
    rows = pa.StringArray.from_buffers(len(lasts), pa.py_buffer(offsets), pa.py_buffer(block))
    return Lines(
        texts=rows,
        numbers=first + np.searchsorted(np.flatnonzero(characters == NEWLINE), offsets[:-1]).astype(np.int64),
        tabs=counts - 1,
        is_blank=cell_offsets[firsts] == cell_offsets[lasts + 1],
        is_header=equal(rows, header + b"\n"),
        is_torn=is_torn[lasts],
        split=partial(_split, _Cells(texts, has_quotes, firsts, counts)),
    )


def _cell_ends(characters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where cells end, and for each end whether quotes on its line do not pair up.

    The block is taken as a whole first. Only when some quote stands where none can is it cut at every line end that looks
    like one, so that the damage stays in its line.
    """
    edges = np.flatnonzero(_IS_EDGE[characters])
    ends, is_torn = _ends_within(characters, edges, edges[-1:])
    if not is_torn.any():
        return ends, is_torn
    is_stop = (characters[edges] == NEWLINE) & (_looks_like_end(edges) | (edges == edges[-1]))
    return _ends_within(characters, edges, edges[is_stop])


def _ends_within(characters: np.ndarray, edges: np.ndarray, stops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where cells end, and for each end whether its stretch is torn; stretches end at the stops and stand alone.

    In a sound stretch a cell ends at each TAB or line end with an even number of quotes before it. In a torn one, it ends
    at each TAB between two quotes and at each line end.

    Args:
        characters: the block.
        edges: where its TABs, line ends and quotes are.
        stops: the line ends that end a stretch.
    """
    is_quote = characters[edges] == QUOTE
    quotes_through = np.cumsum(is_quote, dtype=np.int32)
    stretch = np.searchsorted(stops, edges).astype(np.int32)
    quotes_at_stop = quotes_through[np.searchsorted(edges, stops)]
    is_odd = ((quotes_through - np.concatenate(([0], quotes_at_stop[:-1]))[stretch]) & 1).astype(bool)
    is_apart = np.diff(edges, prepend=-1, append=edges[-1] + 1) > 1
    is_misplaced = is_quote & np.where(is_odd, is_apart[:-1], is_apart[1:])
    is_torn = np.zeros(len(stops), bool)
    is_torn[stretch[is_misplaced]] = True
    is_torn |= is_odd[np.searchsorted(edges, stops)]
    is_break = _looks_like_end(edges) | (characters[edges] == NEWLINE)
    is_end = ~is_quote & np.where(is_torn[stretch], is_break, ~is_odd)
    return edges[is_end], is_torn[stretch[is_end]]


def _looks_like_end(edges: np.ndarray) -> np.ndarray:
    """Tell which edges have another edge right before and right after them."""
    gaps = np.diff(edges, prepend=-1, append=edges[-1] + 1)
    return np.asarray((gaps[:-1] == 1) & (gaps[1:] == 1))


def _unwrapped(characters: np.ndarray, ends: np.ndarray) -> tuple[pa.Array, bool]:
    """Return the cells without the quotes around them, and whether any holds a quote still."""
    starts = np.concatenate(([0], ends[:-1] + 1))
    is_wrapped = (characters[starts] == QUOTE) & (characters[ends - 1] == QUOTE) & (ends - starts > 1)
    is_text = np.ones(len(characters), bool)
    is_text[ends] = False
    is_text[starts[is_wrapped]] = False
    is_text[ends[is_wrapped] - 1] = False
    body = characters[is_text]
    offsets = np.concatenate(([0], np.cumsum(ends - starts - 2 * is_wrapped))).astype(np.int32)
    texts = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(body))
    return texts, bool((body == QUOTE).any())


def _split(cells: _Cells, keep: np.ndarray, _width: int, places: Mapping[str, int]) -> dict[str, pa.Array]:
    firsts, counts = cells.firsts[keep], cells.counts[keep]
    return {name: _column(cells, firsts, counts, place) for name, place in places.items()}


def _column(cells: _Cells, firsts: np.ndarray, counts: np.ndarray, place: int) -> pa.Array:
    """Return one cell of each line; lines whose trailing cells were dropped have none."""
    text = cells.texts.take(pa.array(firsts + place, mask=counts <= place))
    if cells.has_quotes:
        text = pc.replace_substring(text, '""', '"')
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
