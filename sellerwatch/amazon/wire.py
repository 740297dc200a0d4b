"""One way to send a request, for every API: only successes come back, and what is no success is an exception of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from sellerwatch.amazon.answers import Answer, Undelivered, Unusable, is_usable

RATE_HEADER: Final = "x-amzn-RateLimit-Limit"
REQUEST_ID_HEADERS: Final = ("x-amzn-RequestId", "x-amz-rid", "x-amz-request-id")
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class Wire:
    """Stands where the client keeps its HTTP transport, sends through our HTTP client and lets only successes through."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def request(self, method: str, url: str, *, headers: Mapping[str, str], **parts: Any) -> httpx.Response:  # noqa: ANN401  # whatever the client adds
        """Send one request.

        Raises:
            Unusable: Amazon answered something that is no success.
            Undelivered: no answer came.
        """
        # The client cuts the host out of an https address by position, which is wrong for http; httpx knows it anyway.
        kept = {name: value for name, value in headers.items() if name.lower() != "host"}
        try:
            response = self._http.request(method, url, headers=kept, **parts)
        except httpx.RequestError as error:
            raise Undelivered(type(error).__name__, is_sent=not isinstance(error, _NEVER_SENT)) from None
        answer = _answer(response)
        if not is_usable(answer, needs_body=method != "DELETE"):
            raise Unusable(answer)
        return response

    def close(self) -> None:
        """Close the HTTP client."""
        self._http.close()


def _answer(response: httpx.Response) -> Answer:
    request_ids = (response.headers.get(name) for name in REQUEST_ID_HEADERS)
    return Answer(
        status=response.status_code,
        body=response.content,
        rate_limit=response.headers.get(RATE_HEADER, ""),
        request_id=next(filter(None, request_ids), ""),
        retry_after=response.headers.get("retry-after", ""),
    )
