"""``sellerwatch doctor``: whether everything a night needs is in place, one line per check."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Annotated, Literal, TypeVar

import typer

from sellerwatch.amazon import ads_api, inventory_source, kiosk_api, reports_api
from sellerwatch.amazon.endpoint import refuse_environment
from sellerwatch.cli.screen import say, say_json
from sellerwatch.core.clock import clock_from_environment
from sellerwatch.core.errors import ConfigError, SellerwatchError, unknown_value
from sellerwatch.delivery.due import SLACK_TOKEN, greet_slack, look_into_channel, slack_token
from sellerwatch.delivery.mirrors import Mirror, mirrors_of
from sellerwatch.delivery.notifier import is_address
from sellerwatch.delivery.socket_mode import APP_TOKEN, try_app_token
from sellerwatch.metrics.catalogue import measurements
from sellerwatch.metrics.measure import CHECK_FAILURE, FEED_AGE, MEASURES, PROBLEMS
from sellerwatch.reports.registry import BY_AMAZON_TYPE, REPORTS
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.models import Store
from sellerwatch.warehouse.accounts import ADVERTISER, SELLER, open_accounts
from sellerwatch.warehouse.checks.catalogue import limits_of
from sellerwatch.warehouse.workspace import Workspace, open_workspace

Value = TypeVar("Value")
CALLS = (
    *(reports_api.CREATE, reports_api.GET, reports_api.LIST, reports_api.DOCUMENT),
    *(kiosk_api.CREATE, kiosk_api.GET, kiosk_api.LIST, kiosk_api.DOCUMENT),
    inventory_source.SUMMARIES,
    *(ads_api.CREATE, ads_api.GET),
)
"""Every operation that a night may call."""

AUDIENCES: tuple[Literal["alerts", "ops", "fallback"], ...] = ("alerts", "ops", "fallback")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    is_good: bool
    detail: str


def doctor(
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Do not call Amazon or Slack.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check configuration, warehouse, credentials, Amazon and Slack; say what to do about each thing that is wrong."""
    checks = list(examine(offline=offline))
    if as_json:
        say_json({"checks": [{"name": item.name, "ok": item.is_good, "detail": item.detail} for item in checks]})
    else:
        for item in checks:
            say(f"{'ok  ' if item.is_good else 'BAD '} {item.name}: {item.detail}", style="" if item.is_good else "red")
    if not all(item.is_good for item in checks):
        raise typer.Exit(1)


def examine(*, offline: bool) -> Iterator[Check]:
    """Yield one result per check; what needs an earlier check to pass is left out when it fails."""
    yield Check("python", is_good=True, detail=sys.version.split()[0])
    clock = _check("clock", lambda: f"{clock_from_environment().now():%Y-%m-%d %H:%M:%S} UTC")
    yield clock
    yield _check("environment", _steering_variables)
    settings, found = _attempt("configuration", load_settings)
    yield found or Check("configuration", is_good=True, detail=str(settings and settings.config_folder))
    if settings is None:
        return
    for name, look in (("reports", _reports), ("metrics", _metrics), ("limits", _limits), ("data checks", _data_checks)):
        yield _check(name, partial(look, settings))
    workspace = None
    if clock.is_good:
        workspace, found = _attempt("warehouse", lambda: open_workspace(settings))
        yield found or Check("warehouse", is_good=True, detail=settings.warehouse_place)
    yield _check("raw store", lambda: _raw_store(settings))
    for store_id in settings.stores:
        yield _check(f"store {store_id}", partial(_store, settings, workspace, store_id, offline=offline))
    yield from _slack_checks(settings, offline=offline)


def _check(name: str, look: Callable[[], str]) -> Check:
    detail, found = _attempt(name, look)
    return found or Check(name, is_good=True, detail=detail or "")


def _attempt(name: str, make: Callable[[], Value]) -> tuple[Value | None, Check | None]:
    try:
        return make(), None
    except SellerwatchError as error:
        return None, Check(name, is_good=False, detail=str(error))


def _steering_variables() -> str:
    refuse_environment(os.environ)
    return "nothing overrides the configured marketplaces"


def _reports(settings: Settings) -> str:
    """Ask whether every configured report is one that can be read; the night would find out only when it pulls."""
    return _all_known(settings.reports, REPORTS, what="report", file="reports.yaml", settings=settings)


def _metrics(settings: Settings) -> str:
    """Ask whether everything a night measures is defined, and every metric of the catalogue is made of what there is."""
    measurements(settings)
    measured = dict.fromkeys([*(item.metric for item in MEASURES), FEED_AGE, PROBLEMS, CHECK_FAILURE])
    _all_known(measured, settings.metrics, what="metric", file="metrics.yaml", settings=settings)
    nightly = sum(metric.is_measured for metric in settings.metrics.values())
    return f"{nightly} that nights measure, {len(settings.metrics) - nightly} that people fill in or nobody can observe"


def _limits(settings: Settings) -> str:
    """Ask whether every call that a night makes has a rate, and every type of report with limits of its own is one we know."""
    _all_known(settings.quotas, BY_AMAZON_TYPE, what="report type", file="limits.yaml", settings=settings)
    made = [operation.name for operation in CALLS]
    return _all_known(made, settings.limits, what="operation", file="limits.yaml", settings=settings)


def _data_checks(settings: Settings) -> str:
    """Ask whether every data check has its limits, and no other is named."""
    return f"{len(limits_of(settings))} with limits"


def _all_known(names: Collection[str], known: Collection[str], *, what: str, file: str, settings: Settings) -> str:
    for name in names:
        if name not in known:
            raise unknown_value(name, known, what=what, where=str(settings.config_folder / file))
    return ", ".join(names)


def _raw_store(settings: Settings) -> str:
    folder = settings.raw_folder
    place = next((path for path in (folder, *folder.parents) if os.path.lexists(path)), folder)
    if not place.is_dir():
        raise ConfigError(
            "the raw store cannot be made: a file is in the way", where=str(place), remedy="Remove it or set SELLERWATCH_DATA"
        )
    if not os.access(place, os.W_OK | os.X_OK):
        raise ConfigError(
            "the raw store cannot be written", where=str(place), remedy="Give write permission or set SELLERWATCH_DATA"
        )
    return str(folder)


def _store(settings: Settings, workspace: Workspace | None, store_id: str, *, offline: bool) -> str:
    store = settings.store(store_id)
    names = [*store.credentials.model_dump().values(), *_names_of_ads(store)]
    missing = [name for name in names if settings.environment.get(name) is None]
    if missing:
        raise ConfigError(
            f"not set: {', '.join(missing)}",
            where="environment",
            remedy="Set each of them, or its name with _FILE to a file that holds it",
        )
    if offline or workspace is None:
        return "credentials are set; Amazon was not asked"
    with open_accounts(workspace, store_id) as accounts:
        for login in (SELLER, ADVERTISER) if store.ads else (SELLER,):
            accounts.log_in(login)
    return "Amazon accepts the credentials"


def _names_of_ads(store: Store) -> list[str]:
    if store.ads is None:
        return []
    return [store.ads.client_id, store.ads.client_secret, store.ads.refresh_token, *store.ads.profiles.values()]


def _slack_checks(settings: Settings, *, offline: bool) -> Iterator[Check]:
    if offline:
        greeted = _check("Slack", lambda: f"{SLACK_TOKEN} is set; Slack was not asked" if slack_token(settings) else "")
    else:
        greeted = _check("Slack", lambda: greet_slack(settings))
    may_ask = greeted.is_good and not offline
    look = cache(partial(look_into_channel, settings)) if may_ask else str
    for name, find in _channels(settings):
        yield _check(name, partial(_looked_into, find, look))
    yield greeted
    if settings.environment.get(APP_TOKEN) is not None:
        yield _check(
            "Slack buttons", lambda: f"{APP_TOKEN} is set; Slack was not asked" if offline else try_app_token(settings)
        )
    for mirror in mirrors_of(settings):
        yield _check(f"beside Slack {mirror.name}", partial(_beside_slack, mirror))


def _looked_into(find: Callable[[], str], look: Callable[[str], str]) -> str:
    return look(find())


def _channels(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    for audience in AUDIENCES:
        yield f"channel {audience}", partial(settings.channel, audience)
    for route in settings.routing.telling.routes:
        yield f"channel of a route {' or '.join(route.channels)}", partial(settings.channel_of, route)


def _beside_slack(mirror: Mirror) -> str:
    """Ask whether the address is one that can be sent to; it is a secret, and nobody is called."""
    if not is_address(mirror.address):
        raise ConfigError(
            "no address that Apprise knows", where=mirror.name, remedy="Write one such as feishu://TOKEN, or unset it"
        )
    return "an address that Apprise knows"
