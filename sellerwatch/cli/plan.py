"""``sellerwatch plan``: what would be asked of Amazon, by which way, at what cost, and what is left out and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from sellerwatch.cli.screen import say, say_json, say_table
from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.core.periods import Days, local_day
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.planning.history import plan_history
from sellerwatch.warehouse.planning.plan import LeftOut, Plan, RouteTaken
from sellerwatch.warehouse.planning.tonight import plan_tonight
from sellerwatch.warehouse.planning.ways import duration_words
from sellerwatch.warehouse.workspace import Workspace, open_workspace

DAY = "%Y-%m-%d"
MODES = ("gaps", "again")


def plan(  # noqa: PLR0913 - one option each
    first: Annotated[
        datetime | None, typer.Option("--from", formats=[DAY], help="First day. The plan of tonight when left out.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=[DAY], help="Last day, included.")] = None,
    *,
    store: Annotated[list[str] | None, typer.Option(help="Store; repeat for more. All stores when left out.")] = None,
    feed: Annotated[list[str] | None, typer.Option(help="Report of reports.yaml; repeat for more. All when left out.")] = None,
    mode: Annotated[str | None, typer.Option(help="gaps: only days that are missing (default). again: all of them.")] = None,
    route: Annotated[str | None, typer.Option(help="The way to go where a feed has several, such as one_report_a_day.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what would be asked of Amazon for days gone by, or tonight, how long it takes and what is left out. Asks nothing."""
    workspace = open_workspace(load_settings())
    stores, feeds = tuple(store or ()), tuple(feed or ())
    days = _days(workspace, stores, first, last)
    if days is None:
        _refuse(mode=mode, route=route)
        made = plan_tonight(workspace, stores, feeds)
    elif mode in (None, "gaps"):
        made = plan_history(workspace, stores, feeds, days, mode="gaps", route=route)
    elif mode == "again":
        made = plan_history(workspace, stores, feeds, days, mode="again", route=route)
    else:
        raise unknown_value(mode, MODES, what="mode")
    if as_json:
        say_json(made.to_dict())
    else:
        _say(made)


def _days(workspace: Workspace, stores: tuple[str, ...], first: datetime | None, last: datetime | None) -> Days | None:
    """Return the days to plan for; None for tonight.

    Raises:
        ConfigError: only one end is given, they are the wrong way round, or some of them have not come yet.
    """
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise ConfigError("a plan of days gone by needs both ends", remedy="Give --from and --to, or neither for tonight")
    if first > last:
        raise ConfigError(
            f"the first day {first.date()} comes after the last, {last.date()}", remedy="Exchange --from and --to"
        )
    chosen = stores or tuple(workspace.settings.stores)
    now = workspace.clock.now()
    today = max(local_day(now, workspace.settings.marketplaces(store_id)[0].zone) for store_id in chosen)
    if last.date() > today:
        raise ConfigError(f"{last.date()} lies in the future", where="--to", remedy=f"Use {today} or earlier")
    return Days(first.date(), last.date())


def _refuse(*, mode: str | None, route: str | None) -> None:
    """Refuse what has no meaning for tonight.

    Raises:
        ConfigError: a mode or a route is given.
    """
    for name, value in (("--mode", mode), ("--route", route)):
        if value is not None:
            raise ConfigError(f"{name} is for days gone by", where=name, remedy="Give --from and --to as well, or leave it out")


def _say(made: Plan) -> None:
    rows = [
        (routes[0].store_id, places, routes[0].feed, routes[0].route.value, _requests(routes), _days_of(routes), routes[0].why)
        for places, routes in _together(made.routes)
    ]
    if rows:
        say_table("Requests", ("store", "marketplace", "feed", "route", "requests", "days", "why"), rows)
    for places, item in _alike(made.left_out):
        say(f"  left out: {item.store_id} {places} {item.feed} {item.days}: {item.reason}", style="yellow")
    calls = ", ".join(f"{count:,} {operation}" for operation, count in made.calls.items())
    adopted = sum(request.is_adopted for request in made.requests)
    on_their_way = f", {adopted:,} of them on their way already" if adopted else ""
    say(f"{len(made.requests):,} requests{on_their_way}; calls at the least: {calls or 'none'}", style="bold")
    bound = duration_words(made.lower_bound_seconds)
    say(f"expected to take {duration_words(made.seconds)}; Amazon's limits alone force {bound}")


def _together(routes: tuple[RouteTaken, ...]) -> Iterator[tuple[str, list[RouteTaken]]]:
    """Yield the routes of all marketplaces that go the same way for the same reason."""
    found: dict[tuple[object, ...], list[RouteTaken]] = {}
    for one in routes:
        found.setdefault((one.store_id, one.feed, one.route, one.why), []).append(one)
    for alike in found.values():
        yield ", ".join(one.marketplace for one in alike), alike


def _requests(routes: list[RouteTaken]) -> str:
    return f"{sum(one.requests for one in routes):,}"


def _days_of(routes: list[RouteTaken]) -> str:
    return str(Days(min(one.days.first for one in routes), max(one.days.last for one in routes)))


def _alike(left_out: tuple[LeftOut, ...]) -> Iterator[tuple[str, LeftOut]]:
    """Yield what is left out once for all marketplaces that share store, feed, days and reason."""
    places: dict[tuple[object, ...], list[LeftOut]] = {}
    for item in left_out:
        places.setdefault((item.store_id, item.feed, item.days, item.reason), []).append(item)
    for items in places.values():
        yield ", ".join(item.marketplace for item in items), items[0]
