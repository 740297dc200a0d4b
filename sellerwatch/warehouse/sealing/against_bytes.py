"""Comparing the rows of a document in a fact table with what its kept bytes say, so that each altered row has a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Table, select

from sellerwatch.core.errors import PermanentError
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days
from sellerwatch.rawstore.manifest import Entry, complete_lines, parse_line
from sellerwatch.rawstore.store import RawStore
from sellerwatch.reports.contract import LINE, FactTable
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.registry import REPORTS, TABLES
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW

Key = tuple[Any, ...]
Rows = dict[Key, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RowAltered:
    """A row that is not what its document says.

    Attributes:
        table: the fact table.
        key: the row's key within the store and marketplace.
        line: its line in the document; 0 where no line says it.
        what: what is wrong with it, in words.
    """

    table: str
    key: Key
    line: int
    what: str


def rows_altered(connection: Connection, raw: RawStore, table: str, document_id: str, *, sealed: int) -> list[RowAltered]:
    """Return the rows of a document that differ from its bytes, or that nothing has replaced and that are gone.

    Args:
        connection: an open transaction.
        raw: the raw store.
        table: the fact table.
        document_id: the document.
        sealed: how many rows it had when it was sealed; 0 where that does not matter.

    Raises:
        PermanentError: the document or its bytes are missing, altered, or cannot be read any more.
    """
    fact = TABLES[table]
    there = _stored(connection, FACTS[table], fact, document_id)
    said = _said(connection, raw, fact, document_id)
    found = list(_differing(fact, there, said))
    if len(there) < sealed:
        found += _deleted(connection, FACTS[table], fact, document_id, {key: said[key] for key in said.keys() - there.keys()})
    return found


def _stored(connection: Connection, table: Table, fact: FactTable, document_id: str) -> Rows:
    names = [*(column.name for column in fact.columns), LINE]
    rows = connection.execute(select(*(table.c[name] for name in names)).where(table.c.document_id == document_id))
    return {_key(fact, row): row for row in map(dict, rows.mappings())}


def _said(connection: Connection, raw: RawStore, fact: FactTable, document_id: str) -> Rows:
    """Parse the kept bytes once more.

    Raises:
        PermanentError: they are missing, altered, or cannot be read.
    """
    joined = select(DOCUMENT, WINDOW).join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id).where(DOCUMENT.c.id == document_id)
    row = connection.execute(joined).one_or_none()
    entry = _line(raw, row.manifest_number) if row else None
    if row is None or entry is None or entry.sha256 != row.sha256:
        raise PermanentError(
            "the raw store does not list the document",
            where=document_id,
            remedy="Restore the raw store from a backup; `sellerwatch verify` shows what is missing",
        )
    report = REPORTS[row.report]
    context = DocumentContext(
        marketplace=BY_CODE[row.marketplace],
        content_type=entry.received.content_type,
        days=None if report.is_snapshot else Days(row.first_day, row.last_day),
        observed_at=row.observed_at,
    )
    frame = report.parse(raw.read(entry), context).frames.get(fact.name)
    rows = [] if frame is None else pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return {_key(fact, row): row for row in rows}


def _line(raw: RawStore, number: int) -> Entry | None:
    """Return a line of the manifest; the others are not parsed, for there are many and this is asked of many documents."""
    lines = complete_lines(raw.manifest.path)
    return parse_line(lines[number - 1], number, raw.manifest.path) if 0 < number <= len(lines) else None


def _key(fact: FactTable, row: Mapping[str, Any]) -> Key:
    return tuple(row[name] for name in fact.key)


def _differing(fact: FactTable, there: Rows, said: Rows) -> Iterator[RowAltered]:
    """Yield the rows that say something else than the bytes.

    A column that is blank in every row was not read when the document was loaded: an older sellerwatch did not know it.
    """
    read = {name for row in there.values() for name, value in row.items() if value is not None}
    for key, row in there.items():
        if key not in said:
            yield RowAltered(fact.name, key, 0, "no line of its document says it")
            continue
        differing = [name for name in read if row[name] != said[key][name]]
        if differing:
            words = ", ".join(
                f"{name} is {_word(row[name])}, its line says {_word(said[key][name])}" for name in sorted(differing)
            )
            yield RowAltered(fact.name, key, said[key][LINE], words)


def _deleted(connection: Connection, table: Table, fact: FactTable, document_id: str, missing: Rows) -> Iterator[RowAltered]:
    """Yield the rows that the bytes say and that are in the table under no document: a newer one would have its own."""
    if not missing:
        return
    window = select(WINDOW.c.store_id, WINDOW.c.marketplace).join(DOCUMENT, DOCUMENT.c.window_id == WINDOW.c.id)
    store_id, marketplace = connection.execute(window.where(DOCUMENT.c.id == document_id)).one()
    ours = (table.c.store_id == store_id, table.c.marketplace == marketplace)
    rows = connection.execute(select(*(table.c[name] for name in fact.key)).where(*ours))
    elsewhere = {tuple(row) for row in rows}
    for key, row in missing.items():
        if key not in elsewhere:
            yield RowAltered(fact.name, key, row[LINE], "it was deleted")


def _word(value: object) -> str:
    if value is None:
        return "blank"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
