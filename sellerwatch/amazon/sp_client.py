"""The SP-API clients for one connection: its own tokens instead of the process's, and answers judged before they read them.

Import this module only after `endpoint.refuse_environment`: importing the client reads the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import httpx
from sp_api.api import DataKiosk, Inventories, Reports
from sp_api.auth import AccessTokenClient, AccessTokenResponse
from sp_api.base import ApiResponse, Client
from sp_api.base.credential_provider import FromCodeCredentialProvider

from sellerwatch.amazon.credentials import Credentials
from sellerwatch.amazon.endpoint import Endpoint, certificates
from sellerwatch.amazon.tokens import AccessTokens
from sellerwatch.amazon.wire import Wire
from sellerwatch.core.clock import Clock
from sellerwatch.core.marketplaces import Marketplace


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
        self._kept = AccessTokens(self._login, clock)

    def get_auth(self) -> AccessTokenResponse:
        """Return the access token in the form the client asks for."""
        return AccessTokenResponse(access_token=self.current())

    def current(self) -> str:
        """Return the access token; see `AccessTokens.current`."""
        return self._kept.current()

    def forget(self, token: str) -> None:
        """Drop the token, unless another thread has replaced it already."""
        self._kept.forget(token)

    def _login(self) -> Mapping[str, object]:
        content: dict[str, Any] = self._request(self.scheme + self.host + self.path, self.data, self.headers)
        return content


class _OurClient(Client):  # type: ignore[misc]  # sp_api ships no type information
    """A real client, pointed at one region and given our tokens and our wire."""

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


class ReportsClient(_OurClient, Reports):  # type: ignore[misc]  # sp_api ships no type information
    """The real client of the Reports API."""


class KioskClient(_OurClient, DataKiosk):  # type: ignore[misc]  # sp_api ships no type information
    """The real client of Data Kiosk."""


class InventoryClient(_OurClient, Inventories):  # type: ignore[misc]  # sp_api ships no type information
    """The real client of the FBA Inventory API, whose answers are the document: each keeps its bytes, under ``body``."""

    def _check_response(self, res: httpx.Response, *parts: Any, **named: Any) -> ApiResponse:  # noqa: ANN401  # as the client calls it
        response = super()._check_response(res, *parts, **named)
        response.body = res.content
        return response
