"""The SP-API client for one connection: its own tokens instead of the process's, and answers judged before it reads them.

Import this module only after `endpoint.refuse_environment`: importing the client reads the environment.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

import httpx
from sp_api.api import Reports
from sp_api.auth import AccessTokenClient, AccessTokenResponse
from sp_api.base.credential_provider import FromCodeCredentialProvider

from sellerwatch.amazon.answers import Answer, Undelivered, Unusable, is_usable, login_error_for, undelivered_error
from sellerwatch.amazon.credentials import Credentials
from sellerwatch.amazon.endpoint import Endpoint, certificates
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import RetryableError
from sellerwatch.core.marketplaces import Marketplace

RATE_HEADER: Final = "x-amzn-RateLimit-Limit"
REQUEST_ID_HEADERS: Final = ("x-amzn-RequestId", "x-amz-rid")
TOKEN_SECONDS: Final = 3600
TOKEN_MARGIN: Final = timedelta(seconds=60)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_LOGIN = "Login with Amazon"


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


class TokenSource(AccessTokenClient):  # type: ignore[misc]  # sp_api ships no type information
    """The client's own login, with a token of its own.

    The client's cache is shared by the whole process, is not locked and knows a token by its refresh token alone: another
    secret or another host would be given the same one. Here each connection has one token, and one thread fetches it.
    """

    _transport: Any

    def __init__(self, credentials: Credentials, endpoint: Endpoint, *, http: httpx.Client, clock: Clock) -> None:
        super().__init__(credentials=credentials, verify=certificates())
        self._transport.close()
        self._transport = Wire(http)
        self.scheme, self.host = endpoint.login_scheme, endpoint.login_host
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at: datetime | None = None

    def get_auth(self) -> AccessTokenResponse:
        """Return the access token in the form the client asks for."""
        return AccessTokenResponse(access_token=self.current())

    def current(self) -> str:
        """Return the access token, fetched anew shortly before it expires.

        Raises:
            PermanentError: Amazon refuses the credentials; the message says what to renew.
            RetryableError: Login with Amazon did not answer, or not with a token.
        """
        with self._lock:
            if self._renew_at is None or self._clock.now() >= self._renew_at:
                self._fetch()
            return self._token

    def forget(self, token: str) -> None:
        """Drop the token, unless another thread has replaced it already."""
        with self._lock:
            if self._token == token:
                self._renew_at = None

    def _fetch(self) -> None:
        asked_at = self._clock.now()
        content = self._login()
        token = content.get("access_token")
        if not isinstance(token, str) or not token:
            raise RetryableError("Login with Amazon answered without an access token", where=_LOGIN)
        self._token = token
        self._renew_at = asked_at + _lifetime(content.get("expires_in")) - TOKEN_MARGIN

    def _login(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = self._request(self.scheme + self.host + self.path, self.data, self.headers)
        except Unusable as refusal:
            error = login_error_for(refusal.answer, where=_LOGIN)
        except Undelivered as fault:
            error = undelivered_error(fault, where=_LOGIN)
        else:
            return content
        raise error


class ReportsClient(Reports):  # type: ignore[misc]  # sp_api ships no type information
    """The real Reports client, pointed at one region and given our tokens and our wire."""

    _transport: Any

    def __init__(
        self, credentials: Credentials, marketplace: Marketplace, endpoint: Endpoint, tokens: TokenSource, http: httpx.Client
    ) -> None:
        super().__init__(
            marketplace=SimpleNamespace(
                endpoint=endpoint.api_url, marketplace_id=marketplace.id, region=marketplace.aws_region, name=marketplace.code
            ),
            credentials=asdict(credentials),
            # Without this a missing part would be looked up in the environment and in files: another seller's, perhaps.
            credential_providers=(FromCodeCredentialProvider,),
            auth_token_client_class=lambda **_: tokens,
            verify=certificates(),
        )
        self._transport.close()
        self._transport = Wire(http)


def _answer(response: httpx.Response) -> Answer:
    request_ids = (response.headers.get(name) for name in REQUEST_ID_HEADERS)
    return Answer(
        status=response.status_code,
        body=response.content,
        rate_limit=response.headers.get(RATE_HEADER, ""),
        request_id=next(filter(None, request_ids), ""),
    )


def _lifetime(expires_in: object) -> timedelta:
    """Return how long the token lives; an hour, as documented, when Amazon does not say it in whole seconds."""
    return timedelta(seconds=expires_in if isinstance(expires_in, int) and expires_in > 0 else TOKEN_SECONDS)
