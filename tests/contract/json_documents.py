"""Documents of JSON reports for the contract test: records by path, in the outer form of the API that makes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from sellerwatch.reports.contract import FactTable, Report, Source

WHOLE_NUMBER = "7"
"""What stands for a whole number in a record; it is written without quotes, as Amazon does."""

OPTIONS = {"dateGranularity": "DAY", "asinGranularity": "SKU", "reportPeriod": "WEEK"}
"""What reports are asked for with; each repeats its own."""

AGAIN = 10
"""From here on count the records that come again: what they stand in or beside must not come again with them."""

OTHER_LISTS: dict[str, dict[str, Any]] = {"economics": {"ads": []}}
"""Lists without which a record says nothing about a table: what is charged is known only if all charges are there."""


def json_document(report: Report, table: FactTable, records: list[dict[str, str]], record_of: Any, marketplace: str) -> bytes:
    """Return a document with these records in the table, and one in each other table.

    Args:
        report: whose document it is.
        table: the table the records are for.
        records: each by path.
        record_of: makes a good record by path of a table and a number.
        marketplace: Amazon's id of the marketplace it is of.
    """
    beside = [other for other in report.tables if other is not table and outer(other) == outer(table)]
    lists = {outer(other): [nested(record_of(other, 1), 1)] for other in report.tables}
    lists[outer(table)] = []
    for number, record in zip(numbers(records), records, strict=True):
        cells = {path: text for other in beside for path, text in record_of(other, number).items()} | record
        parts: dict[str, Any] = {name: [{}] for name in table.records.split("[].")[1:2]}
        lists[outer(table)].append(repeating(parts | nested(cells, number), report, marketplace))
    return written(report, lists, marketplace)


def numbers(records: list[dict[str, str]]) -> Iterator[int]:
    """Yield the number each record was made with, and one of its own for a record that comes again."""
    seen: set[int] = set()
    for place, record in enumerate(records, start=1):
        written_number = re.search(r"[a-z]-(\d+)\b", " ".join(record.values()))
        number = int(written_number[1]) if written_number else place
        yield AGAIN + place if number in seen else number
        seen.add(number)


def outer(table: FactTable) -> str:
    """Return the name of the list in which a table's records, or the records they are parts of, stand."""
    return table.records.split("[]")[0]


def nested(flat: dict[str, str], number: int) -> dict[str, Any]:
    """Return the record as a tree: ``a.b`` is b in a, ``a[].b`` is b in the one record of the list a, ``*`` is any name."""
    tree: dict[str, Any] = {}
    for path, text in flat.items():
        *parents, leaf = path.replace("*", f"metric{number}").split(".")
        branch = tree
        for parent in parents:
            name = parent.removesuffix("[]")
            inner = branch.setdefault(name, [{}] if parent.endswith("[]") else {})
            branch = inner[0] if parent.endswith("[]") else inner
        branch[leaf] = int(text) if text == WHOLE_NUMBER else text
    return tree


def repeating(record: dict[str, Any], report: Report, marketplace: str) -> dict[str, Any]:
    """Return the record with what Amazon repeats in it of the request, where the report checks it and keeps it not."""
    repeated = {"marketplaceId": marketplace, "asinAggregation": "CHILD", "endDate": record.get("startDate")}
    checked = {name: value for name, value in repeated.items() if name in report.left_out and report.source is not Source.ADS}
    return record | checked | OTHER_LISTS.get(report.name, {})


def written(report: Report, lists: dict[str, list[Any]], marketplace: str) -> bytes:
    """Return the document's bytes in the outer form of the report's API."""
    match report.source:
        case Source.ADS:
            document = json.dumps(next(iter(lists.values())), ensure_ascii=False)
        case Source.DATA_KIOSK:
            document = "\n".join(json.dumps(record, ensure_ascii=False) for record in lists[outer(report.tables[0])])
        case Source.INVENTORY:
            (records,) = lists.values()
            payload = {"granularity": {"granularityType": "Marketplace", "granularityId": marketplace}}
            document = json.dumps({"payload": payload | {"inventorySummaries": records}}, ensure_ascii=False)
        case Source.REPORTS:
            document = json.dumps({"reportSpecification": specification(marketplace), **lists}, ensure_ascii=False)
    return document.encode()


def specification(marketplace: str) -> dict[str, Any]:
    """Return what a document repeats of its request."""
    return {
        "reportOptions": OPTIONS,
        "dataStartTime": "2026-11-20",
        "dataEndTime": "2026-11-20",
        "marketplaceIds": [marketplace],
    }
