"""JSON documents: a list of nested records becomes columns of text by path, and then goes the way every cell goes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from sellerwatch.core.money import from_micros, to_micros
from sellerwatch.reports.casting import Facts, cast_records
from sellerwatch.reports.contract import FactTable
from sellerwatch.reports.document import DocumentContext, DocumentError, SkippedRecord, excerpt
from sellerwatch.reports.encoding import Decoded
from sellerwatch.reports.header import refuse_missing

_TOO_LARGE = Decimal(10) ** 14
"""From here on numbers are left as they are written, for the typing to refuse."""

Leaves = dict[str, Any]
"""One record laid flat: the path of each scalar, null or list, such as ``salesByDate.unitsOrdered``, to its value."""


@dataclass(frozen=True, slots=True)
class Records:
    """What one list of a document holds, typed, and the paths in it that nobody knows."""

    facts: Facts
    count: int
    unknown: tuple[str, ...]


def load_object(decoded: Decoded, context: DocumentContext) -> dict[str, Any]:
    """Return the document's top object; numbers with a point are read exactly.

    Raises:
        DocumentError: the text is not JSON, or its top is not an object.
    """
    try:
        document = json.loads(decoded.utf8, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _not_this_report(f"The document is not JSON: {excerpt(str(error))}", context) from error
    if not isinstance(document, dict):
        raise _not_this_report("The document's top is not a JSON object", context)
    return document


def list_of(document: Mapping[str, Any], table: FactTable, context: DocumentContext) -> list[Any]:
    """Return the list that holds a table's records.

    Raises:
        DocumentError: the document has no such list; the message names it and the keys found.
    """
    records = document.get(table.records)
    if not isinstance(records, list):
        raise _not_this_report(f"The document lacks the list {table.records!r}; its keys are {sorted(document)}", context)
    return records


def read_records(records: list[Any], context: DocumentContext, *, table: FactTable, left_out: Iterable[str]) -> Records:
    """Type a list of records by the paths a table's columns name.

    Raises:
        DocumentError: no record has a required path.
    """
    flat = [dict(_leaves(record)) if isinstance(record, dict) else None for record in records]
    places = [place for place, leaves in enumerate(flat, start=1) if leaves is not None]
    leaves = [record for record in flat if record is not None]
    seen = {path: None for record in leaves for path in record}
    if leaves:
        found = (column.name for column in table.document_columns if column.header in seen)
        refuse_missing(table, found, seen, context)
    facts = cast_records(_cells(leaves, table), pa.array(places, pa.int64()), table)
    strangers = tuple(_stranger(table, place) for place, record in enumerate(flat, start=1) if record is None)
    return Records(
        facts=Facts(facts.columns, (*strangers, *facts.skipped)),
        count=len(records),
        unknown=tuple(_unknown(seen, {column.header for column in table.document_columns}.union(left_out))),
    )


def _leaves(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _cells(leaves: list[Leaves], table: FactTable) -> dict[str, pa.Array]:
    return {
        column.name: pa.array([_text(record.get(column.header)) for record in leaves], pa.string())
        for column in table.document_columns
    }


def _text(value: object) -> str | None:
    """Return a JSON value as the text a flat file would hold, so that one way of typing serves both; null where blank.

    A fraction is rounded to the millionths that money and decimals hold, and ``5.0`` is written as ``5``: to JSON they are
    the same. What no database text holds, NUL and half a surrogate pair, is replaced.
    """
    match value:
        case None | "":
            return None
        case str():
            return value.encode(errors="replace").decode().replace("\0", "\ufffd")
        case bool():
            return "true" if value else "false"
        case Decimal() if -_TOO_LARGE < value < _TOO_LARGE:
            return f"{from_micros(to_micros(value)).normalize():f}"
        case _:
            return str(value)


def _unknown(seen: Iterable[str], known: set[str]) -> Iterator[str]:
    """Yield paths no column has and no list leaves out; a null in place of a known object is not news."""
    for path in seen:
        if path not in known and not any(other.startswith(f"{path}.") for other in known):
            yield path


def _stranger(table: FactTable, place: int) -> SkippedRecord:
    return SkippedRecord(table.name, place, "", f"expected a JSON object in {table.records}", "")


def _refuse_constant(name: str) -> object:
    message = f"{name} is no JSON number"
    raise ValueError(message)


def _not_this_report(what: str, context: DocumentContext) -> DocumentError:
    return DocumentError(
        what,
        where=f"JSON report document, {context.marketplace.code}",
        remedy="Check the report type and download the document again: it may be cut short or an error message",
    )
