"""JSON documents the way Amazon serves them, and the small values they share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.ports import Rendered, ReportRequest

Row = dict[str, Any]


def json_file(document: Row) -> Rendered:
    """Return a finished document."""
    return Rendered("DONE", json.dumps(document, ensure_ascii=False).encode(), "application/json;charset=UTF-8")


def json_lines(rows: Iterable[Row]) -> Rendered:
    """Return a finished document of one JSON object a line; no byte where there is no row."""
    body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return Rendered("DONE", body.encode(), "application/jsonl;charset=UTF-8")


def json_list(rows: Iterable[Row]) -> Rendered:
    """Return a finished document that is one JSON list."""
    body = json.dumps(list(rows), ensure_ascii=False)
    return Rendered("DONE", body.encode(), "application/json;charset=UTF-8")


def fatal_file(text: str) -> Rendered:
    """Return a failed report whose document is the explanation."""
    return Rendered("FATAL", text.encode())


def specification(request: ReportRequest, marketplaces: Sequence[Marketplace], **dates: str) -> Row:
    """Return the block in which a document repeats what was asked for."""
    return {
        "reportType": request.report_type,
        "reportOptions": dict(request.options),
        **dates,
        "marketplaceIds": [item.id for item in marketplaces],
    }


def amount(cents: int, currency: str) -> Row:
    """Return an amount of money with its currency."""
    return {"amount": cents / 100, "currencyCode": currency}


def fraction(part: int, whole: int) -> float:
    """Return a share from 0 to 1 as Amazon rounds it; 0 of nothing is 0."""
    return round(part / whole, 4) if whole else 0.0
