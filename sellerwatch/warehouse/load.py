"""Turning raw documents into facts: parse, replace what the document supersedes, and set aside what cannot be used."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Column, Connection, MetaData, Table, delete, exists, insert, select

from sellerwatch.core.errors import PermanentError
from sellerwatch.core.marketplaces import BY_CODE, Marketplace
from sellerwatch.core.periods import end_of_day, local_day
from sellerwatch.rawstore.manifest import Entry
from sellerwatch.reports.contract import FactTable, Replace
from sellerwatch.reports.document import DocumentContext, Parsed
from sellerwatch.reports.registry import REPORTS, TABLES
from sellerwatch.settings.models import RangePeriod
from sellerwatch.warehouse import documents
from sellerwatch.warehouse.documents import Document
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.problems import Problem, record
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.workspace import Workspace

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What loading did."""

    documents: int
    rows: int
    skipped: int
    quarantined: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Loaded:
    rows: int
    skipped: int


def load_night(workspace: Workspace, store_id: str, as_of: date) -> LoadReport:
    """Load every document of the store that nothing has parsed yet; a bad one is quarantined and the rest goes on."""
    with reading(workspace.engine) as connection:
        waiting = documents.waiting(connection, store_id)
    entries = _entries(workspace, {document.manifest_number for document in waiting})
    loaded: list[_Loaded] = []
    problems: list[Problem] = []
    for document in waiting:
        try:
            loaded.append(_load(workspace, document, entries))
        except PermanentError as error:
            _log.warning("%s is quarantined: %s", document.id, error)
            with writing(workspace.engine) as connection:
                documents.mark_quarantined(connection, document, str(error))
    with writing(workspace.engine) as connection:
        problems.extend(documents.quarantine_problems(connection, store_id, as_of))
        record(connection, store_id, as_of, "load", problems)
    return LoadReport(
        documents=len(loaded),
        rows=sum(item.rows for item in loaded),
        skipped=sum(item.skipped for item in loaded),
        quarantined=len(waiting) - len(loaded),
        problems=tuple(problems),
    )


def _entries(workspace: Workspace, numbers: Collection[int]) -> dict[int, Entry]:
    if not numbers:
        return {}
    return {entry.number: entry for entry in workspace.raw.manifest.entries() if entry.number in numbers}


def _load(workspace: Workspace, document: Document, entries: dict[int, Entry]) -> _Loaded:
    entry = entries.get(document.manifest_number)
    if entry is None or entry.sha256 != document.sha256:
        raise PermanentError(
            "the raw store does not list the document",
            where=document.id,
            remedy="Restore the raw store from a backup; `sellerwatch verify` shows what is missing",
        )
    report = REPORTS[document.window.report]
    context = _context(workspace, document, entry)
    parsed = report.parse(workspace.raw.read(entry), context)
    with writing(workspace.engine) as connection:
        for name, frame in parsed.frames.items():
            replace_facts(connection, TABLES[name], document, context, frame)
        documents.mark_loaded(
            connection,
            document,
            encoding=parsed.encoding,
            row_count=sum(len(frame) for frame in parsed.frames.values()),
            skipped=parsed.skipped,
            notes=_notes(parsed),
            data_through=_data_through(parsed, context),
        )
    return _Loaded(sum(len(frame) for frame in parsed.frames.values()), len(parsed.skipped))


def _context(workspace: Workspace, document: Document, entry: Entry) -> DocumentContext:
    pull = workspace.settings.reports[document.window.report]
    return DocumentContext(
        marketplace=BY_CODE[document.window.marketplace],
        content_type=entry.received.content_type,
        days=document.window.days if isinstance(pull, RangePeriod) else None,
        observed_at=document.observed_at,
    )


def _notes(parsed: Parsed) -> list[str]:
    unknown = [f"unknown_column: {name}" for name in parsed.unknown_columns]
    lost = [f"replacement_characters: {parsed.replacement_count}"] if parsed.replacement_count else []
    return [*unknown, *lost, *parsed.notes]


def _data_through(parsed: Parsed, context: DocumentContext) -> datetime | None:
    """Return the newest moment the document speaks of; one without rows is not fresh data."""
    if not any(len(frame) for frame in parsed.frames.values()):
        return None
    if context.days is None:
        return context.observed_at
    return min(context.observed_at, end_of_day(context.days.last, context.marketplace.zone))


def replace_facts(
    connection: Connection,
    fact: FactTable,
    document: Document,
    context: DocumentContext,
    frame: pd.DataFrame,
) -> None:
    """Put the frame's rows in the place of the older rows they supersede; newer rows of other documents stay.

    The document's orders, days or snapshot are put into a temporary table; those of which a newer document has already
    spoken are taken out again; for the rest, old facts go and the frame's rows come.
    """
    table, scope = FACTS[fact.name], _temporary_scope(connection, fact)
    values = _superseded(fact, context, frame)
    if values:
        connection.execute(insert(scope), [{"value": value} for value in values])
    ours = (table.c.store_id == document.window.store_id, table.c.marketplace == document.window.marketplace)
    of_scope = table.c[fact.scope] == scope.c.value
    newer = exists().where(*ours, of_scope, table.c.observed_at > document.observed_at)
    connection.execute(delete(scope).where(newer))
    connection.execute(delete(table).where(*ours, table.c[fact.scope].in_(select(scope.c.value))))
    accepted = set(connection.execute(select(scope.c.value)).scalars())
    rows = [row | _provenance(document) for row in _rows(frame) if row[fact.scope] in accepted]
    if rows:
        connection.execute(insert(table), rows)
    scope.drop(connection)


def _temporary_scope(connection: Connection, fact: FactTable) -> Table:
    kind = FACTS[fact.name].c[fact.scope].type
    # A name of its own per table; temporary tables belong to one connection, so processes do not meet here.
    table = Table(f"loading_{fact.name}", MetaData(), Column("value", kind, primary_key=True), prefixes=["TEMPORARY"])
    table.create(connection)
    return table


def _superseded(fact: FactTable, context: DocumentContext, frame: pd.DataFrame) -> set[Any]:
    """Return the orders, days or snapshot days of which the document says everything there is."""
    found = {value for value in pa.Array.from_pandas(frame[fact.scope]).to_pylist() if value is not None}
    if fact.replace is Replace.BY_DAY and context.days is not None:
        return found | set(context.days)
    if fact.replace is Replace.SNAPSHOT and not found:
        return {_snapshot_day(context.marketplace, context.observed_at)}
    return found


def _snapshot_day(place: Marketplace, observed_at: datetime) -> date:
    return local_day(observed_at, place.zone)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return rows


def _provenance(document: Document) -> dict[str, object]:
    return {
        "store_id": document.window.store_id,
        "marketplace": document.window.marketplace,
        "document_id": document.id,
        "observed_at": document.observed_at,
    }
