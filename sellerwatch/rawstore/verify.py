"""Proving that the raw store holds what was received, or naming every place where it does not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sellerwatch.core.errors import PermanentError
from sellerwatch.rawstore.manifest import GENESIS, Entry, claimed_hash, complete_lines, parse_line
from sellerwatch.rawstore.store import RawStore


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written."""

    place: str
    what: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result over the whole store."""

    documents: int
    byte_count: int
    head: str
    findings: tuple[Finding, ...]
    unlisted: tuple[str, ...]
    """Objects no line lists: left by a crash between storing and listing; the next run fetches the document again."""

    @property
    def is_intact(self) -> bool:
        """True when nothing was found."""
        return not self.findings


def verify(store: RawStore) -> Verification:
    """Recompute the chain and every object's hash."""
    findings: list[Finding] = []
    head, documents, size = GENESIS, 0, 0
    listed: set[str] = set()
    for number, line in enumerate(complete_lines(store.manifest.path), 1):
        entry = _entry(store, number, line, findings)
        if entry is None:
            continue
        findings.extend(_chain_findings(entry, line, head, number))
        findings.extend(_object_findings(store, entry))
        head, documents, size = entry.hash, documents + 1, size + entry.byte_count
        listed.add(entry.sha256)
    return Verification(documents, size, head, tuple(findings), tuple(_unlisted(store, listed)))


def _entry(store: RawStore, number: int, line: bytes, findings: list[Finding]) -> Entry | None:
    try:
        return parse_line(line, number, store.manifest.path)
    except PermanentError as error:
        findings.append(Finding(error.where, error.what))
        return None


def _chain_findings(entry: Entry, line: bytes, head: str, number: int) -> Iterator[Finding]:
    place = f"manifest line {number}"
    if claimed_hash(line) != entry.hash:
        yield Finding(place, "its content was altered")
    if entry.previous != head:
        yield Finding(place, "a line before it was altered, removed or put in")
    if entry.number != number:
        yield Finding(place, f"it says it is line {entry.number}")


def _object_findings(store: RawStore, entry: Entry) -> Iterator[Finding]:
    path, document = store.object_path(entry.sha256), f"{entry.received.title}, manifest line {entry.number}"
    if not path.exists():
        yield Finding(str(path), f"the document is missing: {document}")
    elif hashlib.sha256(path.read_bytes()).hexdigest() != entry.sha256:
        yield Finding(str(path), f"the document was altered: {document}")


def _unlisted(store: RawStore, listed: set[str]) -> Iterator[str]:
    for path in sorted((store.folder / "objects").glob("*/*")):
        if path.parent.name + path.name not in listed:
            yield str(path)
