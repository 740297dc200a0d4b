"""Everything the simulated Amazon remembers: reports, documents, access tokens, buckets, calls, and the faults that wait."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import unknown_value
from sellerwatch.core.ids import fingerprint, stable_uuid
from sellerwatch.simulator.amazon.faults import FaultBook
from sellerwatch.simulator.amazon.limits import ALL_LIMITS, SALES_AND_TRAFFIC_QUOTAS, Buckets, Limit
from sellerwatch.simulator.amazon.report_types import COOL_DOWNS
from sellerwatch.simulator.amazon.shelf import Shelf, place_of
from sellerwatch.simulator.ports import Rendered, Seller, World

Api = Literal["sp", "ads"]
Status = Literal["IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL"]
STATUSES: tuple[Status, ...] = ("IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL")

RETENTION = timedelta(days=90)
QUERY_RETENTION = timedelta(days=30)
"""How long a query of Data Kiosk and its documents are kept: every field of its schemas says so."""


@dataclass(frozen=True, slots=True)
class AmazonSettings:
    """How the simulated Amazon behaves; the defaults are what the real one publishes.

    Attributes:
        queue_seconds: how long a report waits before it is processed.
        processing_seconds: how long it is processed.
        compress_from_bytes: documents of this size or more are stored as gzip; 0 compresses all.
        url_seconds: how long a document's URL can be used.
        token_seconds: how long an access token can be used.
        ads_url_seconds: how long the URL of an ads report can be used.
        ads_duplicate_seconds: how long the same order for an ads report is answered with the report already made.
        query_rows: rows in one document of Data Kiosk; what is left over is the next page.
        inventory_token_seconds: how long the token for the next page of inventory summaries can be used.
        limits: rate and burst of every operation.
        sales_and_traffic_quota: which reading of the quota of sales and traffic holds, by its name in `SALES_AND_TRAFFIC_QUOTAS`.
        type_limits: further limits on createReport, by report type; one of sales and traffic takes the place of its quota.
        cool_downs: how soon after one report of a type the next is cancelled.
        settlement_days: how many days a settlement covers.
    """

    queue_seconds: float = 20.0
    processing_seconds: float = 40.0
    compress_from_bytes: int = 1024
    url_seconds: int = 300
    token_seconds: int = 3600
    ads_url_seconds: int = 3600
    ads_duplicate_seconds: int = 3600
    query_rows: int = 10_000
    inventory_token_seconds: int = 30
    limits: Mapping[str, Limit] = field(default_factory=lambda: ALL_LIMITS)
    sales_and_traffic_quota: str = "none"
    type_limits: Mapping[str, Limit] = field(default_factory=dict)
    cool_downs: Mapping[str, timedelta] = field(default_factory=lambda: COOL_DOWNS)
    settlement_days: int = 14

    def __post_init__(self) -> None:
        """Refuse a quota nobody knows.

        Raises:
            ConfigError: the name of the quota is unknown; the message lists all names.
        """
        if self.sales_and_traffic_quota not in SALES_AND_TRAFFIC_QUOTAS:
            raise unknown_value(
                self.sales_and_traffic_quota,
                SALES_AND_TRAFFIC_QUOTAS,
                what="quota of sales and traffic",
                where="simulator",
            )

    def limit_of_type(self, report_type: str) -> Limit | None:
        """Return the further limit on createReport for reports of this type, None without one."""
        return self.type_limits.get(report_type) or SALES_AND_TRAFFIC_QUOTAS[self.sales_and_traffic_quota].get(report_type)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a report when it was asked for: its outcome, or the status it never leaves."""

    because: str
    outcome: Rendered | None = None
    stuck_in: Status | None = None
    queued_longer: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Document:
    """A report's document as it is stored: compressed or not, and whether its headers say so."""

    payload: bytes
    content_type: str
    is_gzip: bool
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for, or what Amazon makes by itself; every API that makes documents fills in what it knows."""

    seller_id: str
    report_type: str
    marketplace_ids: tuple[str, ...]
    data_start: datetime | None
    data_end: datetime | None
    options: Mapping[str, str]


@dataclass(slots=True)
class Report:
    """One report and how far it has come.

    Attributes:
        maker: what renders it when its time has come; the world, where there is none.
    """

    DOCUMENT_PREFIX: ClassVar[str] = "amzn1.spdoc.1.4.na."

    report_id: str
    order: Order
    created_at: datetime
    started_at: datetime
    ended_at: datetime
    verdict: Verdict | None = None
    cancelled_at: datetime | None = None
    finished_as: Status | None = None
    rendered: Rendered | None = None
    document: Document | None = None
    maker: Callable[[], Rendered] | None = None

    @property
    def document_id(self) -> str | None:
        """The id of the report's document, in the form Amazon's have; None while and where there is none."""
        if self.rendered is None:
            return None
        return f"{self.DOCUMENT_PREFIX}{stable_uuid('document', self.order.seller_id, self.report_id)}.{self.report_id}"


@dataclass(slots=True)
class Query(Report):
    """One query of Data Kiosk: its text, and the token of its next page where it has one."""

    DOCUMENT_PREFIX: ClassVar[str] = "amzn1.tortuga.4.na."

    text: str = ""
    next_token: str = ""


@dataclass(slots=True)
class AdsReport(Report):
    """One report of the Ads API: the profile it belongs to, and what was asked for in its own words."""

    DOCUMENT_PREFIX: ClassVar[str] = "amzn1.offline-report."

    profile_id: str = ""
    name: str | None = None
    configuration: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What an access token opens, and until when; the client it was issued to must use it."""

    seller_id: str
    expires_at: datetime
    api: Api
    client_id: str


@dataclass(slots=True)
class CallCount:
    """How often a seller called an operation, and how that ended."""

    calls: int = 0
    throttled: int = 0
    failed: int = 0


_Sort = tuple[str, str, frozenset[str]]
"""What makes two reports the same to Amazon: seller, type and set of marketplaces."""


@dataclass(slots=True)
class AmazonState:
    """The memory of one simulated Amazon."""

    world: World
    clock: Clock
    base_url: str
    settings: AmazonSettings = field(default_factory=AmazonSettings)
    faults: FaultBook = field(default_factory=FaultBook)
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    reports: Shelf[Report] = field(default_factory=Shelf)
    queries: Shelf[Query] = field(default_factory=Shelf)
    ads_reports: Shelf[AdsReport] = field(default_factory=Shelf)
    examined_settlements: set[str] = field(default_factory=set)
    calls: dict[tuple[str, str], CallCount] = field(default_factory=dict)
    total_calls: int = 0
    unexpected: list[dict[str, str]] = field(default_factory=list)
    _buckets: Buckets = field(init=False)
    _made: dict[_Sort, list[Report]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Begin with full buckets."""
        self._buckets = Buckets(self.clock)

    def seller(self, seller_id: str) -> Seller:
        """Return the seller with this id, who must exist."""
        return next(seller for seller in self.world.sellers if seller.seller_id == seller_id)

    def report_of_document(self, document_id: str) -> Report | None:
        """Return the report whose document this is, whoever owns it and whichever API made it."""
        report_id = report_id_in(document_id)
        shelves = (self.reports, self.queries, self.ads_reports)
        found = (report for shelf in shelves for report in shelf.with_id(report_id))
        return next((report for report in found if report.document_id == document_id), None)

    def keep(self, report: Report) -> None:
        """Remember a report that was asked for."""
        self.reports[report.order.seller_id, report.report_id] = report
        if report.verdict is None and report.order.report_type in self.settings.cool_downs:
            insort(self._made.setdefault(_sort_of(report.order), []), report, key=place_of)

    def was_made_since(self, order: Order, instant: datetime) -> bool:
        """Say whether the same report for the same marketplaces was asked for after the instant, and was not cancelled."""
        for report in reversed(self._made.get(_sort_of(order), [])):
            if report.created_at <= instant:
                return False
            if report.cancelled_at is None:
                return True
        return False

    def note_unexpected(self, what: str, where: str) -> None:
        """Keep something nobody should have done, for a person to read."""
        self.unexpected.append({"at": self.clock.now().isoformat(), "what": what, "where": where})

    def count(self, seller_id: str, operation: str, status: int) -> None:
        """Count one call and how it ended."""
        entry = self.calls.setdefault((seller_id, operation), CallCount())
        self.total_calls += 1
        entry.calls += 1
        entry.throttled += status == THROTTLED
        entry.failed += status >= FIRST_FAILURE and status != THROTTLED

    def seconds_to_wait(self, operation: str, token: AccessToken, *, profile_id: str = "") -> float:
        """Take a token for a call; return 0, or how long there will be none. Each profile of the Ads API has its own."""
        limit = self.settings.limits.get(operation)
        if limit is None:
            return 0.0
        return self._buckets.take(operation, limit, owner=profile_id or limit.owner(token.seller_id, token.client_id))

    def has_token_of_type(self, report_type: str, *, seller_id: str, client_id: str) -> bool:
        """Take the token that createReport needs for a report of this type beside its own; say whether there was one.

        Without one the operation's token, which is taken already, is given back: a refusal costs nothing.
        """
        limit = self.settings.limit_of_type(report_type)
        if limit is None or not self._buckets.take(report_type, limit, owner=limit.owner(seller_id, client_id)):
            return True
        of_operation = self.settings.limits.get(CREATE_REPORT)
        if of_operation is not None:
            self._buckets.give_back(CREATE_REPORT, owner=of_operation.owner(seller_id, client_id))
        return False


def _sort_of(order: Order) -> _Sort:
    return order.seller_id, order.report_type, frozenset(order.marketplace_ids)


CREATE_REPORT = "createReport"
THROTTLED = 429
FIRST_FAILURE = 400


def new_report_id(seller_id: str, *parts: str) -> str:
    """Return twelve digits that are the same for the same parts, so a restart never gives an old id to a new report."""
    return str(100_000_000_000 + int(fingerprint(seller_id, *parts), 16) % 900_000_000_000)


def report_id_in(document_id: str) -> str:
    """Return the report id that a document id ends with."""
    return document_id.rpartition(".")[2]
