"""What Data Kiosk makes of a query: rows with the selected fields only, a page at a time, or the document that says why not."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sellerwatch.core.ids import fingerprint
from sellerwatch.simulator.amazon.answers import refuse_input
from sellerwatch.simulator.amazon.kiosk.language import Field
from sellerwatch.simulator.amazon.kiosk.questions import Question, broken_rule, requests_of
from sellerwatch.simulator.amazon.state import AmazonState, Query
from sellerwatch.simulator.ports import Rendered

JSON_TYPE = "application/json;charset=UTF-8"
JSON_LINES_TYPE = "application/jsonl;charset=UTF-8"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page of a query's rows begins, and the instant its first page was made, for which all are."""

    first_row: int = 0
    as_of: datetime | None = None


def make_page(state: AmazonState, query: Query, question: Question, page: Page) -> Rendered:
    """Return a query's document; without a row it has no byte, and then the query has no document."""
    as_of = page.as_of or query.ended_at
    broken = broken_rule(question, state.seller(query.order.seller_id), as_of.date())
    if broken:
        return error_document(broken)
    parts = [state.world.render(request) for request in requests_of(question, query.order.seller_id, as_of)]
    failed = next((part for part in parts if part.status != "DONE"), None)
    if failed is not None:
        return error_document(failed.body.decode() or f"{question.name} could not be processed.")
    rows = [row for part in parts for row in part.body.splitlines()]
    after = page.first_row + state.settings.query_rows
    if len(rows) > after:
        query.next_token = _token(query, Page(after, as_of))
    rows = rows[page.first_row : after]
    if not all(part.is_selected for part in parts):
        rows = [_selected_line(row, question.selections) for row in rows]
    return Rendered("DONE", b"".join([row + b"\n" for row in rows]), JSON_LINES_TYPE)


def error_document(text: str) -> Rendered:
    """Return a failed query's document. That it is JSON is Amazon's word; the names in it are ours."""
    body = json.dumps({"errors": [{"code": "InvalidInput", "message": text, "details": ""}]})
    return Rendered("FATAL", body.encode(), JSON_TYPE)


def as_error_document(outcome: Rendered | None) -> Rendered | None:
    """Return what a fault decided about a query with its text put into an error document; anything else as it is."""
    if outcome is None or outcome.status != "FATAL":
        return outcome
    return error_document(outcome.body.decode()) if outcome.body else replace(outcome, content_type=JSON_TYPE)


def _selected_line(line: bytes, selections: Sequence[Field]) -> bytes:
    return json.dumps(_selected(json.loads(line), selections), ensure_ascii=False).encode()


def _selected(row: Row, selections: Sequence[Field]) -> Row:
    return {field.name: _pick(row.get(field.name), field) for field in selections}


def _pick(value: Any, field: Field) -> Any:  # noqa: ANN401  whatever JSON holds
    if isinstance(value, list):
        return [_pick(item, field) for item in value]
    return _selected(value, field.selections) if isinstance(value, dict) else value


def _token(query: Query, page: Page) -> str:
    content = {"query": _fingerprint(query), "row": page.first_row, "as_of": page.as_of.isoformat() if page.as_of else ""}
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _fingerprint(query: Query) -> str:
    return fingerprint("page", query.order.seller_id, query.text)


def page_of(query: Query, token: str | None) -> Page:
    """Return the page that a pagination token leads to; the first without one.

    Raises:
        RefusedError: the token is not one of this seller for exactly this query.
    """
    if token is None:
        return Page()
    try:
        content = json.loads(base64.urlsafe_b64decode(token.encode()))
        page = Page(int(content["row"]), datetime.fromisoformat(content["as_of"]))
        is_own = content["query"] == _fingerprint(query)
    except (ValueError, KeyError, TypeError) as error:
        raise refuse_input("Invalid input", "paginationToken is not valid.") from error
    if not is_own:
        raise refuse_input("Invalid input", "paginationToken belongs to another query.")
    return page
