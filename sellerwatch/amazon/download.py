"""Streams a document's bytes to disk exactly as they came, and says whether they are all there."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import httpx

from sellerwatch.amazon.endpoint import is_safe, parse_url
from sellerwatch.amazon.errors import LinkExpired
from sellerwatch.amazon.expansion import measure
from sellerwatch.amazon.report_state import DocumentLink
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError, SellerwatchError

CHUNK_BYTES: Final = 1 << 16
ERROR_BODY_BYTES: Final = 4096
PART_PREFIX: Final = ".part-"
_OK, _SERVER_ERROR = 200, 500
_EXPIRED_STATUSES = frozenset({403})
_EXPIRED_CODES = frozenset({"ExpiredToken", "RequestExpired"})
_TRY_AGAIN_STATUSES = frozenset({408, 425, 429})
_CODE = re.compile(rb"<Code>(\w{1,60})</Code>")
_ENCODINGS: Final = {"": None, "identity": None, "gzip": "GZIP", "x-gzip": "GZIP"}

DISK_FAULTS: Final[dict[int, tuple[type[SellerwatchError], str]]] = {
    errno.ENOSPC: (PermanentError, "Free space on that disk, then run it again"),
    errno.EDQUOT: (PermanentError, "Raise the disk quota or free space, then run it again"),
    errno.EFBIG: (PermanentError, "Use a file system that takes files of this size"),
    errno.EROFS: (ConfigError, "Mount the directory writable or configure another one"),
    errno.EACCES: (ConfigError, "Let the user sellerwatch runs as write there, or configure another directory"),
    errno.EPERM: (ConfigError, "Let the user sellerwatch runs as write there, or configure another directory"),
    errno.ENOENT: (ConfigError, "Create the directory or configure another one"),
    errno.ENOTDIR: (ConfigError, "Configure a directory; part of the path is a file"),
    errno.EEXIST: (ConfigError, "Configure a directory; the path is a file"),
}
"""Who has to act on each fault of the disk, and how."""


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """What no honest document reaches. ``max_seconds`` is real time, whatever clock the program runs on."""

    max_bytes: int = 2 << 30
    max_expanded_bytes: int = 16 << 30
    max_seconds: float = 1800.0


DEFAULT_LIMITS: Final = DownloadLimits()


@dataclass(frozen=True, slots=True)
class Download:
    """A document on disk. ``sha256`` and ``byte_count`` are of the bytes as they came; a damaged one is kept as well."""

    path: Path
    sha256: str
    byte_count: int
    content_type: str
    compression: str | None
    expanded_bytes: int
    fetched_at: datetime
    problem: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether every byte Amazon made is there and expands."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class _Received:
    sha256: str
    byte_count: int
    content_type: str
    encoding: str


def download(
    link: DocumentLink, into: Path, *, http: httpx.Client, clock: Clock, limits: DownloadLimits = DEFAULT_LIMITS
) -> Download:
    """Fetch a document into a directory.

    The file is named by its sha256 and appears whole or not at all. Then it is expanded once, piece by piece, to see
    whether it is all there; when not, it stays, and the result says what is wrong.

    Args:
        link: from getReportDocument, a moment ago.
        into: a directory, created when missing.
        http: redirects are not followed, whatever its settings.
        clock: for ``fetched_at``.
        limits: sizes and time beyond which it is given up.

    Raises:
        LinkExpired: ask for the document again.
        RetryableError: the network or the document store failed.
        PermanentError: the store refuses, the address is not safe, the document is too large, or the disk is full.
        ConfigError: the directory cannot be written to.
    """
    where = f"document {link.document_id}"
    _require_safe(link, where=where)
    with _disk_faults(into):
        into.mkdir(parents=True, exist_ok=True)
        received, path = _store(link, into, http, limits, where=where)
        return _checked(received, path, link.compression, fetched_at=clock.now(), limits=limits)


def _require_safe(link: DocumentLink, *, where: str) -> None:
    url = parse_url(link.url)
    if url is None or not is_safe(url):
        shown = f"{url.scheme}://{url.host}" if url else "(unreadable)"
        raise PermanentError(f"not a safe address for a document: {shown}", where=where, remedy="Only https is fetched")


def _store(link: DocumentLink, into: Path, http: httpx.Client, limits: DownloadLimits, *, where: str) -> tuple[_Received, Path]:
    """Receive into a file of another name in the same directory, then rename: a reader never sees half a document."""
    handle, name = tempfile.mkstemp(dir=into, prefix=PART_PREFIX)
    try:
        with os.fdopen(handle, "wb") as file:
            received = _receive(link.url, file, http, limits, where=where)
            file.flush()
            os.fsync(file.fileno())
        path = Path(name).replace(into / received.sha256)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    _sync_directory(into)
    return received, path


def _receive(url: str, file: BinaryIO, http: httpx.Client, limits: DownloadLimits, *, where: str) -> _Received:
    try:
        # identity: the bytes are hashed and kept as stored, so nothing on the way may add a compression of its own.
        with http.stream("GET", url, headers={"Accept-Encoding": "identity"}, follow_redirects=False) as response:
            if response.status_code != _OK:
                raise _refusal(response, where=where)
            return _write(response, file, limits, where=where)
    except httpx.RequestError as error:
        reason = type(error).__name__
    raise RetryableError(f"the download broke off ({reason})", where=where, remedy="Check the network if it keeps happening")


def _write(response: httpx.Response, file: BinaryIO, limits: DownloadLimits, *, where: str) -> _Received:
    digest, byte_count = hashlib.sha256(), 0
    stop_at = time.monotonic() + limits.max_seconds
    for chunk in response.iter_raw(CHUNK_BYTES):
        byte_count += len(chunk)
        if byte_count > limits.max_bytes:
            raise PermanentError(
                f"the document is larger than {limits.max_bytes} bytes", where=where, remedy="Ask for a shorter period"
            )
        if time.monotonic() > stop_at:
            raise RetryableError(f"the download took longer than {limits.max_seconds:.0f} s", where=where)
        digest.update(chunk)
        file.write(chunk)
    encoding = response.headers.get("content-encoding", "").strip().lower()
    return _Received(digest.hexdigest(), byte_count, response.headers.get("content-type", ""), encoding)


def _refusal(response: httpx.Response, *, where: str) -> SellerwatchError:
    """Return the error for a status other than 200; the store's own text stays out, it quotes the link."""
    code = _store_code(response)
    what = f"the document store answered {response.status_code} {code}".rstrip()
    if response.status_code in _EXPIRED_STATUSES or code in _EXPIRED_CODES:
        return LinkExpired(f"{what}: the link has expired", where=where, remedy="Ask for the document again")
    if response.status_code >= _SERVER_ERROR or response.status_code in _TRY_AGAIN_STATUSES:
        return RetryableError(what, where=where, remedy="Run it again later; the trouble is on Amazon's side")
    return PermanentError(what, where=where, remedy="Request the report again; Amazon keeps documents for 90 days")


def _store_code(response: httpx.Response) -> str:
    """Return the code in the first bytes of the store's XML answer, or nothing."""
    body = b""
    for chunk in response.iter_raw(ERROR_BODY_BYTES):
        body += chunk
        if len(body) >= ERROR_BODY_BYTES:
            break
    found = _CODE.search(body)
    return found[1].decode("ascii", "replace") if found else ""


def _checked(
    received: _Received, path: Path, compression: str | None, *, fetched_at: datetime, limits: DownloadLimits
) -> Download:
    """Say whether the stored document is whole. An empty one is: Amazon writes no bytes at all for no rows."""
    compression = compression or _ENCODINGS.get(received.encoding)
    expansion = measure(path, compression if received.byte_count else None, max_expanded_bytes=limits.max_expanded_bytes)
    foreign = "" if received.encoding in _ENCODINGS else f"has the unknown Content-Encoding {received.encoding[:40]!r}"
    return Download(
        path=path,
        sha256=received.sha256,
        byte_count=received.byte_count,
        content_type=received.content_type,
        compression=compression,
        expanded_bytes=expansion.byte_count,
        fetched_at=fetched_at,
        problem=foreign or expansion.problem,
    )


def _sync_directory(directory: Path) -> None:
    """Make the rename survive a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _disk_faults(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind, remedy = DISK_FAULTS.get(error.errno or 0, (PermanentError, "Check that disk"))
        raise kind(
            f"cannot store a document: {error.strerror or type(error).__name__}", where=str(directory), remedy=remedy
        ) from None
