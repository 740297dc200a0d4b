"""Document URLs that work for a few minutes of simulated time and for one document only."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from starlette.responses import Response

from sellerwatch.simulator.amazon.answers import xml_error
from sellerwatch.simulator.amazon.lifecycle import subject_of
from sellerwatch.simulator.amazon.state import AmazonState, Report

DATE_FORMAT = "%Y%m%dT%H%M%SZ"
KEY = b"the simulated document store"


def _signature(document_id: str, date: str, expires: str) -> str:
    return hmac.new(KEY, f"{document_id}\n{date}\n{expires}".encode(), hashlib.sha256).hexdigest()


def document_url(state: AmazonState, report: Report, *, seconds: int) -> str:
    """Return a URL for the report's document, on this server, that works so long from now; expired if that fault waits."""
    expired = state.faults.take(("expired_url",), subject_of(report.order))
    signed_at = state.clock.now() - (timedelta(seconds=seconds + 1) if expired else timedelta())
    document_id = report.document_id or ""
    date, expires = signed_at.strftime(DATE_FORMAT), str(seconds)
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": date,
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Expires": expires,
        "X-Amz-Signature": _signature(document_id, date, expires),
    }
    return f"{state.base_url}/documents/{quote(document_id)}?{urlencode(query)}"


def document_response(state: AmazonState, document_id: str, query: Mapping[str, str]) -> Response:
    """Answer a download as Amazon's document store does."""
    date, expires = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
    expected = _signature(document_id, date, expires)
    if not hmac.compare_digest(expected, query.get("X-Amz-Signature", "")):
        return xml_error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the one provided.")
    valid_until = datetime.strptime(date, DATE_FORMAT).replace(tzinfo=UTC) + timedelta(seconds=int(expires))
    if state.clock.now() >= valid_until:
        return xml_error(403, "AccessDenied", "Request has expired")
    report = state.report_of_document(document_id)
    if report is None or report.document is None:
        return xml_error(404, "NoSuchKey", "The specified key does not exist.")
    headers = {"content-type": report.document.content_type}
    if report.document.encoding:
        headers["content-encoding"] = report.document.encoding
    return Response(report.document.payload, 200, headers)
