"""Bytes under their own sha256: putting them in, and reading them back, expanded and checked."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from isal import igzip, isal_zlib

from sellerwatch.core.errors import PermanentError
from sellerwatch.rawstore.manifest import Entry, Manifest, Received, cannot_write

GZIP = "GZIP"
_DAMAGES: Final[tuple[Any, ...]] = (EOFError, isal_zlib.error, gzip.BadGzipFile)
"""What reading a damaged file raises; isal declares its error as an instance."""
_CHUNK = 1 << 20


class RawStore:
    """A folder of objects and the manifest beside them."""

    def __init__(self, folder: Path, *, workbenches: Path | None = None) -> None:
        """Use the raw store in ``folder``; it is created by the first `put`.

        Args:
            folder: where it is.
            workbenches: where its workbenches are; in the folder itself when left out.
        """
        self.folder = folder
        self.workbenches = workbenches or folder / "workbench"
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
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            Path(name).unlink(missing_ok=True)
            raise cannot_write(self.folder, error) from error
        return self.put(Path(name), received)

    def open_workbench(self, name: str) -> Path:
        """Return an empty folder for what is too much for memory, on the disk that holds the documents.

        Each user has one of its own name; what a crash left in it is of no use to anyone.

        Raises:
            PermanentError: the folder cannot be written.
        """
        path = self.workbenches / name
        try:
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error
        return path

    def read(self, entry: Entry) -> bytes:
        """Return the document's bytes, expanded where it was compressed, after checking their hash.

        Raises:
            PermanentError: the bytes are missing, altered, or end too early.
        """
        with self.open(entry) as file:
            return file.read()

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open the document, to be read expanded from its start as often as needed, after checking its hash.

        Raises:
            PermanentError: the bytes are missing or altered; reading raises it too, where the compressed data is damaged.
        """
        path = self.object_path(entry.sha256)
        try:
            sha256, _ = _hash_of(path)
        except OSError as error:
            raise PermanentError(
                f"a document of the raw store cannot be read: {error.strerror}",
                where=str(path),
                remedy="Restore it from a backup; `sellerwatch verify` lists all that are missing",
            ) from error
        if sha256 != entry.sha256:
            raise PermanentError(
                "a document of the raw store was altered",
                where=str(path),
                remedy="Restore it from a backup; `sellerwatch verify` lists all that differ",
            )
        with path.open("rb") as file:
            yield _Expanding(file, where=str(path)) if entry.received.compression == GZIP else file


class _Expanding(io.BufferedIOBase, BinaryIO):
    """A gzip file that says plainly when it is damaged; every member of it counts."""

    def __init__(self, file: BinaryIO, *, where: str) -> None:
        """Expand ``file``, which lies at ``where``."""
        self._expanded: Any = igzip.IGzipFile(fileobj=file, mode="rb")  # type: ignore[no-untyped-call]  # isal names no types
        self._where = where

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go back to the start, and from there to the offset."""
        place: int = self._expanded.seek(offset, whence)
        return place

    def read(self, size: int | None = -1) -> bytes:
        """Return up to that many expanded bytes.

        Raises:
            PermanentError: the compressed data is damaged or ends too early.
        """
        try:
            expanded: bytes = self._expanded.read(-1 if size is None else size)
        except _DAMAGES as error:
            raise PermanentError(
                f"the document's compressed data is damaged: {error}",
                where=self._where,
                remedy="Its bytes are kept; run the night again to fetch the report anew",
            ) from error
        return expanded


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
