"""The documents that a failed check rests on, so that whoever looks into it need not search for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from sellerwatch.core.periods import Days
from sellerwatch.warehouse.checks.check import Check, Need
from sellerwatch.warehouse.checks.known import Known, LoadedDocument
from sellerwatch.warehouse.checks.results import Result

NAMED = 3
"""Documents named of each feed, the newest first: where days are asked for again and again, older ones tell the same."""


def with_documents(result: Result, check: Check, known: Known, wait_days: int) -> Result:
    """Return a failed result with the documents of its day; any other as it is."""
    if result.status != "fail":
        return result
    found = [name for need in check.needs for name in _of_need(result, check, known, need, wait_days)]
    return replace(result, detail={**result.detail, "documents": list(dict.fromkeys(found))})


def _of_need(result: Result, check: Check, known: Known, need: Need, wait_days: int) -> Iterable[str]:
    first = result.day + timedelta(days=need.shift)
    days = Days(first, first + timedelta(days=wait_days if need.waits else 0))
    documents = [item for report in need.reports for item in known.documents.get((report, result.marketplace), ())]
    if check.by == "document":
        ours = [item for item in documents if item.day == result.day]
    else:
        ours = [item for item in documents if item.first <= days.last and item.day >= days.first]
    newest = sorted(ours, key=_age, reverse=True)[: NAMED if need.waits or check.by == "document" else 1]
    return [item.id for item in newest]


def _age(document: LoadedDocument) -> tuple[object, ...]:
    """Return what newer documents have more of; the id ends with the number of the version."""
    return (document.day, document.first, len(document.id), document.id)
