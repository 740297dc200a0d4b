"""Bytes under their own sha256: putting them in, and reading them back, expanded and checked."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from sellerwatch.core.errors import PermanentError
from sellerwatch.rawstore.manifest import Entry, Manifest, Received, cannot_write

GZIP = "GZIP"
_CHUNK = 1 << 20


class RawStore:
    """A folder of objects and the manifest beside them."""

    def __init__(self, folder: Path) -> None:
        """Use the raw store in ``folder``; it is created by the first `put`."""
        self.folder = folder
        self.manifest = Manifest(folder / "manifest.jsonl")

    def open_inbox(self, name: str) -> Path:
        """Return an empty folder for downloads, on the same file system as the objects, so that a rename is atomic.

        Each writer uses one of its own name: two that received the same bytes would take them from each other. What a
        crash left in it was never listed, and is fetched again.

        Raises:
            PermanentError: the store cannot be written.
        """
        path = self.folder / "inbox" / name
        try:
            path.mkdir(parents=True, exist_ok=True)
            for left in path.iterdir():
                left.unlink()
        except OSError as error:
            raise cannot_write(path, error) from error
        return path

    def object_path(self, sha256: str) -> Path:
        """Return where the bytes with this hash lie."""
        return self.folder / "objects" / sha256[:2] / sha256[2:]

    def put(self, file: Path, received: Received) -> Entry:
        """Move a finished file into the store and list it; the same bytes are kept once.

        Raises:
            PermanentError: the store cannot be written.
        """
        try:
            sha256, size = _hash_of(file)
        except OSError as error:
            raise cannot_write(file, error) from error
        target = self.object_path(sha256)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
            _make_durable(target.parent)
        except OSError as error:
            raise cannot_write(target, error) from error
        return self.manifest.append(sha256, size, received)

    def put_bytes(self, data: bytes, received: Received) -> Entry:
        """Store bytes that are already in memory.

        Raises:
            PermanentError: the store cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".put-")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        return self.put(Path(name), received)

    def read(self, entry: Entry) -> bytes:
        """Return the document's bytes, expanded where it was compressed, after checking their hash.

        Raises:
            PermanentError: the bytes are missing, altered, or end too early.
        """
        path = self.object_path(entry.sha256)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise PermanentError(
                f"a document of the raw store cannot be read: {error.strerror}",
                where=str(path),
                remedy="Restore it from a backup; `sellerwatch verify` lists all that are missing",
            ) from error
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise PermanentError(
                "a document of the raw store was altered",
                where=str(path),
                remedy="Restore it from a backup; `sellerwatch verify` lists all that differ",
            )
        return expand(data, entry.received.compression, where=str(path))


def expand(data: bytes, compression: str, *, where: str) -> bytes:
    """Return the plain bytes of a document; every member of a gzip file counts.

    Raises:
        PermanentError: the compressed data is damaged or ends too early.
    """
    if compression != GZIP:
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise PermanentError(
            f"the document's compressed data is damaged: {error}",
            where=where,
            remedy="Its bytes are kept; run the night again to fetch the report anew",
        ) from error


def _hash_of(file: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(file):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _make_durable(folder: Path) -> None:
    """Flush the folder, so that the rename survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
