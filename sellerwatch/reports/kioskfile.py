"""Data Kiosk documents: JSON Lines whose records name their marketplace and the days they cover."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sellerwatch.reports.contract import FactTable
from sellerwatch.reports.document import DocumentContext, SkippedRecord
from sellerwatch.reports.encoding import Decoded
from sellerwatch.reports.jsonfile import Placed, load_lines
from sellerwatch.reports.specification import misfiled, of_marketplace


@dataclass(frozen=True, slots=True)
class KioskRecords:
    """The records of the marketplace that was asked for, and those of other ones."""

    ours: list[Placed]
    foreign: list[SkippedRecord]


def query_text(name: str, arguments: str, paths: Iterable[str]) -> str:
    """Return the text of a Data Kiosk query.

    Args:
        name: dataset and query, with a point between.
        arguments: the query's arguments, with placeholders for what changes.
        paths: the cells wanted of each record, such as ``sales.unitsOrdered`` or ``fees[].feeTypeName``.
    """
    dataset, query = name.split(".")
    tree: dict[str, Any] = {}
    for path in paths:
        branch = tree
        for part in path.replace("[]", "").split("."):
            branch = branch.setdefault(part, {})
    return f"query {{ {dataset} {{ {query}({arguments}) {_selection(tree)} }} }}"


def _selection(tree: dict[str, Any]) -> str:
    fields = [name + (" " + _selection(inner) if inner else "") for name, inner in tree.items()]
    return "{ " + " ".join(fields) + " }"


def load_daily(decoded: Decoded, context: DocumentContext, table: FactTable) -> KioskRecords:
    """Return a document's records, each of one day.

    Raises:
        DocumentError: a line is not JSON; a record covers several days, so that a week would be stored as its first day;
            or all records are of other marketplaces.
    """
    records = load_lines(decoded, context)
    _refuse_longer(records, context)
    return KioskRecords(*of_marketplace(records, context, table))


def _refuse_longer(records: Iterable[Placed], context: DocumentContext) -> None:
    for place, record in records:
        first, last = (record.get(name) for name in ("startDate", "endDate")) if isinstance(record, dict) else (None, None)
        if last is not None and first != last:
            raise misfiled(f"Line {place} covers {first} to {last}, not one day", context)
