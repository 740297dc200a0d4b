"""The root over all leaves of a store: a small document of the raw store, in whose chain it cannot be altered unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final

from sellerwatch.rawstore.manifest import GENESIS, Entry, Received, complete_lines, parse_line
from sellerwatch.rawstore.store import RawStore
from sellerwatch.warehouse.seal_marks import STANDING
from sellerwatch.warehouse.sealing.leaves import Leaf

SEALS: Final = "seals"
"""What the manifest calls the roots in place of a report's name."""

OUTCOME: Final = "sealed"

_SEALED: Final = f'"{SEALS}"'.encode()
"""What the manifest's line of every root holds."""


@dataclass(frozen=True, slots=True)
class Root:
    """What the facts and measured values of a store were at the end of a night.

    Attributes:
        store: the store.
        as_of: the night, an ISO day.
        number: 1 for the store's first root.
        previous: the sha256 of the root before, as a document.
        root: the Merkle root over all leaves, in the order of their keys.
        leaves: how many there are.
        rows: how many facts and values they are made of.
    """

    store: str
    as_of: str
    number: int
    previous: str
    root: str
    leaves: int
    rows: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A root with its line of the manifest."""

    root: Root
    entry: Entry


def merkle_root(leaves: Iterable[Leaf]) -> str:
    """Return the root: neighbours are hashed together, level by level; one without a neighbour goes up as it is."""
    level = [leaf.hash for leaf in sorted(leaves, key=lambda leaf: leaf.key)]
    while len(level) > 1:
        pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\1" + b"".join(pair)).digest() if len(pair) > 1 else pair[0] for pair in pairs]
    return level[0].hex() if level else GENESIS


def roots_of(raw: RawStore, store_id: str | None = None) -> Iterator[Kept]:
    """Yield the kept roots of a store, or of all stores, in the order in which they were made.

    Raises:
        PermanentError: one of them is missing or altered.
    """
    for entry in raw.manifest.entries():
        if entry.received.report == SEALS and store_id in {None, entry.received.store}:
            yield Kept(Root(**json.loads(raw.read(entry))), entry)


def newest_root(raw: RawStore, store_id: str) -> Kept | None:
    """Return the store's newest root.

    Raises:
        PermanentError: it is missing or altered.
    """
    lines = complete_lines(raw.manifest.path)
    for number in range(len(lines), 0, -1):
        if _SEALED in lines[number - 1]:  # the others are not parsed: there are many, and this is asked every night
            entry = parse_line(lines[number - 1], number, raw.manifest.path)
            if (entry.received.report, entry.received.store) == (SEALS, store_id):
                return Kept(Root(**json.loads(raw.read(entry))), entry)
    return None


def said_rows(leaves: Iterable[Leaf]) -> int:
    """Return how many facts and values leaves are made of; what values have in common is none."""
    return sum(leaf.row_count for leaf in leaves if leaf.kind != STANDING)


def next_root(before: Kept | None, store_id: str, as_of: date, leaves: Iterable[Leaf]) -> Root:
    """Return the root that follows."""
    every = list(leaves)
    return Root(
        store=store_id,
        as_of=as_of.isoformat(),
        number=before.root.number + 1 if before else 1,
        previous=before.entry.sha256 if before else GENESIS,
        root=merkle_root(every),
        leaves=len(every),
        rows=said_rows(every),
    )


def keep(raw: RawStore, root: Root, now: datetime) -> Entry:
    """Keep a root in the raw store.

    Raises:
        PermanentError: the raw store cannot be written.
    """
    body = json.dumps(asdict(root), sort_keys=True, separators=(",", ":")).encode()
    return raw.put_bytes(body, _received(root, now.isoformat()))


def _received(root: Root, at: str) -> Received:
    return Received(
        store=root.store,
        marketplace="",
        report=SEALS,
        first_day=root.as_of,
        last_day=root.as_of,
        report_id=f"seal {root.number} of {root.store}",
        content_type="application/json",
        compression="",
        received_at=at,
        observed_at=at,
        outcome=OUTCOME,
    )
