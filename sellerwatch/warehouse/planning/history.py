"""The plan of a backfill: exactly what will be asked for of stores and feeds over days gone by."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.core.periods import Days, local_day
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import ReportPull
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.feeds import pulls_of, without_profile
from sellerwatch.warehouse.planning.askable import is_of_the_present
from sellerwatch.warehouse.planning.budget_now import read_budget
from sellerwatch.warehouse.planning.day_sets import DaySets
from sellerwatch.warehouse.planning.known import (
    StoreKnown,
    products_per_report,
    read_covered,
    read_last_asked,
    read_unfinished,
    read_usual_seconds,
)
from sellerwatch.warehouse.planning.making import Planned
from sellerwatch.warehouse.planning.plan import Mode, Plan, Route
from sellerwatch.warehouse.planning.pricing import Pricing
from sellerwatch.warehouse.planning.ways import choices_of
from sellerwatch.warehouse.products import ever_known_asins
from sellerwatch.warehouse.workspace import Workspace


def plan_history(
    workspace: Workspace,
    stores: Sequence[str],
    feeds: Sequence[str],
    days: Days,
    *,
    mode: Mode = "gaps",
    route: Route | str | None = None,
) -> Plan:
    """Return the plan for days gone by; the ledger is read and nothing is written.

    Args:
        workspace: configuration, warehouse and clock.
        stores: the stores; all of them when there are none.
        feeds: names of reports; all that each store pulls when there are none.
        days: the days, both ends included; those that are not over in a store are left out there.
        mode: only the days that no finished window covers, or all of them.
        route: the way a person wants; feeds that cannot go it go their own.

    Raises:
        ConfigError: a store, a feed or the route is unknown, or no chosen feed can go the route.
    """
    settings, now = workspace.settings, workspace.clock.now()
    chosen = tuple(stores) or tuple(settings.stores)
    pulls = {store_id: pulls_of(settings, store_id) for store_id in chosen}
    wanted = {store_id: tuple(known_feeds(settings, feeds)) or tuple(pulls[store_id]) for store_id in chosen}
    named = _route(route, pulls, wanted) if route else None
    planned = Planned()
    with reading(workspace.engine) as connection:
        pricing = read_pricing(connection, settings, chosen, now)
        for store_id in chosen:
            known = _read_store(connection, settings, store_id, (days, wanted[store_id]), now)
            planned.add_store(known, wanted[store_id], mode, named=named, pricing=pricing)
    return planned.plan(pricing)


def known_feeds(settings: Settings, feeds: Sequence[str]) -> Sequence[str]:
    """Return the feeds.

    Raises:
        ConfigError: one of them is not configured; the message lists those that are.
    """
    for feed in feeds:
        if feed not in settings.reports:
            raise unknown_value(feed, settings.reports, what="feed", where=str(settings.config_folder / "reports.yaml"))
    return feeds


def _route(name: Route | str, pulls: Mapping[str, Mapping[str, ReportPull]], wanted: Mapping[str, Sequence[str]]) -> Route:
    """Return the route a person names.

    Raises:
        ConfigError: there is no such route, or none of the feeds can go it.
    """
    if name not in list(Route):
        raise unknown_value(name, list(Route), what="route")
    open_ways = {
        way
        for store_id, feeds in wanted.items()
        for feed in feeds
        if feed in pulls[store_id]
        for way in choices_of(feed, pulls[store_id])
    }
    if name not in open_ways:
        known = ", ".join(way for way in Route if way in open_ways)
        raise ConfigError(f"no chosen feed can go the route {str(name)!r}", remedy=f"Leave it out, or use one of: {known}")
    return Route(name)


def _read_store(
    connection: Connection, settings: Settings, store_id: str, wanted: tuple[Days, Sequence[str]], now: datetime
) -> StoreKnown:
    """Return what is known of a store, for the feeds that are wanted of it and those that have their history."""
    days, feeds = wanted
    pulls, places = pulls_of(settings, store_id), settings.marketplaces(store_id)
    sources = {getattr(pulls[feed], "history_from", None) for feed in feeds if feed in pulls}
    concerned = {name: pull for name, pull in pulls.items() if name in feeds or name in sources}
    sets = DaySets(days)
    has_products = any(products_per_report(pull) for pull in concerned.values())
    return StoreKnown(
        store_id=store_id,
        places=tuple(place.code for place in places),
        today=local_day(now, places[0].zone),
        days=sets,
        pulls=pulls,
        without_profile=without_profile(settings, store_id),
        products=ever_known_asins(connection, store_id) if has_products else {},
        covered=read_covered(connection, store_id, concerned, sets),
        unfinished=read_unfinished(connection, store_id, concerned, days),
    )


def read_pricing(connection: Connection, settings: Settings, stores: Collection[str], now: datetime) -> Pricing:
    """Return what it takes to price requests of the stores; how long a report takes all configured stores tell."""
    cooling = [name for name, pull in settings.reports.items() if pull.cooldown_minutes and not is_of_the_present(pull)]
    places = {store_id: [(store_id, code) for code in store.marketplaces] for store_id, store in settings.stores.items()}
    everywhere = list(chain.from_iterable(places.values()))
    ours = list(chain.from_iterable(places[store_id] for store_id in stores))
    return Pricing(
        now=now,
        budget=read_budget(connection, settings, stores, now),
        pulls=settings.reports,
        usual_seconds=read_usual_seconds(connection, everywhere, settings.reports, now.date()),
        last_asked=read_last_asked(connection, ours, cooling),
    )
