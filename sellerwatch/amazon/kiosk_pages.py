"""Makes one document of the pages in which Data Kiosk hands out a large result."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from sellerwatch.amazon.download import Download, checked
from sellerwatch.amazon.expansion import READ_BYTES, measure
from sellerwatch.amazon.inbox import Sink, disk_faults, keep
from sellerwatch.core.clock import Clock

_GZIP_WINDOW: Final = 31
_NEWLINE: Final = b"\n"


def join(pages: Sequence[Download], into: Path, *, clock: Clock) -> Download:
    """Write the pages, one after another, into one file of the folder.

    Pages that are not compressed are put one behind the other. As soon as one is compressed the whole is gzip, which may
    have any number of members: a compressed page stays byte for byte as Amazon sent it, a plain one is packed into a member
    of its own, its bytes unchanged inside. Where the last line of a page does not end, a newline follows, in a member of
    its own when the whole is gzip: two records must not become one line.

    Args:
        pages: in Amazon's order; damaged ones too, so that their bytes are kept.
        into: where they lie and the whole goes.
        clock: for ``fetched_at``.

    Returns:
        The whole; its problem names the first page that is damaged.
    """
    filled = [page for page in pages if page.byte_count]
    compression = "GZIP" if any(page.compression for page in filled) else None
    with disk_faults(into):
        stored, _ = keep(into, lambda sink: _write(filled, sink, compression))
        whole = checked(stored, compression, clock=clock)
    damage = (
        f"page {number} of {len(pages)} is damaged: {page.problem}" for number, page in enumerate(pages, 1) if page.problem
    )
    return replace(whole, content_type=pages[0].content_type, problem=next(damage, whole.problem))


def _write(pages: Sequence[Download], sink: Sink, compression: str | None) -> None:
    newline = _NEWLINE if compression is None else gzip.compress(_NEWLINE, mtime=0)
    for position, page in enumerate(pages, start=1):
        for piece in _pieces(page.path) if page.compression == compression else _packed(page.path):
            sink.write(piece)
        if position < len(pages) and not _ends_its_line(page):
            sink.write(newline)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            yield piece


def _packed(path: Path) -> Iterator[bytes]:
    """Yield the file as one gzip member, the same every time: without a name and a time in it."""
    packer = zlib.compressobj(wbits=_GZIP_WINDOW)
    yield from map(packer.compress, _pieces(path))
    yield packer.flush()


def _ends_its_line(page: Download) -> bool:
    measured = measure(page.path, page.compression, max_expanded_bytes=page.expanded_bytes)
    return measured.last_byte in {_NEWLINE, b""}
