"""Which report a file holds that somebody downloaded: told by its header, or by the lists and names in its JSON.

A report is a candidate when everything it requires is there. Of several, the one that knows most of the names fits best.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.reports.contract import Content, Report
from sellerwatch.reports.header import fold
from sellerwatch.reports.jsonfile import flat
from sellerwatch.reports.registry import BY_AMAZON_TYPE, REPORTS

GZIP_SIGNATURE: Final = b"\x1f\x8b"
_LOOKED_AT: Final = 50
"""Records of a JSON file whose names are looked at: a name whose value is never given may be missing from some."""

_CHARSETS: Final = ("utf-8-sig", "cp932", "cp1252")
_HEADER_BYTES: Final = 1 << 16
_DAY_LENGTH: Final = len("2026-11-20")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file says of itself.

    Attributes:
        report: the report it holds.
        marketplace_ids: Amazon's ids of the marketplaces it is of; none where it does not say.
        days: the days it was asked for; None where it does not say.
        also: other reports that it may be and that fill the very same tables.
    """

    report: Report
    marketplace_ids: tuple[str, ...] = ()
    days: Days | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shape:
    """A file's form: the names of its cells, the lists it has, and the request that it says it answers."""

    content: Content
    names: frozenset[str]
    lists: frozenset[str] = frozenset()
    specification: Mapping[str, Any] | None = None
    marketplace_ids: tuple[str, ...] = ()


def recognise_report(data: bytes, named: Report | None, *, where: str) -> Recognised | None:
    """Return what a file says of itself; None where it is no report known.

    Args:
        data: its bytes; they may be packed with gzip.
        named: the report that a person says it is.
        where: the file, for error messages.

    Raises:
        ConfigError: several reports fit it equally well, or it is a report in a form that Amazon's interface does not use.
    """
    shape = _shape(unpacked(data, where=where))
    if named is not None:
        return _said(named, shape)
    if shape is None:
        return None
    specified = BY_AMAZON_TYPE.get(str((shape.specification or {}).get("reportType")))
    if specified is not None:
        return _said(specified, shape)
    candidates = [report for report in REPORTS.values() if _is_candidate(report, shape)]
    return _best(candidates, shape, where) if candidates else None


def unpacked(data: bytes, *, where: str) -> bytes:
    """Return the bytes of a file, unpacked where gzip packed them.

    Raises:
        ConfigError: the packed bytes are damaged.
    """
    if not data.startswith(GZIP_SIGNATURE):
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as error:
        raise ConfigError("the packed file is damaged", where=where, remedy="Download it again") from error


def refuse_comma_separated(data: bytes, *, where: str) -> None:
    """Refuse a report that was downloaded as CSV: its raw form is the TAB separated one.

    Raises:
        ConfigError: the file is one.
    """
    for delimiter in (",", ";"):
        shape = _Shape(Content.TSV, frozenset(name for line in _first_lines(data) for name in _cells(line, delimiter)))
        found = [report for report in REPORTS.values() if _is_candidate(report, shape)]
        if found:
            raise ConfigError(
                f"this is the report {found[0].name} saved as CSV",
                where=where,
                remedy="Download it as .txt (TAB separated), the form in which Amazon's interface gives it",
            )


def _best(candidates: list[Report], shape: _Shape, where: str) -> Recognised:
    ranked = sorted(candidates, key=lambda report: _explained(report, shape), reverse=True)
    best = ranked[0]
    rivals = [report for report in ranked[1:] if _explained(report, shape) == _explained(best, shape)]
    if any(report.tables != best.tables for report in rivals):
        names = ", ".join(report.name for report in (best, *rivals))
        raise ConfigError(f"the file may be any of several reports: {names}", where=where, remedy="Name the one with --report")
    return replace(_said(best, shape), also=tuple(report.name for report in rivals))


def _said(report: Report, shape: _Shape | None) -> Recognised:
    if shape is None or shape.specification is None:
        return Recognised(report, shape.marketplace_ids if shape else ())
    ids = shape.specification.get("marketplaceIds")
    return Recognised(report, tuple(map(str, ids)) if isinstance(ids, list) else (), _days(shape.specification))


def _days(specification: Mapping[str, Any]) -> Days | None:
    """Return the days of the request; some requests name instants, and some none."""
    try:
        first, last = (date.fromisoformat(specification[name][:_DAY_LENGTH]) for name in ("dataStartTime", "dataEndTime"))
        return Days(first, last)
    except (KeyError, TypeError, ValueError):
        return None


def _is_candidate(report: Report, shape: _Shape) -> bool:
    if report.content is not shape.content:
        return False
    records = {table.records for table in report.tables if table.records and "[" not in table.records}
    if records:
        return records <= shape.lists
    tables = report.tables if report.content is Content.TSV else report.tables[:1]
    required = [column for table in tables for column in table.document_columns if column.required]
    return all(any(fold(name) in shape.names for name in (column.header, *column.also)) for column in required)


def _explained(report: Report, shape: _Shape) -> int:
    """Count the names of the file that the report knows."""
    columns = (column for table in report.tables for column in table.document_columns)
    known = {fold(name) for column in columns for name in (column.header, *column.also)}
    return len(shape.names & (known | {fold(name) for name in report.left_out}))


def _shape(data: bytes) -> _Shape | None:
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in {b"{", b"["}:
        return _json_shape(data)
    names = frozenset(name for line in _first_lines(data) for name in _cells(line, "\t"))
    return _Shape(Content.TSV, names) if len(names) > 1 else None


def _first_lines(data: bytes) -> Iterator[str]:
    """Yield the first line in each character set that it may be written in: a header in English is the same in all."""
    line = next((line for line in data[:_HEADER_BYTES].splitlines() if line.strip()), b"")
    for charset in _CHARSETS:
        with suppress(UnicodeDecodeError):
            yield line.decode(charset)
            if charset == _CHARSETS[0]:
                return


def _cells(line: str, delimiter: str) -> Iterator[str]:
    cells = next(csv.reader([line], delimiter=delimiter), []) if line.startswith('"') else line.split(delimiter)
    return (fold(cell) for cell in cells)


def _json_shape(data: bytes) -> _Shape | None:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _lines_shape(data)
    if isinstance(document, list):
        return _records_shape(document)
    if not isinstance(document, dict):
        return None
    specification = document.get("reportSpecification")
    lists = frozenset(name for name, value in document.items() if isinstance(value, list))
    # JSON Lines with a single line are an object too: what stands in it may be a record.
    return replace(
        _records_shape([document]), lists=lists, specification=specification if isinstance(specification, dict) else None
    )


def _lines_shape(data: bytes) -> _Shape | None:
    try:
        return _records_shape([json.loads(line) for line in data.splitlines()[:_LOOKED_AT] if line.strip()])
    except (ValueError, RecursionError):
        return None


def _records_shape(records: Iterable[Any]) -> _Shape:
    looked_at = [record for record in list(records)[:_LOOKED_AT] if isinstance(record, dict)]
    ids = {str(record["marketplaceId"]) for record in looked_at if record.get("marketplaceId")}
    names = frozenset(fold(path) for record in looked_at for path in flat(record))
    return _Shape(Content.JSON, names, marketplace_ids=tuple(sorted(ids)))
