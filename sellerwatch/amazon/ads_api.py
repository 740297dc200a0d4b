"""The reporting part of the Ads API v3 as two calls that wait for the rate budget, check every answer and fail in our terms.

It is spoken over plain HTTP: the published Python client changes the logging of the whole process when it is imported,
waits for ever by default and hands failures back as data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx

from sellerwatch.amazon.ads_answers import ADS_LOGIN_REMEDIES, duplicate_of
from sellerwatch.amazon.answers import Unusable
from sellerwatch.amazon.calls import Calls, Operation, where_of
from sellerwatch.amazon.credentials import AdsAccount
from sellerwatch.amazon.endpoint import Endpoint
from sellerwatch.amazon.quiet import redact
from sellerwatch.amazon.report_state import (
    DocumentLink,
    ReportState,
    optional_instant,
    read_instant,
    require_known,
    require_text,
    text_of,
)
from sellerwatch.amazon.tokens import AccessTokens
from sellerwatch.amazon.wire import RATE_HEADER, Wire
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import PermanentError

CREATE = Operation("createAdsReport", key="reportId")
GET = Operation("getAdsReport", key="status")

REQUEST_TYPE: Final = "application/vnd.createasyncreportrequest.v3+json"
STATUSES: Final[Mapping[str, str]] = {
    "PENDING": "IN_QUEUE",
    "PROCESSING": "IN_PROGRESS",
    "COMPLETED": "DONE",
    "FAILED": "FATAL",
}
"""The Ads API's words for a report's state, and the Reports API's."""

REASON_LIMIT: Final = 400
_PATH: Final = "/reporting/reports"
_LOGIN_PATH: Final = "/auth/o2/token"
_SEPARATOR: Final = "/"


@dataclass(frozen=True, slots=True)
class _Said:
    """A success, as `Calls` reads it."""

    payload: Mapping[str, object]
    rate_limit: str | None = None


class AdsApi:
    """The advertising reports of one seller in one region. Several threads may use it.

    A report is known by its profile and Amazon's id, with a stroke between: Amazon answers about a report only to the
    profile that asked for it.
    """

    def __init__(self, account: AdsAccount, endpoint: Endpoint, calls: Calls, *, http: httpx.Client) -> None:
        self._account = account
        self._endpoint = endpoint
        self._calls = calls
        self._wire = Wire(http)
        self.http = http
        self.clock = calls.clock

    def log_in(self) -> None:
        """Fetch the access token now, so that wrong credentials show before any work is fanned out."""
        self._calls.log_in()

    def create_report(self, profile: str, request: Mapping[str, object], *, subject: str = "", report_type: str = "") -> str:
        """Ask Amazon to make a report; one that Amazon calls a duplicate is the report it duplicates.

        This is why the request may be repeated when nobody knows whether it was taken.

        Args:
            profile: the profile id.
            request: the body of createAsyncReport.
            subject: what it is about, for messages.
            report_type: the report type id, in case it has limits of its own.

        Returns:
            Profile and report id; store it before polling.
        """
        response = self._calls.call(CREATE, lambda: self._create(profile, request), subject=subject, report_type=report_type)
        return f"{profile}{_SEPARATOR}{response.payload[CREATE.key]}"

    def get_report(self, report_id: str) -> ReportState:
        """Return the report's present state."""
        content, where = self._get(report_id), where_of(GET, report_id)
        status = require_known(require_text(content, "status", where=where), STATUSES, what="status", where=where)
        configuration = content.get("configuration")
        return ReportState(
            report_id=report_id,
            report_type=text_of(configuration, "reportTypeId") or "" if isinstance(configuration, Mapping) else "",
            status=STATUSES[status],
            created_at=read_instant(require_text(content, "createdAt", where=where), where=where),
            document_id=report_id if status == "COMPLETED" else None,
            processing_end_at=optional_instant(content, "generatedAt", where=where),
            reason=redact(" ".join((text_of(content, "failureReason") or "").split()))[:REASON_LIMIT],
        )

    def get_document(self, document_id: str) -> DocumentLink:
        """Return a link to a finished report's document; it opens for an hour, and each look at the report gives a new one."""
        url = require_text(self._get(document_id), "url", where=where_of(GET, document_id))
        return DocumentLink(document_id=document_id, url=url, compression="GZIP")

    def close(self) -> None:
        """Close every socket; the connection cannot be used afterwards."""
        self._wire.close()

    def _get(self, report_id: str) -> Mapping[str, object]:
        profile, _, number = report_id.partition(_SEPARATOR)
        if not profile or not number:
            raise PermanentError("not an id of an advertising report", where=report_id[:80], remedy="Ask for the report anew")
        path = f"{_PATH}/{quote(number, safe='')}"
        return self._calls.call(GET, lambda: self._send("GET", path, profile), subject=report_id).payload

    def _create(self, profile: str, request: Mapping[str, object]) -> _Said:
        try:
            return self._send("POST", _PATH, profile, body=json.dumps(request).encode())
        except Unusable as refusal:
            original = duplicate_of(refusal.answer)
            if original is None:
                raise
        return _Said({CREATE.key: original})

    def _send(self, method: str, path: str, profile: str, *, body: bytes | None = None) -> _Said:
        headers = {
            "Authorization": f"Bearer {self._calls.tokens.current()}",
            "Amazon-Advertising-API-ClientId": self._account.client_id,
            "Amazon-Advertising-API-Scope": profile,
        } | ({"Content-Type": REQUEST_TYPE} if body is not None else {})
        response = self._wire.request(method, f"{self._endpoint.api_url}{path}", headers=headers, content=body)
        return _Said(response.json(), response.headers.get(RATE_HEADER))


def ads_tokens(account: AdsAccount, endpoint: Endpoint, *, http: httpx.Client, clock: Clock) -> AccessTokens:
    """Return the access tokens of the advertising app; nothing is sent until one is asked for."""
    wire, url = Wire(http), f"{endpoint.login_scheme}{endpoint.login_host}{_LOGIN_PATH}"

    def login() -> Mapping[str, object]:
        form = {
            "grant_type": "refresh_token",
            "client_id": account.client_id,
            "refresh_token": account.refresh_token,
            "client_secret": account.client_secret,
        }
        content: Mapping[str, object] = wire.request("POST", url, headers={}, data=form).json()
        return content

    return AccessTokens(login, clock, remedies=ADS_LOGIN_REMEDIES)
