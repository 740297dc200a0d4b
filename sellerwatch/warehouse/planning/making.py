"""A plan from its parts: what is asked for in each store, in the best order, with its price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sellerwatch.core.periods import Days
from sellerwatch.warehouse.planning.drafting import Leg, draft
from sellerwatch.warehouse.planning.known import StoreKnown
from sellerwatch.warehouse.planning.plan import LeftOut, Mode, Plan, Request, Route, RouteTaken
from sellerwatch.warehouse.planning.pricing import Pricing
from sellerwatch.warehouse.planning.ways import Way, ways_of


class Planned:
    """Gathers what is asked for; what two feeds both bring is asked for once."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.left_out: dict[LeftOut, None] = {}
        self.routes: list[RouteTaken] = []
        self._legs: set[tuple[str, str, Leg]] = set()

    def add_store(self, known: StoreKnown, feeds: Sequence[str], mode: Mode, *, named: Route | None, pricing: Pricing) -> None:
        """Take up everything that is asked for of a store."""
        for feed in feeds:
            if feed not in known.pulls:
                self._leave_out(known, feed)
                continue
            for way in ways_of(known, feed, mode, named, pricing):
                self._add_way(known, way, mode)

    def _leave_out(self, known: StoreKnown, feed: str) -> None:
        reason = "the store does not pull it: see its reports and without in stores.yaml"
        for place in known.places:
            self.left_out[LeftOut(known.store_id, place, feed, known.days.range, reason)] = None

    def _add_way(self, known: StoreKnown, way: Way, mode: Mode) -> None:
        for leg in way.legs:
            for place in way.places:
                if (known.store_id, place, leg) not in self._legs:
                    self._legs.add((known.store_id, place, leg))
                    found = draft(known, leg, place, mode)
                    self.left_out |= dict.fromkeys(found.left_out)
                    self.add_requests(found.requests, way.why)

    def add_requests(self, requests: Iterable[Request], why: str) -> None:
        """Take up the requests of one feed, marketplace and route."""
        new = list(requests)
        if not new:
            return
        self.requests += new
        first = min(request.window.days.first for request in new)
        last = max(request.window.days.last for request in new)
        window = new[0].window
        self.routes.append(
            RouteTaken(window.store_id, window.marketplace, window.report, new[0].route, why, len(new), Days(first, last))
        )

    def plan(self, pricing: Pricing) -> Plan:
        """Return the plan: the newest days come first, so that the recent past is usable first."""
        order = {name: number for number, name in enumerate(pricing.pulls)}
        self.requests.sort(key=lambda one: (-one.window.days.last.toordinal(), order[one.window.report]))
        price = pricing.price(self.requests)
        return Plan(
            requests=tuple(self.requests),
            left_out=tuple(self.left_out),
            routes=tuple(self.routes),
            calls=price.calls,
            seconds=price.seconds,
            lower_bound_seconds=price.lower_bound_seconds,
        )
