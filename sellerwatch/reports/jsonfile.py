"""JSON documents: nested records become columns of text by path, and then go the way every cell goes.

A path names a cell within a record: ``salesByDate.unitsOrdered``, or ``includedProducts[].asin`` for a cell of the records
that stand in a list of another one. Numbers stay as they are written; none of them ever is a binary fraction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain
from types import NoneType
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.core.money import from_micros, to_micros
from sellerwatch.reports.casting import Facts, cast_records
from sellerwatch.reports.computed import set_aside_unkeyed
from sellerwatch.reports.contract import LINE, Column, FactTable
from sellerwatch.reports.document import EMPTY_DOCUMENT, DocumentContext, DocumentError, Parsed, SkippedRecord, excerpt
from sellerwatch.reports.encoding import Decoded
from sellerwatch.reports.header import refuse_missing

_TOO_LARGE = Decimal(10) ** 14
"""From here on numbers are left as they are written, for the typing to refuse."""
_SHORT = 20
_DEEPEST = 20
_WHOLE = {int, NoneType}
"""What most columns hold and nothing else; Arrow writes such a column as text at once."""

_HALF = rb"u[dD][89abAB][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rb"\\(?:" + _HALF + rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|u0000|.)", re.DOTALL)
"""One escape: a whole surrogate pair, half of one, NUL, or any other, whose backslash must not be taken for the next one's."""
_HALF_LENGTH = 6

Leaves = dict[str, Any]
"""One record laid flat: the path of each scalar, null or list, such as ``salesByDate.unitsOrdered``, to its value."""

Placed = tuple[int, Any]
"""A record as the document holds it, behind its place: its position in its list, or its line in JSON Lines; first = 1."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is to become one row of a table.

    Attributes:
        place: where in the document it stands; rows from one record share its place.
        leaves: its cells by path; None for something that is no JSON object.
        given: cells of computed text columns, by our names.
    """

    place: int
    leaves: Leaves | None
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Records:
    """What was read for one table: the typed facts, how many records there were, and every path seen in them."""

    facts: Facts
    count: int
    paths: tuple[str, ...]

    def with_columns(self, columns: Mapping[str, pa.Array]) -> Records:
        """Return them with computed columns added."""
        facts = self.facts.columns
        for name, values in columns.items():
            facts = facts.append_column(name, values)
        return replace(self, facts=Facts(facts, self.facts.skipped))

    def with_skipped(self, skipped: Sequence[SkippedRecord]) -> Records:
        """Return them with records that were set aside before they were read."""
        facts = Facts(self.facts.columns, (*skipped, *self.facts.skipped))
        return replace(self, facts=facts, count=self.count + len(skipped))


# Bytes to records


def load_object(decoded: Decoded, context: DocumentContext) -> dict[str, Any]:
    """Return the document's top object; numbers with a point are read exactly.

    Raises:
        DocumentError: the text is not JSON, or its top is not an object.
    """
    document = _load(_mended(decoded.utf8), "The document", context)
    if not isinstance(document, dict):
        raise not_this_report("The document's top is not a JSON object", context)
    return document


def load_array(decoded: Decoded, context: DocumentContext) -> list[Placed]:
    """Return the elements of the document's top array, as the Ads API writes them.

    Raises:
        DocumentError: the text is not JSON, or its top is not an array.
    """
    document = _load(_mended(decoded.utf8), "The document", context)
    if not isinstance(document, list):
        found = excerpt(decoded.utf8.strip().decode())
        raise not_this_report(f"The document's top is not a JSON array: {found}", context)
    return placed(document)


def load_lines(decoded: Decoded, context: DocumentContext) -> list[Placed]:
    """Return the value of each line, as Data Kiosk writes them; blank lines are ignored and still counted.

    Raises:
        DocumentError: a line is not JSON. No record is set aside for it: a torn line means that others may be missing.
    """
    lines = enumerate(_mended(decoded.utf8).split(b"\n"), start=1)
    return [(number, _load(line, f"Line {number}", context)) for number, line in lines if line and not line.isspace()]


def list_of(document: Mapping[str, Any], table: FactTable, context: DocumentContext) -> list[Placed]:
    """Return the list that holds a table's records.

    Raises:
        DocumentError: the document has no such list; the message names it and the keys found.
    """
    records = document.get(table.records)
    if not isinstance(records, list):
        raise not_this_report(f"The document lacks the list {table.records!r}; its keys are {sorted(document)}", context)
    return placed(records)


def placed(records: Iterable[Any]) -> list[Placed]:
    """Return the records behind their positions, from 1."""
    return list(enumerate(records, start=1))


def parts_of(records: Iterable[Placed], name: str) -> Iterator[Placed]:
    """Yield what stands in each record's list of that name, at the place of the record; see `flat_rows` for the prefix."""
    for place, record in records:
        parts = record.get(name) if isinstance(record, dict) else None
        if isinstance(parts, list):
            yield from ((place, part) for part in parts)


def flat_rows(records: Iterable[Placed], prefix: str = "") -> list[Row]:
    """Return each record laid flat; the prefix, such as ``includedProducts[].``, comes before every path."""
    return [Row(place, flat(record, prefix) if isinstance(record, dict) else None) for place, record in records]


def flat(record: Mapping[str, Any], prefix: str = "") -> Leaves:
    """Return the record's cells by path; what is nested deeper than any report is stays in one piece."""
    leaves: Leaves = {}
    _flatten(record, prefix, leaves, _DEEPEST)
    return leaves


def _flatten(record: Mapping[str, Any], prefix: str, leaves: Leaves, depth: int) -> None:
    for key, value in record.items():
        if isinstance(value, dict) and depth:
            _flatten(value, f"{prefix}{key}.", leaves, depth - 1)
        else:
            leaves[prefix + key] = value


def _mended(text: bytes) -> bytes:
    """Return the text without escapes that no database text holds: NUL and half a surrogate pair."""
    return _ESCAPE.sub(_mended_escape, text) if b"\\u" in text else text


def _mended_escape(match: re.Match[bytes]) -> bytes:
    escape = match[0]
    if len(escape) == _HALF_LENGTH:
        return b"?" if escape[2:3] in b"dD" else b"\\ufffd"
    return escape


def _load(text: bytes, what: str, context: DocumentContext) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise not_this_report(f"{what} is not JSON: {excerpt(str(error))}", context) from error


# Records to facts


def read_records(records: Iterable[Placed], context: DocumentContext, *, table: FactTable) -> Records:
    """Type records whose cells are the paths a table's columns name.

    Raises:
        DocumentError: no record has a required path.
    """
    return read_rows(flat_rows(records), context, table=table)


def read_rows(rows: Sequence[Row], context: DocumentContext, *, table: FactTable, given: Iterable[str] = ()) -> Records:
    """Type rows by the paths a table's columns name, and add the cells of the computed columns that every row is given.

    Raises:
        DocumentError: no row has a required path.
    """
    readable = [row for row in rows if row.leaves is not None]
    leaves = [row.leaves for row in readable if row.leaves is not None]
    seen = dict.fromkeys(chain.from_iterable(leaves))
    if leaves:
        refuse_missing(table, _found(table, seen, leaves), seen, context)
    # Rows are numbered while they are typed, because several may share a place.
    facts = cast_records(_cells(leaves, table), pa.array(range(len(readable)), pa.int64()), table)
    strangers = [_stranger(table, row.place) for row in rows if row.leaves is None]
    faults = [replace(fault, line=readable[fault.line].place) for fault in facts.skipped]
    columns = _finished(facts.columns, readable, given)
    return Records(Facts(columns, (*strangers, *faults)), len(rows), tuple(seen))


def _names(column: Column) -> tuple[str, ...]:
    return (column.header, *column.also)


def _found(table: FactTable, seen: Collection[str], leaves: list[Leaves]) -> Iterator[str]:
    """Yield the columns the rows have; a null in place of the object that would hold a cell is a null cell."""
    nulls: set[str] = set()
    for column in table.document_columns:
        if any(name in seen for name in _names(column)):
            yield column.name
        elif column.required:
            nulls = nulls or {path for record in leaves for path, value in record.items() if value is None}
            if any(column.header.startswith(f"{path}.") for path in nulls):
                yield column.name


def _cells(leaves: list[Leaves], table: FactTable) -> dict[str, pa.Array]:
    return {column.name: _texts(_values(leaves, column)) for column in table.document_columns}


def _values(leaves: list[Leaves], column: Column) -> list[Any]:
    """Return each record's value under the first of the column's names that it has one for."""
    values = [record.get(column.header) for record in leaves]
    for name in column.also:
        known = zip(values, leaves, strict=True)
        values = [record.get(name) if value is None or value == "" else value for value, record in known]
    return values


def _texts(values: list[Any]) -> pa.Array:
    if set(map(type, values)) <= _WHOLE:
        with suppress(OverflowError):
            return pa.array(values, pa.int64()).cast(pa.string())
    return pa.array([_text(value) for value in values], pa.string())


def _finished(columns: pa.Table, rows: Sequence[Row], given: Iterable[str]) -> pa.Table:
    """Return the columns with the rows' numbers turned into places, and with the cells the rows were given."""
    numbers = columns.column(LINE)
    columns = columns.drop_columns([LINE])
    for name in given:
        columns = columns.append_column(name, pa.array([row.given[name] for row in rows], pa.string()).take(numbers))
    return columns.append_column(LINE, pa.array([row.place for row in rows], pa.int64()).take(numbers))


def of_their_record(parts: Records, whole: Records, names: Sequence[str], *, table: FactTable) -> Records:
    """Give the parts of records, which fill this table, the columns that name the record they stand in.

    A record that was set aside, or whose name an earlier one has, takes its parts along: counted twice they would be wrong.
    """
    is_first = ~whole.facts.columns.select(names).to_pandas(types_mapper=pd.ArrowDtype).duplicated()
    records = whole.facts.columns.filter(pa.array(is_first))
    places = pc.index_in(parts.facts.columns.column(LINE), value_set=records.column(LINE).combine_chunks())
    lost = parts.facts.columns.column(LINE).filter(places.is_null()).to_pylist()
    taken = [SkippedRecord(table.name, line, "", "stands in a record that was set aside", "") for line in lost]
    facts = Facts(parts.facts.columns.filter(places.is_valid()), (*parts.facts.skipped, *taken))
    columns = {name: records.column(name).take(places.drop_null()) for name in names}
    return replace(parts, facts=facts).with_columns(columns)


# Values to text


def _text(value: object) -> str | None:
    """Return a JSON value as the text a flat file would hold, so that one way of typing serves both; null where blank."""
    if value is None or value == "":
        return None
    return _WRITERS.get(type(value), str)(value)


def _flag_text(value: object) -> str:
    return "true" if value else "false"


def _decimal_text(value: Decimal) -> str:
    """Write a fraction in digits; ``5.0`` is written as ``5``, to JSON they are the same.

    A power of ten or a long fraction is rounded to the millionths that money and decimals hold.
    """
    text = str(value).removesuffix(".0")
    if (len(text) <= _SHORT and "E" not in text) or not -_TOO_LARGE < value < _TOO_LARGE:
        return text
    return f"{from_micros(to_micros(value)).normalize():f}"


_WRITERS: Final[Mapping[type, Callable[[Any], str]]] = {str: str, int: str, bool: _flag_text, Decimal: _decimal_text}
"""How each type of JSON value is written; a list is written as Python shows it, for the typing to refuse."""


# Facts to what is said of the document


def assemble(
    decoded: Decoded,
    read: Mapping[FactTable, Records],
    *,
    left_out: Collection[str],
    notes: Sequence[str] = (),
) -> Parsed:
    """Return everything the document says.

    Args:
        decoded: its text.
        read: what was read for each table it says something about; every other table is left out.
        left_out: the paths that are known and not kept.
        notes: remarks beside those on the text.
    """
    frames = {}
    skipped: list[SkippedRecord] = []
    for table, records in read.items():
        frames[table.name], unkeyed = set_aside_unkeyed(table.frame(records.facts.columns), table)
        skipped += sorted([*records.facts.skipped, *unkeyed], key=lambda record: record.line)
    return Parsed(
        frames=frames,
        encoding=decoded.encoding,
        replacement_count=decoded.replacement_count,
        unknown_columns=tuple(_unknown(read, left_out)),
        row_count=sum(records.count for records in read.values()),
        skipped=tuple(skipped),
        notes=(*decoded.notes, *notes),
    )


def nothing(decoded: Decoded, tables: Iterable[FactTable]) -> Parsed:
    """Return what a document without a single character of JSON says: that there are no records."""
    empty = {table.name: table.empty_frame() for table in tables}
    return replace(assemble(decoded, {}, left_out=(), notes=(EMPTY_DOCUMENT,)), frames=empty)


def _unknown(read: Mapping[FactTable, Records], left_out: Collection[str]) -> list[str]:
    """Return the paths no column has and no list leaves out; a null in place of a known object or list is not news."""
    known = {name for table in read for column in table.document_columns for name in _names(column)}.union(left_out)
    inside = {path[:end] for path in known for end, character in enumerate(path) if character in ".["}
    paths = dict.fromkeys(path for records in read.values() for path in records.paths)
    return [path for path in paths if path not in known and path not in inside]


def _stranger(table: FactTable, place: int) -> SkippedRecord:
    return SkippedRecord(table.name, place, "", f"expected a JSON object in {table.records or 'the document'}", "")


def _refuse_constant(name: str) -> object:
    message = f"{name} is no JSON number"
    raise ValueError(message)


def not_this_report(what: str, context: DocumentContext) -> DocumentError:
    """Return the error of a document that is damaged or something else altogether."""
    return DocumentError(
        what,
        where=f"JSON report document, {context.marketplace.code}",
        remedy="Check the report type and download the document again: it may be cut short or an error message",
    )
