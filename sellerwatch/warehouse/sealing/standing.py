"""Telling whether rows are still what was sealed, before some of them are altered by us and all of them are sealed anew."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, exists, select

from sellerwatch.warehouse.seal_marks import FACT, METRIC, Kind, Period, part_of
from sellerwatch.warehouse.sealing.leaves import facts_of
from sellerwatch.warehouse.tables.sealing import SEAL_DUE, SEAL_LEAF


def documents_altered(connection: Connection, store_id: str, table: str, documents: Collection[str]) -> set[str]:
    """Return those of the documents whose rows are not what was sealed.

    One that was written since it was sealed, or was never sealed, is none of them: there is nothing to hold it against.
    """
    is_asked = and_(SEAL_LEAF.c.name == table, SEAL_LEAF.c.part.in_(documents))
    sealed = {part: digest for (_, part), digest in _sealed(connection, store_id, FACT, is_asked).items()}
    if not sealed:
        return set()
    there = {leaf.part: leaf.digest for leaf in facts_of(connection, store_id, table, sealed.keys())}
    return {document for document, digest in sealed.items() if there.get(document) != digest}


def periods_sealed(connection: Connection, store_id: str, periods: Collection[Period]) -> set[Period]:
    """Return those of the periods whose values were sealed and not written since; whether they still are what was sealed is not asked."""
    names, parts = {metric for metric, _, _ in periods}, {part_of(period, on) for _, period, on in periods}
    sealed = _sealed(connection, store_id, METRIC, and_(SEAL_LEAF.c.name.in_(names), SEAL_LEAF.c.part.in_(parts)))
    return {period for period in periods if (period[0], part_of(*period[1:])) in sealed}


def _sealed(connection: Connection, store_id: str, kind: Kind, is_asked: ColumnElement[bool]) -> dict[tuple[str, str], str]:
    """Return the digests of what was sealed and not written since, by name and part."""
    names = ("store_id", "kind", "name", "part")
    is_due = exists().where(*(SEAL_DUE.c[name] == SEAL_LEAF.c[name] for name in names))
    leaves = select(SEAL_LEAF.c.name, SEAL_LEAF.c.part, SEAL_LEAF.c.digest).where(
        SEAL_LEAF.c.store_id == store_id, SEAL_LEAF.c.kind == kind, is_asked, ~is_due
    )
    return {(name, part): digest for name, part, digest in connection.execute(leaves)}
