"""Where Amazon is: the real hosts, or one given by configuration, and the HTTP client that may speak to it."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import httpx

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.marketplaces import Marketplace

LOGIN_HOST = "api.amazon.com"
ADS_HOSTS = {
    "na": "https://advertising-api.amazon.com",
    "eu": "https://advertising-api-eu.amazon.com",
    "fe": "https://advertising-api-fe.amazon.com",
}
FORCED_MARKETPLACE_VARIABLE = "SP_API_DEFAULT_MARKETPLACE"
CLIENT_STAGE_VARIABLE = "AWS_ENV"
CLIENT_STAGES = ("PRODUCTION", "SANDBOX")
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The hosts of one region: ``api_url`` without a slash at its end, and the host that hands out tokens."""

    api_url: str
    login_scheme: str
    login_host: str


def locate(marketplace: Marketplace, base_url: str | None) -> Endpoint:
    """Return the marketplace's region on real Amazon, or the one server at ``base_url`` that plays both parts.

    Raises:
        ConfigError: ``base_url`` is neither https nor http on this machine, or is more than scheme, host and port.
    """
    if base_url is None:
        return _amazon(marketplace.host)
    return _stand_in(base_url, setting="sp_api_base_url")


def locate_ads(marketplace: Marketplace, base_url: str | None) -> Endpoint:
    """Return the Ads API of the marketplace's region, or the one server at ``base_url`` that plays it and the login.

    Raises:
        ConfigError: ``base_url`` is neither https nor http on this machine, or is more than scheme, host and port.
    """
    if base_url is None:
        return _amazon(ADS_HOSTS[marketplace.region])
    return _stand_in(base_url, setting="ads_base_url")


def _amazon(api_url: str) -> Endpoint:
    return Endpoint(api_url=api_url, login_scheme="https://", login_host=LOGIN_HOST)


def _stand_in(base_url: str, *, setting: str) -> Endpoint:
    url = parse_url(base_url)
    if url is None or not is_safe(url) or url.path not in {"", "/"} or url.query or url.userinfo:
        raise ConfigError(
            f"not an address Amazon may be replaced with: {_without_secrets(url)}",
            where=setting,
            remedy="Write https://HOST[:PORT], or http://127.0.0.1:PORT for a server on this machine, and nothing after it",
        )
    netloc = url.netloc.decode("ascii")
    return Endpoint(api_url=f"{url.scheme}://{netloc}", login_scheme=f"{url.scheme}://", login_host=netloc)


def is_safe(url: httpx.URL) -> bool:
    """Tell whether secrets and sellers' data may travel to this address: encrypted, or without leaving the machine."""
    return bool(url.host) and (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host)))


def is_loopback(host: str) -> bool:
    """Tell whether the host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_environment(environ: Mapping[str, str]) -> None:
    """Stop when the environment would steer the SP-API client behind our back.

    Raises:
        ConfigError: ``SP_API_DEFAULT_MARKETPLACE`` is set, which overrides the marketplace a call names, or ``AWS_ENV``
            has a value on which importing the client fails.
    """
    if environ.get(FORCED_MARKETPLACE_VARIABLE):
        raise ConfigError(
            f"{FORCED_MARKETPLACE_VARIABLE} is set: the SP-API client would call that marketplace whatever store is configured",
            where="environment",
            remedy=f"Unset {FORCED_MARKETPLACE_VARIABLE}; marketplaces belong in stores.yaml",
        )
    stage = environ.get(CLIENT_STAGE_VARIABLE, CLIENT_STAGES[0])
    if stage not in CLIENT_STAGES:
        raise ConfigError(
            f"{CLIENT_STAGE_VARIABLE} is {stage!r}, which the SP-API client does not know",
            where="environment",
            remedy=f"Unset {CLIENT_STAGE_VARIABLE} or use one of: {', '.join(CLIENT_STAGES)}",
        )


@cache
def certificates() -> ssl.SSLContext:
    """Return the certificates this process trusts; reading them takes longer than most calls."""
    return httpx.create_ssl_context()


def open_http(endpoint: Endpoint, *, timeout_seconds: float) -> httpx.Client:
    """Return an HTTP client that honours the environment's proxies, except for servers on this machine."""
    host = httpx.URL(endpoint.api_url).netloc.decode("ascii")
    direct = (*_LOOPBACK_NAMES, host) if is_loopback(httpx.URL(endpoint.api_url).host) else _LOOPBACK_NAMES
    return httpx.Client(
        timeout=timeout_seconds,
        verify=certificates(),
        mounts={f"all://{name}": None for name in direct},
        follow_redirects=False,
    )


def parse_url(text: str) -> httpx.URL | None:
    """Return the address, or nothing when the text is none."""
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        return None


def _without_secrets(url: httpx.URL | None) -> str:
    return "(unreadable)" if url is None else f"{url.scheme}://{url.host}{url.path}"
