"""Sealing a store at the end of a night: the leaves of what was written since, and a root if anything is other than before."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, insert, select

from sellerwatch.core.errors import PermanentError
from sellerwatch.rawstore.manifest import GENESIS
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_with
from sellerwatch.warehouse.seal_marks import NO_STORE, Kind
from sellerwatch.warehouse.sealing.leaves import LEAVES_OF, Key, Leaf
from sellerwatch.warehouse.sealing.roots import Root, keep, newest_root, next_root
from sellerwatch.warehouse.tables.sealing import SEAL_DUE, SEAL_LEAF
from sellerwatch.warehouse.workspace import Workspace

_NAMES: Final = ("kind", "name", "part")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What sealing did.

    Attributes:
        root: the store's newest root; None while there is nothing to seal.
        counted: leaves that were counted anew.
        refused: leaves that stay as they were, because rows of theirs were altered behind sellerwatch's back.
    """

    root: Root | None
    counted: int
    refused: tuple[Key, ...]


def seal_night(workspace: Workspace, store_id: str, as_of: date) -> Sealed | None:
    """Seal the facts and measured values of a store, and the tables that people fill in.

    Returns:
        what was done; None where the raw store cannot be written, or its newest root is missing or altered. What is not sealed
        stays marked: the next night seals it, and `sellerwatch verify` says so until then.
    """
    try:
        seal_store(workspace, NO_STORE, as_of)
        return seal_store(workspace, store_id, as_of)
    except PermanentError as error:
        _log.warning("%s is not sealed in the night of %s: %s", store_id, as_of, error)
        return None


def seal_store(workspace: Workspace, store_id: str, as_of: date) -> Sealed:
    """Seal what was written since the store was last sealed; where nothing was, nothing is kept.

    Raises:
        PermanentError: the raw store cannot be written, or its newest root is missing or altered.
    """
    with alone_with(workspace.engine, store_id):
        before = newest_root(workspace.raw, store_id)
        with reading(workspace.engine) as connection:
            counted = _count_again(connection, store_id)
        with writing(workspace.engine) as connection:
            _settle(connection, store_id, counted)
            root = next_root(before, store_id, as_of, read_leaves(connection, store_id))
            if root.root == (before.root.root if before else GENESIS):
                return Sealed(before.root if before else None, len(counted.marks), counted.refused)
            # Before the leaves are committed: killed in between, the root is that of the facts as they are.
            keep(workspace.raw, root, workspace.clock.now())
    return Sealed(root, len(counted.marks), counted.refused)


def read_leaves(connection: Connection, store_id: str) -> list[Leaf]:
    """Return the leaves of a store as they were sealed."""
    columns = (SEAL_LEAF.c.kind, SEAL_LEAF.c.name, SEAL_LEAF.c.part, SEAL_LEAF.c.row_count, SEAL_LEAF.c.digest)
    return [Leaf(*row) for row in connection.execute(select(*columns).where(SEAL_LEAF.c.store_id == store_id))]


def read_due(connection: Connection, store_id: str) -> set[Key]:
    """Return what was written since it was last sealed."""
    return set(_marked(connection, _marks(store_id)))


def _marks(store_id: str) -> Select[Any]:
    columns = (SEAL_DUE.c.kind, SEAL_DUE.c.name, SEAL_DUE.c.part)
    return select(*columns, SEAL_DUE.c.times, SEAL_DUE.c.was_altered).where(SEAL_DUE.c.store_id == store_id).order_by(*columns)


@dataclass(frozen=True, slots=True)
class _Mark:
    """How often something was written since it was sealed, and whether it was not what was sealed then."""

    times: int
    was_altered: bool


def _marked(connection: Connection, marks: Select[Any]) -> dict[Key, _Mark]:
    return {(kind, name, part): _Mark(*rest) for kind, name, part, *rest in connection.execute(marks)}


@dataclass(frozen=True, slots=True)
class _Counted:
    """The leaves that were counted, the marks they bore until then, and which must not be sealed anew."""

    marks: Mapping[Key, _Mark]
    leaves: Sequence[Leaf]
    refused: tuple[Key, ...]


def _count_again(connection: Connection, store_id: str) -> _Counted:
    """Read what was written; nothing is locked meanwhile, for it may take long after a backfill.

    A document of which a newer one has replaced some rows is sealed anew with the rest; where a row of it had been altered before,
    it keeps its seal, or the altered row would be sealed with it and never be found.
    """
    marks = _marked(connection, _marks(store_id))
    groups: dict[tuple[Kind, str], set[str]] = defaultdict(set)
    for kind, name, part in marks:
        groups[kind, name].add(part)
    leaves = [
        leaf for (kind, name), parts in sorted(groups.items()) for leaf in LEAVES_OF[kind](connection, store_id, name, parts)
    ]
    refused = tuple(sorted(leaf.key for leaf in leaves if marks[leaf.key].was_altered))
    for _, name, part in refused:
        _log.warning("%s of %s is not sealed anew: rows of it were altered before others were replaced", name, part)
    return _Counted(marks, leaves, refused)


def _settle(connection: Connection, store_id: str, counted: _Counted) -> None:
    """Store what was counted and take the marks away, but for those written once more meanwhile, whose count is old."""
    now = _marked(connection, _marks(store_id).with_for_update())
    settled = {key for key, mark in counted.marks.items() if now.get(key) == mark}
    anew = settled.difference(counted.refused)
    _replace(connection, store_id, anew, (leaf for leaf in counted.leaves if leaf.key in anew))
    _remove(connection, SEAL_DUE, store_id, settled)


def _replace(connection: Connection, store_id: str, keys: Collection[Key], leaves: Iterable[Leaf]) -> None:
    """Put the leaves in the place of those of the same keys; one without rows is none."""
    _remove(connection, SEAL_LEAF, store_id, keys)
    rows = [
        {
            "store_id": store_id,
            "kind": leaf.kind,
            "name": leaf.name,
            "part": leaf.part,
            "row_count": leaf.row_count,
            "digest": leaf.digest,
        }
        for leaf in leaves
    ]
    if rows:
        connection.execute(insert(SEAL_LEAF), rows)


def _remove(connection: Connection, table: Table, store_id: str, keys: Collection[Key]) -> None:
    same = and_(table.c.store_id == store_id, *(table.c[name] == bindparam(f"old_{name}") for name in _NAMES))
    gone = [{f"old_{name}": value for name, value in zip(_NAMES, key, strict=True)} for key in sorted(keys)]
    if gone:
        connection.execute(delete(table).where(same), gone)
