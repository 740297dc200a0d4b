"""The five operations of Data Kiosk, each from a call to an answer, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice

from sellerwatch.core.periods import utc_text
from sellerwatch.simulator.amazon.answers import Answer, RefusedError, error_answer, refuse_access, refuse_input
from sellerwatch.simulator.amazon.calls import Call
from sellerwatch.simulator.amazon.kiosk.listing import next_page_token, parse_query_listing
from sellerwatch.simulator.amazon.kiosk.pages import as_error_document, make_page, page_of
from sellerwatch.simulator.amazon.kiosk.questions import Question, read_question
from sellerwatch.simulator.amazon.lifecycle import life_of_new, ordered_fault, status_of, stored_document, subject_of
from sellerwatch.simulator.amazon.signing import document_url
from sellerwatch.simulator.amazon.state import (
    QUERY_RETENTION,
    AmazonState,
    Order,
    Query,
    Verdict,
    new_report_id,
    report_id_in,
)


def create_query(state: AmazonState, call: Call) -> Answer:
    """Take a query in."""
    body = call.body if isinstance(call.body, dict) else {}
    text, token = body.get("query"), body.get("paginationToken")
    if not isinstance(text, str) or not isinstance(token, str | None):
        raise refuse_input("The request body must be a JSON object with the text query.")
    question = read_question(text)
    query = _new_query(state, call.seller.seller_id, text, question)
    page = page_of(query, token)
    if state.faults.take(("missing_role",), subject_of(query.order)):
        raise refuse_access()
    query.verdict = _verdict(state, query.order)
    query.maker = partial(make_page, state, query, question, page)
    state.queries[query.order.seller_id, query.report_id] = query
    return Answer(202, {"queryId": query.report_id})


def _new_query(state: AmazonState, seller_id: str, text: str, question: Question) -> Query:
    now = state.clock.now()
    query_id = new_report_id(seller_id, "query", text, now.isoformat(), str(len(state.queries)))
    order = Order(seller_id, question.name, question.marketplace_ids, None, None, question.options)
    return Query(query_id, order, *life_of_new(state), text=text)


def _verdict(state: AmazonState, order: Order) -> Verdict | None:
    verdict = ordered_fault(state, order, state.clock.now())
    return replace(verdict, outcome=as_error_document(verdict.outcome)) if verdict else None


def get_query(state: AmazonState, call: Call) -> Answer:
    """Tell how far a query has come."""
    return Answer(200, describe_query(state, _own_query(state, call, call.path_id, "queryId")))


def _own_query(state: AmazonState, call: Call, query_id: str, named: str) -> Query:
    query = state.queries.get((call.seller.seller_id, query_id))
    if query is None or query.created_at < state.clock.now() - QUERY_RETENTION:
        raise RefusedError(error_answer(404, "NotFound", f"The provided {named} was not found."))
    return query


def describe_query(state: AmazonState, query: Query) -> dict[str, object]:
    """Return a query as getQuery and getQueries show it."""
    status = status_of(state, query)
    shown: dict[str, object] = {
        "queryId": query.report_id,
        "query": query.text,
        "createdTime": utc_text(query.created_at),
        "processingStatus": status,
    }
    ended_at = query.cancelled_at or query.ended_at
    if status != "IN_QUEUE" and ended_at >= query.started_at:
        shown["processingStartTime"] = utc_text(query.started_at)
    if status in {"DONE", "CANCELLED", "FATAL"}:
        shown["processingEndTime"] = utc_text(ended_at)
    if query.document_id is not None:
        shown["dataDocumentId" if status == "DONE" else "errorDocumentId"] = query.document_id
    if query.next_token:
        shown["pagination"] = {"nextToken": query.next_token}
    return shown


def get_queries(state: AmazonState, call: Call) -> Answer:
    """List a seller's queries, newest first, one page at a time."""
    seller_id, now = call.seller.seller_id, state.clock.now()
    listing = parse_query_listing(call.query, now=now, seller_id=seller_id)
    span = replace(listing.span, since=max(listing.since, now - QUERY_RETENTION))
    accepted = (query for query in state.queries.newest_first(seller_id, span) if listing.accepts(status_of(state, query)))
    found = list(islice(accepted, listing.size + 1))
    page = found[: listing.size]
    payload: dict[str, object] = {"queries": [describe_query(state, query) for query in page]}
    if len(found) > len(page):
        payload["pagination"] = {"nextToken": next_page_token(listing, page[-1])}
    return Answer(200, payload)


def cancel_query(state: AmazonState, call: Call) -> Answer:
    """Cancel a query that has not come to its end; one that is cancelled already stays so."""
    query = _own_query(state, call, call.path_id, "queryId")
    status = status_of(state, query)
    if status in {"DONE", "FATAL"}:
        raise refuse_input("Invalid input", f"Query {query.report_id} is {status}; only a query under way can be cancelled.")
    if status != "CANCELLED":
        query.cancelled_at = state.clock.now()
    return Answer(204, None)


def get_document(state: AmazonState, call: Call) -> Answer:
    """Hand out a URL for a query's document; that it is compressed is told by the headers of the document alone."""
    query = _own_query(state, call, report_id_in(call.path_id), "documentId")
    if query.document_id != call.path_id or stored_document(state, query) is None:
        raise RefusedError(error_answer(404, "NotFound", "The provided documentId was not found."))
    url = document_url(state, query, seconds=state.settings.url_seconds)
    return Answer(200, {"documentId": call.path_id, "documentUrl": url})


KIOSK_HANDLERS: Mapping[str, Callable[[AmazonState, Call], Answer]] = {
    "createQuery": create_query,
    "getQuery": get_query,
    "getQueries": get_queries,
    "cancelQuery": cancel_query,
    "getDocument": get_document,
}
"""What each operation does with a call."""
