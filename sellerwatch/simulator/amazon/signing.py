"""Document URLs that work for a few minutes of simulated time and for one document only."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from starlette.responses import Response

from sellerwatch.simulator.amazon.answers import xml_error
from sellerwatch.simulator.amazon.state import AmazonState

DATE_FORMAT = "%Y%m%dT%H%M%SZ"
KEY = b"the simulated document store"


def _signature(document_id: str, date: str, expires: str) -> str:
    return hmac.new(KEY, f"{document_id}\n{date}\n{expires}".encode(), hashlib.sha256).hexdigest()


def presigned_url(state: AmazonState, document_id: str, *, is_expired: bool) -> str:
    """Return a URL for a document, on this server, that works from now on, or that stopped working just now."""
    lifetime = timedelta(seconds=state.settings.url_seconds)
    signed_at = state.clock.now() - (lifetime + timedelta(seconds=1) if is_expired else timedelta())
    date, expires = signed_at.strftime(DATE_FORMAT), str(state.settings.url_seconds)
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
    return Response(report.document.payload, 200, {"content-type": report.document.content_type})
