"""The accounts of a store at Amazon: its credentials from the environment, and the API each of its reports is asked for at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sellerwatch.amazon.buckets import Lane
from sellerwatch.amazon.budget import Purse
from sellerwatch.amazon.connection import Sources, open_sources
from sellerwatch.amazon.credentials import AdsAccount, Credentials
from sellerwatch.amazon.quotas import Limit, Limits, Owner, Quota
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.amazon.retries import ONE_ATTEMPT
from sellerwatch.amazon.source import DocumentSource
from sellerwatch.core.errors import ConfigError
from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.reports.contract import Source
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.lanes import Step
from sellerwatch.warehouse.rate_budget import SharedBudget
from sellerwatch.warehouse.workspace import Workspace

SELLER: Final = "seller account"
ADVERTISER: Final = "advertising account"
LOGINS: Final[Mapping[Source, str]] = {
    Source.REPORTS: SELLER,
    Source.DATA_KIOSK: SELLER,
    Source.INVENTORY: SELLER,
    Source.ADS: ADVERTISER,
}
"""What has to let us in before an API is used: the three APIs of the Selling Partner API have one login."""


def login_of(report: str) -> str:
    """Return the name of the account that a report's API belongs to."""
    return LOGINS[REPORTS[report].source]


@dataclass(frozen=True, slots=True)
class Accounts:
    """A store's open accounts. What keeps the advertising account closed is told only to who asks for it.

    All sources pay from the ``purse``, so one thread uses them; whose calls they are is told to the ``budget`` behind it.
    """

    sources: Sources
    purse: Purse
    budget: SharedBudget
    ads_error: ConfigError | None = None
    types_with_quota: frozenset[str] = frozenset()

    def step(self, report: str, stage: Literal["ask", "look", "fetch"]) -> Step:
        """Return what the next step of a report calls; one whose account cannot be used calls nothing, and will say why.

        Args:
            report: the report's name.
            stage: what is done next.
        """
        try:
            steps = self.source_of(report).steps
        except ConfigError:
            return Step("")
        if stage == "look":
            return Step(steps.look, is_plentiful=bool(steps.look))
        if stage == "fetch":
            return Step(steps.fetch)
        report_type = REPORTS[report].amazon_type
        return Step(steps.ask, report_type, report_type if report_type in self.types_with_quota else "")

    def source_of(self, report: str) -> DocumentSource:
        """Return the API that a report is asked for at.

        Raises:
            ConfigError: the report is one of advertising, whose credentials are not usable.
        """
        return _SOURCES[REPORTS[report].source](self)

    def log_in(self, login: str) -> None:
        """Fetch the account's access token now.

        Raises:
            SellerwatchError: Amazon refuses the credentials, or they are not usable.
        """
        source: DocumentSource = self.ads if login == ADVERTISER else self.sources.reports
        source.log_in()

    def list_of(self, report_type: str, place: Marketplace, since: datetime) -> Iterable[ReportState]:
        """Yield the finished reports of a type that Amazon made by itself."""
        return self.sources.reports.listed(report_type, [place], since=since)

    @property
    def ads(self) -> DocumentSource:
        """The Ads API.

        Raises:
            ConfigError: its credentials are not usable.
        """
        if self.sources.ads is None:
            raise self.ads_error or ConfigError(
                "the store has no advertising account", where="stores.yaml", remedy="Give the store an `ads` block"
            )
        return self.sources.ads


_AT_ONCE: Final[Mapping[str, Any]] = {"retries": ONE_ATTEMPT, "patience_seconds": 0.0}

_SOURCES: Final[Mapping[Source, Callable[[Accounts], DocumentSource]]] = {
    Source.REPORTS: lambda accounts: accounts.sources.reports,
    Source.DATA_KIOSK: lambda accounts: accounts.sources.kiosk,
    Source.INVENTORY: lambda accounts: accounts.sources.inventory,
    Source.ADS: lambda accounts: accounts.ads,
}


@contextmanager
def open_accounts(
    workspace: Workspace,
    store_id: str,
    *,
    run: str = "",
    lane: Lane = "nightly",
    waits: bool = True,
) -> Iterator[Accounts]:
    """Open a store's accounts, with the credentials and the addresses that are configured; nothing is sent yet.

    Args:
        workspace: where the settings and the shared budget are.
        store_id: the store.
        run: what the calls are counted for, such as "night 2026-11-17"; they are not when it is empty.
        lane: a backfill's calls come after the night's.
        waits: whether a call waits, for the budget and to be made again; one that does not raises at once.

    Raises:
        ConfigError: a credential of the seller account is not set, or not usable.
    """
    settings = workspace.settings
    credentials, owner = seller_credentials(settings, store_id), owner_of(settings, store_id)
    budget = SharedBudget(workspace.engine, owner, rate_limits(settings), lane=lane, run=run, store_id=store_id)
    purse = Purse(budget)
    ads, ads_error = _ads_account(settings, store_id)
    with open_sources(
        credentials,
        settings.marketplaces(store_id)[0],
        base_url=settings.environment.get("SELLERWATCH_SP_API_URL"),
        budget=purse,
        clock=workspace.clock,
        ads=ads,
        **({} if waits else _AT_ONCE),
    ) as sources:
        yield Accounts(sources, purse, budget, ads_error, frozenset(settings.quotas))


def owner_of(settings: Settings, store_id: str) -> Owner:
    """Return whose buckets the store's calls take from; two stores of one account share them.

    Raises:
        ConfigError: a credential of the seller account is not set.
    """
    credentials = seller_credentials(settings, store_id)
    return Owner(fingerprint(credentials.lwa_app_id)[:16], fingerprint(credentials.refresh_token)[:16])


def rate_limits(settings: Settings) -> Limits:
    """Return the limits that are configured, as the rate budget reads them."""
    return Limits(
        margin_seconds=settings.margin_seconds,
        operations={name: Limit(limit.rate, limit.burst) for name, limit in settings.limits.items()},
        report_types={
            report_type: tuple(Quota(quota.operation, Limit(quota.rate, quota.burst), quota.shared_by) for quota in quotas)
            for report_type, quotas in settings.quotas.items()
        },
    )


def seller_credentials(settings: Settings, store_id: str) -> Credentials:
    """Return what opens the store's seller account.

    Raises:
        ConfigError: a part of it is not set; the message names the variable.
    """
    names = settings.store(store_id).credentials
    return Credentials(
        **{
            part: settings.environment.require(name, purpose=f"{part} of store {store_id}")
            for part, name in names.model_dump().items()
        },
    )


def ads_account(settings: Settings, store_id: str) -> AdsAccount | None:
    """Return what opens the store's advertising account; None for a store without one.

    Raises:
        ConfigError: a part of it is not set; the message names the variable.
    """
    ads = settings.store(store_id).ads
    if ads is None:
        return None

    def value(name: str, part: str) -> str:
        return settings.environment.require(name, purpose=f"{part} of the advertising account of store {store_id}")

    return AdsAccount(
        client_id=value(ads.client_id, "client_id"),
        client_secret=value(ads.client_secret, "client_secret"),
        refresh_token=value(ads.refresh_token, "refresh_token"),
        profiles={code: value(name, f"profile {code}") for code, name in ads.profiles.items()},
        base_url=settings.environment.get("SELLERWATCH_ADS_URL"),
    )


def _ads_account(settings: Settings, store_id: str) -> tuple[AdsAccount | None, ConfigError | None]:
    try:
        return ads_account(settings, store_id), None
    except ConfigError as error:
        return None, error
