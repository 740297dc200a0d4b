"""``sellerwatch doctor``: whether everything a night needs is in place, one line per check."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, TypeVar

import typer

from sellerwatch.cli.screen import say, say_json
from sellerwatch.core.clock import clock_from_environment
from sellerwatch.core.errors import ConfigError, SellerwatchError
from sellerwatch.delivery.due import SLACK_TOKEN, greet_slack, slack_token
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.pull import connect_store
from sellerwatch.warehouse.workspace import Workspace, open_workspace

Value = TypeVar("Value")
FORCED_MARKETPLACE = "SP_API_DEFAULT_MARKETPLACE"


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
    yield _check("clock", lambda: f"{clock_from_environment().now():%Y-%m-%d %H:%M:%S} UTC")
    yield _check("environment", _forced_marketplace)
    settings, found = _attempt("configuration", load_settings)
    yield found or Check("configuration", is_good=True, detail=str(settings and settings.config_folder))
    if settings is None:
        return
    workspace, found = _attempt("warehouse", lambda: open_workspace(settings))
    yield found or _check("warehouse", lambda: _warehouse(workspace, settings))
    yield _check("raw store", lambda: _raw_store(settings))
    for store_id in settings.stores:
        yield from _store_checks(settings, workspace, store_id, offline=offline)
    yield from _slack_checks(settings, offline=offline)


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, is_good=True, detail=look())
    except SellerwatchError as error:
        return Check(name, is_good=False, detail=str(error))


def _attempt(name: str, make: Callable[[], Value]) -> tuple[Value | None, Check | None]:
    try:
        return make(), None
    except SellerwatchError as error:
        return None, Check(name, is_good=False, detail=str(error))


def _forced_marketplace() -> str:
    if os.environ.get(FORCED_MARKETPLACE):
        raise ConfigError(
            f"{FORCED_MARKETPLACE} is set; the SP-API client would send every call to that marketplace",
            where="environment",
            remedy="Unset it",
        )
    return "nothing overrides the configured marketplaces"


def _warehouse(workspace: Workspace | None, settings: Settings) -> str:
    if workspace is not None:
        with reading(workspace.engine) as connection:
            connection.exec_driver_sql("SELECT 1")
    return settings.warehouse_url.split("@")[-1]


def _raw_store(settings: Settings) -> str:
    folder = settings.raw_folder
    place = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    if not os.access(place, os.W_OK):
        raise ConfigError(
            "the raw store cannot be written", where=str(place), remedy="Give write permission or set SELLERWATCH_DATA"
        )
    return str(folder)


def _store_checks(settings: Settings, workspace: Workspace | None, store_id: str, *, offline: bool) -> Iterator[Check]:
    names = settings.store(store_id).credentials.model_dump()
    missing = [name for name in names.values() if settings.environment.get(name) is None]
    if missing:
        yield Check(f"store {store_id}", is_good=False, detail=f"set {', '.join(missing)}, or the same names with _FILE")
    elif offline or workspace is None:
        yield Check(f"store {store_id}", is_good=True, detail="credentials are set; Amazon was not asked")
    else:
        yield _check(f"store {store_id}", lambda: _log_in(workspace, store_id))


def _log_in(workspace: Workspace, store_id: str) -> str:
    with connect_store(workspace, store_id) as api:
        api.log_in()
    return "Amazon accepts the credentials"


def _slack_checks(settings: Settings, *, offline: bool) -> Iterator[Check]:
    for audience in ("alerts", "ops", "fallback"):
        yield _check(f"channel {audience}", lambda audience=audience: settings.channel(audience))  # type: ignore[misc]  # binds now
    if offline:
        yield _check("Slack", lambda: f"{SLACK_TOKEN} is set; Slack was not asked" if slack_token(settings) else "")
    else:
        yield _check("Slack", lambda: greet_slack(settings))
