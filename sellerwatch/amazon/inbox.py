"""Putting a document on disk: under the name of its hash, whole or not at all, and still there after a power cut."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from sellerwatch.core.errors import ConfigError, PermanentError, SellerwatchError

PART_PREFIX: Final = ".part-"

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

Filled = TypeVar("Filled")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is complete on disk; it bears the name of its hash."""

    path: Path
    sha256: str
    byte_count: int


class Sink:
    """Takes bytes into a file and keeps their hash and their number."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.byte_count = 0

    @property
    def sha256(self) -> str:
        """The hash of everything written so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Append the bytes."""
        self._digest.update(data)
        self.byte_count += len(data)
        self._file.write(data)

    def start_over(self) -> None:
        """Forget everything written so far."""
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self.byte_count = 0


def keep(into: Path, fill: Callable[[Sink], Filled]) -> tuple[Stored, Filled]:
    """Make one file in a directory; it appears whole or not at all.

    It is written under another name in the same directory and then renamed: a reader never sees half a document.

    Args:
        into: a directory, created when missing.
        fill: writes the file; what it returns is returned.

    Raises:
        PermanentError: the disk is full or broken.
        ConfigError: the directory cannot be written to.
    """
    with disk_faults(into):
        into.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=into, prefix=PART_PREFIX)
        try:
            with os.fdopen(handle, "wb") as file:
                sink = Sink(file)
                filled = fill(sink)
                file.flush()
                os.fsync(file.fileno())
            path = Path(name).replace(into / sink.sha256)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
        _sync_directory(into)
    return Stored(path, sink.sha256, sink.byte_count), filled


@contextmanager
def disk_faults(directory: Path) -> Iterator[None]:
    """Turn a fault of the disk into an error that says who has to act."""
    try:
        yield
    except OSError as error:
        kind, remedy = DISK_FAULTS.get(error.errno or 0, (PermanentError, "Check that disk"))
        raise kind(
            f"cannot store a document: {error.strerror or type(error).__name__}", where=str(directory), remedy=remedy
        ) from None


def _sync_directory(directory: Path) -> None:
    """Make the rename survive a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
