"""The operations of the Reports API, each from a call to an answer, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice

from sellerwatch.simulator.amazon.answers import (
    Answer,
    RefusedError,
    instant_text,
    parse_instant,
    quota_exceeded,
    refuse_access,
    refuse_input,
    refuse_missing,
)
from sellerwatch.simulator.amazon.calls import Call
from sellerwatch.simulator.amazon.lifecycle import new_report, status_of, stored_document, subject_of
from sellerwatch.simulator.amazon.listing import next_token, parse_listing
from sellerwatch.simulator.amazon.report_types import REPORT_TYPES, SETTLEMENT
from sellerwatch.simulator.amazon.settlements import publish_settlements
from sellerwatch.simulator.amazon.signing import document_url
from sellerwatch.simulator.amazon.state import RETENTION, AmazonState, Order, Report, report_id_in
from sellerwatch.simulator.ports import Seller

MOST_MARKETPLACES = 25


def create_report(state: AmazonState, call: Call) -> Answer:
    """Take an order for a report."""
    order = _parse_order(call, now=state.clock.now())
    if state.faults.take(("missing_role",), subject_of(order)):
        raise refuse_access()
    if not state.has_token_of_type(order.report_type, seller_id=call.seller.seller_id, client_id=call.client_id):
        raise RefusedError(quota_exceeded())
    return Answer(202, {"reportId": new_report(state, order).report_id})


def _parse_order(call: Call, *, now: datetime) -> Order:
    body = call.body
    if not isinstance(body, dict):
        raise refuse_input("The request body must be a JSON object.")
    report_type = body.get("reportType")
    if not isinstance(report_type, str) or report_type not in REPORT_TYPES:
        raise refuse_input(f"Report type {report_type!r} is invalid.")
    if not REPORT_TYPES[report_type].is_requestable:
        raise refuse_input(f"Report type {report_type} cannot be requested.")
    start, end = _parse_span(body, now=now)
    return Order(
        seller_id=call.seller.seller_id,
        report_type=report_type,
        marketplace_ids=_parse_marketplaces(body.get("marketplaceIds"), call.seller),
        data_start=start,
        data_end=end,
        options=_parse_options(body.get("reportOptions")),
    )


def _parse_marketplaces(value: object, seller: Seller) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise refuse_input("marketplaceIds must be a list of strings.")
    if not 1 <= len(value) <= MOST_MARKETPLACES:
        raise refuse_input(f"marketplaceIds takes 1 to {MOST_MARKETPLACES} values, not {len(value)}.")
    if not set(value) <= set(seller.marketplace_ids):
        raise refuse_access()
    return tuple(dict.fromkeys(value))


def _parse_span(body: Mapping[str, object], *, now: datetime) -> tuple[datetime | None, datetime | None]:
    instants = {
        name: parse_instant(body[name], name) for name in ("dataStartTime", "dataEndTime") if body.get(name) is not None
    }
    for name, instant in instants.items():
        if instant > now:
            raise refuse_input(f"{name} {instant_text(instant)} must not be later than now, {instant_text(now)}.")
    start = instants.get("dataStartTime")
    end = instants.get("dataEndTime", now if start else None)
    if start and end and start > end:
        raise refuse_input("dataStartTime must not be later than dataEndTime.")
    return start, end


def _parse_options(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise refuse_input("reportOptions must map strings to strings.")
    return dict(value)


def get_report(state: AmazonState, call: Call) -> Answer:
    """Tell how far a report has come."""
    return Answer(200, describe(state, _own_report(state, call)))


def _own_report(state: AmazonState, call: Call) -> Report:
    key = (call.seller.seller_id, call.path_id)
    if key not in state.reports:
        publish_settlements(state, call.seller, only=call.path_id)
    report = state.reports.get(key)
    if report is None or _is_forgotten(state, report):
        raise refuse_missing(f"Report {call.path_id}")
    return report


def _is_forgotten(state: AmazonState, report: Report) -> bool:
    return report.created_at < state.clock.now() - RETENTION


def describe(state: AmazonState, report: Report) -> dict[str, object]:
    """Return a report as getReport and getReports show it."""
    status = status_of(state, report)
    order = report.order
    shown: dict[str, object] = {
        "reportId": report.report_id,
        "reportType": order.report_type,
        "marketplaceIds": list(order.marketplace_ids),
        "dataStartTime": instant_text(order.data_start or report.created_at),
        "dataEndTime": instant_text(order.data_end or report.created_at),
        "createdTime": instant_text(report.created_at),
        "processingStatus": status,
    }
    if report.cancelled_at is not None:
        return {**shown, "processingEndTime": instant_text(report.cancelled_at)}
    if status != "IN_QUEUE":
        shown["processingStartTime"] = instant_text(report.started_at)
    if status in {"DONE", "CANCELLED", "FATAL"}:
        shown["processingEndTime"] = instant_text(report.ended_at)
    if report.document_id is not None:
        shown["reportDocumentId"] = report.document_id
    return shown


def get_reports(state: AmazonState, call: Call) -> Answer:
    """List a seller's reports, newest first, one page at a time."""
    seller_id = call.seller.seller_id
    listing = parse_listing(call.query, now=state.clock.now(), seller_id=seller_id)
    if SETTLEMENT in listing.report_types:
        publish_settlements(state, call.seller, during=listing.span)
    covered = filter(listing.covers, state.reports.newest_first(seller_id, listing.span, types=listing.report_types))
    accepted = (report for report in covered if listing.accepts(status_of(state, report)))
    found = list(islice(accepted, listing.page_size + 1))
    page = found[: listing.page_size]
    payload: dict[str, object] = {"reports": [describe(state, report) for report in page]}
    if len(found) > len(page):
        payload["nextToken"] = next_token(listing, page[-1], seller_id=seller_id)
    return Answer(200, payload)


def get_report_document(state: AmazonState, call: Call) -> Answer:
    """Hand out a URL for a document."""
    key = (call.seller.seller_id, report_id_in(call.path_id))
    if key not in state.reports:
        publish_settlements(state, call.seller, only=key[1])
    report = state.reports.get(key)
    is_named = report is not None and report.document_id == call.path_id
    document = stored_document(state, report) if report and is_named and not _is_forgotten(state, report) else None
    if report is None or document is None:
        raise refuse_missing(f"Report document {call.path_id}")
    url = document_url(state, report, seconds=state.settings.url_seconds)
    payload: dict[str, object] = {"reportDocumentId": call.path_id, "url": url}
    if document.is_gzip:
        payload["compressionAlgorithm"] = "GZIP"
    return Answer(200, payload)


def cancel_report(state: AmazonState, call: Call) -> Answer:
    """Cancel a report that still waits in the queue."""
    report = _own_report(state, call)
    status = status_of(state, report)
    if status != "IN_QUEUE":
        raise refuse_input(f"Report {report.report_id} is {status}; only a report that is IN_QUEUE can be cancelled.")
    report.cancelled_at = state.clock.now()
    return Answer(200, None)


OPERATION_HANDLERS: Mapping[str, Callable[[AmazonState, Call], Answer]] = {
    "createReport": create_report,
    "getReport": get_report,
    "getReports": get_reports,
    "getReportDocument": get_report_document,
    "cancelReport": cancel_report,
}
"""What each operation does with a call."""
