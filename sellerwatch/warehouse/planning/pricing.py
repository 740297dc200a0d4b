"""What the requests of a plan cost: calls by operation, the time Amazon's limits force, and the time it is expected to take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sellerwatch.reports.contract import Source
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.models import ReportPull
from sellerwatch.warehouse.planning.budget_now import BudgetNow
from sellerwatch.warehouse.planning.cost import Job, Key, Tokens, expected, lower_bound
from sellerwatch.warehouse.planning.known import Feed
from sellerwatch.warehouse.planning.plan import Request
from sellerwatch.warehouse.wanting import LISTING

MAKING_SECONDS: Final = 60.0
"""How long a report takes of whose type the ledger has seen none."""

NO_CALL: Final = ""


@dataclass(frozen=True, slots=True)
class Operations:
    """What a report of a source is come by with; `NO_CALL` where a step calls nothing."""

    ask: str
    look: str
    fetch: str
    find: str


OPERATIONS: Final[Mapping[Source, Operations]] = {
    Source.REPORTS: Operations("createReport", "getReport", "getReportDocument", "getReports"),
    Source.DATA_KIOSK: Operations("createQuery", "getQuery", "getKioskDocument", "getQueries"),
    Source.INVENTORY: Operations(NO_CALL, NO_CALL, "getInventorySummaries", NO_CALL),
    Source.ADS: Operations("createAdsReport", "getAdsReport", "getAdsReport", NO_CALL),
}


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one request: the first one, whether that asks for a new report, and those after the report is made."""

    first: str
    is_new_report: bool
    then: tuple[str, ...]


def calls_of(request: Request) -> Calls:
    """Return the fewest calls that a request takes, from where it stands."""
    steps = OPERATIONS[REPORTS[request.window.report].source]
    after = tuple(step for step in (steps.look, steps.fetch) if step)
    if request.window.part == LISTING:
        return Calls(steps.find, is_new_report=False, then=())
    if request.state == "requested":
        return Calls(NO_CALL, is_new_report=False, then=after)
    if request.state == "requesting" and steps.find:
        return Calls(steps.find, is_new_report=False, then=after)
    return Calls(steps.ask, is_new_report=bool(steps.ask), then=after)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What requests that are alike have in common."""

    calls: Calls
    job: Job
    buckets: Mapping[Key, Tokens]


@dataclass(frozen=True, slots=True)
class Price:
    """What requests cost; the fields are those of a plan."""

    calls: Mapping[str, int]
    seconds: float
    lower_bound_seconds: float


@dataclass(frozen=True, slots=True)
class Pricing:
    """What it takes to price requests.

    Attributes:
        now: the moment.
        budget: the limits, and what is saved up.
        pulls: how each report is pulled.
        usual_seconds: how long Amazon usually takes to make a report, by our name of it.
        last_asked: when a feed was last asked for, by store.
    """

    now: datetime
    budget: BudgetNow
    pulls: Mapping[str, ReportPull]
    usual_seconds: Mapping[str, int] = field(default_factory=dict)
    last_asked: Mapping[tuple[str, Feed], datetime] = field(default_factory=dict)

    def price(self, requests: Iterable[Request]) -> Price:
        """Return what the requests cost, made in this order."""
        kinds = self._kinds(requests)
        jobs, buckets = [kind.job for kind in kinds], _buckets(kinds)
        return Price(_count_calls(kinds), expected(jobs, buckets), lower_bound(jobs, buckets))

    def bound(self, requests: Iterable[Request]) -> float:
        """Return the seconds that Amazon's limits alone force."""
        kinds = self._kinds(requests)
        return lower_bound([kind.job for kind in kinds], _buckets(kinds))

    def _kinds(self, requests: Iterable[Request]) -> list[_Kind]:
        """Return the kind of each request; most are alike, and of those it is found once."""
        known: dict[tuple[object, ...], _Kind] = {}
        kinds: list[_Kind] = []
        for request in requests:
            window = request.window
            alike = (
                window.report,
                window.marketplace,
                window.store_id,
                window.part == LISTING,
                request.state,
                request.asked_at,
            )
            kind = known.get(alike)
            if kind is None:
                kind = known[alike] = self._kind(request)
            kinds.append(kind)
        return kinds

    def _kind(self, request: Request) -> _Kind:
        calls = calls_of(request)
        buckets: dict[Key, Tokens] = {}
        asks, then = self._keys(request, calls, buckets)
        return _Kind(calls, Job(asks, then, self._making(request, calls)), buckets)

    def _keys(self, request: Request, calls: Calls, buckets: dict[Key, Tokens]) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
        """Return the buckets that asking and what follows take from, and note what they are."""
        store_id, report = request.window.store_id, request.window.report
        asks: dict[Key, Tokens] = {}
        if calls.first:
            report_type = REPORTS[report].amazon_type if calls.is_new_report else ""
            asks |= self.budget.taken_from(store_id, calls.first, report_type)
        if calls.is_new_report and self.pulls[report].cooldown_minutes:
            asks |= self._cooling(store_id, (request.window.marketplace, report))
        then = [self.budget.taken_from(store_id, operation) for operation in calls.then]
        for found in (asks, *then):
            buckets |= found
        return tuple(asks), tuple(key for found in then for key in found)

    def _cooling(self, store_id: str, feed: Feed) -> dict[Key, Tokens]:
        """Return a type's cool-down in a marketplace as a bucket of one token, which the last report may have taken."""
        refill = timedelta(minutes=self.pulls[feed[1]].cooldown_minutes)
        asked_at = self.last_asked.get((store_id, feed), self.now - refill)
        saved = min(1.0, max(0.0, (self.now - asked_at) / refill))
        return {("cool-down", store_id, *feed): Tokens(1 / refill.total_seconds(), 1, saved)}

    def _making(self, request: Request, calls: Calls) -> float:
        """Return how long Amazon still takes to make the report."""
        usual = float(self.usual_seconds.get(request.window.report, MAKING_SECONDS))
        if calls.is_new_report:
            return usual
        if request.asked_at is None:
            return 0.0  # the list and the inventory answer at once
        return max(0.0, usual - (self.now - request.asked_at).total_seconds())


def _buckets(kinds: Iterable[_Kind]) -> dict[Key, Tokens]:
    return {key: bucket for kind in {id(kind): kind for kind in kinds}.values() for key, bucket in kind.buckets.items()}


def _count_calls(kinds: Iterable[_Kind]) -> dict[str, int]:
    """Return the fewest calls by operation, the most frequent ones first."""
    counts: Counter[str] = Counter()
    for calls, count in Counter(kind.calls for kind in kinds).items():
        for step in filter(None, (calls.first, *calls.then)):
            counts[step] += count
    return dict(counts.most_common())
