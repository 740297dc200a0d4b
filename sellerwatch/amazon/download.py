"""Streams a document's bytes to disk exactly as they came, and says whether they are all there."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

from sellerwatch.amazon.endpoint import is_safe, parse_url
from sellerwatch.amazon.errors import LinkExpired
from sellerwatch.amazon.expansion import measure
from sellerwatch.amazon.inbox import Sink, Stored, disk_faults, keep
from sellerwatch.amazon.report_state import DocumentLink
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import PermanentError, RetryableError, SellerwatchError

CHUNK_BYTES: Final = 1 << 16
ERROR_BODY_BYTES: Final = 4096
_OK, _SERVER_ERROR = 200, 500
_EXPIRED_STATUSES = frozenset({403})
_EXPIRED_CODES = frozenset({"ExpiredToken", "RequestExpired"})
_TRY_AGAIN_STATUSES = frozenset({408, 425, 429})
_CODE = re.compile(rb"<Code>(\w{1,60})</Code>")
_ENCODINGS: Final = {"": None, "identity": None, "gzip": "GZIP", "x-gzip": "GZIP"}


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
class _Headers:
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
    with disk_faults(into):
        stored, headers = keep(into, lambda sink: _receive(link.url, sink, http, limits, where=where))
        document = checked(stored, link.compression or _ENCODINGS.get(headers.encoding), clock=clock, limits=limits)
    foreign = "" if headers.encoding in _ENCODINGS else f"has the unknown Content-Encoding {headers.encoding[:40]!r}"
    return replace(document, content_type=headers.content_type, problem=foreign or document.problem)


def checked(stored: Stored, compression: str | None, *, clock: Clock, limits: DownloadLimits = DEFAULT_LIMITS) -> Download:
    """Say whether a stored document is whole. An empty one is: Amazon writes no bytes at all for no rows."""
    measured = measure(stored.path, compression if stored.byte_count else None, max_expanded_bytes=limits.max_expanded_bytes)
    return Download(
        path=stored.path,
        sha256=stored.sha256,
        byte_count=stored.byte_count,
        content_type="",
        compression=compression,
        expanded_bytes=measured.byte_count,
        fetched_at=clock.now(),
        problem=measured.problem,
    )


def _require_safe(link: DocumentLink, *, where: str) -> None:
    url = parse_url(link.url)
    if url is None or not is_safe(url):
        shown = f"{url.scheme}://{url.host}" if url else "(unreadable)"
        raise PermanentError(f"not a safe address for a document: {shown}", where=where, remedy="Only https is fetched")


def _receive(url: str, sink: Sink, http: httpx.Client, limits: DownloadLimits, *, where: str) -> _Headers:
    try:
        # identity: the bytes are hashed and kept as stored, so nothing on the way may add a compression of its own.
        with http.stream("GET", url, headers={"Accept-Encoding": "identity"}, follow_redirects=False) as response:
            if response.status_code != _OK:
                raise _refusal(response, where=where)
            _write(response, sink, limits, where=where)
            encoding = response.headers.get("content-encoding", "").strip().lower()
            return _Headers(response.headers.get("content-type", ""), encoding)
    except httpx.RequestError as error:
        reason = type(error).__name__
    raise RetryableError(f"the download broke off ({reason})", where=where, remedy="Check the network if it keeps happening")


def _write(response: httpx.Response, sink: Sink, limits: DownloadLimits, *, where: str) -> None:
    stop_at = time.monotonic() + limits.max_seconds
    for chunk in response.iter_raw(CHUNK_BYTES):
        if sink.byte_count + len(chunk) > limits.max_bytes:
            raise PermanentError(
                f"the document is larger than {limits.max_bytes} bytes", where=where, remedy="Ask for a shorter period"
            )
        if time.monotonic() > stop_at:
            raise RetryableError(f"the download took longer than {limits.max_seconds:.0f} s", where=where)
        sink.write(chunk)


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
