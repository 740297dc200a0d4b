"""Opens the connection to one seller account in one region."""

from __future__ import annotations

import os

from sellerwatch.amazon.budget import RateBudget
from sellerwatch.amazon.calls import Calls
from sellerwatch.amazon.credentials import Credentials, validate
from sellerwatch.amazon.endpoint import locate, open_http, refuse_environment
from sellerwatch.amazon.reports_api import AmazonReports
from sellerwatch.amazon.retries import Retries
from sellerwatch.core.clock import Clock
from sellerwatch.core.marketplaces import Marketplace

TIMEOUT_SECONDS = 30.0


def connect(
    credentials: Credentials,
    marketplace: Marketplace,
    *,
    base_url: str | None,
    budget: RateBudget,
    clock: Clock,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> AmazonReports:
    """Return the reports of the seller in the marketplace's region. Nothing is sent yet; `log_in` does that.

    Args:
        credentials: the seller account's.
        marketplace: any marketplace of the region; calls name theirs.
        base_url: None for Amazon itself, or a server that stands in for it.
        budget: shared by everything that uses this account with this application.
        clock: tells when the token expires, and waits.
        timeout_seconds: of the network, for each connect, read and write.

    Raises:
        ConfigError: credentials, ``base_url`` or the environment are not usable.
    """
    refuse_environment(os.environ)
    validate(credentials, {}, where=marketplace.code)
    endpoint = locate(marketplace, base_url)
    # Not at the top: importing the client reads the environment that was checked above, and takes half a second.
    from sellerwatch.amazon.sp_client import ReportsClient, TokenSource  # noqa: PLC0415

    http = open_http(endpoint, timeout_seconds=timeout_seconds)
    tokens = TokenSource(credentials, endpoint, http=http, clock=clock)
    client = ReportsClient(credentials, marketplace, endpoint, tokens, http)
    return AmazonReports(client, Calls(tokens, budget=budget, clock=clock, retries=Retries()), http=http)
