"""Putting a document's facts in the place of those they supersede, whichever of two documents is loaded first.

A document is newer when Amazon made it later. What it says everything about, its orders, days or snapshot, it replaces;
what a newer document has spoken of stays. A record that was set aside may be the very one that would have replaced an
older one, so where records were set aside nothing older is given up that the document does not replace by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, ColumnElement, Connection, MetaData, Table, and_, delete, exists, select

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import local_day
from sellerwatch.reports.contract import FactTable, Replace
from sellerwatch.warehouse import documents
from sellerwatch.warehouse.bulk import insert_rows
from sellerwatch.warehouse.documents import Document
from sellerwatch.warehouse.tables.facts import FACTS

_BY_NAME = (Replace.BY_ORDER, Replace.BY_SCOPE)
"""Ways to replace that touch only what a document names, never a day or snapshot as a whole."""


@dataclass(frozen=True, slots=True)
class NewFacts:
    """What a document says about one table: its rows, and whether records of it had to be set aside."""

    fact: FactTable
    rows: pa.Table
    has_gaps: bool


def replace_facts(connection: Connection, document: Document, new: NewFacts) -> int:
    """Store the rows and remove the older ones they supersede; rows of newer documents stay.

    The document's orders, days or snapshot are put into a temporary table; those of which a newer document has already
    spoken are taken out again, and those that would lose records to a gap; for the rest, old facts go and new ones come.

    Returns:
        The number of orders that keep their older rows because a line of theirs may have been set aside.
    """
    fact, table = new.fact, FACTS[new.fact.name]
    scope = _temporary_scope(connection, fact)
    spoken_of = _superseded(document, new) - set(_told_empty_later(connection, document, fact))
    insert_rows(connection, scope, pa.table({"value": pa.array(sorted(spoken_of), new.rows.schema.field(fact.scope).type)}))
    ours = (table.c.store_id == document.window.store_id, table.c.marketplace == document.window.marketplace)
    in_scope = and_(*ours, table.c[fact.scope] == scope.c.value)
    newer = documents.is_newer(table.c.observed_at, table.c.document_id, document)
    connection.execute(delete(scope).where(exists().where(in_scope, newer)))
    kept = _keep_orders_that_would_lose_lines(connection, scope, in_scope, new) if new.has_gaps else 0
    connection.execute(delete(table).where(*ours, table.c[fact.scope].in_(select(scope.c.value))))
    accepted = pa.array(connection.execute(select(scope.c.value)).scalars(), new.rows.schema.field(fact.scope).type)
    rows = new.rows.filter(pc.is_in(new.rows.column(fact.scope), value_set=accepted))
    insert_rows(connection, table, rows, _provenance(document))
    scope.drop(connection)
    return kept


def _temporary_scope(connection: Connection, fact: FactTable) -> Table:
    kind = FACTS[fact.name].c[fact.scope].type
    # A name of its own per table; temporary tables belong to one connection, so processes do not meet here.
    table = Table(f"loading_{fact.name}", MetaData(), Column("value", kind, primary_key=True), prefixes=["TEMPORARY"])
    table.create(connection)
    return table


def _superseded(document: Document, new: NewFacts) -> set[Any]:
    """Return the orders, days or snapshot days of which the document says everything there is.

    A day without rows is an empty day, unless the rows may be among the records that were set aside.
    """
    found = {value for value in pc.unique(new.rows.column(new.fact.scope)).to_pylist() if value is not None}
    return found if new.has_gaps else found | set(_emptied(document, new.fact, has_rows=bool(found)))


def _emptied(document: Document, fact: FactTable, *, has_rows: bool) -> Iterable[date]:
    """Return the days that a document speaks of even where it has no row for them."""
    if fact.replace is Replace.BY_DAY:
        return document.window.days
    if fact.replace is Replace.SNAPSHOT and not has_rows:
        return (local_day(document.observed_at, BY_CODE[document.window.marketplace].zone),)
    return ()


def _told_empty_later(connection: Connection, document: Document, fact: FactTable) -> Iterator[date]:
    """Yield the days that a newer document has spoken of even without a row: there may be none left to show it."""
    if fact.replace in _BY_NAME:
        return
    for newer in documents.loaded_later(connection, document):
        if newer.has_told_all_of(fact.name):
            yield from _emptied(newer.document, fact, has_rows=newer.row_count > 0)


def _keep_orders_that_would_lose_lines(
    connection: Connection,
    scope: Table,
    in_scope: ColumnElement[bool],
    new: NewFacts,
) -> int:
    """Take orders out of the scope of which an older line has no successor: it may be among the records set aside.

    Amazon never takes a line out of an order, a cancelled one stays with no units; so a line is missing only by accident.
    """
    if new.fact.replace not in _BY_NAME:
        return 0
    table = FACTS[new.fact.name]
    known = set(zip(*(new.rows.column(name).to_pylist() for name in new.fact.key), strict=True))
    place = new.fact.key.index(new.fact.scope)
    older = connection.execute(select(*(table.c[name] for name in new.fact.key)).where(in_scope))
    incomplete = {key[place] for row in older if (key := tuple(row)) not in known}
    for order in sorted(incomplete):
        connection.execute(delete(scope).where(scope.c.value == order))
    return len(incomplete)


def _provenance(document: Document) -> dict[str, object]:
    return {
        "store_id": document.window.store_id,
        "marketplace": document.window.marketplace,
        "document_id": document.id,
        "observed_at": document.observed_at,
    }
