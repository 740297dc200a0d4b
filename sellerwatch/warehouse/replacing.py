"""Putting a document's facts in the place of those they supersede, and touching only the rows that differ.

A document replaces what it says everything about: its orders, its days, its snapshot. Its rows are laid beside the table and
compared with it there. A row that says what the table says already keeps the document that said it first; a snapshot alone
carries the newest one, because each of its rows tells what was seen at that moment. Documents are applied in the order in
which Amazon made them; `load` sees to it that a late one does not outrank a newer one.

A record that was set aside may be the very one that would have replaced an older one, so where records were set aside nothing
older is given up that the document does not replace by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    Index,
    MetaData,
    Select,
    Table,
    TextClause,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from sellerwatch.core.errors import PermanentError
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import local_day
from sellerwatch.reports.contract import LINE, FactTable, Replace
from sellerwatch.reports.document import SortedFacts
from sellerwatch.reports.registry import TABLES
from sellerwatch.warehouse import documents
from sellerwatch.warehouse.bulk import insert_rows, write_file
from sellerwatch.warehouse.dialect import COUNTED, insert_into, refresh_statistics
from sellerwatch.warehouse.documents import Document
from sellerwatch.warehouse.engine import BESIDE
from sellerwatch.warehouse.seal_marks import mark_documents
from sellerwatch.warehouse.sealing.standing import documents_altered
from sellerwatch.warehouse.tables.facts import FACTS

BY_NAME = (Replace.BY_ORDER, Replace.BY_SCOPE)
"""Ways to replace that touch only what a document names, never a day or snapshot as a whole."""

MANY_ROWS = 5_000
"""From here on a file of its own costs SQLite less than a Python object a cell, and PostgreSQL's planner needs to know."""


@dataclass(frozen=True, slots=True)
class NewFacts:
    """What a document says about one table: its rows, and whether records of it had to be set aside.

    Attributes:
        fact: the table.
        rows: its rows.
        has_gaps: whether records of it were set aside.
        beside: the name under which the rows lie in the file beside the warehouse; empty when they do not.
    """

    fact: FactTable
    rows: SortedFacts
    has_gaps: bool
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What became of a document's rows.

    Attributes:
        row_count: rows that stand in the table now, whether they had to be written or not.
        kept_count: orders that keep their older rows because a line of theirs may have been set aside.
        outside_count: rows of days that the document was not asked for, and which are therefore not whole.
    """

    row_count: int
    kept_count: int
    outside_count: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a document's facts go, and where they lie until then."""

    document: Document
    fact: FactTable
    table: Table
    incoming: Table

    @property
    def ours(self) -> ColumnElement[bool]:
        window = self.document.window
        return and_(self.table.c.store_id == window.store_id, self.table.c.marketplace == window.marketplace)

    @property
    def same_key(self) -> ColumnElement[bool]:
        return and_(*(self.table.c[name] == self.incoming.c[name] for name in self.fact.key))

    @property
    def scope(self) -> Column[object]:
        return self.table.c[self.fact.scope]

    @property
    def new_scope(self) -> Column[object]:
        return self.incoming.c[self.fact.scope]


def lay_beside(path: Path, new: NewFacts, name: str) -> NewFacts:
    """Write the rows into an SQLite file, to be attached when they are to replace older ones."""
    write_file(path, _incoming(new.fact.name, name, BESIDE), new.rows.batches())
    return replace(new, beside=name)


def replace_facts(connection: Connection, document: Document, new: NewFacts) -> Replaced:
    """Bring the table to what the document says; rows that say so already are left alone."""
    place = _Place(document, new.fact, FACTS[new.fact.name], _laid_out(connection, new))
    is_first = connection.execute(select(true()).where(place.ours).limit(1)).first() is None
    if new.rows.row_count >= MANY_ROWS:
        refresh_statistics(connection, [place.incoming] if is_first else [place.incoming, place.table])
    _refuse_loss(connection, place, new)
    outside = _drop_days_not_asked_for(connection, place)
    kept = _drop_orders_that_would_lose_lines(connection, place) if new.has_gaps else 0
    row_count = _count(connection, place.incoming)
    store_id, name = document.window.store_id, place.table.name
    written, altered = {document.id}, set[str]()
    if is_first:
        names = [column.name for column in place.table.columns]
        connection.execute(insert(place.table).from_select(names, _new_rows(place)))
    else:
        emptied = _emptied(place, row_count, has_gaps=new.has_gaps)
        older = _documents_spoken_of(connection, place, emptied)
        altered = documents_altered(connection, store_id, name, older | written)
        changed = _write_what_differs(connection, place) + _delete_what_is_gone(connection, place, emptied, row_count)
        written |= older if changed else set()
    mark_documents(connection, store_id, name, written - altered)
    mark_documents(connection, store_id, name, written & altered, were_altered=True)
    return Replaced(row_count, kept, outside)


def _count(connection: Connection, table: Table) -> int:
    count: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return count


def _refuse_loss(connection: Connection, place: _Place, new: NewFacts) -> None:
    """Refuse to go on when not every row that was read lies in the database: what is missing would be deleted."""
    count = _count(connection, place.incoming)
    if count != new.rows.row_count:
        raise PermanentError(
            f"{new.rows.row_count} rows of {new.fact.name} were read, but {count} reached the warehouse; nothing was changed",
            where=place.document.id,
            remedy="Report it as a fault of sellerwatch, with the log",
        )


def _laid_out(connection: Connection, new: NewFacts) -> Table:
    """Return the table that holds the new rows for the time of the transaction."""
    if new.beside:
        return _incoming(new.fact.name, new.beside, BESIDE)
    has_many = new.rows.row_count >= MANY_ROWS
    incoming = _incoming(new.fact.name, f"{'many' if has_many else 'incoming'}_{new.fact.name}", None)
    # It stays with the connection, so that a thousand small documents do not make a thousand tables.
    connection.execute(CreateTable(incoming, if_not_exists=True))
    if not has_many:
        _index_by_key(connection, incoming)  # a planner that knows nothing of the tables yet still finds the few rows at once
    connection.execute(_EMPTY[connection.dialect.name](incoming))
    insert_rows(connection, incoming, new.rows.batches())
    return incoming


def _truncate(table: Table) -> TextClause:
    return text(f"TRUNCATE {table.name}")


_EMPTY: Mapping[str, Callable[[Table], Executable]] = {"sqlite": delete, "postgresql": _truncate}
"""What empties a table at once; PostgreSQL's DELETE would leave the rows behind for the connection's life."""


@cache
def _incoming(fact_name: str, name: str, schema: str | None) -> Table:
    """Return the table for a document's rows: the fact table without provenance, but with the line."""
    table = FACTS[fact_name]
    provenance = {"store_id", "marketplace", "document_id", "observed_at"}
    columns = [Column(column.name, column.type) for column in table.columns if column.name not in provenance]
    prefixes = [] if schema else ["TEMPORARY"]
    incoming = Table(name, MetaData(), *columns, schema=schema, prefixes=prefixes)
    Index(f"ix_{name}", *(incoming.c[column] for column in TABLES[fact_name].key))
    return incoming


def _drop_days_not_asked_for(connection: Connection, place: _Place) -> int:
    """Drop the rows of days that the document only touches: asked for by UTC midnight, it holds parts of two more."""
    if place.fact.replace is not Replace.BY_DAY:
        return 0
    days = place.document.window.days
    return connection.execute(delete(place.incoming).where(~place.new_scope.between(days.first, days.last))).rowcount


def _drop_orders_that_would_lose_lines(connection: Connection, place: _Place) -> int:
    """Drop the orders of which an older line has no successor: it may be among the records set aside.

    Amazon never takes a line out of an order, a cancelled one stays with no units; so a line is missing only by accident.
    """
    if place.fact.replace not in BY_NAME:
        return 0
    _index_by_key(connection, place.incoming)
    incomplete = select(place.scope).where(place.ours, place.scope.in_(select(place.new_scope)), _is_gone(place)).distinct()
    count: int = connection.execute(select(func.count()).select_from(incomplete.subquery())).scalar_one()
    if count:
        connection.execute(delete(place.incoming).where(place.new_scope.in_(incomplete)))
    return count


def _write_what_differs(connection: Connection, place: _Place) -> int:
    """Insert the rows that are not there and update those that say something else, or that a newer document left; count them.

    What differs is found by a join before anything is written: ON CONFLICT alone would have PostgreSQL write to every row it
    finds, if only to lock it, and SQLite make a new row of each to compare it.
    """
    table, incoming = place.table, place.incoming
    names = [column.name for column in table.columns]
    joined = _new_rows(place).select_from(incoming.outerjoin(table, and_(place.ours, place.same_key)))
    differing = joined.where(or_(table.c[LINE].is_(None), *_differences(place)))
    statement = insert_into(connection, table).from_select(names, differing)
    key = [column.name for column in table.primary_key]
    news = {name: statement.excluded[name] for name in names if name not in key}
    upsert = statement.on_conflict_do_update(index_elements=key, set_=news)
    return connection.execute(upsert, execution_options=COUNTED).rowcount


def _new_rows(place: _Place) -> Select[Any]:
    """Return the new rows as the table has them, with their provenance."""
    document = place.document
    provenance = {
        "store_id": document.window.store_id,
        "marketplace": document.window.marketplace,
        "document_id": document.id,
        "observed_at": document.observed_at,
    }
    return select(
        *(
            literal(provenance[column.name], column.type) if column.name in provenance else place.incoming.c[column.name]
            for column in place.table.columns
        ),
    )


def _differences(place: _Place) -> Sequence[ColumnElement[bool]]:
    """Return what makes a row of the table another one than the document's."""
    table, document = place.table, place.document
    if place.fact.replace is Replace.SNAPSHOT:
        return [table.c.document_id != document.id]
    said = [column.name for column in place.fact.columns if column.name not in place.fact.key]
    newer = documents.is_newer(table.c.observed_at, table.c.document_id, document)
    return [*(table.c[name].is_distinct_from(place.incoming.c[name]) for name in said), newer]


def _emptied(place: _Place, row_count: int, *, has_gaps: bool) -> Sequence[date]:
    """Return the days that the document speaks of even where it has no row for them.

    A day without rows is an empty day, unless its rows may be among the records that were set aside.
    """
    document = place.document
    if has_gaps or place.fact.replace in BY_NAME:
        return ()
    if place.fact.replace is Replace.BY_DAY:
        return tuple(document.window.days)
    return () if row_count else (local_day(document.observed_at, BY_CODE[document.window.marketplace].zone),)


def _documents_spoken_of(connection: Connection, place: _Place, emptied: Sequence[date]) -> set[str]:
    """Return the documents that have rows of the document's orders, days or snapshot now, and may be about to lose them."""
    documents_there = select(place.table.c.document_id).where(_spoken_of(place, emptied)).distinct()
    return set(connection.execute(documents_there).scalars())


def _spoken_of(place: _Place, emptied: Sequence[date]) -> ColumnElement[bool]:
    named = place.scope.in_(select(place.new_scope))
    return and_(place.ours, or_(named, place.scope.in_(emptied)) if emptied else named)


def _delete_what_is_gone(connection: Connection, place: _Place, emptied: Sequence[date], row_count: int) -> int:
    """Delete the rows of the document's orders, days or snapshot that it does not have any more; count them.

    All its rows are in the table by now; only where the table has more of them is it worth looking which.
    """
    spoken_of = _spoken_of(place, emptied)
    found: int = connection.execute(select(func.count()).select_from(place.table).where(spoken_of)).scalar_one()
    if found <= row_count:
        return 0
    _index_by_key(connection, place.incoming)
    return connection.execute(delete(place.table).where(spoken_of, _is_gone(place))).rowcount


def _is_gone(place: _Place) -> ColumnElement[bool]:
    return ~exists().where(place.same_key).correlate(place.table)


def _index_by_key(connection: Connection, incoming: Table) -> None:
    """Let the new rows be found by their key, and by their orders, days or snapshot, with which every key begins."""
    (index,) = incoming.indexes
    connection.execute(CreateIndex(index, if_not_exists=True))
