"""Bytes to text by evidence: the mark at the start, the served character set, UTF-8, the marketplace's usual one, Latin-1."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from sellerwatch.reports.document import DocumentContext, DocumentError

_BLOCK_BYTES = 4 << 20
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


def decode(data: bytes, context: DocumentContext) -> Decoded:
    """Return the document's text in UTF-8 with plain newlines, and the character set that was believed.

    NUL characters become U+FFFD: no database text holds them, and they end a cell in C code.

    Raises:
        DocumentError: the bytes are compressed, or are HTML or XML.
    """
    _refuse_compressed(data, context)
    is_ascii = data.isascii()
    encoding, text = _decode_ascii(data, context) if is_ascii else _decode_by_evidence(data, context)
    _refuse_markup(text, context)
    text = _with_plain_lines(text)
    nul_count = text.count(b"\0") if b"\0" in text else 0
    if nul_count:
        text = text.replace(b"\0", _REPLACEMENT)
    return Decoded(
        utf8=text,
        encoding=encoding,
        replacement_count=nul_count if is_ascii else text.count(_REPLACEMENT),
        notes=(f"nul_replaced: {nul_count}",) if nul_count else (),
    )


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


def _decode_ascii(data: bytes, context: DocumentContext) -> tuple[str, bytes]:
    """Return bytes that mean the same in every character set Amazon uses, with the best of these as their name."""
    return next(encoding for encoding in _candidates(data, context) if encoding in _ASCII_SUPERSETS), data


def _decode_by_evidence(data: bytes, context: DocumentContext) -> tuple[str, bytes]:
    for encoding in _candidates(data, context):
        try:
            return encoding, _to_utf8(data, encoding)
        except UnicodeError:
            continue
    return _LATIN_1, data.decode(_LATIN_1).encode()


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


def _to_utf8(data: bytes, encoding: str) -> bytes:
    """Return the data in UTF-8, read strictly and a block at a time so that no second full copy of the text is needed."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    parts = []
    for start in range(0, len(data), _BLOCK_BYTES):
        block = data[start : start + _BLOCK_BYTES]
        parts.append(_checked(decoder.decode(block, start + _BLOCK_BYTES >= len(data)), encoding))
    return b"".join(parts)


def _checked(text: str, encoding: str) -> bytes:
    """Return the text in UTF-8, unless only Latin-1 could have accepted it.

    Latin-1 reads any byte. What it reads as control characters are letters of cp1252 or cp932 under a wrong label.
    """
    if encoding == _LATIN_1 and _CONTROLS.search(text):
        message = "control characters in what is labelled Latin-1"
        raise UnicodeError(message)
    return text.encode()


def _with_plain_lines(text: bytes) -> bytes:
    """Return the text with plain newlines and without byte order marks, which joined documents carry at later lines too."""
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
