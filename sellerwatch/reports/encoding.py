"""Bytes to text by evidence: the mark at the start, the served character set, UTF-8, the marketplace's usual one, Latin-1.

A document is read in one character set from its first byte to its last. A long one is decoded block by block while it is
being read; where a later block refutes the character set, reading starts again with the next best.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import BinaryIO, TypeVar

from sellerwatch.reports.document import DocumentContext, DocumentError

_Read = TypeVar("_Read")

_PIECE_BYTES = 4 << 20
_HEAD_BYTES = 4096
_BOM = codecs.BOM_UTF8
_MARKS = {
    _BOM: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_AMAZON_CHARSETS = {
    "windows-31j": "cp932",
    "shift_jis": "cp932",
    "cp1252": "cp1252",
}
"""Names Amazon serves that Python spells differently or reads too narrowly (cp932 holds characters Shift_JIS lacks)."""

_LATIN_1 = "iso8859-1"
_ASCII_SUPERSETS = frozenset({"utf-8", "cp1252", "cp932", _LATIN_1})
_CONTROLS = re.compile("[\x80-\x9f]")
_COMPRESSED = b"\x1f\x8b"
_REPLACEMENT = "\ufffd".encode()


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document's text, kept as UTF-8 bytes because that is what the readers take."""

    utf8: bytes
    encoding: str
    replacement_count: int
    notes: tuple[str, ...]


@dataclass(slots=True)
class Text:
    """A document read in one character set, a block at a time; what it counts is complete once the blocks are.

    Attributes:
        file: the document, open at its start.
        encoding: the character set tried.
        context: what is known about the document.
        is_last_resort: no other character set is left, so that this one takes whatever comes.
        replacement_count: U+FFFD characters in the blocks so far.
        nul_count: how many of them stand for a NUL.
    """

    file: BinaryIO
    encoding: str
    context: DocumentContext
    is_last_resort: bool = False
    replacement_count: int = field(default=0, init=False)
    nul_count: int = field(default=0, init=False)

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield the text in UTF-8 with plain newlines, cut after line ends into blocks of about this many bytes.

        NUL characters become U+FFFD: no database text holds them, and they end a cell in C code.

        Raises:
            UnicodeError: the document is not in this character set.
            DocumentError: the bytes are compressed, or are HTML or XML.
        """
        self.file.seek(0)
        pieces = _pieces(self.file, min(size, _PIECE_BYTES), self.context)
        utf8 = _valid_utf8(pieces) if self.encoding == "utf-8" else _transcoded(pieces, self)
        for number, block in enumerate(_cut_after_lines(utf8, size)):
            if not number:
                _refuse_markup(block, self.context)
            yield self._counted(_with_plain_lines(block))

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on how the text was read."""
        return (f"nul_replaced: {self.nul_count}",) if self.nul_count else ()

    def _counted(self, block: bytes) -> bytes:
        nul_count = block.count(b"\0") if b"\0" in block else 0
        if nul_count:
            block = block.replace(b"\0", _REPLACEMENT)
        self.nul_count += nul_count
        self.replacement_count += block.count(_REPLACEMENT) if _REPLACEMENT[:1] in block else 0
        return block


def decode(data: bytes, context: DocumentContext) -> Decoded:
    """Return the whole document's text in UTF-8 with plain newlines, and the character set that was believed.

    Raises:
        DocumentError: the bytes are compressed, or are HTML or XML.
    """

    def whole(text: Text) -> Decoded:
        utf8 = b"".join(text.blocks(_PIECE_BYTES))
        return Decoded(utf8, text.encoding, text.replacement_count, text.notes)

    return first_that_reads(io.BytesIO(data), context, whole)


def first_that_reads(file: BinaryIO, context: DocumentContext, read: Callable[[Text], _Read]) -> _Read:
    """Return what reading gives in the best character set in which every block of the document can be read.

    Args:
        file: the document; it must be able to go back to its start.
        context: what is known about it.
        read: reads a text to its end; called again with the next best character set where it raises `UnicodeError`.
    """
    file.seek(0)
    for encoding in _candidates(file.read(_HEAD_BYTES), context):
        if encoding not in _ASCII_SUPERSETS and _is_ascii(file):
            continue  # bytes that mean the same in every character set Amazon uses prove nothing for one that is not among them
        try:
            return read(Text(file, encoding, context))
        except UnicodeError:
            continue
    return read(Text(file, _LATIN_1, context, is_last_resort=True))


def served_charset(content_type: str) -> str | None:
    """Return the Python name of the charset in a Content-Type header, or None when it names none that Python knows."""
    message = Message()
    message["Content-Type"] = content_type
    charset = message.get_content_charset()
    if charset is None:
        return None
    name = _AMAZON_CHARSETS.get(charset, charset)
    try:
        "".encode(name)  # refuses codecs that are no character sets, such as hex
        return codecs.lookup(name).name
    except LookupError:
        return None


def _candidates(data: bytes, context: DocumentContext) -> Iterator[str]:
    """Yield character sets, best evidence first.

    A mark at the start outranks the header, which cannot unsay it: cp1252 would read the mark as three letters.
    """
    yield from (encoding for mark, encoding in _MARKS.items() if data.startswith(mark))
    served = served_charset(context.content_type)
    if served is not None:
        yield served
    yield "utf-8"
    yield context.marketplace.charset


def _is_ascii(file: BinaryIO) -> bool:
    file.seek(0)
    return all(piece.isascii() for piece in iter(lambda: file.read(_PIECE_BYTES), b""))


def _pieces(file: BinaryIO, size: int, context: DocumentContext) -> Iterator[bytes]:
    """Yield the document's bytes as they are."""
    piece = file.read(size)
    _refuse_compressed(piece, context)
    while piece:
        yield piece
        piece = file.read(size)


def _valid_utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes once they have proved to be UTF-8; a character that a piece's end cuts goes with the next one."""
    rest = b""
    for piece in pieces:
        text = rest + piece
        rest = b""
        if not text.isascii():
            _, valid = codecs.utf_8_decode(text, "strict", False)
            text, rest = text[:valid], text[valid:]
        yield text
    rest.decode()


def _transcoded(pieces: Iterable[bytes], text: Text) -> Iterator[bytes]:
    """Yield the pieces in UTF-8, read strictly."""
    decoder = codecs.getincrementaldecoder(text.encoding)("strict")
    for piece in pieces:
        yield _checked(decoder.decode(piece), text)
    yield _checked(decoder.decode(b"", final=True), text)


def _checked(piece: str, text: Text) -> bytes:
    """Return the piece in UTF-8, unless only Latin-1 could have accepted it.

    Latin-1 reads any byte. What it reads as control characters are letters of cp1252 or cp932 under a wrong label.
    """
    if text.encoding == _LATIN_1 and not text.is_last_resort and _CONTROLS.search(piece):
        message = "control characters in what is labelled Latin-1"
        raise UnicodeError(message)
    return piece.encode()


def _cut_after_lines(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes in blocks that end after a line end, each as large as it takes; the last may end anywhere."""
    waiting: list[bytes] = []
    length = 0
    for piece in pieces:
        end = piece.rfind(b"\n") + 1 if length + len(piece) >= size else 0
        if end:
            yield b"".join([*waiting, piece[:end]])
            waiting, length = [], 0
        waiting.append(piece[end:])
        length += len(piece) - end
    if length:
        yield b"".join(waiting)


def _with_plain_lines(text: bytes) -> bytes:
    """Return whole lines with plain newlines and without byte order marks, which joined documents carry at later lines too."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    if _BOM[:1] in text:
        text = text.removeprefix(_BOM).replace(b"\n" + _BOM, b"\n")
    return text


def _refuse_compressed(data: bytes, context: DocumentContext) -> None:
    if data.startswith(_COMPRESSED):
        raise DocumentError(
            "The document is still compressed",
            where=f"report document, {context.marketplace.code}",
            remedy="Unpack it before parsing: its compressionAlgorithm is GZIP",
        )


def _refuse_markup(text: bytes, context: DocumentContext) -> None:
    if text[:200].removeprefix(_BOM).lstrip().startswith(b"<"):
        raise DocumentError(
            "The document is HTML or XML, not a report",
            where=f"report document, {context.marketplace.code}",
            remedy="It is most likely an error page stored in place of the report: download the document again",
        )
