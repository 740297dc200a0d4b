"""Opens the connections to one seller account in one region: the APIs of the Selling Partner API, and the Ads API beside them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx

from sellerwatch.amazon.ads_answers import ads_error_for
from sellerwatch.amazon.ads_api import AdsApi, ads_tokens
from sellerwatch.amazon.ads_source import AdsSource
from sellerwatch.amazon.budget import PATIENCE_SECONDS, RateBudget
from sellerwatch.amazon.calls import Calls
from sellerwatch.amazon.credentials import AdsAccount, Credentials, validate, validate_ads
from sellerwatch.amazon.endpoint import Endpoint, locate, locate_ads, open_http, refuse_environment
from sellerwatch.amazon.inventory_source import InventorySource
from sellerwatch.amazon.kiosk_api import KioskApi
from sellerwatch.amazon.kiosk_source import KioskSource
from sellerwatch.amazon.reports_api import AmazonReports
from sellerwatch.amazon.reports_source import ReportsSource
from sellerwatch.amazon.retries import DEFAULT_RETRIES, Retries
from sellerwatch.amazon.source import DocumentSource
from sellerwatch.amazon.tokens import Tokens
from sellerwatch.core.clock import Clock
from sellerwatch.core.marketplaces import Marketplace

if TYPE_CHECKING:
    from sellerwatch.amazon.sp_client import TokenSource

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything one seller account offers in one region. Use it in a ``with``, or close it.

    The first three share one access token and one HTTP client, so closing one of them closes all three. Nothing is sent,
    and no token fetched, before a source is used. ``ads`` is there when the account has advertising credentials.
    """

    reports: ReportsSource
    kiosk: KioskSource
    inventory: InventorySource
    ads: AdsSource | None = None

    def __enter__(self) -> Self:
        """Return the sources themselves."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close them all."""
        self.close()

    def all(self) -> tuple[DocumentSource, ...]:
        """Return every source there is."""
        sources: tuple[DocumentSource, ...] = (self.reports, self.kiosk, self.inventory)
        return sources if self.ads is None else (*sources, self.ads)

    def close(self) -> None:
        """Close every socket; no source can be used afterwards."""
        for source in self.all():
            source.close()


def open_sources(  # noqa: PLR0913 - what a connection is made of, named at the call
    credentials: Credentials,
    marketplace: Marketplace,
    *,
    base_url: str | None,
    budget: RateBudget,
    clock: Clock,
    ads: AdsAccount | None = None,
    retries: Retries = DEFAULT_RETRIES,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Sources:
    """Return the sources of a seller in the marketplace's region. Nothing is sent yet.

    Args:
        credentials: the seller account's.
        marketplace: any marketplace of the region; each wish names its own.
        base_url: None for Amazon itself, or a server that stands in for the Selling Partner API.
        budget: shared by everything that uses this account with this application.
        clock: tells when tokens expire, and waits.
        ads: what opens the account's advertising, where it has any; with an address of its own for a stand-in.
        retries: how often a call that failed is made again before its error is raised.
        patience_seconds: how long a call waits for the budget. The Inventory API's always wait: the token of a page dies soon.

    Raises:
        ConfigError: credentials, an address or the environment are not usable.
    """
    if ads is not None:
        validate_ads(ads, {}, where=marketplace.code)
    account = _Account.open(credentials, marketplace, base_url=base_url, timeout_seconds=TIMEOUT_SECONDS, clock=clock)
    # Not at the top: importing the clients reads the environment that was checked above, and takes half a second.
    from sellerwatch.amazon.sp_client import InventoryClient, KioskClient, ReportsClient  # noqa: PLC0415

    calls = Calls(account.tokens, budget=budget, clock=clock, retries=retries, patience_seconds=patience_seconds)
    patient = Calls(account.tokens, budget=budget, clock=clock, retries=DEFAULT_RETRIES)
    ads_calls = partial(
        Calls, budget=budget, clock=clock, retries=retries, judge=ads_error_for, patience_seconds=patience_seconds
    )
    parts = (credentials, marketplace, account.endpoint, account.tokens, account.http)
    return Sources(
        reports=ReportsSource(AmazonReports(ReportsClient(*parts), calls, http=account.http)),
        kiosk=KioskSource(KioskApi(KioskClient(*parts), calls, http=account.http)),
        inventory=InventorySource(InventoryClient(*parts), patient),
        ads=None if ads is None else _open_ads(ads, marketplace, ads_calls, clock=clock),
    )


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
    account = _Account.open(credentials, marketplace, base_url=base_url, timeout_seconds=timeout_seconds, clock=clock)
    # As above.
    from sellerwatch.amazon.sp_client import ReportsClient  # noqa: PLC0415

    client = ReportsClient(credentials, marketplace, account.endpoint, account.tokens, account.http)
    return AmazonReports(client, Calls(account.tokens, budget=budget, clock=clock, retries=DEFAULT_RETRIES), http=account.http)


@dataclass(frozen=True, slots=True)
class _Account:
    """What all APIs of one seller account in one region have in common."""

    endpoint: Endpoint
    http: httpx.Client
    tokens: TokenSource

    @classmethod
    def open(
        cls, credentials: Credentials, marketplace: Marketplace, *, base_url: str | None, timeout_seconds: float, clock: Clock
    ) -> Self:
        refuse_environment(os.environ)
        validate(credentials, {}, where=marketplace.code)
        endpoint = locate(marketplace, base_url)
        # As above.
        from sellerwatch.amazon.sp_client import TokenSource  # noqa: PLC0415

        http = open_http(endpoint, timeout_seconds=timeout_seconds)
        return cls(endpoint, http, TokenSource(credentials, endpoint, http=http, clock=clock))


def _open_ads(
    account: AdsAccount, marketplace: Marketplace, calls_with: Callable[[Tokens], Calls], *, clock: Clock
) -> AdsSource:
    endpoint = locate_ads(marketplace, account.base_url)
    http = open_http(endpoint, timeout_seconds=TIMEOUT_SECONDS)
    calls = calls_with(ads_tokens(account, endpoint, http=http, clock=clock))
    return AdsSource(AdsApi(account, endpoint, calls, http=http), account.profiles)
