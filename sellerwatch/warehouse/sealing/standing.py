"""Telling whether documents' rows are still those that were sealed, before some of them are replaced and the rest is sealed anew."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, and_, exists, select

from sellerwatch.warehouse.seal_marks import FACT
from sellerwatch.warehouse.sealing.leaves import facts_of
from sellerwatch.warehouse.tables.sealing import SEAL_DUE, SEAL_LEAF


def documents_altered(connection: Connection, store_id: str, table: str, documents: Collection[str]) -> set[str]:
    """Return those of the documents whose rows are not what was sealed.

    One that was written since it was sealed, or was never sealed, is none of them: there is nothing to hold it against.
    """
    sealed = _sealed(connection, store_id, table, documents)
    if not sealed:
        return set()
    there = {leaf.part: leaf.digest for leaf in facts_of(connection, store_id, table, sealed.keys())}
    return {document for document, digest in sealed.items() if there.get(document) != digest}


def _sealed(connection: Connection, store_id: str, table: str, documents: Collection[str]) -> dict[str, str]:
    names = ("store_id", "kind", "name", "part")
    is_due = exists().where(*(SEAL_DUE.c[name] == SEAL_LEAF.c[name] for name in names))
    leaves = select(SEAL_LEAF.c.part, SEAL_LEAF.c.digest).where(
        and_(SEAL_LEAF.c.store_id == store_id, SEAL_LEAF.c.kind == FACT, SEAL_LEAF.c.name == table),
        SEAL_LEAF.c.part.in_(documents),
        ~is_due,
    )
    return {row.part: row.digest for row in connection.execute(leaves)}
