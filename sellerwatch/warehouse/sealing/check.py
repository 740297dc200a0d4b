"""Holding the facts and measured values that there are against the newest root, and naming what was altered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection

from sellerwatch.core.errors import PermanentError
from sellerwatch.messages.wording import counted
from sellerwatch.rawstore.manifest import GENESIS
from sellerwatch.rawstore.store import RawStore
from sellerwatch.rawstore.verify import Finding
from sellerwatch.warehouse.seal_marks import FACT, METRIC, STANDING, period_of
from sellerwatch.warehouse.sealing.against_bytes import rows_altered
from sellerwatch.warehouse.sealing.leaves import Key, Leaf, all_leaves
from sellerwatch.warehouse.sealing.roots import Kept, Root, merkle_root, newest_root, roots_of, said_rows
from sellerwatch.warehouse.sealing.seal import read_due, read_leaves

_LISTED: Final = 20
"""So many rows of one document are named."""

NameValues = Callable[[str, str, date], list[Finding]]
"""Names the altered values of a metric, period and last day; measuring knows how, and loading does not."""


@dataclass(frozen=True, slots=True)
class SealChecked:
    """What checking a store came to.

    Attributes:
        store: the store.
        root: its newest root; None where it was never sealed.
        rows: facts and measured values that were read.
        unsealed: how many leaves were written since, and are held against the documents' bytes alone.
        findings: what was altered.
    """

    store: str
    root: Root | None
    rows: int
    unsealed: int
    findings: tuple[Finding, ...]


def stores_sealed(raw: RawStore) -> dict[str, list[Kept]]:
    """Return the kept roots of every store.

    Raises:
        PermanentError: one of them is missing or altered.
    """
    found: dict[str, list[Kept]] = {}
    for kept in roots_of(raw):
        found.setdefault(kept.root.store, []).append(kept)
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """Whether a warehouse gives the newest root of a store."""

    store: str
    as_of: str
    is_same: bool


def held_against_seals(connection: Connection, raw: RawStore, stores: Iterable[str]) -> list[Held]:
    """Tell of every store that was sealed whether this warehouse gives its newest root."""
    found = []
    for store_id in stores:
        with suppress(PermanentError):  # a root that was altered proves nothing, and `verify` names it
            if newest := newest_root(raw, store_id):
                is_same = merkle_root(all_leaves(connection, store_id)) == newest.root.root
                found.append(Held(store_id, newest.root.as_of, is_same))
    return found


def check_seal(
    connection: Connection, raw: RawStore, store_id: str, roots: Collection[Kept], *, name_values: NameValues
) -> SealChecked:
    """Read every fact and measured value of a store and compare them with its newest root."""
    newest = list(roots)[-1].root if roots else None
    there = {leaf.key: leaf for leaf in all_leaves(connection, store_id)}
    rows = said_rows(there.values())
    if newest is None:
        return SealChecked(store_id, None, rows, len(there), ())
    findings = list(_chain_findings(roots))
    if merkle_root(there.values()) == newest.root:
        return SealChecked(store_id, newest, rows, 0, tuple(findings))
    sealed = {leaf.key: leaf for leaf in read_leaves(connection, store_id)}
    due = read_due(connection, store_id)
    # One that was killed between keeping a root and committing its leaves has left those of the root before.
    if merkle_root(sealed.values()) not in {kept.root.root for kept in list(roots)[-2:]}:
        findings.append(_list_altered(store_id, newest))
    for key in sorted((there.keys() | sealed.keys()) - due):
        if there.get(key) != sealed.get(key):
            findings += _named(connection, raw, key, there.get(key), sealed.get(key), name_values)
    for kind, name, part in sorted(due & there.keys()):
        findings += _facts_named(connection, raw, name, part, sealed=0) if kind == FACT else []
    return SealChecked(store_id, newest, rows, len(due), tuple(findings))


def _list_altered(store_id: str, newest: Root) -> Finding:
    what = f"it is not what was sealed in the night of {newest.as_of}; `sellerwatch rebuild` names every row that differs"
    return Finding(f"table seal_leaf, store {store_id}", what)


def _chain_findings(roots: Collection[Kept]) -> Iterator[Finding]:
    before = GENESIS
    for number, kept in enumerate(roots, 1):
        if (kept.root.previous, kept.root.number) != (before, number):
            yield Finding(f"manifest line {kept.entry.number}", "the root before it was removed, or one was put in")
        before = kept.entry.sha256


def _named(
    connection: Connection, raw: RawStore, key: Key, there: Leaf | None, sealed: Leaf | None, name_values: NameValues
) -> list[Finding]:
    """Name the rows of a leaf that is not as it was sealed; where no row can be told, the leaf as a whole."""
    kind, name, part = key
    found: list[Finding] = []
    if kind == METRIC:
        found = name_values(name, *period_of(part))
    elif kind == FACT:
        found = _facts_named(connection, raw, name, part, sealed=sealed.row_count if sealed else 0)
    return found or [Finding(_place(key), _difference(there, sealed))]


def _facts_named(connection: Connection, raw: RawStore, table: str, document_id: str, *, sealed: int) -> list[Finding]:
    try:
        altered = rows_altered(connection, raw, table, document_id, sealed=sealed)
    except PermanentError as error:
        return [Finding(f"{table}, {document_id}", f"its rows cannot be held against its bytes: {error.what}")]
    listed = [
        Finding(f"{table} {'/'.join(map(str, item.key))}", f"{item.what} [{document_id}{_line(item.line)}]")
        for item in altered[:_LISTED]
    ]
    more = len(altered) - len(listed)
    return [*listed, *([Finding(f"{table}, {document_id}", f"{counted(more, 'more row')} altered")] if more else [])]


def _line(number: int) -> str:
    return f", line {number}" if number else ""


def _place(key: Key) -> str:
    kind, name, part = key
    return {FACT: f"{name}, {part}", METRIC: f"metric_value {name} {part}", STANDING: f"metric_period {name} {part}"}.get(
        kind, name
    )


def _difference(there: Leaf | None, sealed: Leaf | None) -> str:
    if there is None or sealed is None:
        return _ONE_SIDED[there is None].format(rows=counted((there or sealed).row_count, "row"))  # type: ignore[union-attr] # one of the two is there
    if there.row_count != sealed.row_count:
        return f"it had {counted(sealed.row_count, 'row')} when it was sealed, and has {there.row_count} now"
    return f"one or more of its {counted(sealed.row_count, 'row')} were altered"


_ONE_SIDED: Final[Mapping[bool, str]] = {True: "its {rows} were deleted", False: "{rows} were put in that nobody sealed"}
"""What is said of a leaf that is gone (True), and of one that was never sealed."""
