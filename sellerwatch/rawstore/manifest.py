"""The list of everything that was received: one JSON line per document, each carrying the hash of the line before."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sellerwatch.core.errors import PermanentError

GENESIS = "0" * 64
"""The hash the first line is chained to."""

_SAID_LATER: Final = ("part", "asins", "wanted_for", "asked_by", "problem")
"""What a line has only where there is something to say, so that lines written before it was kept have the same hash as ever."""


@dataclass(frozen=True, slots=True)
class Received:
    """What is known of a document besides its bytes; enough to parse it again without asking anyone.

    From ``part`` on, older lines do not have it: there it is empty, as it is where there is nothing to say.

    Attributes:
        part: which part of its period the document is, where there are several.
        asins: the products it is about; none where it is about all.
        wanted_for: the newest night that wanted it; 0001-01-01 where no night did.
        asked_by: what asked for it: night, intraday, or a backfill and its id.
        problem: what is wrong with a download that came damaged.
    """

    store: str
    marketplace: str
    report: str
    first_day: str
    last_day: str
    report_id: str
    content_type: str
    compression: str
    received_at: str
    observed_at: str
    outcome: str = "document"
    part: str = ""
    asins: tuple[str, ...] = ()
    wanted_for: str = ""
    asked_by: str = ""
    problem: str = ""

    @property
    def observed(self) -> datetime:
        """The instant at which Amazon made the document: what it says is the state of that moment."""
        return datetime.fromisoformat(self.observed_at)

    @property
    def title(self) -> str:
        """Which document it is, for a person: store, marketplace, report, days, and part where there are several."""
        days = self.first_day if self.first_day == self.last_day else f"{self.first_day} to {self.last_day}"
        return " ".join(word for word in (self.store, self.marketplace, self.report, days, self.part) if word)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the manifest."""

    number: int
    previous: str
    sha256: str
    byte_count: int
    received: Received

    @property
    def hash(self) -> str:
        """The line's own hash, which the next line carries."""
        return hashlib.sha256(_body(self).encode()).hexdigest()


class Manifest:
    """The manifest file; appended under a lock, so that several processes may write."""

    def __init__(self, path: Path) -> None:
        """Use the manifest at ``path``; it is created by the first append."""
        self.path = path

    def entries(self, numbers: Container[int] | None = None) -> Iterator[Entry]:
        """Yield every complete line in order, or those with these numbers; a torn last line, left by a crash, is not one.

        Raises:
            PermanentError: a line cannot be read; the message names its number.
        """
        for number, line in enumerate(complete_lines(self.path), 1):
            if numbers is None or number in numbers:
                yield parse_line(line, number, self.path)

    def append(self, sha256: str, byte_count: int, received: Received) -> Entry:
        """Add a line and make it durable; the same document of the same report is listed once.

        Raises:
            PermanentError: the file cannot be written.
        """
        with self._locked() as file:
            lines = complete_lines(self.path)
            listed = self._find(lines, sha256, received.report_id)
            if listed is not None:
                return listed
            last = parse_line(lines[-1], len(lines), self.path) if lines else None
            entry = Entry(
                number=last.number + 1 if last else 1,
                previous=last.hash if last else GENESIS,
                sha256=sha256,
                byte_count=byte_count,
                received=received,
            )
            _cut_torn_line(file)
            os.write(file, (_line(entry) + "\n").encode())
            os.fsync(file)
            return entry

    def _find(self, lines: list[bytes], sha256: str, report_id: str) -> Entry | None:
        """Return the line of this document of this report; only lines that name the hash are parsed."""
        needle = sha256.encode()
        for number, line in enumerate(lines, 1):
            if needle in line:
                entry = parse_line(line, number, self.path)
                if (entry.sha256, entry.received.report_id) == (sha256, report_id):
                    return entry
        return None

    @contextmanager
    def _locked(self) -> Iterator[int]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        except OSError as error:
            raise cannot_write(self.path, error) from error
        finally:
            os.close(file)


def parse_line(line: bytes, number: int, path: Path) -> Entry:
    """Read one line of the manifest.

    Raises:
        PermanentError: it is not a manifest line.
    """
    try:
        data: dict[str, Any] = json.loads(line)
        data.pop("hash")
        received = data.pop("received")
        received["asins"] = tuple(received.get("asins", ()))
        return Entry(received=Received(**received), **data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PermanentError(
            "the manifest of the raw store has a line that cannot be read",
            where=f"{path}:{number}",
            remedy="Restore the file from a backup; `sellerwatch verify` shows what is affected",
        ) from error


def claimed_hash(line: bytes) -> str | None:
    """Return the hash that a manifest line says it has, or None where it cannot be read."""
    try:
        value = json.loads(line)["hash"]
    except (ValueError, TypeError, KeyError):
        return None
    return str(value)


def cannot_write(path: Path, error: OSError) -> PermanentError:
    """Build the error for a raw store that cannot be written."""
    return PermanentError(
        f"cannot write to the raw store: {error.strerror or error}",
        where=str(path),
        remedy="Free disk space or give write permission, then run again; nothing was lost",
    )


def complete_lines(path: Path) -> list[bytes]:
    """Return the lines that end in a newline; what follows the last one was never acknowledged."""
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def _body(entry: Entry) -> str:
    return _text(_said(entry))


def _line(entry: Entry) -> str:
    return _text(_said(entry) | {"hash": entry.hash})


def _said(entry: Entry) -> dict[str, Any]:
    said = asdict(entry)
    said["received"] = {name: value for name, value in said["received"].items() if value or name not in _SAID_LATER}
    return said


def _text(said: dict[str, Any]) -> str:
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _cut_torn_line(file: int) -> None:
    """Remove the unfinished line a crash may have left at the end; it was never acknowledged."""
    size = os.lseek(file, 0, os.SEEK_END)
    kept = os.pread(file, size, 0).rfind(b"\n") + 1
    if kept < size:
        os.ftruncate(file, kept)
