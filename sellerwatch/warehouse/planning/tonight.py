"""The plan of a night: the windows that it has in the ledger and has not finished, and those that it will still want."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from sellerwatch.core.periods import local_day
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse import wanting, windows
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.feeds import pulls_of
from sellerwatch.warehouse.planning.history import known_feeds, read_pricing
from sellerwatch.warehouse.planning.making import Planned
from sellerwatch.warehouse.planning.plan import Plan, Request
from sellerwatch.warehouse.planning.ways import own_leg
from sellerwatch.warehouse.products import known_asins
from sellerwatch.warehouse.workspace import Workspace


def plan_tonight(workspace: Workspace, stores: Sequence[str], feeds: Sequence[str]) -> Plan:
    """Return what the present night of the stores will ask for; the ledger is read and nothing is written.

    Args:
        workspace: configuration, warehouse and clock.
        stores: the stores; all of them when there are none.
        feeds: names of reports; all that each store pulls when there are none.

    Raises:
        ConfigError: a store or a feed is unknown.
    """
    settings, now = workspace.settings, workspace.clock.now()
    chosen, wanted = tuple(stores) or tuple(settings.stores), known_feeds(settings, feeds)
    planned = Planned()
    with reading(workspace.engine) as connection:
        for store_id in chosen:
            for requests in _by_feed(_requests(connection, settings, store_id, now), wanted):
                planned.add_requests(requests, f"what the night of {tonight_of(settings, store_id, now)} wants")
        return planned.plan(read_pricing(connection, settings, chosen, now))


def tonight_of(settings: Settings, store_id: str, now: datetime) -> date:
    """Return the store's present local day, by its first marketplace."""
    return local_day(now, settings.marketplaces(store_id)[0].zone)


def _requests(connection: Connection, settings: Settings, store_id: str, now: datetime) -> Iterator[Request]:
    places, pulls = settings.marketplaces(store_id), pulls_of(settings, store_id)
    as_of = tonight_of(settings, store_id, now)
    for row in windows.windows_of_night(connection, store_id, as_of):
        if not row.is_finished and row.window.report in pulls:
            route = own_leg(row.window.report, pulls[row.window.report]).route
            yield Request(row.window, route, row.asins, row.state, row.asked_at)
    asins = known_asins(connection, store_id, places, before=as_of)
    for window, products in wanting.still_wanted(connection, store_id, places, pulls, as_of, asins=asins):
        yield Request(window, own_leg(window.report, pulls[window.report]).route, products)


def _by_feed(requests: Iterator[Request], feeds: Collection[str]) -> Iterator[list[Request]]:
    found: dict[tuple[str, str], list[Request]] = {}
    for request in requests:
        if not feeds or request.window.report in feeds:
            found.setdefault((request.window.marketplace, request.window.report), []).append(request)
    yield from found.values()
