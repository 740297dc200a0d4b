"""Checks that a compressed document is whole, by expanding it piece by piece and keeping nothing."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

READ_BYTES: Final = 1 << 16
PIECE_BYTES: Final = 1 << 18
_GZIP_WINDOW = 31


@dataclass(frozen=True, slots=True)
class Expansion:
    """How long the document is when expanded, as far as that went, and what stopped it; no problem means whole."""

    byte_count: int
    problem: str = ""
    last_byte: bytes = b""


def measure(path: Path, compression: str | None, *, max_expanded_bytes: int) -> Expansion:
    """Expand a document that is on disk, count its bytes and note the last one.

    Args:
        path: the document as it came over the wire.
        compression: ``GZIP``, or None for a document that is not compressed.
        max_expanded_bytes: where to stop: a small file can expand to any size.
    """
    if compression is None:
        return _plain(path)
    byte_count, last_byte = 0, b""
    try:
        with path.open("rb") as file:
            for piece in _gzip_pieces(file):
                byte_count += len(piece)
                last_byte = piece[-1:] or last_byte
                if byte_count > max_expanded_bytes:
                    return Expansion(byte_count, f"expands to more than {max_expanded_bytes} bytes")
    except (zlib.error, EOFError) as error:
        return Expansion(byte_count, f"damaged after {byte_count} expanded bytes: {error}")
    return Expansion(byte_count, last_byte=last_byte)


def _plain(path: Path) -> Expansion:
    with path.open("rb") as file:
        byte_count = file.seek(0, os.SEEK_END)
        file.seek(max(0, byte_count - 1))
        return Expansion(byte_count, last_byte=file.read(1))


def _gzip_pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield each expanded piece of every gzip member; zero bytes between and after members are padding.

    Raises:
        EOFError: the last member does not end.
        zlib.error: something is not gzip, or its checksum is wrong.
    """
    member = None
    is_first = True
    pending = b""
    while pending or (pending := file.read(READ_BYTES)):
        if member is None:
            pending = pending if is_first else pending.lstrip(b"\0")
            if not pending:
                continue
            member, is_first = zlib.decompressobj(_GZIP_WINDOW), False
        yield member.decompress(pending, PIECE_BYTES)
        pending = member.unused_data if member.eof else member.unconsumed_tail
        member = None if member.eof else member
    if member is not None:
        message = "the gzip stream ends early"
        raise EOFError(message)
