"""Which way each feed is asked for, and why: the one that Amazon's limits let through sooner, unless a person names another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sellerwatch.reports.contract import Source
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.models import CalendarPeriod, ListedPeriod, RangePeriod, ReportPull, SnapshotPeriod
from sellerwatch.warehouse.planning.drafting import Leg, draft
from sellerwatch.warehouse.planning.known import StoreKnown
from sellerwatch.warehouse.planning.plan import Mode, Request, Route
from sellerwatch.warehouse.planning.pricing import Pricing

MINUTE, HOUR, DAY = 60, 3600, 86400

WHY: Final[Mapping[Route, str]] = {
    Route.DATA_KIOSK_TRENDS: "one query covers up to {days} days of {products} products",
    Route.ONE_REPORT_A_DAY: "one report covers one day",
    Route.RANGE_REPORTS: "one report covers up to {days} days",
    Route.CALENDAR_PERIODS: "Amazon makes it by whole {period}",
    Route.AMAZON_LIST: "Amazon makes these by itself: one look through its list finds them, and each costs a document more",
    Route.SNAPSHOT: "it speaks of the present: only a report that was asked for on its day can still be fetched",
}
"""Why a feed that has one way goes it."""

NAMED: Final = "the way that was asked for"


@dataclass(frozen=True, slots=True)
class Way:
    """The legs of a feed in some marketplaces, and the reason for them."""

    legs: tuple[Leg, ...]
    places: tuple[str, ...]
    why: str


def ways_of(known: StoreKnown, feed: str, mode: Mode, named: Route | None, pricing: Pricing) -> tuple[Way, ...]:
    """Return the way that each marketplace's history of a feed comes by.

    Args:
        known: the store as it is.
        feed: one of its reports.
        mode: what is asked for of it.
        named: the way a person wants; a feed that cannot go it goes its own.
        pricing: tells which way is sooner done.
    """
    choices = choices_of(feed, known.pulls)
    if named in choices and len(choices) > 1:
        return (Way(choices[named], known.places, NAMED),)
    pull = known.pulls[feed]
    if isinstance(pull, RangePeriod) and pull.history_from:
        return _elsewhere(known, feed, pull.history_from, mode, pricing)
    leg = own_leg(feed, pull)
    return (Way((leg,), known.places, why_of(leg, pull)),)


def own_leg(feed: str, pull: ReportPull) -> Leg:
    """Return the way that the feed's own reports are asked for."""
    if isinstance(pull, SnapshotPeriod):
        return Leg(feed, Route.SNAPSHOT)
    if isinstance(pull, ListedPeriod):
        return Leg(feed, Route.AMAZON_LIST)
    if isinstance(pull, CalendarPeriod):
        return Leg(feed, Route.CALENDAR_PERIODS)
    if pull.period == "daily":
        return Leg(feed, Route.ONE_REPORT_A_DAY)
    is_by_query = REPORTS[feed].source is Source.DATA_KIOSK and pull.asins_per_report
    return Leg(feed, Route.DATA_KIOSK_TRENDS if is_by_query else Route.RANGE_REPORTS, pull.max_days)


def why_of(leg: Leg, pull: ReportPull) -> str:
    """Return why a feed goes the one way it has."""
    period = getattr(pull, "period", "")
    return WHY[leg.route].format(days=leg.max_days, products=getattr(pull, "asins_per_report", 0), period=period)


def choices_of(feed: str, pulls: Mapping[str, ReportPull]) -> dict[Route, tuple[Leg, ...]]:
    """Return every way a feed's history can be asked for; most have one."""
    pull = pulls[feed]
    own = own_leg(feed, pull)
    choices: dict[Route, tuple[Leg, ...]] = {own.route: (own,)}
    if isinstance(pull, RangePeriod) and pull.history_max_days:
        ranges = Leg(feed, Route.RANGE_REPORTS, pull.history_max_days)
        choices[Route.RANGE_REPORTS] = (ranges,)
        if pull.history_from and pull.history_from in pulls:
            other = own_leg(pull.history_from, pulls[pull.history_from])
            choices[other.route] = (other, ranges)
    return choices


def _elsewhere(known: StoreKnown, feed: str, source: str, mode: Mode, pricing: Pricing) -> tuple[Way, ...]:
    """Return the ways of a feed whose history another feed has."""
    own = own_leg(feed, known.pulls[feed])
    why = why_of(own, known.pulls[feed])
    if source not in known.pulls:
        return (Way((own,), known.places, f"{why}, and the store does not pull {source}"),)
    other = own_leg(source, known.pulls[source])
    choices = choices_of(feed, known.pulls)
    if other.route not in choices or len(choices) == 1:
        history = Way((other,), known.places, f"{feed} has no history of its own: it comes from {source}")
        return (Way((own,), known.places, why), history)
    covered = tuple(place for place in known.places if known.products.get(place) and place not in known.pulls[source].not_in)
    rest = tuple(place for place in known.places if place not in covered)
    ways = (_sooner(known, (own,), choices[other.route], covered, mode, pricing),) if covered else ()
    no_products = f"{why}, and no product is known that {source} could be asked about"
    return (*ways, Way((own,), rest, no_products)) if rest else ways


def _sooner(
    known: StoreKnown, one_by_one: tuple[Leg, ...], many: tuple[Leg, ...], places: tuple[str, ...], mode: Mode, pricing: Pricing
) -> Way:
    """Return the way that Amazon's limits let through sooner; of two that take the same time, the one with fewer requests."""
    candidates = [(legs, [*_requests(known, legs, places, mode)]) for legs in (many, one_by_one)]
    bounds = [pricing.bound(requests) for _, requests in candidates]
    first, second = (
        f"{_counted(requests)} take {duration_words(seconds)} at the least"
        for (_, requests), seconds in zip(candidates, bounds, strict=True)
    )
    if (bounds[1], len(candidates[1][1])) <= (bounds[0], len(candidates[0][1])):
        return Way(one_by_one, places, f"{second}; {first}")
    return Way(many, places, f"{first}; {second}")


def _requests(known: StoreKnown, legs: tuple[Leg, ...], places: tuple[str, ...], mode: Mode) -> list[Request]:
    return [request for leg in legs for place in places for request in draft(known, leg, place, mode).requests]


_CALLED: Final[Mapping[Route, tuple[str, str]]] = {
    Route.DATA_KIOSK_TRENDS: ("query", "queries"),
    Route.ONE_REPORT_A_DAY: ("daily report", "daily reports"),
    Route.RANGE_REPORTS: ("range report", "range reports"),
    Route.CALENDAR_PERIODS: ("periodic report", "periodic reports"),
    Route.AMAZON_LIST: ("look", "looks"),
    Route.SNAPSHOT: ("snapshot", "snapshots"),
}


def _counted(requests: list[Request]) -> str:
    """Return how many requests of each route there are, in words."""
    counts: dict[Route, int] = {}
    for request in requests:
        counts[request.route] = counts.get(request.route, 0) + 1
    words = [f"{count:,} {_CALLED[route][count != 1]}" for route, count in counts.items()]
    return " and ".join(words) or "no report"


def duration_words(seconds: float) -> str:
    """Return a duration as a person says it: 45 s, 12 min, 18.0 h, 11.4 days."""
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * HOUR:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds / HOUR:.1f} h" if seconds < 2 * DAY else f"{seconds / DAY:.1f} days"
